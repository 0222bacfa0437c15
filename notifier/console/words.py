"""Plain words for everything rows hold: one total table, from a member of a closed set to what staff read."""

from enum import StrEnum

from notifier.console.timeline import Look
from notifier.domain.alarms import AlarmKind, Urgency
from notifier.domain.lifecycle import Event, Outcome, State
from notifier.domain.permissions import Role
from notifier.domain.types import Channel, Disbelief, Kind, Language, ReadingKind, Team, TextKind, WhyAgain
from notifier.service.handoffs import Reason
from notifier.service.ops_figures import Range
from notifier.service.stuck import What
from notifier.service.text_status import TextStatus
from notifier.storage.models.calls import CallOutcome, CheckOutcome
from notifier.storage.models.house import Cause, Deed
from notifier.storage.models.inbound import WebhookKind
from notifier.storage.models.people import AnswerState, SuppressionReason
from notifier.storage.models.watching import Part


def marked(message: str) -> str:
    """Marks a message for translation where it is written."""
    return message


# By class, since words of two classes may be spelled alike: they would be one key.
WORDS: dict[type[StrEnum], dict[StrEnum, str]] = {
    State: {
        State.RECEIVED: marked("Not asked yet"),
        State.AWAITING_REPLY: marked("Waiting for the sender"),
        State.REPLIED: marked("Reply to check"),
        State.ESCALATED: marked("With staff"),
        State.CLOSED: marked("Closed"),
    },
    Outcome: {
        Outcome.ANSWERED: marked("Answered"),
        Outcome.UNANSWERED: marked("No answer"),
        Outcome.WITHDRAWN: marked("Withdrawn by customs"),
        Outcome.CLEARED: marked("Cleared by customs"),
        Outcome.DO_NOT_LOAD: marked("Do not load"),
        Outcome.RETURNED: marked("Returned to the sender"),
    },
    Kind: {
        Kind.RFI: marked("Information wanted"),
        Kind.AMD: marked("Correction wanted"),
        Kind.RFS: marked("Screening wanted"),
    },
    Language: {
        Language.EN: marked("English"),
        Language.ZH_HANT: marked("Traditional Chinese"),
        Language.ZH_HANS: marked("Simplified Chinese"),
    },
    Channel: {
        Channel.SMS: marked("Asked by text"),
        Channel.HOTLINE: marked("Asked by the hotline"),
        Channel.SECURITY: marked("Asked of post security"),
        Channel.STAFF: marked("Asked by liaison staff"),
    },
    WhyAgain: {
        WhyAgain.TOO_VAGUE: marked("The reply is too vague"),
        WhyAgain.INCOMPLETE: marked("A part of the answer is missing"),
        WhyAgain.UNCLEAR: marked("The reply cannot be understood"),
        WhyAgain.OTHER_QUESTION: marked("Something else must be asked"),
        WhyAgain.REFUSED_BY_CUSTOMS: marked("Customs refused the answer"),
    },
    Team: {
        Team.HOTLINE: marked("Hotline"),
        Team.SECURITY: marked("Post security"),
        Team.STAFF: marked("Liaison staff"),
    },
    TextKind: {
        TextKind.QUESTION: marked("Question"),
        TextKind.REMINDER: marked("Reminder"),
        TextKind.IDENTITY: marked("Who we are"),
        TextKind.PROMPT: marked("Request for a fuller reply"),
        TextKind.TEXT_ONLY: marked("Request for words instead of a picture"),
        TextKind.WHICH_ITEM: marked("“Which item?”"),
        TextKind.SUMMARY: marked("Notice of one call about many items"),
        TextKind.LATE: marked("Notice that the reply came late"),
    },
    TextStatus: {
        TextStatus.QUEUED: marked("Waiting to be sent"),
        TextStatus.SENDING: marked("Being sent"),
        TextStatus.UNKNOWN: marked("May have been sent: the carrier is asked"),
        TextStatus.SENT: marked("With the carrier"),
        TextStatus.DELIVERED: marked("Delivered"),
        TextStatus.UNDELIVERED: marked("Could not be delivered"),
        TextStatus.FAILED: marked("Not sent"),
        TextStatus.CANCELLED: marked("Cancelled before sending"),
    },
    ReadingKind: {
        ReadingKind.ANSWER: marked("Looks like an answer"),
        ReadingKind.OPTION: marked("Chooses an item"),
        ReadingKind.ACKNOWLEDGEMENT: marked("Says only that it was read"),
        ReadingKind.STOP: marked("Wants no more texts"),
        ReadingKind.START: marked("Wants texts again"),
        ReadingKind.DOUBT: marked("Doubts that we are the post"),
        ReadingKind.WRONG_NUMBER: marked("Says the number is wrong"),
        ReadingKind.CANCEL: marked("Wants to cancel something"),
        ReadingKind.UNREADABLE: marked("Has no words that can be read"),
        ReadingKind.CHECK: marked("Asks whether a text is ours"),
    },
    AnswerState: {
        AnswerState.PROPOSED: marked("Proposed answer"),
        AnswerState.REJECTED: marked("Rejected by staff"),
        AnswerState.ACCEPTED: marked("Accepted, waits to be sent"),
        AnswerState.SENT: marked("Sent to customs"),
        AnswerState.REFUSED: marked("Refused by customs"),
        AnswerState.WITHDRAWN: marked("Taken back: about another query"),
    },
    AlarmKind: {
        AlarmKind.SENDING_PAUSED: marked("Sending is paused: no text goes out"),
        AlarmKind.AUDIT_LAG: marked("What should have happened has not"),
        AlarmKind.FIRING_HELD: marked("Reminders and closings wait: the carrier cannot be asked for replies"),
        AlarmKind.OLD_UNKNOWNS: marked("Of some texts nobody knows whether they went out"),
        AlarmKind.WEBHOOKS_REFUSED: marked("Many webhooks were refused"),
        AlarmKind.QUARANTINE: marked("Rows that failed again and again were set aside"),
        AlarmKind.HANDOFFS_WAITING: marked("Handoffs wait for somebody to take them"),
        AlarmKind.NEW_HANDOFFS: marked("There are new handoffs"),
    },
    Urgency: {Urgency.WAKE: marked("Wake someone"), Urgency.CAN_WAIT: marked("Can wait until 09:00")},
    Cause: {
        Cause.PEOPLE: marked("Paused by hand"),
        Cause.CARRIER: marked("The carrier refuses our account or number"),
        Cause.CARRIER_DAY: marked("The carrier’s limit for today is used up"),
        Cause.OWN_DAY: marked("Our own cap for today is reached"),
        Cause.INSTALLATION: marked("Another database or sender than before"),
    },
    Deed: {
        Deed.PAUSED: marked("Sending was paused"),
        Deed.RESUMED: marked("Sending was resumed"),
        Deed.REPLAYED: marked("Refused webhooks were replayed"),
        Deed.RETRIED: marked("A webhook that was set aside is tried again"),
    },
    Range: {
        Range.HOUR: marked("The last hour"),
        Range.DAY: marked("The last day"),
        Range.WEEK: marked("The last week"),
        Range.MONTH: marked("The last 30 days"),
    },
    SuppressionReason: {
        SuppressionReason.OPTED_OUT: marked("The sender wants no texts"),
        SuppressionReason.WRONG_NUMBER: marked("The number is wrong"),
        SuppressionReason.PREFERS_CALLS: marked("The sender prefers calls"),
    },
    Role: {
        Role.LIAISON: marked("Liaison"),
        Role.HOTLINE: marked("Hotline agent"),
        Role.OPS: marked("Operations"),
        Role.ADMIN: marked("Administrator"),
    },
    Event: {
        Event.INTAKE_ACCEPTED: marked("The query was taken in"),
        Event.CONFLICT_RECORDED: marked("Customs sent it again with other content"),
        Event.TEXT_HANDED_OVER: marked("A text went to the carrier"),
        Event.TEXT_FAILED: marked("A text failed"),
        Event.WINDOW_OPENED: marked("The time to reply began"),
        Event.REMINDER_QUEUED: marked("A reminder is on its way"),
        Event.REMINDER_SKIPPED: marked("The reminder was left out"),
        Event.WINDOW_CLOSED: marked("The time to reply is over"),
        Event.REPLY_ANSWERED: marked("The sender answered"),
        Event.REPLY_NOTED: marked("A reply was noted"),
        Event.REPLY_MOVED: marked("A reply was moved here"),
        Event.REPLY_TAKEN_AWAY: marked("A reply was moved to another query"),
        Event.SENDER_OPTED_OUT: marked("The sender wants no texts"),
        Event.NUMBER_WRONG: marked("The number is wrong"),
        Event.CALLS_PREFERRED: marked("The sender prefers calls"),
        Event.ESCALATED: marked("Handed over to people"),
        Event.REVIEW_OVERDUE: marked("Nobody has checked the reply in time"),
        Event.OVERDUE: marked("Nobody has taken it on in time"),
        Event.CALL_PARKED: marked("The call waits, since a reply came"),
        Event.CALL_RESTORED: marked("The call is wanted again"),
        Event.ANSWER_REJECTED: marked("The reply was rejected"),
        Event.ASKED_AGAIN: marked("Asked again"),
        Event.CORRECTED: marked("Corrected, and asked anew"),
        Event.ANSWER_ACCEPTED: marked("The answer was accepted"),
        Event.ANSWER_SENT: marked("The answer was sent to customs"),
        Event.ANSWER_REFUSED: marked("Customs refused the answer"),
        Event.CLOSED_BY_STAFF: marked("Closed by staff"),
        Event.WITHDRAWN: marked("Customs withdrew it"),
        Event.CLEARED: marked("Customs cleared it"),
        Event.DO_NOT_LOAD: marked("Customs stopped the item"),
        Event.REOPENED: marked("Opened again"),
    },
    Reason: {
        Reason.SCREENING: marked("Screening by post security"),
        Reason.MANY_QUERIES: marked("One call about many items"),
        Reason.NOT_BY_SMS: marked("Not to be asked by text"),
        Reason.NUMBER_UNUSABLE: marked("The number cannot get texts"),
        Reason.NUMBER_SUPPRESSED: marked("The number must not be texted"),
        Reason.NUMBER_UNHEALTHY: marked("Texts to the number fail"),
        Reason.PREFERS_CALLS: marked("The sender prefers calls"),
        Reason.TEXT_CAP: marked("The number has had enough texts"),
        Reason.CHOOSE_WORDING: marked("The wording must be chosen"),
        Reason.DEADLINE_TOO_CLOSE: marked("Too little time for a text"),
        Reason.ITEM_STOPPED: marked("The item is stopped"),
        Reason.TEXT_REFUSED: marked("A text was refused"),
        Reason.NOT_DELIVERED: marked("A text did not arrive"),
        Reason.NO_RECEIPT: marked("Nobody knows whether a text arrived"),
        Reason.NO_REPLY: marked("No reply in time"),
        Reason.OPTED_OUT: marked("The sender wants no texts"),
        Reason.CANCEL_MEANING: marked("Unclear what is to be cancelled"),
        Reason.WRONG_NUMBER: marked("The number is wrong"),
        Reason.WANTS_RETURN: marked("The sender wants the item back"),
        Reason.SENDER_DOUBTS: marked("The sender doubts that we are the post"),
        Reason.UNREADABLE_REPLY: marked("The reply cannot be read"),
        Reason.REVIEW_REPLY: marked("A reply to check"),
        Reason.REPLY_REJECTED: marked("The reply was rejected"),
        Reason.LATE_REPLY: marked("A reply came late"),
        Reason.UNMATCHED_REPLY: marked("A reply that fits no query"),
        Reason.WHICH_QUERY: marked("A reply that fits several queries"),
        Reason.REPLY_MOVED: marked("A reply was moved"),
        Reason.SENDER_CHECKS: marked("The sender asks whether a text is ours"),
        Reason.CONFLICT: marked("Customs sent it again with other content"),
        Reason.STAFF_ASKED: marked("A colleague handed it over"),
        Reason.REOPENED: marked("Opened again"),
        Reason.ANSWER_REFUSED: marked("Customs refused the answer"),
        Reason.ANSWER_WAITS: marked("An accepted answer has not left"),
        Reason.SENT_ALL_THE_SAME: marked("A cancelled text was sent all the same"),
        Reason.DO_NOT_LOAD: marked("Customs stopped the item"),
        Reason.QUARANTINED: marked("A due time failed too often"),
        Reason.SENDING_PAUSED: marked("Sending is paused"),
        Reason.WEBHOOK_REFUSED: marked("A message of the carrier was not believed"),
        Reason.CARRIER_NOT_ASKED: marked("The carrier has not been asked"),
        Reason.STILL_OPEN: marked("Still open, and on nobody's list"),
    },
    CheckOutcome: {
        CheckOutcome.FOUND: marked("Ours"),
        CheckOutcome.NOT_FOUND: marked("Not found"),
        CheckOutcome.LOOKS_ALIKE: marked("Sounds like ours, but was not sent to this number"),
        CheckOutcome.HAS_LINK: marked("Not ours: it has a link"),
        CheckOutcome.LIMITED: marked("Not checked: too much was not found"),
    },
    Part: {
        Part.WEB: marked("Web server"),
        Part.WORKER: marked("Worker"),
        Part.SCHEDULER: marked("Scheduler"),
    },
    What: {
        What.WEBHOOK: marked("Webhook"),
        What.QUERY: marked("Query"),
        What.TEXT: marked("Text"),
    },
    WebhookKind: {
        WebhookKind.STATUS: marked("Receipt"),
        WebhookKind.INBOUND: marked("Reply"),
    },
    Disbelief: {
        Disbelief.TOO_MANY_FIELDS: marked("The form has too many fields"),
        Disbelief.TOO_LARGE: marked("It is too large"),
        Disbelief.NOT_SIGNED: marked("It is not signed"),
        Disbelief.WRONG_SIGNATURE: marked("The signature does not fit"),
        Disbelief.OTHER_ACCOUNT: marked("It is for another account"),
        Disbelief.NO_MESSAGE: marked("It names no message"),
        Disbelief.NO_STATUS: marked("It names no status"),
    },
    Look: {Look.NUMBER_SEEN: marked("The whole number was shown")},
    CallOutcome: {
        CallOutcome.ANSWERED: marked("The sender answered"),
        CallOutcome.NO_ANSWER: marked("No answer"),
        CallOutcome.WRONG_NUMBER: marked("Wrong number"),
        CallOutcome.PREFERS_CALLS: marked("Prefers calls"),
        CallOutcome.WANTS_RETURN: marked("Wants the item back"),
        CallOutcome.HANDED_OVER: marked("Handed over to people"),
        CallOutcome.DONE: marked("Done"),
    },
}


def word(member: StrEnum) -> str:
    """The English message for a member; to be translated when it is shown."""
    return WORDS[type(member)][member]

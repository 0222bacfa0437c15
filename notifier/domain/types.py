"""The closed sets of words that rows, texts and requests share."""

from enum import StrEnum


class Kind(StrEnum):
    """What customs sent: a referral of one of three kinds (do-not-load is an event on items, not a kind)."""

    RFI = "RFI"
    AMD = "AMD"
    RFS = "RFS"


class Language(StrEnum):
    """A language a sender may prefer (BCP 47)."""

    EN = "en"
    ZH_HANT = "zh-Hant"
    ZH_HANS = "zh-Hans"


class WhyAgain(StrEnum):
    """Why staff ask the sender once more; it stands in the history, which holds nobody's words."""

    TOO_VAGUE = "too_vague"
    INCOMPLETE = "incomplete"
    UNCLEAR = "unclear"
    OTHER_QUESTION = "other_question"
    REFUSED_BY_CUSTOMS = "refused_by_customs"


class SenderMode(StrEnum):
    """How a deployment is heard: from numbers that can be answered, or under a registered name that cannot."""

    TWO_WAY = "two_way"
    NOTICE = "notice"


class Channel(StrEnum):
    """Who is asked a question of a given code."""

    SMS = "sms"
    HOTLINE = "hotline"
    SECURITY = "security"
    STAFF = "staff"


class Direction(StrEnum):
    """Which way a message went: out to a phone, or in from one."""

    OUT = "out"
    IN = "in"


class TextKind(StrEnum):
    """Why we write. QUESTION and REMINDER are unique in a round, SUMMARY in a joint call; the others are notices."""

    QUESTION = "question"
    REMINDER = "reminder"
    SUMMARY = "summary"
    IDENTITY = "identity"
    PROMPT = "prompt"
    TEXT_ONLY = "text_only"
    WHICH_ITEM = "which_item"
    LATE = "late"


# Texts to somebody who has not just written: quiet hours hold them.
UNPROMPTED = (TextKind.QUESTION, TextKind.REMINDER, TextKind.SUMMARY)


class ReadingKind(StrEnum):
    """What a reply looks like; a reading only routes, the raw text is what staff see."""

    ANSWER = "answer"
    OPTION = "option"
    ACKNOWLEDGEMENT = "acknowledgement"
    STOP = "stop"
    START = "start"
    DOUBT = "doubt"
    WRONG_NUMBER = "wrong_number"
    CANCEL = "cancel"
    UNREADABLE = "unreadable"
    CHECK = "check"


class Disbelief(StrEnum):
    """Why a webhook was not believed, in the words that its row and the answer to whoever sent it hold."""

    TOO_MANY_FIELDS = "the form has too many fields"
    TOO_LARGE = "the body is too large"
    NOT_SIGNED = "it is not signed"
    WRONG_SIGNATURE = "the signature does not fit"
    OTHER_ACCOUNT = "it is for another account"
    NO_MESSAGE = "it names no message"
    NO_STATUS = "it names no status"


class Trouble(StrEnum):
    """What is the matter with a phone that a text did not reach."""

    UNREACHABLE = "unreachable"  # switched off, or out of reach
    UNKNOWN_SUBSCRIBER = "unknown_subscriber"  # the number is not in use
    LANDLINE = "landline"
    BLOCKED = "blocked"  # its owner or operator refuses our texts
    NOT_A_MOBILE = "not_a_mobile"  # the carrier does not even try


class Team(StrEnum):
    """The people a handoff waits for."""

    HOTLINE = "hotline"
    SECURITY = "security"
    STAFF = "staff"

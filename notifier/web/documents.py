"""What /docs says about bodies and failures. Bodies are read raw and strictly, so they are described here by hand."""

from typing import Any

from notifier.domain.lifecycle import Outcome, State
from notifier.domain.referral import FIELDS, MOST_CUSTOMS_WORDS, MOST_QUESTIONS
from notifier.domain.types import Kind, Language, Team, TextKind, WhyAgain
from notifier.domain.wording import Part
from notifier.service.text_status import TextStatus
from notifier.storage.models.people import SuppressionReason
from notifier.storage.models.texts import TextState

Document = dict[str, Any]


def _text(description: str, **more: Any) -> Document:
    return {"type": "string", "description": description} | more


def _body(
    properties: Document, example: Any, required: tuple[str, ...] = (), media: str = "application/json"
) -> Document:
    schema: Document = {"type": "object", "properties": properties, "additionalProperties": False, "example": example}
    if required:
        schema["required"] = list(required)
    return {"requestBody": {"required": bool(required), "content": {media: {"schema": schema}}}}


_QUESTION = {
    "type": "object",
    "properties": {
        "code": _text("Code of list CL752.", maxLength=17),
        "text": _text("Customs' own words: shown to staff, never texted.", maxLength=MOST_CUSTOMS_WORDS),
    },
}
_REFERRAL: dict[str, Document] = {
    "authority": _text("Who asks: ISO 3166-1, two letters."),
    "destination": _text("Where the item goes: ISO 3166-1, two letters."),
    "kind": _text("What is asked for.", enum=[*Kind]),
    "mrn": _text("Customs' movement reference, if there is one.", maxLength=64),
    "referral_reference": _text("Customs' reference of this referral.", maxLength=64),
    "item_id": _text("Item number (UPU S10)."),
    "sender_mobile": _text("As the sender wrote it; any spelling.", maxLength=200),
    "language": _text("What the sender prefers, if known.", enum=[*Language]),
    "questions": {"type": "array", "maxItems": MOST_QUESTIONS, "items": _QUESTION},
    "deadline_at": _text("Customs' own deadline, if there is one; with its offset.", format="date-time"),
}
_REFERRAL_EXAMPLE = {
    "authority": "DE",
    "destination": "DE",
    "kind": "RFI",
    "referral_reference": "REF-2026-000123",
    "item_id": "RR123456785HK",
    "sender_mobile": "9123 4567",
    "language": "zh-Hant",
    "questions": [{"code": "F605"}],
}
REFERRAL = _body(
    {name: _REFERRAL[name] for name in FIELDS},
    _REFERRAL_EXAMPLE,
    ("authority", "destination", "kind", "referral_reference", "item_id"),
)

_ANSWER_TEXT = _text("The answer in staff's words.", maxLength=500)
_REASON_TEXT = _text("Why.", maxLength=300)
_STAFF_CLOSE = (Outcome.UNANSWERED, Outcome.CLEARED, Outcome.RETURNED, Outcome.DO_NOT_LOAD)

EMPTY = _body({}, {})
CLOSE = _body({"outcome": _text("How it ended.", enum=[*_STAFF_CLOSE])}, {"outcome": "unanswered"}, ("outcome",))
ASK_AGAIN = _body(
    {
        "codes": {"type": "array", "items": {"type": "string"}, "description": "Which questions; all when left out."},
        "deadline_at": _text("A new deadline, with its offset; left out: the one there is.", format="date-time"),
        "because": _text("What was wrong with the reply; kept in the history.", enum=[*WhyAgain]),
        "anyway": {
            "type": "boolean",
            "description": "Text at once, although the item is stopped, it is night, or the deadline is close or over. "
            "A phone that wants no texts gets none all the same.",
        },
        "despite_health": _text(
            "Why this query's texts go to its phone although others failed, or it has had many; kept sealed.",
            maxLength=300,
        ),
    },
    {"codes": ["F605"]},
)
ESCALATE = _body({"team": _text("Who takes over.", enum=[*Team])}, {"team": "hotline"}, ("team",))
ACCEPT = _body(
    {
        "text": _ANSWER_TEXT | {"description": "Staff's own words; left out: the reply as it is."},
        "code": _text("Customs' answer code."),
        "answer_id": _text("Which proposed answer; left out: the latest.", format="uuid"),
    },
    {"code": "R100"},
)
CORRECT = _body(
    {name: _REFERRAL[name] for name in ("sender_mobile", "language", "item_id")}, {"sender_mobile": "6123 4567"}
)
MOVE = _body(
    {
        "query_id": _text("The query it is about.", format="uuid"),
        "nowhere": {"type": "boolean", "description": "It is about no query that is known, instead of `query_id`."},
    },
    {"nowhere": True},
)
FIND = _body(
    {
        "state": _text("Where it stands.", enum=[*State]),
        "outcome": _text("How it ended.", enum=[*Outcome]),
        "authority": _REFERRAL["authority"],
        "kind": _REFERRAL["kind"],
        "item_id": _REFERRAL["item_id"],
        "referral_reference": _REFERRAL["referral_reference"],
        "code": _text("The reference in the texts.", maxLength=11),
        "mobile": _text("The sender's number, in any spelling.", maxLength=64),
        "last4": _text("Its last four digits.", minLength=4, maxLength=4),
        "limit": {"type": "integer", "minimum": 1, "maximum": 200, "description": "Entries on a page."},
        "cursor": _text("`next_cursor` of the page before.", format="uuid"),
    },
    {"mobile": "6123 4567"},
)
MOBILE = _body({"mobile": _text("A number, in any spelling.", maxLength=64)}, {"mobile": "6123 4567"}, ("mobile",))
LIFT = _body(
    {"because": _text("How it is known that the phone may be texted; kept sealed.", maxLength=300)},
    {"because": "the sender called: the number is right"},
    ("because",),
)
SUPPRESS = _body(
    {
        "mobile": _text("The number, in any spelling.", maxLength=64),
        "query_id": _text("Instead of the number: a query that has it.", format="uuid"),
        "reason": _text("Why the phone must not be texted.", enum=[*SuppressionReason]),
        "because": _text("How it is known; kept sealed.", maxLength=300),
    },
    {"mobile": "6123 4567", "reason": "prefers_calls", "because": "the sender asked to be called"},
    ("reason", "because"),
)
OVERRIDE = _body(
    {
        "mobile": _text("The number, in any spelling.", maxLength=64),
        "because": _text("How it is known that texts arrive; kept sealed.", maxLength=300),
    },
    {"mobile": "6123 4567", "because": "the sender called: the handset is on again"},
    ("mobile", "because"),
)
DONE = _body(
    {
        "because": _text("What was done.", maxLength=80),
        "suppress": _text("What was said of the phone in the call, if anything.", enum=[*SuppressionReason]),
    },
    {"because": "called the sender", "suppress": "prefers_calls"},
    ("because",),
)
PROPOSE = _body(
    {
        "answer": _ANSWER_TEXT,
        "query_ids": {
            "type": "array",
            "items": {"type": "string", "format": "uuid"},
            "minItems": 1,
            "maxItems": 500,
            "description": "Open queries of the person who was called.",
        },
    },
    {"answer": "Cotton T-shirts, two in each", "query_ids": ["0193a5b0-7c00-7000-8000-000000000000"]},
    ("answer", "query_ids"),
)
REASON = _body({"reason": _REASON_TEXT}, {"reason": "customs refused the answer"}, ("reason",))
WHY = _body({"reason": _REASON_TEXT}, {"reason": "the fault is mended"})
WORDS = _body({"text": _ANSWER_TEXT}, {"text": "Two cotton shirts, a gift"}, ("text",))
TRY_ANSWER = _body(
    {"text": _ANSWER_TEXT, "code": _text("Customs' answer code, if one is meant.", maxLength=8)},
    {"text": "Two cotton shirts, a gift"},
    ("text",),
)
CLOCK = _body(
    {
        "advance": _text("A period of ISO 8601, or seconds."),
        "to_next_due": {"type": "boolean", "description": "To when something that concerns a sender is due next."},
    },
    {"advance": "PT1H"},
)
FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {"type": "object", "additionalProperties": {"type": "string"}}
            }
        },
    }
}

_PROBLEM_SCHEMA: Document = {
    "type": "object",
    "description": "A problem (RFC 9457).",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": _text("What is wrong."),
        "mend": _text("How to mend it."),
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "field": {"type": "string"},
                    "message": _text("What is wrong with it."),
                    "mend": _text("How to mend it."),
                },
            },
        },
    },
}


def _failure(description: str) -> Document:
    return {"description": description, "content": {"application/problem+json": {"schema": _PROBLEM_SCHEMA}}}


# Keys are statuses; the framework's type wants both kinds of key.
PROBLEMS: dict[int | str, Document] = {
    "4XX": _failure("The request cannot be carried out; the problem says why."),
    "503": _failure("The database cannot be asked right now; try again."),
}
_TEXT: Document = {
    "type": "object",
    "description": "A text to the sender. More members say how it came to its status.",
    "properties": {
        "kind": _text("question, reminder, or a notice.", enum=[*TextKind]),
        "status": _text(
            "How far it is. queued: waits for its time or a worker. sending: is being handed to the carrier. unknown: "
            "may have been sent, the carrier is asked. sent: the carrier has it. delivered: the phone has it. "
            "undelivered: the carrier could not bring it. failed: never left, and never will. cancelled: never left, "
            "for it was not needed any more.",
            enum=[*TextStatus],
        ),
        "state": _text("Our part of it, more finely.", enum=[*TextState]),
        "delivery": {"type": ["string", "null"], "description": "The carrier's own last word of it."},
        "segments": {
            "type": ["integer", "null"],
            "description": "SMS segments; null until it is about to go.",
        },
    },
}
# As it is shown in full; the members that need no word are left out.
QUERY: dict[int | str, Document] = {
    200: {
        "description": "The query.",
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "id": _text("Ours.", format="uuid"),
                        "code": _text("The reference in the texts."),
                        "state": _text("Where it stands.", enum=[*State]),
                        "outcome": {"type": ["string", "null"], "description": "How it ended."},
                        "texts": {"type": "array", "items": _TEXT},
                    },
                }
            }
        },
    }
}
_LINE = {
    "type": "object",
    "properties": {"part": _text("Which sentence of the call.", enum=[*Part]), "say": _text("The sentence.")},
}
CALL_SCRIPT: dict[int | str, Document] = {
    200: {
        "description": "By language, the sentences in the order they are said.",
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "scripts": {
                            "type": "object",
                            "properties": {language: {"type": "array", "items": _LINE} for language in Language},
                        }
                    },
                }
            }
        },
    }
}
LISTED: dict[int | str, Document] = {200: {"description": "The phone is on the list for this reason already."}}
KNOWN: dict[int | str, Document] = {200: {"description": "This very referral is known."}}
WEBHOOK: dict[int | str, Document] = {
    403: _failure("Not signed by the carrier, or not for this account."),
    "503": _failure("The database cannot be asked right now; the carrier tries again."),
}

"""A referral as it reaches us, whatever door it came through: read once, all its problems told at once."""

import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, TypeVar

import pycountry

from notifier.domain.errors import Invalid
from notifier.domain.item import read_item
from notifier.domain.quiet_hours import HONG_KONG
from notifier.domain.types import Kind, Language

MOST_QUESTIONS = 99  # customs' own message allows as many pieces of information in one referral
MOST_CUSTOMS_WORDS = 512  # characters, as in customs' own message
_MOST_CODE = 17
_MOST_REFERENCE = 64
_MOST_MOBILE = 200  # forms hold remarks beside numbers: people read them
# Northern Ireland answers to customs as XI; ISO keeps the code for users to define.
_NORTHERN_IRELAND = "XI"

FIELDS = (
    "authority",
    "destination",
    "kind",
    "mrn",
    "referral_reference",
    "item_id",
    "sender_mobile",
    "language",
    "questions",
    "deadline_at",
)

_Word = TypeVar("_Word", bound=StrEnum)
_Value = TypeVar("_Value")


@dataclass(frozen=True)
class AskedQuestion:
    """One thing customs asks: a code of list CL752 (or none), and their own words, which are never texted."""

    code: str
    words: str | None


@dataclass(frozen=True, repr=False)
class Referral:
    """One referral on one item. `mrn` is "" when customs gave none; `deadline_at` is aware UTC."""

    authority: str
    destination: str
    kind: Kind
    mrn: str
    referral_reference: str
    item_id: str
    sender_mobile: str
    language: Language | None
    questions: tuple[AskedQuestion, ...]
    deadline_at: datetime | None

    def content(self) -> dict[str, Any]:
        """What customs said, as plain JSON values; the same content always reads the same."""
        return {
            "authority": self.authority,
            "destination": self.destination,
            "kind": self.kind.value,
            "mrn": self.mrn,
            "referral_reference": self.referral_reference,
            "item_id": self.item_id,
            "sender_mobile": self.sender_mobile,
            "language": self.language.value if self.language else None,
            "questions": [[question.code, question.words] for question in self.questions],
            "deadline_at": self.deadline_at.isoformat() if self.deadline_at else None,
        }

    def content_hash(self) -> str:
        """Two referrals with one identity are the same exactly when this is equal. Meant for a keyed hash."""
        return sha256(json.dumps(self.content(), sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def read_referral(fields: Mapping[str, Any]) -> Referral:
    """The referral in `fields` (names as in FIELDS, values as JSON has them).

    Raises Invalid with every wrong field at once.
    """
    reader = _Reader(fields)
    kind = reader.take("kind", lambda raw: _word(raw, "kind", Kind))
    reader.refuse_unknown_fields()
    read: dict[str, Any] = {
        "authority": reader.take("authority", lambda raw: _country(raw, "authority")),
        "destination": reader.take("destination", lambda raw: _country(raw, "destination")),
        "kind": kind,
        "mrn": reader.take("mrn", lambda raw: _opaque(raw, "mrn", required=False)),
        "referral_reference": reader.take(
            "referral_reference", lambda raw: _opaque(raw, "referral_reference", required=True)
        ),
        "item_id": reader.take("item_id", lambda raw: read_item(_string(raw, "item_id"))),
        "sender_mobile": reader.take("sender_mobile", _mobile),
        "language": reader.take("language", _language),
        "questions": reader.take("questions", lambda raw: _questions(raw, kind)),
        "deadline_at": reader.take("deadline_at", read_deadline),
    }
    if reader.refusals:
        raise Invalid.joined(reader.refusals)
    return Referral(**read)


class _Reader:
    """Reads field by field and keeps what went wrong."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.fields = fields
        self.refusals: list[Invalid] = []

    def take(self, name: str, read: Callable[[Any], _Value]) -> _Value | Any:
        try:
            return read(self.fields.get(name))
        except Invalid as refusal:
            self.refusals.append(refusal)
            return None

    def refuse_unknown_fields(self) -> None:
        self.refusals += [
            Invalid.one(str(name)[:40], "is not a field of a referral.", f"Use only: {', '.join(FIELDS)}.")
            for name in self.fields
            if name not in FIELDS
        ]


def _string(raw: Any, field: str, most: int = 64, *, free: bool = False) -> str:
    """A text of bounded length. `free`: as people write and paste it, with marks nobody sees; else plain."""
    if raw is None or raw == "":
        raise Invalid.one(field, "is missing.", "Give it.")
    if not isinstance(raw, str):
        raise Invalid.one(field, "is not a text.", "Put the value in quotes.")
    if len(raw) > most:
        raise Invalid.one(field, f"is longer than {most} characters.", f"Give at most {most} characters.")
    # Control characters and lone surrogates can be stored by neither database and shown by no page.
    known = (char.isprintable() or char in "\r\n\t\u3000\u00a0" or (free and _is_mark(char)) for char in raw)
    if not all(known):
        raise Invalid.one(field, "holds characters that cannot be shown.", "Remove control characters.")
    return raw


def _is_mark(char: str) -> bool:
    """Direction marks, joiners and line separators: contacts and mail programs leave them in what is copied."""
    return unicodedata.category(char) in ("Cf", "Zl", "Zp", "Zs")


def _opaque(raw: Any, field: str, *, required: bool) -> str:
    if raw in (None, "") and not required:
        return ""
    value = _string(raw, field, _MOST_REFERENCE)
    if not value.strip():
        raise Invalid.one(field, "is blank.", "Give the reference as customs wrote it.")
    return value


def _country(raw: Any, field: str) -> str:
    given = _string(raw, field).strip()
    # Capitals of other letters may be ASCII: ß is SS, which is South Sudan.
    if not (given.isascii() and is_country(given.upper())):
        raise Invalid.one(field, "is not a country.", "Give the two letters of ISO 3166-1, such as DE or CH.")
    return given.upper()


def is_country(code: str) -> bool:
    """Whether an authority or a destination may be called so: two capital letters of ISO 3166-1, or XI."""
    return len(code) == 2 and (code == _NORTHERN_IRELAND or pycountry.countries.get(alpha_2=code) is not None)


def _word(raw: Any, field: str, words: type[_Word]) -> _Word:
    value = _string(raw, field).strip()
    for word in words:
        if word.value.lower() == value.lower():
            return word
    raise Invalid.one(field, "is not known.", f"Give one of {', '.join(words)}.")


def _language(raw: Any) -> Language | None:
    return None if raw in (None, "") else _word(raw, "language", Language)


def _mobile(raw: Any) -> str:
    # A number we cannot text is no reason to refuse customs' question: people will find the sender.
    if isinstance(raw, int) and not isinstance(raw, bool):
        raw = str(raw)
    return "" if raw in (None, "") else _string(raw, "sender_mobile", _MOST_MOBILE, free=True).strip()


def _questions(raw: Any, kind: Kind | None) -> tuple[AskedQuestion, ...]:
    if raw in (None, "", []):
        if kind is Kind.RFS or kind is None:
            return ()
        raise Invalid.one("questions", f"an {kind} needs at least one question.", 'Give [{"code": "F605"}] or more.')
    if not isinstance(raw, list):
        raise Invalid.one("questions", "is not a list.", 'Give a list such as [{"code": "F605", "text": "..."}].')
    if len(raw) > MOST_QUESTIONS:
        raise Invalid.one("questions", f"holds more than {MOST_QUESTIONS} questions.", "Split the referral.")
    refusals: list[Invalid] = []
    questions: list[AskedQuestion] = []
    for place, entry in enumerate(raw):
        try:
            questions.append(_question(entry, f"questions[{place}]"))
        except Invalid as refusal:
            refusals.append(refusal)
    if refusals:
        raise Invalid.joined(refusals)
    return tuple(questions)


def _question(entry: Any, field: str) -> AskedQuestion:
    if not isinstance(entry, dict) or set(entry) - {"code", "text"}:
        raise Invalid.one(field, "is not a question.", 'Give {"code": "F605", "text": "..."}; either may be left out.')
    code = read_code(entry.get("code"), f"{field}.code")
    words = _customs_words(entry.get("text"), f"{field}.text")
    if not code and words is None:
        raise Invalid.one(field, "has neither code nor text.", "Give the code of list CL752, or customs' own words.")
    return AskedQuestion(code, words)


def read_code(raw: Any, field: str) -> str:
    """A question's code as tables write it; "" when there is none. Raises Invalid."""
    if raw in (None, ""):
        return ""
    code = _string(raw, field, _MOST_CODE).strip()
    # Codes are letters and digits; capitals of other letters may be longer than what was measured.
    if not code.isascii():
        raise Invalid.one(field, "is not a code.", "Give a code of list CL752, such as F605.")
    return code.upper()


def _customs_words(raw: Any, field: str) -> str | None:
    words = "" if raw in (None, "") else _string(raw, field, MOST_CUSTOMS_WORDS, free=True)
    return words if words.strip() else None


def read_deadline(raw: Any) -> datetime | None:
    """An instant with its offset, in UTC, or None. Raises Invalid: a time without a zone is a guess."""
    if raw in (None, ""):
        return None
    try:
        read = datetime.fromisoformat(_string(raw, "deadline_at").strip())
        if read.tzinfo is not None:
            # By way of local time: the last hours of the calendar could be stored, but never shown.
            return read.astimezone(HONG_KONG).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid.one("deadline_at", "is not a date and time.", _DEADLINE_MEND) from None
    raise Invalid.one("deadline_at", "does not say its time zone.", _DEADLINE_MEND)


_DEADLINE_MEND = "Give ISO 8601 with its offset, such as 2026-11-26T18:00+08:00."

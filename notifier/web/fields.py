"""Reading the few fields of a decision: every wrong one is told at once, and unknown ones are refused."""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from notifier.domain.errors import Invalid
from notifier.domain.referral import read_deadline

_Word = TypeVar("_Word", bound=StrEnum)
_Value = TypeVar("_Value")


class Fields:
    """A body whose fields are taken one by one; what is wrong reads as None until `check` tells it."""

    def __init__(self, body: Mapping[str, Any], *known: str) -> None:
        self._body = body
        use = f"Use only: {', '.join(known)}." if known else "Leave it out."
        self._refusals = [
            Invalid.one(name[:40], "is not a field of this request.", use) for name in body if name not in known
        ]

    def check(self) -> None:
        """Raises Invalid with every problem found so far."""
        if self._refusals:
            raise Invalid.joined(self._refusals)

    def text(self, name: str, most: int) -> str | None:
        """A text of at most `most` characters."""
        return self._take(name, lambda raw: _text(name, raw, most))

    def wanted_text(self, name: str, most: int) -> str:
        """A text that must be there, with others to be taken after it; `check` tells when it is missing."""
        value = self.text(name, most)
        if value is None and self._body.get(name) in (None, ""):
            self._refusals.append(_missing(name))
        return value or ""

    def the_text(self, name: str, most: int) -> str:
        """A text that must be there; the last field to be taken. Raises Invalid as `check` does."""
        return self._given(name, self.text(name, most))

    def last_text(self, name: str, most: int) -> str | None:
        """A text that may be left out; the last field to be taken. Raises Invalid as `check` does."""
        value = self.text(name, most)
        self.check()
        return value

    def the_word(self, name: str, words: type[_Word]) -> _Word:
        """A word that must be there; the last field to be taken. Raises Invalid as `check` does."""
        return self._given(name, self.word(name, words))

    def word(self, name: str, words: type[_Word]) -> _Word | None:
        """One of a closed set."""
        return self._take(name, lambda raw: _word(name, raw, words))

    def uuid(self, name: str) -> UUID | None:
        """An id."""
        return self._take(name, lambda raw: _uuid(name, raw))

    def uuids(self, name: str, most: int) -> tuple[UUID, ...]:
        """A list of at least one id and at most `most`; `check` tells when it is missing."""
        given = self._take(name, lambda raw: _uuids(name, raw, most)) or ()
        if not given and self._body.get(name) in (None, "", []):
            self._refusals.append(_missing(name))
        return given

    def texts(self, name: str, most: int, length: int) -> tuple[str, ...]:
        """A list of at most `most` texts of at most `length` characters."""
        return self._take(name, lambda raw: _texts(name, raw, most, length)) or ()

    def deadline(self) -> datetime | None:
        """`deadline_at`, as in a referral."""
        return self._take("deadline_at", read_deadline)

    def flag(self, name: str) -> bool:
        """True or false; false when it is not given."""
        return self._take(name, lambda raw: _flag(name, raw)) or False

    def _given(self, name: str, value: _Value | None) -> _Value:
        if value is None and self._body.get(name) in (None, ""):
            self._refusals.append(_missing(name))
        if value is None or self._refusals:
            raise Invalid.joined(self._refusals)
        return value

    def _take(self, name: str, read: Callable[[Any], _Value]) -> _Value | None:
        raw = self._body.get(name)
        if raw is None or raw == "":
            return None
        try:
            return read(raw)
        except Invalid as refusal:
            self._refusals.append(refusal)
            return None


def _missing(name: str) -> Invalid:
    return Invalid.one(name, "is missing.", "Give it.")


def _text(name: str, raw: Any, most: int) -> str:
    if not isinstance(raw, str):
        raise Invalid.one(name, "is not a text.", "Put the value in quotes.")
    if len(raw) > most:
        raise Invalid.one(name, f"is longer than {most} characters.", f"Give at most {most} characters.")
    if not raw.strip() or any(ord(char) < 32 and char not in "\n\r\t" for char in raw):
        raise Invalid.one(name, "is blank or holds control characters.", "Give plain words.")
    return raw


def _word(name: str, raw: Any, words: type[_Word]) -> _Word:
    try:
        return words(raw)
    except ValueError:
        raise Invalid.one(name, "is not known.", f"Give one of {', '.join(words)}.") from None


def _uuid(name: str, raw: Any) -> UUID:
    try:
        return UUID(_text(name, raw, 40))
    except ValueError:
        raise Invalid.one(name, "is not an id.", "Give the id as it was answered.") from None


def _uuids(name: str, raw: Any, most: int) -> tuple[UUID, ...]:
    return tuple(_uuid(f"{name}[{place}]", entry) for place, entry in enumerate(_texts(name, raw, most, 40)))


def _texts(name: str, raw: Any, most: int, length: int) -> tuple[str, ...]:
    if not isinstance(raw, list):
        raise Invalid.one(name, "is not a list.", 'Give a list such as ["F605"].')
    if len(raw) > most:
        raise Invalid.one(name, f"holds more than {most} entries.", "Give fewer.")
    return tuple(_text(f"{name}[{place}]", entry, length) for place, entry in enumerate(raw))


def _flag(name: str, raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise Invalid.one(name, "is neither true nor false.", "Give true or false, without quotes.")
    return raw

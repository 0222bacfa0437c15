"""What the address of the list asks for: filters, one search box, a page."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import urlencode

from notifier.domain.errors import Invalid
from notifier.domain.item import read_item
from notifier.domain.lifecycle import State
from notifier.domain.query_code import is_code
from notifier.domain.types import Kind
from notifier.service.lookups import Filters
from notifier.service.work_list import Place, read_place

_Word = TypeVar("_Word", bound=StrEnum)
_NAMES = ("q", "state", "authority", "kind")


@dataclass(frozen=True)
class Search:
    """The filters, as typed and as understood; `after` is where the page begins."""

    typed: Mapping[str, str]
    filters: Filters
    after: Place | None

    def address(self, **more: str) -> str:
        """These filters as the query of an address."""
        return filters_in_address(self.typed, more)


def filters_in_address(typed: Mapping[str, str], more: Mapping[str, object]) -> str:
    """The query of a list's address: what was typed, and what comes to it; nothing of what is empty."""
    return urlencode({name: value for name, value in {**typed, **more}.items() if value})


def read_search(given: Mapping[str, str]) -> Search:
    """What is asked for. Raises Invalid for what cannot be understood: it would otherwise narrow nothing."""
    typed = {name: value.strip() for name in _NAMES if (value := given.get(name, "")).strip()}
    found = _found(typed.get("q", ""))
    authority = typed.get("authority", "").upper()
    if authority and not re.fullmatch(r"[A-Z]{2}", authority):
        raise Invalid.one("authority", "is no country.", "Type two letters, such as DE.")
    filters = Filters(
        state=read_word(State, "state", typed),
        kind=read_word(Kind, "kind", typed),
        authority=authority or None,
        **found,
    )
    return Search(typed, filters, read_place(given.get("after", "")))


def last_four_of(typed: str) -> str | None:
    """The last four digits where a whole local number was typed."""
    digits = re.sub(r"[\s+-]", "", typed)
    return digits[-4:] if re.fullmatch(r"(852)?[2-9][0-9]{7}", digits) else None


def _found(words: str) -> dict[str, Any]:
    """What the search box holds: four digits, a code, an item number, else customs' reference."""
    if not words:
        return {}
    if len(words) > 64 or not words.isprintable():
        raise Invalid.one("q", "cannot be searched for.", "Type an item number, a reference, or four digits.")
    if re.fullmatch(r"[0-9]{4}", words):
        return {"last4": words}
    code = words.upper().partition("-")[0]
    if is_code(code):
        return {"code": code}
    try:
        return {"item_id": read_item(words)}
    except Invalid:
        return {"referral_reference": words}


def read_word(words: type[_Word], name: str, typed: Mapping[str, str]) -> _Word | None:
    """One of a closed set, where it was typed. Raises Invalid."""
    try:
        return words(typed[name]) if name in typed else None
    except ValueError:
        raise Invalid.one(name, "is none of the list.", "Choose one of the list.") from None

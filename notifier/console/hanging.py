"""The lists of what hangs: what each may be narrowed to by its address, and what leaves it as a file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from notifier.console.exporting import Column, columns_of, in_language
from notifier.console.lists import read_cursor
from notifier.console.searching import read_search, read_word
from notifier.console.words import marked
from notifier.domain.types import Disbelief, TextKind
from notifier.service.lookups import Page
from notifier.service.refused import list_refused
from notifier.service.stuck import What, list_quarantined, list_unknown
from notifier.storage.models.inbound import WebhookKind


@dataclass(frozen=True)
class Choice:
    """A filter of a closed set: what the form calls it, what it calls everything, and the set."""

    label: str
    every: str
    words: type[StrEnum]


@dataclass(frozen=True)
class Listing:
    """One list. `read`: a page of it; `choices`: by the name in the address; `by_query`: has a search box for queries.

    name: in its address; file: what an export of it is called. none: what it says when nothing hangs.
    """

    name: str
    file: str
    title: str
    none: str
    read: Callable[..., Page]
    choices: Mapping[str, Choice]
    by_query: bool
    columns: Sequence[Column[Any]]


UNKNOWN = Listing(
    "unknown",
    "unknown-texts",
    marked("Nobody knows whether sent"),
    marked("Every text was sent, or certainly not."),
    list_unknown,
    {"kind": Choice(marked("Text"), marked("Any text"), TextKind)},
    True,
    columns_of(
        code=marked("Reference"),
        kind=marked("Text"),
        attempts=marked("Tries"),
        asked=marked("Asked"),
        next_at=marked("Next"),
        next_step=marked("What happens next"),
    ),
)
QUARANTINE = Listing(
    "quarantine",
    "quarantine",
    marked("Set aside"),
    marked("Nothing failed so often that it was set aside."),
    list_quarantined,
    {"what": Choice(marked("What"), marked("Anything"), What)},
    True,
    columns_of(
        what=marked("What"),
        id=marked("ID"),
        code=marked("Reference"),
        failures=marked("Failures"),
        since=marked("Since"),
        reason=marked("Why?"),
        next_step=marked("What happens next"),
    ),
)
REFUSED = Listing(
    "refused",
    "refused-webhooks",
    marked("Refused webhooks"),
    marked("Every webhook that came was believed."),
    list_refused,
    {
        "kind": Choice(marked("Kind"), marked("Any kind"), WebhookKind),
        "reason": Choice(marked("Why?"), marked("Any reason"), Disbelief),
    },
    False,
    (
        *columns_of(kind=marked("Kind")),
        Column(marked("Why?"), lambda row: row.why or row.reason, in_language),
        *columns_of(
            counted_only=marked("Only counted"),
            count=marked("How often"),
            first_at=marked("First"),
            last_at=marked("Last"),
        ),
    ),
)


@dataclass(frozen=True)
class HangingSearch:
    """The filters, as typed and as the list's `read` takes them; `after` is where the page begins."""

    typed: Mapping[str, str]
    wanted: Mapping[str, Any]
    after: UUID | None

    def address(self, **more: str) -> str:
        """These filters as the query of an address."""
        return urlencode({**self.typed, **more})


def read_hanging(listing: Listing, given: Mapping[str, str]) -> HangingSearch:
    """What is asked for. Raises Invalid for what cannot be understood: it would otherwise narrow nothing."""
    names = [*(["q"] if listing.by_query else []), *listing.choices]
    typed = {name: value.strip() for name in names if (value := given.get(name, "")).strip()}
    wanted: dict[str, Any] = {
        name: read_word(choice.words, name, typed) for name, choice in listing.choices.items() if name in typed
    }
    if "q" in typed:
        wanted["of_queries"] = read_search({"q": typed["q"]}).filters
    return HangingSearch(typed, wanted, read_cursor(given.get("after", "")))

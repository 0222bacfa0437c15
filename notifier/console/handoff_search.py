"""What the address of the handoffs' list asks for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from notifier.console.lists import read_cursor
from notifier.console.parts import ROOT
from notifier.console.searching import filters_in_address, read_search, read_word
from notifier.domain.permissions import Principal, Role
from notifier.domain.types import Team
from notifier.service.handoff_list import Wanted
from notifier.service.handoffs import Reason

EVERY_TEAM = "all"
_NAMES = ("q", "team", "reason", "mine", "unclaimed")
# Whose list one sees first; others see every team's.
_OWN = {Role.HOTLINE: Team.HOTLINE, Role.LIAISON: Team.STAFF}


@dataclass(frozen=True)
class HandoffSearch:
    """The filters, as typed and as understood; `after` is where the page begins."""

    typed: Mapping[str, str]
    wanted: Wanted
    after: UUID | None

    def address(self, **more: str) -> str:
        """These filters as the query of an address."""
        return filters_in_address(self.typed, more)

    @property
    def narrowed(self) -> bool:
        """Whether more than the team narrows it."""
        return bool(set(self.typed) - {"team"})


def read_handoff_search(given: Mapping[str, str], person: Principal) -> HandoffSearch:
    """What is asked for. Raises Invalid for what cannot be understood: it would otherwise narrow nothing."""
    typed = {name: value.strip() for name in _NAMES if (value := given.get(name, "")).strip()}
    wanted = Wanted(
        team=_team(typed, person),
        reason=read_word(Reason, "reason", typed),
        holder=person.name if typed.get("mine") else None,
        unclaimed=bool(typed.get("unclaimed")),
    )
    if "q" in typed:
        wanted = replace(wanted, of_queries=read_search({"q": typed["q"]}).filters)
    return HandoffSearch(typed, wanted, read_cursor(given.get("after", "")))


def way_back(filters: str, **more: str) -> str:
    """The list as it was filtered. `filters`: as the query of its address, which came back with a form of its page."""
    known = {name: value for name, value in parse_qsl(filters) if name in (*_NAMES, "after")}
    words = urlencode(known | more)
    return f"{ROOT}/handoffs?{words}" if words else f"{ROOT}/handoffs"


def _team(typed: Mapping[str, str], person: Principal) -> Team | None:
    if "team" not in typed:
        return _OWN.get(person.role) if person.role is not None else None
    return None if typed["team"] == EVERY_TEAM else read_word(Team, "team", typed)

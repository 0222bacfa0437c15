"""Policies by authority and kind: what differs from the usual periods, the most specific wins, name by name."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Protocol, TypeVar

from notifier.domain.types import Kind

# Whose, and which kind; None = any.
Scope = tuple[str | None, Kind | None]
# Periods by name; a reminder of None is none.
Periods = Mapping[str, timedelta | None]


class _Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Any]]


Usual = TypeVar("Usual", bound=_Dataclass)


@dataclass(frozen=True)
class Policies:
    """Periods that differ from the usual ones, by scope."""

    overrides: Mapping[Scope, Periods] = field(default_factory=dict)

    def applied(self, usual: Usual, authority: str, kind: Kind) -> Usual:
        """`usual` with what differs for this authority and kind; names that it has no field for are another's."""
        if not self.overrides:
            return usual
        changes = self._changes(authority, kind)
        names = {one.name for one in fields(usual)} & changes.keys()
        return replace(usual, **{name: changes[name] for name in names}) if names else usual

    def _changes(self, authority: str, kind: Kind) -> dict[str, timedelta | None]:
        """An authority is more specific than a kind, and both together more than either."""
        changes: dict[str, timedelta | None] = {}
        for scope in ((None, kind), (authority, None), (authority, kind)):
            changes |= self.overrides.get(scope, {})
        return changes


@dataclass(frozen=True)
class DeadlineUrgency:
    """With so much time left before customs' deadline once a call can be made, it has priority 1, or 2. Elapsed time.

    The figures are the post's own.
    """

    first: timedelta = timedelta(hours=4)
    second: timedelta = timedelta(days=1)

    def priority(self, call_from: datetime, deadline_at: datetime | None) -> int:
        """1 to 3; without a deadline of customs' nothing presses."""
        if deadline_at is None:
            return 3
        left = deadline_at - call_from
        return 1 if left <= self.first else 2 if left <= self.second else 3

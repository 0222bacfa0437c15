"""Which query a reply is about: one pure decision over the queries that were texted to that very phone.

In order: what the reply names; the number that answers an open "Which item?"; the number of ours it came to; the only
query that is still open. What remains open between several is asked back, and what nobody can know goes to people.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from notifier.domain.reading import Reading


class Way(StrEnum):
    """How the query was found, or why it was not."""

    NAMED = "named"
    CHOSEN = "chosen"
    THREAD = "thread"
    ONLY = "only"
    SEVERAL = "several"  # not found: the sender can be asked
    UNCLEAR = "unclear"  # not found: what the reply names fits several
    FOREIGN = "foreign"  # not found: it names what was not texted to this phone
    STRANGER = "stranger"  # not found: this phone was not texted


@dataclass(frozen=True)
class Candidate:
    """A query that was texted to the phone, with the numbers of ours it was texted from.

    asked: its question was; else it was only counted in a summary, so that nothing but its name can mean it.
    """

    id: UUID
    code: str
    item_id: str
    open: bool
    numbers: frozenset[str] = frozenset()
    asked: bool = True


@dataclass(frozen=True)
class Route:
    """`query_id` when it was found; else `options`, those it may be about, in the order of the candidates."""

    way: Way
    query_id: UUID | None = None
    options: tuple[UUID, ...] = ()


def find_route(reading: Reading, known: Sequence[Candidate], to: str, offered: Sequence[UUID] = ()) -> Route:
    """The query of a reply that came to our number `to`.

    known: the candidates, the newest first. offered: what an open "Which item?" in this thread offered, in its order.
    """
    if reading.codes or reading.item_ids:
        return _by_name(reading, known, to)
    if not known:
        return Route(Way.STRANGER)
    chosen = _chosen(reading, known, offered)
    if chosen is not None:
        # Before the thread: a number said to "Which item?" is no answer to a question.
        return Route(Way.CHOSEN, chosen.id)
    waiting = [one for one in known if one.open]
    if waiting and not any(one.asked for one in waiting):
        return _by_elimination(waiting)  # They were only summed up, and whoever answers means one of them.
    asked = [one for one in known if one.asked] or known
    return _by_thread(asked, to) or _by_elimination(asked)


def _by_name(reading: Reading, known: Sequence[Candidate], to: str) -> Route:
    """Every name must be of this phone: whoever quotes another's may be anybody."""
    items, codes = {one.item_id for one in known}, {one.code for one in known}
    if not (items.issuperset(reading.item_ids) and codes.issuperset(reading.codes)):
        return Route(Way.FOREIGN)
    named = [one for one in known if _is_named(one, reading)]
    found = _the_one(named) or _the_one(_texted_from(named, to))
    if found is not None:
        return Route(Way.NAMED, found.id)
    return Route(Way.UNCLEAR, options=_ids(named or known))


def _is_named(one: Candidate, reading: Reading) -> bool:
    """By everything the reply names: an item of one query and the code of another name neither."""
    by_item = not reading.item_ids or one.item_id in reading.item_ids
    return by_item and (not reading.codes or one.code in reading.codes)


def _chosen(reading: Reading, known: Sequence[Candidate], offered: Sequence[UUID]) -> Candidate | None:
    if reading.option is None or reading.option > len(offered):
        return None
    return next((one for one in known if one.id == offered[reading.option - 1]), None)


def _by_thread(known: Sequence[Candidate], to: str) -> Route | None:
    """Each open query of a phone has a number of its own, where the pool has so many."""
    texted = _texted_from(known, to)
    found = _the_one(texted)
    if found is not None:
        return Route(Way.THREAD, found.id)
    still_open = [one for one in texted if one.open]
    if still_open:
        return Route(Way.SEVERAL, options=_ids(still_open))
    # All that this number ever asked is closed: it is the latest of those, and none that another number asks.
    return Route(Way.THREAD, texted[0].id) if texted else None


def _by_elimination(known: Sequence[Candidate]) -> Route:
    still_open = [one for one in known if one.open]
    if len(still_open) > 1:
        return Route(Way.SEVERAL, options=_ids(still_open))
    # When all are closed the latest is the likeliest, and people read it in any case.
    return Route(Way.ONLY, (still_open or known)[0].id)


def _texted_from(known: Iterable[Candidate], to: str) -> list[Candidate]:
    return [one for one in known if to in one.numbers]


def _the_one(candidates: Sequence[Candidate]) -> Candidate | None:
    """The only one, or the only one that is open."""
    still_open = [one for one in candidates if one.open]
    if len(still_open) == 1:
        return still_open[0]
    return candidates[0] if len(candidates) == 1 else None


def _ids(candidates: Iterable[Candidate]) -> tuple[UUID, ...]:
    return tuple(one.id for one in candidates)

"""Work that another team is to do: handed over with its reply, with what was noted, and with who gave it."""

from uuid import UUID

import pytest
from sqlalchemy import select

from notifier.domain.errors import Conflict, Invalid
from notifier.domain.types import Team
from notifier.service.call_outcomes import handed_over
from notifier.service.call_sheets import read_sheet
from notifier.service.concluding import conclude
from notifier.service.handoffs import Reason
from notifier.service.moving import move_reply
from notifier.storage.models import Handoff
from notifier.storage.models.calls import CallOutcome
from tests.journeys.world import LIAISON, World

_STRANGER = "+85261237777"
_NOTE = "Please call her: she writes from abroad"


def _open(world: World) -> list[Handoff]:
    with world.ctx.database.read() as session:
        return list(session.scalars(select(Handoff).where(Handoff.closed_at.is_(None))))


def _unplaced(world: World) -> Handoff:
    """What a reply that fits no query makes people do."""
    world.reply("please call me", _STRANGER)
    (handoff,) = _open(world)
    assert (handoff.team, handoff.query_id) == (Team.STAFF, None)
    return handoff


def _hand_over(world: World, handoff_id: UUID, team: Team, **more: bool) -> tuple[str, ...]:
    return conclude(world.ctx, handoff_id, LIAISON, handed_over(team), note=_NOTE, **more).consequences


def test_a_reply_that_fits_no_query_goes_to_the_other_team_with_the_same_work(world: World) -> None:
    had = _unplaced(world)
    assert _hand_over(world, had.id, Team.HOTLINE, preview=True) == ("The reply goes to the hotline team.",)
    assert [one.id for one in _open(world)] == [had.id], "a look changes nothing"
    _hand_over(world, had.id, Team.HOTLINE)
    (given,) = _open(world)
    same = (had.reason, had.sentence, had.priority, had.reply_id)
    assert (given.reason, given.sentence, given.priority, given.reply_id) == same
    assert (given.team, given.claimed_by, given.note) == (Team.HOTLINE, None, _NOTE)


def test_both_sheets_tell_who_handed_it_over(world: World) -> None:
    had = _unplaced(world)
    _hand_over(world, had.id, Team.HOTLINE)
    (given,) = _open(world)
    before, now = read_sheet(world.ctx, had.id), read_sheet(world.ctx, given.id)
    for sheet in (before, now):
        assert [(note.author, note.outcome) for note in sheet.notes] == [(LIAISON.name, CallOutcome.HANDED_OVER)]
    assert before.notes[0].body == _NOTE
    assert (before.handoff.closed_by, before.handoff.closed_because) == (LIAISON.name, "handed over to hotline")
    assert [one.body for one in now.said] == ["please call me"]


def test_what_a_colleague_noted_before_is_not_lost_on_the_way_back(world: World) -> None:
    _hand_over(world, _unplaced(world).id, Team.HOTLINE)
    (given,) = _open(world)
    conclude(world.ctx, given.id, LIAISON, handed_over(Team.STAFF))
    (back,) = _open(world)
    assert (back.team, back.note, back.reason) == (Team.STAFF, _NOTE, Reason.UNMATCHED_REPLY)


def test_the_reply_finds_its_query_from_there_too(world: World) -> None:
    taken = world.texted()
    _hand_over(world, _unplaced(world).id, Team.HOTLINE)
    reply_id = _open(world)[0].reply_id
    assert reply_id is not None
    move_reply(world.ctx, reply_id, taken.id, LIAISON)
    assert world.triage() == []


def test_who_has_it_already_and_what_is_over_are_refused(world: World) -> None:
    had = _unplaced(world)
    with pytest.raises(Invalid, match="has it already"):
        _hand_over(world, had.id, Team.STAFF)
    _hand_over(world, had.id, Team.HOTLINE)
    with pytest.raises(Conflict, match="closed already"):
        _hand_over(world, had.id, Team.SECURITY)

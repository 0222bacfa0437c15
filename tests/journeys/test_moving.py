"""Staff move a reply in one step: traced on both queries, its effect given to one and withdrawn from the other."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from notifier.domain.errors import Conflict, NotFound
from notifier.domain.lifecycle import Outcome, State
from notifier.service.moving import Moved, move_reply
from notifier.service.resolution import accept_answer, close
from notifier.storage.models import Reply
from tests.journeys.test_routing import FIRST, OTHER, SECOND, answers, states, two
from tests.journeys.world import LIAISON, World
from tests.storage.chain import problems


def reply_id(world: World, words: str) -> UUID:
    with world.ctx.database.read() as session:
        return next(reply.id for reply in session.scalars(select(Reply)) if reply.body == words)


def move(world: World, words: str, to: UUID | None, **more: bool) -> Moved:
    return move_reply(world.ctx, reply_id(world, words), to, LIAISON, **more)


def events(world: World, query_id: UUID) -> list[str]:
    whole = world.see(query_id)
    assert problems(whole.query, whole.history) == []
    return [row.event for row in whole.history]


def test_a_reply_nobody_could_place_finds_its_query_in_one_step(thread: World) -> None:
    taken = thread.texted()
    thread.reply("wooden toys, from my wife's phone", phone=OTHER)
    done = move(thread, "wooden toys, from my wife's phone", taken.id)
    assert any("was not texted about this query" in sentence for sentence in done.consequences)
    assert states(thread, taken) == [State.REPLIED]
    assert answers(thread, taken) == ["wooden toys, from my wife's phone"]
    assert thread.triage() == []
    assert events(thread, taken.id)[-2:] == ["reply_moved", "reply_answered"]
    assert thread.send() == []


def test_a_misfiled_reply_leaves_one_query_and_answers_the_other(thread: World) -> None:
    first, second = two(thread)
    thread.reply(f"{first.code} books")
    done = move(thread, f"{first.code} books", second.id)
    assert states(thread, first, second) == [State.REPLIED, State.REPLIED]
    assert [answer.state for answer in thread.see(first.id).answers] == ["withdrawn"]
    assert answers(thread, second) == [f"{first.code} books"]
    assert "reply_taken_away" in events(thread, first.id)
    assert "reply_moved" in events(thread, second.id)
    assert thread.open_handoffs(first.id) == [("staff", "reply_moved")], "staff decide how it goes on"
    assert thread.open_handoffs(second.id) == [("staff", "review_reply")]
    assert any("stays replied" in sentence for sentence in done.consequences)


def test_of_an_answer_in_several_texts_only_the_one_moved_leaves(thread: World) -> None:
    first, second = two(thread)
    for words in (f"{FIRST} books", f"{FIRST} toys", f"{FIRST} old ones"):
        thread.reply(words)
    move(thread, f"{FIRST} toys", second.id)
    assert answers(thread, first) == [f"{FIRST} books\n{FIRST} old ones"]
    assert answers(thread, second) == [f"{FIRST} toys"]
    assert ("staff", "review_reply") in thread.open_handoffs(first.id)


def test_what_customs_may_have_already_is_not_changed_but_told(thread: World) -> None:
    first, second = two(thread)
    thread.reply(f"{FIRST} books")
    thread.do(first.id, accept_answer(None, "R100"))
    done = move(thread, f"{FIRST} books", second.id)
    assert any("is accepted: it is not changed" in sentence for sentence in done.consequences)
    (answer,) = thread.see(first.id).answers
    assert (answer.state, answer.body) == ("accepted", f"{FIRST} books")
    assert states(thread, first, second) == [State.CLOSED, State.REPLIED]


def test_a_preview_tells_the_same_and_keeps_nothing(thread: World) -> None:
    first, second = two(thread)
    thread.reply(f"{FIRST} books")
    before = [thread.see(one.id).query.history_hash for one in (first, second)]
    told = move(thread, f"{FIRST} books", second.id, preview=True)
    assert [thread.see(one.id).query.history_hash for one in (first, second)] == before
    assert answers(thread, second) == []
    assert move(thread, f"{FIRST} books", second.id).consequences == told.consequences


def test_what_was_held_together_is_moved_one_by_one(thread: World) -> None:
    first, second = two(thread)
    for words in ("toys", "books"):
        thread.reply(words)
    done = move(thread, "toys", first.id)
    assert any("1 more" in sentence for sentence in done.consequences)
    move(thread, "books", second.id)
    assert (answers(thread, first), answers(thread, second)) == (["toys"], ["books"])
    assert thread.triage() == []
    assert thread.send() == [], "nobody is asked any more"


def test_a_reply_about_nothing_known_goes_back_to_triage(thread: World) -> None:
    taken = thread.texted()
    thread.reply("the tap in the kitchen leaks")
    move(thread, "the tap in the kitchen leaks", None)
    assert [answer.state for answer in thread.see(taken.id).answers] == ["withdrawn"]
    assert thread.triage() == [("unmatched_reply", "the tap in the kitchen leaks")]
    move(thread, "the tap in the kitchen leaks", taken.id)
    assert thread.triage() == []
    assert [answer.state for answer in thread.see(taken.id).answers] == ["withdrawn", "proposed"]


def test_to_a_closed_query_it_comes_late(thread: World) -> None:
    _, second = two(thread)
    thread.do(second.id, close(Outcome.UNANSWERED))
    thread.reply(f"{SECOND} toys")
    thread.send()
    thread.reply(f"{FIRST} books")
    done = move(thread, f"{FIRST} books", second.id)
    assert any("is closed: the reply is kept there" in sentence for sentence in done.consequences)
    assert [reply.late for reply in thread.see(second.id).replies] == [True, True]
    assert thread.send() == [], "no automatic answer to what was written some time ago"


def test_what_makes_no_sense_is_refused(thread: World) -> None:
    taken = thread.texted()
    thread.reply("toys")
    with pytest.raises(Conflict, match="is there already"):
        move(thread, "toys", taken.id)
    with pytest.raises(NotFound):
        move(thread, "toys", uuid4())
    with pytest.raises(NotFound):
        move_reply(thread.ctx, uuid4(), taken.id, LIAISON)


def test_the_number_that_said_which_item_is_moved_as_what_it_is(thread: World) -> None:
    """The sender said 1 and meant 2: staff move the words, and then the number."""
    first, second = two(thread)
    thread.reply("toys")
    thread.send()
    thread.reply("1")
    move(thread, "toys", second.id)
    for preview in (True, False):
        done = move(thread, "1", second.id, preview=preview)
        assert any("stays replied" in sentence for sentence in done.consequences)
    assert answers(thread, second) == ["toys"]
    assert states(thread, first, second) == [State.REPLIED, State.REPLIED]


def test_what_began_like_a_check_is_an_answer_once_staff_say_so(thread: World) -> None:
    taken = thread.texted()
    thread.reply("check shirts, two, cotton")
    assert states(thread, taken) == [State.AWAITING_REPLY]
    move(thread, "check shirts, two, cotton", taken.id)
    assert states(thread, taken) == [State.REPLIED]
    assert answers(thread, taken) == ["check shirts, two, cotton"]

"""Two open queries on one phone: a reply finds its own by what it names, by its thread, or by asking back."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from notifier.domain.lifecycle import Outcome, State
from notifier.service.intake import Taken
from notifier.service.new_rounds import ask_again
from notifier.service.resolution import close
from tests.journeys.world import MOBILE, World

FIRST, SECOND, THIRD = "RR123456785HK", "CP203011144HK", "UX555000216HK"
OTHER = "+85261234567"
DAY = timedelta(days=1)


def two(world: World) -> tuple[Taken, Taken]:
    return world.texted(item_id=FIRST), world.texted(item_id=SECOND)


def states(world: World, *taken: Taken) -> list[State]:
    return [world.see(one.id).query.state for one in taken]


def answers(world: World, taken: Taken) -> list[str]:
    return [answer.body for answer in world.see(taken.id).answers]


NAMES: dict[str, Callable[[Taken], str]] = {
    "item": lambda _: f"{SECOND} wooden toys",
    "item, as people write it": lambda _: "木製玩具，郵件cp 203 011 144 hk",
    "code": lambda taken: f"{taken.code} wooden toys",
    "code in small letters with its round": lambda taken: f"ref {taken.code.lower()}-1: toys",
    "both": lambda taken: f"{taken.code} {SECOND} toys",
}


@pytest.mark.parametrize("words", NAMES.values(), ids=NAMES)
def test_what_a_reply_names_decides(thread: World, words: Callable[[Taken], str]) -> None:
    first, second = two(thread)
    thread.reply(words(second))
    assert states(thread, first, second) == [State.AWAITING_REPLY, State.REPLIED]
    assert answers(thread, second) == [words(second)]
    assert thread.send() == [], "nothing has to be asked"


def test_a_wrong_check_digit_names_nothing(thread: World) -> None:
    first, second = two(thread)
    thread.reply("CP203011143HK wooden toys")
    assert states(thread, first, second) == [State.AWAITING_REPLY] * 2
    assert len(thread.send()) == 1, "the sender is asked which"


def test_open_queries_of_a_phone_come_from_different_numbers_and_are_told_apart_by_them(world: World) -> None:
    first, second = two(world)
    numbers = {one.id: world.see(one.id).texts[0].sender_id for one in (first, second)}
    assert len(set(numbers.values())) == 2
    world.reply("books", To=numbers[second.id] or "")
    world.reply("toys", To=numbers[first.id] or "")
    assert (answers(world, first), answers(world, second)) == (["toys"], ["books"])
    assert world.send() == []


def test_a_query_keeps_its_number_and_a_closed_one_gives_it_back(world: World) -> None:
    first, second = two(world)
    world.reply(f"{second.code} stuff")
    world.do(second.id, ask_again())
    world.send()
    question, again = world.see(second.id).texts
    assert again.sender_id == question.sender_id
    world.do(first.id, close(Outcome.UNANSWERED))
    third = world.texted(item_id=THIRD)
    assert world.see(third.id).texts[0].sender_id == world.see(first.id).texts[0].sender_id


def test_where_the_pool_is_too_small_those_of_the_same_number_are_asked_about(world: World) -> None:
    taken = [world.texted(item_id=item) for item in (FIRST, SECOND, THIRD)]
    shared, alone = taken[0], taken[1]
    number = world.see(shared.id).texts[0].sender_id or ""
    assert world.see(taken[2].id).texts[0].sender_id == number
    world.reply("toys", To=number)
    (asked,) = world.send()
    assert FIRST in asked.outgoing.body
    assert THIRD in asked.outgoing.body
    assert SECOND not in asked.outgoing.body, "that one has a thread of its own"
    assert asked.outgoing.sender_id == number
    world.reply("books", To=world.see(alone.id).texts[0].sender_id or "")
    assert answers(world, alone) == ["books"]


@pytest.mark.parametrize("words", ["toys", "OK", "who is this?", "", "😀", "1"])
def test_a_code_of_another_phone_goes_to_people_whatever_it_says(thread: World, words: str) -> None:
    mine, theirs = thread.texted(item_id=FIRST), thread.texted(item_id=SECOND, sender_mobile=OTHER)
    said = f"{theirs.code} {words}".strip()
    thread.reply(said)
    assert states(thread, mine, theirs) == [State.AWAITING_REPLY] * 2
    assert thread.see(mine.id).replies == thread.see(theirs.id).replies == []
    assert thread.triage() == [("unmatched_reply", said)]
    assert thread.send() == []


@pytest.mark.parametrize("name", [SECOND, THIRD, "AAA22222"], ids=["another phone's", "nobody's", "no code"])
def test_an_item_that_was_not_texted_to_this_phone_goes_to_people(thread: World, name: str) -> None:
    mine = thread.texted(item_id=FIRST)
    thread.texted(item_id=SECOND, sender_mobile=OTHER)
    thread.reply(f"{name} toys")
    if name == "AAA22222":
        assert states(thread, mine) == [State.REPLIED], "eight characters without the check are words"
    else:
        assert states(thread, mine) == [State.AWAITING_REPLY]
        assert thread.triage() == [("unmatched_reply", f"{name} toys")]


def test_an_item_of_one_query_and_the_code_of_another_name_neither(thread: World) -> None:
    first, second = two(thread)
    thread.reply(f"{second.code} {FIRST} toys")
    assert states(thread, first, second) == [State.AWAITING_REPLY] * 2
    assert [reason for reason, _ in thread.triage()] == ["which_query"]


@pytest.mark.parametrize(("days", "found"), [(13, True), (15, False)])
def test_a_closed_query_is_remembered_for_fourteen_days(thread: World, days: int, found: bool) -> None:
    taken = thread.texted()
    thread.do(taken.id, close(Outcome.UNANSWERED))
    thread.wind(days * DAY)
    thread.reply("It was a doll")
    assert [reply.late for reply in thread.see(taken.id).replies] == ([True] if found else [])
    assert [reason for reason, _ in thread.triage()] == (["late_reply"] if found else ["unmatched_reply"])


def test_an_open_query_is_likelier_than_a_closed_one(thread: World) -> None:
    first, second = two(thread)
    thread.do(second.id, close(Outcome.UNANSWERED))
    thread.reply("a doll")
    assert states(thread, first, second) == [State.REPLIED, State.CLOSED]


@pytest.mark.parametrize(("words", "reason"), [("OK thanks", None), ("who is this?", "sender_doubts")])
def test_what_answers_no_question_asks_nothing_back(thread: World, words: str, reason: str | None) -> None:
    first, second = two(thread)
    thread.reply(words)
    (notice,) = thread.send()
    assert SECOND in notice.outgoing.body, "the latest text is what they answer"
    assert states(thread, first, second) == [State.AWAITING_REPLY] * 2
    assert [why for _, why in thread.open_handoffs(second.id)] == ([reason] if reason else [])


@pytest.mark.parametrize("words", ["CHECK", "check: is this really you?", "查核", "核實剛才的短訊"])
def test_who_checks_a_text_is_shown_to_staff_and_changes_nothing(thread: World, words: str) -> None:
    taken = thread.texted()
    before = thread.see(taken.id).query.history_hash
    thread.reply(words)
    assert thread.triage() == [("sender_checks", words)]
    assert thread.see(taken.id).query.history_hash == before
    assert thread.send() == []


def test_a_stranger_who_checks_a_text_is_heard_too(thread: World) -> None:
    thread.reply("CHECK", phone=OTHER)
    assert thread.triage() == [("sender_checks", "CHECK")]


def test_stop_stops_the_phone_though_nobody_knows_which_query_it_is_about(thread: World) -> None:
    first, second = two(thread)
    thread.reply("toys")
    thread.reply("停止")
    assert states(thread, first, second) == [State.ESCALATED] * 2
    assert thread.send() == [], "neither a question nor a question back"
    thread.wind(timedelta(hours=2))
    assert thread.triage() == [("which_query", "toys")], "what was held is not lost"
    assert MOBILE not in [posted.outgoing.to for posted in thread.send()]

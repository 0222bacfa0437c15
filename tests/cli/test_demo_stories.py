"""The file of stories: what is shipped covers everything, and what cannot be read is told by its line."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from notifier.cli.demo.run import shipped
from notifier.cli.demo.steps import Step, Who, read_steps
from notifier.cli.demo.stories import MOMENTS, REFERRAL, Carrier, Comes, Door, Story, e164, read_stories
from notifier.domain.errors import Invalid
from notifier.domain.item import read_item
from notifier.domain.lifecycle import Outcome, State
from notifier.domain.phone import NumberKind, read_number
from notifier.domain.reading import read_reply
from notifier.domain.referral import FIELDS
from notifier.domain.types import Kind, Language, ReadingKind, TextKind
from notifier.sandbox.magic import FATES, REFUSALS
from notifier.settings.paths import config_dir
from notifier.settings.reply_files import load_lexicon
from tests.cli.demo_rows import rows, write


@pytest.fixture(scope="module")
def stories() -> list[Story]:
    """What is shipped."""
    return read_stories(shipped())


def steps_of(stories: list[Story]) -> Iterator[Step]:
    return (step for story in stories for moment in MOMENTS for step in story.moments[moment])


def test_two_hundred_queries_are_shipped_with_references_and_item_numbers_of_their_own(stories: list[Story]) -> None:
    assert len(stories) == 200
    assert len({story.reference for story in stories}) == 200
    items = Counter(read_item(story.cells["item_id"]) for story in stories)
    shared = [item for item, times in items.items() if times > 1]
    assert {story.story for story in stories if story.cells["item_id"] in shared} == {"do not load"}
    assert shared != []


def test_phones_are_shared_only_where_the_story_is_about_it(stories: list[Story]) -> None:
    textable = [
        (phone, story.story)
        for story in stories
        for phone in set(story.phones())
        if read_number(phone).kind == "sendable"
    ]
    times = Counter(phone for phone, _ in textable)
    assert len(times) > 180
    assert {story for phone, story in textable if times[phone] > 1} == {"two queries on one phone", "STOP"}


def test_the_columns_are_those_of_an_import(stories: list[Story]) -> None:
    assert {*REFERRAL, "deadline_at"} == set(FIELDS)
    assert {story.door for story in stories} == set(Door)
    assert min(Counter(story.door for story in stories).values()) > 50


def test_every_way_to_ask_and_to_behave_is_in_it(stories: list[Story]) -> None:
    assert {story.cells["kind"] for story in stories} == set(Kind)
    assert {story.cells["language"] for story in stories} == {*Language, ""}
    assert {story.carrier for story in stories} == set(Carrier)
    assert {story.comes for story in stories} == set(Comes)
    assert {read_number(story.cells["sender_mobile"]).kind for story in stories} >= {
        NumberKind.SENDABLE,
        NumberKind.LANDLINE,
        NumberKind.FOREIGN,
        NumberKind.UNREADABLE,
    }
    assert {phone[-4:] for story in stories for phone in story.phones()} >= {*REFUSALS, *FATES}
    assert {step.who for step in steps_of(stories)} == set(Who)
    for who, deed in (("staff", "correct"), ("staff", "reopen"), ("customs", "do not load"), ("relay", "refused")):
        assert any((step.who, step.deed) == (who, deed) for step in steps_of(stories)), deed


def test_every_kind_of_reply_is_in_it(stories: list[Story]) -> None:
    lexicon = load_lexicon(config_dir())
    said = [step for step in steps_of(stories) if step.who in (Who.PHONE, Who.PHOTO)]
    read = {read_reply(step.words, lexicon, num_media=step.who is Who.PHOTO).kind for step in said}
    assert read == {*ReadingKind} - {ReadingKind.OPTION}, "nothing offers options yet"


def test_every_end_is_in_it(stories: list[Story]) -> None:
    assert {story.expected.state for story in stories} == {*State} - {State.RECEIVED}
    assert {story.expected.outcome for story in stories} == {*Outcome, ""}
    texted = {text.split()[0].partition("-")[0] for story in stories for text in story.expected.texts}
    # "Which item?" and a summary are about several queries at once, so they are the end of none of them.
    assert texted == {*TextKind} - {TextKind.WHICH_ITEM, TextKind.SUMMARY}


@pytest.mark.parametrize(
    ("column", "cell", "says"),
    [
        ("at_once", "neighbour: hello", "a step begins with one of"),
        ("at_once", "staff: dances", "does one of"),
        ("after_two_days", "staff: correct 9123 4567", "needs FIELD=VALUE"),
        ("after_three_days", "phone:", "says nothing"),
        ("carrier", "sleeps", "sleeps"),
        ("door", "window", "window"),
        ("deadline_in_hours", "soon", "soon"),
        ("questions", "[{", "line 2"),
        ("expected_state", "", "expected_state is missing"),
        ("referral_reference", " ", "must be given"),
    ],
)
def test_a_story_that_cannot_be_read_is_told_by_its_line(tmp_path: Path, column: str, cell: str, says: str) -> None:
    path = write(tmp_path / "wrong.csv", [rows()[0] | {column: cell}])
    with pytest.raises(Invalid) as refusal:
        read_stories(path)
    assert refusal.value.problems[0].field == "line 2"
    assert says in f"{refusal.value.problems[0].field}: {refusal.value.problems[0].message}"


def test_the_same_reference_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="stands twice"):
        read_stories(write(tmp_path / "twice.csv", [rows()[0], rows()[0]]))


def test_steps_are_read_as_people_write_them() -> None:
    assert read_steps("phone: 打錯 | staff: correct sender_mobile=6123 4567 | photo:") == (
        Step(Who.PHONE, "", "打錯"),
        Step(Who.STAFF, "correct", "sender_mobile=6123 4567"),
        Step(Who.PHOTO, "", ""),
    )
    assert read_steps(" ") == ()
    assert e164("+852 ９１２３-4567") == "+85291234567"

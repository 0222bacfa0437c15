"""Which query a reply is about, as one decision: each step in its order, and never a guess."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.reading import Reading
from notifier.domain.routing import Candidate, Route, Way, find_route
from notifier.domain.types import ReadingKind

ITEMS = ("RR123456785HK", "CP203011144HK", "UX555000216HK")
CODES = ("K7F29QXA", "W7M9QXMW", "A2C3F4H5")
ONE, TWO, REPLY_NUMBER = "+85264500001", "+85264500002", "+85264500009"


def candidate(place: int, *, is_open: bool = True, numbers: tuple[str, ...] = ()) -> Candidate:
    return Candidate(UUID(int=place), CODES[place], ITEMS[place], is_open, frozenset(numbers))


A, B, C = (candidate(place) for place in range(3))


def said(option: int | None = None, items: tuple[str, ...] = (), codes: tuple[str, ...] = ()) -> Reading:
    kind = ReadingKind.ANSWER if option is None else ReadingKind.OPTION
    return Reading(kind, option=option, item_ids=items, codes=codes)


@pytest.mark.parametrize(
    ("reading", "known", "to", "offered", "expected"),
    [
        (said(), [], ONE, [], Route(Way.STRANGER)),
        (said(codes=(CODES[2],)), [A, B], ONE, [], Route(Way.FOREIGN)),
        (said(items=(ITEMS[0], ITEMS[2])), [A, B], ONE, [], Route(Way.FOREIGN)),
        (said(items=(ITEMS[1],)), [A, B], ONE, [], Route(Way.NAMED, B.id)),
        (said(codes=(CODES[0],), items=(ITEMS[0],)), [A, B], ONE, [], Route(Way.NAMED, A.id)),
        (said(codes=(CODES[0],), items=(ITEMS[1],)), [A, B], ONE, [], Route(Way.UNCLEAR, options=(A.id, B.id))),
        (said(items=ITEMS[:2]), [A, B], ONE, [], Route(Way.UNCLEAR, options=(A.id, B.id))),
        (said(2), [B, A], ONE, [A.id, B.id], Route(Way.CHOSEN, B.id)),
        (said(2), [A], ONE, [A.id, B.id], Route(Way.ONLY, A.id)),
        (said(), [A, B], REPLY_NUMBER, [], Route(Way.SEVERAL, options=(A.id, B.id))),
        (said(), [A, candidate(1, is_open=False)], REPLY_NUMBER, [], Route(Way.ONLY, A.id)),
        (said(), [candidate(1, is_open=False), candidate(0, is_open=False)], ONE, [], Route(Way.ONLY, B.id)),
        # All that ONE asked is closed: what comes there is late, and about none that TWO asks.
        (
            said(),
            [
                candidate(0, numbers=(ONE,), is_open=False),
                candidate(1, numbers=(ONE,), is_open=False),
                candidate(2, numbers=(TWO,)),
            ],
            ONE,
            [],
            Route(Way.THREAD, A.id),
        ),
        (said(), [candidate(0, numbers=(ONE,)), candidate(1, numbers=(TWO,))], TWO, [], Route(Way.THREAD, B.id)),
        (said(), [candidate(0, numbers=(ONE,)), candidate(1, numbers=(TWO,))], REPLY_NUMBER, [], None),
        (said(1), [candidate(0, numbers=(ONE,)), candidate(1)], ONE, [B.id], Route(Way.CHOSEN, B.id)),
    ],
)
def test_each_step_in_its_order(
    reading: Reading, known: list[Candidate], to: str, offered: list[UUID], expected: Route | None
) -> None:
    route = find_route(reading, known, to, offered)
    assert route == (expected or Route(Way.SEVERAL, options=(A.id, B.id)))


def test_queries_that_share_a_number_are_asked_about_and_others_are_not() -> None:
    known = [candidate(0, numbers=(ONE,)), candidate(1, numbers=(TWO,)), candidate(2, numbers=(ONE,))]
    assert find_route(said(), known, ONE) == Route(Way.SEVERAL, options=(A.id, C.id))


CANDIDATES = st.builds(
    Candidate,
    id=st.builds(uuid4),
    code=st.sampled_from(CODES),
    item_id=st.sampled_from(ITEMS),
    open=st.booleans(),
    numbers=st.frozensets(st.sampled_from([ONE, TWO])),
)
READINGS = st.builds(
    Reading,
    kind=st.sampled_from(ReadingKind),
    option=st.none() | st.integers(1, 9),
    item_ids=st.lists(st.sampled_from(ITEMS), unique=True, max_size=2).map(tuple),
    codes=st.lists(st.sampled_from(CODES), unique=True, max_size=2).map(tuple),
)


@given(READINGS, st.lists(CANDIDATES, max_size=4), st.sampled_from([ONE, TWO, REPLY_NUMBER, ""]), st.data())
def test_nothing_is_ever_guessed(reading: Reading, known: list[Candidate], to: str, data: st.DataObject) -> None:
    ids = [one.id for one in known]
    offered = data.draw(st.permutations(ids)) if ids else []
    route = find_route(reading, known, to, offered)
    assert route.query_id in (None, *ids)
    assert set(route.options) <= set(ids)
    assert (route.query_id is None) == (route.way in (Way.SEVERAL, Way.UNCLEAR, Way.FOREIGN, Way.STRANGER))
    if route.way is Way.NAMED:
        found = next(one for one in known if one.id == route.query_id)
        assert found.code in reading.codes or found.item_id in reading.item_ids
    if route.way is Way.SEVERAL:
        assert all(one.open for one in known if one.id in route.options)

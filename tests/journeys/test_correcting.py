"""Corrections: only what is new counts, and every round keeps whom it asked about what in which language."""

import pytest

from notifier.domain.errors import Invalid
from notifier.domain.types import Language
from notifier.service.new_rounds import Correction, correct
from tests.journeys.world import MOBILE, World

OTHER = "+85261234567"
ITEM, OTHER_ITEM = "RR123456785HK", "CP203011144HK"


@pytest.mark.parametrize(
    "known",
    [
        Correction(sender_mobile="9123 4567"),
        Correction(sender_mobile=MOBILE),
        Correction(language=Language.EN),
        Correction(item_id="rr 123 456 785 hk"),
        Correction(sender_mobile="(852) 9123-4567", language=Language.EN, item_id=ITEM),
    ],
)
def test_what_is_known_already_texts_nobody_a_second_time(world: World, known: Correction) -> None:
    taken = world.texted()
    before = world.see(taken.id).query.history_hash
    with pytest.raises(Invalid, match="nothing to correct") as refused:
        world.do(taken.id, correct(known))
    assert "ask-again" in refused.value.problems[0].mend
    assert world.see(taken.id).query.history_hash == before
    assert world.send() == []


def test_a_correction_sent_twice_is_one_correction(world: World) -> None:
    taken = world.texted()
    again = correct(Correction(sender_mobile=OTHER))
    world.do(taken.id, again)
    with pytest.raises(Invalid):
        world.do(taken.id, again)
    assert [posted.outgoing.to for posted in world.send()] == [OTHER]


def test_of_several_fields_only_those_that_were_wrong_are_told(world: World) -> None:
    taken = world.texted()
    done = world.do(taken.id, correct(Correction(sender_mobile="9123 4567", item_id=OTHER_ITEM)))
    assert not any("old number" in sentence for sentence in done.consequences)
    (row,) = [row for row in world.see(taken.id).history if row.event == "corrected"]
    assert row.detail["fields"] == "item_id"


def test_a_number_that_cannot_be_texted_is_compared_as_it_was_given(world: World) -> None:
    taken = world.refer(sender_mobile="2345 6789")
    with pytest.raises(Invalid):
        world.do(taken.id, correct(Correction(sender_mobile="2345 6789")))
    world.do(taken.id, correct(Correction(sender_mobile="2345 6780")))
    assert world.see(taken.id).query.mobile_given == "2345 6780"


def test_every_round_keeps_what_it_asked_about_though_it_was_never_texted(world: World) -> None:
    taken = world.refer(sender_mobile="2345 6789", language=None)
    world.do(taken.id, correct(Correction(sender_mobile="9123 4567", language=Language.ZH_HANT)))
    world.do(taken.id, correct(Correction(item_id=OTHER_ITEM)))
    assert len(world.send()) == 1
    world.do(taken.id, correct(Correction(language=Language.EN)))
    kept = [(asked.mobile, asked.item_id, asked.language) for asked in world.see(taken.id).rounds]
    assert kept == [
        ("2345 6789", ITEM, None),
        (MOBILE, ITEM, Language.ZH_HANT),
        (MOBILE, OTHER_ITEM, Language.ZH_HANT),
        (MOBILE, OTHER_ITEM, Language.EN),
    ]

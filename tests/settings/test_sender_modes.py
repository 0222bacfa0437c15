"""Two ways to be heard: from numbers that can be answered, or under a name, beside a number to write to."""

import pytest

from notifier.domain.errors import SettingsWrong
from notifier.domain.types import SenderMode
from notifier.settings import load

NAMED = {"NOTIFIER_SENDER__MODE": "notice", "NOTIFIER_SENDER__REPLY_NUMBER": "6450 0001"}


def test_without_a_word_texts_come_from_a_number_and_can_be_answered() -> None:
    settings = load({})
    assert settings.voice.mode is SenderMode.TWO_WAY
    assert settings.sender_ids == ("+85264500001",)
    assert settings.own_numbers == ("2921 2222",)
    assert settings.reply_number is None


@pytest.mark.parametrize("spelled", ["6450 0001", "+85264500001", "852 6450-0001", "64500001"])
def test_under_a_name_the_reply_number_is_shown_as_people_write_it(spelled: str) -> None:
    settings = load(NAMED | {"NOTIFIER_SENDER__REPLY_NUMBER": spelled, "NOTIFIER_TWILIO__FROM": "#HKPost"})
    assert settings.sender_ids == ("#HKPost",)
    assert settings.reply_number == "+85264500001"
    assert (settings.voice.reply_number, settings.voice.names) == ("6450 0001", "#HKPost")
    assert settings.own_numbers == ("2921 2222", "6450 0001")


def test_a_sandbox_that_names_no_sender_speaks_under_the_first_public_name() -> None:
    settings = load(NAMED | {"NOTIFIER_SENDER__PUBLIC_NAMES": "#HKP, #HKPost"})
    assert settings.sender_ids == ("#HKP",)
    assert settings.voice.names == "#HKP, #HKPost"


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"NOTIFIER_SENDER__MODE": "notice"}, "NOTIFIER_SENDER__REPLY_NUMBER is missing: nobody can reply to a name"),
        (NAMED | {"NOTIFIER_SENDER__REPLY_NUMBER": "call us"}, "NOTIFIER_SENDER__REPLY_NUMBER is no telephone number"),
        ({"NOTIFIER_TWILIO__FROM": "#HKPost"}, "holds a name, which nobody can reply to"),
        ({"NOTIFIER_TWILIO__FROM": "+85264500001,HKPost"}, "holds a name, which nobody can reply to"),
        (NAMED | {"NOTIFIER_TWILIO__FROM": "+85264500001"}, "holds what is no sender's name"),
        (NAMED | {"NOTIFIER_TWILIO__FROM": "#HongkongPost"}, "at most 11 letters, digits"),
        (NAMED | {"NOTIFIER_SENDER__PUBLIC_NAMES": "Hongkong Post"}, "holds what is no sender's name"),
        ({"NOTIFIER_SENDER__MODE": "both"}, "NOTIFIER_SENDER__MODE"),
        ({"NOTIFIER_SENDER__PUBLIC_NAMES": " , "}, "NOTIFIER_SENDER__PUBLIC_NAMES"),
    ],
)
def test_what_cannot_work_is_said_at_the_start(environ: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsWrong) as refused:
        load(environ)
    assert sentence in str(refused.value)

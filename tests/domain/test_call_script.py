"""What an agent says in a call: the question in the sender's language, and nothing that sounds like a scam."""

import shutil
from datetime import UTC, datetime

import pytest

from notifier.domain.errors import SettingsWrong
from notifier.domain.types import Language, SenderMode
from notifier.domain.wording import Part, Slots, Voice, call_script
from notifier.settings.paths import config_dir
from notifier.settings.wording_files import load_catalogue
from tests.contexts import HOTLINE

CATALOGUE = load_catalogue(config_dir(), HOTLINE, Voice(SenderMode.NOTICE, "6450 0001", "#HKPost"))
BY = datetime(2026, 11, 26, 10, tzinfo=UTC)


def said(codes: tuple[str, ...], language: Language = Language.EN, by: datetime | None = BY) -> dict[Part, str]:
    slots = Slots("RR123456785HK", "DE", codes, "K7F29QXA", by)
    return {line.part: line.say for line in call_script(CATALOGUE, slots, language)}


@pytest.mark.parametrize(
    ("language", "country", "ask", "when"),
    [
        (Language.EN, "Germany", "what exactly is in it (goods, material, use)?", "6pm Thu 26 Nov"),
        (Language.ZH_HANT, "德國", CATALOGUE.question_words("F605", Language.ZH_HANT), "11月26日（四）下午6時"),
        (Language.ZH_HANS, "德国", CATALOGUE.question_words("F605", Language.ZH_HANS), "11月26日（四）下午6时"),
    ],
)
def test_it_names_the_item_the_country_the_question_and_the_time(
    language: Language, country: str, ask: str, when: str
) -> None:
    lines = said(("F605",), language)
    assert list(lines) == [part for part in Part if part is not Part.ELSE]
    assert "RR123456785HK" in lines[Part.GREETING]
    assert country in lines[Part.WHY]
    assert ask in lines[Part.ASK]
    assert when in lines[Part.BY]


@pytest.mark.parametrize("language", Language)
def test_a_sender_can_check_who_calls(language: Language) -> None:
    proof = said(("F605",), language)[Part.PROOF]
    assert all(shown in proof for shown in (HOTLINE, "K7F29QXA", "#HKPost"))


def test_several_questions_are_numbered_and_twins_asked_once() -> None:
    ask = said(("F605", "A605", "F611"))[Part.ASK]
    assert ask.count("1)") == ask.count("2)") == 1
    assert "3)" not in ask


def test_what_no_text_asks_is_left_to_the_agent() -> None:
    lines = said(("F605", "F100"))
    assert "F100" in lines[Part.ELSE]
    assert "F100" not in lines[Part.ASK]
    assert Part.ASK not in said(("F100",))


def test_without_a_time_none_is_named() -> None:
    assert Part.BY not in said(("F605",), by=None)


def test_a_file_without_a_sentence_says_which(tmp_path_factory: pytest.TempPathFactory) -> None:
    own = shutil.copytree(config_dir(), tmp_path_factory.mktemp("own") / "config")
    file = own / "wording" / "en.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("proof = ", "evidence = "), encoding="utf-8")
    with pytest.raises(SettingsWrong, match=r"wording/en.toml \[call\] lacks proof"):
        load_catalogue(own, HOTLINE)

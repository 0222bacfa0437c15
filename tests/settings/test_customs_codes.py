"""What customs' codes mean to staff: every code that is asked or answered has words in both languages."""

import shutil
from pathlib import Path

import pytest

from notifier.domain.answer_codes import ANSWER_CODES, OLD_ANSWER_CODES
from notifier.domain.errors import SettingsWrong
from notifier.settings.paths import config_dir
from notifier.settings.wording_files import load_catalogue


def test_every_code_we_know_has_words_in_both_languages() -> None:
    catalogue = load_catalogue(config_dir(), "2921 2222")
    for code in (*catalogue.codes, *ANSWER_CODES, *OLD_ANSWER_CODES):
        english, chinese = catalogue.meaning(code, "en"), catalogue.meaning(code, "zh-Hant")
        assert english, code
        assert chinese, code
        assert english.isascii() or "’" in english, code
        assert any("\u4e00" <= char <= "\u9fff" for char in chinese), code


def test_both_generations_of_a_question_mean_the_same() -> None:
    catalogue = load_catalogue(config_dir(), "2921 2222")
    for old, new in (("A60", "A604"), ("A50", "A611"), ("B10", "F100"), ("D10", "F700")):
        assert catalogue.meaning(old, "en") == catalogue.meaning(new, "en")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('F605 = { en = "Describe it" }', "F605 needs words in en and zh-Hant"),
        ('F605 = "Describe it"', "F605 needs words in en and zh-Hant"),
        ("", "lacks F605"),
    ],
)
def test_a_code_without_its_words_stops_the_start(tmp_path: Path, line: str, told: str) -> None:
    shutil.copytree(config_dir(), tmp_path, dirs_exist_ok=True)
    path = tmp_path / "customs_codes.toml"
    kept = [one if not one.startswith("F605 ") else line for one in path.read_text(encoding="utf-8").splitlines()]
    path.write_text("\n".join(kept), encoding="utf-8")
    with pytest.raises(SettingsWrong, match=told):
        load_catalogue(tmp_path, "2921 2222")

"""What customs refuses in an answer, and what it takes."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.answer_rules import Rule, Weight, plain_form, violations
from notifier.domain.errors import SettingsWrong
from notifier.settings.answer_rule_files import load_answer_rules
from notifier.settings.paths import config_dir

RULES = load_answer_rules(config_dir())
DESCRIBE, HS, WEIGHT = frozenset({"describe"}), frozenset({"amend_hs"}), frozenset({"amend_mass"})


def broken(text: str, authority: str = "DE", asks: frozenset[str] = DESCRIBE) -> list[Rule]:
    return [one.rule for one in violations(RULES, text, authority, asks)]


@pytest.mark.parametrize(
    ("text", "authority", "asks"),
    [
        ("Two wool trousers for men", "DE", DESCRIBE),
        ("brake discs for passenger cars", "CH", DESCRIBE),
        ("棉質T恤5件", "JP", DESCRIBE),
        ("Doll (plastic), 1.5 kg", "US", DESCRIBE),
        ("610910", "NO", HS),
        ("1500 g", "DE", WEIGHT),
        ("2", "FR", frozenset({"amend_packages"})),
        ("5000 paper clips", "DE", DESCRIBE),
    ],
)
def test_what_customs_takes(text: str, authority: str, asks: frozenset[str]) -> None:
    assert broken(text, authority, asks) == []


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("", [Rule.BLANK]),
        (" \u200b ", [Rule.BLANK]),
        ("棉質T恤5件", [Rule.NOT_PLAIN]),
        ("Two cotton shirts, white", [Rule.NOT_PLAIN]),
        ("gift", [Rule.VAGUE]),
        ("GIFTS!", [Rule.NOT_PLAIN, Rule.VAGUE]),
        ("Ｃｌｏｔｈｉｎｇ", [Rule.VAGUE]),
        ("a gift for my aunt", [Rule.VAGUE_WITHIN]),
        ("123456", [Rule.NO_WORDS]),
        ("...", [Rule.NOT_PLAIN, Rule.NO_WORDS]),
        ("invoice.pdf", [Rule.NOT_PLAIN, Rule.FILE_NAME]),
        (".jpg", [Rule.NOT_PLAIN, Rule.FILE_NAME]),
        ("xxx", [Rule.REPEATED]),
        ("Two shirtsss", [Rule.REPEATED]),
    ],
)
def test_what_it_refuses(text: str, rules: list[Rule]) -> None:
    assert broken(text) == rules


def test_what_is_refused_comes_before_what_is_doubtful() -> None:
    found = violations(RULES, "a gift, for you", "DE", DESCRIBE)
    assert [one.weight for one in found] == [Weight.REFUSED, Weight.DOUBTFUL]


def test_each_rule_says_what_to_do_and_quotes_nothing() -> None:
    for text in ("密密密", "12.5 kg shirts", "shirt & tie", "secretgift.pdf"):
        for one in violations(RULES, text, "DE", DESCRIBE):
            assert one.sentence.endswith(".")
            assert text not in one.sentence


def test_a_code_question_wants_six_digits() -> None:
    assert broken("cotton shirts", asks=HS) == [Rule.HS_CODE]
    assert broken("6109 10", asks=HS) == []


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Two cotton shirts, a gift", "Two cotton shirts a gift"),
        ("HS 6109.10 (men's)", "HS 610910 mens"),
        ("Ｔ－shirt", "T shirt"),
        ("12.5 kg", None),
        ("1,5 kg", None),
        ("棉質T恤", None),
        ("Möbel", None),
        ("...", None),
    ],
)
def test_the_same_in_plain_letters_where_no_meaning_is_lost(text: str, plain: str | None) -> None:
    assert plain_form(text) == plain


@given(st.text(), st.sampled_from(["DE", "JP"]), st.sampled_from([DESCRIBE, HS, frozenset()]))
def test_nothing_breaks_the_rules_themselves(text: str, authority: str, asks: frozenset[str]) -> None:
    violations(RULES, text, authority, asks)
    plain = plain_form(text)
    assert plain is None or Rule.NOT_PLAIN not in broken(plain, "DE", asks)


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("vague = [", "vogue = [", "look at vague, vogue"),
        ('"AT", "BE"', '"Austria", "BE"', "'Austria': write countries as two capitals"),
        ('file_endings = ["bmp"', "file_endings = [7", "file_endings must be a list of words"),
    ],
)
def test_a_file_that_cannot_be_right_is_told(tmp_path: Path, before: str, after: str, sentence: str) -> None:
    own = Path(shutil.copytree(config_dir(), tmp_path / "config"))
    file = own / "answer_rules.toml"
    file.write_text(file.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")
    with pytest.raises(SettingsWrong) as wrong:
        load_answer_rules(own)
    assert sentence in str(wrong.value)

"""Texts under a name nobody can reply to: they say which number to write to, and fit and calm like the others."""

import itertools
from datetime import UTC, datetime
from pathlib import Path

import pytest

from notifier.domain.errors import Invalid, SettingsWrong
from notifier.domain.link_guard import LinkGuard
from notifier.domain.types import Language, SenderMode, TextKind
from notifier.domain.wording import MOST_OPTIONS, Catalogue, Rendered, Slots, Voice, prove_budgets, render
from notifier.settings.paths import config_dir
from notifier.settings.wording_files import load_catalogue
from tests.contexts import HOTLINE
from tests.domain.test_wording import PRESSURE

NUMBER = "6450 0001"
VOICE = Voice(SenderMode.NOTICE, NUMBER, "#HKPost")
CATALOGUE = load_catalogue(config_dir(), HOTLINE, VOICE)
TWO_WAY = load_catalogue(config_dir(), HOTLINE)
GUARD = LinkGuard([HOTLINE, NUMBER])
ITEM, OTHER = "RR123456785HK", "CP203011144HK"
BY = datetime(2026, 11, 26, 10, tzinfo=UTC)
LANGUAGES = (*Language, None)
# What only a text that can be answered may say.
IN_THE_THREAD = ("reply to this SMS", "replying to this SMS", "直接回覆", "直接回复")
INVITING = (TextKind.QUESTION, TextKind.REMINDER, TextKind.PROMPT, TextKind.TEXT_ONLY, TextKind.WHICH_ITEM)


def text(kind: TextKind, language: Language | None, codes: tuple[str, ...] = ("F605",)) -> Rendered:
    return render(CATALOGUE, GUARD, kind, Slots(ITEM, "DE", codes, "K7F29QXA", BY, options=(ITEM, OTHER)), language)


def test_every_text_fits_at_its_longest_and_passes_the_guard() -> None:
    proved = {rendered.template.rsplit(".", 1)[0] for rendered in prove_budgets(CATALOGUE, GUARD)}
    assert proved == {f"{kind}.{language or 'zh-Hant+en'}" for kind, language in itertools.product(TextKind, LANGUAGES)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_none_says_that_it_can_be_answered_and_those_that_invite_name_the_number(language: Language | None) -> None:
    for kind, code in itertools.product(TextKind, CATALOGUE.sms_codes()):
        body = text(kind, language, (code,)).body
        assert [words for words in IN_THE_THREAD if words in body] == []
        times = body.count(NUMBER)
        assert times == (len(body.split("\n")) if kind in INVITING else 0), (kind, code)
        assert PRESSURE.search(body) is None, (kind, code)
        assert HOTLINE in body


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_asks_who_we_are_is_told_the_public_name(language: Language | None) -> None:
    assert "#HKPost" in text(TextKind.IDENTITY, language).body


def test_a_reply_number_the_guard_does_not_know_is_refused() -> None:
    with pytest.raises(SettingsWrong, match="cannot be sent"):
        prove_budgets(CATALOGUE, LinkGuard([HOTLINE]))


def test_a_template_that_forgets_the_number_is_found_at_the_start(tmp_path: Path) -> None:
    for source in config_dir().rglob("*.toml"):
        target = tmp_path / source.relative_to(config_dir())
        target.parent.mkdir(parents=True, exist_ok=True)
        words = source.read_text(encoding="utf-8")
        target.write_text(words.replace("Please text it to {reply_number}", "Please text us"), encoding="utf-8")
    with pytest.raises(SettingsWrong, match=r"reminder in \[notice_templates\] must name \{reply_number\}"):
        load_catalogue(tmp_path, HOTLINE)


@pytest.mark.parametrize("catalogue", [CATALOGUE, TWO_WAY], ids=["notice", "two_way"])
def test_asking_which_item_offers_item_numbers_and_nothing_else(catalogue: Catalogue) -> None:
    slots = Slots(ITEM, "DE", ("F605",), "K7F29QXA", BY, options=(ITEM, OTHER))
    body = render(catalogue, GUARD, TextKind.WHICH_ITEM, slots, Language.EN).body
    assert f"1) {ITEM} 2) {OTHER}" in body
    assert "K7F29QXA" not in body


@pytest.mark.parametrize("options", [(), (ITEM,), (ITEM,) * (MOST_OPTIONS + 1), (ITEM, "my parcel")])
def test_options_that_are_none_are_refused(options: tuple[str, ...]) -> None:
    slots = Slots(ITEM, "DE", ("F605",), "K7F29QXA", BY, options=options)
    with pytest.raises(Invalid):
        render(TWO_WAY, GUARD, TextKind.WHICH_ITEM, slots, Language.EN)


@pytest.mark.parametrize("catalogue", [CATALOGUE, TWO_WAY], ids=["notice", "two_way"])
def test_what_is_still_missing_is_asked_under_its_first_number(catalogue: Catalogue) -> None:
    codes = ("F605", "A605", "F611", "F602")
    slots = Slots(ITEM, "DE", codes, "K7F29QXA", BY)
    some = Slots(ITEM, "DE", codes, "K7F29QXA", BY, missing=(2, 3))
    one = Slots(ITEM, "DE", codes, "K7F29QXA", BY, missing=(2,))
    whole, rest, last = (
        render(catalogue, GUARD, TextKind.PROMPT, each, Language.EN).body for each in (slots, some, one)
    )
    assert "1) goods, material and use 2) number of packages 3) gross weight in kg" in whole
    assert "2) number of packages 3) gross weight in kg" in rest
    assert "goods" not in rest
    assert "how many packages are in it?" in last

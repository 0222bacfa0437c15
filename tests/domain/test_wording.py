"""The texts themselves: each fits, says what a sender must know, stays calm, and holds nothing anybody typed."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import smsutil
from hypothesis import assume, given
from hypothesis import strategies as st

from notifier.domain.errors import Invalid, SettingsWrong, TextTooLong, UnsafeText
from notifier.domain.link_guard import LinkGuard
from notifier.domain.segments import measure
from notifier.domain.types import Language, TextKind
from notifier.domain.wording import Catalogue, Rendered, Slots, prove_budgets, render
from notifier.domain.wording.moments import local_words
from notifier.settings.paths import config_dir
from notifier.settings.wording_files import load_catalogue
from tests.contexts import HOTLINE

EN, HANT, HANS = Language.EN, Language.ZH_HANT, Language.ZH_HANS
CATALOGUE = load_catalogue(config_dir(), hotline=HOTLINE)
GUARD = LinkGuard([HOTLINE])
ITEM, BY = "RR123456785HK", datetime(2026, 11, 26, 10, tzinfo=UTC)
ASKING = (TextKind.QUESTION, TextKind.REMINDER)
LANGUAGES = (EN, HANT, HANS, None)
CODES = CATALOGUE.sms_codes()
POST = {EN: "Hongkong Post", HANT: "香港郵政", HANS: "香港邮政"}
HOW_TO_ANSWER = {EN: "reply to this SMS", HANT: "直接回覆本短訊", HANS: "直接回复本短信"}
NO_LINKS = {EN: "This SMS has no links", HANT: "本短訊不含連結", HANS: "本短信不含链接"}
REFERENCE = {EN: "Ref {}", HANT: "編號{}", HANS: "编号{}"}
PRESSURE = re.compile(
    r"urgent|immediate|asap|at once|hurry|final|last (chance|notice|day)|warn|penalt|\bfine[sd]?\b|legal|police|arrest"
    r"|destroy|confiscat|seize|suspend|block|expire|overdue|failure|otherwise|must|password|verify|click|!"
    r"|緊急|紧急|立即|立刻|馬上|马上|盡快|尽快|儘快|從速|警告|最後|最后|否則|否则|罰|罚|銷毀|销毁|沒收|没收|扣留|退回|逾期|違|违|凍結|冻结|密碼|密码|！",
    re.IGNORECASE,
)


def text(kind: TextKind, language: Language | None, **changes: object) -> Rendered:
    slots = Slots(ITEM, "DE", ("F605",), "K7F29QXA", BY, options=(ITEM, "CP203011144HK"))
    return render(CATALOGUE, GUARD, kind, replace(slots, **changes), language)  # type: ignore[arg-type]  # its own fields


def every_text() -> Iterator[tuple[TextKind, Language | None, str, Rendered]]:
    for kind, language, code in itertools.product(TextKind, LANGUAGES, CODES):
        yield kind, language, code, text(kind, language, codes=(code,))


def longest_time(language: Language) -> datetime:
    """The moment of a year that takes the most words: each month, day and hour, with and without minutes."""
    start = datetime(2026, 1, 1, 0, 58, tzinfo=UTC)
    return max(
        (start + timedelta(hours=hours) for hours in range(366 * 24)), key=lambda at: len(local_words(at, language))
    )


# --- They fit ---


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_at_its_longest_fits_by_two_counters(language: Language | None) -> None:
    most = 5 if language is None else 2
    by = longest_time(language or HANT)
    assert len(local_words(by, EN)) == len(local_words(longest_time(EN), EN)), "both halves of a bilingual text"
    countries = CATALOGUE.phrases[language or HANT].countries
    for kind, code, country in itertools.product(TextKind, CODES, countries):
        rendered = text(kind, language, codes=(code,), authority=country, ref="W7M9QXMW-99", reply_by=by)
        other = smsutil.split(rendered.body)
        size = measure(rendered.body)
        assert size == rendered.size
        assert size.segments == len(other.parts) <= most, (kind, code, country)
        assert (size.encoding == "GSM-7") == (other.encoding == "gsm0338") == (language is EN)


def test_the_proof_at_the_start_sees_the_same() -> None:
    proved = prove_budgets(CATALOGUE, GUARD)
    every = {f"{kind}.{language or 'zh-Hant+en'}" for kind, language in itertools.product(TextKind, LANGUAGES)}
    assert {rendered.template for rendered in proved} >= {f"{name}.full" for name in every}
    assert {rendered.template.rpartition(".")[0] for rendered in proved} == every


def test_questions_that_do_not_fit_are_refused_rather_than_cut() -> None:
    with pytest.raises(TextTooLong, match=r"needs \d+ segments; 2 are allowed"):
        text(TextKind.QUESTION, EN, codes=tuple(CODES))


def test_several_questions_are_numbered_and_twins_are_asked_once() -> None:
    body = text(TextKind.QUESTION, EN, codes=("F605", "F611")).body
    assert "your item RR123456785HK: 1) goods, material and use 2) number of packages. Please reply" in body
    assert text(TextKind.QUESTION, EN, codes=("F605", "A605")) == text(TextKind.QUESTION, EN)


@pytest.mark.parametrize(("language", "kind"), list(itertools.product(LANGUAGES, ASKING)))
def test_two_questions_end_with_a_stop_and_always_fit(language: Language | None, kind: TextKind) -> None:
    for codes in itertools.combinations(CODES, 2):
        body = text(kind, language, codes=codes).body
        for sentence in ("Please reply", "請於", "请于"):
            before = body.partition(sentence)[0]
            assert before == body or before.rstrip()[-1] in ".?。？", (codes, body)


def test_what_is_too_long_in_full_goes_out_in_short_wording() -> None:
    four = text(TextKind.QUESTION, EN, codes=("F605", "F604", "F608", "F606"))
    assert four.template == "question.en.short"
    assert four.size.segments == 2


# --- They say what a sender must know ---


@pytest.mark.parametrize("language", [EN, HANT, HANS])
@pytest.mark.parametrize("kind", ASKING)
def test_a_question_says_who_what_when_how_and_how_to_check(kind: TextKind, language: Language) -> None:
    for code in CODES:
        body = text(kind, language, codes=(code,)).body
        asked = CATALOGUE.question_words(code, language)
        country = CATALOGUE.phrases[language].countries["DE"]
        told = (
            POST[language],
            ITEM,
            country,
            asked,
            local_words(BY, language),
            HOW_TO_ANSWER[language],
            REFERENCE[language].format("K7F29QXA"),
            NO_LINKS[language],
            HOTLINE,
        )
        assert [part for part in told if part is None or part not in body] == []
        assert body.startswith(POST[language])


def test_the_weekday_stands_in_every_question() -> None:
    assert "6pm Thu 26 Nov" in text(TextKind.QUESTION, EN).body
    assert "11月26日（四）下午6時" in text(TextKind.QUESTION, HANT).body
    assert "11月26日（四）下午6时" in text(TextKind.QUESTION, HANS).body


@pytest.mark.parametrize("kind", ASKING)
def test_no_known_language_means_chinese_and_then_english(kind: TextKind) -> None:
    chinese, english = text(kind, None).body.split("\n")
    assert chinese == text(kind, HANT).body
    for part in (POST[EN], ITEM, "Germany", "goods, material and use", "6pm Thu 26 Nov", "lease reply"):
        assert part in english
    for part in ("Ref K7F29QXA", NO_LINKS[EN], HOTLINE):
        assert part in english


def test_every_text_names_the_post_the_reference_the_hotline_and_that_it_has_no_links() -> None:
    for kind, language, code, rendered in every_text():
        for spoken in (language,) if language else (HANT, EN):
            # Which of several is meant is still open: a reference would name one of them.
            ref = "" if kind is TextKind.WHICH_ITEM else REFERENCE[spoken].format("K7F29QXA")
            told = (POST[spoken], ref, HOTLINE, NO_LINKS[spoken])
            assert all(part in rendered.body for part in told), (kind, language, code)


def test_a_reminder_differs_from_its_question() -> None:
    for language, code in itertools.product(LANGUAGES, CODES):
        question, reminder = (text(kind, language, codes=(code,)).body for kind in ASKING)
        assert question != reminder


def test_who_doubts_is_not_asked_again_in_the_same_breath() -> None:
    for language in (EN, HANT, HANS):
        asked = CATALOGUE.question_words("F605", language)
        assert asked is not None
        assert asked not in text(TextKind.IDENTITY, language).body


def test_the_tone_is_calm() -> None:
    for kind, language, code, rendered in every_text():
        assert PRESSURE.search(rendered.body) is None, (kind, language, code)
        # People are told never to share codes; customs' own term is the one exception.
        assert "code" not in rendered.body.lower().replace("hs code", "")


def test_nearly_every_country_is_named_in_every_language() -> None:
    for language in (EN, HANT, HANS):
        named = set(CATALOGUE.phrases[language].countries)
        assert {"DE", "CH", "NO", "GB", "XI", "US", "CA", "AU", "JP", "TR", "AE"} <= named
        assert len(named) > 220


def test_a_country_we_have_no_name_for_is_another_country() -> None:
    assert "Customs in another country" in text(TextKind.QUESTION, EN, authority="ZZ").body


def test_without_a_time_the_sentence_still_stands() -> None:
    assert "Please reply to this SMS, in Chinese" in text(TextKind.QUESTION, EN, reply_by=None).body
    assert "請直接回覆本短訊" in text(TextKind.QUESTION, HANT, reply_by=None).body


# --- They hold nothing anybody typed, and no link ---


@given(st.sampled_from(TextKind), st.sampled_from(LANGUAGES), st.text(min_size=1))
def test_what_is_typed_as_a_country_never_shows(kind: TextKind, language: Language | None, typed: str) -> None:
    assume(typed not in CATALOGUE.phrases[EN].countries)
    assert text(kind, language, authority=typed) == text(kind, language, authority="ZZ")


@given(st.sampled_from(ASKING), st.sampled_from(LANGUAGES), st.text(min_size=1))
def test_what_is_typed_as_a_question_is_refused(kind: TextKind, language: Language | None, typed: str) -> None:
    assume(typed not in CATALOGUE.codes)
    with pytest.raises(Invalid, match="no wording for"):
        text(kind, language, codes=("F605", typed))


@given(st.sampled_from(TextKind), st.text(min_size=1))
def test_what_is_typed_as_an_item_is_refused_unless_its_check_digit_holds(kind: TextKind, typed: str) -> None:
    with pytest.raises(Invalid):
        text(kind, EN, item_id=typed)


@pytest.mark.parametrize("item", ["rr 123 456 785 hk", "ＲＲ１２３４５６７８５ＨＫ"])
def test_an_item_shows_in_its_one_spelling(item: str) -> None:
    assert text(TextKind.QUESTION, EN, item_id=item) == text(TextKind.QUESTION, EN)


def reworded(language: Language, part: str, name: str, words: str) -> Catalogue:
    phrases = CATALOGUE.phrases[language]
    changed = replace(phrases, **{part: {**getattr(phrases, part), name: words}})
    return replace(CATALOGUE, phrases={**CATALOGUE.phrases, language: changed})


QUESTION = CATALOGUE.phrases[EN].templates["question"]
UNSAFE = [
    ("templates", "question", QUESTION + " https://hkpost.example/pay"),
    ("templates", "question", QUESTION + " See hongkongpost.hk"),
    ("templates", "question", QUESTION.replace("{ref}", "{ref}\u200b")),
    ("templates", "question", QUESTION + " Or call 9123 4567."),
    ("templates", "by", " by {when} (bit.ly/x)"),
    ("asks", "describe", "what is in it? Write to ask@hkpost.example"),
    ("countries", "DE", "germany.de"),
]


@pytest.mark.parametrize(("part", "name", "words"), UNSAFE)
def test_the_guard_reads_the_whole_body_wherever_a_link_came_from(part: str, name: str, words: str) -> None:
    catalogue = reworded(EN, part, name, words)
    slots = Slots(ITEM, "DE", ("F605",), "K7F29QXA", BY)
    with pytest.raises(UnsafeText):
        render(catalogue, GUARD, TextKind.QUESTION, slots, EN)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (QUESTION + " https://hkpost.example", "question in en for .* cannot be sent"),
        (QUESTION + " We thank you for your patience and your help." * 3, "only fits in its short wording"),
        (QUESTION + " {when}", "cannot be sent"),
    ],
)
def test_wording_that_cannot_be_sent_is_found_before_anything_is_sent(words: str, why: str) -> None:
    with pytest.raises(SettingsWrong, match=why):
        prove_budgets(reworded(EN, "templates", "question", words), GUARD)


def test_a_hotline_the_guard_does_not_know_is_refused() -> None:
    with pytest.raises(SettingsWrong):
        prove_budgets(replace(CATALOGUE, hotline="2921 3333"), GUARD)

"""Operations at a real browser, in both languages: from sign-in to a pause and its end, to figures, and to a replay."""

import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, expect

from notifier.domain.lifecycle import State
from notifier.domain.permissions import Role
from notifier.service.webhooks import keep_refused, process_webhooks
from notifier.storage.models.inbound import WebhookKind
from tests.console.office import Office
from tests.console.visitor import Visitor, at_a_browser
from tests.console.watching import Browsers
from tests.web.signing import sign
from tests.web.site import PUBLIC_URL, reply

pytestmark = pytest.mark.browser
_NOTE_WHAT_IS_DRAWN = """window.drawn = [];
  const fill = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (words, ...where) {
    window.drawn.push(String(words));
    return fill.call(this, words, ...where);
  };"""
_SLOT = 15  # minutes that a row of the day's texts stands for
# By the browser's language: what the pages say.
_WORDS = {
    "en-GB": {
        "desk": "Operations",
        "goes": "Texts go out",
        "stands": "Sending is paused",
        "queued": "Texts in the queue",
        "paused": "Sending was paused",
        "resumed": "Sending was resumed",
        "how": "How it went",
        "applied": "Replayed: 1 took effect.",
        "replayed": "Refused webhooks were replayed",
    },
    "zh-HK": {
        "desk": "系統運作",
        "goes": "發送正常",
        "stands": "已暫停發送",
        "queued": "輪候中的短訊",
        "paused": "已暫停發送",
        "resumed": "已恢復發送",
        "how": "運作數據",
        "applied": "已重新處理：1 項生效。",
        "replayed": "已重新處理被拒通知",
    },
}


def _at_the_desk(office: Office, chromium: Browsers, language: str) -> Visitor:
    """An operator who signed in and went to their desk."""
    desk = at_a_browser(chromium.new_context(locale=language), office)
    desk.sign_in(office.hire(Role.OPS))
    desk.page.click(f"header nav >> text={_WORDS[language]['desk']}")
    expect(desk.page.locator("h1")).to_have_text(_WORDS[language]["desk"])
    return desk


def _steer(desk: Visitor, link: str, because: str) -> None:
    """Follow the link, read what follows, and do it with a reason."""
    desk.page.click(link)
    expect(desk.page.locator(".consequences li").first).to_be_visible()
    desk.page.fill("#reason", because)
    desk.page.click("main form button")


def _journal(desk: Visitor) -> Locator:
    """What operators did, the newest first."""
    return desk.page.locator("section[aria-labelledby=did-title] li")


@pytest.mark.parametrize("language", list(_WORDS))
def test_sending_is_paused_and_resumed_with_reasons_that_stay(
    office: Office, chromium: Browsers, language: str
) -> None:
    words = _WORDS[language]
    office.world.refer()
    desk = _at_the_desk(office, chromium, language)
    title = desk.page.locator("#sending-title")
    expect(title).to_have_text(words["goes"])
    expect(desk.page.locator(".figure", has_text=words["queued"]).locator("dd")).to_have_text("1")
    _steer(desk, ".sending a", "The wording is wrong")
    expect(title).to_have_text(words["stands"])
    expect(desk.page.locator(".sending .words")).to_have_text("The wording is wrong")
    expect(_journal(desk)).to_have_count(1)
    for shown in (words["paused"], "Mei Chan", "The wording is wrong"):
        expect(_journal(desk).first).to_contain_text(shown)
    assert office.world.send() == []
    _steer(desk, ".sending a", "It is mended")
    expect(title).to_have_text(words["goes"])
    expect(_journal(desk)).to_have_count(2)
    for shown in (words["resumed"], "Mei Chan", "It is mended"):
        expect(_journal(desk).first).to_contain_text(shown)
    assert len(office.world.send()) == 1


@pytest.mark.parametrize("language", list(_WORDS))
def test_figures_are_drawn_and_stand_in_tables(small_office: Office, chromium: Browsers, language: str) -> None:
    small_office.world.texted()
    small_office.world.reply("Two cotton shirts")
    desk = _at_the_desk(small_office, chromium, language)
    desk.page.click(f"main >> text={_WORDS[language]['how']}")
    expect(desk.page.locator("h1")).to_have_text(_WORDS[language]["how"])
    expect(desk.page.locator(".chart canvas")).to_have_count(desk.page.locator(".chart").count())
    assert desk.page.locator(".chart canvas").count() >= 2
    for table in ("#handed", "#hours"):
        expect(desk.page.locator(table)).to_be_hidden()
        desk.page.locator("section", has=desk.page.locator(table)).locator("summary").click()
        expect(desk.page.locator(table)).to_be_visible()
    assert _total(desk, "#handed", 2) * _SLOT == pytest.approx(1)
    assert [_total(desk, "#hours", column) for column in (2, 3)] == [1, 1]


@pytest.mark.parametrize("language", list(_WORDS))
def test_the_hours_of_a_chart_are_written_as_everywhere(
    small_office: Office, chromium: Browsers, language: str
) -> None:
    small_office.world.texted()
    context = chromium.new_context(locale=language)
    context.add_init_script(_NOTE_WHAT_IS_DRAWN)
    desk = at_a_browser(context, small_office)
    desk.sign_in(small_office.hire(Role.OPS))
    for of, wanted in (("day", r"\d\d:\d\d"), ("day", r"\d\d/\d\d"), ("month", r"\d\d/\d\d")):
        desk.go(f"/console/operations/figures?of={of}")
        drawn = desk.page.evaluate("window.drawn")
        assert [words for words in drawn if re.search("[ap]m", words, re.IGNORECASE)] == []
        assert [words for words in drawn if re.fullmatch(wanted, words)], (of, drawn)


def _total(desk: Visitor, table: str, column: int) -> float:
    """The sum of a column, as its cells say it to the charts."""
    cells = desk.page.locator(f"{table} tbody td:nth-child({column})")
    return sum(float(value) for value in cells.evaluate_all("(cells) => cells.map((cell) => cell.dataset.value)"))


@pytest.mark.parametrize("language", list(_WORDS))
def test_refused_webhooks_are_replayed(small_office: Office, chromium: Browsers, language: str) -> None:
    words, query = _WORDS[language], small_office.world.texted()
    target, form = "/webhooks/twilio/inbound", reply("SMin77", "Two cotton shirts")
    signature = sign(PUBLIC_URL + target, form)
    reason = "the signature does not fit"
    keep_refused(small_office.ctx, WebhookKind.INBOUND, reason, urlencode(form), target, signature)
    desk = _at_the_desk(small_office, chromium, language)
    desk.page.click(".figure a[href$='/refused']")
    expect(desk.page.locator("tbody tr")).to_have_count(1)
    _steer(desk, ".heading a.button", "The token was the old one")
    expect(desk.page.locator(".note.good")).to_have_text(words["applied"])
    expect(desk.page.locator(".empty")).to_be_visible()
    process_webhooks(small_office.ctx)
    assert small_office.world.see(query.id).query.state is State.REPLIED
    desk.page.click(".back a")
    for shown in (words["replayed"], "The token was the old one"):
        expect(_journal(desk).first).to_contain_text(shown)

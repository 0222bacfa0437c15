"""`make screenshots`: the console's main pages in English and light, in Chinese and dark, into docs/screenshots.

A whole installation runs in a folder of its own; customs asks and senders answer through its sandbox, so that each page
has something to show.
"""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.console.conftest import chromium_path
from tests.drills.processes import Installation

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
_MOST_BYTES = 90_000
_COLOURS = 128
_LOOKS = (("en", "en-GB", "light"), ("zh", "zh-HK", "dark"))
_REPLIES = {"en": "Two cotton shirts, a birthday gift", "zh": "兩件棉質恤衫，生日禮物"}


@dataclass(frozen=True)
class Picture:
    """A page to be taken. `open`: what to follow there first (a CSS selector), as a list's first row."""

    name: str
    address: str
    open: str | None = None


PICTURES = (
    Picture("work-list", "/console/queries"),
    Picture("new-query", "/console/queries/new?authority=DE&codes=F605"),
    Picture("query", "/console/queries?state=replied", "tbody th a"),
    Picture("handoffs", "/console/handoffs?team=all"),
    Picture("call-sheet", "/console/handoffs?team=hotline", "tbody th a"),
    Picture("operations", "/console/operations"),
    Picture("figures", "/console/operations/figures?of=hour"),
    Picture("phone", "/console/sandbox/phones"),
    Picture("customs", "/console/sandbox/customs"),
)


def main() -> None:
    """Take them all anew. Fails when one is larger than what a clone should carry."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
        for look, locale, colours in _LOOKS:
            with _page(browser, locale, colours) as (page, base):
                _play(page, base, look)
                for picture in PICTURES:
                    _take(page, base, look, picture)
        browser.close()


@contextmanager
def _page(browser: Browser, locale: str, colours: str) -> Iterator[tuple[Page, str]]:
    """A tab of somebody who is signed in, and where the installation is."""
    with tempfile.TemporaryDirectory() as folder, Installation(Path(folder)) as notifier:
        (link,) = re.findall(r"\S+/console/link/\S+", notifier.up().printed())
        context = browser.new_context(
            locale=locale,
            color_scheme="dark" if colours == "dark" else "light",
            viewport={"width": 1160, "height": 720},
        )
        page = context.new_page()
        page.goto(link)
        yield page, notifier.base_url
        context.close()


def _play(page: Page, base: str, look: str) -> None:
    """Customs asks this and that; one sender answers."""
    page.goto(f"{base}/console/sandbox/customs")
    for name in ("contents", "identity", "correct", "screening"):
        page.fill("#mobile", f"9123 4{len(name):03}")
        page.click(f"button[value={name}]")
        page.wait_for_load_state()
    page.fill("#mobile", "9123 4567")
    page.select_option("#sender-language", "zh-Hant" if look == "zh" else "en")
    page.click("button[value=contents]")
    page.goto(f"{base}/console/sandbox/phones")
    expect(page.locator(".who-writes")).to_be_visible()
    page.click("text=+852 9123 4567")
    page.fill("#words", _REPLIES[look])
    page.press("#words", "Enter")
    page.goto(f"{base}/console/queries?state=replied")
    expect(page.locator("tbody tr")).to_have_count(1)


def _take(page: Page, base: str, look: str, picture: Picture) -> None:
    page.goto(base + picture.address)
    if picture.open is not None:
        page.click(picture.open)
    page.wait_for_load_state("load")
    if picture.name == "new-query":
        page.fill("#item_id", "RR123456785HK")
        page.fill("#sender_mobile", "9123 4567")
        expect(page.locator(".sms").first).to_be_visible()
    path = FOLDER / f"{picture.name}-{look}.png"
    with Image.open(BytesIO(page.screenshot())) as taken:
        taken.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    assert path.stat().st_size <= _MOST_BYTES, f"{path.name} has {path.stat().st_size} bytes"


if __name__ == "__main__":
    main()

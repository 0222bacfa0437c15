"""Front-end files of others: unchanged, with their licence, and loading nothing from elsewhere."""

import re
from hashlib import sha256
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2] / "notifier"
SUMS = sorted(ROOT.rglob("SHA256SUMS"))
PAGES = sorted(path for path in ROOT.rglob("*.html"))


def test_there_are_some() -> None:
    assert SUMS
    assert PAGES


@pytest.mark.parametrize("sums", SUMS, ids=lambda path: path.parent.name)
def test_vendored_files_are_as_they_came(sums: Path) -> None:
    for line in sums.read_text(encoding="utf-8").splitlines():
        digest, name = line.split()
        assert sha256((sums.parent / name).read_bytes()).hexdigest() == digest, name
    assert (sums.parent / "LICENSE").is_file()


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_page_loads_only_our_own_files_and_runs_no_inline_script(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    loaded = re.findall(r"""<(?:script|link|img|iframe)[^>]*(?:src|href)=["']([^"']+)""", text)
    assert loaded
    assert [address for address in loaded if "//" in address] == []
    assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
    assert re.findall(r"""\son[a-z]+=|\sstyle=""", text) == []

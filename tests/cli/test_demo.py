"""`notifier demo`: some shipped stories play to their ends, a false row is named, a signal leaves nothing behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from notifier.cli.demo import run_demo
from notifier.cli.demo.stories import COLUMNS
from notifier.domain.errors import SettingsWrong
from tests.cli.demo_rows import Row, rows, write
from tests.waiting import eventually

# A process started in the background ignores Ctrl-C; the one in this test must not.
_COMMAND = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from notifier.cli import app
app()
"""
# A dozen different ones; each is the first, or the named, row of its story.
CUT = {
    "answers in English": 0,
    "answers in Cantonese": 0,
    "no language known, texted in two": 0,
    "silence": 0,
    "undeliverable number": 0,
    "landline": 0,
    "what no text may ask": 0,
    "the same with other content": 0,
    "STOP": 1,
    "wrong number corrected": 4,
    "is this a scam?": 0,
    "a photo": 1,
    "doubled receipts": 0,
    "late reply": 1,
}


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    # Neither our own settings nor a wish for colours shall change what is played and printed.
    for name in [name for name in os.environ if name.startswith(("NOTIFIER_", "FORCE_COLOR", "TTY_"))]:
        monkeypatch.delenv(name)


def a_few() -> list[Row]:
    return [[row for row in rows() if row["story"] == story][place] for story, place in CUT.items()]


def test_a_few_stories_end_as_their_rows_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_demo(write(tmp_path / "few.csv", a_few())) == 0
    printed = capsys.readouterr().out
    assert f"{len(CUT)} of {len(CUT)} queries ended as expected" in printed
    assert "Not as expected" not in printed
    assert all(story in printed for story in CUT)


def test_one_false_row_is_named_and_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = a_few()[:3]
    chosen[1]["expected_texts"] = "question zh-Hant; reminder zh-Hant"
    assert run_demo(write(tmp_path / "false.csv", chosen)) == 1
    printed = capsys.readouterr().out
    assert "2 of 3 queries ended as expected" in printed
    told = [line for line in printed.splitlines() if chosen[1]["referral_reference"] in line]
    assert len(told) == 1
    assert "question zh-Hant; reminder zh-Hant" in told[0]
    assert not any(row["referral_reference"] in printed for row in (chosen[0], chosen[2]))


def test_what_is_refused_does_not_stop_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = [row for row in rows() if row["story"] == "screening"]
    chosen[0] |= {"item_id": "RR123456784HK", "door": "api"}
    chosen[1] |= {"authority": "QQ", "door": "file"}
    assert run_demo(write(tmp_path / "refused.csv", chosen)) == 1
    printed = capsys.readouterr().out
    assert f"{len(chosen) - 2} of {len(chosen)} queries ended as expected" in printed
    assert printed.count("not taken in") == 2
    assert "item_id fails its check digit" in printed


def test_it_does_not_play_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFIER_PROFILE", "production")
    with pytest.raises(SettingsWrong, match="production"):
        run_demo()


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"story,comes\nx,first\n", "has other columns"),
        (",".join(COLUMNS).encode(), "has no story"),
        (b"\xff\xfe\x00", "not CSV in UTF-8"),
        (f"{','.join(COLUMNS)}\nonly,three,cells\n".encode(), "more or fewer"),
    ],
)
def test_a_file_of_something_else_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], raw: bytes, says: str
) -> None:
    path = tmp_path / "other.csv"
    path.write_bytes(raw)
    assert run_demo(path) == 2
    assert says in capsys.readouterr().out
    assert run_demo(tmp_path / "nowhere.csv") == 2
    assert "No such file" in capsys.readouterr().out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_leaves_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    log = tmp_path / "log"
    folders = tmp_path / "folders"
    folders.mkdir()
    with log.open("wb") as output:
        demo = subprocess.Popen(
            [sys.executable, "-c", _COMMAND, "demo"],
            env=os.environ | {"TMPDIR": str(folders), "PYTHONUNBUFFERED": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        eventually(lambda: b"A server and a key of its own" in log.read_bytes(), within=60, what="The start")
        assert servers_in(folders), "a server runs in that folder"
        demo.send_signal(number)
        assert demo.wait(timeout=30) == 130
    finally:
        demo.kill()
        demo.wait()
    assert b"Stopped by hand" in log.read_bytes()
    assert b"Traceback" not in log.read_bytes()
    assert list(folders.iterdir()) == []
    eventually(lambda: servers_in(folders) == [], what="The end of the server it started")


def servers_in(folder: Path) -> list[str]:
    """The processes whose data are in this folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
        except OSError:
            continue  # It ended, or is not ours.
        if f"NOTIFIER_DATA_DIR={folder}".encode() in environment:
            found.append(process.name)
    return found

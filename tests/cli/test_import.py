"""`notifier import` as a shell uses it: what is printed, what is written, and the exit code."""

import csv
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError
from typer.testing import CliRunner

from notifier.cli import app
from notifier.cli.import_file import import_file
from notifier.customs.decoding import Encoding
from notifier.domain.referral import FIELDS
from notifier.service import importing
from notifier.storage.migrations.run import migrate

HEADER = ",".join(FIELDS)
GOOD = "DE,DE,RFI,,{},RR123456785HK,9123 4567,en,F605,"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own, with a migrated database."""
    for name in [name for name in os.environ if name.startswith("NOTIFIER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NOTIFIER_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    migrate(f"sqlite:///{tmp_path / 'data' / 'notifier.db'}")
    return tmp_path


def write(home: Path, *rows: str, header: str = HEADER) -> Path:
    path = home / "referrals.csv"
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return path


def write_big5(home: Path) -> Path:
    path = home / "referrals.csv"
    row = GOOD.format("A").replace("F605", '"[{""text"": ""內載何物？""}]"')
    path.write_bytes(f"{HEADER}\n{row}\n".encode("big5hkscs"))
    return path


def shell(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def taken(home: Path) -> list[str]:
    engine = create_engine(f"sqlite:///{home / 'data' / 'notifier.db'}")
    with engine.connect() as connection:
        found = connection.execute(text("SELECT referral_reference FROM queries ORDER BY 1")).scalars().all()
    engine.dispose()
    return list(found)


def test_a_sound_file_ends_with_0(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert import_file(write(home, GOOD.format("A"), GOOD.format("B"))) == 0
    assert "2 rows: 2 new, 0 known, 0 contradicting, 0 refused." in capsys.readouterr().out
    assert taken(home) == ["A", "B"]


def test_a_refused_row_is_shown_by_line_and_column_and_ends_with_1(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = GOOD.format("B").replace("RR123456785HK", "RR123456784HK")
    assert import_file(write(home, GOOD.format("A"), bad, GOOD.format("C"))) == 1
    out = capsys.readouterr().out
    shown = next(line for line in out.splitlines() if "item_id" in line)
    assert "3" in shown
    assert "fails its check digit" in shown
    assert "Check the digits" in shown
    assert "9123" not in out, "numbers are not printed"
    assert taken(home) == ["A", "C"]


def test_the_report_holds_every_refusal_and_no_formula(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = [GOOD.format(f"=1+{place}").replace("RFI", "[b]XYZ") for place in range(60)]
    report = home / "report.csv"
    assert import_file(write(home, *bad, GOOD.format("A")), report) == 1
    assert "... and 10 rows more" in capsys.readouterr().out
    assert report.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(report.read_text("utf-8-sig"))))
    assert len(rows) == 60
    assert rows[59]["line"] == "61"
    assert {row["column"] for row in rows} == {"kind"}
    assert rows[7]["reference"] == "'=1+7"
    assert all(not cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
    assert taken(home) == ["A"]


def test_a_contradiction_is_told_and_ends_with_1(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert import_file(write(home, GOOD.format("A"), GOOD.format("A"), GOOD.format("A").replace("F605", "F608"))) == 1
    out = capsys.readouterr().out
    assert "3 rows: 1 new, 1 known, 1 contradicting, 0 refused." in out
    assert "other content" in out


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "is empty"),
        (HEADER.encode(), "no row"),
        (b"PK\x03\x04", "CSV UTF-8"),
        (HEADER.encode() + "\n香港".encode("big5"), "--encoding big5"),
        (b"a,b,c\n1,2,3\n", "names of its columns"),
        (HEADER.replace("kind", "kid").encode() + b"\n", "kid: is not a column"),
    ],
)
def test_an_unusable_file_ends_with_2_and_takes_nothing(
    home: Path, capsys: pytest.CaptureFixture[str], raw: bytes, says: str
) -> None:
    path = home / "referrals.csv"
    path.write_bytes(raw)
    assert import_file(path) == 2
    assert says in capsys.readouterr().out
    assert taken(home) == []


def test_a_file_that_is_not_there_a_folder_and_a_report_nowhere(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert import_file(home / "nowhere.csv") == 2
    assert import_file(home) == 2
    assert import_file(write(home, GOOD.format("A")), home / "no" / "report.csv") == 2
    out = capsys.readouterr().out
    assert "No such file" in out
    assert "directory" in out
    assert taken(home) == [], "it is known before anything is taken"


def test_big5_is_read_when_it_is_named(home: Path) -> None:
    path = write_big5(home)
    assert import_file(path) == 2
    assert import_file(path, encoding=Encoding.BIG5) == 0


@pytest.mark.parametrize("spelled", ["same", "through a link", "by another way"])
def test_a_report_never_writes_over_the_referrals(home: Path, capsys: pytest.CaptureFixture[str], spelled: str) -> None:
    path = write(home, GOOD.format("A"))
    before = path.read_bytes()
    (home / "link.csv").symlink_to(path)
    report = {"same": path, "through a link": home / "link.csv", "by another way": home / "data" / ".." / path.name}
    assert import_file(path, report[spelled]) == 2
    assert "--report: is the file of referrals itself. Name another file for it." in capsys.readouterr().out
    assert path.read_bytes() == before
    assert taken(home) == []


def test_a_report_of_nothing_says_so(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = home / "report.csv"
    assert import_file(write(home, GOOD.format("A")), report) == 0
    assert f"No row needs a look, and {report} holds none." in capsys.readouterr().out
    assert report.read_text("utf-8-sig").splitlines() == ["line,reference,column,problem,mend"]
    assert import_file(write(home, GOOD.format("B").replace("RFI", "XYZ")), report) == 1
    assert f"Every row that needs a look is in {report}." in capsys.readouterr().out


def test_the_shell_has_the_options_that_the_sentences_recommend(home: Path) -> None:
    path = write_big5(home)
    unnamed = shell("import", str(path))
    assert (unnamed.exit_code, "--encoding big5" in unnamed.output) == (2, True)
    named = shell("import", str(path), "--encoding", "big5")
    assert (named.exit_code, taken(home)) == (0, ["A"])
    second = shell("import", str(path), "--encoding", "big5")
    assert "--again begins anew" in second.output
    again = shell("import", str(path), "--encoding", "big5", "--again")
    assert (again.exit_code, again.output) == (0, "1 row: 0 new, 1 known, 0 contradicting, 0 refused.\n")
    assert shell("import", str(path), "--encoding", "latin-1").exit_code == 2


def test_without_a_schema_it_says_what_to_do(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NOTIFIER_DATA_DIR", str(home / "other"))
    (home / "other").mkdir()
    assert import_file(write(home, GOOD.format("A"))) == 2
    out = capsys.readouterr().out
    assert "the database lacks our newest tables: run `notifier migrate`" in out
    assert "the same command goes on from there" in out


def test_the_second_run_of_a_file_goes_on_and_again_begins_anew(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The counts are of all runs together: what this one did is told apart."""
    path = write(home, GOOD.format("A"))
    assert import_file(path) == 0
    assert capsys.readouterr().out == "1 row: 1 new, 0 known, 0 contradicting, 0 refused.\n"
    assert import_file(path) == 0
    assert capsys.readouterr().out.splitlines() == [
        "An earlier run had done 1 row; this run had nothing to do. --again begins anew.",
        "All in all 1 row: 1 new, 0 known, 0 contradicting, 0 refused.",
    ]
    assert import_file(path, again=True) == 0
    assert capsys.readouterr().out == "1 row: 0 new, 1 known, 0 contradicting, 0 refused.\n"


def test_a_run_that_goes_on_tells_what_it_took_itself(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first run loses its database after one chunk."""
    path = write(home, *(GOOD.format(f"R{place:04}") for place in range(150)))
    take = importing.accept_within
    left = iter(range(120))

    def fail_later(*args: Any) -> Any:
        if next(left, None) is None:
            raise OperationalError("INSERT", {}, OSError("gone"))
        return take(*args)

    with monkeypatch.context() as patch:
        patch.setattr(importing, "accept_within", fail_later)
        assert import_file(path) == 2
    assert len(taken(home)) == 100
    capsys.readouterr()
    assert import_file(path) == 0
    assert capsys.readouterr().out.splitlines() == [
        "An earlier run had done 100 rows; this run took the other 50. --again begins anew.",
        "All in all 150 rows: 150 new, 0 known, 0 contradicting, 0 refused.",
    ]


def test_killed_in_the_middle_and_run_again(home: Path) -> None:
    """The process dies without a word, as in a power cut; the same command goes on."""
    rows = [GOOD.format(f"R{place:04}").replace("9123 4567", f"9{place % 9}23{place:04}"[:8]) for place in range(1500)]
    path = write(home, *rows)
    command = [sys.executable, "-c", "import sys; from notifier.cli import app; app()", "import", str(path)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 60
    while not taken(home) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "it was still at work"
    done = len(taken(home))
    assert 0 < done < 1500
    assert done % 100 == 0, "no half-imported chunk"
    assert subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode == 0
    assert taken(home) == sorted(f"R{place:04}" for place in range(1500))

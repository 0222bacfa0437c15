"""`notifier check` as a shell uses it: lines in, one JSON line each out."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from notifier.cli.check import check_app

CONFIG = Path(__file__).resolve().parents[2] / "config"


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NOTIFIER_CONFIG_DIR", "NOTIFIER_HOTLINE__NUMBER"):
        monkeypatch.delenv(name, raising=False)


def run(*args: str, lines: str | bytes = "") -> Result:
    return CliRunner().invoke(check_app, args, input=lines)


def findings(*args: str, lines: str | bytes) -> list[dict[str, Any]]:
    result = run(*args, lines=lines)
    assert result.exit_code == 0, result.output
    written = result.stdout_bytes.decode().split("\n")
    assert written.pop() == ""
    return [json.loads(line) for line in written]


def test_texts_get_size_and_verdict() -> None:
    safe, long, linked, chinese, empty = findings(
        "text",
        lines="Ref K7F29QXA. Enquiries: 2921 2222\n" + "a" * 161 + "\nSee hkpost.com now\n香港郵政：查詢\n\n",
    )
    assert (safe["ok"], safe["encoding"], safe["segments"]) == (True, "GSM-7", 1)
    assert (long["ok"], long["segments"]) == (True, 2)
    assert linked["ok"] is False
    assert linked["reason"]
    assert (chinese["ok"], chinese["encoding"], chinese["segments"]) == (True, "UCS-2", 1)
    assert (empty["ok"], empty["input"]) == (False, "")


def test_a_text_the_carrier_would_refuse_is_not_ok() -> None:
    fits, too_long = findings("text", lines="a" * 1600 + "\n" + "a" * 1601 + "\n")
    assert (fits["ok"], too_long["ok"]) == (True, False)


def test_the_hotline_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "Call 2921 2222\nCall 2999 8888\n"
    assert [finding["ok"] for finding in findings("text", lines=lines)] == [True, False]
    monkeypatch.setenv("NOTIFIER_HOTLINE__NUMBER", "2999 8888")
    assert [finding["ok"] for finding in findings("text", lines=lines)] == [False, True]
    monkeypatch.setenv("NOTIFIER_HOTLINE__NUMBER", "12")
    refused = run("text", lines=lines)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr.startswith("NOTIFIER_HOTLINE__NUMBER: write one telephone number")


@pytest.mark.parametrize("command", ["text", "reply", "phone", "item"])
def test_settings_it_does_not_need_may_be_missing(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setenv("NOTIFIER_PROFILE", "production")
    monkeypatch.setenv("NOTIFIER_PORT", "nonsense")
    assert run(command, lines="cotton\n").exit_code == 0


def test_replies_are_read() -> None:
    lines = "棉質T恤\n好的\nstop\nSTART\n邊個\n打錯\n取消\n😀\n1.棉 2.五件 K7F29QXA RR123456785HK\n"
    read = findings("reply", "--questions", "2", lines=lines)
    assert [finding["reading"] for finding in read] == [
        "answer",
        "acknowledgement",
        "stop",
        "start",
        "doubt",
        "wrong_number",
        "cancel",
        "unreadable",
        "answer",
    ]
    assert [finding["ok"] for finding in read] == [True] * 7 + [False, True]
    assert all(finding["reason"].endswith(".") for finding in read)
    assert read[-1]["parts"] == [{"question": 1, "answer": "棉"}, {"question": 2, "answer": "五件"}]
    assert (read[-1]["codes"], read[-1]["item_ids"]) == (["K7F29QXA"], ["RR123456785HK"])


def test_options_are_read_when_offered() -> None:
    (finding,) = findings("reply", "--options", "3", lines="②")
    assert (finding["reading"], finding["option"]) == ("option", 2)
    beyond, none = findings("reply", "--options", "3", lines="4"), findings("reply", "--options", "0", lines="②")
    assert [(finding["reading"], finding["option"]) for finding in beyond + none] == [("answer", None)] * 2


def test_where_no_query_is_known_numbers_count_as_options_and_questions() -> None:
    """A line alone does not tell what was asked, and an answer that happens to hold a number stays one."""
    chosen, numbered, large, answer = findings("reply", lines="1\n1.棉 2.五件\n10\n好，棉質T恤5件\n")
    assert (chosen["reading"], chosen["option"]) == ("option", 1)
    assert numbered["reading"] == "answer"
    assert numbered["parts"] == [{"question": 1, "answer": "棉"}, {"question": 2, "answer": "五件"}]
    assert [(finding["reading"], finding["option"], finding["parts"]) for finding in (large, answer)] == [
        ("answer", None, [])
    ] * 2
    told = " ".join(run("reply", "--help").output.split())
    assert "No query is known here: unless told otherwise, a number up to 9 counts as an option or a question" in told


def test_phones_are_judged() -> None:
    mobile, landline, mangled = findings("phone", lines="00852 9123 4567\r\n29212222\r\n9.12E+07\r\n")
    assert (mobile["ok"], mobile["kind"], mobile["e164"]) == (True, "sendable", "+85291234567")
    assert mobile["input"] == "00852 9123 4567"
    assert (landline["ok"], landline["kind"]) == (False, "landline")
    assert (mangled["ok"], mangled["kind"], mangled["e164"]) == (False, "unreadable", None)


def test_items_are_judged() -> None:
    right, wrong = findings("item", lines="\ufeffrr 123 456 785 hk\nRR123456784HK")
    assert (right["ok"], right["item_id"]) == (True, "RR123456785HK")
    assert (wrong["ok"], wrong["item_id"]) == (False, None)
    assert "label" in wrong["reason"]


@pytest.mark.parametrize(
    ("command", "line"),
    [("text", "Ref K7F29QXA"), ("reply", "cotton"), ("phone", "9123 4567"), ("item", "RR123456785HK")],
)
def test_the_reason_is_a_sentence_also_when_all_is_well(command: str, line: str) -> None:
    well, not_well = findings(command, lines=f"{line}\n\n")
    assert [finding["ok"] for finding in (well, not_well)] == [True, False]
    for finding in (well, not_well):
        assert finding["reason"][0].isupper()
        assert finding["reason"].endswith(".")


@pytest.mark.parametrize("command", ["text", "reply", "phone", "item"])
def test_bad_bytes_and_odd_line_ends_spoil_one_line_only(command: str) -> None:
    lines = b"\xff\xfe\n" + "a\u2028b\x85c\x0bd\n".encode() + b"\x00\n" + b"last"
    read = findings(command, lines=lines)
    assert [finding["input"] for finding in read] == ["\ufffd\ufffd", "a\u2028b\x85c\x0bd", "\x00", "last"]
    assert read[0]["ok"] is False
    assert "UTF-8" in read[0]["reason"]
    assert {"input", "ok", "reason"} <= set(read[0])


def test_no_character_of_the_input_breaks_the_output_into_lines() -> None:
    result = run("item", lines="a\u2028b\u2029c\x85d\x1ee\n".encode())
    assert len(result.stdout_bytes.decode().splitlines()) == 1


@pytest.mark.parametrize("command", ["text", "reply", "phone", "item"])
def test_no_lines_at_all_is_told(command: str) -> None:
    result = run(command)
    assert result.exit_code == 2
    assert "standard input" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("replace", "by", "told"),
    [
        ("[stop]", "[halt]", "halt"),
        ("[stop]", "stop = 1\n[old]", "old"),
        ("[stop]", "[stop", "not TOML"),
        ('en = ["cancel"', 'en = ["stop"', "keep one"),
        ('en = ["cancel"', 'en = [""', "no word"),
        ('en = ["cancel"', "en = [7", "no word"),
        ("en = ['Liked \"*\"'", "en = ['*'", "match anything"),
        ('zh-Hant = ["取消"]', 'zh-Hant = "取消"', "list of words"),
        ('1 = ["first"', '5 = ["first"', "must hold exactly 1, 2, 3, 4, last"),
        ('2 = ["second"', '2 = ["first"', "keep one"),
        ('last = ["last"', 'last = [""', "no word"),
    ],
)
def test_word_lists_that_cannot_be_used_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, replace: str, by: str, told: str
) -> None:
    shipped = (CONFIG / "replies.toml").read_text(encoding="utf-8")
    assert replace in shipped
    (tmp_path / "replies.toml").write_text(shipped.replace(replace, by, 1), encoding="utf-8")
    monkeypatch.setenv("NOTIFIER_CONFIG_DIR", str(tmp_path))
    result = run("reply", lines="OK\n")
    assert result.exit_code == 2
    assert told in result.stderr
    assert "replies.toml" in result.stderr


def test_missing_word_lists_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFIER_CONFIG_DIR", str(tmp_path))
    assert "cannot be read" in run("reply", lines="OK\n").stderr
    monkeypatch.setenv("NOTIFIER_CONFIG_DIR", str(tmp_path / "nowhere"))
    assert run("reply", lines="OK\n").stderr.startswith("NOTIFIER_CONFIG_DIR: there is no folder ")
    (tmp_path / "replies.toml").write_bytes(b"\xff")
    monkeypatch.setenv("NOTIFIER_CONFIG_DIR", str(tmp_path))
    assert "UTF-8" in run("reply", lines="OK\n").stderr


def test_another_folder_brings_other_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(CONFIG / "replies.toml", tmp_path)
    words = (tmp_path / "replies.toml").read_text(encoding="utf-8")
    (tmp_path / "replies.toml").write_text(
        words.replace('en = ["stop",', 'en = ["stop", "basta",', 1), encoding="utf-8"
    )
    assert findings("reply", lines="Basta!")[0]["reading"] == "answer"
    monkeypatch.setenv("NOTIFIER_CONFIG_DIR", str(tmp_path))
    assert findings("reply", lines="Basta!")[0]["reading"] == "stop"

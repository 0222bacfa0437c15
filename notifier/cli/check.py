"""`notifier check`: what the product makes of texts, replies, numbers and items, one JSON line for each line read.

The input stands in the output unmasked: it is the user's own terminal.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from notifier.domain.errors import Invalid, SettingsWrong
from notifier.domain.item import read_item
from notifier.domain.link_guard import LinkGuard
from notifier.domain.phone import NumberKind, read_number
from notifier.domain.reading import read_reply
from notifier.domain.segments import measure
from notifier.domain.types import ReadingKind
from notifier.settings import Settings
from notifier.settings.load import load_only
from notifier.settings.paths import config_dir
from notifier.settings.reply_files import load_lexicon

check_app = typer.Typer(
    no_args_is_help=True, help="Judge lines from standard input; one JSON line each on standard output."
)
Finding = dict[str, Any]

_SAFE = "Nothing in it becomes a link on a handset, and the carrier takes it."
_RIGHT_ITEM = "It is an item number, and its check digit is right."
_CARRIER_LIMIT = 1600  # characters in one text (Twilio Messages)
_MOST = 9  # questions and options, where no query is known to say how many there were
_NOT_UTF8 = "The line is not UTF-8: save the file as UTF-8."
# JSON leaves these as they are, but some readers take them for the end of a line.
_LINE_ENDS = str.maketrans({char: f"\\u{ord(char):04x}" for char in "\x7f\x85\u2028\u2029"})

_READ_AS = {
    ReadingKind.ANSWER: "It is read as an answer.",
    ReadingKind.OPTION: "It chooses one of the options.",
    ReadingKind.ACKNOWLEDGEMENT: "It only says that the text was seen: the waiting goes on.",
    ReadingKind.STOP: "It asks for no more texts.",
    ReadingKind.START: "It allows texts again.",
    ReadingKind.DOUBT: "It asks whether our text is genuine.",
    ReadingKind.WRONG_NUMBER: "It says that the number is not the sender's.",
    ReadingKind.CANCEL: "It may mean the texts or the item: no more texts, and staff ask.",
    ReadingKind.CHECK: "It asks whether some text is genuine, whichever query it may be about: staff look at it.",
    ReadingKind.UNREADABLE: "It holds no words that say anything: staff look at it.",
}


@check_app.command()
def text() -> None:
    """Is each line safe to send (nothing a handset makes a link of), and how long is it?"""
    with _told():
        guard = LinkGuard([_settings().hotline.number])
    _judge_lines(lambda body: _text_finding(guard, body))


@check_app.command()
def reply(
    questions: Annotated[int, typer.Option(min=1, help="How many questions were asked.")] = _MOST,
    options: Annotated[int, typer.Option(min=0, help="How many options were offered; 0 = none.")] = _MOST,
) -> None:
    """How is each line read, as a reply of a sender?

    No query is known here: unless told otherwise, a number up to 9 counts as an option or a question that was there.
    """
    with _told():
        lexicon = load_lexicon(config_dir(_settings().config_dir))

    def finding(body: str) -> Finding:
        reading = read_reply(body, lexicon, questions=questions, options=options)
        return {
            "ok": reading.kind is not ReadingKind.UNREADABLE,
            "reason": _READ_AS[reading.kind],
            "reading": reading.kind.value,
            "option": reading.option,
            "parts": [{"question": number, "answer": answer} for number, answer in reading.parts],
            "item_ids": list(reading.item_ids),
            "codes": list(reading.codes),
        }

    _judge_lines(finding)


@check_app.command()
def phone() -> None:
    """Can each line, a telephone number, get our texts?"""
    _judge_lines(_phone_finding)


@check_app.command()
def item() -> None:
    """Is each line an item number (UPU S10) with the right check digit?"""
    _judge_lines(_item_finding)


def _settings() -> Settings:
    """Only what lines are judged by: the rest may be missing or wrong where somebody just wants to check a line."""
    return load_only("NOTIFIER_CONFIG_DIR", "NOTIFIER_HOTLINE__NUMBER")


@contextmanager
def _told() -> Iterator[None]:
    """A mistake in the settings is one sentence."""
    try:
        yield
    except SettingsWrong as wrong:
        typer.echo(str(wrong), err=True)
        raise typer.Exit(2) from None


def _text_finding(guard: LinkGuard, body: str) -> Finding:
    reasons = guard.reasons(body)
    if not body.strip():
        reasons.append("There is nothing to send.")
    if len(body) > _CARRIER_LIMIT:
        reasons.append(f"It is longer than the {_CARRIER_LIMIT} characters the carrier takes.")
    size = measure(body)
    return {
        "ok": not reasons,
        "reason": " ".join(reasons) or _SAFE,
        "encoding": size.encoding,
        "units": size.units,
        "segments": size.segments,
    }


def _phone_finding(raw: str) -> Finding:
    number = read_number(raw)
    sendable = number.kind is NumberKind.SENDABLE
    return {"ok": sendable, "reason": number.reason, "kind": number.kind.value, "e164": number.e164}


def _item_finding(raw: str) -> Finding:
    try:
        return {"ok": True, "reason": _RIGHT_ITEM, "item_id": read_item(raw)}
    except Invalid as refusal:
        reason = " ".join(f"It {problem.message} {problem.mend}" for problem in refusal.problems)
        return {"ok": False, "reason": reason, "item_id": None}


def _judge_lines(judge: Callable[[str], Finding]) -> None:
    """One finding a line, written at once, so that a slow pipe sees it. Exits 2 when there was no line at all."""
    output = typer.get_binary_stream("stdout")
    judged = False
    for line, readable in _lines():
        judged = True
        finding = judge(line) if readable else {**judge(line), "ok": False, "reason": _NOT_UTF8}
        written = json.dumps({"input": line, **finding}, ensure_ascii=False).translate(_LINE_ENDS)
        output.write(written.encode() + b"\n")
        output.flush()
    if not judged:
        typer.echo("Nothing came on standard input: give one line for each thing to check.", err=True)
        raise typer.Exit(2)


def _lines() -> Iterator[tuple[str, bool]]:
    """Each line without its end, and whether it was UTF-8; a byte order mark at the start is dropped."""
    if sys.stdin.isatty():
        typer.echo("One line for each thing to check; Ctrl-D ends.", err=True)
    for place, raw in enumerate(typer.get_binary_stream("stdin")):
        line = raw.rstrip(b"\r\n")
        if place == 0:
            line = line.removeprefix(b"\xef\xbb\xbf")
        try:
            yield line.decode(), True
        except UnicodeDecodeError:
            yield line.decode(errors="replace"), False

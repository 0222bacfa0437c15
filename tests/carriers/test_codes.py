"""Every error code: what it means for the text, for the other texts, and for the staff who read about it."""

import csv
from pathlib import Path

import pytest

from notifier.carriers.port import Fault, Hold, Never, NotSent, Outcome, Outgoing, Unknown
from notifier.carriers.twilio import TwilioCarrier
from notifier.carriers.twilio.codes import FILE_NAME, Meaning, load_codes
from notifier.domain.errors import SettingsWrong
from notifier.domain.types import Trouble
from notifier.settings.paths import config_dir
from tests.carriers.scripted import ScriptedServer, refuses

CODES = load_codes(config_dir()).known
_PUBLISHED = Path(__file__).parents[3] / "shared" / "data" / "twilio_error_classes.csv"

# What the carrier's documentation makes of each code, by what we do about it.
LATER = {14107, 20429, 21611, 30001, 30017, 30022, 30036, 30450}
HALT = {20003, 20404, 21212, 21408, 21603, 21606, 21608, 21703, 21705, 30002, 30018, 30024, 30034}
TODAY = {30023, 63038}
UNSURE = {20500, 20503, 30410}
NUMBER = {21211, 21217, 21265, 21604, 21614, 30003, 30004, 30005, 30006}
CONTENT = {21602, 21617, 21620, 21658, 30007, 30019}
ROUTE = {21612, 30008}
OPTED_OUT = {21610}

# The classes of the published table, and what each may mean here. What never answers a POST of ours is left out.
_CLASSES = {
    "ambiguous": {Meaning.UNSURE},
    "bug": {Meaning.CONTENT, Meaning.HALT, Meaning.NUMBER},
    "config": {Meaning.HALT},
    "not-HK": {Meaning.LATER, Meaning.HALT, Meaning.TODAY},
    "permanent-content": {Meaning.CONTENT},
    "permanent-number": {
        Meaning.NOT_A_MOBILE,
        Meaning.BLOCKED,
        Meaning.UNKNOWN_SUBSCRIBER,
        Meaning.LANDLINE,
        Meaning.UNREACHABLE,
    },
    "permanent-optout": {Meaning.OPTED_OUT},
    "permanent-route": {Meaning.ROUTE},
    "transient": {Meaning.LATER, Meaning.UNREACHABLE},
    "transient-account": {Meaning.HALT, Meaning.TODAY},
    "transient-safe": {Meaning.LATER},
    "unknown": {Meaning.ROUTE},
}
_NOT_OURS = {30009, 30010, 30011, 90007, 11200, 12100, 12300}
_STATUS = {20003: 401, 20404: 404, 20429: 429, 20500: 500, 20503: 503}


def test_every_code_is_in_one_class() -> None:
    classes = [LATER, HALT, TODAY, UNSURE, NUMBER, CONTENT, ROUTE, OPTED_OUT]
    assert sorted(code for known in classes for code in known) == sorted(CODES)


def refused(carrier: TwilioCarrier, server: ScriptedServer, text: Outgoing, code: int) -> Outcome:
    """What the carrier makes of a POST that is refused with this code."""
    server.script.append(refuses(_STATUS.get(code, 400), code))
    return carrier.send(text)


@pytest.mark.parametrize("code", sorted(LATER))
def test_these_may_be_tried_again(carrier: TwilioCarrier, server: ScriptedServer, text: Outgoing, code: int) -> None:
    outcome = refused(carrier, server, text, code)
    assert isinstance(outcome, NotSent)
    assert (outcome.code, outcome.hold) == (code, Hold.TEXT)


@pytest.mark.parametrize("code", sorted(HALT))
def test_these_stop_the_queue(carrier: TwilioCarrier, server: ScriptedServer, text: Outgoing, code: int) -> None:
    outcome = refused(carrier, server, text, code)
    assert isinstance(outcome, NotSent)
    assert (outcome.code, outcome.hold) == (code, Hold.EVERYTHING)


@pytest.mark.parametrize("code", sorted(TODAY))
def test_these_stop_the_queue_until_tomorrow(
    carrier: TwilioCarrier, server: ScriptedServer, text: Outgoing, code: int
) -> None:
    outcome = refused(carrier, server, text, code)
    assert isinstance(outcome, NotSent)
    assert (outcome.code, outcome.hold) == (code, Hold.TODAY)


@pytest.mark.parametrize("code", sorted(UNSURE))
def test_these_may_have_been_sent(carrier: TwilioCarrier, server: ScriptedServer, text: Outgoing, code: int) -> None:
    outcome = refused(carrier, server, text, code)
    assert isinstance(outcome, Unknown)
    assert outcome.code == code


_FINAL = [
    *((code, Fault.NUMBER) for code in sorted(NUMBER)),
    *((code, Fault.CONTENT) for code in sorted(CONTENT)),
    *((code, Fault.ROUTE) for code in sorted(ROUTE)),
    *((code, Fault.OPTED_OUT) for code in sorted(OPTED_OUT)),
]


@pytest.mark.parametrize(("code", "fault"), _FINAL)
def test_these_go_to_people(
    carrier: TwilioCarrier, server: ScriptedServer, text: Outgoing, code: int, fault: Fault
) -> None:
    outcome = refused(carrier, server, text, code)
    assert isinstance(outcome, Never)
    assert (outcome.code, outcome.fault) == (code, fault)


_TROUBLES = {
    21211: Trouble.NOT_A_MOBILE,
    21217: Trouble.NOT_A_MOBILE,
    21265: Trouble.NOT_A_MOBILE,
    21614: Trouble.NOT_A_MOBILE,
    30003: Trouble.UNREACHABLE,
    30004: Trouble.BLOCKED,
    30005: Trouble.UNKNOWN_SUBSCRIBER,
    30006: Trouble.LANDLINE,
}


@pytest.mark.parametrize("code", [*sorted(CODES), 99999, None])
def test_these_tell_something_of_the_phone_and_no_other_does(carrier: TwilioCarrier, code: int | None) -> None:
    assert carrier.explain(code).trouble is _TROUBLES.get(code or 0)


@pytest.mark.parametrize("code", [*sorted(CODES), 99999, None])
def test_staff_read_a_sentence(carrier: TwilioCarrier, code: int | None) -> None:
    explained = carrier.explain(code)
    assert explained.reason[0].isupper()
    assert explained.reason.endswith(".")
    assert len(explained.reason.split()) >= 5
    if code is None or code in LATER | HALT | UNSURE:
        assert explained.fault is None, "that is not the fault of this number or text"


def test_an_unknown_code_is_named(carrier: TwilioCarrier) -> None:
    assert "99999" in carrier.explain(99999).reason


def test_the_published_table_agrees_where_it_is_there() -> None:
    table = _PUBLISHED.read_text(encoding="utf-8").splitlines() if _PUBLISHED.is_file() else []
    classes = {int(row["code"]): row["class"] for row in csv.DictReader(table)}
    classes = {code: named for code, named in classes.items() if code not in _NOT_OURS}
    assert set(classes) - set(CODES) == set(), "a code of the table has no class here"
    wrong = {code: named for code, named in classes.items() if CODES[code][0] not in _CLASSES[named]}
    assert wrong == {}


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ('[sometimes]\n20003 = "The account."\n', "no meaning"),
        ('[later]\nabc = "The account."\n', "must be a number"),
        ("[later]\n20003 = 5\n", "must be a number"),
        ('[later]\n20003 = "Later."\n[halt]\n20003 = "Halt."\n', "stands twice"),
        ("[later", "not TOML"),
    ],
)
def test_a_wrong_table_stops_the_start_and_says_why(tmp_path: Path, table: str, told: str) -> None:
    (tmp_path / FILE_NAME).write_text(table, encoding="utf-8")
    with pytest.raises(SettingsWrong, match=told):
        load_codes(tmp_path)


def test_a_missing_table_says_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsWrong, match="restore it"):
        load_codes(tmp_path)

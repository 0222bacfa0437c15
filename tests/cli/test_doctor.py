"""What `notifier doctor` says of sending and of what is overdue; the drills look at everything else with it."""

import os
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from notifier.cli.doctor import Finding, examine
from notifier.domain.permissions import SYSTEM, Principal, Role
from notifier.domain.quiet_hours import HONG_KONG
from notifier.domain.referral import read_referral
from notifier.runtime import open_runtime
from notifier.service.context import Context
from notifier.service.intake import Door, accept
from notifier.service.switches import pause_sending, resume_sending
from notifier.settings.paths import config_dir
from notifier.storage.migrations.run import migrate
from notifier.storage.models.house import Cause
from tests.journeys.world import LIAISON

OPS = Principal("kim", Role.OPS)
REFERRAL = {
    "authority": "DE",
    "destination": "DE",
    "kind": "RFI",
    "referral_reference": "R1",
    "item_id": "RR123456785HK",
    "sender_mobile": "9123 4567",
    "questions": [{"code": "F605"}],
}


@pytest.fixture
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A data folder of its own, with a migrated database, and nothing running."""
    for name in [name for name in os.environ if name.startswith("NOTIFIER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NOTIFIER_DATA_DIR", str(tmp_path))
    migrate(f"sqlite:///{tmp_path / 'notifier.db'}")


def found() -> dict[str, Finding]:
    return {finding.subject: finding for finding in examine()}


def wind(ctx: Context, by: timedelta) -> None:
    with ctx.database.begin() as session:
        ctx.clock.advance(session, by)


@pytest.mark.usefixtures("_home")
def test_a_quiet_house_is_well() -> None:
    seen = found()
    assert (seen["sending"].well, seen["sending"].found) == (True, "not paused; no pace set; no daily cap")
    assert (seen["sweep"].well, seen["sweep"].found) == (True, "nothing is overdue")


@pytest.mark.usefixtures("_home")
def test_the_policies_in_force_are_shown_with_what_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own = Path(shutil.copytree(config_dir(), tmp_path / "config"))
    file = own / "policies.toml"
    swiss = '\n[authority.CH.RFI]\nremind_after = "off"\nclose_after = "PT90M"\n'
    file.write_text(file.read_text(encoding="utf-8") + swiss, encoding="utf-8")
    monkeypatch.setenv("NOTIFIER_CONFIG_DIR", str(own))
    monkeypatch.setenv("NOTIFIER_WINDOW__CLOSE_AFTER", "PT5S")
    monkeypatch.setenv("NOTIFIER_HOTLINE__HOURS", "on")
    shown = found()["policies"]
    assert shown.well
    lines = shown.found.splitlines()
    assert lines[0].startswith("usual: remind_after 48 h, close_after 5 s, deadline_margin 0 s, review_within 4 h")
    assert lines[1] == "of these by variable: NOTIFIER_WINDOW__CLOSE_AFTER"
    assert lines[2] == "CH RFI: remind_after off, close_after 1 h 30 min"
    assert "hotline takes work on within 30 min, 1 h, 2 h (priority 1, 2, 3)" in lines
    assert "Sat 09:00-13:00" in lines[-1]
    assert "Sun" not in lines[-1]


@pytest.mark.usefixtures("_home")
def test_a_policy_that_cannot_be_read_stops_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own = Path(shutil.copytree(config_dir(), tmp_path / "config"))
    (own / "policies.toml").write_text("[default]\n", encoding="utf-8")
    monkeypatch.setenv("NOTIFIER_CONFIG_DIR", str(own))
    (settings,) = found().values()
    assert not settings.well
    assert "policies.toml: default.close_after: is missing: add it." in settings.found


@pytest.mark.usefixtures("_home")
def test_paused_sending_is_told_with_who_why_and_how_to_go_on() -> None:
    with open_runtime() as runtime:
        with runtime.ctx.database.begin() as session:
            pause_sending(session, runtime.ctx, "The account is refused.", OPS)
        paused = found()["sending"]
        assert paused == Finding(
            "sending", False, "paused by kim, because: The account is refused. When it may go on, run `notifier resume`"
        )
        with runtime.ctx.database.begin() as session:
            resume_sending(session, runtime.ctx, OPS)
        assert found()["sending"].well


@pytest.mark.usefixtures("_home")
def test_a_pause_that_ends_by_itself_and_the_pace_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFIER_SENDING__SEGMENTS_PER_SECOND", "2.5")
    monkeypatch.setenv("NOTIFIER_SENDING__SEGMENTS_PER_DAY", "40000")
    assert found()["sending"].found == "not paused; 2.5 segments/s and number; 0 of 40000 segments today"
    with open_runtime() as runtime, runtime.ctx.database.begin() as session:
        midnight = datetime(2026, 11, 26, tzinfo=HONG_KONG)
        pause_sending(session, runtime.ctx, "Today's cap is reached.", SYSTEM, Cause.OWN_DAY, midnight)
    assert found()["sending"].found == (
        "paused by system, because: Today's cap is reached. It goes on by itself at Thu 26 Nov 00:00; to let it go on "
        "before, run `notifier resume`"
    )


@pytest.mark.usefixtures("_home")
def test_what_nobody_works_on_is_told() -> None:
    """A query, no worker, no scheduler; at first the text has waited only for moments, then its due time passes."""
    with open_runtime() as runtime:
        accept(runtime.ctx, read_referral(REFERRAL), Door(LIAISON, "api"))
        assert found()["sweep"].well
        wind(runtime.ctx, timedelta(days=7))
    sweep = found()["sweep"]
    assert not sweep.well
    assert "min: is a worker running, and beat?" in sweep.found
    assert "`notifier up`, or `celery -A workers worker` and `celery -A workers beat`" in sweep.found


def test_without_a_database_each_finding_names_the_mend(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NOTIFIER_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("NOTIFIER_DATABASE_URL", "postgresql://notifier@127.0.0.1:1/notifier")
    seen = found()
    assert "start it, or mend NOTIFIER_DATABASE_URL" in seen["database"].found
    for subject in ("clock", "sending", "sweep"):
        assert not seen[subject].well
        assert "cannot be read without the database: mend that first" in seen[subject].found


def say_under_a_name(monkeypatch: pytest.MonkeyPatch, reply_number: str) -> Finding:
    monkeypatch.setenv("NOTIFIER_SENDER__MODE", "notice")
    monkeypatch.setenv("NOTIFIER_SENDER__REPLY_NUMBER", reply_number)
    return found()["sender"]


@pytest.mark.usefixtures("_home")
def test_it_says_what_a_phone_shows_and_where_an_answer_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    numbered = found()["sender"]
    shown = "texts come from +85264500001; the public is told 6450 0001; answers come to the same number"
    assert (numbered.well, numbered.found) == (True, shown)
    named = say_under_a_name(monkeypatch, "6450 0002")
    shown = "texts come from #HKPost; the public is told #HKPost; answers are texted to 6450 0002"
    assert (named.well, named.found) == (True, shown)


@pytest.mark.usefixtures("_home")
@pytest.mark.parametrize(
    ("reply_number", "sentence"), [("2921 2222", "texted to the hotline"), ("2345 6789", "gets no SMS")]
)
def test_a_number_that_no_answer_reaches_is_told(
    monkeypatch: pytest.MonkeyPatch, reply_number: str, sentence: str
) -> None:
    told = say_under_a_name(monkeypatch, reply_number)
    assert not told.well
    assert sentence in told.found

"""config/policies.toml: what it says, what wins over it, and what is told when it cannot be used."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from notifier.domain.errors import SettingsWrong
from notifier.domain.types import Kind, Team
from notifier.runtime import assemble
from notifier.service.context import Context
from notifier.settings import load
from notifier.settings.opening_hours import public_holidays
from notifier.settings.paths import config_dir
from notifier.settings.policy_files import load_policies

HOUR = timedelta(hours=1)
SHIPPED = (config_dir() / "policies.toml").read_text(encoding="utf-8")
OVERRIDES = """
[kind.AMD]
review_within = "PT2H"
[authority.CH]
deadline_margin = 21600
[authority.CH.RFI]
remind_after = "off"
close_after = "PT48H"
"""


def written(folder: Path, text: str) -> Path:
    (folder / "policies.toml").write_text(text, encoding="utf-8")
    return folder


def complaints(folder: Path, text: str) -> list[str]:
    with pytest.raises(SettingsWrong) as refused:
        load_policies(written(folder, text))
    prefix = f"{folder / 'policies.toml'}: "
    return [line.removeprefix(prefix) for line in str(refused.value).splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration of one's own, with overrides."""
    copy = Path(shutil.copytree(config_dir(), tmp_path / "config"))
    return written(copy, SHIPPED + OVERRIDES)


def context(folder: Path, data: Path, **variables: str) -> Context:
    given = {f"NOTIFIER_{name}": value for name, value in variables.items()}
    runtime = assemble(load({"NOTIFIER_CONFIG_DIR": str(folder), "NOTIFIER_DATA_DIR": str(data), **given}))
    ctx = runtime.ctx
    runtime.close()
    return ctx


def test_the_shipped_file_says_what_the_post_tells_the_public() -> None:
    shipped = load_policies(config_dir())
    assert (shipped.usual.remind_after, shipped.usual.close_after) == (48 * HOUR, 72 * HOUR)
    assert shipped.policies.overrides == {}
    assert set(shipped.claim_within) == set(Team)


def test_a_policy_reaches_the_use_cases(folder: Path, tmp_path: Path) -> None:
    ctx = context(folder, tmp_path)
    swiss = ctx.window_of("CH", Kind.RFI)
    assert (swiss.remind_after, swiss.close_after, swiss.deadline_margin) == (None, 48 * HOUR, 6 * HOUR)
    assert ctx.window_of("DE", Kind.RFI) == ctx.window
    assert ctx.people_of("DE", Kind.AMD).review_within == 2 * HOUR
    assert ctx.people_of("DE", Kind.RFI).review_within == 4 * HOUR


def test_variables_win_over_the_default_and_not_over_what_is_more_specific(folder: Path, tmp_path: Path) -> None:
    given = {"WINDOW__CLOSE_AFTER": "PT5S", "WINDOW__REMIND_AFTER": "2", "REVIEW__ANSWER_WITHIN": "PT1H"}
    ctx = context(folder, tmp_path, **given)
    usual = ctx.window_of("DE", Kind.RFI)
    assert (usual.remind_after, usual.close_after) == (timedelta(seconds=2), timedelta(seconds=5))
    assert ctx.window_of("CH", Kind.RFI).close_after == 48 * HOUR
    assert (ctx.people.send_within, ctx.people.review_within) == (HOUR, 4 * HOUR)


@pytest.mark.parametrize(("said", "kept"), [("on", True), ("off", False), ("", False)])
def test_the_hours_are_kept_where_that_is_wanted(folder: Path, tmp_path: Path, said: str, kept: bool) -> None:
    """Not in the sandbox by itself: whoever tries it out at night should see something happen."""
    assert (context(folder, tmp_path, HOTLINE__HOURS=said).hours is not None) is kept


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            'close_after = "PT72H"',
            'close_after = "three days"',
            "default.close_after: write a period as PT72H (ISO 8601), or in seconds, such as 259200.",
        ),
        (
            'close_after = "PT72H"',
            'close_after = "-PT1H"',
            "default.close_after: write a period that is longer than nothing, such as PT1S.",
        ),
        (
            'deadline_margin = "PT0S"',
            "deadline_margin = -1",
            "default.deadline_margin: write a period that is not negative, such as PT90S.",
        ),
        (
            'send_within = "PT4H"',
            'send_within = "P2000D"',
            "default.send_within: write a period of a year or less.",
        ),
        (
            'send_within = "PT4H"',
            "send_within = true",
            "default.send_within: write a period as PT72H (ISO 8601), or in seconds, such as 259200.",
        ),
        ('send_within = "PT4H"\n', "", "default.send_within: is missing: add it."),
        (
            'close_after = "PT72H"',
            'close_after = "PT72H"\nclose_afer = 1',
            "default.close_afer: is no key: do you mean close_after?",
        ),
        (
            "[default]",
            "[defaults]",
            "defaults: is no table: use default, authority, kind, claim_within, deadline_urgency, hours.",
        ),
        (
            'hotline = ["PT30M", "PT1H", "PT2H"]',
            'hotline = ["PT30M"]',
            'claim_within.hotline: write a period for priority 1, 2 and 3: ["PT1H", "PT2H", "PT4H"].',
        ),
        (
            'hotline = ["PT30M", "PT1H", "PT2H"]',
            'hotline = ["PT30M", "soon", "PT2H"]',
            "claim_within.hotline[1]: write a period as PT72H (ISO 8601), or in seconds, such as 259200.",
        ),
        ("[kind.AMD]", "[kind.AMENDMENT]", "kind.AMENDMENT: is no key: use RFI, AMD, RFS."),
        (
            "[authority.CH.RFI]",
            "[authority.Germany]",
            "authority.Germany: is no country: write its two capital letters (ISO 3166-1), such as DE.",
        ),
        (
            'monday = ["09:00-13:00", "14:00-18:00"]',
            'monday = ["09:00-25:00"]',
            "hours.monday[0]: write a shift as 09:00-13:00, its end after its start.",
        ),
        (
            'monday = ["09:00-13:00", "14:00-18:00"]',
            'monday = ["13:00-09:00"]',
            "hours.monday[0]: write a shift as 09:00-13:00, its end after its start.",
        ),
        (
            'monday = ["09:00-13:00", "14:00-18:00"]',
            'monday = ["14:00-18:00", "09:00-15:00"]',
            "hours.monday: shifts overlap or are out of order: the earliest comes first.",
        ),
        (
            "saturday =",
            "samstag =",
            "hours.samstag: is no key: use a weekday, public_holidays or closed.",
        ),
        ('public_holidays = "closed"', "public_holidays = false", 'hours.public_holidays: write "closed" or "open".'),
        ("closed = []", 'closed = ["Christmas"]', "hours.closed[0]: write a date as 2026-09-23."),
    ],
)
def test_what_is_wrong_is_told_by_key_with_how_to_mend_it(tmp_path: Path, old: str, new: str, says: str) -> None:
    text = "\n".join(line for line in (SHIPPED + OVERRIDES).splitlines() if not line.startswith("#"))
    assert old in text
    text = text.replace(old, new, 1)
    assert says in complaints(tmp_path, text)


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    text = SHIPPED.replace('"PT72H"', '"x"', 1).replace('"PT30M"', "0", 1).replace("closed = []", "closed = 5", 1)
    assert len(complaints(tmp_path, text)) == 3


def test_a_reminder_at_or_after_the_closing_is_allowed(tmp_path: Path) -> None:
    text = SHIPPED.replace('remind_after = "PT48H"', 'remind_after = "PT80H"', 1)
    assert load_policies(written(tmp_path, text)).usual.remind_after == 80 * HOUR


def test_hours_in_which_nobody_is_there_are_refused(tmp_path: Path) -> None:
    head = SHIPPED.partition("[hours]")[0]
    assert complaints(tmp_path, f"{head}[hours]\n") == [
        "hours: nobody is ever there: give at least one weekday a shift."
    ]
    assert complaints(tmp_path, head)[0].startswith("hours: is missing: give shifts by weekday")


def test_a_closure_without_end_is_refused(tmp_path: Path) -> None:
    days = [date(2027, 3, 1) + timedelta(days=days) for days in range(60)]
    closed = f"closed = [{', '.join(day.isoformat() for day in days)}]"
    text = SHIPPED.replace("closed = []", closed)
    assert complaints(tmp_path, text) == ["hours.closed: closes too many days in a row: leave at most six weeks."]
    month = f"closed = [{', '.join(day.isoformat() for day in days[:30])}]"
    assert load_policies(written(tmp_path, SHIPPED.replace("closed = []", month))).hours is not None


def test_no_file_or_no_toml_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsWrong, match="cannot be read"):
        load_policies(tmp_path)
    with pytest.raises(SettingsWrong, match="is not TOML"):
        load_policies(written(tmp_path, "[default"))


def test_the_post_is_closed_on_general_holidays_and_on_days_of_its_own(tmp_path: Path) -> None:
    text = SHIPPED.replace("closed = []", 'closed = [2026-09-23, "2026-09-24"]')
    closed = load_policies(written(tmp_path, text)).hours.holidays
    off = {date(2027, 2, 6), date(2027, 2, 8), date(2027, 2, 9)}  # Lunar New Year, but for its Sunday
    off |= {date(2027, 3, 26), date(2027, 3, 27), date(2027, 3, 29)}  # Easter, with its Friday and Saturday
    off |= {date(2026, 9, 23), date(2026, 9, 24), date(2026, 12, 25)}
    assert all(day in closed for day in off)
    assert date(2026, 11, 25) not in closed
    open_all_the_same = SHIPPED.replace('public_holidays = "closed"', 'public_holidays = "open"')
    assert date(2026, 12, 25) not in load_policies(written(tmp_path, open_all_the_same)).hours.holidays


def test_a_year_has_the_seventeen_general_holidays_less_those_on_a_sunday() -> None:
    """Cap. 149: seventeen besides every Sunday, and one on a Sunday is moved to the next day."""
    for year in (2025, 2026, 2027):
        assert len({day for day in public_holidays(year) if day.weekday() != 6}) == 17

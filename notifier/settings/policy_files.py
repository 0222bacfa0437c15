"""config/policies.toml: the usual periods, what differs by authority and kind, people's clocks and hours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from notifier.domain.errors import SettingsWrong
from notifier.domain.policies import DeadlineUrgency, Periods, Policies, Scope
from notifier.domain.referral import is_country
from notifier.domain.types import Kind, Team
from notifier.domain.working_time import WorkingHours
from notifier.settings.durations import read_period
from notifier.settings.opening_hours import read_hours
from notifier.settings.toml_file import read_toml

FILE_NAME = "policies.toml"
_TABLES = ("default", "authority", "kind", "claim_within", "deadline_urgency", "hours")
_OFF = "off"
_MAY_BE_NOTHING = ("deadline_margin",)


@dataclass(frozen=True)
class UsualPeriods:
    """What [default] says; each is a key of it. A reminder of None is none."""

    remind_after: timedelta | None
    close_after: timedelta
    deadline_margin: timedelta
    review_within: timedelta
    send_within: timedelta


@dataclass(frozen=True)
class PolicyFile:
    """The whole file. claim_within: by team, for priority 1, 2 and 3."""

    usual: UsualPeriods
    policies: Policies
    claim_within: Mapping[Team, tuple[timedelta, ...]]
    urgency: DeadlineUrgency
    hours: WorkingHours


@dataclass
class _Reader:
    """Reads table by table, and keeps what is wrong by key."""

    tables: Mapping[str, Any]
    problems: list[str] = field(default_factory=list)

    def table(self, at: str, given: Any, keys: tuple[str, ...], needed: bool = False) -> dict[str, Any]:
        """The table's own keys; others are told with the nearest one."""
        if not isinstance(given, dict):
            self.problems.append(f"{at}: {'is missing' if given is None else 'is no table'}: write [{at}].")
            return {}
        for name in given.keys() - set(keys):
            near = get_close_matches(name, keys, n=1)
            mend = f"do you mean {near[0]}?" if near else f"use {', '.join(keys)}."
            self.problems.append(f"{at}.{name}: is no key: {mend}")
        self.problems.extend(f"{at}.{name}: is missing: add it." for name in keys if needed and name not in given)
        return {name: given[name] for name in keys if name in given}

    def period(self, at: str, raw: Any, *, nothing: bool = False) -> timedelta:
        """A period; what is wrong is kept, and any period goes on."""
        try:
            return read_period(raw, nothing=nothing)
        except ValueError as wrong:
            self.problems.append(f"{at}: {wrong}.")
            return timedelta(0)

    def periods(self, at: str, given: Mapping[str, Any]) -> dict[str, timedelta | None]:
        """Periods by name; only a reminder may be off."""
        read: dict[str, timedelta | None] = {}
        for name, raw in given.items():
            off = name == "remind_after" and raw == _OFF
            read[name] = None if off else self.period(f"{at}.{name}", raw, nothing=name in _MAY_BE_NOTHING)
        return read


_NAMES = tuple(UsualPeriods.__dataclass_fields__)
_KINDS = tuple(Kind)


def load_policies(config_dir: Path) -> PolicyFile:
    """The policies of a folder. Raises SettingsWrong: a line a problem, by key, with how to mend it."""
    path = config_dir / FILE_NAME
    reader = _Reader(read_toml(path))
    reader.problems.extend(
        f"{name}: is no table: use {', '.join(_TABLES)}." for name in reader.tables.keys() - set(_TABLES)
    )
    default = reader.table("default", reader.tables.get("default"), _NAMES, needed=True)
    usual = reader.periods("default", default)
    policies = Policies({**_by_kind(reader), **_by_authority(reader)})
    claims, urgency = _claims(reader), _urgency(reader)
    hours = read_hours(reader.tables.get("hours"), reader.problems)
    if reader.problems or hours is None:
        raise SettingsWrong("\n".join(f"{path}: {problem}" for problem in reader.problems))
    return PolicyFile(UsualPeriods(**usual), policies, claims, urgency, hours)  # type: ignore[arg-type]  # all are there


def _by_kind(reader: _Reader) -> dict[Scope, Periods]:
    kinds = reader.table("kind", reader.tables.get("kind", {}), _KINDS)
    return {(None, Kind(kind)): _override(reader, f"kind.{kind}", table) for kind, table in kinds.items()}


def _by_authority(reader: _Reader) -> dict[Scope, Periods]:
    """[authority.DE], and within it [authority.DE.RFI]."""
    found: dict[Scope, Periods] = {}
    given = reader.tables.get("authority", {})
    for code, table in reader.table("authority", given, tuple(given) if isinstance(given, dict) else ()).items():
        at = f"authority.{code}"
        if not is_country(code):
            reader.problems.append(f"{at}: is no country: write its two capital letters (ISO 3166-1), such as DE.")
            continue
        own = reader.table(at, table, (*_NAMES, *_KINDS))
        found[code, None] = reader.periods(at, {name: own[name] for name in _NAMES if name in own})
        for kind in _KINDS:
            if kind in own:
                found[code, kind] = _override(reader, f"{at}.{kind}", own[kind])
    return found


def _override(reader: _Reader, at: str, table: Any) -> Periods:
    return reader.periods(at, reader.table(at, table, _NAMES))


def _claims(reader: _Reader) -> dict[Team, tuple[timedelta, ...]]:
    at = "claim_within"
    teams = reader.table(at, reader.tables.get(at), tuple(Team), needed=True)
    claims: dict[Team, tuple[timedelta, ...]] = {}
    for team, given in teams.items():
        if not isinstance(given, list) or len(given) != 3:
            reader.problems.append(f'{at}.{team}: write a period for priority 1, 2 and 3: ["PT1H", "PT2H", "PT4H"].')
            continue
        claims[Team(team)] = tuple(reader.period(f"{at}.{team}[{place}]", raw) for place, raw in enumerate(given))
    return claims


def _urgency(reader: _Reader) -> DeadlineUrgency:
    at = "deadline_urgency"
    given = reader.table(at, reader.tables.get(at, {}), ("first", "second"))
    read = {name: reader.period(f"{at}.{name}", raw, nothing=True) for name, raw in given.items()}
    return DeadlineUrgency(**read)

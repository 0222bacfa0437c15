"""config/questions.toml and config/wording/: who is asked what, and in which words."""

from pathlib import Path
from string import Formatter
from typing import Any

from notifier.domain.errors import SettingsWrong
from notifier.domain.types import Channel, Language, TextKind
from notifier.domain.wording import Catalogue, CodeRule, Phrases
from notifier.domain.wording.catalogue import DEFAULT_COUNTRY
from notifier.settings.toml_file import read_toml

_TEMPLATES = {"by", *TextKind, *(f"{kind}_short" for kind in TextKind)}
_SLOTS = frozenset({"country", "item", "ask", "by", "ref", "hotline", "when"})


def load_catalogue(config_dir: Path, hotline: str) -> Catalogue:
    """The catalogue of a folder. Raises SettingsWrong: which file, what is wrong, how to mend it."""
    codes = _codes(config_dir / "questions.toml")
    phrases = {language: _phrases(config_dir / "wording" / f"{language}.toml") for language in Language}
    used = {rule.words for rule in codes.values() if rule.words}
    for language, spoken in phrases.items():
        _require(f"wording/{language}.toml [asks]", used, spoken.asks)
        _require(f"wording/{language}.toml [short_asks]", used, spoken.short_asks)
        _require(f"wording/{language}.toml [countries]", {DEFAULT_COUNTRY}, spoken.countries)
        _require(f"wording/{language}.toml [templates]", _TEMPLATES, spoken.templates)
    return Catalogue(codes, phrases, hotline)


def _codes(path: Path) -> dict[str, CodeRule]:
    codes: dict[str, CodeRule] = {}
    for name, group in read_toml(path).items():
        try:
            rule = CodeRule(Channel(group["channel"]), group.get("words"), bool(group.get("officer_first", False)))
            listed = [str(code) for code in group["codes"]]
        except (KeyError, TypeError, ValueError):
            channels = ", ".join(Channel)
            raise SettingsWrong(f"{path}: [{name}] needs a channel ({channels}) and a list of codes.") from None
        if (rule.channel is Channel.SMS) != (rule.words is not None):
            raise SettingsWrong(f"{path}: [{name}] needs words exactly when its channel is sms.")
        twice = [code for code in listed if code in codes]
        if twice:
            raise SettingsWrong(f"{path}: {twice[0]} stands twice: keep it in one group.")
        codes |= dict.fromkeys(listed, rule)
    return codes


def _phrases(path: Path) -> Phrases:
    tables = read_toml(path)
    try:
        spoken = Phrases(
            templates=dict(tables["templates"]),
            asks=dict(tables["asks"]),
            short_asks=dict(tables["short_asks"]),
            countries=dict(tables["countries"]),
            many=str(tables["many"]),
        )
    except (KeyError, TypeError, ValueError):
        raise SettingsWrong(f"{path} needs many, [templates], [asks], [short_asks] and [countries].") from None
    for name, template in spoken.templates.items():
        _check_slots(path, name, template, _SLOTS)
    _check_slots(path, "many", spoken.many, frozenset({"asks"}))
    if "{asks}" not in spoken.many:
        raise SettingsWrong(f"{path}: many needs the slot {{asks}}.")
    return spoken


def _check_slots(path: Path, name: str, template: Any, known: frozenset[str]) -> None:
    try:
        slots = {slot for _, slot, _, _ in Formatter().parse(template) if slot is not None}
    except (ValueError, TypeError):
        raise SettingsWrong(f"{path}: the template {name} cannot be read: check its braces.") from None
    if not slots <= known:
        wrong = ", ".join(sorted(slots - known))
        raise SettingsWrong(f"{path}: the template {name} has unknown slots ({wrong}): use {', '.join(sorted(known))}.")


def _require(where: str, names: set[str], table: Any) -> None:
    missing = sorted(str(name) for name in names if name not in table)
    if missing:
        raise SettingsWrong(f"config/{where} lacks {', '.join(missing)}: add it.")

"""config/questions.toml, customs_codes.toml and wording/: who is asked what, in which words, and what codes mean."""

from pathlib import Path
from string import Formatter
from typing import Any

from notifier.domain.answer_codes import ANSWER_CODES, OLD_ANSWER_CODES
from notifier.domain.errors import SettingsWrong
from notifier.domain.types import Channel, Language, SenderMode, TextKind
from notifier.domain.wording import Catalogue, CodeRule, Part, Phrases, Voice
from notifier.domain.wording.catalogue import DEFAULT_COUNTRY
from notifier.settings.toml_file import read_toml

_TEMPLATES = {"by", *TextKind, *(f"{kind}_short" for kind in TextKind)}
# Under a name nobody can reply to: these say which number to write to. The others say the same in both modes.
_INVITING = (TextKind.QUESTION, TextKind.REMINDER, TextKind.PROMPT, TextKind.TEXT_ONLY, TextKind.WHICH_ITEM)
# And these which names the public knows us by.
_NAMING = (TextKind.IDENTITY, TextKind.SUMMARY)
_NOTICE_TEMPLATES = {f"{kind}{short}" for kind in (*_INVITING, *_NAMING) for short in ("", "_short")}
_SLOTS = frozenset(
    {"country", "item", "ask", "by", "ref", "hotline", "when", "options", "count", "reply_number", "names"}
)
_CHECKED = {"found", "not_found", "looks_alike", "has_link", "limited"}  # what a caller's text turned out to be
_STAFF_READ = (Language.EN, Language.ZH_HANT)  # what codes mean is told in these
_CALL_SLOTS = frozenset({"country", "item", "ask", "codes", "when", "ref", "hotline", "names"})


def load_catalogue(config_dir: Path, hotline: str, voice: Voice | None = None) -> Catalogue:
    """The catalogue of a folder, in the words of the voice's mode.

    Raises SettingsWrong: which file, what is wrong, how to mend it.
    """
    voice = voice or Voice()
    codes = _codes(config_dir / "questions.toml")
    phrases = {language: _phrases(config_dir / "wording" / f"{language}.toml", voice.mode) for language in Language}
    used = {rule.words for rule in codes.values() if rule.words}
    for language, spoken in phrases.items():
        _require(f"wording/{language}.toml [asks]", used, spoken.asks)
        _require(f"wording/{language}.toml [short_asks]", used, spoken.short_asks)
        _require(f"wording/{language}.toml [countries]", {DEFAULT_COUNTRY}, spoken.countries)
        _require(f"wording/{language}.toml [templates]", _TEMPLATES, spoken.templates)
        _require(f"wording/{language}.toml [call]", set(Part), spoken.call)
        _require(f"wording/{language}.toml [checked]", _CHECKED, spoken.checked)
    meanings = _meanings(config_dir / "customs_codes.toml")
    _require("customs_codes.toml", {*codes, *ANSWER_CODES, *OLD_ANSWER_CODES}, meanings)
    return Catalogue(codes, phrases, hotline, voice, meanings)


def _meanings(path: Path) -> dict[str, dict[str, str]]:
    """Words for each code in each language that staff read; no code is both a question and an answer."""
    meanings: dict[str, dict[str, str]] = {}
    for table in read_toml(path).values():
        for code, said in table.items():
            if not isinstance(said, dict) or not all(str(said.get(one) or "").strip() for one in _STAFF_READ):
                raise SettingsWrong(f"{path}: {code} needs words in {' and '.join(_STAFF_READ)}.")
            if code in meanings:
                raise SettingsWrong(f"{path}: {code} stands twice: keep it once.")
            meanings[code] = {one: str(said[one]) for one in _STAFF_READ}
    return meanings


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


def _phrases(path: Path, mode: SenderMode) -> Phrases:
    tables = read_toml(path)
    try:
        templates, notice = dict(tables["templates"]), dict(tables["notice_templates"])
        spoken = Phrases(
            templates=templates | notice if mode is SenderMode.NOTICE else templates,
            asks=dict(tables["asks"]),
            short_asks=dict(tables["short_asks"]),
            countries=dict(tables["countries"]),
            many=str(tables["many"]),
            call=dict(tables["call"]),
            verify=tuple(map(str, tables["verify"]["ask"])),
            checked=dict(tables["checked"]),
        )
    except (KeyError, TypeError, ValueError):
        raise SettingsWrong(
            f"{path} needs many, [templates], [notice_templates], [call], [verify], [checked], [asks], "
            "[short_asks] and [countries]."
        ) from None
    for name, template in [*templates.items(), *notice.items()]:
        _check_slots(path, name, template, _SLOTS)
    for name, sentence in spoken.call.items():
        _check_slots(path, f"{name} in [call]", sentence, _CALL_SLOTS)
    _check_slots(path, "many", spoken.many, frozenset({"asks"}))
    if "{asks}" not in spoken.many:
        raise SettingsWrong(f"{path}: many needs the slot {{asks}}.")
    _require(f"wording/{path.name} [notice_templates]", _NOTICE_TEMPLATES, notice)
    for kind in _INVITING:
        for name in (kind, f"{kind}_short"):
            if "{reply_number}" not in notice[name]:
                raise SettingsWrong(f"{path}: {name} in [notice_templates] must name {{reply_number}}.")
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

"""config/answer_rules.toml: what customs refuses in an answer."""

from pathlib import Path

from notifier.domain.answer_rules import AnswerRules, bare_term
from notifier.domain.errors import SettingsWrong
from notifier.settings.toml_file import read_toml

FILE_NAME = "answer_rules.toml"
_LISTS = ("plain_english", "vague", "file_endings")


def load_answer_rules(config_dir: Path) -> AnswerRules:
    """The rules of a folder. Raises SettingsWrong: a list missing, unknown, or not words; a country that is none."""
    path = config_dir / FILE_NAME
    tables = read_toml(path)
    if set(tables) != set(_LISTS):
        wrong = ", ".join(sorted(set(tables) ^ set(_LISTS)))
        raise SettingsWrong(f"{path} must hold exactly the lists {', '.join(_LISTS)}; look at {wrong}.")
    for name in _LISTS:
        if not isinstance(tables[name], list) or not all(isinstance(one, str) and one.strip() for one in tables[name]):
            raise SettingsWrong(f"{path}: {name} must be a list of words in quotes.")
    countries = frozenset(tables["plain_english"])
    strange = sorted(one for one in countries if not (len(one) == 2 and one.isascii() and one.isupper()))
    if strange:
        raise SettingsWrong(f"{path}: plain_english holds {strange[0]!r}: write countries as two capitals, such as DE.")
    return AnswerRules(
        plain_english=countries,
        vague=frozenset(map(bare_term, tables["vague"])),
        file_endings=frozenset(ending.casefold().lstrip(".") for ending in tables["file_endings"]),
    )

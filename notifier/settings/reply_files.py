"""config/replies.toml: the words replies are read by, one table a list, one key a language."""

from pathlib import Path
from typing import Any

from notifier.domain.errors import SettingsWrong
from notifier.domain.lexicon import LISTS, Lexicon, bare, make_lexicon
from notifier.settings.toml_file import read_toml

FILE_NAME = "replies.toml"
# A message can have only one of these effects.
_EXCLUSIVE = ("stop", "start", "cancel", "wrong_number")


def load_lexicon(config_dir: Path) -> Lexicon:
    """The lexicon of `config_dir`. Raises SettingsWrong: no file, no TOML, a list missing, unknown or not words."""
    path = config_dir / FILE_NAME
    tables = read_toml(path)
    if set(tables) != set(LISTS):
        wrong = ", ".join(sorted(set(tables) ^ set(LISTS)))
        raise SettingsWrong(f"{path} must hold exactly the tables {', '.join(LISTS)}; look at {wrong}.")
    words = {name: _words(path, name, tables[name]) for name in LISTS}
    _check_apart(path, words)
    return make_lexicon(words)


def _words(path: Path, name: str, table: Any) -> list[str]:
    """All languages together: a sender may answer in any of them."""
    if not isinstance(table, dict) or not all(isinstance(words, list) for words in table.values()):
        raise SettingsWrong(f"{path}: [{name}] must give a list of words for each language.")
    words = [word for language in table.values() for word in language]
    if not words:
        raise SettingsWrong(f"{path}: [{name}] has no words.")
    for word in words:
        if not (isinstance(word, str) and (bare(word) or name == "tapbacks")):
            raise SettingsWrong(f"{path}: [{name}] holds {word!r}, which is no word.")
        if name == "tapbacks" and not word.replace("*", "").strip():
            # Such a pattern would take every reply for a tapback.
            raise SettingsWrong(f"{path}: [{name}] holds {word!r}, which would match anything.")
    return words


def _check_apart(path: Path, words: dict[str, list[str]]) -> None:
    homes: dict[str, str] = {}
    for name in _EXCLUSIVE:
        for word in map(bare, words[name]):
            if homes.setdefault(word, name) != name:
                raise SettingsWrong(f"{path}: {word!r} stands in [{homes[word]}] and in [{name}]: keep one.")

"""Reading one of the files in config/: TOML in UTF-8, or a sentence that says what to mend."""

import tomllib
from pathlib import Path
from typing import Any

from notifier.domain.errors import SettingsWrong


def read_toml(path: Path) -> dict[str, Any]:
    """Its tables. Raises SettingsWrong: it cannot be read, is not UTF-8, or is not TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as why:
        raise SettingsWrong(
            f"{path} cannot be read ({why.strerror}): restore it, or point to another folder."
        ) from None
    except UnicodeDecodeError:
        raise SettingsWrong(f"{path} is not UTF-8: save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as why:
        raise SettingsWrong(f"{path} is not TOML: {why}.") from None

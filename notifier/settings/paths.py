"""Where the files of config/ are."""

import os
from pathlib import Path

from notifier.domain.errors import SettingsWrong

_VARIABLE = "NOTIFIER_CONFIG_DIR"


def config_dir() -> Path:
    """NOTIFIER_CONFIG_DIR, else config/ beside the package. Raises SettingsWrong when there is no such folder."""
    named = os.environ.get(_VARIABLE)
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "config"
    if not folder.is_dir():
        raise SettingsWrong(f"There is no folder {folder}: set {_VARIABLE} to the folder with the wording.")
    return folder

"""Where the files of config/ are."""

from pathlib import Path

from notifier.domain.errors import SettingsWrong

_SHIPPED = Path(__file__).resolve().parents[2] / "config"
_VARIABLE = "NOTIFIER_CONFIG_DIR"


def config_dir(named: Path | None = None) -> Path:
    """The folder a setting names, else config/ beside the package. Raises SettingsWrong where there is none."""
    folder = named or _SHIPPED
    if folder.is_dir():
        return folder
    if named is None:
        raise SettingsWrong(f"{_VARIABLE}: the wording is not at {folder}: name the folder it is in.")
    raise SettingsWrong(
        f"{_VARIABLE}: there is no folder {folder}: name the one with the wording, or unset it to use the shipped one."
    )

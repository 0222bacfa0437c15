"""The folder with the wording: one setting, and a sentence when it leads nowhere."""

from pathlib import Path

import pytest

from notifier.cli.demo.run import shipped
from notifier.domain.errors import SettingsWrong
from notifier.runtime.assemble import config_folder
from notifier.settings import load
from notifier.settings.paths import config_dir


def test_without_a_name_it_is_the_shipped_one() -> None:
    assert (config_dir() / "questions.toml").is_file()
    assert config_folder(load({})) == config_dir()


def test_a_named_folder_is_taken(tmp_path: Path) -> None:
    assert config_dir(tmp_path) == tmp_path
    assert config_folder(load({"NOTIFIER_CONFIG_DIR": str(tmp_path)})) == tmp_path


def test_a_folder_that_is_not_there_is_told_with_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same words wherever it is needed: by the services, and by the demo."""
    monkeypatch.setenv("NOTIFIER_CONFIG_DIR", "/nowhere")
    for look in (lambda: config_folder(load()), shipped):
        with pytest.raises(SettingsWrong) as refused:
            look()
        assert str(refused.value).startswith("NOTIFIER_CONFIG_DIR: there is no folder /nowhere: name the one with the")

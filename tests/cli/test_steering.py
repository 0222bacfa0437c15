"""What is done to the whole house from the command line stands in the journal, with its reason."""

import os
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from notifier.cli import app
from notifier.runtime import open_runtime
from notifier.service.steering import latest_steerings
from notifier.storage.models.house import Deed

_DEEDS = {("pause",): Deed.PAUSED, ("resume",): Deed.RESUMED, ("webhooks", "replay"): Deed.REPLAYED}


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A data folder of its own, with a migrated database, and nothing running."""
    for name in [name for name in os.environ if name.startswith("NOTIFIER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NOTIFIER_DATA_DIR", str(tmp_path))
    assert _shell("migrate").exit_code == 0


def _shell(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def _journal() -> list[tuple[Deed, str, str]]:
    with open_runtime() as runtime:
        return [(row.deed, row.actor, row.because) for row in latest_steerings(runtime.ctx)]


@pytest.mark.parametrize(("command", "deed"), _DEEDS.items())
def test_a_deed_leaves_a_row(command: tuple[str, ...], deed: Deed) -> None:
    assert _shell(*command).exit_code == 0
    assert _shell(*command, "--reason", "The carrier is well again").exit_code == 0
    assert _journal() == [(deed, "operator", "The carrier is well again"), (deed, "operator", "by hand")]


@pytest.mark.parametrize(("reason", "kept"), [("", ""), ("w" * 400, "w" * 300)])
def test_no_reason_keeps_anybody_from_stopping_all_texts(reason: str, kept: str) -> None:
    assert _shell("pause", "--reason", reason).exit_code == 0
    assert _journal() == [(Deed.PAUSED, "operator", kept)]

"""Who is told, as the settings say: nobody, some addresses, or a start that is refused."""

from pathlib import Path

import pytest

from notifier.domain.errors import SettingsWrong
from notifier.runtime import assemble, open_runtime
from notifier.settings import load
from notifier.telling.port import NOBODY


def test_without_addresses_nobody_is_told_and_no_watcher_is_there(tmp_path: Path) -> None:
    with open_runtime(load({"NOTIFIER_DATA_DIR": str(tmp_path)})) as runtime:
        assert runtime.ctx.teller is NOBODY
        assert runtime.ctx.heartbeat is None


def test_each_address_is_a_receiver(tmp_path: Path) -> None:
    urls = "json://127.0.0.1:1/a, json://127.0.0.1:1/b"
    given = {"NOTIFIER_DATA_DIR": str(tmp_path), "NOTIFIER_ALARMS__URLS": urls}
    with open_runtime(load(given | {"NOTIFIER_HEARTBEAT__URL": "http://127.0.0.1:1/"})) as runtime:
        assert len(runtime.ctx.teller.receivers()) == 2
        assert runtime.ctx.heartbeat is not None


def test_an_address_that_cannot_be_used_stops_the_start(tmp_path: Path) -> None:
    given = {"NOTIFIER_DATA_DIR": str(tmp_path), "NOTIFIER_ALARMS__URLS": "hush-hush://secret"}
    with pytest.raises(SettingsWrong, match="NOTIFIER_ALARMS__URLS: address 1 is none that apprise knows"):
        assemble(load(given))

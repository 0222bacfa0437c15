"""Sending is turned off and on from the command line, whether or not a web server runs: the switch is a row."""

from pathlib import Path

from tests.drills.customs import judge, referrals, wait_until_handed_over, write_csv
from tests.drills.processes import Installation
from tests.drills.sandbox_carrier import SandboxCarrier, installation_with_carrier
from tests.waiting import eventually, throughout

_SOME_SWEEPS = 3  # seconds; a sweep comes each second
_ROWS = referrals(20)


def test_with_everything_down_it_is_paused_and_a_start_changes_nothing(sqlite_url: str, tmp_path: Path) -> None:
    with installation_with_carrier(tmp_path, (sqlite_url, "memory://")) as (notifier, carrier):
        _pause_and_import(notifier, tmp_path)
        running = notifier.up()
        throughout(lambda: carrier.accepted() == 0, seconds=_SOME_SWEEPS, what="Being paused")
        assert running.terminate() == 0
        _resume(notifier)
        notifier.up()
        _check_all_texted(notifier, carrier)


def test_workers_heed_the_switch_although_no_web_server_ever_ran(
    postgres_database_url: str, redis_url: str, tmp_path: Path
) -> None:
    stack = (postgres_database_url, f"{redis_url}/0")
    with installation_with_carrier(tmp_path, stack) as (notifier, carrier):
        _pause_and_import(notifier, tmp_path)
        notifier.worker()
        notifier.beat()
        throughout(lambda: carrier.accepted() == 0, seconds=_SOME_SWEEPS, what="Being paused")
        _resume(notifier)
        eventually(lambda: carrier.accepted() == len(_ROWS), what="Texting without a web server")
        notifier.web()
        _check_all_texted(notifier, carrier)


def _pause_and_import(notifier: Installation, folder: Path) -> None:
    paused = notifier.run("pause", "--reason", "a drill")
    assert (paused.returncode, paused.stdout) == (0, "Sending is paused.\n")
    assert notifier.run("import", str(write_csv(folder / "referrals.csv", _ROWS))).returncode == 0


def _resume(notifier: Installation) -> None:
    resumed = notifier.run("resume")
    assert (resumed.returncode, resumed.stdout) == (0, "Sending goes on.\n")


def _check_all_texted(notifier: Installation, carrier: SandboxCarrier) -> None:
    api = notifier.api()
    wait_until_handed_over(api, len(_ROWS))
    judge(api, carrier, _ROWS)

"""Who keeps the pace: nobody in the sandbox, the process where it is alone, Redis where there are several."""

from datetime import timedelta
from pathlib import Path

import pytest

from notifier.pacing.in_process import PaceInProcess
from notifier.pacing.in_redis import PaceInRedis
from notifier.pacing.port import Pace, Rate
from notifier.runtime import open_runtime
from notifier.settings import Settings
from notifier.settings.settings import Profile


def kept(folder: Path, **changes: object) -> Pace | None:
    """The pace of a process with these settings."""
    with open_runtime(Settings.model_validate({"data_dir": folder} | changes)) as runtime:
        return runtime.ctx.pace


def test_the_sandbox_sends_as_fast_as_it_can(tmp_path: Path) -> None:
    assert kept(tmp_path) is None
    assert kept(tmp_path, sending={"segments_per_second": 0}) is None


def test_a_process_that_is_alone_keeps_it_itself(tmp_path: Path) -> None:
    pace = kept(tmp_path, sending={"segments_per_second": 0.5})
    assert isinstance(pace, PaceInProcess)
    assert pace.rate == Rate(0.5, timedelta(seconds=2))


@pytest.mark.parametrize(("every", "ahead"), [("PT0.2S", 2), ("PT1S", 2), ("PT10S", 20)])
def test_beside_others_it_is_kept_in_redis_and_a_number_runs_ahead_by_two_sweeps(
    tmp_path: Path, redis_url: str, every: str, ahead: int
) -> None:
    changes = {"broker_url": f"{redis_url}/0", "sweep": {"every": every}}
    pace = kept(tmp_path, sending={"segments_per_second": 3}, **changes)
    assert isinstance(pace, PaceInRedis)
    assert pace.rate == Rate(3.0, timedelta(seconds=ahead))


def test_in_production_it_is_that_of_a_long_code_unless_said_otherwise() -> None:
    assert Settings().segments_per_second == 0
    production = {"profile": Profile.PRODUCTION}
    assert Settings.model_construct(**production).segments_per_second == 1
    unlimited = Settings.model_validate({"sending": {"segments_per_second": 0}}).sending
    assert Settings.model_construct(**production, sending=unlimited).segments_per_second == 0

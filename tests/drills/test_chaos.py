"""A short run of `make chaos`: every row of the fault matrix strikes once, and nothing is lost, doubled or missed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chaos.faults.matrix import MATRIX
from tests.drills.moments import seed

_HOME = Path(__file__).parents[2]
_CYCLES = int(os.environ.get("CYCLES", "30"))


@pytest.mark.timeout(_CYCLES * 20 + 300)  # on a machine that is busy with other tests
def test_thirty_cycles_lose_double_and_miss_nothing() -> None:
    # In a folder of its own making: PostgreSQL runs as another user, who may not look into pytest's.
    command = ("-m", "tests.chaos", "--cycles", str(_CYCLES), "--seed", str(seed()))
    ran = subprocess.run((sys.executable, *command), cwd=_HOME, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"{_CYCLES} cycles: 0 lost, 0 doubled, 0 missed." in ran.stdout
    for fault in MATRIX:
        assert re.search(rf"^│ +{fault.number} │.*│ +[1-9]\d* │ +\d", ran.stdout, re.MULTILINE), fault
    assert re.search(r"queries +│ +[1-9]\d", ran.stdout), "there was no load"

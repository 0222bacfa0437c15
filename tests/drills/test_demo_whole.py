"""The whole of `notifier demo`, as anybody runs it: two hundred queries, every end as its row says, in two minutes."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

TWO_MINUTES = 120


@pytest.mark.timeout(TWO_MINUTES + 30)
def test_the_shipped_stories_all_end_as_expected(tmp_path: Path) -> None:
    began = time.monotonic()
    done = subprocess.run(
        [str(Path(sys.executable).parent / "notifier"), "demo"],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if not name.startswith("NOTIFIER_")},
        capture_output=True,
        text=True,
        timeout=TWO_MINUTES + 20,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "200 of 200 queries ended as expected" in done.stdout
    assert time.monotonic() - began < TWO_MINUTES
    assert list(tmp_path.iterdir()) == [], "it leaves nothing where it was started"

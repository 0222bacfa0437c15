"""Starting after anything, and stopping under anything."""

import re
import time
from pathlib import Path

import httpx2

from tests.drills.customs import referrals, text_states, wait_until_handed_over, write_csv
from tests.drills.gate import gate_to
from tests.drills.moments import dice
from tests.drills.processes import Installation, Running
from tests.drills.sandbox_carrier import HASTE, installation_with_carrier, start_everything
from tests.waiting import eventually

_HOME = Path(__file__).parents[2]  # where the processes run
_STOP = 10  # seconds an orchestrator waits
_READY = 3  # seconds until a second start takes requests
_TRIES = 5  # a machine that is busy with other tests may need another try
_MOST_MEMORY = 300 * 1024 * 1024


def test_what_a_crash_leaves_behind_does_not_stop_a_start(tmp_path: Path) -> None:
    """Killed in its first seconds, then while it works: half-made secrets, a WAL, and pid files nobody owns."""
    data = tmp_path / "data"
    with Installation(tmp_path) as notifier:
        thrown = dice()
        for _ in range(3):
            running = notifier.start("notifier", "up")
            time.sleep(thrown.uniform(0.5, 1.5))
            running.kill()
        running = notifier.up()
        query = notifier.api().submit()
        running.kill()
        assert (data / "notifier.db-wal").stat().st_size > 0
        (data / ".secrets-half").write_text('{"seal_key": "')
        for name in ("notifier.pid", "notifier.lock", "celerybeat.pid", "celerybeat-schedule"):
            (data / name).write_text("1")
        notifier.up()
        assert notifier.api().see(query["id"])["code"] == query["code"]
        assert not [path for path in _HOME.iterdir() if path.name in (".bak", ".dat", ".dir", "celerybeat-schedule")]


def test_a_second_start_is_ready_soon_and_idles_in_little_memory(tmp_path: Path) -> None:
    with Installation(tmp_path) as notifier:
        assert notifier.up().terminate() == 0
        took = [_second_start(notifier)]
        while min(took) >= _READY and len(took) < _TRIES:
            took.append(_second_start(notifier))
        assert min(took) < _READY, took
        running = notifier.up()
        api = notifier.api()
        api.submit()
        wait_until_handed_over(api, 1)
        assert 50 * 1024 * 1024 < _memory_of_group(running) < _MOST_MEMORY


def _second_start(notifier: Installation) -> float:
    """Seconds until it takes requests, without those in which it stood in line for a processor."""
    began = time.monotonic()
    running = notifier.up()
    took = time.monotonic() - began - _in_line(running)
    running.terminate()
    return took


def _in_line(running: Running) -> float:
    """How long its main thread was ready to run while others ran; nothing where the kernel does not count it."""
    try:
        _, waited, _ = Path(f"/proc/{running.process.pid}/schedstat").read_text().split()
    except OSError:
        return 0
    return int(waited) / 1e9


def _memory_of_group(running: Running) -> int:
    """Resident memory of every process in its group, from /proc."""
    return sum(_resident(folder) for folder in Path("/proc").glob("[0-9]*") if _group(folder) == running.process.pid)


def _group(folder: Path) -> int:
    try:
        return int((folder / "stat").read_text().rpartition(")")[2].split()[2])
    except OSError:
        return 0  # It has ended meanwhile.


def _resident(folder: Path) -> int:
    (line,) = (line for line in (folder / "status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024


def test_a_second_start_on_the_same_port_says_so(tmp_path: Path) -> None:
    """Whatever is started there; and the first goes on undisturbed."""
    with Installation(tmp_path) as notifier:
        notifier.up()
        for command in (["up"], ["web"], ["sandbox", "--port", str(notifier.port)]):
            second = notifier.run(*command)
            assert (second.returncode, second.stdout) == (2, "")
            (sentence,) = second.stderr.splitlines()
            assert f"127.0.0.1:{notifier.port} cannot be used (Address already in use)" in sentence
        assert notifier.api().submit()["state"] == "received"


def test_a_stop_under_load_is_quick_and_leaves_nothing_in_doubt(stack: tuple[str, str], tmp_path: Path) -> None:
    """What was on the line is recorded, what was held is given back: the carrier and the rows agree."""
    rows = referrals(200)
    with installation_with_carrier(tmp_path, stack, HASTE | {"SENDING__LEASE": "60"}) as (notifier, carrier):
        api = notifier.api()
        carrier.behave(slow=0.3)
        assert notifier.run("import", str(write_csv(tmp_path / "referrals.csv", rows))).returncode == 0
        running = start_everything(notifier)
        eventually(lambda: carrier.accepted() > 10, within=30, what="Texting")
        assert _stop(running) == [0] * len(running)
        accepted = carrier.accepted()
        assert accepted < len(rows), "Everything had left before the stop."
        notifier.web()
        assert text_states(api) == {"handed_over": accepted, "queued": len(rows) - accepted}


def test_a_stop_is_quick_although_the_carrier_hangs(stack: tuple[str, str], tmp_path: Path) -> None:
    """Then nobody can wait for the answer: it is cut short in one line, and the next start finds the text in doubt."""
    with installation_with_carrier(tmp_path, stack, HASTE) as (notifier, carrier):
        api = notifier.api()
        running = start_everything(notifier)
        carrier.behave(slow=60)
        rows = referrals(1)
        assert notifier.run("import", str(write_csv(tmp_path / "referrals.csv", rows))).returncode == 0
        eventually(lambda: text_states(api)["posting"], within=30, what="Posting")
        assert sum(_stop(running)) == 1
        assert "cut short" in "".join(one.printed() for one in running)
        carrier.behave(slow=0)
        start_everything(notifier)
        wait_until_handed_over(api, 1)


def test_a_stop_is_quick_although_the_broker_is_gone(
    postgres_database_url: str, redis_url: str, tmp_path: Path
) -> None:
    with gate_to(f"{redis_url}/0") as (gate, broker), Installation(tmp_path, postgres_database_url, broker) as notifier:
        running = [notifier.up(), notifier.worker(), notifier.beat()]
        gate.shut()
        notifier.api().submit()
        assert _stop(running) == [0, 0, 0]
        for one in running:
            assert "Traceback" not in one.printed()


def test_a_page_that_listens_does_not_hold_up_the_stop(tmp_path: Path) -> None:
    with Installation(tmp_path) as notifier:
        running = notifier.up()
        (link,) = re.findall(r"\S+/console/link/\S+", running.printed())
        with httpx2.Client(timeout=15, trust_env=False) as browser:
            assert browser.get(link).status_code == 303
            with browser.stream("GET", f"{notifier.base_url}/console/changes") as stream:
                lines = stream.iter_lines()
                assert next(lines) == "event: listening"
                assert _stop([running]) == [0]
                list(lines)  # the stream came to its end: a broken one would raise
        assert "ERROR" not in running.printed()
        assert "Traceback" not in running.printed()


def _stop(running: list[Running]) -> list[int]:
    """SIGTERM to all; their exit codes. Fails when one takes longer than it may."""
    began = time.monotonic()
    for one in running:
        one.ask_to_stop()
    codes = [one.process.wait(timeout=_STOP) for one in running]
    assert time.monotonic() - began < _STOP
    return codes

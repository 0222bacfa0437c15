"""Each process of an installation is known by its sign of life: there while it lives, gone after an orderly stop."""

from pathlib import Path

from sqlalchemy import create_engine, text

from tests.drills.processes import Installation
from tests.waiting import eventually


def _signs(url: str) -> list[tuple[str, int]]:
    """(part, pid) of each."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT part, place FROM life_signs ORDER BY part")).all()
    engine.dispose()
    return [(part, int(place.rpartition(" ")[2])) for part, place in found]


def test_one_process_leaves_a_sign_for_each_of_its_parts(sqlite_url: str, tmp_path: Path) -> None:
    with Installation(tmp_path, sqlite_url) as notifier:
        up = notifier.up()
        pid = up.process.pid
        expected = [("scheduler", pid), ("web", pid), ("worker", pid)]
        eventually(lambda: _signs(sqlite_url) == expected, what="A sign of each part")
        assert up.terminate() == 0
        assert _signs(sqlite_url) == []


def test_each_process_of_a_deployment_leaves_its_own(
    postgres_database_url: str, redis_url: str, tmp_path: Path
) -> None:
    with Installation(tmp_path, postgres_database_url, f"{redis_url}/0") as notifier:
        web, worker, beat = notifier.deployment()
        expected = sorted(
            (name, one.process.pid) for name, one in (("scheduler", beat), ("web", web), ("worker", worker))
        )
        eventually(lambda: _signs(postgres_database_url) == expected, what="A sign of each process")
        worker.kill()
        for one in (web, beat):
            assert one.terminate() == 0
        left = [("worker", worker.process.pid)]
        assert _signs(postgres_database_url) == left, "who was killed did not say goodbye"
        assert "life_sign_not_left" not in notifier.printed()

"""A full disk: nothing is answered 2xx that was not committed, and what was refused is taken once there is room.

Row 30 of the fault matrix. SQLite is given no page more; PostgreSQL raises the very error a full disk gives (53100).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event, text

from tests.web.site import Site, reply

_REFUSES = """
CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$
"""
_TABLES = ("queries", "webhooks")


@contextmanager
def _full(engine: Engine) -> Iterator[None]:
    """No room, until the block ends."""
    with (_full_sqlite if engine.dialect.name == "sqlite" else _full_postgres)(engine):
        yield


@contextmanager
def _full_sqlite(engine: Engine) -> Iterator[None]:
    def limit(connection: object, *_: object) -> None:
        # Fewer pages than there are: the file may not grow at all.
        connection.execute("PRAGMA max_page_count = 1")  # type: ignore[attr-defined]  # SQLite's own connection

    engine.dispose()
    event.listen(engine, "connect", limit)
    yield
    event.remove(engine, "connect", limit)
    engine.dispose()


@contextmanager
def _full_postgres(engine: Engine) -> Iterator[None]:
    with engine.begin() as connection:
        connection.exec_driver_sql(_REFUSES)
        for table in _TABLES:
            rule = f"CREATE TRIGGER full_disk BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION disk_is_full()"
            connection.exec_driver_sql(rule)
    yield
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP FUNCTION disk_is_full CASCADE")


def _count(site: Site, table: str) -> int:
    with site.parts.ctx.database.engine.connect() as connection:
        return int(connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


def _until_refused(deed: Callable[[int], int]) -> int:
    """Free pages inside the file are used up first; how many were still taken."""
    for taken in range(200):
        if (status := deed(taken)) >= 300:
            assert status == 503
            return taken
    pytest.fail("The disk was never full.")


def test_intake_answers_503_and_takes_it_once_there_is_room(site: Site) -> None:
    referrals = [site.referral() for _ in range(200)]

    def submit(place: int) -> int:
        return site.submit(referrals[place], **{"Idempotency-Key": f"key-{place}"}).status_code

    with _full(site.parts.ctx.database.engine):
        taken = _until_refused(submit)
        assert _count(site, "queries") == taken, "answered 2xx = committed"
        assert submit(taken) == 503
    assert submit(taken) == 201
    assert _count(site, "queries") == taken + 1
    assert site.see(site.submit(referrals[taken]).json()["id"])["history"][0]["seq"] == 1


def test_a_webhook_is_answered_503_so_that_the_carrier_tries_again(site: Site) -> None:
    def hook(place: int) -> int:
        return site.hook("inbound", reply(f"SM{place:032}", "Two cotton shirts" * 40)).status_code

    with _full(site.parts.ctx.database.engine):
        taken = _until_refused(hook)
        assert _count(site, "webhooks") == taken
    assert hook(taken) == 200
    assert hook(taken) == 200
    assert _count(site, "webhooks") == taken + 1

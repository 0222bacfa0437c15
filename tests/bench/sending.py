"""What R1 and R2 measure of the product: a real worker that finds queries waiting, claims, posts and records."""

from sqlalchemy import create_engine, text

from tests.bench.stand import Stand, rate

_DONE = text("SELECT count(*) FROM texts WHERE state = 'handed_over'")


def queries_per_second(stand: Stand, count: int) -> float:
    """From one hint over Redis on: how many questions a second one worker hands over and has on record."""
    with stand.database(queries=count) as url, stand.product(url) as notifier:
        notifier.worker()
        notifier.start("notifier", "resume")
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                return rate(lambda: int(connection.scalar(_DONE) or 0), count)
        finally:
            engine.dispose()

"""The floors: fixed code that does the bare work beside which the product is measured. It imports nothing of it.

R1  Celery's own speed: no-op tasks, each result recorded by Celery's result backend, on the product's pool (threads,
    six of them, prefetch 4, early acknowledgement) and the same Redis. `celery -A tests.bench.floors worker`.
R2  Twilio's SDK at its best: a loop of `messages.create` on 16 threads with a sized pool, no proxy lookups and no log
    lines put together, and nothing written down. `python -m tests.bench.floors post URL COUNT`.
R4  The rows of an intake without HTTP: query, history, round, question and text in one transaction of five plain
    INSERTs through SQLAlchemy Core, on 8 threads with a connection each and no look at what is known.
    `python -m tests.bench.floors insert URL COUNT`.

The last two print what they reached, in deeds a second, as their only line.
"""

import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from celery import Celery
from requests.adapters import HTTPAdapter
from sqlalchemy import Connection, Engine, create_engine, text
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

POSTERS = 16
CONNECTIONS = 8
WARM = 10  # deeds a thread does before the watch starts

app = Celery("floor")
app.conf.update(
    worker_pool="threads",
    worker_concurrency=6,
    worker_prefetch_multiplier=4,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    worker_redirect_stdouts=False,
    task_ignore_result=False,
    task_acks_late=False,
)


@app.task(name="floor.noop")
def noop() -> None:
    """Nothing; Celery records that it was done."""


class _TunedClient(TwilioHttpClient):
    """The SDK's own client, aimed at `base`, with what makes it fast."""

    def __init__(self, base: str) -> None:
        super().__init__(timeout=10)
        self._base = base
        self.session.mount("http://", HTTPAdapter(pool_connections=1, pool_maxsize=POSTERS))
        self.session.trust_env = False

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        return super().request(method, self._base + urlsplit(url).path, *args, **kwargs)

    def log_request(self, kwargs: Any) -> None:
        pass

    def log_response(self, status_code: int, response: Any) -> None:
        pass


_BODY = (
    "Hongkong Post: Customs in Germany has asked what is in your item RR123456785HK. By 6pm Thu 26 Nov, please reply to"
    " this SMS with the goods, material and use (Chinese or English). Ref K7F29QXA. This SMS has no links."
    " Enquiries: 2921 2222"
)


def post(base: str, count: int) -> float:
    """Texts a second through the SDK and nothing else."""
    client = Client("AC" + "0" * 32, "token", http_client=_TunedClient(base))

    def one() -> None:
        callback = f"{base}/webhooks/twilio/status?m={uuid4()}"
        client.messages.create(to="+85291234567", from_="+85264500001", body=_BODY, status_callback=callback)

    return per_second(one, count, POSTERS)


_INSERTS = tuple(
    text(statement)
    for statement in (
        """
        INSERT INTO queries (id, code, authority, destination, kind, mrn, referral_reference, item_id, language,
            mobile_given, mobile, mobile_hash, last4_hash, content_hash, source, state, round_number, next_due_at,
            history_seq, history_hash, firing_failures, received_at)
        VALUES (:query, :code, 'DE', 'DE', 'RFI', '', :reference, 'RR123456785HK', 'en',
            :sealed, :sealed, :hash, :hash, :hash, 'api', 'received', 1, :due,
            1, :hash, 0, :now)
        """,
        """
        INSERT INTO history (query_id, seq, event, effect, from_state, to_state, actor, at, detail, prev_hash, hash)
        VALUES (:query, 1, 'intake_accepted', 'stay', NULL, 'received', 'bench', :now,
            '{"source": "api", "kind": "RFI"}', :hash, :hash)
        """,
        """
        INSERT INTO rounds (id, query_id, number, reason, mobile, item_id, language, created_at)
        VALUES (:round, :query, 1, 'intake', :sealed, 'RR123456785HK', 'en', :now)
        """,
        """
        INSERT INTO questions (id, round_id, position, code, channel)
        VALUES (:question, :round, 1, 'F605', 'sms')
        """,
        """
        INSERT INTO texts (id, query_id, round_id, kind, recipient, recipient_hash, state, send_after, next_try_at,
            attempts, refusals, any_hour, ever_posted, created_at)
        VALUES (:text, :query, :round, 'question', :sealed, :hash, 'queued', :now, :now, 0, 0, false, false, :now)
        """,
    )
)


def insert(url: str, count: int) -> float:
    """Intakes a second as rows alone."""
    engine = create_engine(url, pool_size=CONNECTIONS)
    try:
        return per_second(lambda: _take_in(engine), count, CONNECTIONS)
    finally:
        engine.dispose()


def _take_in(engine: Engine) -> None:
    with engine.begin() as connection:
        _write(connection, _values())


def _values() -> dict[str, Any]:
    now = datetime.now(UTC)
    ids = {name: uuid4() for name in ("query", "round", "question", "text")}
    varying = {"code": uuid4().hex[:8].upper(), "reference": str(uuid4()), "hash": os.urandom(32).hex()}
    return ids | varying | {"sealed": os.urandom(41), "now": now, "due": now + timedelta(hours=12)}


def _write(connection: Connection, values: dict[str, Any]) -> None:
    for statement in _INSERTS:
        connection.execute(statement, values)


def per_second(deed: Callable[[], None], count: int, threads: int) -> float:
    """How often `threads` threads do `deed` in a second, over `count` deeds and after some to get warm."""

    def do(times: int) -> None:
        for _ in range(times):
            deed()

    share = max(1, count // threads)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(do, [WARM] * threads))
        begun = time.perf_counter()
        list(pool.map(do, [share] * threads))
        return share * threads / (time.perf_counter() - begun)


if __name__ == "__main__":
    print({"post": post, "insert": insert}[sys.argv[1]](sys.argv[2], int(sys.argv[3])))

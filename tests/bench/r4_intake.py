"""R4: intakes a second over HTTP, on 8 connections, over the same rows written without HTTP on 8 connections.

Product: `notifier web` takes referrals, each new, from 8 clients that keep their connection; every one is answered 201
after its commit. Floor: the five rows that such an intake leaves, in one transaction, and nothing else.
"""

import itertools
import json
import threading
from http.client import HTTPConnection
from urllib.parse import urlsplit
from uuid import uuid4

from tests.bench.floors import CONNECTIONS, per_second
from tests.bench.ratios import Ratio
from tests.bench.stand import Stand, referral, run

_CREATED = 201
_FIRST_MOBILE = 91_000_000


def requests_per_second(stand: Stand, count: int) -> float:
    """How many referrals a second the API takes."""
    with stand.database() as url, stand.product(url) as notifier:
        key = run(notifier, "keys", "create", "--role", "liaison", "--name", "bench").splitlines()[-1]
        notifier.web()
        return per_second(_Client(notifier.base_url, key).submit, count, CONNECTIONS)


def rows_per_second(stand: Stand, count: int) -> float:
    """How many intakes a second the database takes."""
    with stand.database() as url:
        return stand.floor("insert", url, count)


class _Client:
    """Customs: a kept connection for each thread."""

    def __init__(self, base_url: str, key: str) -> None:
        self._address = urlsplit(base_url).netloc
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._own = threading.local()
        self._numbers = itertools.count()

    def submit(self) -> None:
        """Hand in a referral that nobody knows yet, about a sender who has none."""
        fields = referral(next(self._numbers))
        body = json.dumps(fields | {"referral_reference": str(uuid4()), "questions": [{"code": fields["questions"]}]})
        connection = self._connection()
        connection.request("POST", "/api/v1/queries", body, self._headers)
        answer = connection.getresponse()
        told = answer.read()
        if answer.status != _CREATED:
            raise RuntimeError(f"An intake was answered {answer.status}: {told.decode()}")

    def _connection(self) -> HTTPConnection:
        if not hasattr(self._own, "connection"):
            self._own.connection = HTTPConnection(self._address, timeout=30)
        connection: HTTPConnection = self._own.connection
        return connection


RATIO = Ratio(
    name="R4",
    product_is="intakes over HTTP",
    floor_is="the same rows, by SQL",
    product=requests_per_second,
    floor=rows_per_second,
    goal=0.50,
    sketch=None,
    count=3000,
    quick_count=80,
)

"""What a worker has taken from the broker and not begun when the broker goes: it lets go of it, and lives on."""

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
import redis
from kombu import Connection, Message

from notifier.runtime.queue import SEND_DUE, make_celery
from tests.drills.gate import Gate, gate_to

_HINTS = 3


@pytest.fixture
def line(redis_url: str) -> Iterator[tuple[Gate, str]]:
    """A gate to an empty broker, and the address that leads through it."""
    with redis.Redis.from_url(f"{redis_url}/0") as broker:
        broker.flushall()
    with gate_to(f"{redis_url}/0") as (gate, address):
        yield gate, address


def _holding(address: str, taken: Callable[..., None] = lambda *_: None) -> Connection:
    """A worker's connection with hints in hand, and waiting for more; `taken` gets each, with its message."""
    celery = make_celery(address, 1)
    for _ in range(_HINTS):
        celery.send_task(SEND_DUE)
    connection = celery.connection_for_read()
    connection.Consumer(queues=[celery.amqp.queues["sending"]], callbacks=[taken]).consume()
    with suppress(TimeoutError):
        while True:
            connection.drain_events(timeout=0.3)
    return connection


def test_hints_in_hand_are_not_given_back(line: tuple[Gate, str], redis_url: str) -> None:
    """The next sweep does their work; what is given back late would only be worked on twice."""
    connection = _holding(line[1])
    with redis.Redis.from_url(f"{redis_url}/0") as broker:
        assert broker.llen("sending") == 0
        connection.close()
        assert broker.llen("sending") == 0


def test_a_connection_that_broke_is_closed_without_reaching_for_the_broker(line: tuple[Gate, str]) -> None:
    """Celery closes it twice; the second time its transport is gone, and giving hints back would end the worker."""
    gate, address = line
    connection = _holding(address)
    channel = connection.default_channel
    gate.shut()
    with suppress(redis.ConnectionError):
        channel.close()
    connection.transport.client = None
    channel.close()
    assert channel.closed


def test_work_that_outlived_its_connection_has_nothing_to_acknowledge(line: tuple[Gate, str]) -> None:
    """The broker bounced while a hint was worked on: its end must not end the worker."""
    messages: list[Message] = []
    connection = _holding(line[1], lambda _body, message: messages.append(message))
    connection.close()
    assert len(messages) == _HINTS
    for message in messages:
        message.ack_log_error(None, connection.connection_errors)

"""The sandbox's phones for the console, over the sandbox that runs in this process."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256

from notifier.console.handsets import Bubble, Handset
from notifier.domain.errors import Invalid
from notifier.sandbox import HABITS, Incoming, Message, Sandbox, Wanted

_LOOKED_AT = 2000  # messages, the newest; a thread shows no more
_INBOUND = "inbound"


class SandboxHandsets:
    """What the carrier's file holds, thread by thread."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._carrier = sandbox.carrier

    def all(self) -> Sequence[Handset]:
        """Phones, the latest first."""
        threads: dict[str, list[Message]] = {}
        for message in self._carrier.store.find(Wanted(), _LOOKED_AT):
            threads.setdefault(_phone_of(message), []).append(message)
        return [_handset(phone, messages) for phone, messages in threads.items()]

    def find(self, key: str) -> Handset | None:
        """One phone."""
        return next((handset for handset in self.all() if handset.key == key), None)

    def write(self, phone: str, body: str) -> bool:
        """As its owner would, through a signed webhook."""
        return self._carrier.reply(Incoming(phone, None, body)) is not None

    def mischief(self) -> Mapping[str, float]:
        """The present one, without the seed of its dice."""
        known = asdict(self._carrier.trickster.mischief)
        return {name: value for name, value in known.items() if name != "seed"}

    def misbehave(self, wanted: Mapping[str, float]) -> None:
        """From the next call on."""
        try:
            self._carrier.trickster.change(dict(wanted))
        except ValueError:
            raise Invalid.one("mischief", "is nothing this carrier does.", "Choose from the page.") from None

    def habits(self) -> Sequence[tuple[str, str]]:
        """By the last four digits."""
        return HABITS


def _handset(phone: str, newest_first: Sequence[Message]) -> Handset:
    # Not the number itself: addresses stay in histories and logs, also of made-up senders.
    key = sha256(phone.encode()).hexdigest()[:16]
    return Handset(key, phone, [_bubble(message) for message in reversed(newest_first)])


def _bubble(message: Message) -> Bubble:
    inbound = message.direction == _INBOUND
    return Bubble(
        at=datetime.fromtimestamp(message.created, UTC),
        ours=not inbound,
        other=message.recipient if inbound else message.sender,
        body=message.body,
        status=message.status,
        error_code=message.error_code,
        segments=message.segments,
    )


def _phone_of(message: Message) -> str:
    return message.sender if message.direction == _INBOUND else message.recipient

"""A carrier in memory that keeps the port's promises, and does what a test tells it to."""

import itertools
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from notifier.carriers.port import Accepted, CarrierMessage, Explanation, Fault, Hold, Outcome, Outgoing, Unknown
from notifier.domain.errors import CarrierSilent
from notifier.domain.types import Direction, Trouble

_TROUBLES = {
    21211: Trouble.NOT_A_MOBILE,
    30003: Trouble.UNREACHABLE,
    30004: Trouble.BLOCKED,
    30005: Trouble.UNKNOWN_SUBSCRIBER,
    30006: Trouble.LANDLINE,
}

_HOLDS: dict[int | None, Hold] = {30001: Hold.TEXT, 63038: Hold.TODAY, 30002: Hold.EVERYTHING}


@dataclass(frozen=True)
class Posted:
    """A text the carrier was handed."""

    sid: str
    outgoing: Outgoing
    at: datetime


class FakeCarrier:
    """Accepts everything, but for what `script` says of the next posts.

    An Unknown in the script is a line that dropped: `kept` decides whether the text was accepted before it did.
    """

    def __init__(self) -> None:
        self.posted: list[Posted] = []
        self.got: list[CarrierMessage] = []
        self.fates: dict[str, tuple[str, int | None, datetime]] = {}
        self.script: deque[Outcome] = deque()
        self.kept = True
        self.silent = False
        self.status = "queued"  # what it lists of a text that met no other fate
        self.error_code: int | None = None
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def send(self, outgoing: Outgoing) -> Outcome:
        """One post."""
        with self._lock:
            outcome = self.script.popleft() if self.script else None
            if outcome is None or (isinstance(outcome, Unknown) and self.kept):
                posted = Posted(f"SM{next(self._numbers):032x}", outgoing, datetime.now(UTC))
                self.posted.append(posted)
                outcome = outcome or Accepted(posted.sid, "queued")
            return outcome

    def find(self, to: str, sender_id: str, since: datetime | None) -> list[CarrierMessage]:
        """What was kept between two parties."""
        self._speak()
        return [
            self._listed(posted)
            for posted in reversed(self.posted)
            if posted.outgoing.to == to
            and posted.outgoing.sender_id == sender_id
            and (since is None or posted.at >= since)
        ]

    def messages(
        self, direction: Direction, our_number: str, since: datetime, until: datetime
    ) -> Iterator[CarrierMessage]:
        """What one of our numbers sent or got, newest first."""
        self._speak()
        known = self.got if direction is Direction.IN else [self._listed(posted) for posted in self.posted]
        for message in sorted(known, key=lambda m: (m.created_at, m.sid), reverse=True):
            ours = message.to if direction is Direction.IN else message.sender_id
            if ours == our_number and message.created_at and since <= message.created_at <= until:
                yield message

    def hear(self, sid: str, phone: str, to: str, body: str, at: datetime) -> None:
        """A phone writes, and our webhook does not hear of it."""
        self.got.append(CarrierMessage(sid, to, phone, body, "received", None, at, Direction.IN, at, at))

    def report(self, sid: str, status: str, error_code: int | None = None, at: datetime | None = None) -> None:
        """A text meets its fate, and our webhook does not hear of it."""
        self.fates[sid] = (status, error_code, at or datetime.now(UTC))

    def fetch(self, sid: str) -> CarrierMessage | None:
        """One message."""
        self._speak()
        return next((self._listed(posted) for posted in self.posted if posted.sid == sid), None)

    def explain(self, code: int | None) -> Explanation:
        """Sentences as staff would read them."""
        if code in _HOLDS:
            return Explanation("The carrier could not take it now.", None, again=True, hold=_HOLDS[code])
        if code == 21610:
            return Explanation("The sender opted out.", Fault.OPTED_OUT)
        trouble = _TROUBLES.get(code or 0)
        return Explanation("The handset could not be reached.", Fault.NUMBER if code else None, trouble=trouble)

    def _speak(self) -> None:
        if self.silent:
            raise CarrierSilent("The carrier does not answer.")

    def _listed(self, posted: Posted) -> CarrierMessage:
        out = posted.outgoing
        status, error_code, at = self.fates.get(posted.sid, (self.status, self.error_code, posted.at))
        sent = CarrierMessage(posted.sid, out.to, out.sender_id, out.body, status, error_code, posted.at)
        return replace(sent, sent_at=posted.at, changed_at=at)

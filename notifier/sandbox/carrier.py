"""The carrier behind the server: accepts texts, lets each meet its fate, and passes replies on."""

import secrets
import time
from dataclasses import dataclass, replace
from functools import partial

from notifier.domain.segments import measure
from notifier.sandbox.magic import Fate, fate_of
from notifier.sandbox.mischief import Trickster
from notifier.sandbox.store import Message, Store
from notifier.sandbox.webhooks import Courier, Line, Schedule

_STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
_START_WORDS = frozenset({"START", "UNSTOP", "YES"})


@dataclass(frozen=True)
class Incoming:
    """A reply to be made: from a phone, to one of our numbers (None: the one that texted it last)."""

    phone: str
    to: str | None
    body: str
    media: int = 0
    opt_out: str | None = None


class SandboxCarrier:
    """Both directions. `delay`: seconds between two statuses of a text. `reply_number`: beside a sender's name."""

    def __init__(
        self,
        store: Store,
        account_sid: str,
        token: str,
        inbound_url: str,
        delay: float,
        reply_number: str | None = None,
    ) -> None:
        self.store = store
        self.account_sid = account_sid
        self.trickster = Trickster()
        self.schedule = Schedule()
        self._courier = Courier(store, self.schedule, token)
        self._inbound_url = inbound_url
        self._delay = delay
        self._reply_number = reply_number

    def start(self) -> None:
        """Begin, and go on with what a server that died left in the middle."""
        self.schedule.start()
        for message in self.store.unsettled():
            if message.direction == "inbound":
                self._announce(message)
            else:
                fate = fate_of(message.recipient)
                done = fate.statuses.index(message.status) + 1 if message.status in fate.statuses else 0
                self._plan(message, fate, done)

    def accept(self, sender: str, recipient: str, body: str, callback: str | None) -> Message:
        """Take a text: it is kept before the answer goes out."""
        now = time.time()
        message = Message(
            sid="SM" + secrets.token_hex(16),
            direction="outbound-api",
            sender=sender,
            recipient=recipient,
            body=body,
            status="queued",
            error_code=None,
            segments=measure(body).segments,
            media=0,
            callback=callback,
            opt_out=None,
            created=now,
            updated=now,
            settled=0,
        )
        self.store.add(message)
        self._plan(message, fate_of(recipient), 0)
        return message

    def reply(self, incoming: Incoming) -> Message | None:
        """A phone writes; None when nobody has texted it and no number is given, or when it would answer a name."""
        to = incoming.to or self.store.last_sender_to(incoming.phone)
        if to is not None and not to.startswith("+"):
            to = self._reply_number
        if to is None:
            return None
        word = incoming.body.strip().upper()
        opt_out = incoming.opt_out or ("STOP" if word in _STOP_WORDS else "START" if word in _START_WORDS else None)
        if opt_out in ("STOP", "START"):
            self.store.set_opted_out(incoming.phone, opt_out == "STOP")
        now = time.time()
        message = Message(
            sid="SM" + secrets.token_hex(16),
            direction="inbound",
            sender=incoming.phone,
            recipient=to,
            body=incoming.body,
            status="received",
            error_code=None,
            segments=measure(incoming.body).segments,
            media=incoming.media,
            callback=None,
            # Twilio says so only with Advanced Opt-Out, which has to be asked for.
            opt_out=incoming.opt_out,
            created=now,
            updated=now,
            settled=0,
        )
        self.store.add(message)
        self._announce(message)
        return message

    def _plan(self, message: Message, fate: Fate, done: int) -> None:
        """The next status; each plans the one after it, so that none overtakes another."""
        if done < len(fate.statuses):
            step = self._delay + self.trickster.mischief.delay
            self.schedule.at(step, partial(self._move, message=message, fate=fate, done=done))

    def _move(self, line: Line, message: Message, fate: Fate, done: int) -> None:
        """Status first, then the callback, so that whoever asks never learns less than whoever was told."""
        last = done + 1 == len(fate.statuses)
        moved = replace(message, status=fate.statuses[done], error_code=fate.error_code if last else None)
        if not self.store.move(moved.sid, moved.status, moved.error_code, last):
            return  # Forgotten meanwhile.
        if moved.callback is not None and not fate.silent:
            self._tell(line, moved, moved.callback)
        self._plan(moved, fate, done + 1)

    def _tell(self, line: Line, message: Message, url: str) -> None:
        if self.trickster.draw(self.trickster.mischief.lose):
            return
        form = self._status_form(message)
        times = 2 if self.trickster.draw(self.trickster.mischief.double) else 1
        for _ in range(times):
            if self.trickster.draw(self.trickster.mischief.reorder):
                later = 4 * self._delay + 0.2
                self.schedule.at(later, partial(self._courier.deliver, url=url, form=form))
            else:
                self._courier.deliver(line, url, form)

    def _status_form(self, message: Message) -> dict[str, str]:
        form = {
            "AccountSid": self.account_sid,
            "ApiVersion": "2010-04-01",
            "From": message.sender,
            "MessageSid": message.sid,
            "MessageStatus": message.status,
            "SmsSid": message.sid,
            "SmsStatus": message.status,
            "To": message.recipient,
        }
        if message.error_code is not None:
            form["ErrorCode"] = str(message.error_code)
        return form

    def _announce(self, message: Message) -> None:
        form = {
            "AccountSid": self.account_sid,
            "ApiVersion": "2010-04-01",
            "Body": message.body,
            "From": message.sender,
            "MessageSid": message.sid,
            "NumMedia": str(message.media),
            "NumSegments": str(message.segments),
            "SmsMessageSid": message.sid,
            "SmsStatus": "received",
            "To": message.recipient,
        }
        if message.opt_out:
            form["OptOutType"] = message.opt_out

        def post(line: Line) -> None:
            self._courier.deliver(line, self._inbound_url, form)
            self.store.move(message.sid, "received", None, True)

        self.schedule.at(self.trickster.mischief.delay, post)

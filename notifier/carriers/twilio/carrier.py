"""The carrier port over Twilio's SDK: one POST a text, and asking what the carrier has."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client
from urllib3.exceptions import HTTPError

from notifier.carriers.port import (
    Accepted,
    CarrierMessage,
    Explanation,
    Fault,
    Never,
    Outcome,
    Outgoing,
    Unknown,
)
from notifier.carriers.twilio.codes import Codes
from notifier.carriers.twilio.http import Transport
from notifier.carriers.twilio.outcomes import of_failure, of_refusal
from notifier.domain.errors import CarrierSilent, UnsafeText
from notifier.domain.types import Direction

_PAGE = 1000
_NOT_FOUND = 404
# No answer, or one that is not what the SDK expects.
_UNREADABLE = (HTTPError, ValueError, KeyError, TypeError, AttributeError)


@dataclass(frozen=True, repr=False)
class TwilioAccount:
    """Where and as whom to send. `base_url` None is Twilio itself.

    `status_callback`: where receipts go; the attempt's id is added as `m`. `callback_fragment`: what the address asks
    of the carrier behind `#` (it is not signed).
    """

    account_sid: str
    auth_token: str
    status_callback: str
    base_url: str | None = None
    callback_fragment: str | None = None
    timeout: timedelta = timedelta(seconds=10)
    pool_size: int = 16


class TwilioCarrier:
    """The carrier port. `guard` raises UnsafeText for a body that may not leave; it runs just before each POST.

    `codes`: what its error codes mean to us.
    """

    def __init__(self, account: TwilioAccount, guard: Callable[[str], None], codes: Codes) -> None:
        self._codes = codes
        self._account = account
        self._guard = guard
        self._http = Transport(account.base_url, account.timeout, account.pool_size)
        self._client = Client(account.account_sid, account.auth_token, http_client=self._http)

    def send(self, outgoing: Outgoing) -> Outcome:
        """Exactly one POST. No media, no link shortening, no smart encoding: the text sent is the text shown."""
        try:
            self._guard(outgoing.body)
        except UnsafeText:
            return Never("The link guard refused the text; tell whoever keeps the wording.", Fault.CONTENT)
        try:
            message = self._client.messages.create(
                to=outgoing.to,
                from_=outgoing.sender_id,
                body=outgoing.body,
                status_callback=self._callback(outgoing.attempt_id),
            )
            return _accepted(message)
        except TwilioException as refusal:
            return of_refusal(refusal, self._http.retry_after(), self._codes)
        except _UNREADABLE as failure:
            return of_failure(failure)

    def find(self, to: str, sender_id: str, since: datetime | None) -> list[CarrierMessage]:
        """All outbound messages between the two, newest first. Raises CarrierSilent."""
        when: dict[str, Any] = {}
        if since is not None:
            # The SDK writes an aware time as it stands, with a Z behind it: it must be UTC already.
            when["date_sent_after"] = since.astimezone(UTC)
        try:
            listed = self._client.messages.list(to=to, from_=sender_id, page_size=_PAGE, **when)
            return [read for message in listed if (read := _read(message)).direction is Direction.OUT]
        except (TwilioException, *_UNREADABLE) as failure:
            raise CarrierSilent(f"The carrier could not be asked ({type(failure).__name__}).") from None

    def messages(
        self, direction: Direction, our_number: str, since: datetime, until: datetime
    ) -> Iterator[CarrierMessage]:
        """Page after page, each asked for when it is needed. Raises CarrierSilent."""
        ours = {"from_": our_number} if direction is Direction.OUT else {"to": our_number}
        when = {"date_sent_after": since.astimezone(UTC), "date_sent_before": until.astimezone(UTC)}
        try:
            for message in self._client.messages.stream(page_size=_PAGE, **ours, **when):
                if (read := _read(message)).direction is direction:
                    yield read
        except (TwilioException, *_UNREADABLE) as failure:
            raise CarrierSilent(f"The carrier could not be asked ({type(failure).__name__}).") from None

    def fetch(self, sid: str) -> CarrierMessage | None:
        """One message, or None when the carrier has none. Raises CarrierSilent."""
        try:
            return _read(self._client.messages(sid).fetch())
        except TwilioRestException as refusal:
            if refusal.status == _NOT_FOUND:
                return None
            raise CarrierSilent("The carrier refused to be asked.") from None
        except (TwilioException, *_UNREADABLE) as failure:
            raise CarrierSilent(f"The carrier could not be asked ({type(failure).__name__}).") from None

    def explain(self, code: int | None) -> Explanation:
        """A sentence for staff about an error code."""
        return self._codes.explain(code)

    def close(self) -> None:
        """Close every connection."""
        self._http.close()

    def _callback(self, attempt_id: str) -> str:
        fragment = f"#{self._account.callback_fragment}" if self._account.callback_fragment else ""
        return f"{self._account.status_callback}?m={attempt_id}{fragment}"


def _accepted(message: Any) -> Outcome:
    if not isinstance(message.sid, str) or not message.sid:
        return Unknown("The carrier's answer names no message.")
    return Accepted(message.sid, str(message.status))


def _read(message: Any) -> CarrierMessage:
    """Raises ValueError for what names no message; the SDK takes any document for one, a redirect's too."""
    if not isinstance(message.sid, str) or not message.sid:
        raise ValueError("no message")
    media = str(message.num_media or "0")
    return CarrierMessage(
        sid=message.sid,
        to=message.to,
        sender_id=message.from_,
        body=(message.body or "").encode(errors="replace").decode(),  # half a character cannot be stored
        status=str(message.status),
        error_code=message.error_code,
        created_at=_instant(message.date_created),
        direction=Direction.IN if str(message.direction) == "inbound" else Direction.OUT,
        sent_at=_instant(message.date_sent),
        changed_at=_instant(message.date_updated),
        num_media=int(media) if media.isdecimal() else 0,
    )


def _instant(moment: object) -> datetime | None:
    """Aware; None where the carrier gives no date, or one that cannot be read."""
    if not isinstance(moment, datetime):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

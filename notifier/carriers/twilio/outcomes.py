"""From what the SDK raises to one of our outcomes. What is not surely unsent is unknown."""

from datetime import timedelta

from twilio.base.exceptions import TwilioException
from urllib3.exceptions import ConnectTimeoutError, HTTPError, LocationValueError
from urllib3.exceptions import TimeoutError as TimedOut

from notifier.carriers.port import Fault, Hold, Never, NotSent, Outcome, Unknown
from notifier.carriers.twilio.codes import Codes, Meaning

_TOO_MANY = 429
_ACCOUNT = (401, 403, 404)
_TIMED_OUT = 408
# Not a byte of the request can have arrived: no connection was made (refused and unresolved are kinds of the first).
_NEVER_CONNECTED = (ConnectTimeoutError, LocationValueError)


def of_refusal(refusal: TwilioException, retry_after: timedelta | None, codes: Codes) -> Outcome:
    """The carrier answered, with an error."""
    status = getattr(refusal, "status", None)
    code = getattr(refusal, "code", None)
    known = code if isinstance(code, int) and codes.meaning(code) else None
    if not isinstance(status, int) or status >= 500 or status < 400 or status == _TIMED_OUT:
        return Unknown("The carrier answered with an error of its own.", known)
    if known is not None:
        return _of_code(known, retry_after, codes)
    if status == _TOO_MANY:
        return NotSent("The carrier was asked too often at once.", None, retry_after)
    if status in _ACCOUNT:
        return NotSent("The carrier refused our account.", None, hold=Hold.EVERYTHING)
    number = code if isinstance(code, int) and code > 999 else None
    # Refused with a code nobody wrote down: it was not sent, and the same again would be refused again.
    return Never(codes.explain(number).reason, Fault.ROUTE, number)


def _of_code(code: int, retry_after: timedelta | None, codes: Codes) -> Outcome:
    meaning, explained = codes.meaning(code), codes.explain(code)
    if meaning is Meaning.UNSURE:
        return Unknown(explained.reason, code)
    if explained.fault is not None:
        return Never(explained.reason, explained.fault, code)
    return NotSent(explained.reason, code, retry_after, explained.hold)


def of_failure(failure: Exception) -> Outcome:
    """No answer, or one that cannot be read."""
    if isinstance(failure, _NEVER_CONNECTED):
        return NotSent("The carrier could not be reached.")
    if isinstance(failure, TimedOut):
        return Unknown("The carrier did not answer in time.")
    if isinstance(failure, HTTPError):
        return Unknown("The line to the carrier dropped.")
    return Unknown("The carrier's answer could not be read.")

"""The carrier's pen: signatures made by the SDK's own validator, for forms in which a name may come twice."""

from collections import defaultdict

from twilio.request_validator import RequestValidator

TOKEN = "the token of today"
TOKEN_BEFORE = "the token of yesterday"

Pairs = list[tuple[str, str]]


class _Form(dict[str, list[str]]):
    """A form in the shape the SDK reads."""

    def getall(self, name: str) -> list[str]:
        return self[name]


def sign(url: str, pairs: Pairs, token: str = TOKEN) -> str:
    """What stands in X-Twilio-Signature."""
    values: dict[str, list[str]] = defaultdict(list)
    for name, value in pairs:
        values[name].append(value)
    return str(RequestValidator(token).compute_signature(url, _Form(values)))

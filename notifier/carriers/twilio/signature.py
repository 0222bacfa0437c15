"""Whether a webhook was signed by the carrier, with the SDK's own algorithm."""

from collections.abc import Iterator, Sequence

from twilio.request_validator import RequestValidator


class _Form:
    """A form in the shape the SDK reads, with every value of a repeated name."""

    def __init__(self, params: Sequence[tuple[str, str]]) -> None:
        self._params = params

    def __iter__(self) -> Iterator[str]:
        return iter({name for name, _ in self._params})

    def __len__(self) -> int:
        return len(self._params)

    def getlist(self, name: str) -> list[str]:
        return [value for known, value in self._params if known == name]


def verify(tokens: Sequence[str], url: str, params: Sequence[tuple[str, str]], signature: str | None) -> bool:
    """Whether any of the tokens signed this form for this address (without its fragment).

    Blank values count. A missing signature is no signature; the SDK itself would raise.
    """
    if not signature or "bodySHA256" in url:
        return False
    address = url.partition("#")[0]
    form = _Form(params)
    return any(_signed(token, address, form, signature) for token in tokens)


def _signed(token: str, address: str, form: _Form, signature: str) -> bool:
    try:
        return bool(RequestValidator(token).validate(address, form, signature))
    except (ValueError, UnicodeError):
        return False

"""JSON read strictly: what two readers might understand differently is refused (RFC 8259, I-JSON of RFC 7493)."""

import json
import math
from collections import Counter
from typing import Annotated, Any

from fastapi import Depends, Request

from notifier.web.body import read_body
from notifier.web.problems import Unreadable, WrongMediaType

_BODY = "body"


async def json_object(request: Request) -> dict[str, Any]:
    """The body as an object; nothing at all counts as {}.

    Raises WrongMediaType, TooLarge, Unreadable.
    """
    raw = await read_body(request)
    if not raw:
        return {}
    _check_media_type(request)
    return parse_object(raw)


JsonObject = Annotated[dict[str, Any], Depends(json_object)]


def parse_object(raw: bytes) -> dict[str, Any]:
    """The JSON object in `raw`. Raises Unreadable and says where."""
    text = _decode(raw)
    try:
        value = _DECODER.decode(text)
        if "\\u" in text:
            # Only an escape can bring in what no UTF-8 text holds.
            _check_characters(value)
    except RecursionError:
        raise Unreadable.one(_BODY, "is nested too deeply.", "Send a flat object.") from None
    except json.JSONDecodeError as failure:
        place = f"line {failure.lineno}, column {failure.colno}"
        raise Unreadable.one(_BODY, f"is not JSON: see {place}.", "Send one JSON object and nothing else.") from None
    except ValueError:
        raise Unreadable.one(_BODY, "holds a number that is too long.", "Put long numbers in quotes.") from None
    if not isinstance(value, dict):
        raise Unreadable.one(_BODY, "is not a JSON object.", "Send one object: {...}.")
    return value


def _check_media_type(request: Request) -> None:
    media_type, *parameters = request.headers.get("content-type", "").split(";")
    if media_type.strip().lower() != "application/json":
        raise WrongMediaType("The body is not declared as JSON.")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip(" \"'").lower() not in ("utf-8", "utf8"):
            raise WrongMediaType("The body is not declared as UTF-8.")
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise WrongMediaType("The body is compressed.")


def _decode(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as failure:
        raise Unreadable.one(_BODY, f"is not UTF-8: see byte {failure.start}.", "Send it in UTF-8.") from None
    if text.startswith("\ufeff"):
        raise Unreadable.one(_BODY, "begins with a byte order mark.", "Send UTF-8 without it.")
    return text


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two values under one name, readers take the first or the last: neither is right."""
    read = dict(pairs)
    if len(read) == len(pairs):
        return read
    twice, _ = Counter(name for name, _ in pairs).most_common(1)[0]
    raise Unreadable.one(twice or _BODY, "is given twice.", "Give each field once.")


def _refuse_constant(_name: str) -> Any:
    raise Unreadable.one(_BODY, "holds NaN or Infinity, which is no JSON.", "Send a number, or null.")


def _finite(raw: str) -> float:
    value = float(raw)
    if not math.isfinite(value):
        raise Unreadable.one(_BODY, "holds a number beyond all bounds.", "Send a smaller number.")
    return value


def _check_characters(value: Any) -> None:
    """Neither a NUL, which a database refuses, nor half of a surrogate pair, which no encoding can write."""
    if isinstance(value, str):
        if any(char == "\0" or "\ud800" <= char <= "\udfff" for char in value):
            raise Unreadable.one(
                _BODY, "holds a character that cannot be stored.", "Remove \\u0000 and lone surrogates."
            )
    elif isinstance(value, list):
        for inner in value:
            _check_characters(inner)
    elif isinstance(value, dict):
        for name, inner in value.items():
            _check_characters(name)
            _check_characters(inner)


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_float=_finite)

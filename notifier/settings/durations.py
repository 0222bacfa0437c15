"""Periods as settings write them: ISO 8601 (PT72H) or seconds."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, TypeAdapter, ValidationError

FORM = "write a period as PT72H (ISO 8601), or in seconds, such as 259200"
_LONGEST = timedelta(days=366)


def read_seconds(raw: object) -> object:
    """Seconds may be written bare; everything else is left to ISO 8601."""
    if isinstance(raw, str):
        try:
            return float(raw)
        except ValueError:
            return raw.strip().upper()
    return raw


def _not_negative(period: timedelta) -> timedelta:
    if period < timedelta(0):
        raise ValueError("write a period that is not negative, such as PT90S")
    return period


def _positive(period: timedelta) -> timedelta:
    if period <= timedelta(0):
        raise ValueError("write a period that is longer than nothing, such as PT1S")
    return period


Wait = Annotated[timedelta, BeforeValidator(read_seconds), AfterValidator(_not_negative)]
Period = Annotated[timedelta, BeforeValidator(read_seconds), AfterValidator(_positive)]


def read_period(raw: object, *, nothing: bool = False) -> timedelta:
    """A period of a file; `nothing`: it may be zero. Raises ValueError: a sentence that says how to write it."""
    try:
        period: timedelta = TypeAdapter(Wait if nothing else Period).validate_python(raw, strict=False)
    except ValidationError as refusal:
        (error,) = refusal.errors(include_url=False)
        own = error["type"] == "value_error"
        raise ValueError(str(error["msg"]).removeprefix("Value error, ") if own else FORM) from None
    if isinstance(raw, bool) or period > _LONGEST:
        raise ValueError(FORM if isinstance(raw, bool) else "write a period of a year or less")
    return period

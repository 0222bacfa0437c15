"""Periods as settings write them: ISO 8601 (PT72H) or seconds."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator


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

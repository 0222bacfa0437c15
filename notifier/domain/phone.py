"""Telephone numbers as people and spreadsheets write them, judged by one question: can it get our SMS?

Only what is certain is repaired (a lost plus sign, 00852, a spreadsheet's decimal point). The plan is that of the
phonenumbers library; plans move, so staff may overrule it.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberType

from notifier.domain.phone_spelling import Illegible, spell

HOME = "HK"
_HOME_CODE = 852
_HIDDEN = "••••"
_TEXTABLE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
_LOST_PLUS_FROM = 10  # digits: shorter strings are nobody's number with its country code


class NumberKind(StrEnum):
    """What a number is to us. Only SENDABLE ones are ever texted."""

    SENDABLE = "sendable"
    LANDLINE = "landline"
    FOREIGN = "foreign"
    NOT_MOBILE = "not_mobile"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, repr=False)
class Number:
    """A number as understood. `e164` is None when UNREADABLE; `reason` is a sentence for staff, without digits."""

    raw_given: bool
    e164: str | None
    kind: NumberKind
    reason: str

    def __repr__(self) -> str:
        """Masked: this value may reach a log."""
        return f"Number({mask(self.e164) if self.e164 else None!r}, {self.kind.value!r})"


_REASONS = {
    NumberKind.SENDABLE: "It is a mobile number that can get texts.",
    NumberKind.LANDLINE: "It is a landline, which gets no texts.",
    NumberKind.FOREIGN: "It belongs to a country or region that is not texted.",
    NumberKind.NOT_MOBILE: "It is not a mobile number (a pager, a personal or a service number).",
    NumberKind.UNREADABLE: "It is not a complete telephone number: check it against the form.",
}
_NOT_IN_PLAN = "Its beginning is not that of a mobile in the number plan known here: check it against the form."


def read_number(raw: str, regions: frozenset[str] = frozenset({HOME})) -> Number:
    """What `raw` is. `regions` (ISO 3166-1, two letters) are those whose mobiles are texted. Never raises."""
    try:
        spelled = spell(raw)
    except Illegible as why:
        return Number(bool(raw.strip()), None, NumberKind.UNREADABLE, why.reason)
    readings = [number for number in map(_try_parse, _readings(spelled)) if number is not None]
    confirmed = next(filter(phonenumbers.is_valid_number, readings), None)
    if confirmed is not None:
        return _judged(confirmed, _kind(confirmed, regions))
    # Else the plainest one.
    return _outside_plan(readings[0]) if readings else _judged(None, NumberKind.UNREADABLE)


def mask(e164: str) -> str:
    """The number with its middle hidden, such as "+852 •••• 4567"; what is too short to mask is hidden whole."""
    tail = last4(e164)
    if len(re.sub(r"\D", "", e164)) < 8:
        return _HIDDEN
    try:
        return f"+{phonenumbers.parse(e164).country_code} {_HIDDEN} {tail}"
    except NumberParseException:
        return f"{_HIDDEN} {tail}"


def local_form(e164: str) -> str:
    """As people here write it: 6450 0001, and a number from elsewhere with its country."""
    number = phonenumbers.parse(e164)
    if number.country_code == _HOME_CODE:
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def last4(e164: str) -> str:
    """The last four digits."""
    return re.sub(r"\D", "", e164)[-4:]


def _readings(spelled: str) -> list[str]:
    """What a spelling may mean, the likeliest first."""
    if spelled.startswith("+00"):
        return _readings(spelled[1:])
    if spelled.startswith("00852"):
        # With Hong Kong's own prefixes the library would read this as Mexico's +52.
        return ["+" + spelled[2:]]
    if spelled.startswith("00"):
        return ["+" + spelled[2:], spelled]
    if len(spelled) >= _LOST_PLUS_FROM and not spelled.startswith("+"):
        return [spelled, "+" + spelled]
    return [spelled]


def _try_parse(spelled: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(spelled, HOME)
    except NumberParseException:
        return None


def _outside_plan(number: PhoneNumber) -> Number:
    """Eight digits that begin like a subscriber's number: the plan may have moved, so staff see the number."""
    first_digit = (number.national_number or 0) // 10_000_000
    if number.country_code == _HOME_CODE and not number.italian_leading_zero and 4 <= first_digit <= 9:
        return _judged(number, NumberKind.NOT_MOBILE, _NOT_IN_PLAN)
    return _judged(None, NumberKind.UNREADABLE)


def _kind(number: PhoneNumber, regions: frozenset[str]) -> NumberKind:
    kind = phonenumbers.number_type(number)
    region = phonenumbers.region_code_for_number(number)
    if region not in regions:
        return NumberKind.FOREIGN
    if kind in _TEXTABLE:
        return NumberKind.SENDABLE
    return NumberKind.LANDLINE if kind == PhoneNumberType.FIXED_LINE else NumberKind.NOT_MOBILE


def _judged(number: PhoneNumber | None, kind: NumberKind, reason: str | None = None) -> Number:
    e164 = None if number is None else phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return Number(True, e164, kind, reason or _REASONS[kind])

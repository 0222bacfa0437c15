"""How settings must be written where their type does not say it, and the sentence for those that are not."""

import re
from typing import Annotated

from phonenumbers import SUPPORTED_REGIONS
from pydantic import AfterValidator, BeforeValidator

from notifier.domain.errors import SettingsWrong
from notifier.domain.phone import NumberKind, read_number
from notifier.domain.quiet_hours import QuietHours

_NUMBER = re.compile(r"\+?[0-9 ()\-]+")
_SHORTEST_NUMBER = 7  # digits; what a handset offers to call
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9# ]{1,11}")


def written_as(pattern: str, example: str) -> AfterValidator:
    """Takes what the whole pattern matches, and shows `example` otherwise."""
    form = re.compile(pattern)

    def check(raw: str) -> str:
        if form.fullmatch(raw) is None:
            raise ValueError(f"write it as {example}")
        return raw

    return AfterValidator(check)


def _listed(raw: object) -> object:
    """Values separated by commas."""
    return tuple(part.strip() for part in raw.split(",") if part.strip()) if isinstance(raw, str) else raw


def _published(number: str) -> str:
    """The link guard lets this number through, so it must be one, and only one."""
    known = read_number(number).kind is not NumberKind.UNREADABLE
    long = len(re.sub(r"\D", "", number)) >= _SHORTEST_NUMBER
    if _NUMBER.fullmatch(number) is None or not (known or long):
        raise ValueError("write one telephone number that people can call, such as 2921 2222")
    return number


def _known_regions(regions: tuple[str, ...]) -> tuple[str, ...]:
    upper = tuple(region.upper() for region in regions)
    if not upper or not SUPPORTED_REGIONS.issuperset(upper):
        raise ValueError("write regions by their two letters (ISO 3166-1), separated by commas, such as HK,MO")
    return upper


def _from_whom(senders: tuple[str, ...]) -> tuple[str, ...]:
    if not senders or not all(_E164.fullmatch(sender) or _NAME.fullmatch(sender) for sender in senders):
        raise ValueError(
            "write each number in full with its plus sign, such as +85264500001, or a registered name of at most 11 "
            "letters, digits, # and spaces, such as #HKPost; commas between them"
        )
    return senders


def _readable_hours(raw: str) -> str:
    """Told with everything else that is wrong, and with the variable's name."""
    try:
        QuietHours.parse(raw)
    except SettingsWrong as wrong:
        raise ValueError(str(wrong)) from None
    return raw


Hours = Annotated[str, AfterValidator(_readable_hours)]
Published = Annotated[str, AfterValidator(_published)]
Regions = Annotated[tuple[str, ...], BeforeValidator(_listed), AfterValidator(_known_regions)]
Senders = Annotated[tuple[str, ...], BeforeValidator(_listed), AfterValidator(_from_whom)]

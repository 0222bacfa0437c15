"""A time in local words, with its weekday: people read "6pm Thu 26 Nov", not a timestamp."""

from datetime import datetime

from notifier.domain.quiet_hours import HONG_KONG
from notifier.domain.types import Language

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_CHINESE_DAYS = "一二三四五六日"


def local_words(at: datetime, language: Language) -> str:
    """The instant in Hong Kong time, minutes only where there are any."""
    local = at.astimezone(HONG_KONG)
    return _english(local) if language is Language.EN else _chinese(local, language)


def _english(local: datetime) -> str:
    minutes = f":{local.minute:02}" if local.minute else ""
    half = "am" if local.hour < 12 else "pm"
    return f"{local.hour % 12 or 12}{minutes}{half} {_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]}"


def _chinese(local: datetime, language: Language) -> str:
    hant = language is Language.ZH_HANT
    clock = "時" if hant else "时"
    minutes = f"{local.minute}分" if local.minute else ""
    # Noon and midnight have words of their own: "12 o'clock in the afternoon" is misread.
    if local.hour in (0, 12):
        half = ("凌晨" if local.hour == 0 else "中午") + "12"
    else:
        half = ("上午" if local.hour < 12 else "下午") + str(local.hour % 12)
    return f"{local.month}月{local.day}日（{_CHINESE_DAYS[local.weekday()]}）{half}{clock}{minutes}"

"""Hours in which no question or reminder goes out: the operator's choice, in Hong Kong time.

No rule of Hong Kong asks for them where a service message is concerned; people do.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from notifier.domain.errors import SettingsWrong

HONG_KONG = ZoneInfo("Asia/Hong_Kong")
_FORM = "Write it as 21:00-09:00, or off."


@dataclass(frozen=True)
class QuietHours:
    """From `start` until just before `end`, local time; over midnight when `end` comes first."""

    start: time
    end: time

    @classmethod
    def parse(cls, raw: str) -> "QuietHours | None":
        """Read "21:00-09:00"; "off" is None. Raises SettingsWrong."""
        if raw.strip().lower() == "off":
            return None
        try:
            start, end = (time.fromisoformat(part.strip()) for part in raw.split("-"))
        except ValueError:
            raise SettingsWrong(f"Quiet hours cannot be read. {_FORM}") from None
        if start == end or start.tzinfo or end.tzinfo:
            raise SettingsWrong(f"Quiet hours must have two different local times. {_FORM}")
        return cls(start, end)

    def contains(self, at: datetime) -> bool:
        """Whether the instant falls into them."""
        local = at.astimezone(HONG_KONG).time()
        if self.start < self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end

    def next_end(self, at: datetime) -> datetime:
        """`at` itself when it is outside, else the end of the quiet hours it falls into, in UTC."""
        if not self.contains(at):
            return at
        local = at.astimezone(HONG_KONG)
        end = datetime.combine(local.date(), self.end, HONG_KONG)
        return (end if end > local else end + timedelta(days=1)).astimezone(UTC)

"""What the server does wrong on demand: a carrier that loses, doubles, delays, reorders and hangs up."""

import random
import threading
from dataclasses import asdict, dataclass, fields, replace
from typing import Any


@dataclass(frozen=True)
class Mischief:
    """Shares are chances from 0 to 1 for each callback or POST; `delay` and `slow` are seconds."""

    lose: float = 0.0
    double: float = 0.0
    reorder: float = 0.0
    delay: float = 0.0
    drop_after_accept: float = 0.0
    error_429: float = 0.0
    error_500: float = 0.0
    slow: float = 0.0
    seed: int | None = None


class Trickster:
    """Draws by the present mischief; a seed makes the draws repeatable."""

    def __init__(self) -> None:
        self.mischief = Mischief()
        self._lock = threading.Lock()
        self._random = random.Random()  # noqa: S311  # dice, not secrets

    def change(self, wanted: dict[str, Any]) -> Mischief:
        """Set some of it, keep the rest. Raises ValueError naming what cannot be set."""
        known = {field.name for field in fields(Mischief)}
        for name, value in wanted.items():
            if name not in known:
                raise ValueError(f"{name} is no mischief: use {', '.join(sorted(known))}")
            if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or value < 0):
                raise ValueError(f"{name} must be a number from 0 on")
        with self._lock:
            self.mischief = replace(self.mischief, **wanted)
            if wanted.get("seed") is not None:
                self._random = random.Random(wanted["seed"])  # noqa: S311  # dice, not secrets
            return self.mischief

    def reset(self) -> None:
        """Behave."""
        self.mischief = Mischief()

    def draw(self, share: float) -> bool:
        """Whether it happens this time."""
        if not share:
            return False
        with self._lock:
            return self._random.random() < share

    def as_json(self) -> dict[str, Any]:
        """For the control route."""
        return asdict(self.mischief)

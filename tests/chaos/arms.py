"""Kill points: a file arms one, and the first process that comes by takes the file and does what it says.

arms = Arms(folder)
arms.arm("claimed", "kill")        # or "kill 0.1", so many seconds later; or "wait 1.0"
arms.taken("claimed")              # whether a process came by
"""

import os
import signal
import threading
import time
from pathlib import Path


class Arms:
    """One folder of kill points, shared by who arms them and who passes them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(exist_ok=True)

    def arm(self, point: str, deed: str = "kill") -> None:
        """Arm it, whole or not at all."""
        self._taken(point).unlink(missing_ok=True)
        half = self._folder / f"{point}.half"
        half.write_text(deed)
        half.rename(self._folder / point)

    def clear(self) -> None:
        """Disarm what nobody passed."""
        for path in self._folder.iterdir():
            path.unlink(missing_ok=True)

    def taken(self, point: str) -> bool:
        """Whether a process passed it since it was armed."""
        return self._taken(point).exists()

    def passed(self, point: str) -> None:
        """A process comes by: nothing happens unless the point is armed, and then to this process alone."""
        taken = self._taken(point)
        try:
            (self._folder / point).rename(taken)
        except FileNotFoundError:
            return
        deed, _, seconds = taken.read_text().partition(" ")
        if deed == "wait":
            time.sleep(float(seconds))
        elif seconds:
            threading.Timer(float(seconds), _die).start()
        else:
            _die()

    def note(self, what: str) -> None:
        """A process tells that something happened."""
        with (self._folder / f"{what}.noted").open("a") as noted:
            noted.write("x")

    def noted(self, what: str) -> int:
        """How often it happened since the arms were last cleared."""
        path = self._folder / f"{what}.noted"
        return path.stat().st_size if path.exists() else 0

    def poison(self, phone: str) -> None:
        """From now on, whoever takes up a text to this phone dies of it."""
        (self._folder / "poison.deaths").unlink(missing_ok=True)
        (self._folder / "poison").write_text(phone)

    def antidote(self) -> None:
        """Nobody dies of it any more."""
        (self._folder / "poison").unlink(missing_ok=True)

    def swallow(self, phones: set[str]) -> None:
        """A process takes up texts to these phones."""
        try:
            poisonous = (self._folder / "poison").read_text()
        except FileNotFoundError:
            return
        if poisonous in phones:
            with (self._folder / "poison.deaths").open("a") as deaths:
                deaths.write("x")
            _die()

    def deaths(self) -> int:
        """How many died of the poison."""
        path = self._folder / "poison.deaths"
        return path.stat().st_size if path.exists() else 0

    def _taken(self, point: str) -> Path:
        return self._folder / f"{point}.taken"


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)

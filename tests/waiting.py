"""Waiting for something that happens elsewhere: asked again and again until a deadline, never slept for."""

import time
from collections.abc import Callable
from typing import TypeVar

_PAUSE = 0.02
Found = TypeVar("Found")


def eventually(probe: Callable[[], Found], *, within: float = 10, what: str = "It", pause: float = _PAUSE) -> Found:
    """The first truthy value of `probe`; fails the test when there is none within so many seconds.

    `pause`: seconds between two probes; longer for one that costs something.
    """
    deadline = time.monotonic() + within
    while not (found := probe()):
        assert time.monotonic() < deadline, f"{what} did not happen within {within:g} seconds; last seen: {found!r}."
        time.sleep(pause)
    return found


def throughout(probe: Callable[[], object], *, seconds: float, what: str = "It") -> None:
    """Fails the test as soon as `probe` is not truthy, asked again and again for so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert probe(), f"{what} did not last for {seconds:g} seconds."
        time.sleep(_PAUSE)

"""Due times: replies in their very moment, many sweeps at once, days in which nothing ran, and a clock that jumps."""

import time
from datetime import timedelta

from tests.chaos.journal import now
from tests.chaos.scene import Scene
from tests.waiting import eventually

_SWEEPS = 50
_THREE_DAYS = timedelta(days=3, hours=1)
_STANDS = 6.0  # seconds: a sweep that did not come for five was not running, and what was wound meanwhile is a gap
_DECIDED = 30  # seconds within which reply and closing have both been worked on


def reply_at_due_time(scene: Scene) -> None:
    """The reply and the closing meet: whichever comes first, the other is no surprise, and both are known."""
    waiting = sorted(scene.waiting_phones(3), key=lambda one: one[2])
    for _, phone, close_at in waiting:
        wall = close_at - scene.timeline.offset()
        time.sleep(max(0.0, (wall - now()).total_seconds() + scene.dice.uniform(-0.001, 0.001)))
        scene.fleet.hint_sweep()
        scene.senders.write(phone, "Two cotton shirts, a gift")
    for reference, _, _ in waiting:
        eventually(lambda of=reference: "reply_answered" in scene.events_of(of), within=_DECIDED, what="The reply")
        events = [event for event in scene.events_of(reference) if event in ("reply_answered", "window_closed")]
        assert events in (["reply_answered"], ["window_closed", "reply_answered"]), events
        scene.count("23", "replies first" if len(events) == 1 else "closings first")


def many_sweeps(scene: Scene) -> None:
    """Fifty sweeps at once, while windows close: each due time fires once."""
    close_at = min(close_at for _, _, close_at in scene.waiting_phones(3))
    time.sleep(max(0.0, (close_at - scene.timeline.offset() - now()).total_seconds()))
    for _ in range(_SWEEPS):
        scene.fleet.hint_sweep()
    scene.until_texted(1)


def three_days(scene: Scene) -> None:
    """Nothing runs while replies reach the carrier and every window expires: who replied is not called."""
    fleet = scene.fleet
    replied = scene.waiting_phones(2)
    with scene.everything_stands():
        stood_from = time.monotonic()
        fleet.kill(*(name for name in fleet.names if fleet.alive(name)))
        fleet.valkey.kill()
        written = [
            reference
            for reference, phone, close_at in replied
            if close_at - scene.timeline.offset() > now() and scene.senders.write(phone, "Two cotton shirts, a gift")
        ]
        scene.count("27", "replies while nothing ran", len(written))
        scene.wind(_THREE_DAYS)
        time.sleep(max(0.0, stood_from + _STANDS - time.monotonic()))
        fleet.valkey.start()
        fleet.revive()
    for reference in written:
        eventually(lambda of=reference: "reply_answered" in scene.events_of(of), within=60, what="The reply", pause=0.1)
        assert "window_closed" not in scene.events_of(reference), f"{reference} was closed although its sender replied."


def an_hour(scene: Scene) -> None:
    """Business time jumps over every reminder and closing while all runs."""
    scene.wind(timedelta(hours=1))
    scene.until_texted(1)

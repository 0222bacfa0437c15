"""How late due times fire, outside outages: the figures of a run, and what a busy machine is no excuse for."""

from collections.abc import Iterator
from datetime import timedelta

from tests.chaos.facts import Facts
from tests.chaos.invariants import askings

# Half of all due times fire within tick, lease and a little; a sweep that comes by only now and then does not.
_USUAL = timedelta(seconds=5)


def delays(facts: Facts) -> list[timedelta]:
    """Of every reminder and closing that fired, in the order of their length."""
    rounds = {(asked.query_id, asked.number): asked for asked in facts.rounds}
    late: list[timedelta] = []
    for query_id, number, entries in askings(facts.history):
        asked = rounds.get((query_id, number))
        for entry in entries:
            due = {"reminder_queued": asked and asked.remind_at, "window_closed": asked and asked.close_at}
            if entry.effect != "late" and (when := due.get(entry.event)) is not None:
                late.append(facts.timeline.delay(when, entry.at))
    return sorted(late)


def share(late: list[timedelta], part: float) -> timedelta:
    """What such a part of them is not later than."""
    return late[min(int(part * len(late)), len(late) - 1)] if late else timedelta(0)


def unpunctual(late: list[timedelta]) -> Iterator[str]:
    """A single one may meet a machine that is busy; half of them may not."""
    if (usual := share(late, 0.5)) > _USUAL:
        yield f"Half of all due times fired more than {usual.total_seconds():.1f} s late."


def figures(facts: Facts) -> dict[str, str]:
    """For the summary; how much of the time was an outage, too, since what is late then is excused."""
    late = delays(facts)
    told = {"half of the due times": 0.5, "nine of ten": 0.9, "latest due time": 1.0}
    began = min((entry.at for entry in facts.history), default=facts.now)
    whole = facts.now - facts.timeline.wall_of(began)
    away = whole - facts.timeline.working(facts.timeline.wall_of(began), facts.now)
    lines = {name: f"{share(late, part).total_seconds():.1f} s" for name, part in told.items()}
    return lines | {"of all time in outages": f"{away / whole:.0%}" if whole else "0%"}

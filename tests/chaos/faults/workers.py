"""Workers that die with a text in their hands, or with a due time."""

from tests.chaos.fleet import TRIES
from tests.chaos.scene import Scene
from tests.waiting import eventually

_QUARANTINE = 90  # seconds for so many deaths, with a lease and a start each


def claimed(scene: Scene) -> None:
    """Surely not posted: queued again when the lease is over."""
    _die_at(scene, "claimed")


def in_flight(scene: Scene) -> None:
    """Nobody knows: the receipt settles it, or the carrier is asked."""
    with scene.carrier_does(slow=0.4):
        scene.fleet.arms.arm("in_flight", "kill 0.1")
        scene.fleet.await_death("in_flight")


def after_201(scene: Scene) -> None:
    """The answer was lost with the worker; the receipt's own id links it."""
    _die_at(scene, "after_201")


def result_stored(scene: Scene) -> None:
    """What is recorded is not done again."""
    _die_at(scene, "result_stored")


def sweeping(scene: Scene) -> None:
    """The due time stays as due as it was: the next sweep fires it."""
    _die_at(scene, "in_sweep")


def _die_at(scene: Scene, point: str) -> None:
    scene.fleet.arms.arm(point)
    scene.fleet.await_death(point)


def poisoned(scene: Scene) -> None:
    """A text whose every worker dies is set aside for people after so many tries; other texts flow past it.

    They die faster than they start, so that for seconds none may be alive: an outage.
    """
    fleet, mobile = scene.fleet, scene.memory.new_referral()["sender_mobile"]
    scene.memory.saved_for_later.add(mobile)
    before = _failed_texts(scene)
    fleet.arms.poison(mobile)
    told = scene.client.ask(sender_mobile=mobile)
    scene.memory.poisoned.add(told["reference"])
    scene.give_time(told["id"])
    with scene.everything_stands():
        try:
            eventually(
                lambda: _revived_until_failed(scene, told["id"]), within=_QUARANTINE, what="Quarantine", pause=0.1
            )
        finally:
            fleet.arms.antidote()
    assert fleet.arms.deaths() <= TRIES, f"{fleet.arms.deaths()} workers died of one text"
    assert _failed_texts(scene) - before == {told["id"]}, "Others were set aside with the text that killed its workers."


def _revived_until_failed(scene: Scene, query_id: str) -> bool:
    scene.fleet.revive()
    return query_id in _failed_texts(scene)


def _failed_texts(scene: Scene) -> set[str]:
    """Queries of texts that were given up for having had too many tries."""
    with scene.fleet.database() as rows:
        found = rows.execute("SELECT query_id FROM texts WHERE state = 'failed' AND reason LIKE 'Nobody learned in%'")
    return {str(query_id) for (query_id,) in found}

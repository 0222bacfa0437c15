"""kill -9 of everything that runs, at random moments while texts are going out; then a restart in the same place.

NOTIFIER_TEST_SEED=… repeats a run's moments.
"""

from pathlib import Path

import pytest

from tests.drills.customs import Feeder, judge, referrals, wait_until_handed_over, write_csv
from tests.drills.moments import moments
from tests.drills.processes import Running
from tests.drills.sandbox_carrier import HASTE, installation_with_carrier, start_everything

_SLOW = 0.02  # seconds the carrier thinks about a text, so that some are on the line at every moment


@pytest.mark.timeout(300)  # on a machine that is busy with other tests
def test_whatever_is_killed_whenever_everybody_is_texted_exactly_once(stack: tuple[str, str], tmp_path: Path) -> None:
    """Half of the queries come by API while it is killed, half from a file whose import is killed as well."""
    alone = stack[1].startswith("memory")
    number, kills = (500, 10) if alone else (200, 5)
    # A worker that is the only one ends its predecessor's leases when it starts: they may be as long as they like.
    settings = HASTE | ({"SENDING__LEASE": "PT10M"} if alone else {})
    rows = referrals(number)
    file = write_csv(tmp_path / "referrals.csv", rows[: number // 2])
    with installation_with_carrier(tmp_path, stack, settings) as (notifier, carrier):
        carrier.behave(slow=_SLOW)
        api = notifier.api()
        with Feeder(api, rows[number // 2 :]) as feeder:
            importing = notifier.start("notifier", "import", str(file))
            for moment in moments(kills):
                running = start_everything(notifier)
                carrier.await_moment(moment)
                _kill([*running, importing])
                assert carrier.accepted() < number, "Everything had left before the last kill."
                if importing.process.returncode != 0:
                    importing = notifier.start("notifier", "import", str(file))
            start_everything(notifier)
            feeder.wait()
            assert notifier.run("import", str(file)).returncode == 0
            wait_until_handed_over(api, number)
        assert judge(api, carrier, rows, feeder) > number, "No kill came between a claim and its record."


def _kill(running: list[Running]) -> None:
    """All at once, as when the machine goes."""
    for one in running:
        one.kill()

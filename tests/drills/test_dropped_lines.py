"""A carrier that takes a text and drops the line before it can say so: each question still goes out exactly once."""

from pathlib import Path

import pytest

from tests.drills.customs import Feeder, judge, referrals, text_states, wait_until_handed_over
from tests.drills.moments import moments, seed
from tests.drills.processes import WORKER, Api
from tests.drills.sandbox_carrier import HASTE, installation_with_carrier, start_everything
from tests.waiting import eventually

# A lease that a busy machine outlives would make tries of its own.
_NOBODY_DIES = HASTE | {"SENDING__LEASE": "60"}


def test_a_receipt_settles_what_a_dropped_line_left_open(sqlite_url: str, tmp_path: Path) -> None:
    """In the first round of 300 queries, and in the second one of forty: one text a query and round."""
    rows = referrals(300)
    with installation_with_carrier(tmp_path, (sqlite_url, "memory://"), _NOBODY_DIES) as (notifier, carrier):
        carrier.behave(drop_after_accept=0.1, seed=seed())
        notifier.up()
        api = notifier.api()
        with Feeder(api, rows) as feeder:
            feeder.wait()
            wait_until_handed_over(api, len(rows))
        assert judge(api, carrier, rows, feeder) == len(rows), "A text was tried again that had arrived."
        again = {told["id"]: told["code"] for told in list(feeder.answered.values())[:40]}
        for query_id in again:
            assert api.http.post(f"/api/v1/queries/{query_id}/ask-again", json={}).status_code == 200
        wait_until_handed_over(api, len(rows) + len(again))
        bodies = [text["body"] for text in carrier.texts()]
        assert len(bodies) == len(rows) + len(again)
        for code in again.values():
            assert len([body for body in bodies if f"{code}-2" in body]) == 1


def test_without_receipts_the_carrier_is_asked_and_until_then_staff_see_it(sqlite_url: str, tmp_path: Path) -> None:
    rows = referrals(150)
    with installation_with_carrier(tmp_path, (sqlite_url, "memory://"), _NOBODY_DIES) as (notifier, carrier):
        carrier.behave(drop_after_accept=0.1, lose=1, seed=seed())
        notifier.up()
        api = notifier.api()
        with Feeder(api, rows) as feeder:
            eventually(lambda: text_states(api)["unknown"], within=30, what="Seeing unknown texts in the figures")
            eventually(lambda: _in_doubt(api, feeder), within=30, what="Seeing one in its query")
            feeder.wait()
            wait_until_handed_over(api, len(rows))
        assert judge(api, carrier, rows, feeder) == len(rows), "A text was tried again that had arrived."


@pytest.mark.timeout(300)  # on a machine that is busy with other tests
def test_dropped_lines_errors_and_killed_workers_together(
    postgres_database_url: str, redis_url: str, tmp_path: Path
) -> None:
    """Now and then the carrier also fails before it took the text: then it is sent again, and still only once."""
    rows = referrals(150)
    stack = (postgres_database_url, f"{redis_url}/0")
    with installation_with_carrier(tmp_path, stack, HASTE) as (notifier, carrier):
        carrier.behave(drop_after_accept=0.1, error_500=0.05, slow=0.02, seed=seed())
        _, worker, _ = start_everything(notifier)
        with Feeder(notifier.api(), rows) as feeder:
            for moment in moments(3):
                carrier.await_moment(moment)
                worker.kill()
                worker = notifier.start(*WORKER)
            feeder.wait()
        api = notifier.api()
        wait_until_handed_over(api, len(rows))
        assert judge(api, carrier, rows, feeder) > len(rows)


def _in_doubt(api: Api, feeder: Feeder) -> bool:
    """Whether some query shows that nobody knows whether its text has left."""
    queries = [api.see(told["id"]) for told in list(feeder.answered.values())]
    return any(text["state"] == "unknown" for query in queries for text in query["texts"])

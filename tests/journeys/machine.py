"""A machine that does anything to a small world, in any order, and looks at everything after each step."""

from dataclasses import replace
from datetime import time, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant

from notifier.audit.auditing import audit
from notifier.domain.lifecycle import State
from notifier.domain.quiet_hours import QuietHours
from notifier.domain.working_time import Shift, WorkingHours
from notifier.storage.models.texts import TextState
from tests.journeys.machine_ground import HOUR
from tests.journeys.machine_inside import People, Time
from tests.journeys.machine_outside import Senders

NIGHT = QuietHours(time(21), time(9))
OFFICE = WorkingHours(dict.fromkeys(range(7), (Shift(9 * HOUR, 13 * HOUR), Shift(14 * HOUR, 18 * HOUR))))


class Machine(Senders, People, Time):
    """Everybody at once."""

    @initialize(quiet=st.booleans(), hours=st.sampled_from([None, OFFICE]), most=st.sampled_from([3, 1]))
    def a_morning(self, quiet: bool, hours: WorkingHours | None, most: int) -> None:
        """At ten in Hong Kong: every run meets the same nights."""
        self.until_ten()
        ctx = self.world.ctx
        window = replace(ctx.window, quiet_hours=NIGHT if quiet else None)
        numbers = replace(ctx.numbers, queries_by_text=most)
        self.world.ctx = replace(ctx, window=window, hours=hours, numbers=numbers)

    @invariant()
    def every_promise_holds(self) -> None:
        self.look()

    def teardown(self) -> None:
        """In the end nothing hangs: every text has a fate, and every query is closed, or on somebody's list."""
        try:
            if self.whole:
                self._calm_down()
                self._nothing_hangs()
                self._the_auditor_is_silent()
        finally:
            self.world.ctx.database.dispose()

    def _calm_down(self) -> None:
        """Everybody answers again; a day of sending, and then more time than any window has."""
        self.script([], True)
        self.carrier.silent = False
        self.leases_run_out(dead=True)
        self.resume()
        for wait in (80 * HOUR, timedelta(0)):
            self.until_ten()
            self.world.send()
            self.look()
            self.world.wind(wait)
            self.the_sweep_fires_everything_that_is_due()
            self.look()

    def _nothing_hangs(self) -> None:
        rows = self.ledger.rows
        assert not self.has(TextState.QUEUED, TextState.CLAIMED, TextState.POSTING, TextState.UNKNOWN)
        listed = {handoff.query_id for handoff in rows.on_lists()}
        for query in rows.queries.values():
            assert query.state not in (State.RECEIVED, State.AWAITING_REPLY)
            assert query.state is State.CLOSED or query.id in listed

    def _the_auditor_is_silent(self) -> None:
        """Whatever happened, in whatever order: what nobody did wrong is not found. What is set aside stays found."""
        with self.world.ctx.database.read() as session:
            found = [one.words for one in audit(session, self.world.ctx) if not one.silent and one.kind != "quarantine"]
        assert found == []

"""The play: queries come in, phones and people act, the clock is wound, and everybody waits until all is quiet."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

from notifier.cli.demo.acting import act
from notifier.cli.demo.desk import Desk
from notifier.cli.demo.house import House
from notifier.cli.demo.intake import await_first_tries, by_api, by_file, find, set_mood
from notifier.cli.demo.parts import Part
from notifier.cli.demo.quiet import await_quiet
from notifier.cli.demo.screen import Phase, Screen
from notifier.cli.demo.steps import Step
from notifier.cli.demo.stories import Carrier, Comes, Door, Story
from notifier.cli.demo.trouble import Trouble

CLOCK = "/api/v1/sandbox/clock"
_CLIENTS = 6  # clients at a time
# The windows open within a minute or two of each other: the quarters of an hour leave room for that.
_LATER: tuple[tuple[str, str, str | None], ...] = (
    ("A quarter of an hour later", "PT15M", None),
    ("Half a day later", "PT13H", None),
    ("After two days: reminders", "PT36H", "after_two_days"),
    ("After three days: the hotline", "PT25H", "after_three_days"),
)


class Player:
    """Plays stories against one server. `close` lets go of its threads."""

    def __init__(self, house: House, desk: Desk, screen: Screen) -> None:
        self._house = house
        self._desk = desk
        self._screen = screen
        self._pool = ThreadPoolExecutor(_CLIENTS, thread_name_prefix="client")

    def close(self) -> None:
        """What has not begun is not begun any more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def play(self, stories: Sequence[Story]) -> list[Part]:
        """From the first query to three days later. Raises Trouble when the play cannot go on."""
        started = datetime.fromisoformat(self._desk.get(CLOCK)["now"])
        parts = [Part(story, deadline_at=_deadline(started, story)) for story in stories]
        for comes in Comes:
            there = [part for part in parts if part.story.comes is comes]
            self._take_in(comes, there)
            self._let_happen(f"Replies, and what people decide ({comes})", there, "at_once")
        for title, period, moment in _LATER:
            with self._screen.phase(title, 1) as phase:
                self._desk.post(CLOCK, {"advance": period})
                phase.step()
                await_quiet(self._desk, phase.say)
            if moment is not None:
                self._let_happen(f"{title.partition(':')[0]}: who writes, what people decide", parts, moment)
        return parts

    def _take_in(self, comes: Comes, parts: list[Part]) -> None:
        for mood in Carrier:
            asked = [part for part in parts if part.story.carrier is mood]
            if asked:
                how = "" if mood is Carrier.WELL else f", the carrier {mood}"
                with self._screen.phase(f"Customs asks ({comes}{how})", len(asked)) as phase:
                    self._ask(mood, asked, phase)

    def _ask(self, mood: Carrier, parts: list[Part], phase: Phase) -> None:
        set_mood(self._desk, mood)
        filed = [part for part in parts if part.story.door is Door.FILE]
        by_file(self._house, filed)
        self._all(partial(find, self._desk), filed, phase)
        self._all(partial(by_api, self._desk), [part for part in parts if part not in filed], phase)
        await_first_tries(self._desk, mood, parts)
        if mood is not Carrier.DOUBLES:  # receipts are doubled when they are made, which is yet to come
            set_mood(self._desk, Carrier.WELL)
        await_quiet(self._desk, phase.say)
        set_mood(self._desk, Carrier.WELL)

    def _let_happen(self, title: str, parts: list[Part], moment: str) -> None:
        """Step by step: the second steps begin when all that follows from the first ones has happened."""
        steps = {part.story.reference: part.story.moments[moment] for part in parts if part.taken}
        if not any(steps.values()):
            return
        with self._screen.phase(title, sum(map(len, steps.values()))) as phase:
            for place in range(max(map(len, steps.values()))):
                acting = [part for part in parts if len(steps.get(part.story.reference, ())) > place]
                self._all(partial(self._act, steps, place), acting, phase)
                await_quiet(self._desk, phase.say)

    def _act(self, steps: Mapping[str, tuple[Step, ...]], place: int, part: Part) -> None:
        act(self._desk, part, steps[part.story.reference][place])

    def _all(self, do: Callable[[Part], None], parts: Iterable[Part], phase: Phase) -> None:
        """Many clients at a time. What goes wrong with one story is kept, and does not stop the others."""

        def try_one(part: Part) -> None:
            try:
                do(part)
            except Trouble as trouble:
                part.troubles.append(str(trouble))

        for _ in self._pool.map(try_one, parts):
            phase.step()


def _deadline(started: datetime, story: Story) -> str | None:
    hours = story.deadline_in_hours
    return None if hours is None else (started + timedelta(hours=hours)).isoformat()

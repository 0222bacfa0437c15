"""The command: read the stories, open a house, play, judge, and say how it went."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from notifier.cli.demo.desk import Desk
from notifier.cli.demo.house import open_house
from notifier.cli.demo.judge import Verdict, judge
from notifier.cli.demo.player import Player
from notifier.cli.demo.screen import Screen
from notifier.cli.demo.stories import Story, read_stories
from notifier.cli.demo.trouble import Trouble
from notifier.domain.errors import Invalid, SettingsWrong
from notifier.settings.load import load_only
from notifier.settings.paths import config_dir

AS_EXPECTED, NOT_AS_EXPECTED, UNPLAYABLE, INTERRUPTED = 0, 1, 2, 130


def shipped() -> Path:
    """The file of stories that comes with the product."""
    return config_dir(load_only("NOTIFIER_CONFIG_DIR").config_dir) / "demo" / "stories.csv"


def run_demo(file: Path | None = None) -> int:
    """Play a file of stories, the shipped one if none is named.

    The exit code: 0 all ended as expected, 1 some did not, 2 it could not be played, 130 stopped by hand.
    Raises SettingsWrong in the production profile: the demo makes queries up.
    """
    if os.environ.get("NOTIFIER_PROFILE", "").strip().lower() == "production":
        raise SettingsWrong("NOTIFIER_PROFILE: the demo makes queries up, and does not play in the production profile.")
    screen = Screen()
    try:
        stories = read_stories(file or shipped())
        with _ended_like_by_hand():
            return _play(screen, stories)
    except Invalid as refusal:
        screen.tell("The stories cannot be played:")
        for problem in refusal.problems:
            screen.tell(f"{problem.field}: {problem.message} {problem.mend}")
    except OSError as failure:
        screen.tell(f"{failure.filename or file}: {failure.strerror or 'cannot be used'}.")
    except Trouble as trouble:
        screen.tell(f"The play stopped. {trouble}")
    except KeyboardInterrupt:
        screen.tell("Stopped by hand; the server and its data are gone.")
        return INTERRUPTED
    return UNPLAYABLE


def _play(screen: Screen, stories: list[Story]) -> int:
    began = time.monotonic()
    with screen:
        verdicts, besides = _perform(screen, stories)
    screen.show(verdicts, besides)
    right = sum(not verdict.differences for verdict in verdicts)
    screen.tell(f"{right} of {len(verdicts)} queries ended as expected, in {time.monotonic() - began:.0f} seconds.")
    return AS_EXPECTED if right == len(verdicts) and not besides else NOT_AS_EXPECTED


def _perform(screen: Screen, stories: list[Story]) -> tuple[list[Verdict], list[str]]:
    with ExitStack() as stack:
        with screen.phase("A server and a key of its own", 2) as phase:
            house = stack.enter_context(open_house())
            phase.step()
            key = house.command("keys", "create", "--role", "liaison", "--name", "demo").split()[-1]
            phase.step()
        desk = Desk(house.address, key)
        player = stack.enter_context(closing(Player(house, desk, screen)))
        parts = player.play(stories)
        with screen.phase("Judging each end", len(parts)) as phase:
            found = judge(desk, parts)
            phase.step(len(parts))
        return found


@contextmanager
def _ended_like_by_hand() -> Iterator[None]:
    """A signal to end must not leave the server behind, so it is taken like Ctrl-C; what is ignored stays ignored."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    taken = {number: handler for number, handler in before.items() if handler != signal.SIG_IGN}
    for number in taken:
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in taken.items():
            signal.signal(number, handler)

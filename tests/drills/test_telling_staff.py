"""Staff and a watcher outside are told by the processes as they are really run, through apprise, on both stacks."""

from pathlib import Path

from tests.drills.sandbox_carrier import installation_with_carrier, start_everything
from tests.receivers import receiver
from tests.waiting import eventually


def test_a_new_handoff_is_told_and_the_scheduler_shows_that_it_lives(stack: tuple[str, str], tmp_path: Path) -> None:
    with receiver() as desk, receiver() as watcher:
        settings = {
            "ALARMS__URLS": desk.address,
            "ALARMS__EVERY": "PT1S",
            "ALARMS__OFF_HOURS": "off",
            "HEARTBEAT__URL": watcher.url,
        }
        with installation_with_carrier(tmp_path, stack, settings) as (notifier, _):
            start_everything(notifier)
            api = notifier.api()
            eventually(lambda: watcher.told, within=40, what="The sign of life")
            api.submit(sender_mobile="2921 2222")
            eventually(lambda: desk.told, within=40, what="The message to staff")
    (told,) = desk.told
    assert told["title"] == "Notifier: can wait until 09:00"
    assert "[new] There is new work for people (hotline number_unusable 1)" in told["message"]
    assert "1 person is affected." in told["message"]
    assert watcher.told[0] == "/hush-hush"

"""`notifier doctor`: exit code 0 when all is well; otherwise 1, and for each trouble the way out of it."""

import shutil
from pathlib import Path

from notifier.settings.paths import config_dir
from tests.drills.processes import Installation
from tests.drills.sandbox_carrier import ACCOUNT, installation_with_carrier, start_everything
from tests.waiting import eventually

_SUBJECTS = (
    "settings",
    "database",
    "scheduler",
    "broker",
    "wording",
    "policies",
    "clock",
    "sending",
    "sweep",
    "audit",
    "alarms",
    "carrier",
    "sender",
    "public URL",
)
_NOBODY = "127.0.0.1:1"  # a port nobody listens on


def test_all_is_well(stack: tuple[str, str], tmp_path: Path) -> None:
    """With everything up; it looks at every subject."""
    with installation_with_carrier(tmp_path, stack) as (notifier, _):
        assert notifier.run("migrate").returncode == 0
        start_everything(notifier)
        scheduler = ("doctor", "--only", "scheduler")
        eventually(lambda: notifier.run(*scheduler).returncode == 0, within=40, pause=0.5, what="The first tick")
        eventually(lambda: _examine(notifier)[0] == 0, within=40, pause=0.5, what="Being well")
        code, found = _examine(notifier)
        assert code == 0
        assert tuple(found) == _SUBJECTS
        assert {words[:2] for words in found.values()} == {"ok"}


def test_settings_that_cannot_be_used_are_all_it_looks_at(tmp_path: Path) -> None:
    with Installation(tmp_path, settings={"PROFILE": "production"}) as notifier:
        code, found = _examine(notifier)
        assert code == 1
        assert tuple(found) == ("settings",)
        for name in ("TWILIO__ACCOUNT_SID", "TWILIO__FROM", "SEAL__KEYS", "DATABASE_URL", "PUBLIC_URL"):
            assert f"NOTIFIER_{name} is missing: production needs it." in found["settings"]


def test_before_the_first_start_it_names_the_next_steps(tmp_path: Path) -> None:
    with Installation(tmp_path) as notifier:
        code, found = _examine(notifier)
        assert code == 1
        assert found["database"] == "!! the schema is not the newest: run `notifier migrate`"
        assert found["carrier"].endswith("start `notifier up` first")
        assert f"http://127.0.0.1:{notifier.port}/healthz does not answer: start the web server" in found["public URL"]
        assert found["broker"] == "ok memory"
        assert "heartbeat cannot be read" in found["scheduler"]
        assert notifier.run("migrate").returncode == 0
        found = _examine(notifier)[1]
        assert found["database"] == "ok sqlite, newest schema"
        assert found["scheduler"] == "!! no sweep has ever run: start `notifier up`, or a worker and a beat"
        assert notifier.run("doctor", "--only", "weather").returncode == 2


def test_servers_that_are_not_there_and_wording_that_would_not_pass(tmp_path: Path) -> None:
    """One trouble does not hide the others."""
    config = shutil.copytree(config_dir(), tmp_path / "config")
    english = config / "wording" / "en.toml"
    english.write_text(english.read_text().replace("This SMS has no links", "See example.com"))
    settings = {
        "CONFIG_DIR": str(config),
        "DATABASE_URL": f"postgresql://postgres@{_NOBODY}/notifier",
        "BROKER_URL": f"redis://{_NOBODY}/0",
        "TWILIO__ACCOUNT_SID": ACCOUNT,
        "TWILIO__AUTH_TOKEN": "a-token",
        "TWILIO__BASE_URL": f"http://{_NOBODY}",
    }
    with Installation(tmp_path, settings=settings) as notifier:
        code, found = _examine(notifier)
    assert code == 1
    assert found["settings"] == "ok profile sandbox"
    assert "cannot be reached: start it, or mend NOTIFIER_DATABASE_URL" in found["database"]
    assert "Redis cannot be reached (ConnectionError): start it, or mend the address" in found["broker"]
    assert "mend NOTIFIER_TWILIO__* or the network" in found["carrier"]
    assert "en" in found["wording"]
    assert {found[subject][:2] for subject in ("database", "broker", "wording", "clock", "carrier")} == {"!!"}


def _examine(notifier: Installation) -> tuple[int, dict[str, str]]:
    """The exit code, and what was found by subject: its mark, then the words, however they were broken into lines."""
    examined = notifier.run("doctor")
    assert examined.stderr == ""
    found: dict[str, str] = {}
    subject = ""
    for line in examined.stdout.splitlines():
        mark, rest = line[:5].strip(), line[5:]
        if mark:
            subject = next(name for name in _SUBJECTS if rest.startswith(name))
            found[subject], rest = mark, rest.removeprefix(subject)
        found[subject] += f" {rest.strip()}"
    return examined.returncode, found

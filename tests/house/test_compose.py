"""docker-compose.yml where no engine runs: every name it uses is defined, every variable has a default or is told."""

import base64
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from notifier.cli.doctor import run_doctor
from notifier.domain.errors import SettingsWrong
from notifier.settings.load import load

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = YAML(typ="safe").load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("migrate", "web", "worker", "beat")
_VARIABLE = re.compile(r"(?<!\$)\$\{([A-Z0-9_]+)(:?[-?][^}]*)?\}")


def test_the_services_are_those_of_a_deployment() -> None:
    assert set(SERVICES) == {"postgres", "redis", *OURS}


@pytest.mark.parametrize("service", OURS)
def test_our_processes_share_image_and_settings(service: str) -> None:
    for name in ("image", "build", "env_file", "environment"):
        assert SERVICES[service][name] == SERVICES["web"][name]


@pytest.mark.parametrize("service", SERVICES)
def test_what_a_service_waits_for_exists_and_can_say_so(service: str) -> None:
    for other, wait in SERVICES[service].get("depends_on", {}).items():
        assert other in SERVICES
        if wait["condition"] == "service_healthy":
            assert "healthcheck" in SERVICES[other]
        if wait["condition"] == "service_completed_successfully":
            assert SERVICES[other]["restart"] == "on-failure", "a service that never ends completes never"


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_is_started_again(service: str) -> None:
    assert SERVICES[service]["restart"] in ("unless-stopped", "on-failure")


@pytest.mark.parametrize("service", sorted(set(SERVICES) - {"migrate"}))
def test_every_service_that_stays_says_whether_it_is_well(service: str) -> None:
    check = SERVICES[service]["healthcheck"]
    assert check["test"][0] in ("CMD", "CMD-SHELL")
    assert {"interval", "timeout", "retries"} <= set(check)


@pytest.mark.parametrize("service", ["worker", "beat"])
def test_worker_and_beat_are_judged_by_the_sweep_they_make(service: str) -> None:
    kind, program, command, option, subject = SERVICES[service]["healthcheck"]["test"]
    assert (kind, program, command, option) == ("CMD", "notifier", "doctor", "--only")
    assert subject == "scheduler"
    with pytest.raises(SettingsWrong, match=subject):
        run_doctor("what the doctor does not know, who then names what it does")


def test_volumes_are_defined_and_used() -> None:
    used = {
        volume.partition(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if not volume.startswith(("/", "."))
    }
    assert used == set(COMPOSE["volumes"])


def test_networks_are_defined() -> None:
    defined = set(COMPOSE.get("networks", {})) | {"default"}
    assert {name for service in SERVICES.values() for name in service.get("networks", [])} <= defined


def test_redis_keeps_what_it_is_given() -> None:
    command = SERVICES["redis"]["command"]
    assert command[command.index("--appendonly") + 1] == "yes"
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"


def test_every_variable_has_a_default_or_is_documented() -> None:
    example = (ROOT / "config" / "env.example").read_text(encoding="utf-8")
    found = _VARIABLE.findall(TEXT)
    assert found, "the pattern finds the file's variables"
    for name, rest in found:
        assert rest.lstrip(":").startswith("-") or name in example


def test_a_filled_in_example_starts_every_process() -> None:
    """As compose lays it out: .env (the example, with what is required and what is offered), then `environment`."""
    example = (ROOT / "config" / "env.example").read_text(encoding="utf-8")
    given = dict(re.findall(r"^(?:# )?([A-Z][A-Z0-9_]*)=(.*)$", example, re.MULTILINE))
    key = base64.b64encode(bytes(32)).decode()
    given |= {
        "NOTIFIER_PUBLIC_URL": "https://notifier.example",
        "NOTIFIER_TWILIO__ACCOUNT_SID": "AC" + "0" * 32,
        "NOTIFIER_TWILIO__AUTH_TOKEN": "token",
        "NOTIFIER_TWILIO__FROM": "+85264500001",
        "NOTIFIER_SEAL__KEYS": f"1:{key}",
        "NOTIFIER_SEAL__HASH_KEY": key,
    }
    settings = load(given | SERVICES["web"]["environment"])
    assert settings.production
    assert str(settings.config_dir) == "/app/config", "where the image has it"
    assert settings.log.format == "json"
    assert settings.host == "0.0.0.0"


@pytest.mark.parametrize("service", OURS)
def test_a_command_is_one_that_exists(service: str) -> None:
    program, *words = SERVICES[service]["command"]
    if program == "notifier":
        from typer.main import get_command

        from notifier.cli import app

        assert words[0] in get_command(app).commands  # type: ignore[attr-defined]  # a group has commands
    else:
        assert [program, *words[:2]] == ["celery", "-A", "workers"]

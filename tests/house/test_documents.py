"""What the documents say is true: every setting is listed, every command exists, no file names a machine."""

import re
import subprocess
from pathlib import Path

import pytest
from typer.main import get_command

from notifier.audit.checks import KINDS
from notifier.cli import app
from notifier.domain.alarms import WORDS, AlarmKind
from notifier.settings.load import load, variables
from notifier.storage.models import Base
from notifier.web.metrics import exposition
from tests.contexts import make_context
from tests.fakes import FakeCarrier

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = (ROOT / "config" / "env.example").read_text(encoding="utf-8")
DOCUMENTS = ["README.md", "docs/runbook.md", "docs/architecture.md", "docs/chaos.md", "CONTRIBUTING.md"]
_ASSIGNED = re.compile(r"^([A-Z][A-Z0-9_]*)=(.*)$", re.MULTILINE)
_COMMAND = re.compile(r"`notifier ([a-z]+)|notifier ([a-z]+)`|bin/notifier ([a-z]+)")
_MACHINE = re.compile(
    r"/(?:work|root|home/[a-z]+|Users)/|://(?!127\.0\.0\.1|localhost)[a-z0-9.-]*(?:pypi|index|mirror)"
)


def test_the_example_names_every_setting_once_and_nothing_else() -> None:
    names = [name for name, _ in _ASSIGNED.findall(EXAMPLE)]
    assert sorted(names) == sorted(variables())


def test_the_example_can_be_loaded_and_holds_the_defaults() -> None:
    given = dict(_ASSIGNED.findall(EXAMPLE))
    assert load(given) == load({})


def test_secrets_are_marked() -> None:
    for name, secret in variables().items():
        before = EXAMPLE[: EXAMPLE.index(f"\n{name}=")].rsplit("\n", 1)[-1]
        if secret:
            assert "(secret)" in before, f"{name} is a secret"


@pytest.mark.parametrize(
    "document", ["README.md", "docs/runbook.md", "docs/architecture.md", "docs/chaos.md", "CONTRIBUTING.md"]
)
def test_every_command_a_document_names_exists(document: str) -> None:
    known = set(get_command(app).commands)  # type: ignore[attr-defined]  # a group has commands
    named = {next(filter(None, found)) for found in _COMMAND.findall((ROOT / document).read_text(encoding="utf-8"))}
    assert named <= known


@pytest.mark.parametrize(
    "document", ["README.md", "docs/runbook.md", "docs/architecture.md", "docs/chaos.md", "CONTRIBUTING.md"]
)
def test_every_file_a_document_links_to_exists(document: str) -> None:
    path = ROOT / document
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), target


@pytest.mark.parametrize("document", ["README.md", "docs/runbook.md", "docs/architecture.md"])
def test_every_variable_a_document_names_exists(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    named = set(re.findall(r"NOTIFIER_[A-Z][A-Z0-9_]*[A-Z0-9]", text))
    known = set(variables())
    assert {name for name in named if name not in known and name.removesuffix("_FILE") not in known} == set()


def test_no_file_names_a_machine_or_a_registry() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=False
    )
    files = listed.stdout.decode().split() if listed.returncode == 0 else []
    texts = {name: _text(ROOT / name) for name in files if name != "tests/house/test_documents.py"}
    assert {name for name, text in texts.items() if _MACHINE.search(text)} == set()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (UnicodeDecodeError, OSError):
        return ""


def test_every_figure_the_runbook_names_is_exported(sqlite_url: str) -> None:
    named = set(re.findall(r"`(notifier_[a-z_]+)", (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")))
    ctx = make_context(sqlite_url, carrier=FakeCarrier())
    told = exposition(ctx)[0].decode()
    ctx.database.dispose()
    exported = set(re.findall(r"^# TYPE (\w+)", told, re.MULTILINE))
    assert named
    assert {name for name in named if name not in exported and name.removesuffix("_total") not in exported} == set()


def test_the_runbook_tells_every_alarm_in_its_own_words() -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    for kind, words in WORDS.items():
        assert f"| `{kind.value}` | {words.means} | {words.step} |" in runbook
    assert set(WORDS) == set(AlarmKind)


def test_the_runbook_names_every_kind_the_auditor_knows() -> None:
    alarms = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8").partition("## Alarms")[2]
    assert {kind for kind in KINDS if f"`{kind}`" not in alarms} == set()


def test_every_table_has_its_word_in_the_glossary() -> None:
    rows = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Words")[2].lower().splitlines()
    glossary = {word.strip() for row in rows if row.startswith("|") for word in row.split("|")[1].split(",")}
    for table in Base.metadata.tables:
        name = table.replace("_", " ")
        singular = {name, name.removesuffix("s"), name.removesuffix("es"), name.removesuffix("ies") + "y"}
        # A refused webhook is a webhook.
        assert glossary & (singular | {word.rpartition(" ")[2] for word in singular}), f"{table} is in no glossary"

"""The bench measures the product beside floors that owe it nothing, and runs from end to end."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

_HOME = Path(__file__).parents[2]
_BENCH = _HOME / "tests" / "bench"
_OURS = {"notifier", "workers", "tests"}
_BACK_DOORS = {"importlib", "runpy", "__import__", "exec", "eval"}
# What a floor of this name must use, so that an empty file would not pass for independent.
_NEEDS = {"floors.py": {"celery", "twilio", "sqlalchemy"}, "carrier.py": {"asyncio"}}


def imported(tree: ast.AST) -> set[str]:
    """The top-level packages a file imports, wherever in it; a relative import counts as ours."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("tests" if node.level else str(node.module).partition(".")[0])
    return found


def named(tree: ast.AST) -> set[str]:
    """Every plain name a file uses."""
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


@pytest.mark.parametrize("name", sorted(_NEEDS))
def test_a_floor_imports_nothing_of_ours(name: str) -> None:
    tree = ast.parse((_BENCH / name).read_text(encoding="utf-8"))
    assert imported(tree) >= _NEEDS[name]
    assert not imported(tree) & (_OURS | _BACK_DOORS)
    assert not named(tree) & _BACK_DOORS


@pytest.mark.timeout(300)
def test_one_quick_round_of_each_ratio_ends_in_a_table() -> None:
    command = (sys.executable, "-m", "tests.bench", "--quick")
    ran = subprocess.run(command, cwd=_HOME, capture_output=True, text=True, timeout=280, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    rounds = dict(re.findall(r"^(R\d)  .+: (\d+\.\d\d)$", ran.stdout, re.MULTILINE))
    assert sorted(rounds) == ["R1", "R2", "R4"]
    assert "too short to judge by" in ran.stdout
    for name, ratio in rounds.items():
        assert re.search(rf"^│ {name} │.*│ +{re.escape(ratio)} │", ran.stdout, re.MULTILINE), ran.stdout
        assert float(ratio) > 0, f"{name} measured nothing"


@pytest.mark.timeout(300)
def test_a_few_looks_at_the_consoles_pages_end_in_a_table() -> None:
    command = (sys.executable, "-m", "tests.bench.pages", "--queries", "400", "--looks", "1")
    ran = subprocess.run(command, cwd=_HOME, capture_output=True, text=True, timeout=280, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert re.search(r"/queries +│ +\d+\.\d", ran.stdout), ran.stdout
    assert re.search(r"Median of all pages: \d+\.\d ms", ran.stdout), ran.stdout

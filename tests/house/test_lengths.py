"""Short files, short functions: what has grown too long should be cut at its seam."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FILE = 300
LONGEST_FUNCTION = 40
# A migration is one list of statements, written once and never changed; test data may be long.
_FREE = ("storage/migrations/versions",)

FILES = sorted(
    path
    for room in ("notifier", "workers", "tests")
    for path in (ROOT / room).rglob("*.py")
    if not any(free in path.as_posix() for free in _FREE)
)


def test_there_are_files_to_measure() -> None:
    assert len(FILES) > 150


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_and_its_functions_are_short(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    lines = source.count("\n")
    long = [f"{name} ({length} lines)" for name, length in _functions(source) if length > LONGEST_FUNCTION]
    assert long == []
    if "tests" not in path.relative_to(ROOT).parts[:1]:
        assert lines <= LONGEST_FILE


def _functions(source: str) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
            # What a docstring explains should not be held against it.
            start = first.end_lineno if documented and len(node.body) > 1 else node.lineno
            yield node.name, (node.end_lineno or 0) - (start or 0)

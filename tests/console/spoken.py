"""Every sentence the code can say to staff, read from the code itself: what reaches a page through its constructors."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import notifier
from notifier.domain.lifecycle import _DEEDS, TABLE, Effect, Outcome, State
from notifier.domain.types import Team
from notifier.storage.models.people import AnswerState

_PACKAGE = Path(notifier.__file__).parent
_CONFIG = _PACKAGE.parent / "config"
_SLOTS = re.compile(r"\{\w+\}")
_FOLDERS = ("service", "domain", "customs", "carriers", "console")
# Who says a sentence: the callable's name, and which of its arguments are sentences.
_SAYS: dict[str, slice] = {
    "Invalid.one": slice(1, 3),
    "FieldProblem": slice(1, 3),
    "Conflict": slice(0, 1),
    "Need": slice(2, 3),
    "tell": slice(0, 1),
    "Explanation": slice(0, 1),
    "NotSent": slice(0, 1),
    "Never": slice(0, 1),
    "Unknown": slice(0, 1),
    "Violation": slice(2, 3),
    "Skipped": slice(2, 3),
    "Unwanted": slice(1, 2),
    "Illegible": slice(0, 1),
    "UnknownText": slice(0, 0),
    "Quarantined": slice(5, 7),
    "Words": slice(0, 2),
    "text_refused": slice(0, 1),
    "pause_sending": slice(2, 3),
    "told.append": slice(0, 1),
    "_judged": slice(2, 3),
}
# Whose assignment or return is a sentence, by name.
_SAID = frozenset(
    {"consequences", "_REASONS", "_why", "why_unfit", "_COMPLAINTS", "_FIELD_WORDS", "sentence", "why_not"}
)


def sentences() -> set[str]:
    """As they are written, with a named slot where a value stands."""
    said = {text for module in _modules() for text in module.said()}
    codes = tomllib.loads((_CONFIG / "carrier_codes.toml").read_text())
    said |= {sentence for table in codes.values() for sentence in table.values()}
    said |= {event.replace("_", " ") for (_, event), cell in TABLE.items() if cell.effect is Effect.REFUSE} - {
        event.replace("_", " ") for event in _DEEDS
    }
    return said | {str(member).replace("_", " ") for kind in (State, Outcome, Team, AnswerState) for member in kind}


@cache
def _modules() -> tuple["_Module", ...]:
    paths = [path for folder in _FOLDERS for path in sorted((_PACKAGE / folder).rglob("*.py"))]
    return tuple(_Module(ast.parse(path.read_text())) for path in paths)


class _Module:
    """One file: what its names stand for, and who calls its functions."""

    def __init__(self, tree: ast.Module) -> None:
        self.nodes = list(ast.walk(tree))
        self._busy: set[str] = set()

    def said(self) -> Iterator[str]:
        """Sentences that the file says."""
        for node in self.nodes:
            for text in self._of(node):
                if any(map(str.isalpha, _SLOTS.sub("", text))):
                    yield text.strip()

    def _of(self, node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            where = _SAYS.get(".".join(name.split(".")[-2:])) or _SAYS.get(name.rpartition(".")[2])
            if where is not None:
                for argument in node.args[where]:
                    yield from self._texts(argument)
                for keyword in node.keywords:
                    if keyword.arg in ("sentence", "message", "mend", "next_step"):
                        yield from self._texts(keyword.value)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            named = [target.id for target in targets if isinstance(target, ast.Name)]
            if _SAID.intersection(named):
                yield from self._texts(node.value)
            elif "told" in named and isinstance(node.value, ast.List):
                yield from (text for text in self._texts(node.value) if text.endswith("."))
        elif isinstance(node, ast.FunctionDef) and node.name in _SAID:
            yield from self._returned(node)

    def _texts(self, node: ast.expr) -> Iterator[str]:
        match node:
            case ast.Constant(value=str(text)):
                yield text
            case ast.JoinedStr(values=parts):
                yield "".join(self._part(part) for part in parts)
                for part in parts:
                    if isinstance(part, ast.FormattedValue) and not self._constant(part.value):
                        yield from self._texts(part.value)
            case ast.BinOp(left=left, right=right):
                yield from self._each(left, right)
            case ast.IfExp(body=body, orelse=other):
                yield from self._each(body, other)
            case ast.BoolOp(values=values) | ast.Tuple(elts=values) | ast.List(elts=values) | ast.Dict(values=values):
                yield from self._each(*values)
            case ast.Subscript(value=value) | ast.Call(func=ast.Attribute(value=value, attr="format" | "get")):
                yield from self._texts(value)
            case ast.Name(id=name) if name not in self._busy:
                self._busy.add(name)
                yield from self._named(name)
                self._busy.discard(name)

    def _each(self, *nodes: ast.expr) -> Iterator[str]:
        for node in nodes:
            yield from self._texts(node)

    def _named(self, name: str) -> Iterator[str]:
        """What is assigned to a name, or given to a function as the argument of this name."""
        for node in self.nodes:
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    names = target.elts if isinstance(target, ast.Tuple) else [target]
                    if any(isinstance(one, ast.Name) and one.id == name for one in names):
                        yield from self._texts(node.value)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
                if node.target.id == name:
                    yield from self._texts(node.value)
            elif isinstance(node, ast.FunctionDef):
                yield from self._given(node, name)

    def _given(self, function: ast.FunctionDef, name: str) -> Iterator[str]:
        places = [at for at, argument in enumerate(function.args.args) if argument.arg == name]
        for node in self.nodes:
            if places and isinstance(node, ast.Call) and ast.unparse(node.func) == function.name:
                yield from self._each(*node.args[places[0] : places[0] + 1])

    def _returned(self, function: ast.FunctionDef) -> Iterator[str]:
        for node in ast.walk(function):
            if isinstance(node, ast.Return) and node.value is not None:
                yield from self._texts(node.value)

    def _part(self, part: ast.expr) -> str:
        if isinstance(part, ast.FormattedValue):
            return self._constant(part.value) or f"{{{_slot(part.value)}}}"
        return str(ast.literal_eval(part))

    def _constant(self, value: ast.expr) -> str:
        """What a constant of the module says, where it is plain words."""
        if not isinstance(value, ast.Name) or not value.id.isupper():
            return ""
        texts = list(self._named(value.id))
        return texts[0] if len(texts) == 1 else ""


def _slot(value: ast.expr) -> str:
    """The name of what is shown: its last member, or that of a call's first argument."""
    match value:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=ast.Attribute(value=inner), args=args) if not isinstance(inner, ast.Constant):
            return _slot(inner) if not isinstance(inner, ast.Name) or inner.id != "self" else _slot(args[0])
        case ast.Call(args=[first, *_]):
            return _slot(first)
        case ast.Subscript(value=inner) | ast.BinOp(left=inner) | ast.BoolOp(values=[inner, *_]):
            return _slot(inner)
    return "value"

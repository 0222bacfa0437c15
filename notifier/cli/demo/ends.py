"""How a query ends, in the words of the file; the same for what is expected and for what is seen."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class End:
    """The end of one query.

    texts: what the carrier took for its phones, such as "question en", "reminder zh-Hant", "question-2 en" (second
    round); what was not delivered says its status. handoffs: open work, such as "hotline:no_reply". answer: the last
    answer's state and code. The order of texts and handoffs does not matter, their number does.
    """

    state: str
    outcome: str
    texts: tuple[str, ...]
    handoffs: tuple[str, ...]
    answer: str


@dataclass(frozen=True)
class Difference:
    """One thing that is not as expected."""

    what: str
    expected: str
    seen: str


def make_end(state: str, outcome: str, texts: Iterable[str], handoffs: Iterable[str], answer: str) -> End:
    """An end whose lists are in order."""
    return End(state, outcome, tuple(sorted(texts)), tuple(sorted(handoffs)), answer)


def read_end(state: str, outcome: str, texts: str, handoffs: str, answer: str) -> End:
    """The end that cells describe; lists are separated by semicolons. Raises ValueError without a state."""
    if not state:
        raise ValueError("expected_state is missing.")
    return make_end(state, outcome, _listed(texts), _listed(handoffs), answer)


def differences(expected: End, seen: End) -> Iterator[Difference]:
    """What differs, field by field."""
    for field in fields(End):
        wanted, found = getattr(expected, field.name), getattr(seen, field.name)
        if wanted != found:
            yield Difference(field.name, _shown(wanted), _shown(found))


def _listed(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


def _shown(value: str | tuple[str, ...]) -> str:
    return ("; ".join(value) if isinstance(value, tuple) else value) or "nothing"

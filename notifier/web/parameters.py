"""What is wrong with the parameters of an address or a search, in our words: the framework's would repeat the input."""

from collections.abc import Iterable, Mapping
from typing import Any

from notifier.domain.errors import FieldProblem

_PLACES = {"query": "the address", "path": "the address", "header": "the headers"}
# By the framework's kind of error: what is wrong, how to mend it.
_WORDS: dict[str, tuple[str, str]] = {
    "missing": ("is missing.", "Give it."),
    "extra_forbidden": ("is not a parameter of this address.", "Leave it out; /docs lists the parameters."),
    "uuid_parsing": ("is not an id.", "Give the id as it was answered."),
    "int_parsing": ("is not a whole number.", "Give a whole number."),
    "int_type": ("is not a whole number.", "Give a whole number, without quotes."),
    "string_type": ("is not a text.", "Put the value in quotes."),
    "bool_parsing": ("is neither true nor false.", "Give true or false."),
    "string_too_short": ("is too short.", "Give the whole value."),
    "string_too_long": ("is too long.", "Shorten it."),
    "string_pattern_mismatch": ("is not written as it should be.", "See /docs for how it is written."),
}
_RANGE = ("greater_than_equal", "less_than_equal", "int_parsing_size")


def read_parameters(errors: Iterable[Mapping[str, Any]]) -> tuple[FieldProblem, ...]:
    """One problem for each of the framework's errors, without the value that was given."""
    return tuple(_read(error) for error in errors)


def _read(error: Mapping[str, Any]) -> FieldProblem:
    place, *names = error["loc"]
    field = ".".join(str(name) for name in names) or str(place)
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden" and place == "body":
        return FieldProblem(field, "is not a field of this request.", "Leave it out; /docs lists the fields.")
    if kind == "enum":
        return FieldProblem(field, "is not known.", f"Give one of {context.get('expected', 'those in /docs')}.")
    if kind in _RANGE:
        return FieldProblem(field, "is out of range.", "Give a number in the range that /docs names.")
    message, mend = _WORDS.get(kind, ("cannot be read.", f"See /docs for {_PLACES.get(str(place), 'the request')}."))
    return FieldProblem(field, message, mend)

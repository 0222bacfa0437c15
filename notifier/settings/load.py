"""From the environment to Settings: nested names, secrets from files, and a sentence for everything that is wrong."""

import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError

from notifier.domain.errors import SettingsWrong
from notifier.settings.durations import FORM
from notifier.settings.settings import Settings

PREFIX = "NOTIFIER_"
# Not settings: they tell the tests which servers to use.
_TESTS = PREFIX + "TEST_"
_NEST = "__"
_FILE = "_FILE"

# By the library's kind of error. Its own words speak of Python's types.
_FORMS = {
    "time_delta_parsing": FORM,
    "int_parsing": "write a whole number, such as 50",
    "int_parsing_size": "write a smaller whole number, such as 50",
    "float_parsing": "write a number, such as 1.5",
    "finite_number": "write a number, such as 1.5",
    "bool_parsing": "write true or false",
    "enum": "write one of {expected}",
    "literal_error": "write one of {expected}",
    "greater_than_equal": "write {ge} or more",
    "less_than_equal": "write {le} or less",
}


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of this environment. Raises SettingsWrong with a line for each variable that cannot be used.

    An empty value counts as not set. Every secret NAME may stand in a file named by NAME_FILE instead.
    """
    given = _with_files(os.environ if environ is None else environ)
    known = variables()
    problems = [_unknown(name, known) for name in given if name not in known]
    if problems:
        raise SettingsWrong("\n".join(problems))
    try:
        return Settings.model_validate(_nested(given))
    except ValidationError as refusal:
        raise SettingsWrong("\n".join(_sentences(refusal))) from None


def load_only(*names: str) -> Settings:
    """The settings these variables alone make; for what should work where others are missing or wrong.

    Raises SettingsWrong, as `load` does.
    """
    return load({name: value for name, value in os.environ.items() if name in names})


def variables() -> dict[str, bool]:
    """Every variable there is, and whether it is a secret."""
    found: dict[str, bool] = {}
    for name, field in Settings.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            for inner, inner_field in section.model_fields.items():
                full = f"{PREFIX}{name}{_NEST}{inner_field.alias or inner}".upper()
                found[full] = SecretStr in _types(inner_field.annotation)
        else:
            found[f"{PREFIX}{name}".upper()] = SecretStr in _types(field.annotation)
    return found


def _types(annotation: Any) -> tuple[Any, ...]:
    return getattr(annotation, "__args__", ()) or (annotation,)


def _with_files(environ: Mapping[str, str]) -> dict[str, str]:
    """Our variables that are set, those in files read in."""
    ours = {
        name: value
        for name, value in environ.items()
        if name.startswith(PREFIX) and not name.startswith(_TESTS) and value.strip()
    }
    secrets = {name for name, secret in variables().items() if secret}
    for name in [name for name in ours if name.removesuffix(_FILE) in secrets and name.endswith(_FILE)]:
        target = name.removesuffix(_FILE)
        if target in ours:
            raise SettingsWrong(f"{target} and {name} are both set: keep one.")
        ours[target] = _read_file(name, Path(ours.pop(name)))
    return ours


def _read_file(name: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as failure:
        raise SettingsWrong(f"{name} names a file that cannot be read ({type(failure).__name__}).") from None


def _nested(given: Mapping[str, str]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, value in given.items():
        section, _, inner = name.removeprefix(PREFIX).lower().partition(_NEST)
        if inner:
            tree.setdefault(section, {})[inner] = value
        else:
            tree[section] = value
    return tree


def _unknown(name: str, known: Mapping[str, bool]) -> str:
    # Without what all have in common, which would make any two look alike.
    near = get_close_matches(name.removeprefix(PREFIX), [other.removeprefix(PREFIX) for other in known], n=1)
    return f"{name} is no setting: " + (f"do you mean {PREFIX}{near[0]}?" if near else "see config/env.example.")


def _sentences(refusal: ValidationError) -> list[str]:
    """One line a problem; the value itself is never shown, for it may be a secret."""
    lines: list[str] = []
    for error in refusal.errors(include_input=False, include_url=False):
        name = PREFIX + _NEST.join(str(part) for part in error["loc"]).upper()
        lines.append(f"{name}: {_mend(error)}." if error["loc"] else _own_words(error))
    return lines


def _mend(error: Mapping[str, Any]) -> str:
    """The form that is wanted: our own words, and for what the library finds out one sentence a kind."""
    if error["type"] == "value_error":
        return _own_words(error).rstrip(".")
    return _FORMS.get(error["type"], "see config/env.example for how it is written").format(**error.get("ctx", {}))


def _own_words(error: Mapping[str, Any]) -> str:
    return str(error["msg"]).removeprefix("Value error, ")

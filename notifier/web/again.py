"""Once more: a use case that lost a race to another is run again before anybody is told."""

from collections.abc import Callable
from typing import TypeVar

from notifier.domain.errors import Stale

_Result = TypeVar("_Result")


def once_more(use_case: Callable[[], _Result]) -> _Result:
    """The result of `use_case`; it is run a second time when it was Stale. Raises Stale when it is again."""
    try:
        return use_case()
    except Stale:
        return use_case()

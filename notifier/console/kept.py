"""What somebody had written when their session ended, or when it could not be done: shown again, and never lost.

Nothing of it is stored: it travels in the sign-in form, and its writer sends it again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import Request

from notifier.console.labels import FIELDS
from notifier.console.parts import ROOT

# What a button says, and a script.
_UNTYPED = ("read", "list")
# What people write themselves; the other fields they chose, or find again.
_WRITTEN = ("text", "words", "note", "reason", "because")


@dataclass(frozen=True, repr=False)
class Kept:
    """A form as it was sent: where to, and its fields."""

    to: str
    fields: Mapping[str, str]

    @property
    def written(self) -> list[tuple[str, str]]:
        """The words in it, each below the name of its field."""
        return [(FIELDS[name], words) for name in _WRITTEN if (words := self.fields.get(name, "")).strip()]


def keep(request: Request) -> Kept:
    """The form of this request; without fields where it has none, or did not come from a page of ours."""
    return Kept(request.url.path, getattr(request.state, "form", {}))


def packed(kept: Kept) -> str:
    """As one field of a form; nothing where there is nothing to keep but a button that was pressed."""
    typed = any(words.strip() for name, words in kept.fields.items() if name not in _UNTYPED)
    return json.dumps({"to": kept.to, "fields": dict(kept.fields)}, ensure_ascii=False) if typed else ""


def unpacked(raw: str) -> Kept | None:
    """What `packed` made; None for anything else."""
    try:
        read = json.loads(raw)
        to, fields = within(str(read["to"])), {str(name): str(value) for name, value in read["fields"].items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return Kept(to, fields) if to and fields else None


def within(address: str) -> str:
    """An address of the console's own, else nothing: a link must not lead people elsewhere after they signed in."""
    parts = urlsplit(address)
    inside = not parts.scheme and not parts.netloc and address.startswith(f"{ROOT}/")
    return address if inside and "\\" not in address and address.isprintable() else ""

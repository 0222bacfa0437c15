"""What a text says: constant wording with typed slots, rendered by one function and within a proved budget.

Reading order: `catalogue` (the data), `moments` (times in local words), `rendering`, `budgets` (the proof); and
`call_script`, what an agent says in a call.
"""

from notifier.domain.wording.budgets import prove_budgets
from notifier.domain.wording.call_script import Line, Part, call_script
from notifier.domain.wording.catalogue import Catalogue, CodeRule, Phrases, Voice
from notifier.domain.wording.rendering import BOTH, MOST_OPTIONS, Rendered, Slots, render

__all__ = [
    "BOTH",
    "MOST_OPTIONS",
    "Catalogue",
    "CodeRule",
    "Line",
    "Part",
    "Phrases",
    "Rendered",
    "Slots",
    "Voice",
    "call_script",
    "prove_budgets",
    "render",
]

"""What a text says: constant wording with typed slots, rendered by one function and within a proved budget.

Reading order: `catalogue` (the data), `moments` (times in local words), `rendering`, `budgets` (the proof).
"""

from notifier.domain.wording.budgets import prove_budgets
from notifier.domain.wording.catalogue import Catalogue, CodeRule, Phrases, Voice
from notifier.domain.wording.rendering import MOST_OPTIONS, Rendered, Slots, render

__all__ = [
    "MOST_OPTIONS",
    "Catalogue",
    "CodeRule",
    "Phrases",
    "Rendered",
    "Slots",
    "Voice",
    "prove_budgets",
    "render",
]

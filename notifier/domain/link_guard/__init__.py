"""The link guard: refuses every text in which a handset could find something to tap.

Reading order: `characters` (what may stand in a text, and folding of look-alikes), `hosts` (domains, addresses,
schemes), `numbers` (telephone numbers), `guard` (all of them over one body).
"""

from notifier.domain.link_guard.guard import LinkGuard, Tappable

__all__ = ["LinkGuard", "Tappable"]

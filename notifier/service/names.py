"""Names of whoever acts: claims, limits and the history know people and keys by them, so none passes for another."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from notifier.domain.errors import Invalid
from notifier.domain.permissions import CUSTOMS, SENDER, SYSTEM
from notifier.storage.models import ApiKey, Staff

_OURS = frozenset(one.name for one in (SYSTEM, CUSTOMS, SENDER))  # who acts without an account


def require_free_name(session: Session, name: str, *bearers: type[Staff] | type[ApiKey]) -> None:
    """Raises Invalid where one of the bearers, or the product itself, is called so; capitals make no difference."""
    folded = name.strip().lower()
    alike = (select(bearer.id).where(func.lower(bearer.name) == folded).limit(1) for bearer in bearers)
    if folded in _OURS or any(session.scalar(one) is not None for one in alike):
        raise Invalid.one("name", "is somebody else's.", "Add what tells the two apart, such as a place or a number.")

"""What somebody had read when they decided: a reply that came meanwhile is read first."""

from collections.abc import Iterable
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from notifier.domain.errors import Invalid
from notifier.storage.models import Reply


def mark_of_replies(ids: Iterable[UUID]) -> str:
    """The same for the same replies, in whatever order."""
    return sha256(" ".join(sorted(map(str, ids))).encode()).hexdigest()[:16]


def require_read(session: Session, query_id: UUID, mark: str) -> None:
    """Raises Invalid where the query's replies are not those of the mark."""
    if mark_of_replies(session.scalars(select(Reply.id).where(Reply.query_id == query_id))) != mark:
        raise Invalid.one(
            "text",
            "was written before the sender wrote again, or a reply was moved.",
            "Read what stands there now, and change the answer if it says something else.",
        )

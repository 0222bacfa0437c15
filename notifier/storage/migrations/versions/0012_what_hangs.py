"""What hangs is found without reading whole tables, and so is whether a reminder waits."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# name, table, column, which rows
_INDEXES = (
    ("ix_texts_reminders", "texts", "urgent_by", "state = 'queued' AND kind = 'reminder'"),
    ("ix_texts_failed", "texts", "id", "state = 'failed'"),
    ("ix_webhooks_failed", "webhooks", "id", "state = 'failed'"),
    ("ix_queries_quarantined", "queries", "quarantined_at", "quarantined_at IS NOT NULL"),
    ("ix_refused_webhooks_waiting", "refused_webhooks", "id", "replayed_at IS NULL"),
)


def upgrade() -> None:
    """Apply."""
    for name, table, column, rows in _INDEXES:
        which = sa.text(rows)
        op.create_index(name, table, [column], postgresql_where=which, sqlite_where=which)


def downgrade() -> None:
    """Undo."""
    for name, table, _, _ in reversed(_INDEXES):
        op.drop_index(name, table)

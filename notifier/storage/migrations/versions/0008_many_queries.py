"""One phone with many queries: a joint call for a person, the handoffs that are its parts, and its summary text."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_JOINT = sa.text("closed_at IS NULL AND phone_hash IS NOT NULL")
_SUMMARY = sa.text("kind = 'summary' AND state <> 'cancelled'")


def upgrade() -> None:
    """Apply. Code from before opens handoffs and texts without these columns: they may be empty."""
    with op.batch_alter_table("handoffs") as handoffs:
        handoffs.add_column(sa.Column("phone_hash", sa.String(length=64), nullable=True))
        handoffs.add_column(sa.Column("call_id", sa.Uuid(), nullable=True))
        handoffs.create_foreign_key(op.f("fk_handoffs_call_id"), "handoffs", ["call_id"], ["id"])
        handoffs.create_index("ix_handoffs_call_id", ["call_id"])
    op.create_index(
        "uq_handoffs_joint_call", "handoffs", ["phone_hash"], unique=True, postgresql_where=_JOINT, sqlite_where=_JOINT
    )
    with op.batch_alter_table("texts") as texts:
        texts.add_column(sa.Column("call_id", sa.Uuid(), nullable=True))
        texts.create_foreign_key(op.f("fk_texts_call_id"), "handoffs", ["call_id"], ["id"])
    op.create_index(
        "uq_texts_summary", "texts", ["call_id"], unique=True, postgresql_where=_SUMMARY, sqlite_where=_SUMMARY
    )


def downgrade() -> None:
    """Undo. The parts of a joint call are calls of their own again; a summary that has not left does not leave."""
    op.drop_index("uq_texts_summary", "texts")
    op.execute("UPDATE texts SET state = 'cancelled' WHERE kind = 'summary' AND state = 'queued'")
    with op.batch_alter_table("texts") as texts:
        texts.drop_constraint(op.f("fk_texts_call_id"), type_="foreignkey")
        texts.drop_column("call_id")
    op.drop_index("uq_handoffs_joint_call", "handoffs")
    op.execute("UPDATE handoffs SET closed_at = opened_at, closed_by = 'system' WHERE phone_hash IS NOT NULL")
    with op.batch_alter_table("handoffs") as handoffs:
        handoffs.drop_index("ix_handoffs_call_id")
        handoffs.drop_constraint(op.f("fk_handoffs_call_id"), type_="foreignkey")
        handoffs.drop_column("call_id")
        handoffs.drop_column("phone_hash")

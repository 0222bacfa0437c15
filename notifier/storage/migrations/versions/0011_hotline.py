"""The hotline's desk: notes about calls, what was looked up for callers, and the list by what presses most."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_WHEN = sa.DateTime(timezone=True)
_LISTED = sa.text("closed_at IS NULL AND call_id IS NULL")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "call_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("handoff_id", sa.Uuid(), nullable=False),
        sa.Column("author", sa.String(length=80), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("next_try_at", _WHEN, nullable=True),
        sa.Column("at", _WHEN, nullable=False),
        sa.CheckConstraint("outcome IS NOT NULL OR body IS NOT NULL", name=op.f("ck_call_notes_says_something")),
        sa.ForeignKeyConstraint(["handoff_id"], ["handoffs.id"], name=op.f("fk_call_notes_handoff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_notes")),
    )
    op.create_index("ix_call_notes_handoff_id", "call_notes", ["handoff_id"])
    op.create_table(
        "caller_checks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("staff", sa.String(length=80), nullable=False),
        sa.Column("phone_hash", sa.String(length=64), nullable=False),
        sa.Column("last4", sa.LargeBinary(), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("query_id", sa.Uuid(), nullable=True),
        sa.Column("text_id", sa.Uuid(), nullable=True),
        sa.Column("verified_at", _WHEN, nullable=True),
        sa.Column("at", _WHEN, nullable=False),
        sa.ForeignKeyConstraint(["query_id"], ["queries.id"], name=op.f("fk_caller_checks_query_id")),
        sa.ForeignKeyConstraint(["text_id"], ["texts.id"], name=op.f("fk_caller_checks_text_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_caller_checks")),
    )
    op.create_index("ix_caller_checks_staff", "caller_checks", ["staff", "at"])
    op.create_index("ix_caller_checks_phone_hash", "caller_checks", ["phone_hash", "at"])
    op.create_index(
        "ix_handoffs_pressing",
        "handoffs",
        ["priority", "due_at", "id"],
        postgresql_where=_LISTED,
        sqlite_where=_LISTED,
    )


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_handoffs_pressing", "handoffs")
    op.drop_table("caller_checks")
    op.drop_table("call_notes")

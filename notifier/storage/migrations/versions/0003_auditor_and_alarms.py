"""The auditor and telling staff: duties, findings, alarms, messages to staff; handoffs that staff were told of."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "duties",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("next_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_duties")),
    )
    op.create_table(
        "audit_findings",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("overdue", sa.Integer(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("doubled", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("lag_seconds", sa.Float(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("stands_since", _AT, nullable=True),
        sa.Column("audited_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_audit_findings")),
    )
    op.create_table(
        "alarms",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("urgency", sa.String(length=32), nullable=False),
        sa.Column("detail", sa.String(length=300), nullable=False),
        sa.Column("since", _AT, nullable=False),
        sa.Column("seen_at", _AT, nullable=False),
        sa.Column("told_at", _AT, nullable=True),
        sa.Column("told_weight", sa.Integer(), nullable=False),
        sa.Column("told_urgency", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_alarms")),
    )
    op.create_table(
        "alarm_messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("receiver", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", _AT, nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("finished_at", _AT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm_messages")),
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "ix_alarm_messages_waiting", "alarm_messages", ["next_try_at"], postgresql_where=waiting, sqlite_where=waiting
    )
    op.create_index("ix_alarm_messages_created_at", "alarm_messages", ["created_at"])
    op.add_column("handoffs", sa.Column("told_at", _AT, nullable=True))


def downgrade() -> None:
    """Undo."""
    op.drop_column("handoffs", "told_at")
    op.drop_index("ix_alarm_messages_created_at", "alarm_messages")
    op.drop_index("ix_alarm_messages_waiting", "alarm_messages")
    for table in ("alarm_messages", "alarms", "audit_findings", "duties"):
        op.drop_table(table)

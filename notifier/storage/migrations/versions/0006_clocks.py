"""People's clocks: until when a handoff should be taken on, which clock ran out, and calls that a reply parked."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TICKING = sa.text("closed_at IS NULL AND clock IN ('new', 'running')")
_PARKED = "(clock = 'parked') = (parked_at IS NOT NULL AND priority_before IS NOT NULL)"


def upgrade() -> None:
    """Apply. Code from before goes on opening handoffs: the defaults give them a clock that the next sweep reckons."""
    with op.batch_alter_table("handoffs") as handoffs:
        handoffs.add_column(sa.Column("clock", sa.String(length=32), server_default="new", nullable=False))
        now = sa.text("CURRENT_TIMESTAMP")
        handoffs.add_column(sa.Column("due_at", sa.DateTime(timezone=True), server_default=now, nullable=False))
        handoffs.add_column(sa.Column("call_from", sa.DateTime(timezone=True), nullable=True))
        handoffs.add_column(sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True))
        handoffs.add_column(sa.Column("priority_before", sa.Integer(), nullable=True))
        handoffs.add_column(sa.Column("overdue", sa.String(length=32), nullable=True))
        handoffs.create_check_constraint(op.f("ck_handoffs_parked_has_what_it_was"), _PARKED)
    op.execute("UPDATE handoffs SET due_at = opened_at")
    op.create_index("ix_handoffs_due", "handoffs", ["due_at"], postgresql_where=_TICKING, sqlite_where=_TICKING)


def downgrade() -> None:
    """Undo. A parked call is work again; an answer that staff rejected is a proposal again."""
    op.drop_index("ix_handoffs_due", "handoffs")
    op.execute("UPDATE handoffs SET priority = priority_before WHERE clock = 'parked'")
    op.execute("UPDATE answers SET state = 'proposed' WHERE state = 'rejected'")
    with op.batch_alter_table("handoffs") as handoffs:
        handoffs.drop_constraint(op.f("ck_handoffs_parked_has_what_it_was"), type_="check")
        for name in ("overdue", "priority_before", "parked_at", "call_from", "due_at", "clock"):
            handoffs.drop_column(name)

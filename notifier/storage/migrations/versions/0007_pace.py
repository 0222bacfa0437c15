"""Pace: which text is due soonest, a pause that ends by itself, and what was sent in a day."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_QUEUED = sa.text("state = 'queued'")
_ON_THEIR_WAY = sa.text("state IN ('claimed', 'posting', 'unknown')")
_WAITING = sa.text("state IN ('queued', 'claimed', 'posting', 'unknown')")
_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply. Code from before goes on queueing texts and pausing: its texts are as urgent as they are old."""
    with op.batch_alter_table("texts") as texts:
        now = sa.text("CURRENT_TIMESTAMP")
        texts.add_column(sa.Column("urgent_by", _AT, server_default=now, nullable=False))
    op.execute("UPDATE texts SET urgent_by = send_after WHERE state = 'queued'")
    op.drop_index("ix_texts_waiting", "texts")
    order = ["urgent_by", "send_after", "next_try_at"]
    op.create_index("ix_texts_queue", "texts", order, postgresql_where=_QUEUED, sqlite_where=_QUEUED)
    _index("ix_texts_on_their_way", _ON_THEIR_WAY)
    with op.batch_alter_table("switches") as switches:
        switches.add_column(sa.Column("cause", sa.String(length=32), nullable=True))
        switches.add_column(sa.Column("resume_at", _AT, nullable=True))
        switches.create_check_constraint(op.f("ck_switches_only_what_is_off_resumes"), "off OR resume_at IS NULL")
    op.create_table(
        "sending_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("lifted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_sending_days")),
    )


def downgrade() -> None:
    """Undo. A pause that would have ended by itself waits for somebody."""
    op.drop_table("sending_days")
    with op.batch_alter_table("switches") as switches:
        switches.drop_constraint(op.f("ck_switches_only_what_is_off_resumes"), type_="check")
        switches.drop_column("resume_at")
        switches.drop_column("cause")
    op.drop_index("ix_texts_on_their_way", "texts")
    op.drop_index("ix_texts_queue", "texts")
    with op.batch_alter_table("texts") as texts:
        texts.drop_column("urgent_by")
    _index("ix_texts_waiting", _WAITING)


def _index(name: str, where: sa.TextClause) -> None:
    op.create_index(name, "texts", ["state", "next_try_at"], postgresql_where=where, sqlite_where=where)

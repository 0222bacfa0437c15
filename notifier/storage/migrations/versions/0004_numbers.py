"""Numbers: evidence of suppressions, what became of a text and what that tells of its phone, staff's overrides."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_EVIDENCE = (("attempt_id", "attempts"), ("handoff_id", "handoffs"), ("lifted_reply_id", "replies"))


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("suppressions") as batch_op:
        batch_op.add_column(sa.Column("attempt_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("error_code", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("handoff_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("because", sa.LargeBinary(), nullable=True))
        # The code before it goes on inserting without a name: what it records is the product's own doing.
        batch_op.add_column(sa.Column("recorded_by", sa.String(length=80), server_default="system", nullable=False))
        batch_op.add_column(sa.Column("lifted_reply_id", sa.Uuid(), nullable=True))
        for column, table in _EVIDENCE:
            batch_op.create_foreign_key(op.f(f"fk_suppressions_{column}"), table, [column], ["id"])
    op.create_index("ix_suppressions_phone_hash", "suppressions", ["phone_hash"])
    op.add_column("texts", sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("texts", sa.Column("trouble", sa.String(length=32), nullable=True))
    op.create_table(
        "number_overrides",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("phone_hash", sa.String(length=64), nullable=False),
        sa.Column("query_id", sa.Uuid(), nullable=True),
        sa.Column("because", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["query_id"], ["queries.id"], name=op.f("fk_number_overrides_query_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_overrides")),
    )
    op.create_index("ix_number_overrides_phone_hash", "number_overrides", ["phone_hash"])


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_number_overrides_phone_hash", "number_overrides")
    op.drop_table("number_overrides")
    op.drop_column("texts", "trouble")
    op.drop_column("texts", "settled_at")
    op.drop_index("ix_suppressions_phone_hash", "suppressions")
    with op.batch_alter_table("suppressions") as batch_op:
        for column, _ in _EVIDENCE:
            batch_op.drop_constraint(op.f(f"fk_suppressions_{column}"), type_="foreignkey")
        for column in ("lifted_reply_id", "recorded_by", "because", "handoff_id", "error_code", "attempt_id"):
            batch_op.drop_column(column)

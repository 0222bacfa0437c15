"""Asking back which item a reply is about, and several texts as one answer."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_OPEN = sa.text("state = 'open'")


def upgrade() -> None:
    """Apply. Old code goes on working: every new column may be empty."""
    op.create_table(
        "ask_backs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("phone_hash", sa.String(length=64), nullable=False),
        sa.Column("our_number", sa.String(length=20), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ask_backs")),
    )
    with op.batch_alter_table("ask_backs", schema=None) as batch_op:
        batch_op.create_index(
            "uq_ask_backs_open",
            ["phone_hash", "our_number"],
            unique=True,
            postgresql_where=_OPEN,
            sqlite_where=_OPEN,
        )
        batch_op.create_index("ix_ask_backs_due", ["due_at"], postgresql_where=_OPEN, sqlite_where=_OPEN)

    with op.batch_alter_table("replies", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ask_back_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("answer_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_replies_ask_back_id"), "ask_backs", ["ask_back_id"], ["id"])
        batch_op.create_index("ix_replies_ask_back_id", ["ask_back_id"], unique=False)
        batch_op.create_index("ix_replies_answer_id", ["answer_id"], unique=False)

    with op.batch_alter_table("texts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ask_back_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_texts_ask_back_id"), "ask_backs", ["ask_back_id"], ["id"])

    with op.batch_alter_table("handoffs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("shown_from", sa.DateTime(timezone=True), nullable=True))

    op.execute("UPDATE replies SET answer_id = (SELECT answers.id FROM answers WHERE answers.reply_id = replies.id)")


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("handoffs", schema=None) as batch_op:
        batch_op.drop_column("shown_from")
    with op.batch_alter_table("texts", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_texts_ask_back_id"), type_="foreignkey")
        batch_op.drop_column("ask_back_id")
    with op.batch_alter_table("replies", schema=None) as batch_op:
        batch_op.drop_index("ix_replies_answer_id")
        batch_op.drop_index("ix_replies_ask_back_id")
        batch_op.drop_constraint(op.f("fk_replies_ask_back_id"), type_="foreignkey")
        batch_op.drop_column("answer_id")
        batch_op.drop_column("ask_back_id")
    op.drop_table("ask_backs")

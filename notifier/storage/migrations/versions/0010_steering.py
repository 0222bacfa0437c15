"""What operators did to the house, and why."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "steerings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deed", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("because", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_steerings")),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("steerings")

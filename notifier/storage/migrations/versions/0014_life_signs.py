"""Signs of life of each web server, worker and scheduler."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "life_signs",
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("part", sa.String(length=32), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_life_signs")),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("life_signs")

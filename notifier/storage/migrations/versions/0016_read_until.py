"""After a gap: until when everything that had come is to be worked on first."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. A hold that ended just before still has its replies read first."""
    op.add_column("watermarks", sa.Column("read_until", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE watermarks SET read_until = known_until")


def downgrade() -> None:
    """Undo."""
    op.drop_column("watermarks", "read_until")

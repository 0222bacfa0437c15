"""What an operator's deed was about: the webhook that was tried again."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("steerings", sa.Column("about", sa.Uuid(), nullable=True))


def downgrade() -> None:
    """Undo."""
    op.drop_column("steerings", "about")

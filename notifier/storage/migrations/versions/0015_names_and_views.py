"""No two people are called alike, and whose number was seen may be that of a reply that fits no query."""

from collections import Counter

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_STAFF = sa.table("staff", sa.column("id", sa.Uuid()), sa.column("name", sa.String()))


def upgrade() -> None:
    """Apply. Who was added later is told apart by a number behind the name."""
    _tell_apart()
    with op.batch_alter_table("staff") as staff:
        staff.create_unique_constraint(op.f("uq_staff_name"), ["name"])
    with op.batch_alter_table("number_views") as views:
        views.alter_column("query_id", existing_type=sa.Uuid(), nullable=True)
        views.add_column(sa.Column("reply_id", sa.Uuid(), nullable=True))
        views.create_foreign_key(op.f("fk_number_views_reply_id"), "replies", ["reply_id"], ["id"])
        views.create_index("ix_number_views_reply_id", ["reply_id"])
        views.create_check_constraint(op.f("ck_number_views_of_one_thing"), "(query_id IS NULL) <> (reply_id IS NULL)")


def _tell_apart() -> None:
    seen: Counter[str] = Counter()
    for row in op.get_bind().execute(sa.select(_STAFF.c.id, _STAFF.c.name).order_by(_STAFF.c.id)).all():
        seen[row.name] += 1
        if seen[row.name] > 1:
            told = f"{row.name[:70]} ({seen[row.name]})"
            op.execute(sa.update(_STAFF).where(_STAFF.c.id == row.id).values(name=told))


def downgrade() -> None:
    """Undo. A look at the number of a reply without a query has no place in the older table."""
    with op.batch_alter_table("number_views") as views:
        views.drop_index("ix_number_views_reply_id")
        views.drop_constraint(op.f("ck_number_views_of_one_thing"), type_="check")
        views.drop_constraint(op.f("fk_number_views_reply_id"), type_="foreignkey")
        views.drop_column("reply_id")
    op.execute("DELETE FROM number_views WHERE query_id IS NULL")
    with op.batch_alter_table("number_views") as views:
        views.alter_column("query_id", existing_type=sa.Uuid(), nullable=False)
    with op.batch_alter_table("staff") as staff:
        staff.drop_constraint(op.f("uq_staff_name"), type_="unique")

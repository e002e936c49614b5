"""Checks of deliveries as ranges: SQLite builds a table of its own for every list, in every statement."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0008"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
RANGES = {"state": 8, "failure": 5, "skipped": 4}
"""The largest number of each; the smallest is 0."""


def upgrade() -> None:
    """Write the same checks in another way; SQLite needs a new table for that."""
    if op.get_context().dialect.name == "sqlite":
        _copy()
        return
    for column, last in RANGES.items():
        name = op.f(f"ck_delivery_{column}")
        op.drop_constraint(name, "delivery", type_="check")
        op.create_check_constraint(name, "delivery", f"{column} BETWEEN 0 AND {last}")


def _copy() -> None:
    op.create_table(
        "delivery_by_range",
        sa.Column("issue_id", ID, autoincrement=False, nullable=False),
        sa.Column("subscriber_id", ID, autoincrement=False, nullable=False),
        sa.Column("variant", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("failure", sa.SmallInteger(), nullable=False),
        sa.Column("skipped", sa.SmallInteger(), nullable=False),
        sa.Column("code", sa.SmallInteger(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(state = 3) = (next_at IS NOT NULL)", name=op.f("ck_delivery_deferred_is_due")),
        *(
            sa.CheckConstraint(f"{column} BETWEEN 0 AND {last}", name=op.f(f"ck_delivery_{column}"))
            for column, last in RANGES.items()
        ),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_delivery_issue_id")),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"], name=op.f("fk_delivery_subscriber_id")),
        sa.PrimaryKeyConstraint("issue_id", "subscriber_id", name=op.f("pk_delivery")),
        sqlite_with_rowid=False,
    )
    columns = (
        "issue_id, subscriber_id, variant, state, attempts, failure, skipped, code, detail, next_at, changed_at"
    )
    op.execute(f"INSERT INTO delivery_by_range ({columns}) SELECT {columns} FROM delivery")  # noqa: S608
    op.drop_table("delivery")
    op.rename_table("delivery_by_range", "delivery")

"""Indexes by which the undo of a large import finds what names a reader."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the indexes; the one of deliveries stays empty on SQLite, which does not need it."""
    op.create_index(
        op.f("ix_delivery_subscriber_id"),
        "delivery",
        ["subscriber_id"],
        unique=False,
        sqlite_where=sa.text("0"),
    )
    for table, column in (("event", "subscriber_id"), ("subscriber", "merged_into")):
        op.create_index(
            op.f(f"ix_{table}_{column}"),
            table,
            [column],
            unique=False,
            sqlite_where=sa.text(f"{column} IS NOT NULL"),
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
        )

"""Counts of the reports that match no letter."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0004"
branch_labels = None
depends_on = None

def upgrade() -> None:
    """Create the table of counts."""
    op.create_table(
        "unmatched_report",
        sa.Column("issue_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN (0, 1, 2, 3, 4, 5, 6, 7)", name=op.f("ck_unmatched_report_kind")),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_unmatched_report_issue_id")),
        sa.PrimaryKeyConstraint("issue_id", "source", "kind", name=op.f("pk_unmatched_report")),
        sqlite_with_rowid=False,
    )

"""The segment that an issue was sent to, and readers who were merged into another one."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; the issues that are there went to every reader."""
    op.add_column("issue", sa.Column("segment", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "subscriber", sa.Column("merged_into", sa.BigInteger().with_variant(sa.Integer(), "sqlite"))
    )

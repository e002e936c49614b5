"""Variants have names; whatever was frozen before was the ordinary letter."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the name, with a default: a column that needs none to be written anew, in either database."""
    op.add_column(
        "issue_variant", sa.Column("name", sa.String(length=128), server_default="ordinary", nullable=False)
    )

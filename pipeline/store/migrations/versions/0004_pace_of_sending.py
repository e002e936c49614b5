"""What all processes share about the pace of sending."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of books, one for each relay and sender."""
    op.create_table(
        "pace",
        sa.Column("scope", sa.String(length=512), nullable=False),
        sa.Column("book", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_pace")),
        sqlite_with_rowid=False,
    )

"""Tokens of webhooks that may be used once."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of tokens."""
    op.create_table(
        "webhook_token",
        sa.Column("token", sa.LargeBinary(length=16), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_webhook_token")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_webhook_token_used_at"), "webhook_token", ["used_at"], unique=False)

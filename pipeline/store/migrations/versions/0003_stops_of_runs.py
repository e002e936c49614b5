"""Issues remember why a run was stopped, until when a pause lasts, and since when they are fresh."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns that are empty for everything before."""
    for name in ("trip", "refusal", "stopped_reason"):
        kind = sa.String(length=16) if name == "trip" else sa.Text()
        op.add_column("issue", sa.Column(name, kind, server_default="", nullable=False))
    for name in ("resumes_at", "renewed_at"):
        op.add_column("issue", sa.Column(name, sa.BigInteger(), nullable=True))

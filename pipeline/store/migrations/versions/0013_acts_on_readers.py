"""Acts on many readers that can be undone, first names, attributes, and who was kept out."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables, and the columns of readers; old readers belong to no act."""
    op.create_table(
        "reader_act",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("given_at", sa.BigInteger(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reader_act")),
    )
    op.create_table(
        "reader_act_change",
        sa.Column("act_id", ID, autoincrement=False, nullable=False),
        sa.Column("subscriber_id", ID, autoincrement=False, nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["act_id"], ["reader_act.id"], name=op.f("fk_reader_act_change_act_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscriber.id"],
            name=op.f("fk_reader_act_change_subscriber_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("act_id", "subscriber_id", name=op.f("pk_reader_act_change")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_reader_act_change_subscriber_id"), "reader_act_change", ["subscriber_id"], unique=False
    )
    op.create_table(
        "kept_out",
        sa.Column("email_hmac", sa.LargeBinary(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("act_id", ID, nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["act_id"], ["reader_act.id"], name=op.f("fk_kept_out_act_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("email_hmac", name=op.f("pk_kept_out")),
        sqlite_with_rowid=False,
    )
    op.add_column("subscriber", sa.Column("first_name", sa.Text(), server_default="", nullable=False))
    op.add_column("subscriber", sa.Column("attributes", sa.Text(), server_default="", nullable=False))
    op.add_column("subscriber", sa.Column("act_id", ID, nullable=True))

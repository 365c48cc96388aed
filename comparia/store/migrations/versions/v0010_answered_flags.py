"""What people say of the passages of a recap that checks point at is kept, and the words that they mask.

Frozen: a later change of the tables is another file.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table of answered flags."""
    op.create_table(
        "answered_flags",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("run_id", sa.String(40), nullable=False),
        sa.Column("variant", sa.String(80), nullable=False),
        sa.Column("flag", sa.String(40), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_answered_flags"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_answered_flags_run_id"),
    )
    op.create_index("ix_answered_flags_run_id", "answered_flags", ["run_id"])

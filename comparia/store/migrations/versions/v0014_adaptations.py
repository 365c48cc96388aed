"""Recaps in plain language or in other languages are kept.

Frozen: a later change of the tables is another file.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table of adaptations."""
    op.create_table(
        "adaptations",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("run_id", sa.String(40), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_adaptations"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_adaptations_run_id"),
    )
    op.create_index("ix_adaptations_run_id", "adaptations", ["run_id"])

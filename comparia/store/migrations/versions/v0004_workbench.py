"""What people do in the browser: sessions not sent yet, verdicts settled by hand, recaps being composed.

Frozen: a later change of the tables is another file.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of drafts, of settled verdicts and of compositions."""
    op.create_table(
        "drafts",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("updated_at", sa.String(32), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_drafts"),
    )
    op.create_table(
        "settlements",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("run_id", sa.String(40), nullable=False),
        sa.Column("key_point", sa.String(200), nullable=False),
        sa.Column("variant", sa.String(80), nullable=False),
        sa.Column("verdict", sa.String(20), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_settlements"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_settlements_run_id"),
    )
    op.create_index("ix_settlements_run_id", "settlements", ["run_id"])
    op.create_table(
        "compositions",
        sa.Column("run_id", sa.String(40), nullable=False),
        sa.Column("updated_at", sa.String(32), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_compositions"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_compositions_run_id"),
    )

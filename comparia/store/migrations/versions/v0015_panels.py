"""Panels are kept, with their raters and ratings; a settled verdict says which panel settled it.

Frozen: a later change of the tables is another file.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables of panels, of their raters and of ratings, and a column to settled verdicts."""
    op.create_table(
        "panels",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("run_id", sa.String(40), nullable=False),
        sa.Column("opened_at", sa.String(32), nullable=False),
        sa.Column("closed_at", sa.String(32), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_panels"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_panels_run_id"),
    )
    op.create_index("ix_panels_run_id", "panels", ["run_id"])
    op.create_table(
        "raters",
        sa.Column("panel_id", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("token", sa.String(64), nullable=True),
        sa.Column("held", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("panel_id", "number", name="pk_raters"),
        sa.ForeignKeyConstraint(["panel_id"], ["panels.id"], name="fk_raters_panel_id"),
    )
    op.create_index("ix_raters_token", "raters", ["panel_id", "token"], unique=True)
    op.create_table(
        "ratings",
        sa.Column("panel_id", sa.String(40), nullable=False),
        sa.Column("rater", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("item", sa.String(40), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("panel_id", "rater", "item", name="pk_ratings"),
        sa.ForeignKeyConstraint(["panel_id"], ["panels.id"], name="fk_ratings_panel_id"),
    )
    op.add_column("settlements", sa.Column("panel", sa.String(40), nullable=True))

"""A score is stored once a run, whichever scorings hold it. Scorings that are there keep their content.

Frozen: a later change of the tables is another file.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table of scores, and the column of the scores of a scoring."""
    op.add_column("scorings", sa.Column("score_numbers", sa.Text(), nullable=True))
    op.create_table(
        "scores",
        sa.Column("run_id", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "number", name="pk_scores"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_scores_run_id"),
    )
    op.create_index("ix_scores_run_id", "scores", ["run_id", "digest"], unique=True)

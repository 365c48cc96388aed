"""What judges said of key points in recaps is kept a point, so that nothing is asked twice.

What servers were found not to take is kept too.

Frozen: a later change of the tables is another file.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table of rulings, and the table of what servers do not take."""
    op.create_table(
        "rulings",
        sa.Column("run_id", sa.String(40), nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "key", name="pk_rulings"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_rulings_run_id"),
    )
    op.create_table(
        "not_taken",
        sa.Column("address", sa.String(300), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("address", "model", "code", name="pk_not_taken"),
    )

"""Recaps that are opened to those who took part are kept, with their marks.

Frozen: a later change of the tables is another file.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables of readings, of the phones that opened them, and of marks."""
    op.create_table(
        "readings",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("run_id", sa.String(40), nullable=False),
        sa.Column("opened_at", sa.String(32), nullable=False),
        sa.Column("closed_at", sa.String(32), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_readings"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_readings_run_id"),
    )
    op.create_index("ix_readings_run_id", "readings", ["run_id"])
    op.create_table(
        "readers",
        sa.Column("reading_id", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("token", sa.String(64), nullable=True),
        sa.PrimaryKeyConstraint("reading_id", "number", name="pk_readers"),
        sa.ForeignKeyConstraint(["reading_id"], ["readings.id"], name="fk_readers_reading_id"),
    )
    op.create_index("ix_readers_token", "readers", ["reading_id", "token"], unique=True)
    op.create_table(
        "marks",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("reading_id", sa.String(40), nullable=False),
        sa.Column("reader", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_marks"),
        sa.ForeignKeyConstraint(["reading_id"], ["readings.id"], name="fk_marks_reading_id"),
    )
    op.create_index("ix_marks_reading_id", "marks", ["reading_id"])

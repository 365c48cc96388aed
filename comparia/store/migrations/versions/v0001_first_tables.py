"""First tables.

Frozen: a later change of the tables is another file.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of version 0.1."""
    for name, width in (("transcripts", 40), ("prompts", 80), ("refs", 40)):
        op.create_table(
            name,
            sa.Column("id", sa.String(width), nullable=False),
            sa.Column("content", sa.Text(), nullable=False),
            sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        )
    op.create_table(
        "runs",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("finished_at", sa.String(32)),
        sa.Column("transcript_id", sa.String(40), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column("header", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
        sa.ForeignKeyConstraint(["transcript_id"], ["transcripts.id"], name="fk_runs_transcript_id"),
    )
    op.create_index("ix_runs_created_at", "runs", ["created_at"])
    op.create_table(
        "completions",
        sa.Column("run_id", sa.String(40), nullable=False),
        sa.Column("request_id", sa.String(40), nullable=False),
        sa.Column("question", sa.String(40), nullable=False),
        sa.Column("backend", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "request_id", name="pk_completions"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_completions_run_id"),
    )
    op.create_table(
        "variants",
        sa.Column("run_id", sa.String(40), nullable=False),
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "id", name="pk_variants"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_variants_run_id"),
    )
    op.create_table(
        "scorings",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("run_id", sa.String(40), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("reference_id", sa.String(40)),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_scorings"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_scorings_run_id"),
        sa.ForeignKeyConstraint(["reference_id"], ["refs.id"], name="fk_scorings_reference_id"),
    )
    op.create_index("ix_scorings_run_id", "scorings", ["run_id"])
    op.create_table(
        "journal",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("run_id", sa.String(40), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_journal"),
    )
    op.create_index("ix_journal_run_id", "journal", ["run_id"])

"""Blind votes, and the versions of a prompt tried on stage.

Frozen: a later change of the tables is another file.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of judgings, of their voters and ballots, of tags and of stages."""
    op.create_table(
        "judgings",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("run_id", sa.String(40), nullable=False),
        sa.Column("opened_at", sa.String(32), nullable=False),
        sa.Column("closed_at", sa.String(32)),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_judgings"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_judgings_run_id"),
    )
    op.create_index("ix_judgings_run_id", "judgings", ["run_id"])
    op.create_table(
        "voters",
        sa.Column("judging_id", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("order", sa.String(200), nullable=False),
        sa.Column("shown_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("judging_id", "number", name="pk_voters"),
        sa.ForeignKeyConstraint(["judging_id"], ["judgings.id"], name="fk_voters_judging_id"),
    )
    op.create_index("ix_voters_token", "voters", ["token"])
    op.create_table(
        "ballots",
        sa.Column("judging_id", sa.String(40), nullable=False),
        sa.Column("voter", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("judging_id", "voter", name="pk_ballots"),
        sa.ForeignKeyConstraint(["judging_id"], ["judgings.id"], name="fk_ballots_judging_id"),
    )
    op.create_table(
        "tags",
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tags"),
    )
    op.create_table(
        "stages",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stages"),
    )

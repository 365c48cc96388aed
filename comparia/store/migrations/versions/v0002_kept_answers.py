"""Embeddings and suggested key points kept, so that no model is asked twice.

Frozen: a later change of the tables is another file.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of embeddings and of suggestions."""
    op.create_table(
        "embeddings",
        sa.Column("transcript_id", sa.String(40), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("text_id", sa.String(40), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("transcript_id", "model", "text_id", name="pk_embeddings"),
        sa.ForeignKeyConstraint(["transcript_id"], ["transcripts.id"], name="fk_embeddings_transcript_id"),
    )
    op.create_table(
        "suggestions",
        sa.Column("transcript_id", sa.String(40), nullable=False),
        sa.Column("request_id", sa.String(40), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("transcript_id", "request_id", name="pk_suggestions"),
        sa.ForeignKeyConstraint(["transcript_id"], ["transcripts.id"], name="fk_suggestions_transcript_id"),
    )

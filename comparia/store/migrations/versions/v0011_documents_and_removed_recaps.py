"""What is chosen of the document of a run is kept; so are the recaps that were removed from it, to be put back.

Frozen: a later change of the tables is another file.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables of the choices of documents, and of removed recaps."""
    op.create_table(
        "documents",
        sa.Column("run_id", sa.String(40), nullable=False),
        sa.Column("updated_at", sa.String(32), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_documents"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_documents_run_id"),
    )
    op.create_table(
        "removed_recaps",
        sa.Column("run_id", sa.String(40), nullable=False),
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("cell", sa.Integer()),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "id", name="pk_removed_recaps"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_removed_recaps_run_id"),
    )

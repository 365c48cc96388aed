"""The room of an audience is kept, votes may be on recaps of several runs, and authors are shown after the close.

Frozen: a later change of the tables is another file.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table of rooms, and the columns of judgings; those that are closed have shown their authors already."""
    op.create_table(
        "rooms",
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("opened_at", sa.String(32), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_rooms"),
    )
    op.add_column("judgings", sa.Column("named_at", sa.String(32), nullable=True))
    op.add_column("judgings", sa.Column("secret", sa.String(64), nullable=True))
    op.execute(sa.text("UPDATE judgings SET named_at = closed_at"))
    if op.get_bind().dialect.name == "postgresql":  # SQLite holds texts of any length in any column
        op.alter_column("voters", "order", type_=sa.Text())

"""When each session was first kept, so that what was never run can be removed by its age too.

Frozen: a later change of the tables is another file.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the date of a session; empty for those kept before."""
    op.add_column("transcripts", sa.Column("added_at", sa.String(32), nullable=True))

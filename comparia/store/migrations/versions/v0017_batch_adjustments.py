"""How the requests of a batch are changed for a server is called adjustments: an adaptation is of a recap.

Frozen: a later change of the tables is another file.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Rename the field of the batches that are stored."""
    batches = sa.table("batches", sa.column("id", sa.String), sa.column("content", sa.Text))
    connection = op.get_bind()
    for row in connection.execute(sa.select(batches)).all():
        content = json.loads(row.content)
        if "adaptations" in content:
            content["adjustments"] = content.pop("adaptations")
            changed = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
            connection.execute(batches.update().where(batches.c.id == row.id).values(content=changed))

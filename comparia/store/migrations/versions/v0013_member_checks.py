"""What was called a reading is called a member check.

Frozen: a later change of the tables is another file.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Name the table, the columns that point to it, and what rooms keep of it by its new name."""
    op.rename_table("readings", "member_checks")
    op.drop_index("ix_readings_run_id", "member_checks")
    op.create_index("ix_member_checks_run_id", "member_checks", ["run_id"])
    op.execute("ALTER TABLE readers RENAME COLUMN reading_id TO check_id")
    op.drop_index("ix_marks_reading_id", "marks")
    op.execute("ALTER TABLE marks RENAME COLUMN reading_id TO check_id")
    op.create_index("ix_marks_check_id", "marks", ["check_id"])
    rooms = sa.table("rooms", sa.column("code"), sa.column("content"))
    connection = op.get_bind()
    for row in connection.execute(sa.select(rooms)).all():
        content = json.loads(row.content)
        content["member_checks"] = content.pop("readings", [])
        content["member_check"] = content.pop("reading", "")
        text = json.dumps(content, ensure_ascii=False)
        connection.execute(rooms.update().where(rooms.c.code == row.code).values(content=text))

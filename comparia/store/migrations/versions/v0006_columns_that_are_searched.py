"""What is searched is a column: failed, cell, prompts of a run, plan, scored, and the name of a scoring.

Frozen: a later change of the tables is another file.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table of the prompts of runs, and fill them from the rows that are there."""
    op.add_column("scorings", sa.Column("name", sa.String(80), nullable=False, server_default=""))
    op.add_column("variants", sa.Column("cell", sa.Integer(), nullable=True))
    op.add_column("variants", sa.Column("failed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("runs", sa.Column("plan", sa.Text(), nullable=False, server_default="{}"))
    op.add_column("runs", sa.Column("scored", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "run_prompts",
        sa.Column("run_id", sa.String(40), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("prompt_id", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "place", name="pk_run_prompts"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_run_prompts_run_id"),
        sa.ForeignKeyConstraint(["prompt_id"], ["prompts.id"], name="fk_run_prompts_prompt_id"),
    )
    op.create_index("ix_run_prompts_prompt_id", "run_prompts", ["prompt_id"])
    connection = op.get_bind()
    for run_id in connection.execute(sa.text("SELECT id FROM runs")).scalars().all():
        _fill(connection, run_id)


def _fill(connection: sa.Connection, run_id: str) -> None:
    """Fill the columns of one run and of its variants."""
    this = {"run": run_id}
    run = connection.execute(sa.text("SELECT header, finished_at FROM runs WHERE id = :run"), this).one()
    prompts, _newline, header = run.header.partition("\n")
    fields = json.loads(header)
    plan = fields.pop("plan")
    scored_at = connection.execute(
        sa.text("SELECT max(at) FROM scorings WHERE run_id = :run AND content <> '[]'"), this
    ).scalar()
    connection.execute(
        sa.text("UPDATE runs SET header = :header, plan = :plan, scored = :scored WHERE id = :run").bindparams(
            sa.bindparam("scored", type_=sa.Boolean())
        ),
        {
            **this,
            "header": json.dumps(fields, ensure_ascii=False, separators=(",", ":")),
            "plan": json.dumps(plan, ensure_ascii=False, separators=(",", ":")),
            "scored": bool(scored_at and run.finished_at and scored_at >= run.finished_at),
        },
    )
    for place, prompt in enumerate(json.loads(prompts), start=1):
        connection.execute(
            sa.text("INSERT INTO run_prompts (run_id, place, prompt_id) VALUES (:run, :place, :prompt)"),
            {**this, "place": place, "prompt": prompt},
        )
    cells = {cell["variant"]: place for place, cell in enumerate(plan["cells"], start=1)}
    variants = sa.text("SELECT id, content FROM variants WHERE run_id = :run")
    for variant in connection.execute(variants, this).all():
        connection.execute(
            sa.text(
                "UPDATE variants SET cell = :cell, failed = :failed WHERE run_id = :run AND id = :variant"
            ).bindparams(sa.bindparam("failed", type_=sa.Boolean())),
            {
                **this,
                "variant": variant.id,
                "cell": cells.get(variant.id),
                "failed": json.loads(variant.content).get("summary") is None,
            },
        )

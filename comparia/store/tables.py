"""The tables. Texts and records are kept as the JSON of `records`, ids and what is searched as columns.

Transcripts, prompts and references are content-addressed: many runs of one session hold it once. `variants.cell` is the
place of a variant in the plan of its run, from 1, and empty for a recap that was added to the run.

A score is stored once a run, whichever scorings hold it: `scores.number` counts them from 1, `scorings.score_numbers`
is a JSON list of (first, last) numbers, in order. It is empty for a scoring of an earlier version, whose `content`
holds its scores; the `content` of the others is an empty list.

`judgings.secret` signs the tokens of voters; it is removed with them, when the authors are shown. The tokens of
`readers` are removed when their member check is closed; their numbers stay, to be counted. So are those of `raters`
when their panel is closed; `raters.held` is the item that a rater has before them. `settlements.panel` is the panel
that settled a verdict, empty for a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table, Text

from comparia.records import Transcript, Variant, now

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

transcripts = Table(
    "transcripts",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("content", Text, nullable=False),
    Column("added_at", String(32)),
)
prompts = Table(
    "prompts", METADATA, Column("id", String(80), primary_key=True), Column("content", Text, nullable=False)
)
references = Table(
    "refs", METADATA, Column("id", String(40), primary_key=True), Column("content", Text, nullable=False)
)
runs = Table(
    "runs",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("status", String(12), nullable=False),
    Column("created_at", String(32), nullable=False, index=True),
    Column("finished_at", String(32)),
    Column("transcript_id", String(40), ForeignKey("transcripts.id"), nullable=False),
    Column("title", Text, nullable=False),
    Column("planned", Integer, nullable=False),
    Column("header", Text, nullable=False),
    Column("plan", Text, nullable=False),
    Column("scored", Boolean, nullable=False),
)
run_prompts = Table(
    "run_prompts",
    METADATA,
    Column("run_id", String(40), ForeignKey("runs.id"), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("prompt_id", String(80), ForeignKey("prompts.id"), nullable=False, index=True),
)
completions = Table(
    "completions",
    METADATA,
    Column("run_id", String(40), ForeignKey("runs.id"), primary_key=True),
    Column("request_id", String(40), primary_key=True),
    Column("question", String(40), nullable=False),
    Column("backend", Text, nullable=False),
    Column("content", Text, nullable=False),
)
variants = Table(
    "variants",
    METADATA,
    Column("run_id", String(40), ForeignKey("runs.id"), primary_key=True),
    Column("id", String(80), primary_key=True),
    Column("cell", Integer),
    Column("failed", Boolean, nullable=False),
    Column("content", Text, nullable=False),
)
scorings = Table(
    "scorings",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("run_id", String(40), ForeignKey("runs.id"), nullable=False, index=True),
    Column("name", String(80), nullable=False),
    Column("at", String(32), nullable=False),
    Column("reference_id", String(40), ForeignKey("refs.id")),
    Column("content", Text, nullable=False),
    Column("score_numbers", Text),
)
scores = Table(
    "scores",
    METADATA,
    Column("run_id", String(40), ForeignKey("runs.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False),
    Column("content", Text, nullable=False),
    Index("ix_scores_run_id", "run_id", "digest", unique=True),
)
journal = Table(
    "journal",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("run_id", String(40), nullable=False),
    Column("at", String(32), nullable=False),
    Column("content", Text, nullable=False),
    Index("ix_journal_run_id", "run_id"),
)
embeddings = Table(
    "embeddings",
    METADATA,
    Column("transcript_id", String(40), ForeignKey("transcripts.id"), primary_key=True),
    Column("model", String(200), primary_key=True),
    Column("text_id", String(40), primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)
drafts = Table(
    "drafts",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("updated_at", String(32), nullable=False),
    Column("content", Text, nullable=False),
)
settlements = Table(
    "settlements",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("run_id", String(40), ForeignKey("runs.id"), nullable=False, index=True),
    Column("key_point", String(200), nullable=False),
    Column("variant", String(80), nullable=False),
    Column("verdict", String(20), nullable=False),
    Column("at", String(32), nullable=False),
    Column("panel", String(40)),
)
answered_flags = Table(
    "answered_flags",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("run_id", String(40), ForeignKey("runs.id"), nullable=False, index=True),
    Column("variant", String(80), nullable=False),
    Column("flag", String(40), nullable=False),
    Column("at", String(32), nullable=False),
    Column("content", Text, nullable=False),
)
compositions = Table(
    "compositions",
    METADATA,
    Column("run_id", String(40), ForeignKey("runs.id"), primary_key=True),
    Column("updated_at", String(32), nullable=False),
    Column("content", Text, nullable=False),
)
documents = Table(
    "documents",
    METADATA,
    Column("run_id", String(40), ForeignKey("runs.id"), primary_key=True),
    Column("updated_at", String(32), nullable=False),
    Column("content", Text, nullable=False),
)
removed_recaps = Table(
    "removed_recaps",
    METADATA,
    Column("run_id", String(40), ForeignKey("runs.id"), primary_key=True),
    Column("id", String(80), primary_key=True),
    Column("cell", Integer),
    Column("at", String(32), nullable=False),
    Column("content", Text, nullable=False),
)
judgings = Table(
    "judgings",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("run_id", String(40), ForeignKey("runs.id"), nullable=False, index=True),
    Column("opened_at", String(32), nullable=False),
    Column("closed_at", String(32)),
    Column("named_at", String(32)),
    Column("secret", String(64)),
    Column("content", Text, nullable=False),
)
rooms = Table(
    "rooms",
    METADATA,
    Column("code", String(20), primary_key=True),
    Column("opened_at", String(32), nullable=False),
    Column("content", Text, nullable=False),
)
voters = Table(
    "voters",
    METADATA,
    Column("judging_id", String(40), ForeignKey("judgings.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("token", String(64), nullable=False, index=True),
    Column("order", Text, nullable=False),
    Column("shown_at", String(32), nullable=False),
)
ballots = Table(
    "ballots",
    METADATA,
    Column("judging_id", String(40), ForeignKey("judgings.id"), primary_key=True),
    Column("voter", Integer, primary_key=True),
    Column("content", Text, nullable=False),
)
member_checks = Table(
    "member_checks",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("run_id", String(40), ForeignKey("runs.id"), nullable=False, index=True),
    Column("opened_at", String(32), nullable=False),
    Column("closed_at", String(32)),
    Column("content", Text, nullable=False),
)
readers = Table(
    "readers",
    METADATA,
    Column("check_id", String(40), ForeignKey("member_checks.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("token", String(64)),
    Index("ix_readers_token", "check_id", "token", unique=True),
)
marks = Table(
    "marks",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("check_id", String(40), ForeignKey("member_checks.id"), nullable=False, index=True),
    Column("reader", Integer, nullable=False),
    Column("content", Text, nullable=False),
)
panels = Table(
    "panels",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("run_id", String(40), ForeignKey("runs.id"), nullable=False, index=True),
    Column("opened_at", String(32), nullable=False),
    Column("closed_at", String(32)),
    Column("content", Text, nullable=False),
)
raters = Table(
    "raters",
    METADATA,
    Column("panel_id", String(40), ForeignKey("panels.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("token", String(64)),
    Column("held", Text),
    Index("ix_raters_token", "panel_id", "token", unique=True),
)
ratings = Table(
    "ratings",
    METADATA,
    Column("panel_id", String(40), ForeignKey("panels.id"), primary_key=True),
    Column("rater", Integer, primary_key=True, autoincrement=False),
    Column("item", String(40), primary_key=True),
    Column("content", Text, nullable=False),
)
adaptations = Table(
    "adaptations",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("run_id", String(40), ForeignKey("runs.id"), nullable=False, index=True),
    Column("at", String(32), nullable=False),
    Column("content", Text, nullable=False),
)
tags = Table(
    "tags",
    METADATA,
    Column("id", String(80), primary_key=True),
    Column("place", Integer, nullable=False),
    Column("content", Text, nullable=False),
)
stages = Table(
    "stages",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("created_at", String(32), nullable=False),
    Column("content", Text, nullable=False),
)
rulings = Table(
    "rulings",
    METADATA,
    Column("run_id", String(40), ForeignKey("runs.id"), primary_key=True),
    Column("key", String(40), primary_key=True),
    Column("content", Text, nullable=False),
)
not_taken = Table(
    "not_taken",
    METADATA,
    Column("address", String(300), primary_key=True),
    Column("model", String(200), primary_key=True),
    Column("code", String(40), primary_key=True),
)
batches = Table(
    "batches",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("run_id", String(40), ForeignKey("runs.id"), nullable=False, index=True),
    Column("state", String(12), nullable=False),
    Column("content", Text, nullable=False),
)
suggestions = Table(
    "suggestions",
    METADATA,
    Column("transcript_id", String(40), ForeignKey("transcripts.id"), primary_key=True),
    Column("request_id", String(40), primary_key=True),
    Column("content", Text, nullable=False),
)


def session_row(transcript: Transcript) -> dict[str, Any]:
    """Return the row of a session that is kept now. Its recording is kept with each run: not all may have it."""
    content = transcript.model_copy(update={"recording": None}).model_dump_json()
    return {"id": transcript.id, "content": content, "added_at": now().isoformat()}


def variant_row(run_id: str, variant: Variant, cells: Mapping[str, int]) -> dict[str, Any]:
    """Return the row of a variant, given the places of variants in the plan of its run."""
    return {
        "run_id": run_id,
        "id": variant.id,
        "cell": cells.get(variant.id),
        "failed": variant.summary is None,
        "content": variant.model_dump_json(),
    }

"""The same votes as a Parquet file, by duckdb: `pip install "duckdb>=1.4,<3"`."""

from __future__ import annotations

from comparia.records import Run
from comparia.reports import votes
from comparia.reports.parquet import parquet_bytes

MEDIA_TYPE = "application/vnd.apache.parquet"
SUFFIX = "pq"
DESCRIPTION = "blind votes as Parquet, in the same columns as `votes`"
NEEDS_VOTES = True

_MESSAGES = "STRUCT(content VARCHAR, reasoning_content VARCHAR, role VARCHAR, user_content VARCHAR)[]"
_METADATA = {
    **{
        f"{name}_{side}": kind
        for name, kind in (("tokens", "BIGINT"), ("conso", "DOUBLE"), ("duration", "DOUBLE"), ("latency", "DOUBLE"))
        for side in "ab"
    },
    "time_to_vote": "DOUBLE",
    "mode": "VARCHAR",
    "custom_models_selection": "VARCHAR[]",
    "categories": "VARCHAR[]",
    "languages": "VARCHAR[]",
    "short_summary": "VARCHAR",
    "total_tokens_a": "BIGINT",
    "total_tokens_b": "BIGINT",
    "total_conso_a": "DOUBLE",
    "total_conso_b": "DOUBLE",
    "question": "VARCHAR",
    "shown_a": "VARCHAR",
    "shown_b": "VARCHAR",
    "position_a": "BIGINT",
    "position_b": "BIGINT",
    "tags_a": "VARCHAR[]",
    "tags_b": "VARCHAR[]",
    "conso_method_a": "VARCHAR",
    "conso_method_b": "VARCHAR",
    "style": "VARCHAR",
    "voter": "BIGINT",
    "transcript": "VARCHAR",
    "run": "VARCHAR",
    "software": "VARCHAR",
}
COLUMNS = {
    "response_id": "VARCHAR",
    "choice": "VARCHAR",
    "response_a": _MESSAGES,
    "response_b": _MESSAGES,
    "web_search_results": "STRUCT(name VARCHAR, url VARCHAR, content VARCHAR)[]",
    "turn": "BIGINT",
    "comparison_id": "VARCHAR",
    "model_a": "VARCHAR",
    "model_b": "VARCHAR",
    "timestamp": "TIMESTAMP",
    "full_conversation_a": _MESSAGES,
    "full_conversation_b": _MESSAGES,
    "metadata": "STRUCT(" + ", ".join(f"{name} {kind}" for name, kind in _METADATA.items()) + ")",
}
"""Columns and their types in duckdb's words, so that a file without a vote has them too; times are UTC."""


def write(run: Run, shown: votes.Shown | None = None) -> bytes:
    """Return Parquet with the columns of `comparia.reports.votes`; without a row where nobody voted.

    Args:
        run: the run.
        shown: its recaps as voters read them; null in the rows where they are not given.

    Raises:
        MissingExtra: duckdb is not installed.
    """
    return parquet_bytes(votes.write(run, shown).splitlines(keepends=True), COLUMNS)

"""The same votes as a Parquet file, by duckdb: `pip install "duckdb>=1.4,<3"`."""

from __future__ import annotations

from comparia.records import Run
from comparia.reports import votes
from comparia.reports.parquet import parquet_bytes

MEDIA_TYPE = "application/vnd.apache.parquet"
SUFFIX = "pq"
DESCRIPTION = "blind votes as Parquet, in the same columns as `votes`"
NEEDS_VOTES = True

_CONVERSATION = "STRUCT(role VARCHAR, content VARCHAR)[]"
_METADATA = {
    **{
        f"{name}_{side}": kind
        for name, kind in (("tokens", "BIGINT"), ("conso", "DOUBLE"), ("duration", "DOUBLE"), ("position", "BIGINT"))
        for side in "ab"
    },
    "tags_a": "VARCHAR[]",
    "tags_b": "VARCHAR[]",
    "time_to_vote": "DOUBLE",
    "mode": "VARCHAR",
    "custom_models_selection": "VARCHAR[]",
    "languages": "VARCHAR[]",
    "transcript": "VARCHAR",
    "run": "VARCHAR",
    "software": "VARCHAR",
}
COLUMNS = {
    **dict.fromkeys(
        ("response_id", "choice", "response_a", "response_b", "web_search_results", "comparison_id"), "VARCHAR"
    ),
    **dict.fromkeys(("model_a", "model_b"), "VARCHAR"),
    "timestamp": "TIMESTAMPTZ",
    "full_conversation_a": _CONVERSATION,
    "full_conversation_b": _CONVERSATION,
    "metadata": "STRUCT(" + ", ".join(f"{name} {kind}" for name, kind in _METADATA.items()) + ")",
}
"""Columns and their types in duckdb's words, so that a file without a vote has them too."""


def write(run: Run) -> bytes:
    """Return Parquet with the columns of `comparia.reports.votes`; without a row where nobody voted.

    Raises:
        MissingExtra: duckdb is not installed.
    """
    return parquet_bytes(votes.write(run).splitlines(keepends=True), COLUMNS)

"""The same votes as a Parquet file, by duckdb: `pip install "duckdb>=1.4,<3"`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from comparia.errors import MissingExtra
from comparia.messages import gettext as _
from comparia.records import Run
from comparia.reports import votes

MEDIA_TYPE = "application/vnd.apache.parquet"
SUFFIX = "parquet"
DESCRIPTION = "the same votes as Parquet"
NEEDS_VOTES = True

_CONVERSATION = "STRUCT(role VARCHAR, content VARCHAR)[]"
_METADATA = {
    **{
        f"{name}_{side}": kind
        for name, kind in (("tokens", "BIGINT"), ("conso", "DOUBLE"), ("duration", "DOUBLE"))
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
    try:
        import duckdb
    except ImportError as error:
        raise MissingExtra(_("Parquet"), 'pip install "duckdb>=1.4,<3"') from error
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder) / "votes.jsonl", Path(folder) / "votes.parquet"
        given.write_bytes(votes.write(run))
        columns = ", ".join(f"{name}: '{kind}'" for name, kind in COLUMNS.items())
        source, target = (str(path).replace("'", "''") for path in (given, made))
        with duckdb.connect() as connection:
            read = f"read_json('{source}', format = 'newline_delimited', columns = {{{columns}}})"
            connection.execute(
                f"COPY (SELECT * FROM {read}) "  # noqa: S608
                f"TO '{target}' (FORMAT PARQUET)"
            )
        return made.read_bytes()

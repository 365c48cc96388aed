"""Parquet by duckdb (`pip install "duckdb>=1.4,<3"`): the scores of a run, and rows of other reports."""

from __future__ import annotations

import errno
import importlib
import json
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from comparia.errors import MissingExtra
from comparia.messages import gettext as _
from comparia.records import Run
from comparia.reports.frames import columns_of

MEDIA_TYPE = "application/vnd.apache.parquet"
SUFFIX = "parquet"
DESCRIPTION = "one row a score as Parquet, a column a count, for pandas, R or duckdb"

ROWS_AT_ONCE = 20_000
"""Rows that are written together, by one thread: what is held in memory, however many rows there are."""

_WHOLE = frozenset(("repeat", "words"))
"""Columns of `frames.COLUMNS` that hold integers."""
_NUMBERS = frozenset(("value", "low", "high"))


def write(run: Run) -> bytes:
    """Return the scores of a run with the columns of `Run.to_frame`; without a row where nothing was scored.

    Raises:
        MissingExtra: duckdb is not installed.
    """
    columns = columns_of(run)
    kinds = {name: _kind(name) for name in columns}
    rows = (dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True))
    return parquet_bytes((json_line(row) for row in rows), kinds)


def _kind(column: str) -> str:
    if column in _NUMBERS or column.startswith(("count_", "measure_")):
        return "DOUBLE"
    return "BIGINT" if column in _WHOLE else "VARCHAR"


def json_line(row: Mapping[str, Any]) -> bytes:
    """Return a row as a line of JSON in UTF-8; half characters (surrogates) become question marks."""
    return json.dumps(row, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace") + b"\n"


def parquet_bytes(lines: Iterable[bytes], columns: Mapping[str, str]) -> bytes:
    """Return lines of JSON as a Parquet file.

    Args:
        lines: one row each.
        columns: the columns and their types in duckdb's words, so that a file without a row has them too.

    Raises:
        MissingExtra: duckdb is not installed.
    """
    duckdb()
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder) / "rows.jsonl", Path(folder) / "rows.parquet"
        with given.open("wb") as out:
            out.writelines(lines)
        copy_lines(given, made, columns)
        return made.read_bytes()


def copy_lines(source: Path, target: Path, columns: Mapping[str, str]) -> None:
    """Write a file of lines of JSON (`.gz` where it is compressed) as Parquet; rows pass in batches.

    Raises:
        MissingExtra: duckdb is not installed.
        OSError: the file cannot be read or written.
    """
    kinds = ", ".join(f"\"{name.replace(chr(34), '')}\": '{kind}'" for name, kind in columns.items())
    given, made = (str(path).replace("'", "''") for path in (source, target))
    module = duckdb()
    read = f"read_json('{given}', format = 'newline_delimited', columns = {{{kinds}}})"
    size = f"ROW_GROUP_SIZE {ROWS_AT_ONCE}"
    command = f"COPY (SELECT * FROM {read}) TO '{made}' (FORMAT PARQUET, {size})"  # noqa: S608 - no name from outside
    try:
        with module.connect(config={"threads": 1}) as connection:
            connection.execute(command)
    except module.IOException as error:
        raise OSError(errno.EIO, str(error)) from error


def duckdb() -> Any:
    """Return the module `duckdb`. Raises MissingExtra."""
    try:
        return importlib.import_module("duckdb")
    except ImportError as error:
        raise MissingExtra(_("Parquet"), 'pip install "duckdb>=1.4,<3"') from error

"""The tidy tables as files: CSV, Parquet, and a README that describes every column."""

from __future__ import annotations

import csv
import gzip
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from comparia.errors import StoreUnwritable, UnknownName
from comparia.files import private_folder, tighten, write_private
from comparia.messages import gettext as _
from comparia.records import Run
from comparia.reports.parquet import copy_lines, duckdb, json_line
from comparia.studies.columns import COMPONENTS, SQL, TABLES, UNITS, Table
from comparia.studies.runs import Row, StudyRun, Value, as_study_runs
from comparia.studies.tables import rows_of
from comparia.text.controls import table_cell

FORMATS = ("csv", "parquet")
"""What tables are written as."""

_HEAD = (
    "One observation a row, one number a column. Codes are never translated. CSV: UTF-8, commas, a point for decimals, "
    "an empty cell for what is missing; an apostrophe stands before a text that a spreadsheet would compute. Parquet "
    "holds the same rows, with types."
)
_MISSING = (
    "A missing number is not zero: `status` and `reason_code` say why it is missing. Compare numbers of equal "
    "`signature` only."
)


def write_tables(
    runs: Iterable[Run | StudyRun],
    folder: Path,
    formats: Sequence[str] = FORMATS,
    tables: Sequence[str] = tuple(TABLES),
) -> list[Path]:
    """Write the tables of some runs into a folder: `scores.csv`, `scores.parquet`..., and `README.md`.

    Runs are read once, one at a time, and rows go to the disk as they come: memory does not grow with the runs. Files
    replace those of the same names when all are whole.

    Args:
        runs: the runs.
        folder: made where it is missing; its files are readable by this account alone.
        formats: `csv`, `parquet` or both.
        tables: names of tables; all when left out.

    Returns:
        The files, the README first.

    Raises:
        UnknownName: no such format, or no such table.
        MissingExtra: Parquet is asked for and duckdb is not installed; nothing is written.
        StoreUnwritable: the folder cannot be written.
    """
    for name in formats:
        if name not in FORMATS:
            raise UnknownName(_("table format"), name, FORMATS)
    for name in tables:
        if name not in TABLES:
            raise UnknownName(_("table"), name, TABLES)
    if "parquet" in formats:
        duckdb()
    try:
        private_folder(folder)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".tables-") as beside:
            return _write(runs, folder, Path(beside), formats, tables)
    except OSError as error:
        message = _("{place} cannot be written ({error}).").format(place=folder, error=error.strerror)
        raise StoreUnwritable(message, _("Choose a folder that can be written.")) from error


def _write(
    runs: Iterable[Run | StudyRun], folder: Path, beside: Path, formats: Sequence[str], tables: Sequence[str]
) -> list[Path]:
    counts = dict.fromkeys(tables, 0)
    with ExitStack() as stack:
        writers = {name: _Writer(TABLES[name], beside, formats, stack) for name in tables}
        for run in as_study_runs(runs):
            for name, writer in writers.items():
                for row in rows_of(name, (run,)):
                    writer.add(row)
                    counts[name] += 1
    names = ["README.md"]
    write_private(beside / names[0], readme(counts).encode())
    for name in tables:
        for form in formats:
            made = beside / f"{name}.{form}"
            if form == "parquet":
                copy_lines(beside / _lines_of(name), made, {c.name: SQL[c.kind] for c in TABLES[name].columns})
                tighten(made)
            names.append(made.name)
    return [(beside / name).replace(folder / name) for name in names]


def _lines_of(table: str) -> str:
    """Return the name of the file that holds the rows of a table on their way to Parquet."""
    return f"{table}.jsonl.gz"


class _Writer:
    """Writes the rows of one table as they come: as CSV, and as lines of JSON for Parquet."""

    def __init__(self, table: Table, folder: Path, formats: Sequence[str], stack: ExitStack) -> None:
        self._csv: Any = None
        self._lines: gzip.GzipFile | None = None
        if "csv" in formats:
            file = folder / f"{table.name}.csv"
            write_private(file, b"")
            out = stack.enter_context(file.open("w", newline="", encoding="utf-8", errors="replace"))
            self._csv = csv.writer(out)
            self._csv.writerow(table.names)
        if "parquet" in formats:
            self._lines = stack.enter_context(gzip.GzipFile(folder / _lines_of(table.name), "wb", 1))

    def add(self, row: Row) -> None:
        """Write one row."""
        if self._csv is not None:
            self._csv.writerow([_csv_cell(value) for value in row.values()])
        if self._lines is not None:
            self._lines.write(json_line(row))


def _csv_cell(value: Value) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else table_cell(value)


def readme(counts: dict[str, int] | None = None) -> str:
    """Return what every table and every column holds, in Markdown and in English, whoever reads it.

    Args:
        counts: number of rows of each table that was written; every table, without numbers, when None.
    """
    lines = ["# Tables", "", _HEAD, "", _MISSING]
    for name in counts or TABLES:
        table = TABLES[name]
        size = f" {counts[name]} rows." if counts else ""
        keys = ", ".join(f"`{column}`" for column in table.key)
        lines += ["", f"## {name}", "", f"{table.meaning} Key: {keys}.{size}", ""]
        columns = [[f"`{c.name}`", c.kind, c.unit, c.meaning] for c in table.columns]
        lines += _table(["column", "type", "unit", "meaning"], columns)
    lines += ["", "## Components", "", "What `number` is, by `component` (and by metric, where two differ).", ""]
    lines += _table(["component", "unit", "meaning"], [[f"`{n}`", c.unit, c.meaning] for n, c in COMPONENTS.items()])
    lines += ["", "## Units", "", *_table(["unit", "meaning"], [[f"`{unit}`", what] for unit, what in UNITS.items()])]
    return "\n".join(lines) + "\n"


def _table(heads: list[str], rows: list[list[str]]) -> list[str]:
    """Return a table in Markdown."""
    cells = [heads, ["---"] * len(heads), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return ["| " + " | ".join(line) + " |" for line in cells]

"""Scores as data frames, and the tidy tables of one or many runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from comparia.config import Settings
from comparia.records import Run

if TYPE_CHECKING:
    from comparia.studies import StudyRun


def to_frame(run: Run, library: Literal["pandas", "polars"] | None = None, table: str = "") -> Any:
    """Return the scores of a run as a data frame, one row a score; or one of its tidy tables.

    Args:
        run: the run.
        library: what makes the frame; pandas where it is installed, else polars, when None.
        table: scores, pairs, groups, people, cells, calls or votes, with the columns of `comparia.studies.TABLES`.
            When empty, those of `comparia.reports.frames.COLUMNS`, then `count_NAME` and `measure_NAME`.

    Raises:
        MissingExtra: neither is installed, or not the one asked for.
        UnknownName: another library, or no such table.
    """
    from comparia.reports import frames

    if not table:
        return frames.to_frame(run, library)
    from comparia.studies import TABLES, rows_of

    rows = list(rows_of(table, (run,)))
    # One type a column: a library that reads the first cells alone takes counts for the type of every number.
    columns = {
        column.name: [
            float(row[column.name] or 0)
            if column.kind == "number" and row[column.name] is not None
            else row[column.name]
            for row in rows
        ]
        for column in TABLES[table].columns
    }
    return frames.frame_of(columns, library)


def write_tables(
    runs: Iterable[Run | StudyRun | str | Path],
    folder: str | Path,
    formats: Sequence[str] = ("csv", "parquet"),
    *,
    settings: Settings | None = None,
) -> list[Path]:
    """Write the tidy tables of some runs, with a README that describes every column; return the files, README first.

    Args:
        runs: runs; ids of stored ones, or exchange files, are read when their turn comes, one at a time.
        folder: made where it is missing.
        formats: `csv`, `parquet` (which needs duckdb) or both.
        settings: where runs are kept.

    Raises:
        UnknownName, RunFileError: no such run, or not a run; no such format.
        MissingExtra, StoreUnwritable: duckdb is not installed; the folder cannot be written.
    """
    from comparia import studies
    from comparia.library.comparisons import read_run

    def read() -> Iterator[Run | StudyRun]:
        for run in runs:
            yield read_run(run, settings=settings) if isinstance(run, str | Path) else run

    return studies.write_tables(read(), Path(folder), formats)

"""A sheet of a spreadsheet as its reader sees it, whatever file it lies in: its rows, merges and values as text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from comparia.errors import TranscriptError
from comparia.ingest.source import Source
from comparia.ingest.tables import MAX_CELL, MAX_ROWS, Row, too_many_rows
from comparia.messages import gettext as _

MAX_CELLS = 600_000
"""Cells of a sheet, empty ones between others counted: 60,000 contributions of ten columns."""
MAX_COLUMNS = 2_000
"""Columns of a sheet: a survey has under 500."""

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass
class Sheet:
    """A sheet as its reader sees it."""

    name: str
    rows: list[Row] = field(default_factory=list)
    hidden_rows: int = 0
    hidden_columns: int = 0
    merged: int = 0
    """Merged cells that hold words, under the headings."""
    uncomputed: int = 0
    """Formulas without the value that they give."""
    is_hidden: bool = False


def damaged(source: Source) -> TranscriptError:
    """Return the error of a spreadsheet that cannot be read to its end."""
    return TranscriptError(
        _("this spreadsheet is damaged or incomplete."),
        source.name,
        cure=_("Download it again, or open it in Excel or LibreOffice and save it again."),
    )


def too_large(source: Source) -> TranscriptError:
    """Return the error of a sheet of more than `MAX_CELLS` cells."""
    return TranscriptError(
        _("more than {limit} cells.").format(limit=MAX_CELLS),
        source.name,
        cure=_("Keep the rows of one question or one debate."),
    )


def fill_rows(sheet: Sheet, cells: Iterator[tuple[int, list[str]]], source: Source) -> None:
    """Give a sheet its rows, without the blank cells at their end nor the blank rows.

    Raises:
        TranscriptError: too many rows, or a cell that is too long.
    """
    for number, row in cells:
        while row and not row[-1].strip():
            row.pop()
        if not row:
            continue
        if len(sheet.rows) > MAX_ROWS:
            raise too_many_rows(source, MAX_ROWS)
        if any(len(cell) > MAX_CELL for cell in row):
            message = _("a cell of row {row} is longer than {limit} characters.")
            raise source.error(message.format(row=number, limit=MAX_CELL))
        sheet.rows.append(Row(number, None, row))


def apply_merges(sheet: Sheet, merges: Sequence[tuple[int, int, int, int]], hidden: frozenset[int]) -> None:
    """Repeat a merged heading over its columns, and count merged cells of words under the headings.

    Args:
        sheet: what they are of.
        merges: first row, first column, last row and last column of each, from 1.
        hidden: columns that are left out.
    """
    first = {row.number: row for row in sheet.rows}
    top = max((row.number for row in sheet.rows[:1]), default=0)
    for first_row, first_column, last_row, last_column in merges:
        row = first.get(first_row)
        place = first_column - 1 - sum(column < first_column for column in hidden)
        if row is None or first_column in hidden or place >= len(row.cells) or not row.cells[place].strip():
            continue
        if first_row > top:
            sheet.merged += 1
            continue
        width = last_column - first_column - sum(first_column < column <= last_column for column in hidden)
        under = first.get(last_row + 1)
        reach = len(under.cells) if under else place + 1
        for n in range(place + 1, min(place + width + 1, reach)):
            row.cells.extend([""] * (n + 1 - len(row.cells)))
            row.cells[n] = row.cells[n] or row.cells[place]


def whole_number(text: str) -> int:
    """Return a number of up to nine digits; 0 for any other text."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def cell_text(value: Any) -> str:
    """Return the value of a cell as text: dates as ISO 8601 has them, whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:.12g}"
    if isinstance(value, datetime):
        midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    if isinstance(value, time):
        return value.isoformat("milliseconds" if value.microsecond else "seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return clock(value.total_seconds())
    return _ESCAPED.sub(lambda match: _escaped(int(match[1], 16)), str(value))


def _escaped(code: int) -> str:
    return chr(code) if code in (9, 10, 13) or (code >= 32 and not 0xD800 <= code < 0xE000) else ""


def clock(seconds: float) -> str:
    """Return a length as `HH:MM:SS`; a negative one as zero."""
    whole = max(0, round(seconds))
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"

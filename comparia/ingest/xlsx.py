"""The sheets of an XLSX file (ECMA-376): measured first, then read by openpyxl.

A cell far away, a merge of all cells or a row repeated a million times costs nothing.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from comparia.errors import TranscriptError
from comparia.ingest.containers import Archive
from comparia.ingest.sheets import (
    MAX_CELLS,
    MAX_COLUMNS,
    Sheet,
    apply_merges,
    cell_text,
    damaged,
    fill_rows,
    too_large,
    whole_number,
)
from comparia.ingest.source import Source
from comparia.ingest.tables import MAX_ROWS
from comparia.messages import gettext as _

_REFERENCE = re.compile(r"([A-Z]{1,4})(\d{1,9})")


@dataclass
class _Measure:
    """What the part of a sheet says of itself that openpyxl does not tell."""

    last_row: int = 0
    last_column: int = 0
    cells: int = 0
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    uncomputed: set[tuple[int, int]] = field(default_factory=set)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)


def sheets_in(archive: Archive, source: Source) -> Iterator[Sheet]:
    """Yield the sheets of an XLSX file, hidden ones without their rows.

    Raises:
        TranscriptError: it is damaged or hostile, or holds more cells than a sheet has.
    """
    measures = _measured(archive, source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and validations that are not read
            yield from _opened(source, measures)
    except TranscriptError:
        raise
    except Exception as error:  # whatever a damaged file makes openpyxl raise
        raise damaged(source) from error


def _opened(source: Source, measures: dict[str, _Measure]) -> list[Sheet]:
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(source.data), read_only=True, data_only=True, keep_links=False)
    sheets = []
    for worksheet in book.worksheets:
        sheet = Sheet(worksheet.title, is_hidden=worksheet.sheet_state != "visible")
        sheets.append(sheet)
        measure = measures.get(worksheet._worksheet_path.lstrip("/"))
        if measure is None:
            raise damaged(source)
        if sheet.is_hidden or not measure.cells:
            continue
        _check_size(measure, source)
        hidden = frozenset(column for column in measure.hidden_columns if column <= measure.last_column)
        rows = worksheet.iter_rows(1, measure.last_row, 1, measure.last_column, values_only=True)
        used = set(range(1, measure.last_column + 1)) - hidden

        def shown(
            rows: Any = rows, measure: _Measure = measure, used: set[int] = used
        ) -> Iterator[tuple[int, list[str]]]:
            for number, values in enumerate(rows, start=1):
                if number not in measure.hidden_rows:
                    yield number, [cell_text(value) for n, value in enumerate(values, start=1) if n in used]

        fill_rows(sheet, shown(), source)
        numbers = {row.number for row in sheet.rows}
        sheet.hidden_rows = len([n for n in measure.hidden_rows if n <= measure.last_row])
        sheet.hidden_columns = len(hidden)
        sheet.uncomputed = sum(row in numbers and column in used for row, column in measure.uncomputed)
        apply_merges(sheet, measure.merges, hidden)
    return sheets


def _check_size(measure: _Measure, source: Source) -> None:
    if measure.last_row > 10 * MAX_ROWS or measure.last_column > MAX_COLUMNS:
        raise too_large(source)
    if measure.last_row * measure.last_column > 4 * MAX_CELLS:
        raise too_large(source)


def _measured(archive: Archive, source: Source) -> dict[str, _Measure]:
    """Return the measures of every part that may be a sheet, whatever its name.

    Raises:
        TranscriptError: a part declares entities, is no sound XML, or holds more cells than a sheet has.
    """
    measures = {}
    for name in archive.names:
        data = archive.read(name)
        head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
        if data[:2] in (b"\xff\xfe", b"\xfe\xff") or (head.startswith(b"<") and b"\0" in head):
            raise damaged(source)  # no spreadsheet writes UTF-16: what is measured is what is read
        if not head.startswith(b"<"):
            continue
        if re.search(rb"<!(?:DOCTYPE|ENTITY)", data):
            raise TranscriptError(
                _("this document was not opened: {reason}").format(reason=_("its XML declares entities.")),
                source.name,
                cure=_("Open it in Excel or LibreOffice, and save it again."),
            )
        if b"sheetData" in data:
            measures[name] = _measure(data, source)
    return measures


def _measure(data: bytes, source: Source) -> _Measure:
    """Return what the XML of a sheet says of itself."""
    measure = _Measure()
    parser = expat.ParserCreate(namespace_separator=" ")
    at = [0, 0]
    state = {"formula": False, "value": False, "text": False}
    inside: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(" ")[2]
        if name == "row":
            at[:] = [whole_number(attributes.get("r", "")) or at[0] + 1, 0]
            if _is_true(attributes.get("hidden", "")):
                measure.hidden_rows.add(at[0])
        elif name == "c":
            place = _REFERENCE.fullmatch(attributes.get("r", ""))
            if place:
                at[:] = [int(place[2]), _column(place[1])]
            else:
                at[1] += 1
            measure.cells += 1
            if measure.cells > MAX_CELLS:
                raise too_large(source)
            measure.last_row, measure.last_column = max(measure.last_row, at[0]), max(measure.last_column, at[1])
            state.update(formula=False, value=False, text=attributes.get("t") == "str")
        elif name == "f":
            state["formula"] = True
        elif name in ("v", "is"):
            inside.append(name)
            state["value"] = state["value"] or state["text"]  # an empty text is a value, an empty figure is none
        elif name == "col" and _is_true(attributes.get("hidden", "")):
            first, last = whole_number(attributes.get("min", "")), whole_number(attributes.get("max", ""))
            measure.hidden_columns.update(range(first, min(last, MAX_COLUMNS) + 1))
        elif name == "mergeCell" and len(measure.merges) < MAX_ROWS:
            corners = [_REFERENCE.fullmatch(corner) for corner in attributes.get("ref", "").split(":")]
            if len(corners) == 2 and corners[0] and corners[1]:
                (one, other) = ((int(corner[2]), _column(corner[1])) for corner in corners if corner)
                measure.merges.append((*one, *other))

    def text(content: str) -> None:
        if inside and content.strip():
            state["value"] = True

    def end(tag: str) -> None:
        name = tag.rpartition(" ")[2]
        if name == "c" and state["formula"] and not state["value"]:
            measure.uncomputed.add((at[0], at[1]))
        elif name in ("v", "is") and inside:
            inside.pop()

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    try:
        for position in range(0, len(data), 65_536):
            parser.Parse(data[position : position + 65_536], False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise damaged(source) from error
    return measure


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - 64
    return number


def _is_true(text: str) -> bool:
    return text in ("1", "true")

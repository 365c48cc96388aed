"""Spreadsheets, XLSX and ODS: the tables that are read as text, in sheets.

What the reader of the sheet does not see (hidden sheets, rows and columns) is left out and told. Formulas are never
computed: the value that was stored with them is read. Values of XLSX are read by openpyxl, after the parts have been
measured: a cell far away, a merge of all cells or a row repeated a million times costs nothing.
"""

from __future__ import annotations

import io
import itertools
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Literal, NamedTuple
from xml.etree.ElementTree import Element
from xml.parsers import expat

from comparia.errors import TranscriptError
from comparia.ingest import contributions, survey, turn_table
from comparia.ingest.containers import Archive, attribute, local
from comparia.ingest.document import children_of, odt_words
from comparia.ingest.source import Reading, Source
from comparia.ingest.tables import MAX_CELL, MAX_ROWS, SAMPLE, Row, Table, column_name, too_many_rows
from comparia.messages import gettext as _
from comparia.records import Notice

FORMAT = "spreadsheet"
DESCRIPTION = "Spreadsheet (XLSX, ODS): contributions, a survey, or turns as `Heure | Intervenant | Propos`"
CONTAINER = "zip"

MAX_CELLS = 600_000
"""Cells of a sheet, empty ones between others counted: 60,000 contributions of ten columns."""
MAX_COLUMNS = 2_000
"""Columns of a sheet: a survey has under 500."""
TITLES = 12
"""Rows among which the headings stand: titles may stand above them."""

Layout = Literal["turns", "survey", "contributions"]
LAYOUTS: dict[str, Layout] = {
    turn_table.FORMAT: "turns",
    survey.FORMAT: "survey",
    contributions.FORMAT: "contributions",
}
"""Layouts of a sheet, by the name of the format of the same table as text."""

_ANYBODY = "Participant "
"""Begins the label of who has no name."""
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_REFERENCE = re.compile(r"([A-Z]{1,4})(\d{1,9})")
_DURATION = re.compile(r"-?PT(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})(?:[.,]\d+)?S)?")


@dataclass
class _Sheet:
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


def sniff(source: Source) -> bool:
    """Return whether it is a zip that holds sheets."""
    return _kind(Archive(source)) != ""


def read(source: Source, layout: Layout | None = None) -> Reading:
    """Read the first sheet whose table is known, and those after it with the same headings; other sheets are told.

    Args:
        source: the file.
        layout: how its sheets are laid out, where a person says it.

    Raises:
        TranscriptError: no sheet is known, or the file is damaged, hostile or too large.
    """
    sheets = _sheets(source)
    shown = [sheet for sheet in sheets if not sheet.is_hidden and sheet.rows]
    for n, sheet in enumerate(shown):
        if first := _read_sheet(sheet, source, layout):
            read_sheets = [sheet]
            for other in shown[n + 1 :]:
                more = _read_sheet(other, source, layout)
                if more and (more.layout, more.headings) == (first.layout, first.headings):
                    _join(first, more, other.name)
                    read_sheets.append(other)
            _tell(first.reading, source, read_sheets, sheets)
            return first.reading
    if not shown:
        raise TranscriptError(_("this spreadsheet has no sheet that is shown and holds something."), source.name)
    raise TranscriptError(
        _("no sheet of this spreadsheet is known to hold words: {sheets}.").format(
            sheets=", ".join(sheet.name for sheet in shown[:8])
        ),
        source.name,
        cure=_("Name its columns author, title and body; or time, speaker and text; or say that it is a survey."),
    )


def tables_in(source: Source) -> list[Table]:
    """Return the sheets of a spreadsheet that are shown and hold something, as tables. Raises TranscriptError."""
    return [
        Table(source, sheet.rows[: SAMPLE + TITLES], sheet=sheet.name, grid=sheet.rows)
        for sheet in _sheets(source)
        if not sheet.is_hidden and sheet.rows
    ]


def _sheets(source: Source) -> list[_Sheet]:
    archive = Archive(source)
    kind = _kind(archive)
    if not kind:
        raise source.error(_("this is not a spreadsheet."))
    return list(_xlsx(archive, source) if kind == "xlsx" else _ods(archive, source))


class _ReadSheet(NamedTuple):
    """What was read of one sheet."""

    layout: Layout
    headings: tuple[str, ...]
    """Its headings, by their letters and digits."""
    reading: Reading


def _read_sheet(sheet: _Sheet, source: Source, layout: Layout | None = None) -> _ReadSheet | None:
    """Return what the table of a sheet holds; None where it is of no known layout, or not of the one that is asked."""
    table = Table(source, sheet.rows[: SAMPLE + TITLES], sheet=sheet.name, grid=sheet.rows)
    if layout in (None, "turns") and (turns := turn_table.turns_of([table])):
        return _ReadSheet("turns", _headings(turns), turn_table.read_table(turns))
    asked = survey.survey_of([table]) if layout in (None, "survey") else None
    if asked is None and layout == "survey" and len(sheet.rows) > 1:
        asked = table
    if asked:
        return _ReadSheet("survey", _headings(asked), survey.read_table(asked))
    for headed in table.headed(TITLES):
        if layout in (None, "contributions") and contributions.layout_of(headed.headings):
            return _ReadSheet("contributions", _headings(headed), contributions.read_table(headed))
    return None


def _headings(table: Table) -> tuple[str, ...]:
    return tuple(column_name(heading)[0] for heading in table.headings)


def _join(first: _ReadSheet, more: _ReadSheet, sheet: str) -> None:
    """Add to what was read of a sheet what was read of another one with the same headings.

    Each row of a survey is another person, whatever its number; ids of rows are told apart by the name of the sheet.
    """
    labels = {cue.speaker for cue in first.reading.cues if cue.speaker}
    other_labels = dict.fromkeys(cue.speaker for cue in more.reading.cues if cue.speaker)
    renamed: dict[str, str] = {}
    if first.layout == "survey":
        numbers = [int(n) for label in (*labels, *other_labels) if (n := label.removeprefix(_ANYBODY)).isdecimal()]
        free = itertools.count(max(numbers, default=0) + 1)
        renamed = {
            label: f"{_ANYBODY}{next(free)}" for label in other_labels if label in labels and label.startswith(_ANYBODY)
        }

    def own(row_id: str) -> str:
        return f"{sheet} {row_id}" if row_id.startswith("row ") else row_id

    first.reading.cues.extend(
        cue.model_copy(
            update={
                "speaker": renamed.get(cue.speaker, cue.speaker) if cue.speaker else cue.speaker,
                "id": own(cue.id),
                "reply_to": own(cue.reply_to),
            }
        )
        for cue in more.reading.cues
    )
    first.reading.ignored.extend(more.reading.ignored)
    for label, known in more.reading.attributes.items():
        mine = first.reading.attributes.setdefault(renamed.get(label, label), {})
        mine.update((key, value) for key, value in known.items() if key not in mine)
    first.reading.removed.update(more.reading.removed)
    for notice in more.reading.notices:
        if notice.code not in {each.code for each in first.reading.notices} or "n" not in notice.values:
            first.reading.notices.append(notice)
            continue
        first.reading.notices[:] = [_added_up(each, notice) for each in first.reading.notices]


def _added_up(notice: Notice, more: Notice) -> Notice:
    """Return a notice that counts what another one of its code counts too; columns are counted once."""
    if notice.code != more.code or "columns" in notice.values:
        return notice
    counts = {
        key: value + other
        for key, value in notice.values.items()
        if isinstance(value, int) and isinstance(other := more.values.get(key), int)
    }
    return notice.model_copy(update={"values": {**notice.values, **counts}})


def _tell(reading: Reading, source: Source, read_sheets: Sequence[_Sheet], sheets: Sequence[_Sheet]) -> None:
    """Add notices of which sheets were read, and of what was left out."""
    found: list[Notice] = []

    def note(code: str, n: int, **values: str | tuple[str, ...]) -> None:
        if n:
            found.append(Notice(code=code, values={"n": n, **values}, file=source.name))

    hidden = tuple(other.name for other in sheets if other.is_hidden)
    others = tuple(
        each.name for each in sheets if not any(each is one for one in read_sheets) and not each.is_hidden and each.rows
    )
    if len(read_sheets) == 1:
        note("sheet_read", 1, sheet=read_sheets[0].name)
    else:
        note("sheets_joined", len(read_sheets), sheets=tuple(sheet.name for sheet in read_sheets))
    note("sheets_not_read", len(others), sheets=others)
    note("hidden_sheets", len(hidden), sheets=hidden)
    note("hidden_rows", sum(sheet.hidden_rows for sheet in read_sheets))
    note("hidden_columns", sum(sheet.hidden_columns for sheet in read_sheets))
    note("merged_cells", sum(sheet.merged for sheet in read_sheets))
    note("formulas_without_value", sum(sheet.uncomputed for sheet in read_sheets))
    reading.notices[:0] = found


def _kind(archive: Archive) -> str:
    if "xl/workbook.xml" in archive:
        return "xlsx"
    if "content.xml" in archive and "mimetype" in archive:
        kind = archive.read("mimetype")[:100]
        return "ods" if kind.startswith(b"application/vnd.oasis.opendocument.spreadsheet") else ""
    return ""


def _damaged(source: Source) -> TranscriptError:
    return TranscriptError(
        _("this spreadsheet is damaged or incomplete."),
        source.name,
        cure=_("Download it again, or open it in Excel or LibreOffice and save it again."),
    )


def _too_large(source: Source) -> TranscriptError:
    return TranscriptError(
        _("more than {limit} cells.").format(limit=MAX_CELLS),
        source.name,
        cure=_("Keep the rows of one question or one debate."),
    )


def _rows_of(sheet: _Sheet, cells: Iterator[tuple[int, list[str]]], source: Source) -> None:
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


def _merge(sheet: _Sheet, merges: Sequence[tuple[int, int, int, int]], hidden: frozenset[int]) -> None:
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


# XLSX ----------------------------------------------------------------------------------------------------------------


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


def _xlsx(archive: Archive, source: Source) -> Iterator[_Sheet]:
    measures = _measured(archive, source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and validations that are not read
            yield from _opened(source, measures)
    except TranscriptError:
        raise
    except Exception as error:  # whatever a damaged file makes openpyxl raise
        raise _damaged(source) from error


def _opened(source: Source, measures: dict[str, _Measure]) -> list[_Sheet]:
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(source.data), read_only=True, data_only=True, keep_links=False)
    sheets = []
    for worksheet in book.worksheets:
        sheet = _Sheet(worksheet.title, is_hidden=worksheet.sheet_state != "visible")
        sheets.append(sheet)
        measure = measures.get(worksheet._worksheet_path.lstrip("/"))
        if measure is None:
            raise _damaged(source)
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
                    yield number, [_text(value) for n, value in enumerate(values, start=1) if n in used]

        _rows_of(sheet, shown(), source)
        numbers = {row.number for row in sheet.rows}
        sheet.hidden_rows = len([n for n in measure.hidden_rows if n <= measure.last_row])
        sheet.hidden_columns = len(hidden)
        sheet.uncomputed = sum(row in numbers and column in used for row, column in measure.uncomputed)
        _merge(sheet, measure.merges, hidden)
    return sheets


def _check_size(measure: _Measure, source: Source) -> None:
    if measure.last_row > 10 * MAX_ROWS or measure.last_column > MAX_COLUMNS:
        raise _too_large(source)
    if measure.last_row * measure.last_column > 4 * MAX_CELLS:
        raise _too_large(source)


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
            raise _damaged(source)  # no spreadsheet writes UTF-16: what is measured is what is read
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
            at[:] = [_number(attributes.get("r", "")) or at[0] + 1, 0]
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
                raise _too_large(source)
            measure.last_row, measure.last_column = max(measure.last_row, at[0]), max(measure.last_column, at[1])
            state.update(formula=False, value=False, text=attributes.get("t") == "str")
        elif name == "f":
            state["formula"] = True
        elif name in ("v", "is"):
            inside.append(name)
            state["value"] = state["value"] or state["text"]  # an empty text is a value, an empty figure is none
        elif name == "col" and _is_true(attributes.get("hidden", "")):
            first, last = _number(attributes.get("min", "")), _number(attributes.get("max", ""))
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
        raise _damaged(source) from error
    return measure


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - 64
    return number


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _is_true(text: str) -> bool:
    return text in ("1", "true")


def _text(value: Any) -> str:
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
        return _clock(value.total_seconds())
    return _ESCAPED.sub(lambda match: _escaped(int(match[1], 16)), str(value))


def _escaped(code: int) -> str:
    return chr(code) if code in (9, 10, 13) or (code >= 32 and not 0xD800 <= code < 0xE000) else ""


def _clock(seconds: float) -> str:
    whole = max(0, round(seconds))
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"


# ODS -----------------------------------------------------------------------------------------------------------------


def _ods(archive: Archive, source: Source) -> Iterator[_Sheet]:
    if "META-INF/manifest.xml" in archive and b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise TranscriptError(
            _("this document is protected by a password."), source.name, cure=_("Save it again without a password.")
        )
    root = archive.xml("content.xml")
    unseen = {
        attribute(style, "name")
        for style in root.iter()
        if local(style) == "style" and any(attribute(child, "display") == "false" for child in style)
    }
    for spreadsheet in root.iter():
        if local(spreadsheet) == "spreadsheet":
            for element in spreadsheet:
                if local(element) == "table":
                    yield _ods_sheet(element, unseen, source)


def _ods_sheet(element: Element, unseen: set[str], source: Source) -> _Sheet:
    sheet = _Sheet(attribute(element, "name"), is_hidden=attribute(element, "style-name") in unseen)
    if sheet.is_hidden:
        return sheet
    hidden: set[int] = set()
    column = 0
    for declared in children_of(element, "table-column"):
        repeated = _repeats(declared, "number-columns-repeated")
        if attribute(declared, "visibility") in ("collapse", "filter"):
            hidden.update(range(column + 1, min(column + repeated, MAX_COLUMNS) + 1))
        column += repeated
    merges: list[tuple[int, int, int, int]] = []
    uncomputed: list[int] = []
    widest = 0

    def rows() -> Iterator[tuple[int, list[str]]]:
        nonlocal widest
        number = cells = 0
        for line in children_of(element, "table-row"):
            repeated = _repeats(line, "number-rows-repeated")
            if attribute(line, "visibility") in ("collapse", "filter"):
                number += repeated
                sheet.hidden_rows += repeated if any(map(len, line)) else 0
                continue
            values = _ods_cells(line, number + 1, merges, uncomputed, source)
            widest = max(widest, len(values))
            cells += len(values) * repeated
            if cells > MAX_CELLS or (values and repeated > MAX_ROWS):
                raise _too_large(source)
            for n in range(repeated if values else 0):
                yield number + n + 1, [value for k, value in enumerate(values, start=1) if k not in hidden]
            number += repeated

    _rows_of(sheet, rows(), source)
    sheet.hidden_columns = sum(n <= widest for n in hidden)
    sheet.uncomputed = len(uncomputed)
    _merge(sheet, merges, frozenset(hidden))
    return sheet


def _ods_cells(
    line: Element, number: int, merges: list[tuple[int, int, int, int]], uncomputed: list[int], source: Source
) -> list[str]:
    """Return the cells of a row, without the blank ones at its end."""
    values: list[str] = []
    waiting = 0  # blank cells, counted until something follows them
    for cell in line:
        name = local(cell)
        if name not in ("table-cell", "covered-table-cell"):
            continue
        repeated = _repeats(cell, "number-columns-repeated")
        value = _ods_text(cell) if name == "table-cell" else ""
        if not value:
            if attribute(cell, "formula"):
                uncomputed.append(number)
            waiting += repeated
            continue
        if len(values) + waiting + repeated > MAX_COLUMNS:
            raise _too_large(source)
        values += [""] * waiting
        waiting = 0
        spans = [_repeats(cell, f"number-{kind}-spanned") for kind in ("rows", "columns")]
        if max(spans) > 1:
            place = len(values) + 1
            merges.append((number, place, number + spans[0] - 1, place + min(spans[1], MAX_COLUMNS) - 1))
        values += [value] * repeated
    return values


def _ods_text(cell: Element) -> str:
    kind = attribute(cell, "value-type")
    if kind == "date":
        return attribute(cell, "date-value").replace("T00:00:00", "").replace("T", " ")
    if kind == "time" and (match := _DURATION.fullmatch(attribute(cell, "time-value"))):
        hours, minutes, seconds = (int(piece or 0) for piece in match.groups())
        return _clock(hours * 3600 + minutes * 60 + seconds)
    if kind == "boolean":
        return attribute(cell, "boolean-value")
    if kind in ("float", "currency", "percentage"):
        value = attribute(cell, "value")
        try:
            return _text(float(value))
        except (ValueError, OverflowError):
            return value
    paragraphs = [
        "".join(text for reason, text in odt_words(p, frozenset(), "") if not reason) for p in cell if local(p) == "p"
    ]
    return "\n".join(paragraphs).strip()


def _repeats(element: Element, name: str) -> int:
    return min(max(1, _number(attribute(element, name))), 10_000_000)

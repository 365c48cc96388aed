"""Spreadsheets, XLSX and ODS: the tables that are read as text, in sheets.

What the reader of the sheet does not see (hidden sheets, rows and columns) is left out and told. Formulas are never
computed: the value that was stored with them is read. Values of XLSX are read by openpyxl, after the parts have been
measured: a cell far away, a merge of all cells or a row repeated a million times costs nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Literal, NamedTuple

from comparia.errors import TranscriptError
from comparia.ingest import contributions, ods, survey, turn_table, xlsx
from comparia.ingest.containers import Archive
from comparia.ingest.sheets import Sheet
from comparia.ingest.source import Reading, Source
from comparia.ingest.tables import SAMPLE, Table, column_name
from comparia.messages import gettext as _
from comparia.records import Notice

FORMAT = "spreadsheet"
DESCRIPTION = "Spreadsheet (XLSX, ODS): contributions, a survey, or turns as `Heure | Intervenant | Propos`"
CONTAINER = "zip"

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


def _sheets(source: Source) -> list[Sheet]:
    archive = Archive(source)
    kind = _kind(archive)
    if not kind:
        raise source.error(_("this is not a spreadsheet."))
    return list(xlsx.sheets_in(archive, source) if kind == "xlsx" else ods.sheets_in(archive, source))


class _ReadSheet(NamedTuple):
    """What was read of one sheet."""

    layout: Layout
    headings: tuple[str, ...]
    """Its headings, by their letters and digits."""
    reading: Reading


def _read_sheet(sheet: Sheet, source: Source, layout: Layout | None = None) -> _ReadSheet | None:
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


def _tell(reading: Reading, source: Source, read_sheets: Sequence[Sheet], sheets: Sequence[Sheet]) -> None:
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

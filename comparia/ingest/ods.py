"""The sheets of an ODS file (OpenDocument 1.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from comparia.errors import TranscriptError
from comparia.ingest.containers import Archive, attribute, local
from comparia.ingest.document import children_of, odt_words
from comparia.ingest.sheets import (
    MAX_CELLS,
    MAX_COLUMNS,
    Sheet,
    apply_merges,
    cell_text,
    clock,
    fill_rows,
    too_large,
    whole_number,
)
from comparia.ingest.source import Source
from comparia.ingest.tables import MAX_ROWS
from comparia.messages import gettext as _

_DURATION = re.compile(r"-?PT(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})(?:[.,]\d+)?S)?")


def sheets_in(archive: Archive, source: Source) -> Iterator[Sheet]:
    """Yield the sheets of an ODS file, hidden ones without their rows.

    Raises:
        TranscriptError: it has a password, is damaged, or holds more cells than a sheet has.
    """
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


def _ods_sheet(element: Element, unseen: set[str], source: Source) -> Sheet:
    sheet = Sheet(attribute(element, "name"), is_hidden=attribute(element, "style-name") in unseen)
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
                raise too_large(source)
            for n in range(repeated if values else 0):
                yield number + n + 1, [value for k, value in enumerate(values, start=1) if k not in hidden]
            number += repeated

    fill_rows(sheet, rows(), source)
    sheet.hidden_columns = sum(n <= widest for n in hidden)
    sheet.uncomputed = len(uncomputed)
    apply_merges(sheet, merges, frozenset(hidden))
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
            raise too_large(source)
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
        return clock(hours * 3600 + minutes * 60 + seconds)
    if kind == "boolean":
        return attribute(cell, "boolean-value")
    if kind in ("float", "currency", "percentage"):
        value = attribute(cell, "value")
        try:
            return cell_text(float(value))
        except (ValueError, OverflowError):
            return value
    paragraphs = [
        "".join(text for reason, text in odt_words(p, frozenset(), "") if not reason) for p in cell if local(p) == "p"
    ]
    return "\n".join(paragraphs).strip()


def _repeats(element: Element, name: str) -> int:
    return min(max(1, whole_number(attribute(element, name))), 10_000_000)

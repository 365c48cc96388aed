"""OpenDocument text (ODT, ISO/IEC 26300): the minutes of a session, to be edited in LibreOffice and sent out."""

from __future__ import annotations

import io
from datetime import UTC
from typing import Any, cast

from odfdo import Cell as OdfCell
from odfdo import Document, Element, Header, List, ListItem, Paragraph, Row, Span, Style
from odfdo import Table as OdfTable

from comparia.messages import N_, speaking
from comparia.records import DocumentChoices, Run
from comparia.reports import minutes
from comparia.reports.minutes import Block, Cell, Table
from comparia.reports.verdicts import SHADES
from comparia.text.controls import xml_text

MEDIA_TYPE = "application/vnd.oasis.opendocument.text"
SUFFIX = "odt"
DESCRIPTION = "the same minutes for LibreOffice"
MENU = N_("Minutes for LibreOffice (ODT)")
IS_DOCUMENT = True


def write(run: Run, choices: DocumentChoices = minutes.AS_USUAL, masked: int = 0) -> bytes:
    """Return the document, in the language of the session.

    Args:
        run: the run.
        choices: what the document holds.
        masked: number of pieces of personal data that were masked in its recaps.
    """
    document = Document("text")
    language = run.transcript.language
    with speaking(language):
        _styled(document, language)
        body: Any = document.body
        body.clear()
        lists: dict[int, List] = {}
        for block in minutes.blocks(run, choices, masked):
            if isinstance(block, Table):
                lists.clear()
                _table(document, body, block)
            elif block.kind in ("bullet", "numbered"):
                _item(body, lists, block)
            else:
                lists.clear()
                body.append(_paragraph(block))
    meta: Any = document.meta
    meta.title, meta.language, meta.description = xml_text(run.transcript.title), language, run.id
    meta.creation_date = meta.date = run.created_at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    out = io.BytesIO()
    document.save(out)
    return minutes.dated(out.getvalue(), run)


def _styled(document: Document, language: str) -> None:
    styles: Any = document.styles
    for level in styles.get_elements("//text:outline-level-style"):
        level.set_attribute("style:num-format", "")
        level.set_attribute("loext:num-list-format", "")
        level.del_attribute("style:num-suffix")
    country = {"fr": "FR", "en": "GB"}[language]
    default: Any = document.get_style("paragraph", None)
    if default is not None:
        default.set_properties(area="text", **{"fo:language": language, "fo:country": country})
    for style in (
        Style("paragraph", name="Minutes title", area="text", size="24pt", color="#1f4e79", bold=True),
        Style("paragraph", name="Minutes subtitle", area="text", size="12pt", color="#545c63"),
        Style("paragraph", name="Minutes small", area="text", size="8pt", color="#545c63"),
        Style("paragraph", name="Minutes cell", area="text", size="9pt"),
        Style("paragraph", name="Minutes head", area="text", size="9pt", bold=True),
        Style("paragraph", name="Minutes detail", area="text", size="8pt", color="#545c63"),
        Style("text", name="Minutes strong", bold=True),
        Style("text", name="Minutes emphasis", italic=True),
        Style("text", name="Minutes both", bold=True, italic=True),
        Style("text", name="Minutes gap", italic=True, background_color="#fff3c4"),
    ):
        document.insert_style(style)
    for kind in ("bullet", "numbered"):
        document.insert_style(cast("Style", Element.from_tag(_list_style(kind))))
    for shade in sorted({"", "EDEBE6", *SHADES}):
        border = "0.5pt solid #545c63"
        filled: dict[str, Any] = {"background_color": f"#{shade}"} if shade else {}
        name = f"Minutes cell {shade or 'plain'}"
        style = Style("table-cell", name=name, area="table-cell", border=border, padding="0.1cm", **filled)
        document.insert_style(style, automatic=True)


def _list_style(kind: str) -> str:
    """A list style as XML, four levels deep."""
    levels = "".join(
        f'<text:list-level-style-{"bullet" if kind == "bullet" else "number"} text:level="{level}" '
        + ('text:bullet-char="•"' if kind == "bullet" else 'style:num-format="1" style:num-suffix="."')
        + '><style:list-level-properties text:list-level-position-and-space-mode="label-alignment">'
        '<style:list-level-label-alignment text:label-followed-by="listtab" fo:text-indent="-0.5cm" '
        f'fo:margin-left="{0.1 + 0.5 * level:.1f}cm"/></style:list-level-properties>'
        f"</text:list-level-style-{'bullet' if kind == 'bullet' else 'number'}>"
        for level in range(1, 5)
    )
    return f'<text:list-style style:name="Minutes_{kind}">{levels}</text:list-style>'


def _spans(into: Any, block: Block) -> Any:
    for span in block.spans:
        name = (
            "Minutes gap"
            if block.kind == "gap"
            else {(1, 0): "Minutes strong", (0, 1): "Minutes emphasis", (1, 1): "Minutes both"}.get(
                (int(span.bold), int(span.italic)), ""
            )
        )
        if name:
            into.append(Span(xml_text(span.text), style=name))
        else:
            into.append(xml_text(span.text))
    return into


def _paragraph(block: Block) -> Any:
    if block.kind == "heading":
        header = Header(block.level, "")
        header.set_attribute("text:style-name", f"Heading_20_{block.level}")
        return _spans(header, block)
    styles = {"title": "Minutes title", "subtitle": "Minutes subtitle", "small": "Minutes small", "quote": "Quotations"}
    return _spans(Paragraph("", style=styles.get(block.kind, "Text_20_body")), block)


def _item(body: Any, lists: dict[int, List], block: Block) -> None:
    """A list item in the list of its level, which lies in the last item of the level above."""
    for level in [level for level in lists if level > block.level]:
        del lists[level]
    if block.first:
        lists.pop(block.level, None)
    if block.level not in lists:
        made = List(style=f"Minutes_{block.kind}")
        above = lists.get(block.level - 1)
        inside: Any = above.children[-1] if above is not None and above.children else body
        inside.append(made)
        lists[block.level] = made
    item = ListItem()
    item.append(_spans(Paragraph("", style="Text_20_body"), block))
    lists[block.level].append(item)


def _table(document: Document, body: Any, table: Table) -> None:
    if table.caption:
        body.append(Paragraph(xml_text(table.caption), style="Caption"))
    number = len(body.get_tables()) + 1
    made = OdfTable(f"Table{number}", style="Table")
    shares = table.widths or tuple(1 / len(table.head) for _name in table.head)
    columns = Element.from_tag("table:table-columns")
    for n, share in enumerate(shares):
        width = Style("table-column", name=f"Minutes column {number} {n}", width=f"{17 * share:.2f}cm")
        document.insert_style(width, automatic=True)
        column = Element.from_tag("table:table-column")
        column.set_attribute("table:style-name", f"Minutes column {number} {n}")
        columns.append(column)
    made.append(columns)
    repeated = Element.from_tag("table:table-header-rows")
    repeated.append(_row([Cell(text, "EDEBE6") for text in table.head], "Minutes head"))
    made.append(repeated)
    for row in table.rows:
        made.append(_row(row, "Minutes cell"))
    body.append(made)
    body.append(Paragraph("", style="Text_20_body"))


def _row(cells: Any, style: str) -> Row:
    row = Row()
    for found in cells:
        cell = OdfCell(style=f"Minutes cell {found.shade or 'plain'}")
        cell.set_attribute("office:value-type", "string")
        cell.append(Paragraph(xml_text(found.text), style=style))
        if found.detail:
            cell.append(Paragraph(xml_text(found.detail), style="Minutes detail"))
        Element.append(row, cell)
    return row

"""Word (DOCX, ISO/IEC 29500): the minutes of a session, to be edited and sent out."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement
from docx.shared import Mm, Pt, RGBColor

from comparia.messages import N_, speaking
from comparia.records import Run
from comparia.reports import minutes
from comparia.reports.minutes import Block, Cell, Table
from comparia.text.controls import xml_text

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SUFFIX = "docx"
DESCRIPTION = "minutes to edit and send out, in Word, with your own template if you have one"
MENU = N_("Word (DOCX)")
TAKES_TEMPLATE = True

_INK, _SOFT = RGBColor(0x1F, 0x4E, 0x79), RGBColor(0x54, 0x5C, 0x63)


def write(run: Run, template: bytes | None = None) -> bytes:
    """Return the document, in the language of the session.

    Args:
        run: the run.
        template: a Word document whose styles, headers and page are used, and whose text is not; our own when None.
    """
    document = docx.Document(io.BytesIO(template)) if template else docx.Document()
    if template:
        _emptied(document)
    else:
        _styled(document)
    with speaking(run.transcript.language):
        _filled(document, run)
    properties = document.core_properties
    properties.title, properties.author, properties.comments = xml_text(run.transcript.title)[:255], "", run.id
    properties.created = properties.modified = run.created_at.replace(tzinfo=None)
    properties.language = run.transcript.language
    out = io.BytesIO()
    document.save(out)
    return minutes.dated(out.getvalue(), run)


def _filled(document: Document, run: Run) -> None:
    for block in minutes.blocks(run):
        if isinstance(block, Table):
            _table(document, block)
        else:
            _paragraph(document, block)


def _paragraph(document: Document, block: Block) -> None:
    names: dict[str, tuple[str, ...]] = {
        "title": ("Title",),
        "subtitle": ("Subtitle",),
        "heading": (f"Heading {block.level}",),
        "bullet": ("List Bullet" if block.level == 1 else f"List Bullet {min(3, block.level)}", "List Paragraph"),
        "numbered": ("List Number" if block.level == 1 else f"List Number {min(3, block.level)}", "List Paragraph"),
        "quote": ("Quote",),
    }
    paragraph = document.add_paragraph()
    style = _style(document, *names.get(block.kind, ()))
    if style is not None:
        paragraph.style = style
    for span in block.spans:
        run = paragraph.add_run(xml_text(span.text))
        run.bold, run.italic = span.bold or None, span.italic or None
        if block.kind == "gap":
            _shade(run._r.get_or_add_rPr(), "FFF3C4")
        elif block.kind == "small":
            run.font.size, run.font.color.rgb = Pt(8), _SOFT


def _table(document: Document, table: Table) -> None:
    if table.wide:
        _turned(document)
    if table.caption:
        caption = document.add_paragraph(xml_text(table.caption))
        caption.paragraph_format.keep_with_next = True
        if (style := _style(document, "Caption")) is not None:
            caption.style = style
    grid = document.add_table(rows=1, cols=len(table.head))
    if (style := _style(document, "Table Grid")) is not None:
        grid.style = style
    section: Any = document.sections[-1]
    line = section.page_width - section.left_margin - section.right_margin
    widths = [int(line * share) for share in (table.widths or [1 / len(table.head)] * len(table.head))]
    for cell, text in zip(grid.rows[0].cells, table.head, strict=True):
        _cell(cell, Cell(text, "EDEBE6"), bold=True)
    repeated = OxmlElement("w:tblHeader")
    grid.rows[0]._tr.get_or_add_trPr().append(repeated)
    for row in table.rows:
        line_of = grid.add_row()
        line_of._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for cell, found in zip(line_of.cells, row, strict=True):
            _cell(cell, found)
    grid.autofit = False
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = width
        for cell in column.cells:
            cell.width = width
    if table.wide:
        _turned(document)
    else:
        document.add_paragraph()


def _cell(cell: Any, found: Cell, *, bold: bool = False) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(2)
    run = paragraph.add_run(xml_text(found.text))
    run.bold, run.font.size = bold or None, Pt(9)
    if found.detail:
        paragraph.add_run().add_break()
        detail = paragraph.add_run(xml_text(found.detail))
        detail.font.size, detail.font.color.rgb = Pt(8), _SOFT
    if found.shade:
        _shade(cell._tc.get_or_add_tcPr(), found.shade)


def _turned(document: Document) -> None:
    """A page on its side, or upright again."""
    section: Any = document.add_section()
    section.orientation = WD_ORIENT.LANDSCAPE if section.orientation == WD_ORIENT.PORTRAIT else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = section.page_height, section.page_width


def _shade(properties: Any, colour: str) -> None:
    shade = OxmlElement("w:shd")
    shade.set(qn("w:val"), "clear")
    shade.set(qn("w:color"), "auto")
    shade.set(qn("w:fill"), colour)
    properties.append(shade)


def _style(document: Document, *names: str) -> Any:
    """The first of these styles that the document has; a template may have none."""
    known = {style.name: style for style in document.styles}
    return next((known[name] for name in names if name in known), None)


def _emptied(document: Document) -> None:
    """A template without its text; its last section holds the page and the headers."""
    body = document.element.body
    for child in list(body):
        if child.tag != qn("w:sectPr"):
            body.remove(child)


def _styled(document: Document) -> None:
    """Set A4 pages, the styles of headings and the spacing of lines."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(24)
    section.top_margin = section.bottom_margin = Mm(22)
    normal: Any = document.styles["Normal"]
    _font(normal, "Calibri", 11)
    normal.paragraph_format.space_after, normal.paragraph_format.line_spacing = Pt(7), 1.2
    sizes: Iterable[tuple[str, int]] = (
        ("Title", 24), ("Subtitle", 12), ("Heading 1", 16), ("Heading 2", 13),
        ("Heading 3", 12), ("Heading 4", 11), ("Heading 5", 11), ("Heading 6", 11), ("Caption", 9), ("Quote", 11),
    )  # fmt: skip
    for name, size in sizes:
        style: Any = document.styles[name]
        _font(style, "Calibri", size)
        style.font.color.rgb = _INK if name.startswith(("Title", "Heading")) else _SOFT
        if name in ("Subtitle", "Heading 4", "Heading 6"):
            style.font.italic = False
    heading: Any = document.styles["Heading 1"]
    heading.paragraph_format.space_before = Pt(20)


def _font(style: Any, name: str, size: int) -> None:
    style.font.name, style.font.size = name, Pt(size)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), name)

"""Word (DOCX, ISO/IEC 29500): the minutes of a session, to be edited and sent out."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from copy import deepcopy
from typing import Any

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.oxml.ns import nsmap, qn
from docx.oxml.parser import OxmlElement
from docx.parts.numbering import NumberingPart
from docx.shared import Mm, Pt, RGBColor

from comparia.messages import N_, speaking
from comparia.records import DocumentChoices, Run
from comparia.reports import minutes
from comparia.reports.minutes import Block, Cell, Table
from comparia.text.controls import xml_text

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SUFFIX = "docx"
DESCRIPTION = "minutes to edit and send out, in Word, with your own template if you have one"
MENU = N_("Word (DOCX)")
TAKES_TEMPLATE = True
IS_DOCUMENT = True

_TAGS = {"fr": "fr-FR", "en": "en-GB"}
_LEVELS = 3
"""Levels of lists that have a style."""
_NEEDED = frozenset(
    (
        *("Title", "Subtitle", "Heading 1", "Heading 2", "Heading 3", "Heading 4", "Heading 5", "Heading 6"),
        *("List Bullet", "List Bullet 2", "List Bullet 3", "List Number", "List Number 2", "List Number 3"),
        *("Caption", "Quote", "Table Grid"),
    )
)
"""Styles that tell a reader, or a program that reads aloud, what a paragraph or a table is."""
_TEMPLATE_TYPE = b"application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml"
_DOCUMENT_TYPE = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"

_INK, _SOFT = RGBColor(0x1F, 0x4E, 0x79), RGBColor(0x54, 0x5C, 0x63)


def write(
    run: Run, template: bytes | None = None, choices: DocumentChoices = minutes.AS_USUAL, masked: int = 0
) -> bytes:
    """Return the document, in the language of the session.

    Args:
        run: the run.
        template: a Word document whose styles, headers and page are used, and whose text is not; our own when None.
        choices: what the document holds.
        masked: number of pieces of personal data that were masked in its recaps.
    """
    ours = docx.Document()
    _styled(ours)
    document = docx.Document(io.BytesIO(_as_document(template))) if template else ours
    if template:
        _emptied(document)
        _complete(document, ours)
    _speaks(document, run.transcript.language)
    with speaking(run.transcript.language):
        _filled(document, minutes.blocks(run, choices, masked))
    properties = document.core_properties
    properties.title, properties.author, properties.comments = xml_text(run.transcript.title)[:255], "", run.id
    properties.created = properties.modified = run.created_at.replace(tzinfo=None)
    properties.language = _TAGS[run.transcript.language]
    out = io.BytesIO()
    document.save(out)
    return minutes.dated(out.getvalue(), run)


def _filled(document: Document, blocks: Iterable[Block | Table]) -> None:
    numbered: list[Any] = [None] * _LEVELS
    after_table = False
    for block in blocks:
        if isinstance(block, Table):
            if after_table:
                document.add_paragraph()  # two tables that touch are one
            _table(document, block)
            after_table = not block.wide
            continue
        paragraph = _paragraph(document, block)
        if after_table:
            paragraph.paragraph_format.space_before = max(Pt(10), paragraph.style.paragraph_format.space_before or 0)
            after_table = False
        if block.kind == "numbered":
            level = min(_LEVELS, block.level) - 1
            if block.first or numbered[level] is None:
                numbered[level] = _new_list(document, paragraph)
            _number(paragraph, numbered[level])


def _paragraph(document: Document, block: Block) -> Any:
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
    return paragraph


def _new_list(document: Document, paragraph: Any) -> int | None:
    """Return the number of a list that begins again from 1, as the style of its paragraphs numbers; None without."""
    found = paragraph.style.element.xpath("./w:pPr/w:numPr/w:numId/@w:val")
    numbering: Any = document.part.numbering_part.element if found else None
    number = next(iter(numbering.xpath(f"./w:num[@w:numId='{found[0]}']")), None) if found else None
    if number is None:
        return None
    made = numbering.add_num(int(number.abstractNumId.val))
    made.add_lvlOverride(ilvl=0).add_startOverride(1)
    return int(made.numId)


def _number(paragraph: Any, number: int | None) -> None:
    if number is not None:
        properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
        properties.get_or_add_ilvl().val = 0
        properties.get_or_add_numId().val = number


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
    grid.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    _described(grid, table.caption or ", ".join(table.head))
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


def _described(grid: Any, text: str) -> None:
    """Say what a table is to those who do not see it, and that its first row and column are headings."""
    properties = grid._tbl.tblPr
    for look in properties.findall(qn("w:tblLook")):
        properties.remove(look)
    look = OxmlElement("w:tblLook")
    for name in ("firstRow", "firstColumn", "noVBand"):
        look.set(qn(f"w:{name}"), "1")
    for name in ("lastRow", "lastColumn", "noHBand"):
        look.set(qn(f"w:{name}"), "0")
    look.set(qn("w:val"), "04A0")
    properties.append(look)
    description = OxmlElement("w:tblDescription")
    description.set(qn("w:val"), xml_text(text))
    properties.append(description)


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


def _as_document(content: bytes) -> bytes:
    """Return a Word template (.dotx) as a document; a document as it is."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        types = parts.read("[Content_Types].xml")
        if _TEMPLATE_TYPE not in types:
            return content
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written:
            for name in parts.namelist():
                is_types = name == "[Content_Types].xml"
                data = types.replace(_TEMPLATE_TYPE, _DOCUMENT_TYPE) if is_types else parts.read(name)
                written.writestr(name, data)
    return out.getvalue()


def _complete(document: Document, ours: Document) -> None:
    """Give a template the styles of headings, lists and tables that it lacks: without them they are no such thing."""
    known = {style.name for style in document.styles}
    lacking = [style for style in ours.styles if style.name in _NEEDED and style.name not in known]
    if not lacking:
        return
    numbers: dict[str, int] = {}
    for style in lacking:
        made = deepcopy(style.element)
        for element in made.xpath("./w:basedOn | ./w:next | ./w:link"):
            if not document.styles.element.xpath(f"./w:style[@w:styleId='{element.get(qn('w:val'))}']"):
                made.remove(element)
        for number in made.xpath("./w:pPr/w:numPr/w:numId"):
            old = number.get(qn("w:val"))
            numbers.setdefault(old, _copied_list(document, ours, old))
            number.set(qn("w:val"), str(numbers[old]))
        document.styles.element.append(made)


def _copied_list(document: Document, ours: Document, number: str) -> int:
    """Copy the definition of a list of our own document, and return its number in the other."""
    try:
        part: Any = document.part.part_related_by(RELATIONSHIP_TYPE.NUMBERING)
    except KeyError:
        empty = f'<w:numbering xmlns:w="{nsmap["w"]}"/>'.encode()
        package: Any = document.part.package
        part = NumberingPart.load(PackURI("/word/numbering.xml"), CONTENT_TYPE.WML_NUMBERING, empty, package)
        document.part.relate_to(part, RELATIONSHIP_TYPE.NUMBERING)
    theirs, source = part.element, ours.part.numbering_part.element
    reference = source.xpath(f"./w:num[@w:numId='{number}']/w:abstractNumId/@w:val")[0]
    definition = deepcopy(source.xpath(f"./w:abstractNum[@w:abstractNumId='{reference}']")[0])
    taken = [int(value) for value in theirs.xpath("./w:abstractNum/@w:abstractNumId")]
    identity = max(taken, default=-1) + 1
    definition.set(qn("w:abstractNumId"), str(identity))
    for unique in (*definition.findall(qn("w:nsid")), *definition.findall(qn("w:tmpl"))):
        definition.remove(unique)
    first = next(iter(theirs.xpath("./w:num")), None)
    if first is not None:
        first.addprevious(definition)
    else:
        theirs.append(definition)
    return int(theirs.add_num(identity).numId)


def _speaks(document: Document, language: str) -> None:
    """Set the language of the words of a document, whatever that of its template is."""
    tag = _TAGS[language]
    styles = document.styles.element
    for element in styles.xpath("./w:style/w:rPr/w:lang"):
        element.getparent().remove(element)
    for defaults in styles.xpath("./w:docDefaults/w:rPrDefault/w:rPr"):
        for element in defaults.xpath("./w:lang"):
            defaults.remove(element)
        spoken = OxmlElement("w:lang")
        for name in ("val", "eastAsia", "bidi"):
            spoken.set(qn(f"w:{name}"), {"val": tag, "eastAsia": "en-US", "bidi": "ar-SA"}[name])
        defaults.append(spoken)
        return
    normal = _style(document, "Normal")
    if normal is not None:
        spoken = OxmlElement("w:lang")
        spoken.set(qn("w:val"), tag)
        normal.element.get_or_add_rPr().append(spoken)


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

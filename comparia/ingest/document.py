"""Word-processor documents, DOCX and ODT: verbatims and recaps, in paragraphs and tables.

What a reader of the printed page does not take for speech is left out with its reason: tracked deletions, comments,
hidden text, headers, footers, notes, text boxes, tables of contents.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from xml.etree.ElementTree import Element

from comparia.errors import TranscriptError
from comparia.ingest import labelled_text
from comparia.ingest.containers import Archive, attribute, local
from comparia.ingest.source import Bounded, Reading, Source
from comparia.ingest.speakers import accepted_labels, clean_label, split_label
from comparia.messages import N_
from comparia.messages import gettext as _
from comparia.records import Ignored, Span

FORMAT = "document"
DESCRIPTION = "Word or LibreOffice document (DOCX, ODT): `Nom : texte`, `M. Nom. – texte`, tables"
CONTAINER = "zip"

MAX_SPACES = 100
"""Longest run of spaces an ODT element may stand for."""

_BETWEEN_TAGS = re.compile(r"[ \t\r\n]+")
_CLOCK = re.compile(r"^[(\[]?(?:(?:\d{1,2}:)?\d{1,2}:\d{2}(?:[.,]\d+)?|\d{1,2} ?[hH] ?\d{2})[)\]]?$")
_SPEAKS = re.compile(r":|\d h \d")
"""A heading that holds a colon may be a speaker's label or a time: it is left for the labels to judge."""
SMALLEST = 4
"""Size, in half points, up to which letters are not there to be read."""
_COLUMN_TITLES = frozenset(
    "nom name intervenant intervenante intervenant·e speaker orateur locuteur qui who "
    "heure time timecode horaire".split()
)


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of a document, its breaks kept as line ends."""

    number: int
    """Position in the document, from 1, blank ones and those of tables counted."""
    text: str
    """Its words."""
    heading: bool = False
    """Whether it is styled as a heading."""
    row: tuple[int, int, int] | None = None
    """Table, row and cell it stands in, if any."""

    @property
    def lines(self) -> list[str]:
        """Its lines that are not blank."""
        return [line.strip() for line in self.text.split("\n") if line.strip()]


@dataclass
class Document:
    """The paragraphs of a document, and what was left out of them."""

    source: Source
    paragraphs: list[Paragraph] = field(default_factory=Bounded)
    ignored: list[Ignored] = field(default_factory=Bounded)

    def span(self, first: int, last: int | None = None) -> Span:
        """Return the span of paragraphs `first` to `last`."""
        return Span(file=self.source.name, paragraphs=(first, last or first))

    def add(self, pieces: Iterable[tuple[str, str]], *, heading: bool, row: tuple[int, int, int] | None) -> None:
        """Add a paragraph given as pieces of text, each with the reason to leave it out (empty to keep it)."""
        texts: list[str] = []
        reasons: dict[str, None] = {}
        for reason, text in pieces:
            if not reason:
                texts.append(text)
            elif text.strip():
                reasons[reason] = None
        number = len(self.paragraphs) + 1
        self.paragraphs.append(Paragraph(number, "".join(texts), heading, row))
        self.ignored.extend(Ignored(reason=reason, span=self.span(number)) for reason in reasons)


def sniff(source: Source) -> bool:
    """Return whether it is a zip that holds the text of a word processor."""
    return _kind(Archive(source)) != ""


def read(source: Source) -> Reading:
    """Return the paragraphs as labelled text; a table whose first column names people is read row by row."""
    document = open_document(source)
    rows = _rows(document)
    text, breaks = _as_text(document, rows)
    reading = labelled_text.read(text, breaks)
    if not {row.name for row in rows} <= {cue.speaker for cue in reading.cues}:
        # The names of the table were not believed: no colon that the document does not have may enter a quotation.
        reading = labelled_text.read(*_as_text(document, []))
    reading.ignored.extend(document.ignored)
    return reading


@lru_cache(maxsize=1)  # asked by every reader of documents in turn
def open_document(source: Source) -> Document:
    """Return the paragraphs of a DOCX or ODT document.

    Raises:
        TranscriptError: not such a document, damaged, or hostile.
    """
    archive = Archive(source)
    document = Document(source)
    kind = _kind(archive)
    if kind == "docx":
        _read_docx(archive, document)
    elif kind == "odt":
        _read_odt(archive, document)
    else:
        raise source.error(_("this is not a word-processor document."))
    if not any(paragraph.text.strip() for paragraph in document.paragraphs):
        raise TranscriptError(
            _("this document holds no text."),
            source.name,
            cure=_("If its pages are pictures, recognise their text (OCR) first."),
        )
    return document


def _kind(archive: Archive) -> str:
    if "[Content_Types].xml" in archive and any(name.startswith("word/") for name in archive.names):
        return "docx"
    if "content.xml" in archive and "mimetype" in archive:
        return "odt" if archive.read("mimetype")[:100].startswith(b"application/vnd.oasis.opendocument.text") else ""
    return ""


# As labelled text ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Row:
    """A row of a table that says who speaks in one cell and what in another."""

    first: int
    """Its first paragraph that is not blank."""
    words: int
    """Paragraph the words start in."""
    name: str
    clock: str = ""
    table: int = 0


def _as_text(document: Document, rows: Iterable[_Row]) -> tuple[Source, frozenset[int]]:
    """Return the document as lines of text, with a blank one after each paragraph; rows as `Nom : texte`.

    Returns:
        The text, and the blank lines after which a table of speakers is over.
    """
    tables = {row.table for row in rows}
    titles = {p.number for p in document.paragraphs if p.row and p.row[:2] in {(table, 0) for table in tables}}
    titles -= {number for row in rows for number in (row.first, row.words)}
    breaks: set[int] = set()
    inside = False
    starts = {row.words: row for row in rows}
    label_numbers = {number for row in starts.values() for number in range(row.first, row.words)}
    lines: list[str] = []
    places: list[Span] = []
    for paragraph in document.paragraphs:
        if paragraph.number in label_numbers:
            continue
        if paragraph.number in titles:
            if paragraph.text.strip():
                document.ignored.append(Ignored(reason=N_("heading of a table"), span=document.span(paragraph.number)))
            continue
        if inside and paragraph.row is None and lines and paragraph.text.strip():
            breaks.add(len(lines))
        inside = (inside and not paragraph.text.strip()) or (paragraph.row is not None and paragraph.row[0] in tables)
        row = starts.get(paragraph.number)
        span = document.span(row.first if row else paragraph.number, paragraph.number)
        for n, line in enumerate(paragraph.lines):
            if row and n == 0:
                line = f"{row.clock} {row.name} : {line}".strip()
            elif paragraph.heading and not _SPEAKS.search(line):
                line = f"# {line}"
            lines.append(line)
            places.append(span)
        lines.append("")
        places.append(span)
    return document.source.of_lines(lines, places), frozenset(breaks)


def _rows(document: Document) -> list[_Row]:
    """Return the rows of tables made of a name and its words, with or without a time."""
    cells: dict[tuple[int, int], dict[int, list[Paragraph]]] = {}
    for paragraph in document.paragraphs:
        if paragraph.row and paragraph.lines:
            table, row, cell = paragraph.row
            cells.setdefault((table, row), {}).setdefault(cell, []).append(paragraph)
    rows = []
    for (table, _row), row_cells in cells.items():
        full_cells = list(row_cells.values())
        clocks = [cell for cell in full_cells if len(cell) == 1 and _CLOCK.match(cell[0].text.strip())]
        others = [cell for cell in full_cells if cell not in clocks]
        if len(others) != 2 or len(clocks) > 1 or len(others[0]) > 1 or full_cells[-1] is not others[1]:
            continue
        label = split_label(f"{others[0][0].text.strip()} : x")
        if label and label[1] == "x" and clean_label(label[0]).casefold() not in _COLUMN_TITLES:
            clock = clocks[0][0].text.strip(" ()[]\n") if clocks else ""
            rows.append(_Row(full_cells[0][0].number, others[1][0].number, clean_label(label[0]), clock, table))
    labels = accepted_labels(row.name for row in rows)
    return [row for row in rows if row.name in labels]


# DOCX ----------------------------------------------------------------------------------------------------------------

_HIDDEN = frozenset("rPr pPr sdtPr tblPr trPr tcPr sectPr instrText fldChar rt".split())
"""Elements that hold properties or codes, no words."""
_MARKS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "\u2011"}


def _read_docx(archive: Archive, document: Document) -> None:
    main = _main_part(archive)
    headings, vanishing, contents = _docx_styles(archive, main.rpartition("/")[0] + "/styles.xml")
    root = archive.xml(main)
    has_background = _find(root, "background") is not None
    tables = 0

    def blocks(parent: Element, row: tuple[int, int, int] | None) -> None:
        nonlocal tables
        for child in parent:
            name = local(child)
            if name == "p":
                style = _value(child, "pPr", "pStyle")
                reason = N_("hidden text") if style in vanishing else ""
                reason = N_("table of contents") if style in contents else reason
                # White words are there to be read where something dark may lie behind them.
                unseen = row is None and not has_background and not style and _find(child, "pPr", "shd") is None
                words = _docx_words(child, vanishing, reason, unseen=unseen)
                document.add(words, heading=style in headings, row=row)
            elif name == "tbl":
                tables += 1
                table = tables
                for r, line in enumerate(children_of(child, "tr")):
                    for c, cell in enumerate(children_of(line, "tc")):
                        blocks(cell, (table, r, c))
            elif name not in _HIDDEN:
                blocks(child, row)

    blocks(root, None)
    asides = {
        "header": N_("page header or footer"),
        "footer": N_("page header or footer"),
        "footnotes": N_("note of the page or of the end"),
        "endnotes": N_("note of the page or of the end"),
        "comments": N_("comment"),
    }
    for part in archive.names:
        match = re.fullmatch(r"word/(header|footer|footnotes|endnotes|comments)\d*\.xml", part)
        if match and any(text.strip() for _reason, text in _docx_words(archive.xml(part), set())):
            document.ignored.append(Ignored(reason=asides[match[1]], span=Span(file=document.source.name, path=part)))


def _main_part(archive: Archive) -> str:
    """Return the part that holds the text: some servers name it otherwise than `word/document.xml`."""
    if "_rels/.rels" in archive:
        for relation in archive.xml("_rels/.rels"):
            target = attribute(relation, "Target").lstrip("/")
            if attribute(relation, "Type").endswith("/officeDocument") and target in archive:
                return target
    return "word/document.xml"


def _docx_styles(archive: Archive, part: str) -> tuple[set[str], set[str], set[str]]:
    """Return the ids of the styles of headings, of those that hide their text, and of those of tables of contents."""
    headings, vanishing, contents = set[str](), set[str](), set[str]()
    for style in archive.xml(part) if part in archive else ():
        name = _value(style, "name").casefold()
        if name.startswith(("heading", "titre")) or name in ("title", "subtitle", "sous-titre"):
            headings.add(attribute(style, "styleId"))
        if _is_on(style, "rPr", "vanish"):
            vanishing.add(attribute(style, "styleId"))
        if name.startswith("toc "):
            contents.add(attribute(style, "styleId"))
    return headings, vanishing, contents


def _docx_words(
    element: Element, vanishing: set[str], reason: str = "", *, unseen: bool = False
) -> Iterator[tuple[str, str]]:
    """Yield the words of an element in order, each with the reason to leave them out (empty to keep them).

    Args:
        element: the element.
        vanishing: ids of the styles that hide their text.
        reason: why all of it is left out.
        unseen: whether nothing but white paper may lie behind it.
    """
    for child in element:
        name = local(child)
        if name in ("t", "delText"):
            yield reason, child.text or ""
        elif name in _MARKS:
            yield reason, _MARKS[name]
        elif name in ("del", "moveFrom"):
            yield from _docx_words(child, vanishing, reason or N_("deleted, as tracked changes say"), unseen=unseen)
        elif name == "txbxContent":
            yield from _docx_words(child, vanishing, reason or N_("text box"))
        elif name == "AlternateContent":
            # The same thing twice, for new and for old word processors.
            yield from _docx_words(child[:1][0] if len(child) else child, vanishing, reason, unseen=unseen)
        elif name == "r" and (
            _is_on(child, "rPr", "vanish")
            or _value(child, "rPr", "rStyle") in vanishing
            or (unseen and _is_unreadable(child))
        ):
            yield from _docx_words(child, vanishing, reason or N_("hidden text"))
        elif name == "p":  # of a text box or a note
            yield from _docx_words(child, vanishing, reason)
            yield reason, "\n"
        elif name not in _HIDDEN:
            yield from _docx_words(child, vanishing, reason, unseen=unseen)


def _is_unreadable(run: Element) -> bool:
    """Return whether a run is white on white, or too small to be read."""
    size = _value(run, "rPr", "sz")
    white = _value(run, "rPr", "color").casefold() == "ffffff"
    behind = _find(run, "rPr", "shd") is not None or _find(run, "rPr", "highlight") is not None
    return (white and not behind) or (size.isdecimal() and int(size) <= SMALLEST)


def _find(element: Element, *names: str) -> Element | None:
    for name in names:
        match = next((child for child in element if local(child) == name), None)
        if match is None:
            return None
        element = match
    return element


def _value(element: Element, *names: str) -> str:
    match = _find(element, *names)
    return attribute(match, "val") if match is not None else ""


def _is_on(element: Element, *names: str) -> bool:
    match = _find(element, *names)
    return match is not None and attribute(match, "val") not in ("0", "false", "off", "none")


def children_of(element: Element, name: str) -> Iterator[Element]:
    """Yield children of that name, also those wrapped in content controls or tracked insertions."""
    for child in element:
        if local(child) == name:
            yield child
        elif local(child) in (
            "sdt",
            "sdtContent",
            "customXml",
            "ins",
            "table-header-rows",
            "table-rows",
            "table-row-group",
            "table-header-columns",
            "table-columns",
            "table-column-group",
        ):
            yield from children_of(child, name)


# ODT -----------------------------------------------------------------------------------------------------------------


def _read_odt(archive: Archive, document: Document) -> None:
    root = archive.xml("content.xml")
    hidden = frozenset(
        attribute(style, "name")
        for style in root.iter()
        if local(style) == "style" and any(attribute(child, "display") == "none" for child in style)
    )
    body = _find(root, "body", "text")
    tables = 0

    def blocks(parent: Element, row: tuple[int, int, int] | None, reason: str) -> None:
        nonlocal tables
        for child in parent:
            name = local(child)
            if name in ("p", "h"):
                why = reason or _odt_reason(child, hidden)
                document.add(odt_words(child, hidden, why), heading=name == "h", row=row)
            elif name == "table":
                tables += 1
                table = tables
                for r, line in enumerate(children_of(child, "table-row")):
                    for c, cell in enumerate(children_of(line, "table-cell")):
                        blocks(cell, (table, r, c), reason)
            elif name == "tracked-changes":
                if any(text.strip() for p in child.iter() if local(p) == "p" for text in p.itertext()):
                    span = Span(file=document.source.name, path="content.xml")
                    document.ignored.append(Ignored(reason=N_("deleted, as tracked changes say"), span=span))
            elif name in _ODT_INDEXES:
                blocks(child, row, reason or N_("table of contents"))
            elif name == "frame":
                blocks(child, row, reason or N_("text box"))
            else:
                none = attribute(child, "display") == "none"
                blocks(child, row, reason or (N_("hidden text") if none else ""))

    if body is not None:
        blocks(body, None, "")
    if "styles.xml" in archive:
        styles = archive.xml("styles.xml")
        for element in styles.iter():
            if local(element) in ("header", "footer") and any(t.strip() for _r, t in odt_words(element, hidden, "")):
                span = Span(file=document.source.name, path="styles.xml")
                document.ignored.append(Ignored(reason=N_("page header or footer"), span=span))


_ODT_INDEXES = frozenset("table-of-content illustration-index table-index alphabetical-index bibliography".split())


def odt_words(element: Element, hidden: frozenset[str], reason: str) -> Iterator[tuple[str, str]]:
    """Yield the words of an element, spaces collapsed as ODF has it, each with the reason to leave them out."""
    yield reason, _BETWEEN_TAGS.sub(" ", element.text or "")
    for child in element:
        name = local(child)
        if name == "s":
            count = attribute(child, "c")
            yield reason, " " * min(int(count) if count.isdecimal() and len(count) < 9 else 1, MAX_SPACES)
        elif name == "tab":
            yield reason, "\t"
        elif name == "line-break":
            yield reason, "\n"
        else:
            yield from odt_words(child, hidden, reason or _odt_reason(child, hidden))
            if name in ("p", "h"):
                yield reason, "\n"
        yield reason, _BETWEEN_TAGS.sub(" ", child.tail or "")


def _odt_reason(element: Element, hidden: frozenset[str]) -> str:
    name = local(element)
    if name == "annotation":
        return N_("comment")
    if name == "note":
        return N_("note of the page or of the end")
    if name == "frame":
        return N_("text box")
    if name in ("hidden-text", "hidden-paragraph") or attribute(element, "style-name") in hidden:
        return N_("hidden text")
    return ""

"""Tables as rows of cells, from text (CSV, TSV) or from a sheet: what every reader of tables shares."""

from __future__ import annotations

import csv
import hashlib
import html
import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from comparia.errors import TranscriptError
from comparia.ingest.source import Reading, Source
from comparia.messages import N_
from comparia.messages import gettext as _
from comparia.records import Notice, Span

MAX_ROWS = 60_000
"""Rows beyond which a table is refused: no session has as many contributions."""
MAX_CELL = 1_000_000
"""Characters beyond which a cell is refused."""
LONGEST_HEADINGS = MAX_CELL // 10
"""Characters beyond which a first line holds no headings."""
SAMPLE = 20
"""Rows that are looked at to know how a table is laid out."""

_DELIMITERS = ";,\t"
_EXCEL = re.compile(r"^sep=(.)$")
_LOCALE = re.compile(r"(?!id$|ok$)[a-z]{2}(?:[-_][a-z]{2})?", re.IGNORECASE)
_PREFIX = re.compile(r"^(?:contributions?|propositions?|proposals?)[_ .-](?=.)")
_MACHINE = re.compile(
    r"machine.?translat|traductions? (?:automatique|machine)|automatic(?:ally)?.?translat|[_ /-]machine$"
)
_ADDRESS = re.compile(r"[^\s@]{1,64}@[^\s@]+\.[^\s@]{2,24}")

_BLOCKS = frozenset("p div br li ul ol dl dt dd h1 h2 h3 h4 h5 h6 blockquote table tr hr pre section article".split())
_INLINE = frozenset(
    "a abbr b big cite code del em figure figcaption font i iframe img ins label mark q s small span strike strong sub "
    "sup svg tbody td th thead tfoot tt u video audio source script style".split()
)
_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]{0,15})(?:\s[^<>]{0,100000})?/?>")
_CODE = re.compile(r"<(script|style)\b[^<>]*>[^<]*</\1>|<!--[^<>]*-->", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table."""

    number: int
    """Position, from 1."""
    lines: tuple[int, int] | None
    """First and last line, for text."""
    cells: list[str]
    """Its cells."""


@dataclass(frozen=True)
class Table:
    """A table and the row that holds its headings."""

    source: Source
    sample: Sequence[Row]
    """Its first rows."""
    first: int = 0
    """Index of its first line, for text."""
    delimiter: str = ""
    """What separates cells, for text."""
    sheet: str = ""
    """Name of the sheet, for a spreadsheet."""
    grid: Sequence[Row] = ()
    """All rows of a sheet."""
    top: int = 0
    """Index of the row of headings among its rows."""

    @property
    def headings(self) -> list[str]:
        """Its headings; none where it has not as many rows."""
        return self.sample[self.top].cells if self.top < len(self.sample) else []

    @property
    def below(self) -> list[list[str]]:
        """The first rows under its headings."""
        return [row.cells for row in self.sample[self.top + 1 :]]

    def headed(self, most: int) -> Iterator[Table]:
        """Yield the table as headed by each of its first rows: titles may stand above the headings."""
        for top in range(min(most, len(self.sample))):
            yield replace(self, top=top)

    def span(self, row: Row) -> Span:
        """Return where a row lies."""
        return Span(file=self.source.name, lines=row.lines, row=row.number, sheet=self.sheet or None)

    def rows(self, most: int = MAX_ROWS) -> Iterator[Row]:
        """Yield its rows, from the first one.

        Raises:
            TranscriptError: a cell or the table is too large, a quotation mark is never closed, a NUL.
        """
        return iter(self.grid) if self.sheet else _rows(self, most)

    @property
    def evenness(self) -> float:
        """Share of the first rows that have as many cells as there are headings, in [0, 1]."""
        filled = [cells for cells in self.below if any(cell.strip() for cell in cells)]
        return sum(len(cells) == len(self.headings) for cells in filled) / len(filled) if filled else 0.0


def tables_of(source: Source) -> list[Table]:
    """Return a text as a table under every delimiter that its first row may have, the most likely first."""
    first = next((n for n, line in enumerate(source.lines) if line.strip()), None)
    if first is None or source.container:
        return []
    delimiters = _DELIMITERS
    if (excel := _EXCEL.match(source.lines[first])) and first + 1 < len(source.lines):
        delimiters, first = excel[1], first + 1
    if len(source.lines[first]) > LONGEST_HEADINGS:
        return []
    tables = [
        Table(source, sample, first, delimiter)
        for delimiter in delimiters
        if len(sample := _sample(source, first, delimiter)) and len(sample[0].cells) > 1
    ]
    return sorted(tables, key=lambda table: (table.evenness, len(table.headings)), reverse=True)


def body(table: Table, reading: Reading) -> list[Row]:
    """Return the rows under the headings; those above, the headings and empty rows are left out with their reason.

    Raises:
        TranscriptError: the table is too large or damaged.
    """
    for line in range(1, table.first + 1):
        if table.source.lines[line - 1].strip():
            reading.ignore(N_("header"), table.source.span(line))
    rows = []
    width = len(table.headings)
    ragged: list[Row] = []
    for n, row in enumerate(list(table.rows())):  # refused before anything is made of it
        while len(row.cells) > width and not row.cells[-1].strip():
            row.cells.pop()
        if n <= table.top:
            if row.cells:
                reading.ignore(N_("header"), table.span(row))
        elif not any(cell.strip() for cell in row.cells):
            if row.cells:
                reading.ignore(N_("empty row"), table.span(row))
        else:
            rows.append(row)
            if len(row.cells) != width and not table.sheet:
                ragged.append(row)
    if ragged:
        at = ragged[0].lines[0] if ragged[0].lines else None
        reading.notices.append(Notice(code="ragged_rows", values={"n": len(ragged)}, file=table.source.name, line=at))
    return rows


def column_name(heading: str) -> tuple[str, str]:
    """Return the letters and digits of a heading, and its language: `Title/fr` → `title`, `fr`."""
    base, _slash, language = heading.strip().rpartition("/")
    if not base or not _LOCALE.fullmatch(language):
        base, language = heading.strip(), ""
    letters = unicodedata.normalize("NFKD", base.casefold())
    return re.sub(r"[^a-z0-9]+", "", _PREFIX.sub("", letters)), language.lower()


def plain(text: str) -> str:
    """Return a text in small letters without accents, white space and typographic marks made one."""
    letters = unicodedata.normalize("NFKD", text.casefold().replace("’", "'"))
    return " ".join("".join(ch for ch in letters if not unicodedata.combining(ch)).split())


def is_machine_translation(heading: str) -> bool:
    """Return whether a column holds what a machine translated from another one."""
    return bool(_MACHINE.search(plain(heading).replace("_", " ")) or _MACHINE.search(plain(heading)))


def shown_heading(heading: str, longest: int = 60) -> str:
    """Return a heading on one line, cut after some characters."""
    text = " ".join(words(heading).split())
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def without_address(name: str, author: str) -> tuple[str, str]:
    """Return the name and the id of an author, with a digest in place of an e-mail address shown as a name.

    It is the same in every file: eight hexadecimal digits. Of 2,000 authors, two share one once in 2,000 sessions.
    """
    if not _ADDRESS.fullmatch(name):
        return name, author
    return "", author or hashlib.sha256(name.casefold().encode()).hexdigest()[:8]


def words(text: str) -> str:
    """Return the words of a text that may be HTML: known tags gone, entities decoded, one line a paragraph."""
    text = _CODE.sub(" ", text) if "<" in text else text
    text = _TAG.sub(_without_tag, text)
    lines = (" ".join(line.split()) for line in re.split(r"[\n\r]+", html.unescape(text)))
    return "\n".join(line for line in lines if line)


def _without_tag(tag: re.Match[str]) -> str:
    name = tag[1].lower()
    if name in _BLOCKS:
        return "\n"
    if name in ("td", "th"):
        return " "
    return "" if name in _INLINE else tag[0]


def _sample(source: Source, first: int, delimiter: str) -> list[Row]:
    """Return the first rows of a text, for as long as they can be read."""
    rows: list[Row] = []
    last = first

    def lines() -> Iterator[str]:
        nonlocal last
        for n in range(first, min(first + 20 * SAMPLE, len(source.lines))):
            last = n + 1
            yield source.lines[n] + source.ends[n]

    begin = first + 1
    try:
        for number, cells in enumerate(itertools.islice(csv.reader(lines(), delimiter=delimiter), SAMPLE), start=1):
            if number == 1 and sum(map(len, cells)) > LONGEST_HEADINGS:
                return []
            rows.append(Row(number, (begin, last), cells))
            begin = last + 1
    except csv.Error:
        pass
    return rows


def _rows(table: Table, most: int) -> Iterator[Row]:
    # Raised for the whole process, and never lowered again: another thread may be reading.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_CELL))
    source = table.source
    last_line = last_row_end = table.first
    row = 0
    over = False

    def lines() -> Iterator[str]:
        nonlocal last_line, over
        for n in range(table.first, len(source.lines)):
            if "\0" in source.lines[n]:
                raise source.error(_("row {row} holds a NUL character.").format(row=row + 1), n + 1)
            last_line = n + 1
            yield source.lines[n] + source.ends[n]
        over = True

    reader = csv.reader(lines(), delimiter=table.delimiter)
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            message = _("row {row} cannot be read ({error}).").format(row=row + 1, error=error)
            raise source.error(message, last_row_end + 1) from error
        if cells is None:
            return
        row += 1
        if over:
            message = _("a quotation mark opened in row {row} is never closed.").format(row=row)
            raise source.error(message, last_row_end + 1)
        if any(len(cell) > MAX_CELL for cell in cells):
            message = _("a cell of row {row} is longer than {limit} characters.").format(row=row, limit=MAX_CELL)
            raise source.error(message, last_row_end + 1)
        if row > most + 1:
            raise too_many_rows(source, most)
        yield Row(row, (last_row_end + 1, last_line), cells)
        last_row_end = last_line


def too_many_rows(source: Source, most: int) -> TranscriptError:
    """Return the error of a table of more rows than a session has."""
    return TranscriptError(
        _("more than {limit} rows.").format(limit=most),
        source.name,
        cure=_("Keep the rows of one question or one debate."),
    )

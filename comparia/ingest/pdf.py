"""PDF: minutes and verbatims as printed pages, turned back into running text.

Running heads and feet are left out, words cut at the end of a line are made whole, and the text is then read as
labelled text. Places are a page and its lines.
"""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from statistics import median
from typing import TYPE_CHECKING

from comparia.errors import TranscriptError
from comparia.ingest import labelled_text
from comparia.ingest.source import Reading, Source
from comparia.ingest.speakers import CIVILITY, split_label
from comparia.messages import N_
from comparia.messages import gettext as _
from comparia.records import Cue, Ignored, Notice, Span

if TYPE_CHECKING:
    from pypdf import PdfReader

FORMAT = "pdf"
DESCRIPTION = "PDF with text (not scanned): `Nom : texte`, `M. Nom. – texte`"
CONTAINER = "pdf"

MAX_PAGES = 2_000
MAX_OBJECTS = 600_000
"""Objects of a file: a damaged one is searched for them."""
MAX_OPERATIONS = 700_000
"""Drawing operations of all pages: ten hours of speech whose every letter is drawn by itself are 600,000."""
MAX_ASCII85 = 3_000_000
"""Bytes of a page's words as ASCII85, which takes a hundred times as many to decode."""
EDGE_LINES = 3
"""Lines at the top and at the bottom of a page among which running heads and feet are looked for."""
RUNNING_SHARE = 0.4
"""Share of pages that must bear a line for it to be a running head: under half, since left and right pages may differ."""
FULL_LINE = 0.8
"""A line that ends a sentence under this share of the usual width ends a paragraph."""
LETTERS_A_PAGE = 10
"""Fewer letters than that on pages that hold pictures, and the pages are pictures."""

_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
_UNPRINTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_PAGE_NUMBER = re.compile(r"^(?:page\s)?[-–—]?\s?\d{1,4}(?:\s?(?:/|sur|of)\s?\d{1,4})?\s?[-–—]?$", re.IGNORECASE)
_CUT = re.compile(r"(?P<start>[^\W\d_]+(?:['’-][^\W\d_]+)*)[-\u2010\u00ad]$")
_REST = re.compile(r"^(?P<end>[^\W\d_]+)(?P<after>\S*)")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_KEEPS_HYPHEN = frozenset(
    "être ce il elle ils elles on je tu nous vous moi toi lui leur le la les y en ci là même mêmes t".split()
)
"""Second halves of compounds: `peut-être`, `est-ce`, `celui-ci`."""
_SENTENCE_END = (".", "!", "?", "…", ":", "»", ")")

Line = tuple[str, int, int, int]
"""Text, page, first and last line of the page."""


def sniff(source: Source) -> bool:
    """A PDF file."""
    return source.container == "pdf"


def read(source: Source) -> Reading:
    """The text of the pages, read as labelled text; a turn that runs over a page has one cue a page.

    Raises:
        TranscriptError: not a sound PDF, encrypted, scanned, or too long.
    """
    reading = Reading()
    pages = _pages(source, reading)
    lines = _whole_words(list(_running_text(source, pages, reading)))
    text = source.of_lines([line[0] for line in lines], ())
    read_text = labelled_text.read(text)
    for cue in read_text.cues:
        reading.cues.extend(_by_page(source, cue, lines))
    for item in read_text.ignored:
        first, last = item.span.lines or (1, 1)
        for span, _text in _segments(source, lines[first - 1 : last]):
            reading.ignored.append(Ignored(reason=item.reason, span=span))
    reading.notices.extend(read_text.notices)
    reading.dropped_private = read_text.dropped_private
    return reading


# From bytes to lines of pages ----------------------------------------------------------------------------------------


def _pages(source: Source, reading: Reading) -> list[list[str]]:
    """The lines of each page."""
    if not sniff(source):
        raise source.error(_("this is not a PDF file."))
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it speaks to the terminal of every flaw it repairs
    reader = _reader(source)
    pages: list[list[str]] = []
    without_text = pictures = unreadable = operations = unseen = 0
    invisible = False

    def count(operator: bytes, operands: Sequence[object], *_matrices: object) -> None:
        nonlocal operations, invisible
        operations += 1
        invisible = invisible or (operator == b"Tr" and list(operands) == [3])
        if operations > MAX_OPERATIONS:
            raise source.error(_("this PDF draws more than a transcript can."))

    for number in range(len(reader.pages)):
        try:
            page = reader.pages[number]
            invisible = False
            text = "" if _is_bulky(page) else page.extract_text(visitor_operand_before=count)
        except TranscriptError:
            raise
        except Exception:  # damaged pages raise errors of every kind
            reading.ignore(N_("page that cannot be read"), Span(file=source.name, page=number + 1))
            pages.append([])
            unreadable += 1
            continue
        lines = [_clean(line) for line in text.split("\n")]
        pages.append(lines)
        if not any(lines):
            without_text += 1
            reading.ignore(N_("page without text"), Span(file=source.name, page=number + 1))
        drawn = _has_pictures(page)
        pictures += not any(lines) or drawn
        unseen += invisible and not drawn
    if unreadable == len(pages):
        raise _damaged(source)
    letters = sum(ch.isalpha() for lines in pages for line in lines for ch in line)
    if not letters or (pictures == len(pages) and letters < LETTERS_A_PAGE * len(pages)):
        raise TranscriptError(
            _("this PDF holds pictures of pages, not text."),
            source.name,
            cure=_("Recognise its text first (OCR, as ocrmypdf does), or give the document it was made from."),
        )
    if unreadable:
        reading.notices.append(Notice(code="unreadable_pages", values={"n": unreadable}, file=source.name))
    if unseen:  # behind a picture, it is what character recognition wrote
        reading.notices.append(Notice(code="invisible_text", values={"n": unseen}, file=source.name))
    if without_text:
        reading.notices.append(Notice(code="pages_without_text", values={"n": without_text}, file=source.name))
    return pages


def _reader(source: Source) -> PdfReader:
    from pypdf import PdfReader

    if source.data.count(b" obj") > MAX_OBJECTS:
        raise _damaged(source)
    try:
        reader = PdfReader(io.BytesIO(source.data))
        # Many are locked against changes only, and open without a password.
        locked = reader.is_encrypted and not _opens(reader)
        count = 0 if locked else len(reader.pages)
    except Exception as error:  # damaged files raise errors of every kind
        raise _damaged(source) from error
    if locked:
        raise TranscriptError(
            _("this PDF is protected by a password."), source.name, cure=_("Print it to a new PDF without protection.")
        )
    if count > MAX_PAGES:
        message = _("{n} pages is more than a transcript can be (limit {limit}).").format(n=count, limit=MAX_PAGES)
        raise TranscriptError(message, source.name, cure=_("Cut it into its sessions."))
    return reader


def _damaged(source: Source) -> TranscriptError:
    cure = _("Download it again, or print it to a new PDF.")
    return TranscriptError(_("this PDF is damaged."), source.name, cure=cure)


def _opens(reader: PdfReader) -> bool:
    try:
        return bool(reader.decrypt(""))
    except Exception:  # ciphers that need a package we do not ask for
        return False


def _is_bulky(page: object) -> bool:
    """Whether the words of a page are ASCII85 that takes too much memory to decode."""
    try:
        contents = page["/Contents"].get_object()  # type: ignore[index]
        streams = contents if isinstance(contents, list) else [contents]
        return any(
            "85" in str(stream.get_object().get("/Filter")) and len(stream.get_object()._data) > MAX_ASCII85
            for stream in streams
        )
    except Exception:
        return False


def _has_pictures(page: object) -> bool:
    try:
        resources = page["/Resources"]  # type: ignore[index]
        return any(item.get_object().get("/Subtype") == "/Image" for item in resources.get("/XObject", {}).values())
    except Exception:
        return False


def _clean(line: str) -> str:
    return " ".join(_UNPRINTED.sub("", line.translate(_LIGATURES)).split())


# From pages to running text ------------------------------------------------------------------------------------------


def _running_text(source: Source, pages: Sequence[list[str]], reading: Reading) -> Iterator[Line]:
    """The lines between running heads and feet; a blank line after each paragraph."""
    running = _running_lines(pages)
    widths = [len(line) for lines in pages for line in lines if line]
    full = FULL_LINE * median(widths) if widths else 0
    for page, lines in enumerate(pages, start=1):
        filled = [n for n, line in enumerate(lines) if line]
        begin, end = 0, len(filled)
        while begin < min(EDGE_LINES, end) and _is_furniture(lines[filled[begin]], running):
            begin += 1
        while end > max(begin, len(filled) - EDGE_LINES) and _is_furniture(lines[filled[end - 1]], running):
            end -= 1
        for n in (*filled[:begin], *filled[end:]):
            reading.ignore(N_("running head or foot"), Span(file=source.name, page=page, lines=(n + 1, n + 1)))
        for n in filled[begin:end]:
            yield lines[n], page, n + 1, n + 1
            blank_follows = n != filled[end - 1] and not lines[n + 1]
            if blank_follows or (len(lines[n]) < full and lines[n].endswith(_SENTENCE_END)):
                yield "", page, n + 1, n + 1


def _running_lines(pages: Sequence[list[str]]) -> frozenset[str]:
    """The lines that stand at the edge of many pages, their numbers set aside."""
    counts: Counter[str] = Counter()
    for lines in pages:
        filled = [line for line in lines if line]
        counts.update({_key(line) for line in (*filled[:EDGE_LINES], *filled[-EDGE_LINES:])})
    least = max(2, RUNNING_SHARE * sum(any(lines) for lines in pages))
    return frozenset(key for key, count in counts.items() if count >= least)


def _key(line: str) -> str:
    return re.sub(r"\d+", "#", line.casefold())


def _is_furniture(line: str, running: frozenset[str]) -> bool:
    if _PAGE_NUMBER.match(line):
        return True
    return (
        _key(line) in running and split_label(line) is None and not CIVILITY.match(line)
    )  # `Mme Lê : Pour, 12 voix.` twice is speech


def _whole_words(lines: list[Line]) -> list[Line]:
    """Lines where no word is cut: on one page the two lines become one, between pages the word is made whole on the first.

    A hyphen of its own is kept: where the document writes the word with it elsewhere, and before `-être`, `-ce`...
    """
    words = Counter(word.casefold() for line in lines for word in _WORD.findall(line[0]))
    whole: list[Line] = []
    for line in lines:
        text, page, first, last = line
        cut = _CUT.search(whole[-1][0]) if whole and text[:1].islower() else None
        rest = _REST.match(text) if cut else None
        if not cut or not rest:
            whole.append(line)
            continue
        before = whole[-1]
        parts = cut["start"].casefold(), rest["end"].casefold()
        hyphen = "-" if words["-".join(parts)] or (not words["".join(parts)] and parts[1] in _KEEPS_HYPHEN) else ""
        joined = before[0][:-1] + hyphen
        if before[1] == page:
            whole[-1] = (joined + text, page, before[2], last)
        elif after := text[rest.end() :].strip():
            whole[-1] = (joined + rest.group(), *before[1:])
            whole.append((after, page, first, last))
        else:
            whole.append(line)
    return whole


# Back to places ------------------------------------------------------------------------------------------------------


def _by_page(source: Source, cue: Cue, lines: Sequence[Line]) -> list[Cue]:
    """A cue cut where the page turns, since a place is on one page."""
    first, last = cue.span.lines or (1, 1)
    segments = list(_segments(source, lines[first - 1 : last]))
    pieces: list[Cue] = []
    text = cue.text
    for span, words in reversed(segments[1:]):
        if text.endswith(words) and len(text) > len(words):
            pieces.append(cue.model_copy(update={"text": words, "span": span, "start": None}))
            text = text[: -len(words)].rstrip()
    pieces.append(cue.model_copy(update={"text": text, "span": segments[0][0]}))
    return pieces[::-1]


def _segments(source: Source, lines: Iterable[Line]) -> Iterator[tuple[Span, str]]:
    """The part of some lines that lies on each page: its place and its words."""
    for page, group in groupby(lines, key=lambda line: line[1]):
        part = list(group)
        span = Span(file=source.name, page=page, lines=(part[0][2], part[-1][3]))
        yield span, " ".join(" ".join(line[0] for line in part).split())

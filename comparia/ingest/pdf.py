"""PDF: minutes and verbatims as printed pages, turned back into running text.

Columns are read one after the other, running heads and feet are left out, words and labels cut at the end of a line
are made whole, and the text is then read as labelled text. Places are a page and its lines.
"""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from comparia.errors import TranscriptError
from comparia.ingest import labelled_text
from comparia.ingest.page_layout import PAGE_NUMBER, Arrangement, Fonts, Pen, arrange
from comparia.ingest.source import Reading, Source
from comparia.ingest.speakers import CIVILITY, could_be_a_name, is_role, looks_like_name, split_label
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
"""Share of pages that must bear a line for it to be a running head: under half, as left and right pages may differ."""
FULL_LINE = 0.8
"""A line that ends a sentence under this share of the usual width ends a paragraph."""
LETTERS_A_PAGE = 10
"""Fewer letters than that on pages that hold pictures, and the pages are pictures."""
MOST_NAMED = 8
"""Pages that a notice names."""
MOST_CUTS = 3
"""Cuts in one word beyond which it is taken for letters set apart on purpose."""
MOST_NAMES = 500
"""Names of glyphs that are looked for in a page."""
LABEL_LINES = 3
"""Lines over which a label may run."""
LONGEST_LABEL = 120

_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
_UNPRINTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_CUT = re.compile(r"(?P<start>[^\W\d_]+(?:['’-][^\W\d_]+)*)[-\u2010\u00ad]$")
_REST = re.compile(r"^(?P<end>[^\W\d_]+)(?P<after>\S*)")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_KEEPS_HYPHEN = frozenset(
    "être ce il elle ils elles on je tu nous vous moi toi lui leur le la les y en ci là même mêmes t".split()
)
"""Second halves of compounds: `peut-être`, `est-ce`, `celui-ci`."""
_LABEL_END = re.compile(r"^(?P<end>(?:[^\W\d_][^:–—]{0,59}?)?)(?:\s?:(?=\s|$)|\.\s?[–—-]\s)")
"""The last words of a label, or its colon alone, at the head of a line."""
_NEW_SENTENCE = re.compile(r"(?:(?<!\b\w)(?<!\b\w\w)\.|[!?…»])\s+(?=[A-ZÀ-Ý])")
"""Where a sentence begins in a line: not after `M.` nor `Dr.`."""
_SENTENCE_END = (".", "!", "?", "…", ":", "»", ")")

Line = tuple[str, int, int, int]
"""Text, page, first and last line of the page."""


def sniff(source: Source) -> bool:
    """Return whether it is a PDF file."""
    return source.container == "pdf"


def read(source: Source) -> Reading:
    """Return the text of the pages, read as labelled text; a turn that runs over a page has one cue a page.

    Raises:
        TranscriptError: not a sound PDF, encrypted, scanned, or too long.
    """
    reading = Reading()
    pages = _pages(source, reading)
    lines = _whole_labels(_whole_words(list(_running_text(source, pages, reading))))
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


class _Page(NamedTuple):
    """A page as it is read in two ways."""

    lines: list[str]
    """Its lines as they are drawn."""
    arrangement: Arrangement | None
    """Its lines as they are placed, where their places are known."""


def _pages(source: Source, reading: Reading) -> list[list[str]]:
    """Return the lines of each page."""
    if not sniff(source):
        raise source.error(_("this is not a PDF file."))
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it speaks to the terminal of every flaw it repairs
    reader = _reader(source)
    fonts = Fonts()
    pages: list[_Page] = []
    without_text = pictures = unreadable = operations = unseen = 0
    invisible = False
    pen: Pen

    def follow(operator: bytes, operands: Sequence[object], *_matrices: object) -> None:
        nonlocal operations, invisible
        operations += 1
        invisible = invisible or (operator == b"Tr" and list(operands) == [3])
        if operations > MAX_OPERATIONS:
            raise source.error(_("this PDF draws more than a transcript can."))
        pen.follow(operator, operands)

    def leave(operator: bytes, *_matrices: object) -> None:
        pen.leave(operator)

    for number in range(len(reader.pages)):
        try:
            page = reader.pages[number]
            invisible = False
            pen = Pen(page, fonts)
            text = ""
            if not _is_bulky(page):
                text = page.extract_text(visitor_operand_before=follow, visitor_operand_after=leave)
        except TranscriptError:
            raise
        except Exception:  # damaged pages raise errors of every kind
            reading.ignore(N_("page that cannot be read"), Span(file=source.name, page=number + 1))
            pages.append(_Page([], None))
            unreadable += 1
            continue
        lines = [_clean(line) for line in _without_names(text, pen.names).split("\n")]
        pages.append(_Page(lines, _clean_arrangement(arrange(pen))))
        if not any(lines):
            without_text += 1
            reading.ignore(N_("page without text"), Span(file=source.name, page=number + 1))
        has_pictures = _has_pictures(page)
        pictures += not any(lines) or has_pictures
        unseen += invisible and not has_pictures
    if unreadable == len(pages):
        raise _damage_error(source)
    letters = sum(ch.isalpha() for page in pages for line in page.lines for ch in line)
    if not letters or (pictures == len(pages) and letters < LETTERS_A_PAGE * len(pages)):
        raise TranscriptError(
            _("this PDF holds pictures of pages, not text."),
            source.name,
            cure=_("Recognise its text first (OCR, as ocrmypdf does), or give the document it was made from."),
        )
    _notice_flaws(source, reading, unreadable, unseen, without_text)
    return _choose_lines(source, pages, reading)


def _notice_flaws(source: Source, reading: Reading, unreadable: int, unseen: int, without_text: int) -> None:
    """Say how many pages cannot be read, hold words that cannot be seen, or hold none."""
    if unreadable:
        reading.notices.append(Notice(code="unreadable_pages", values={"n": unreadable}, file=source.name))
    if unseen:  # behind a picture, it is what character recognition wrote
        reading.notices.append(Notice(code="invisible_text", values={"n": unseen}, file=source.name))
    if without_text:
        reading.notices.append(Notice(code="pages_without_text", values={"n": without_text}, file=source.name))


def _choose_lines(source: Source, pages: Sequence[_Page], reading: Reading) -> list[list[str]]:
    """Return the lines of each page: as placed where these are columns or cut fewer words in two, else as drawn."""
    common_words: set[str] = set()
    for page in pages:
        if page.arrangement:
            common_words |= set(_words(page.lines)) & set(_words(page.arrangement.lines))
    choice: list[list[str]] = []
    doubtful: list[int] = []
    for number, page in enumerate(pages, start=1):
        arrangement = page.arrangement
        is_whole = arrangement is not None and _count_letters(arrangement.lines) >= _count_letters(page.lines)
        if arrangement and (arrangement.is_doubtful or (arrangement.columns > 1 and not is_whole)):
            doubtful.append(number)
        choice.append(
            arrangement.lines
            if arrangement and is_whole and _is_better(page.lines, arrangement, common_words)
            else page.lines
        )
    if doubtful:
        values = {"n": len(doubtful), "pages": tuple(map(str, doubtful[: MOST_NAMED + 1]))}
        reading.notices.append(Notice(code="columns_doubted", values=values, file=source.name))
    return choice


def _is_better(lines: Sequence[str], arrangement: Arrangement, common_words: Collection[str]) -> bool:
    """Return whether lines as placed are columns, or cut fewer words than lines as drawn."""
    if arrangement.columns > 1:
        return True
    drawn_words, placed_words = _words(lines), _words(arrangement.lines)
    if arrangement.has_gutter and "".join(drawn_words) != "".join(placed_words):
        return False
    return _cuts(drawn_words, placed_words, common_words) > _cuts(placed_words, drawn_words, common_words)


def _cuts(words: Sequence[str], whole: Sequence[str], common_words: Collection[str]) -> int:
    """Count the words of another reading that neighbours among these make together.

    Neighbours that both readings know as words, and never together, are two words that the other reading glues.
    """
    missing = Counter(whole) - Counter(words)
    joins: Counter[str] = Counter()
    for size in range(2, MOST_CUTS + 2) if missing else ():
        for n in range(len(words) - size + 1):
            parts = words[n : n + size]
            word = "".join(parts)
            if word in missing and (word in common_words or not all(part in common_words for part in parts)):
                joins[word] += 1
    return sum(min(count, missing[word]) for word, count in joins.items())


def _words(lines: Iterable[str]) -> list[str]:
    return [word for line in lines for word in line.split()]


def _count_letters(lines: Iterable[str]) -> int:
    return sum(ch.isalnum() for line in lines for ch in line)


def _without_names(text: str, names: Collection[str]) -> str:
    """Remove the names of glyphs that stand for no letter, as bullets (`/head2right`)."""
    if not names:
        return text
    longest_first = sorted(names, key=len, reverse=True)[:MOST_NAMES]
    return re.sub("|".join(map(re.escape, longest_first)), " ", text)


def _clean_arrangement(arrangement: Arrangement | None) -> Arrangement | None:
    return arrangement and arrangement._replace(lines=[_clean(line) for line in arrangement.lines])


def _reader(source: Source) -> PdfReader:
    from pypdf import PdfReader

    if source.data.count(b" obj") > MAX_OBJECTS:
        raise _damage_error(source)
    try:
        reader = PdfReader(io.BytesIO(source.data))
        # Many are locked against changes only, and open without a password.
        is_locked = reader.is_encrypted and not _opens(reader)
        count = 0 if is_locked else len(reader.pages)
    except Exception as error:  # damaged files raise errors of every kind
        raise _damage_error(source) from error
    if is_locked:
        raise TranscriptError(
            _("this PDF is protected by a password."), source.name, cure=_("Print it to a new PDF without protection.")
        )
    if count > MAX_PAGES:
        message = _("{n} pages is more than a transcript can be (limit {limit}).").format(n=count, limit=MAX_PAGES)
        raise TranscriptError(message, source.name, cure=_("Cut it into its sessions."))
    return reader


def _damage_error(source: Source) -> TranscriptError:
    cure = _("Download it again, or print it to a new PDF.")
    return TranscriptError(_("this PDF is damaged."), source.name, cure=cure)


def _opens(reader: PdfReader) -> bool:
    try:
        return bool(reader.decrypt(""))
    except Exception:  # ciphers that need a package we do not ask for
        return False


def _is_bulky(page: object) -> bool:
    """Return whether the words of a page are ASCII85 that takes too much memory to decode."""
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
    """Yield the lines between running heads and feet; a blank line after each paragraph."""
    running = _running_lines(pages)
    widths = [len(line) for lines in pages for line in lines if line]
    full = FULL_LINE * median(widths) if widths else 0
    for page, lines in enumerate(pages, start=1):
        full_lines = [n for n, line in enumerate(lines) if line]
        begin, end = 0, len(full_lines)
        while begin < min(EDGE_LINES, end) and _is_furniture(lines[full_lines[begin]], running):
            begin += 1
        while end > max(begin, len(full_lines) - EDGE_LINES) and _is_furniture(lines[full_lines[end - 1]], running):
            end -= 1
        for n in (*full_lines[:begin], *full_lines[end:]):
            reading.ignore(N_("running head or foot"), Span(file=source.name, page=page, lines=(n + 1, n + 1)))
        for n in full_lines[begin:end]:
            yield lines[n], page, n + 1, n + 1
            blank_follows = n != full_lines[end - 1] and not lines[n + 1]
            if blank_follows or (len(lines[n]) < full and lines[n].endswith(_SENTENCE_END)):
                yield "", page, n + 1, n + 1


def _running_lines(pages: Sequence[list[str]]) -> frozenset[str]:
    """Return the lines that stand at the edge of many pages, their numbers set aside."""
    counts: Counter[str] = Counter()
    for lines in pages:
        full_lines = [line for line in lines if line]
        counts.update({_key(line) for line in (*full_lines[:EDGE_LINES], *full_lines[-EDGE_LINES:])})
    least = max(2, RUNNING_SHARE * sum(any(lines) for lines in pages))
    return frozenset(key for key, count in counts.items() if count >= least)


def _key(line: str) -> str:
    return re.sub(r"\d+", "#", line.casefold())


def _is_furniture(line: str, running: frozenset[str]) -> bool:
    if PAGE_NUMBER.match(line):
        return True
    return (
        _key(line) in running and split_label(line) is None and not CIVILITY.match(line)
    )  # `Mme Lê : Pour, 12 voix.` twice is speech


def _whole_words(lines: list[Line]) -> list[Line]:
    """Return lines where no word is cut: two lines of one page become one, and between pages the first has the word.

    A hyphen of its own is kept: where the document writes the word with it elsewhere, and before `-être`, `-ce`...
    """
    words = Counter(word.casefold() for line in lines for word in _WORD.findall(line[0]))
    whole: list[Line] = []
    for line in lines:
        text, page, first, last = line
        broken_word = _CUT.search(whole[-1][0]) if whole and text[:1].islower() else None
        rest = _REST.match(text) if broken_word else None
        if not broken_word or not rest:
            whole.append(line)
            continue
        before = whole[-1]
        parts = broken_word["start"].casefold(), rest["end"].casefold()
        hyphen = "-" if words["-".join(parts)] or (not words["".join(parts)] and parts[1] in _KEEPS_HYPHEN) else ""
        line_start = before[0][:-1] + hyphen
        if before[1] == page:
            whole[-1] = (line_start + text, page, before[2], last)
        elif after := text[rest.end() :].strip():
            whole[-1] = (line_start + rest.group(), *before[1:])
            whole.append((after, page, first, last))
        else:
            whole.append(line)
    return whole


def _whole_labels(lines: list[Line]) -> list[Line]:
    """Join the lines that cut a label: `Une habitante du quartier des` and `Lilas : Moi` become one."""
    lengths: dict[int, list[int]] = {}
    for text, page, *_place in lines:
        if text:
            lengths.setdefault(page, []).append(len(text))
    full = {page: FULL_LINE * sorted(of_page)[len(of_page) * 3 // 4] for page, of_page in lengths.items()}
    whole: list[Line] = []
    for line in lines:
        text, page, first, last = line
        end = _LABEL_END.match(text)
        label_place = _label_start(whole, end["end"], page, full.get(page, 0)) if end else None
        if label_place is None:
            whole.append(line)
            continue
        n, begin = label_place
        first = whole[n][2]
        for part in [whole[n][0][begin:], *(part[0] for part in whole[n + 1 :])][::-1]:
            text = _join(part, text)
        before = whole[n]
        del whole[n:]
        if begin:
            whole.append((before[0][:begin].rstrip(), *before[1:]))
        whole.append((text, page, first, last))
    return whole


def _label_start(lines: Sequence[Line], end: str, page: int, full: float) -> tuple[int, int] | None:
    """Return the line, and where in it, a label begins that ends at the head of the next line; None if none is cut."""
    if CIVILITY.match(end) or (end[:1].isupper() and is_role(end)) or not lines:
        return None
    is_apart = end[:1].isupper() and not lines[-1][0].endswith("-")
    has_room = is_apart and len(lines[-1][0]) + 1 + len(end.split()[0]) < full
    label = end
    for n in range(len(lines) - 1, max(len(lines) - LABEL_LINES, -1), -1):
        text = lines[n][0]
        if not text or lines[n][1] != page or len(text) + len(label) > 10 * LONGEST_LABEL:
            return None
        begin = max((match.end() for match in _NEW_SENTENCE.finditer(text)), default=0)
        label = _join(text[begin:], label)
        start = label.removesuffix(end).rstrip()
        if _names_somebody(label) and not (has_room and _names_somebody(start)):
            # Labels inside a line are not read: one that a line cuts is no longer a label, unless its end would be one.
            return (n, begin) if not begin or end[:1].isupper() else None
        if begin or len(label) > LONGEST_LABEL:
            return None
    return None


def _join(line: str, after: str) -> str:
    """Join two lines of a label: a hyphen at the end of the first is one of a name."""
    return f"{line}{'' if line.endswith('-') else ' '}{after}"


def _names_somebody(label: str) -> bool:
    """Return whether words are a role, or a name after a civility, with an office if there is one."""
    name, comma, _office = label.partition(",")
    if is_role(label):
        return True
    is_name = bool(CIVILITY.match(name)) and looks_like_name(name) and could_be_a_name(name)
    return is_name and (not comma or labelled_text.has_office(label))


# Back to places ------------------------------------------------------------------------------------------------------


def _by_page(source: Source, cue: Cue, lines: Sequence[Line]) -> list[Cue]:
    """Return a cue cut where the page turns, since a place is on one page."""
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
    """Yield the part of some lines that lies on each page: its place and its words."""
    for page, group in groupby(lines, key=lambda line: line[1]):
        part = list(group)
        span = Span(file=source.name, page=page, lines=(part[0][2], part[-1][3]))
        yield span, " ".join(" ".join(line[0] for line in part).split())

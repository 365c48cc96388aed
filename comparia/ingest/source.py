"""A source file as decoded lines, and what a reader makes of it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TypeVar

from comparia.errors import TranscriptError
from comparia.messages import gettext as _
from comparia.records import Cue, Ignored, Notice, Span, Votes

MAX_BYTES = 40_000_000
"""A larger file is refused unread: ten hours are under 5 MB, or under 35 MB as JSON with a time for every word."""

LONGEST_LINE = 5_000_000
"""Characters of a line beyond which a text that is no JSON is no transcript, and those of one text of a JSON."""
MAX_LINES = 1_200_000
"""Lines beyond which a text that is no JSON is refused: ten hours of captions, a word a line, are under 400,000."""
MAX_PASSAGES = 80_000
"""Cues beyond which a file is refused: ten hours of captions are under 40,000, and each costs 3 kB."""
MAX_SHOWN = 2 * MAX_PASSAGES
"""Captions, and parts left out, beyond which a file is refused: live captions show words again as their lines grow."""

JSON = re.compile(r"\s*+(?:\{|\[\s*+(?:[{\"\]]|\[\s*+[\[{\"\d]|null\b|true\b|false\b))")
"""How a text opens as a JSON object or list (and not as `[00:01] Ada`)."""
WEBVTT = re.compile(r"\s*WEBVTT(?:[ \t\r\n]|$)")
"""How a text opens as WebVTT, whose specification has its NULs read as U+FFFD."""
T = TypeVar("T")

_LINE_END = re.compile(r"\r\n|\n|\r")
CONTAINERS = {b"PK\x03\x04": "zip", b"%PDF": "pdf"}
"""Files that are not text, and that some reader opens."""
_PICTURES = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG": "PNG",
    b"GIF8": "GIF",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"BM": "BMP",
}
"""How pictures begin: a BMP says its length too."""
_HEIF = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif")
"""Brands of the pictures that telephones take."""
_MAGIC = {
    b"{\\rtf": "RTF",
    b"\xfd7zXZ": "XZ",
    b"\x1f\x8b": "GZIP",
    b"\xd0\xcf\x11\xe0": "Word 97",
    b"ID3": "MP3",
    b"RIFF": "WAV",
    b"OggS": "Ogg",
    b"fLaC": "FLAC",
    b"\x1aE\xdf\xa3": "WebM",
    b"\xff\xfb": "MP3",
    b"\xff\xf3": "MP3",
    b"\xff\xf1": "AAC",
}
_CHARSET = re.compile(rb"(?:charset|encoding)=[\"']?([A-Za-z0-9_-]{3,20})")
"""What a page of HTML or an XML file says of its encoding."""
_MOJIBAKE = re.compile("Ã[©¨ª«‰\\u20ac\\u00a0]|â€™|ðŸ")
_C1 = re.compile(rb"\xc2[\x80-\x84\x86-\x9f]")
"""A control of Latin-1 beyond ASCII, as UTF-8."""
_OF_C1 = {
    n: bytes((n,)).decode("cp1252")
    for n in (*range(0x80, 0x85), *range(0x86, 0xA0))
    if n not in b"\x81\x8d\x8f\x90\x9d"
}
"""Controls that are the quotes and dashes of Windows-1252 in a text saved as Latin-1, as browsers read them."""
_UNDEFINED = b"\x81\x8d\x8f\x90\x9d"
_CONTROLS = bytes((*range(9), *range(14, 21), *range(22, 27), *range(28, 32)))
_NO_CHARSETS = frozenset(("idna", "punycode", "raw-unicode-escape", "unicode-escape", "utf-7"))
"""Codecs of names and of source code: no page is written in them; they are slow or make characters that cannot be."""
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


_NOWHERE = {"paragraphs": None, "page": None, "row": None, "sheet": None}
_GIVEN = {"file", "lines"}


@dataclass(frozen=True)
class Source:
    """A decoded source: its lines as an editor counts them."""

    name: str
    """File name."""
    text: str
    """Decoded text, without byte-order mark."""
    encoding: str
    """Codec used."""
    lines: tuple[str, ...]
    """Lines without their ends; line n is `lines[n - 1]`."""
    ends: tuple[str, ...]
    """The end of each line: CRLF, LF, CR, or nothing for the last."""
    notices: tuple[Notice, ...] = field(default=(), compare=False)
    """What decoding had to say."""
    named: frozenset[str] = frozenset()
    """Labels that a person says are who speaks: believed wherever they open a line."""
    container: str = ""
    """`zip` or `pdf` for a file that is not text: it has no line of its own; empty for text."""
    data: bytes = b""
    """The bytes of a container."""
    places: tuple[Span, ...] = ()
    """Where each line lies, for the text of a container (`of_lines`)."""

    @classmethod
    def decode(cls, data: bytes, name: str, encoding: str | None) -> Source:
        """Decode by the rule: BOM, strict UTF-8, UTF-16 without BOM, else Windows-1252 with a notice.

        A text that is UTF-8 but for a few stray bytes (a pasted passage, a cut file) stays UTF-8: only they are read as
        Windows-1252.

        Raises:
            TranscriptError: empty, binary, or not in the encoding asked for.
        """
        if not data.strip():
            raise TranscriptError(_("the file is empty."), name)
        _refuse_other_kinds(data, name)
        for magic, container in CONTAINERS.items():
            if data.startswith(magic):
                return cls(name, "", "binary", (), (), container=container, data=data)
        text, codec, notices = _decode(data, name, encoding)
        text = text.removeprefix("\ufeff")
        utf8 = text.encode("utf-8", "surrogatepass")
        if _C1.search(utf8):
            text = text.translate(_OF_C1)
        webvtt = bool(WEBVTT.match(text))
        nulls = data.count(0) if codec == "utf-8" else text.count("\0")
        if _controls(utf8) - (nulls if webvtt and nulls <= len(text) * MOST_NULS else 0) > max(3, len(text) // 50):
            raise TranscriptError(_("the file is binary, not text."), name)
        if webvtt:
            text = text.replace("\0", "\ufffd")
        lines: list[str] = []
        ends: list[str] = []
        is_json = bool(JSON.match(text))
        if text.count("\n") + text.count("\r") <= MAX_LINES:
            lines, ends = _lines(text)
        elif not is_json:  # readers of JSON count their lines themselves
            raise TranscriptError(too_many(MAX_LINES), name)
        longest = max(map(len, lines), default=0)
        if longest > LONGEST_LINE and not is_json:
            number = next(n for n, line in enumerate(lines, start=1) if len(line) == longest)
            raise TranscriptError(_("this line is far too long for a transcript."), name, number)
        if _is_mojibake(text):
            first = _MOJIBAKE.search(text)
            line = text.count("\n", 0, first.start()) + 1 if first else None
            notices = (*notices, Notice(code="mojibake", file=name, line=line))
        return cls(name, text, codec, tuple(lines), tuple(ends), notices)

    def of_lines(self, lines: Sequence[str], places: Sequence[Span]) -> Source:
        """Return the text of a container as a source of its own, so that readers of text read it too.

        Args:
            lines: its lines (paragraphs, lines of pages).
            places: where each of them lies in the container.
        """
        return replace(
            self,
            text="\n".join(lines),
            lines=tuple(lines),
            ends=("\n",) * len(lines),
            container="",
            places=tuple(places),
        )

    def span(self, first: int, last: int | None = None) -> Span:
        """Return the span of lines `first` to `last` (from 1, inclusive), as places of its container if any."""
        last = last or first
        if not self.places:
            place = {"file": self.name, "lines": (first, last), "pointer": None, "path": None}
            return Span.unchecked(place | _NOWHERE, _GIVEN)
        begin, end = self.places[first - 1], self.places[last - 1]
        if begin.paragraphs and end.paragraphs:
            return begin.model_copy(update={"paragraphs": (begin.paragraphs[0], end.paragraphs[1])})
        if begin.lines and end.lines and begin.page == end.page:
            return begin.model_copy(update={"lines": (begin.lines[0], end.lines[1])})
        return begin

    def error(self, message: str, line: int | None = None) -> TranscriptError:
        """Return an error about this source."""
        return TranscriptError(message, self.name, line)


def _controls(utf8: bytes) -> int:
    """Return how many characters of a text in UTF-8 are controls that no text holds, or stand for what is no text."""
    return len(utf8) - len(utf8.translate(None, _CONTROLS)) + utf8.count("\ufffd".encode())


def _is_mojibake(text: str) -> bool:
    """Return whether accents look as those of a file that was saved twice in two encodings."""
    if not any(mark in text for mark in ("Ã", "â€™", "ðŸ")):
        return False
    return sum(1 for _match in islice(_MOJIBAKE.finditer(text), 3)) == 3


MOST_NULS = 0.1
"""Share of NULs above which a file is binary even where it opens as WebVTT."""


def _lines(text: str) -> tuple[list[str], list[str]]:
    """Return lines as editors count them, and the end of each: only CRLF, LF and CR end a line."""
    if "\r" not in text:
        lines = text.split("\n")
        ends = ["\n"] * (len(lines) - 1)
        if not lines[-1]:
            return lines[:-1], ends
        return lines, [*ends, ""]
    lines, ends = [], []
    position = 0
    for match in _LINE_END.finditer(text):
        lines.append(text[position : match.start()])
        ends.append(match.group())
        position = match.end()
    if position < len(text):
        lines.append(text[position:])
        ends.append("")
    return lines, ends


def _refuse_other_kinds(data: bytes, name: str) -> None:
    """Refuse what is no text and that no reader opens, in words that say what it is.

    Raises:
        TranscriptError: a picture, a recording, a document locked by a password, another binary format.
    """
    picture = next((_PICTURES[magic] for magic in _PICTURES if data.startswith(magic)), "")
    webp = data.startswith(b"RIFF") and data[8:12] == b"WEBP"
    bitmap = picture != "BMP" or int.from_bytes(data[2:6], "little") == len(data)
    if (picture and bitmap) or webp or (data[4:8] == b"ftyp" and data[8:12] in _HEIF):
        raise TranscriptError(
            _("this is a picture, and a picture is not read."),
            name,
            cure=_("Give the text itself: {formats}.").format(formats=readable()),
        )
    kind = "MP4" if data[4:8] == b"ftyp" else next((_MAGIC[magic] for magic in _MAGIC if data.startswith(magic)), "")
    if kind in _RECORDINGS:
        raise TranscriptError(
            _("this is a recording ({kind}), not its transcript.").format(kind=kind),
            name,
            cure=_("Have it transcribed first: comparia transcribe, or the tool that recorded it."),
            on_page=_("Have it transcribed first, with the tool that recorded it."),
        )
    if kind == "Word 97" and _ENCRYPTED in data:
        raise TranscriptError(
            _("this document is protected by a password."),
            name,
            cure=_("Open it in Word or LibreOffice, and save a copy without a password."),
        )
    if kind == "Word 97" and _WORKBOOK in data:
        raise TranscriptError(
            _("this is a spreadsheet of an old Excel (XLS, before 2007)."),
            name,
            cure=_("Open it in Excel or LibreOffice, and save it as XLSX."),
        )
    if kind == "Word 97":
        raise TranscriptError(
            _("this is a document of an old Word, PowerPoint or Excel (before 2007)."),
            name,
            cure=_("Open it in Word or LibreOffice, and save it as DOCX."),
        )
    if kind == "RTF":
        raise TranscriptError(
            _("this is a rich text (RTF), which is not read."),
            name,
            cure=_("Open it in Word or LibreOffice, and save it as DOCX."),
        )
    if kind:
        raise TranscriptError(
            _("this is a {kind} file, which is not read as a transcript.").format(kind=kind),
            name,
            cure=_("Give the text itself: {formats}.").format(formats=readable()),
        )


def readable() -> str:
    """Return the kinds of files that are read, in a few words."""
    return _(
        "WebVTT or SRT subtitles, Word (DOCX), ODT, PDF, plain text, JSON of a transcription tool, CSV, spreadsheet "
        "(XLSX, ODS)"
    )


_RECORDINGS = frozenset(("MP3", "WAV", "Ogg", "FLAC", "WebM", "AAC", "MP4"))
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
"""Name of the stream that holds a document of Office locked by a password."""
_WORKBOOK = "Workbook\0".encode("utf-16-le")
"""Name of the stream that holds the sheets of an old Excel."""


REPAIRED = "repaired"
"""Given as an encoding: the file was saved twice in two encodings, and its accents are to be repaired."""


def _decode(data: bytes, name: str, encoding: str | None) -> tuple[str, str, tuple[Notice, ...]]:
    """Return the text of a file, the encoding it was read in, and what to tell of it.

    Raises:
        TranscriptError: no text, or not in the encoding that was named.
    """
    if encoding is not None and encoding.lower() == REPAIRED:
        import ftfy

        text, codec_name, _notices = _decode(data, name, None)
        lines = text.splitlines(keepends=True)
        return "".join(map(ftfy.fix_encoding, lines)), codec_name, (Notice(code="repaired", file=name),)
    if encoding is not None:
        try:
            return data.decode(encoding), codecs.lookup(encoding).name, ()
        except (LookupError, ValueError) as error:
            message = _("cannot be decoded as {encoding} ({error}).").format(encoding=encoding, error=error)
            raise TranscriptError(message, name) from error
    for bom, codec in _BOMS:
        if data.startswith(bom):
            try:
                return data.decode(codec), codec.removesuffix("-sig"), ()
            except UnicodeDecodeError:
                return data.decode(codec, "replace"), codec, (_damage_notice(name, codec),)
    try:
        text = data.decode("utf-8")
        if "\0" not in text:
            return text, "utf-8", ()
    except UnicodeDecodeError as error:
        text = ""
        sound = error.start
    sample = data[:20_000]
    for empty, codec in (((2, 3), "utf-32-le"), ((0, 1), "utf-32-be")):
        if len(sample) > 7 and all(sample[n::4].count(0) > len(sample) / 4 * 0.9 for n in empty):
            return data.decode(codec, "replace"), codec, ()
    for offset, codec in ((1, "utf-16-le"), (0, "utf-16-be")):
        half = sample[offset::2]
        if half and half.count(0) > len(half) * 0.4:
            return data.decode(codec, "replace"), codec, ()
    if text:
        return text.replace("\0", "\ufffd"), "utf-8", ()
    if len(data) - len(data.translate(None, _CONTROLS)) > max(3, len(data) // 50):
        raise TranscriptError(_("the file is binary, not text."), name)
    valid_text = data.decode("utf-8", "ignore")
    valid = valid_text.encode()
    if len(data) - len(valid) < len(valid_text) - len(valid_text.encode("ascii", "ignore")):
        n_undefined = sum(data.count(byte) - valid.count(byte) for byte in _UNDEFINED)
        line = len(_LINE_END.findall(data[:sound].decode("utf-8"))) + 1
        notice = Notice(code="encoding_guessed", values={"n": n_undefined}, file=name, line=line)
        return data.decode("utf-8", "windows-1252"), "utf-8", (notice,)
    declaration = _CHARSET.search(data[:2048])
    if declaration:
        charset = declaration.group(1).decode("ascii").lower()
        try:
            codec = codecs.lookup(
                {"iso-8859-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252"}.get(charset, charset)
            ).name
            if codec not in _NO_CHARSETS:
                return data.decode(codec), codec, ()
        except (LookupError, ValueError):
            pass
    n_undefined = sum(data.count(byte) for byte in _UNDEFINED)
    notice = Notice(code="encoding_guessed", values={"n": n_undefined}, file=name)
    return data.decode("cp1252", "replace"), "cp1252", (notice,)


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("windows-1252", _as_windows_1252)


def _damage_notice(name: str, codec: str) -> Notice:
    return Notice(code="encoding_damaged", values={"codec": codec}, file=name)


def too_many(limit: int) -> str:
    """Return why a file of so many lines or cues is refused."""
    return _("more than {limit} lines or cues, which is more than a transcript can hold.").format(limit=limit)


class Bounded(list[T]):
    """A list of what a reader finds, which refuses more than a transcript can hold.

    Args:
        limit: how many.
    """

    def __init__(self, limit: int = MAX_PASSAGES) -> None:
        super().__init__()
        self.limit = limit

    def append(self, item: T, /) -> None:
        """As `list.append`.

        Raises:
            TranscriptError: it is full; `ingest.read` adds which file.
        """
        if len(self) >= self.limit:
            raise TranscriptError(too_many(self.limit))
        super().append(item)

    def extend(self, items: Iterable[T], /) -> None:
        """As `list.extend`, taking no more items than there is room for.

        Raises:
            TranscriptError: there is no room for all of them.
        """
        room = max(0, self.limit - len(self))
        new_items = list(islice(items, room + 1))
        if len(new_items) > room:
            raise TranscriptError(too_many(self.limit))
        super().extend(new_items)


@dataclass
class CommentVotes:
    """Votes on contributions, each by one person, as their platform exports them beside the contributions."""

    votes: dict[tuple[str, str], int] = field(default_factory=dict)
    """1, -1 or 0 (agree, disagree, pass), by voter and contribution."""
    times: dict[tuple[str, str], int] = field(default_factory=dict)
    """When each was given, where that is known."""
    groups: dict[str, str] = field(default_factory=dict)
    """Group of people who vote alike, by voter."""
    tallies: dict[str, Votes] = field(default_factory=dict)
    """Agree, disagree and pass by group, of contributions whose votes were counted by their platform."""


@dataclass
class Reading:
    """What a reader makes of a source: every non-blank line is in a cue or in `ignored`."""

    cues: list[Cue] = field(default_factory=Bounded)
    """The cues, in file order."""
    ignored: list[Ignored] = field(default_factory=lambda: Bounded(MAX_SHOWN))
    """Lines left out, each with its reason."""
    notices: list[Notice] = field(default_factory=list)
    """What the user should know."""
    dropped_private: int = 0
    """Private messages left out."""
    format: str = ""
    """Name of the format, set by `ingest.read`."""
    attributes: dict[str, dict[str, str]] = field(default_factory=dict)
    """What the source knows of each speaker (age, district, role), by label."""
    removed: set[str] = field(default_factory=set)
    """Ids of contributions that their platform removed."""
    votes: CommentVotes | None = None
    """Votes on contributions of the files given with this one."""

    def ignore(self, reason: str, span: Span) -> None:
        """Leave a span out, for a reason."""
        self.ignored.append(Ignored(reason=reason, span=span))

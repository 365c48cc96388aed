"""Zip containers (DOCX, ODT) opened within bounds: a hostile file costs a message, never the machine.

Declared sizes are checked first, since that is cheap, and what is really read is bounded too, since they can lie.
Nothing is ever written to disk.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from xml.etree import ElementTree

from comparia.errors import TranscriptError
from comparia.ingest.source import Source
from comparia.messages import gettext as _

MAX_ENTRIES = 10_000
MAX_TOTAL = 200_000_000
"""Bytes that all parts may declare together."""
MAX_PART = 64_000_000
"""Bytes of one part: the text of a ten-hour session, one tagged word at a time, is under 20 MB."""
MAX_RATIO = 100
"""How many times larger than its compressed form a part may be: a word processor's own files stay under 40."""
SMALL = 1_000_000
"""Parts under this size may be compressed as much as they like."""
MAX_DEPTH = 200
MAX_ELEMENTS = 1_000_000
"""Elements of a part, four attributes counting as one more: ten hours, one tagged word at a time, are under 600,000."""

_ENTRY = b"PK\x01\x02"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_ARCHIVE = re.compile(r"\.(?:zip|docx|docm|odt|xlsx|pptx|jar|7z|rar|gz|xz|bz2)$", re.IGNORECASE)
_DOCTYPE = re.compile(rb"<\0?!\0?(?:D\0?O\0?C\0?T\0?Y\0?P\0?E|E\0?N\0?T\0?I\0?T\0?Y)")
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    LookupError,
    ValueError,
    OverflowError,
    RuntimeError,  # features of zip that no word processor uses
)


class Archive:
    """The parts of a zip container.

    Args:
        source: a source whose container is `zip`.

    Raises:
        TranscriptError: not a sound zip, or one that a word processor would not write.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        if source.container != "zip":
            raise source.error(_("this is not a word-processor document."))
        # Counted before the directory is read, since reading a million entries is itself the harm.
        if source.data.count(_ENTRY) > MAX_ENTRIES:
            raise self._refusal_error(_("it has too many parts."))
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(source.data))
        except _DAMAGE as error:
            raise self._damage_error() from error
        entries = self._zip.infolist()
        self._entries = {entry.filename: entry for entry in entries}
        self._check(entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parts, in the order of the file."""
        return tuple(self._entries)

    def read(self, name: str) -> bytes:
        """Return the bytes of a part.

        Raises:
            TranscriptError: absent, damaged, or larger than a part can be.
        """
        if name not in self._entries:
            raise self._damage_error()
        try:
            with self._zip.open(self._entries[name]) as part:
                data = part.read(MAX_PART + 1)
        except _DAMAGE as error:
            raise self._damage_error() from error
        if len(data) > MAX_PART:
            raise self._refusal_error(_("one of its parts is too large."))
        return data

    def xml(self, name: str) -> ElementTree.Element:
        """Return the root element of a part that is XML without DTD or entities, and of a bounded depth and size.

        Raises:
            TranscriptError: not such XML.
        """
        data = self.read(name)
        if _DOCTYPE.search(data):
            raise self._refusal_error(_("its XML declares entities."))
        parser = ElementTree.XMLParser(target=_Builder())  # noqa: S314 - the builder refuses DTDs, depth and size
        try:
            # Fed in pieces: the parser goes on to the end of a piece after the builder has refused.
            for position in range(0, len(data), 65_536):
                parser.feed(data[position : position + 65_536])
            root: ElementTree.Element = parser.close()
        except _Refused as error:
            raise self._refusal_error(str(error)) from error
        except (ElementTree.ParseError, AssertionError, *_DAMAGE) as error:
            raise self._damage_error() from error
        return root

    def _check(self, entries: list[zipfile.ZipInfo]) -> None:
        if len(self._entries) < len(entries):
            raise self._refusal_error(_("two of its parts have the same name."))
        total = 0
        for entry in entries:
            total += entry.file_size
            name = entry.filename.replace("\\", "/")
            if entry.flag_bits & _ENCRYPTED:
                raise TranscriptError(
                    _("this document is protected by a password."),
                    self._source.name,
                    cure=_("Save it again without a password."),
                )
            if name.startswith("/") or ".." in name.split("/") or entry.compress_type not in _METHODS:
                raise self._refusal_error(
                    _("one of its parts has a name or a compression that no word processor writes.")
                )
            # Sheets behind charts lie in `embeddings`; they are never opened.
            if _ARCHIVE.search(name) and "/embeddings/" not in f"/{name}":
                raise self._refusal_error(_("it holds another archive."))
            if entry.file_size > MAX_PART:
                raise self._refusal_error(_("one of its parts is too large."))
            if entry.file_size > max(SMALL, MAX_RATIO * entry.compress_size):
                raise self._refusal_error(_("one of its parts is compressed more than a document can be."))
        if total > MAX_TOTAL or total > max(SMALL, MAX_RATIO * len(self._source.data)):
            raise self._refusal_error(_("its parts are too large together."))

    def _refusal_error(self, reason: str) -> TranscriptError:
        message = _("this document was not opened: {reason}").format(reason=reason)
        return TranscriptError(message, self._source.name, cure=_("Open it in a word processor and save it again."))

    def _damage_error(self) -> TranscriptError:
        return TranscriptError(
            _("this document is damaged or incomplete."),
            self._source.name,
            cure=_("Download it again, or open it in a word processor and save it again."),
        )


class _Refused(Exception):
    """XML that no word processor writes."""


class _Builder(ElementTree.TreeBuilder):
    """A tree without DTD, of bounded depth and size."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0
        self._elements = 0

    def doctype(self, _name: str, _public: str | None, _system: str | None) -> None:
        raise _Refused(_("its XML declares entities."))

    def start(self, tag: str, attributes: dict[str, str]) -> ElementTree.Element:
        self._depth += 1
        self._elements += 1 + len(attributes) // 4
        if self._depth > MAX_DEPTH or self._elements > MAX_ELEMENTS:
            raise _Refused(_("its XML is too deep or has too many elements."))
        return super().start(tag, attributes)

    def end(self, tag: str) -> ElementTree.Element:
        self._depth -= 1
        return super().end(tag)


def local(element: ElementTree.Element) -> str:
    """Return the name of an element without its namespace (the strict and the usual DOCX differ by that alone)."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def attribute(element: ElementTree.Element, name: str) -> str:
    """Return an attribute by its name without namespace, or an empty string."""
    return next((value for key, value in element.items() if key.rpartition("}")[2] == name), "")

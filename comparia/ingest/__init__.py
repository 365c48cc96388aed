"""Transcript formats: bytes → Transcript, one file a family.

To add a format, write a module with `FORMAT`, `sniff(source) -> bool` and `read(source) -> Reading`, and add it to
`READERS`, most specific first. Another package adds one by an entry point of the group `comparia.readers`
(docs/extending.md).
"""

from __future__ import annotations

import gc
import hashlib
import importlib
import re
import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from comparia.errors import TranscriptError, UnknownName
from comparia.ingest.assembly import assemble
from comparia.ingest.containers import Archive
from comparia.ingest.source import MAX_BYTES, Reading, Source, readable
from comparia.messages import gettext as _
from comparia.plugins import Plugin, Table, require
from comparia.records import ContextDocument, Transcript

_UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Reader:
    """A reader of a transcript format; its module is imported when it is first asked for something.

    Args:
        module: name of its module in this package.
        format: its `FORMAT`.
        container: its `CONTAINER`, for files that are no text.
    """

    def __init__(self, module: str, format: str = "", container: str = "") -> None:
        self._module = module
        self.FORMAT = format or module
        self.CONTAINER = container

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module(f"comparia.ingest.{self._module}"), name)


READERS: tuple[Any, ...] = (
    Reader("webvtt"),
    Reader("elan"),
    Reader("transcriber"),
    Reader("tei"),
    Reader("akoma_ntoso", "akoma-ntoso"),
    Reader("ttml"),
    Reader("praat"),
    Reader("chat_transcript", "chat"),
    Reader("web_page", "web-page"),
    Reader("teams_document", "teams-document", "zip"),
    Reader("meet_document", "meet-document", "zip"),
    Reader("document", "document", "zip"),
    Reader("spreadsheet", "spreadsheet", "zip"),
    Reader("pdf", "pdf", "pdf"),
    Reader("provider_json", "provider-json"),
    Reader("loose_json", "loose-json"),
    Reader("contributions_json", "contributions-json"),
    Reader("speech_json", "whisper-json"),
    Reader("sbv"),
    Reader("subrip", "srt"),
    Reader("zoom_chat", "zoom-chat"),
    Reader("meeting_chat", "meeting-chat"),
    Reader("turn_table", "turn-table"),
    Reader("polis_votes", "polis-votes"),
    Reader("survey"),
    Reader("contributions", "contributions-csv"),
    Reader("labelled_text", "text"),
)
"""The readers, asked in this order whether a source is theirs; those of plug-ins are asked before them."""


class AddedReader:
    """A reader of a plug-in, whose every failure is an error of ours.

    Args:
        plugin: where it comes from.
        module: what it is.
    """

    def __init__(self, plugin: Plugin, module: Any) -> None:
        require(plugin, module, "FORMAT", "DESCRIPTION", "sniff", "read")
        if plugin.name != module.FORMAT:
            raise plugin.refused(_("its format is named {name}").format(name=module.FORMAT))
        self._plugin = plugin
        self._module = module
        self.FORMAT = plugin.name
        self.CONTAINER = str(getattr(module, "CONTAINER", ""))

    def sniff(self, source: Source) -> bool:
        """Return whether a source is its; a reader that fails here says no."""
        try:
            return bool(self._module.sniff(source))
        except Exception:
            return False

    def read(self, source: Source) -> Reading:
        """Return what it reads. Raises TranscriptError."""
        try:
            reading = self._module.read(source)
        except TranscriptError:
            raise
        except Exception as error:
            problem = self._plugin.failed(error)
            raise TranscriptError(problem.message, source.name, cure=problem.cure, on_page=problem.on_page) from error
        if not isinstance(reading, Reading):
            problem = self._plugin.refused(_("its `read` gives no Reading"))
            raise TranscriptError(problem.message, source.name, cure=problem.cure, on_page=problem.on_page)
        return reading


FORMATS: Table[Any] = Table("readers", {reader.FORMAT: reader for reader in READERS}, AddedReader)
"""The reader of every format, by the name of the format."""


def sound_document(path: Path) -> bytes:
    """Return the bytes of a Word document that can be opened without harm: a template for what is written.

    Raises:
        TranscriptError: not a sound DOCX, or one that a word processor would not write.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise TranscriptError(_("this is more than a transcript can be."), path.name)
        data = path.read_bytes()
    except OSError as error:
        raise TranscriptError(_("cannot be read ({error}).").format(error=error.strerror), path.name) from error
    archive = Archive(Source.decode(data, path.name, None))
    if "word/document.xml" not in archive:
        raise TranscriptError(_("this is not a Word document (DOCX)."), path.name)
    for name in archive.names:
        if name.endswith((".xml", ".rels")):
            archive.xml(name)
    return data


def read(
    paths: Sequence[str | Path],
    *,
    format: str | None = None,
    encoding: str | None = None,
    language: Literal["fr", "en"] | None = None,
    title: str | None = None,
    date: str = "",
    speakers: Mapping[str, str] | None = None,
) -> Transcript:
    """Read the file or files of one session (speech first, then its chat).

    Args:
        paths: files of the same session; chat messages are placed among the speech by their time.
        format: a name in `FORMATS`, to override what the content says.
        encoding: a Python codec name, to override the rule (BOM, UTF-8, UTF-16 without BOM, else Windows-1252).
        language: main language; guessed from function words when not given.
        title: title of the session; the first file's name when not given.
        date: date of the session, as people write it.
        speakers: names by label, for labels that a person recognises (`GT` is `Guillaume Tatu`); a label of which one
            doubted is believed once it stands here, under its own name too.

    Raises:
        TranscriptError: a file is missing, too large, empty, binary, of no known format, or holds no words.
        UnknownName: a label that nobody has.
    """
    if not paths:
        raise TranscriptError(_("no file was given."))
    readings: list[tuple[Source, Reading]] = []
    contents: set[bytes] = set()
    with _collector_paused():
        for path in map(Path, paths):
            content = _bytes_of(path)
            if (print_of := hashlib.sha256(content).digest()) in contents:
                raise TranscriptError(_("this file was given twice."), path)
            contents.add(print_of)
            source = Source.decode(content, _printable_name(path.name), encoding)
            source = replace(source, named=frozenset(speakers or ()))
            del content
            readings.append((source, _reading(source, format)))
        _count_votes(readings)
        if speakers:
            _rename(readings, speakers)
        return assemble(
            readings,
            language=language,
            title=title or _printable_name(Path(paths[0]).stem).replace("_", " "),
            date=date,
        )


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Pause the search for cycles while many records, which hold none, are made: a third of the time of long files.

    What was made is then counted as old, so that the next small search does not go through all of it.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        if not gc.get_freeze_count():
            gc.freeze()
            gc.unfreeze()
        gc.enable()


def read_document(path: str | Path) -> ContextDocument:
    """Read a document of the session that nobody said: agenda, slides, notes. Raises TranscriptError."""
    from comparia.ingest import context

    return context.read_document(path)


def with_people(transcript: Transcript, path: str | Path) -> Transcript:
    """Return a session with the attributes of its people, from a table (CSV, XLSX, ODS). Raises TranscriptError."""
    from comparia.ingest import people

    return people.with_people(transcript, people.read_people(path))


def read_bytes(data: bytes, name: str = "transcript", *, format: str | None = None) -> Transcript:
    """Read one source already in memory, as `read` does."""
    source = Source.decode(data, name, None)
    readings = [(source, _reading(source, format))]
    _count_votes(readings)
    return assemble(readings, language=None, title=name, date="")


def _count_votes(readings: Sequence[tuple[Source, Reading]]) -> None:
    """Put votes that were given apart on the contributions that they are on.

    Raises:
        TranscriptError: votes without their contributions.
    """
    if any(reading.votes is not None for _source, reading in readings):
        from comparia.ingest import polis_votes

        polis_votes.count(readings)


def _rename(readings: Sequence[tuple[Source, Reading]], speakers: Mapping[str, str]) -> None:
    labels = {cue.speaker for _source, reading in readings for cue in reading.cues if cue.speaker}
    for label in speakers:
        if label not in labels:
            raise UnknownName(_("speaker"), label, labels)
    for _source, reading in readings:
        reading.cues = [
            cue.model_copy(update={"speaker": speakers[cue.speaker]})
            if cue.speaker and cue.speaker in speakers
            else cue
            for cue in reading.cues
        ]
        reading.attributes = {speakers.get(label, label): known for label, known in reading.attributes.items()}


def _reading(source: Source, format: str | None) -> Reading:
    try:
        reader = _reader(source, format)
        sheets = _sheets_as(source, format) if format and source.container == "zip" else None
        reading: Reading = sheets or reader.read(source)
    except TranscriptError as error:
        if error.file:
            raise
        raise TranscriptError(error.message, source.name, error.line, error.cure, on_page=error.on_page) from error
    reading.format = reader.FORMAT
    return reading


def _sheets_as(source: Source, format: str) -> Reading | None:
    """Return a spreadsheet as a layout that was asked by the name of a format of tables; None for other files."""
    from comparia.ingest import spreadsheet

    if format not in spreadsheet.LAYOUTS or not spreadsheet.sniff(source):
        return None
    return spreadsheet.read(source, spreadsheet.LAYOUTS[format])


def _reader(source: Source, format: str | None) -> Any:
    readers = (*FORMATS.added().values(), *READERS)
    if format is not None:
        for reader in READERS:
            if format == reader.FORMAT:
                return reader
        if format in FORMATS:
            return FORMATS[format]
        raise UnknownName(_("transcript format"), format, FORMATS)
    for reader in readers:
        if getattr(reader, "CONTAINER", "") == source.container and reader.sniff(source):
            return reader
    if source.container:
        kind = {"zip": "ZIP (DOCX, ODT, XLSX)", "pdf": "PDF"}[source.container]
        raise TranscriptError(
            _("this is a {kind} file, which is not read as a transcript.").format(kind=kind),
            source.name,
            cure=_("Give the text itself: {formats}.").format(formats=readable()),
        )
    raise TranscriptError(
        _("not a transcript format that is known."),
        source.name,
        cure=_("Known formats: {formats}.").format(formats=", ".join(FORMATS)),
        on_page=_("Give the text itself: {formats}.").format(formats=readable()),
    )


def without_media() -> str:
    """Return what to do about a file that is too large."""
    return _("Export its text alone, without sound or pictures, or give it in several sessions.")


def _printable_name(name: str) -> str:
    """Return a file name composed (macOS decomposes accents), without what no line of text can hold."""
    return _UNSHOWN.sub("\ufffd", unicodedata.normalize("NFC", name))


def _bytes_of(path: Path) -> bytes:
    if str(path) == "-":
        content = sys.stdin.buffer.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            problem = _("this file is larger than {limit} MB.").format(limit=MAX_BYTES // 1_000_000)
            raise TranscriptError(problem, path, cure=without_media())
        return content
    try:
        if path.is_dir():
            raise TranscriptError(_("this is a folder, not a file."), path)
        if path.name.startswith("~$"):
            raise TranscriptError(_("this is the lock of a document that is open: name the document itself."), path)
        if not path.is_file():
            raise TranscriptError(_("no such file."), path)
        size = path.stat().st_size
        if size > MAX_BYTES:
            message = _("{size} MB is more than a transcript can be (limit {limit} MB).")
            raise TranscriptError(
                message.format(size=size // 1_000_000, limit=MAX_BYTES // 1_000_000), path, cure=without_media()
            )
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise TranscriptError(_("cannot be read ({error}).").format(error=error), path) from error

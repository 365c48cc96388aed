"""Documents of a session that nobody said: agenda, slides, notes, list of those present. Their words, as lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from comparia.errors import TranscriptError
from comparia.ingest import document, pdf, tables
from comparia.ingest.containers import Archive
from comparia.ingest.source import MAX_BYTES, Source
from comparia.messages import gettext as _
from comparia.records import ContextDocument

MOST_WORDS = 20_000
"""Words beyond which a document is refused: models would read it before each session."""

_SLIDE = re.compile(r"ppt/slides/slide(\d+)\.xml")
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}page"
_ODF_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"


def read_document(path: str | Path) -> ContextDocument:
    """Read a document: text, Markdown, HTML, DOCX, ODT, PDF, or slides (PPTX, ODP).

    Raises:
        TranscriptError: it is missing, too large, of another format, or holds no words.
    """
    path = Path(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            limit = MAX_BYTES // 1_000_000
            raise TranscriptError(_("this file is larger than {limit} MB.").format(limit=limit), path)
        data = path.read_bytes()
    except OSError as error:
        raise TranscriptError(_("cannot be read ({error}).").format(error=error.strerror), path) from error
    return read_document_bytes(data, path.name)


def read_document_bytes(data: bytes, name: str) -> ContextDocument:
    """Read a document already in memory, as `read_document` does."""
    source = Source.decode(data, name, None)
    lines = [" ".join(line.split()) for line in _lines(source)]
    text = "\n".join(line for line in lines if line)
    if not any(map(str.isalpha, text)):
        raise TranscriptError(_("no words were found."), name)
    if (n := len(text.split())) > MOST_WORDS:
        raise TranscriptError(
            _("{n} words are more than a document of context can hold ({most}).").format(n=n, most=MOST_WORDS),
            name,
            cure=_("Keep the pages that tell names, places and what was to be discussed."),
        )
    return ContextDocument(title=Path(name).stem.replace("_", " "), text=text)


def _lines(source: Source) -> Iterator[str]:
    if source.container == "pdf":
        for cue in pdf.read(source).cues:
            yield f"{cue.speaker} : {cue.text}" if cue.speaker else cue.text
    elif source.container == "zip":
        archive = Archive(source)
        slides = sorted((int(match[1]), name) for name in archive.names if (match := _SLIDE.fullmatch(name)))
        if slides:
            for _number, name in slides:
                for block in archive.xml(name).iter(f"{_DRAWING}p"):
                    yield "".join(piece.text or "" for piece in block.iter(f"{_DRAWING}t"))
        elif "mimetype" in archive and b"presentation" in archive.read("mimetype")[:100]:
            for page in archive.xml("content.xml").iter(_DRAW):
                for block in page.iter(f"{_ODF_TEXT}p"):
                    yield "".join(block.itertext())
        elif document.sniff(source):
            for paragraph in document.open_document(source).paragraphs:
                yield from paragraph.lines
        else:
            raise TranscriptError(
                _("this is no document that is read as context."),
                source.name,
                cure=_("Give text, Markdown, DOCX, ODT, PDF, PPTX or ODP."),
            )
    elif source.text.lstrip()[:1] == "<":
        yield from tables.words(source.text).splitlines()
    else:
        yield from source.lines

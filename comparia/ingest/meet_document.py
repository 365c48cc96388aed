"""Transcript of Google Meet, in the document that also holds Gemini's notes: speech only.

Most of such a document is a summary written by a machine. Titles are in many languages, so speech is recognised by its
shape alone: a time on its own line, then `Name: words`. What has not that shape is left out.
"""

from __future__ import annotations

import re
from itertools import pairwise

from comparia.errors import TranscriptError
from comparia.ingest import document
from comparia.ingest.captions import milliseconds, time_flags
from comparia.ingest.document import Document, Paragraph
from comparia.ingest.source import Reading, Source
from comparia.ingest.speakers import clean_label, split_label
from comparia.messages import N_
from comparia.messages import gettext as _
from comparia.records import Cue, Notice

FORMAT = "meet-document"
DESCRIPTION = "Google Meet transcript as a document (DOCX, ODT): speech only, never Gemini's notes"
CONTAINER = "zip"

_CLOCK = re.compile(r"^(\d{1,2}):(\d{2}):(\d{2})$")
_END = re.compile(r"^[^:]{5,80}\s\d{1,2}:\d{2}:\d{2}\.?$")
"""`Transcription ended after 00:00:39`, in any language."""
_MARK = re.compile("[\N{OPEN BOOK}\N{MEMO}]|Gemini|editable transcript")
_NOTES = re.compile(
    "^[\N{OPEN BOOK}\N{MEMO}]\\s*\\w+$|Gemini['’]s notes|[Nn]otes (?:(?:prises )?(?:par|by|de|from) )Gemini",
    re.MULTILINE,
)
"""What Gemini writes above or below its notes, never said by people in a line of its own."""


def sniff(source: Source) -> bool:
    """Return whether it has a time alone above a labelled paragraph and a mark of Meet, or notes by Gemini."""
    if not document.sniff(source):
        return False
    paragraphs = _pieces(document.open_document(source))
    has_clock = _first_clock(paragraphs) < len(paragraphs)
    has_mark = any(_MARK.search(piece.text) or _ends(piece) for piece in paragraphs)
    return (has_clock and has_mark) or any(_NOTES.search(piece.text) for piece in paragraphs)


def read(source: Source) -> Reading:
    """Make one cue for each labelled paragraph after the first time; a time is that of the first cue beneath it.

    Raises:
        TranscriptError: notes, and no speech.
    """
    page = document.open_document(source)
    reading = Reading()
    paragraphs = _pieces(page)
    begin, first_clock = _beginning(paragraphs), _first_clock(paragraphs)
    speaking = begin < first_clock
    clock: tuple[int, int] | None = None
    previous: int | None = None
    n_unlabelled = 0
    for n, paragraph in enumerate(paragraphs):
        number = paragraph.number
        time = _CLOCK.match(paragraph.text)
        if n < begin:
            reading.ignore(N_("notes, not speech"), page.span(number))
        elif time:
            speaking = True
            if clock:
                reading.ignore(N_("time without words"), page.span(clock[0]))
            clock = number, milliseconds(time[1], time[2], time[3], None)
        elif speaking and (label := split_label(paragraph.text)):
            start = clock[1] if clock else None
            flags = time_flags(start, start, previous) if start is not None else ()
            previous = start if start is not None else previous
            span = page.span(clock[0] if clock else number, number)
            text = " ".join(label[1].split())
            clock = None
            if text:
                reading.cues.append(Cue(speaker=clean_label(label[0]), text=text, start=start, span=span, flags=flags))
            else:
                reading.ignore(N_("label without words"), span)
        else:
            if _ends(paragraph):
                speaking = False
            n_unlabelled += speaking
            reading.ignore(N_("not in the shape of speech"), page.span(number))
    if clock:
        reading.ignore(N_("time without words"), page.span(clock[0]))
    if not reading.cues:
        raise TranscriptError(
            _("this document holds notes, not what was said."),
            source.name,
            cure=_("Export the transcript of the meeting, in the other tab of the document."),
        )
    if n_unlabelled:
        reading.notices.append(Notice(code="unlabelled", values={"n": n_unlabelled}, file=source.name))
    reading.ignored.extend(page.ignored)
    return reading


def _pieces(page: Document) -> list[Paragraph]:
    """Return the paragraphs that are not blank, cut before and after a line that is a time alone."""
    pieces: list[Paragraph] = []
    for paragraph in page.paragraphs:
        lines: list[str] = []
        for line in paragraph.lines:
            if _CLOCK.match(line):
                if lines:
                    pieces.append(Paragraph(paragraph.number, "\n".join(lines)))
                pieces.append(Paragraph(paragraph.number, line))
                lines = []
            else:
                lines.append(line)
        if lines:
            pieces.append(Paragraph(paragraph.number, "\n".join(lines)))
    return pieces


def _first_clock(paragraphs: list[Paragraph]) -> int:
    """Return the index of the first time that stands above a labelled paragraph."""
    for n, (before, after) in enumerate(pairwise(paragraphs)):
        if _CLOCK.match(before.text) and split_label(after.text):
            return n
    return len(paragraphs)


def _beginning(paragraphs: list[Paragraph]) -> int:
    """Return the index of the first paragraph of speech: the labelled ones just above the first time are speech too."""
    begin = clock = _first_clock(paragraphs)
    later = {clean_label(label[0]) for paragraph in paragraphs[clock:] if (label := split_label(paragraph.text))}
    while begin and (label := split_label(paragraphs[begin - 1].text)) and clean_label(label[0]) in later:
        begin -= 1
    return begin


def _ends(paragraph: Paragraph) -> bool:
    return bool(_END.match(paragraph.text))

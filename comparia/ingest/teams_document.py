"""Transcript of a Teams meeting as a DOCX document, in English and in French wording.

A paragraph is a whole turn: its first line is `Name   0:04`, and its words follow after line breaks.
"""

from __future__ import annotations

import re

from comparia.ingest import document
from comparia.ingest.captions import milliseconds, time_flags, timing
from comparia.ingest.source import Reading, Source
from comparia.ingest.speakers import clean_label
from comparia.messages import N_
from comparia.records import Cue

FORMAT = "teams-document"
DESCRIPTION = "Teams transcript as a Word document (DOCX), in English or French"
CONTAINER = "zip"

_CLOCK = r"(?:(?P<h>\d{1,2}):)?(?P<m>\d{1,2}):(?P<s>\d{2})"
_SPOKEN = (
    r"(?:(?P<sh>\d{1,2})\s(?:hours?|heures?)\s)?(?:(?P<sm>\d{1,2})\sminutes?\s)?(?P<ss>\d{1,2})\s(?:seconds?|secondes?)"
)
_HEAD = re.compile(rf"^(?P<name>\S.{{0,118}}?)(?:\s{{2,}}|\t)(?:{_SPOKEN}|{_CLOCK})\s*$")
"""A name, at least two spaces or a tab (a time said in passing has one space), a time."""
_EVENT = re.compile(
    r"^(?P<who>.{1,120}?)\s(?P<what>"
    r"(?:has\s)?(?:started|stopped)\s(?:the\s)?transcription|(?:has\s)?(?:joined|left)\sthe\s(?:meeting|call)|"
    r"a\s(?:commencé|démarré|lancé|arrêté|interrompu|terminé)\sla\stranscription|"
    r"a\s(?:rejoint|quitté)(?:\s(?:la\sréunion|l['’]appel))?)\s*\.?$",
    re.IGNORECASE,
)
_IMPERSONAL = re.compile(
    r"^(?:transcription\s(?:started|stopped|ended)|(?:début|arrêt|fin)\sde\sla\stranscription)\b.{0,60}$", re.IGNORECASE
)
_STARTED = re.compile(r"started|commencé|démarré|lancé|début", re.IGNORECASE)
_ABOUT_TRANSCRIPTION = re.compile(r"transcription", re.IGNORECASE)


def sniff(source: Source) -> bool:
    """Return whether it has heads of turns, and says who started the transcription or has words beneath heads."""
    if not document.sniff(source):
        return False
    paragraphs = [paragraph.lines for paragraph in document.open_document(source).paragraphs if paragraph.lines]
    heads = sum(bool(_head(lines, 0)) for lines in paragraphs)
    together = sum(bool(_head(lines, 0)) and len(lines) > 1 for lines in paragraphs)
    has_start = any(_is_event(lines) and _ABOUT_TRANSCRIPTION.search(lines[0]) for lines in paragraphs)
    return heads > 0 and (has_start or together >= max(2, len(paragraphs) // 2))


def read(source: Source) -> Reading:
    """Make one cue for each turn; title, date, duration and events of the meeting are left out with their reason."""
    page = document.open_document(source)
    reading = Reading()
    speaker: str | None = None
    times: tuple[int, int | None] = (0, None)
    previous: int | None = None
    pending: list[str] = []
    first = last = 0

    def flush() -> None:
        text = " ".join(" ".join(pending).split())
        pending.clear()
        if text:
            flags = time_flags(times[0], times[1] or times[0], previous)
            span = page.span(first, last)
            reading.cues.append(Cue(speaker=speaker, text=text, start=times[0], end=times[1], span=span, flags=flags))
        elif first:
            reading.ignore(N_("label without words"), page.span(first, last))

    for paragraph in page.paragraphs:
        lines = paragraph.lines
        if not lines:
            continue
        if _is_event(lines):
            flush()
            if _ABOUT_TRANSCRIPTION.search(lines[0]) and not _STARTED.search(lines[0]):
                speaker = None
            first = 0
            reading.ignore(N_("event of the meeting, not speech"), page.span(paragraph.number))
            continue
        n = 0
        while n < len(lines):
            if head := _head(lines, n):
                flush()
                previous = times[0] if reading.cues else None
                speaker, times, n_lines = head
                first = last = paragraph.number
                n += n_lines
                continue
            if speaker is None:
                reason = N_("before the first turn") if not reading.cues else N_("after the end of the transcription")
                if not reading.ignored or reading.ignored[-1].span != page.span(paragraph.number):
                    reading.ignore(reason, page.span(paragraph.number))
            else:
                first = first or paragraph.number
                pending.append(lines[n])
                last = paragraph.number
            n += 1
    flush()
    reading.ignored.extend(page.ignored)
    return reading


def _head(lines: list[str], n: int) -> tuple[str, tuple[int, int | None], int] | None:
    """Return the speaker, times and number of lines of the head of a turn at line `n`; None if there is none."""
    span = timing(lines[n])
    if span and n + 1 < len(lines):  # of 2021: the times, then the name on a line of its own
        return clean_label(lines[n + 1]), span, 2
    match = _HEAD.match(lines[n])
    if match is None or not any(map(str.isalnum, match["name"])) or len(match["name"].split()) > 12:
        return None
    if match["ss"]:
        start = milliseconds(match["sh"], match["sm"] or "0", match["ss"], None)
    else:
        start = milliseconds(match["h"], match["m"], match["s"], None)
    return clean_label(match["name"]), (start, None), 1


def _is_event(lines: list[str]) -> bool:
    """Return whether a paragraph is one line by which Teams says what happened: lines of a turn come with a head."""
    return len(lines) == 1 and bool(_EVENT.match(lines[0]) or _IMPERSONAL.match(lines[0]))

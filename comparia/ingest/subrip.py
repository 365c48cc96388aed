"""SubRip (.srt): timed captions, with or without numbers, with blank lines inside texts."""

from __future__ import annotations

import re

from comparia.ingest.captions import Caption, cues_of, rows, timing
from comparia.ingest.source import MAX_SHOWN, Bounded, Reading, Source
from comparia.messages import N_

FORMAT = "srt"
DESCRIPTION = "SubRip (.srt), with or without numbers"

_STYLE = re.compile(r"\{\\[^{}]*\}")
_UNREADABLE = re.compile(r"\s*[\d:.,]+\s*-->\s*[\d:.,]+\s*$")


def sniff(source: Source) -> bool:
    """Return whether one of the first three non-blank lines is a timing line."""
    lines = [line for line in source.lines[:50] if line.strip()][:3]
    return any(timing(line) for line in lines)


def read(source: Source) -> Reading:
    """Return the cues of a SubRip file: a cue lasts until the next timing line, blank lines included."""
    reading = Reading()
    lines = source.lines
    times: list[tuple[int, tuple[int, int]]] = Bounded(MAX_SHOWN)
    arrows = [i for i, line in enumerate(lines) if "-->" in line]
    times.extend((i, span_ms) for i in arrows if (span_ms := timing(lines[i])))
    starts = [_first_line(lines, i) for i, _times in times] + [len(lines)]
    if times and any(line.strip() for line in lines[: starts[0]]):
        reading.ignore(N_("before the first cue"), source.span(1, starts[0]))
    captions = []
    for n, (i, (start, end)) in enumerate(times):
        stop = starts[n + 1]
        while stop > i + 1 and not lines[stop - 1].strip():
            stop -= 1
        text = "\n".join(lines[i + 1 : stop])
        if "-->" in text:
            text = _without_unreadable_times(source, reading, i + 1, stop)
        if "{" in text:
            text = _STYLE.sub("", text)
        captions.append(Caption(starts[n] + 1, stop, i + 1, start, end, rows(text)))
    cues_of(source, reading, captions)
    return reading


def _without_unreadable_times(source: Source, reading: Reading, begin: int, stop: int) -> str:
    """Return the text of some lines without the times that cannot be read and their numbers, which are left out."""
    lines = source.lines
    unreadable = {k for k in range(begin, stop) if "-->" in lines[k] and _UNREADABLE.match(lines[k])}
    for k in sorted(unreadable):
        reading.ignore(N_("unreadable time"), source.span(_first_line(lines, k) + 1, k + 1))
        unreadable.add(_first_line(lines, k))
    return "\n".join(lines[k] for k in range(begin, stop) if k not in unreadable)


def _first_line(lines: tuple[str, ...], timing_line: int) -> int:
    above = timing_line - 1
    return above if above >= 0 and lines[above].strip().isdigit() else timing_line

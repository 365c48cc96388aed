"""SubRip (.srt): timed captions, with or without numbers, with blank lines inside texts."""

from __future__ import annotations

import re

from comparia.ingest.captions import attribute_prefixes, note_rolling, plain, time_flags, timing, without_rolling_lines
from comparia.ingest.source import Reading, Source
from comparia.messages import gettext as _
from comparia.records import Cue

FORMAT = "srt"
DESCRIPTION = "SubRip (.srt), with or without numbers"

_STYLE = re.compile(r"\{\\[^{}]*\}")
_UNREADABLE = re.compile(r"\s*[\d:.,]+\s*-->\s*[\d:.,]+\s*$")


def sniff(source: Source) -> bool:
    """The first three non-blank lines hold a timing line."""
    filled = [line for line in source.lines[:50] if line.strip()][:3]
    return any(timing(line) for line in filled)


def read(source: Source) -> Reading:
    """Cues of a SubRip file: a cue lasts until the next timing line, so blank lines inside a text lose nothing."""
    reading = Reading()
    lines = source.lines
    times = [(i, found) for i, line in enumerate(lines) if (found := timing(line))]
    starts = [_first_line(lines, i) for i, _times in times]
    if times and any(line.strip() for line in lines[: starts[0]]):
        reading.ignore(_("before the first cue"), source.span(1, starts[0]))
    blocks = []
    for n, (i, _times) in enumerate(times):
        stop = starts[n + 1] if n + 1 < len(times) else len(lines)
        unreadable = {k for k in range(i + 1, stop) if _UNREADABLE.match(lines[k])}
        for k in sorted(unreadable):
            reading.ignore(_("unreadable time"), source.span(_first_line(lines, k) + 1, k + 1))
            unreadable.add(_first_line(lines, k))
        shown = (plain(_STYLE.sub("", lines[k])) for k in range(i + 1, stop) if k not in unreadable)
        blocks.append([text for text in shown if text])
    previous: int | None = None
    for n, kept in enumerate(without_rolling_lines(blocks)):
        i, (start, end) = times[n]
        last = i + 1
        stop = starts[n + 1] if n + 1 < len(times) else len(lines)
        while stop > last and not lines[stop - 1].strip():
            stop -= 1
        span = source.span(starts[n] + 1, max(stop, last))
        if kept:
            flags = time_flags(start, end, previous)
            reading.cues.append(Cue(speaker=None, text=" ".join(kept), start=start, end=end, span=span, flags=flags))
        else:
            reading.ignore(_("repeated caption") if blocks[n] else _("empty caption"), span)
        previous = start
    reading.cues = attribute_prefixes(reading.cues)
    note_rolling(reading, source)
    return reading


def _first_line(lines: tuple[str, ...], timing_line: int) -> int:
    above = timing_line - 1
    return above if above >= 0 and lines[above].strip().isdigit() else timing_line

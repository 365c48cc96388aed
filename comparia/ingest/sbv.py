"""SubViewer as YouTube and Google Meet write it (.sbv): `0:00:18.579,0:00:21.429`, then the words."""

from __future__ import annotations

import re

from comparia.ingest.captions import Caption, cues_of, milliseconds, rows
from comparia.ingest.source import MAX_SHOWN, Bounded, Reading, Source
from comparia.messages import N_

FORMAT = "sbv"
DESCRIPTION = "SubViewer (.sbv) of YouTube and Google Meet"

_TIME = r"([0-9]{1,4}):([0-5]?[0-9]):([0-5]?[0-9])\.([0-9]{1,6})"
_TIMING = re.compile(rf"^\s*{_TIME}\s*,\s*{_TIME}\s*$")


def sniff(source: Source) -> bool:
    """Return whether the first line that is not blank is a pair of times."""
    return bool(_TIMING.match(next((line for line in source.lines if line.strip()), "")))


def read(source: Source) -> Reading:
    """Return the cues of an SBV file: a cue lasts until the next pair of times, blank lines included."""
    reading = Reading()
    lines = source.lines
    times: list[tuple[int, re.Match[str]]] = Bounded(MAX_SHOWN)
    times.extend((i, match) for i, line in enumerate(lines) if (match := _TIMING.match(line)))
    begin = times[0][0] if times else len(lines)
    if any(line.strip() for line in lines[:begin]):
        reading.ignore(N_("before the first cue"), source.span(1, begin))
    captions = []
    for n, (i, match) in enumerate(times):
        stop = times[n + 1][0] if n + 1 < len(times) else len(lines)
        while stop > i + 1 and not lines[stop - 1].strip():
            stop -= 1
        text = "\n".join(lines[i + 1 : stop]).replace("[br]", "\n")
        start, end = milliseconds(*match.groups()[0:4]), milliseconds(*match.groups()[4:8])
        captions.append(Caption(i + 1, stop, i + 1, start, end, rows(text)))
    cues_of(source, reading, captions)
    return reading

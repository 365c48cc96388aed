"""TTML and DFXP: subtitles as XML, of broadcasters and of video platforms."""

from __future__ import annotations

import re

from comparia.ingest.captions import Caption, cues_of, rows
from comparia.ingest.source import Reading, Source
from comparia.ingest.speakers import clean_label
from comparia.ingest.xml_source import Element, parse, root_name
from comparia.messages import N_

FORMAT = "ttml"
DESCRIPTION = "TTML or DFXP subtitles (.ttml, .dfxp, .xml)"

_CLOCK = re.compile(r"(\d{1,3}):(\d{2}):(\d{2})(?:[.,](\d{1,6})|:\d{1,3})?")
_OFFSET = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)(h|m|s|ms)")
_UNITS = {"h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}


def sniff(source: Source) -> bool:
    """Return whether the root element is `<tt>`."""
    return root_name(source) == "tt"


def read(source: Source) -> Reading:
    """Make one caption for each paragraph, said by its agent where it names one, or by its `Nom : ` label.

    Raises:
        TranscriptError: unsafe or damaged XML.
    """
    root = parse(source)
    reading = Reading()
    names = {agent.get("id"): _text(agent) for agent in root.every("agent")}
    captions = []
    previous = 0
    for element in root.every("p"):
        start = _time(element.get("begin"))
        begin = previous if start is None else start
        end = _time(element.get("end"))
        length = _time(element.get("dur"))
        until = end if end is not None else begin + (length or 0)
        who = names.get(element.get("agent")) or element.get("agent")
        caption_rows = rows(_text(element), clean_label(who) if who else None)
        captions.append(Caption(element.first, element.last, element.first, begin, until, caption_rows))
        previous = begin
    if captions and captions[0].first > 1:
        reading.ignore(N_("header"), source.span(1, captions[0].first - 1))
    if captions and captions[-1].last < len(source.lines):
        reading.ignore(N_("markup"), source.span(captions[-1].last + 1, len(source.lines)))
    cues_of(source, reading, captions)
    return reading


def _text(element: Element) -> str:
    """Return the words beneath an element; `<br/>` ends a line."""
    pieces = []
    for child in element.children:
        if isinstance(child, str):
            pieces.append(re.sub(r"\s+", " ", child))
        else:
            pieces.append("\n" if child.tag == "br" else _text(child))
    return "".join(pieces).strip()


def _time(value: str) -> int | None:
    """Return a time in ms: `00:01:02.500`, `12.5s`; frames of a second are left aside; None where it is no time."""
    if match := _CLOCK.fullmatch(value):
        hours, minutes, seconds, fraction = match.groups()
        whole = ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000
        return whole + (round(int(fraction) * 1000 / 10 ** len(fraction)) if fraction else 0)
    match = _OFFSET.fullmatch(value)
    return round(float(match[1]) * _UNITS[match[2]]) if match else None

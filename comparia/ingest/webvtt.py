"""WebVTT (W3C, webvtt1) with the dialects of Teams, Zoom, Webex, YouTube, live captioners and hand-made files."""

from __future__ import annotations

import re
from functools import lru_cache

from comparia.ingest.captions import Caption, Row, cues_of, plain, rows, timing
from comparia.ingest.source import WEBVTT, Reading, Source
from comparia.ingest.speakers import clean_label
from comparia.messages import N_

FORMAT = "webvtt"
DESCRIPTION = "WebVTT: Teams, Zoom, Webex, YouTube, noScribe, live captions, hand-made"

_VOICE = re.compile(r"<v(?P<classes>(?:\.[^\s<>.]+)*)(?:[ \t]++(?P<name>[^<>]*+))?>")
_ONLY_VOICE = re.compile(r"<v(?:\.[^\s<>.]+)*[ \t]++(?P<name>[^<>]*+)>(?P<text>[^<]*)(?:</v>)?")
"""A cue that one voice says, as nearly every file with voices has them."""
_BLOCK = re.compile(r"^(?:NOTE|STYLE|REGION)(?:[ \t]|$)")
_OVERLAP = re.compile(r"//(?P<name>S\d+):(?P<text>.*?)(?://(?!S\d+:)|(?=//S\d+:))", re.DOTALL)
_HEADER_AGAIN = re.compile(r"^\ufeff?WEBVTT(?:[ \t]|$)|^X-TIMESTAMP-MAP=")
"""A header inside a file: pieces of a live stream put end to end."""
_NAMED = re.compile(r'^\s*\d+\s+"(?P<name>[^"]{1,120})"(?:\s+\(\d+\))?\s*$')
"""The identifier of a Webex cue names its speaker: `1 "Jane Doe" (1234567890)`."""


def sniff(source: Source) -> bool:
    """Return whether the file starts with the name of its format, WebVTT."""
    return bool(WEBVTT.match(source.text))


def read(source: Source) -> Reading:
    """Return the cues of a WebVTT file: `<v Name>` voices, several a cue, names in identifiers, `Nom : ` prefixes."""
    reading = Reading()
    captions: list[Caption] = []
    lines = source.lines
    i = _skip_header(source, reading)
    while i < len(lines):
        line = lines[i]
        if not line or line.isspace():
            i += 1
        elif line[0] in "NSR" and _BLOCK.match(line) and not (i + 1 < len(lines) and timing(lines[i + 1])):
            i = _skip_block(source, reading, i, N_("note"))
        else:
            i = _cue(source, reading, captions, i)
    cues_of(source, reading, captions)
    return reading


def _skip_header(source: Source, reading: Reading) -> int:
    i = 0
    while i < len(source.lines) and not source.lines[i].strip():
        i += 1
    first = i
    while i < len(source.lines) and source.lines[i].strip() and not timing(source.lines[i]):
        following = source.lines[i + 1] if i + 1 < len(source.lines) else ""
        if i > first and timing(following):
            break
        i += 1
    reading.ignore(N_("header"), source.span(first + 1, max(i, first + 1)))
    return i


def _skip_block(source: Source, reading: Reading, first: int, reason: str) -> int:
    """Leave out the block that opens at `first`: up to a blank line or the times of a cue."""
    i = first + 1
    while i < len(source.lines) and source.lines[i] and not timing(source.lines[i]):
        i += 1
    reading.ignore(reason, source.span(first + 1, i))
    return i


def _cue(source: Source, reading: Reading, captions: list[Caption], i: int) -> int:
    lines = source.lines
    first = i
    times = timing(lines[i])
    if times is None and i + 1 < len(lines) and (times := timing(lines[i + 1])):
        i += 1
    if times is None:
        return _skip_block(
            source, reading, first, N_("header") if _HEADER_AGAIN.match(lines[i]) else N_("outside any cue")
        )
    begin = i + 1
    if begin + 1 < len(lines) and not lines[begin].strip() and _goes_on(lines, begin + 1):
        begin += 1  # Teams parts the times of a cue from its words by a blank line
    stop = begin + (begin > i + 1)
    while stop < len(lines) and lines[stop] and "-->" not in lines[stop]:
        stop += 1
    label = _NAMED.match(lines[first]) if first < i and '"' in lines[first] else None
    text = "\n".join(lines[begin:stop])
    caption_rows = _voices(text, clean_label(label["name"]) if label else None)
    chat = "<v.chat " in text and any(line.startswith("<v.chat ") for line in lines[begin:stop])
    captions.append(Caption(first + 1, stop, i + 1, times[0], times[1], caption_rows, "chat" if chat else "speech"))
    return stop


def _goes_on(lines: tuple[str, ...], n: int) -> bool:
    """Return whether words stand on a line, and neither times, a note, nor the number of a cue."""
    line = lines[n].strip()
    following = lines[n + 1] if n + 1 < len(lines) else ""
    if not line or timing(lines[n]) is not None or timing(following) is not None:
        return False
    return not re.match(r"(?:NOTE|STYLE|REGION)(?:\s|$)", line)


@lru_cache(maxsize=4096)
def _name(name: str) -> str:
    return clean_label(plain(name)).lstrip("/")


def _voices(text: str, speaker: str | None) -> list[Row]:
    """Return the rows of a cue, each with its voice; a voice talked over keeps its own words only."""
    if "<v" not in text:
        return rows(text, speaker)
    if (only := _ONLY_VOICE.fullmatch(text)) and "//" not in only["text"] and (name := _name(only["name"])):
        return _named_once(rows(only["text"], name))
    matches = list(_VOICE.finditer(text))
    before = text[: matches[0].start()] if matches else text
    voice_rows = rows(before, speaker) if before else []
    for n, match in enumerate(matches):
        name = _name(match["name"] or "") or (match["classes"] or "").rpartition(".")[2]
        inside = text[match.end() : matches[n + 1].start() if n + 1 < len(matches) else len(text)]
        begin = 0
        for overlap in _OVERLAP.finditer(inside) if "//" in inside else ():
            voice_rows += _named_once(rows(inside[begin : overlap.start()], name or speaker))
            voice_rows += _named_once(rows(overlap["text"], overlap["name"]))
            begin = overlap.end()
        voice_rows += _named_once(rows(inside[begin:], name or speaker))
    return voice_rows


def _named_once(voice_rows: list[Row]) -> list[Row]:
    """Return the rows of a voice without the `Nom : ` prefix by which they name that voice again (noScribe)."""
    rows_kept = []
    for speaker, text in voice_rows:
        if speaker and text.startswith(speaker) and text[len(speaker) :].lstrip()[:1] == ":":
            text = text[len(speaker) :].lstrip()[1:].lstrip()
        if text:
            rows_kept.append((speaker, text))
    return rows_kept

"""WebVTT (W3C, webvtt1) with the dialects of Teams, Zoom, YouTube and hand-made files."""

from __future__ import annotations

import re

from comparia.ingest.captions import attribute_prefixes, note_rolling, plain, time_flags, timing, without_rolling_lines
from comparia.ingest.source import Reading, Source
from comparia.ingest.speakers import clean_label
from comparia.messages import gettext as _
from comparia.records import Cue

FORMAT = "webvtt"
DESCRIPTION = "WebVTT: Teams, Zoom, YouTube, noScribe, hand-made"

_VOICE = re.compile(r"<v(?P<classes>(?:\.[^\s<>.]+)*)(?:[ \t]+(?P<name>[^<>]*))?>")
_BLOCK = re.compile(r"^(?:NOTE|STYLE|REGION)(?:[ \t]|$)")
_OVERLAP = re.compile(r"//(?P<name>S\d+):(?P<text>.*?)(?://(?!S\d+:)|(?=//S\d+:))", re.DOTALL)
_SIGNATURE = re.compile(r"\s*WEBVTT(?:[ \t\r\n]|$)")


def sniff(source: Source) -> bool:
    """A WebVTT file starts with its name."""
    return bool(_SIGNATURE.match(source.text))


def read(source: Source) -> Reading:
    """Cues of a WebVTT file: `<v Name>` voices, several a cue, or `Nom : ` prefixes."""
    reading = Reading()
    raw: list[tuple[int, int, int, int, list[str]]] = []
    lines = source.lines
    i = _skip_header(source, reading)
    while i < len(lines):
        if not lines[i].strip():
            i += 1
        elif _BLOCK.match(lines[i]) and not (i + 1 < len(lines) and timing(lines[i + 1])):
            first = i
            while i < len(lines) and lines[i] and not timing(lines[i]):
                i += 1
            reading.ignore(_("note"), source.span(first + 1, i))
        else:
            i = _cue(source, reading, raw, i)
    shown = without_rolling_lines([[line for line in map(plain_line, block[4]) if line] for block in raw])
    voiced = any(_VOICE.search(line) for block in raw for line in block[4])
    previous: int | None = None
    for (first, last, start, end, texts), kept in zip(raw, shown, strict=True):
        flags = time_flags(start, end, previous)
        previous = start
        span = source.span(first, last)
        pieces = _voices("\n".join(texts)) if voiced else [(None, " ".join(kept))]
        for speaker, text in pieces:
            if text:
                noted = (*flags, "no_speaker") if voiced and speaker is None else flags
                reading.cues.append(Cue(speaker=speaker, text=text, start=start, end=end, span=span, flags=noted))
        if not any(text for _speaker, text in pieces):
            reading.ignore(_("repeated caption") if any(map(plain_line, texts)) else _("empty caption"), span)
    if not voiced:
        reading.cues = attribute_prefixes(reading.cues)
    note_rolling(reading, source)
    return reading


def plain_line(line: str) -> str:
    """One caption line without markup."""
    return plain(line)


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
    reading.ignore(_("header"), source.span(first + 1, max(i, first + 1)))
    return i


def _cue(source: Source, reading: Reading, raw: list[tuple[int, int, int, int, list[str]]], i: int) -> int:
    lines = source.lines
    first = i
    times = timing(lines[i])
    if times is None and i + 1 < len(lines) and (times := timing(lines[i + 1])):
        i += 1
    if times is None:
        while i < len(lines) and lines[i] and not timing(lines[i]):
            i += 1
        reading.ignore(_("outside any cue"), source.span(first + 1, max(i, first + 1)))
        return max(i, first + 1)
    i += 1
    begin = i
    while i < len(lines) and lines[i] and "-->" not in lines[i]:
        i += 1
    raw.append((first + 1, max(i, begin), times[0], times[1], list(lines[begin:i])))
    return i


def _voices(text: str) -> list[tuple[str | None, str]]:
    pieces: list[tuple[str | None, str]] = []
    matches = list(_VOICE.finditer(text))
    before = plain(text[: matches[0].start()] if matches else text)
    if before:
        pieces.append((None, before))
    for n, match in enumerate(matches):
        name = (
            clean_label(plain(match["name"] or "")).lstrip("/") or (match["classes"] or "").rpartition(".")[2] or None
        )
        inside = text[match.end() : matches[n + 1].start() if n + 1 < len(matches) else len(text)]
        pieces.extend((overlap["name"], plain(overlap["text"])) for overlap in _OVERLAP.finditer(inside))
        pieces.append((name, plain(_OVERLAP.sub(" ", inside))))
    return pieces

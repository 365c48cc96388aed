"""Chats and live transcripts of Teams, BigBlueButton, Jitsi, WhatsApp and Zoom's saved captions.

Each message is a time, a name, and words.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Callable

from comparia.ingest import zoom_chat
from comparia.ingest.captions import milliseconds
from comparia.ingest.source import Reading, Source
from comparia.ingest.speakers import clean_label
from comparia.ingest.zoom_chat import after_midnight
from comparia.messages import N_
from comparia.records import Channel, Cue

FORMAT = "meeting-chat"
DESCRIPTION = "Chat of Teams, BigBlueButton or WhatsApp, transcript of Jitsi, captions saved by Zoom"

_STAMPED = re.compile(
    r"^[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]*"
    r"\[(?:(?P<day>(?:[^\W\d_][\w.]*\s+)?(?:\d{1,4}[/.-]\d{1,2}(?:[/.-]\d{1,4})?|[^\W\d_]+)),?\s+)?"
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?(?P<half>[ \u00a0\u202f]?[AaPp]\.?[Mm]\.?)?"
    r"(?:\s*[•·,-]?\s*\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4})?\]\s+(?P<rest>\S.*)$"
)
"""`[10:53] Nom : message`, `[10:53 AM] Name`, `[12/05/2024 10:53] Name`, `[10:42 • 13/08/2024] Name:`.

WhatsApp writes so too on an iPhone.
"""
_DATED = re.compile(
    r"^[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]*"
    r"(?P<day>\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}),?\s+(?:à\s+)?"
    r"(?P<hour>\d{1,2})[:h](?P<minute>\d{2})"
    r"(?::(?P<second>\d{2}))?(?P<half>[ \u00a0\u202f]?[AaPp]\.?[Mm]\.?)?\s+[-–]\s+(?P<rest>\S.*)$"
)
"""WhatsApp elsewhere: `12/03/2024, 10:05 - Nom: message`, and the same without a name for what the application says."""
_ATTACHMENT = re.compile(
    r"^\u200e?(?:<[^<>]{0,40}(?:omis(?:e|es)?|omitted)>|"
    r"(?:image|video|vidéo|audio|sticker|document|GIF)s? (?:absente?|omitted|omise?))$",
    re.IGNORECASE,
)
_APPLICATION = re.compile(
    r"^\u200e?(?:Les messages (?:et les appels )?sont chiffrés de bout en bout|"
    r"Messages (?:and calls )?are end-to-end encrypted)|"
    r"^\u200e.{0,200}(?:a créé (?:ce|le) groupe|created (?:this )?group|vous a ajouté|added you|"
    r"a changé (?:l['’]icône|l['’]objet|le nom)|changed (?:this group|the group|the subject))",
    re.IGNORECASE,
)
"""What WhatsApp says in the name of the group, after a mark that people do not type."""
_UNKNOWN_NUMBER = re.compile(r"^~[ \u00a0\u202f]*")
"""How WhatsApp marks the name of somebody who is not among the contacts."""
_NAMED = re.compile(r"^(?P<name>[^\n:]{1,80}?)[ \u00a0\u202f]?:(?:[ \u00a0\u202f]+(?P<text>.*))?$")
_DELETED = re.compile(
    r"^(?:This message (?:has been|was) deleted|Ce message a été supprimé|\(?message deleted\)?)", re.IGNORECASE
)
_SYSTEM = re.compile(r"^(?:system message|message (?:du )?système|welcome|bienvenue)$", re.IGNORECASE)
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]{0,500}>")

_ELEMENT = re.compile(r"<chattimeline\b((?:\s+[\w:.-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*)\s*/?>")
_ATTRIBUTE = re.compile(r"([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")

_JITSI = re.compile(r"^\s*Transcript of conference held at ")
_JITSI_LINE = re.compile(
    r"^<(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?(?P<half>\s?[AaPp][Mm])?>\s+(?P<rest>\S.*)$"
)
_JITSI_EVENT = re.compile(r"^(?P<name>[^:]{1,80}?) (?:joined the conference|left the conference|raised their hand)\s*$")
_JITSI_END = re.compile(r"^(?:_{10,}|End of transcript at .*)\s*$")

_SAVED_CAPTION = re.compile(
    r"^\[(?P<name>[^\[\]\n]{1,120})\]\s+(?P<hour>\d{1,2}):(?P<minute>\d{2}):(?P<second>\d{2})\s*$"
)

_FIRST_HOUR = 6
"""Nobody meets before this hour: `[00:03] Name: …` counts minutes of a recording, `[10:53] Name: …` hours of a day."""


def sniff(source: Source) -> bool:
    """Return whether one of the dialects reads it."""
    return _dialect(source) is not None


def read(source: Source) -> Reading:
    """Return the messages in order, at the hour of the day; joins, leaves and system messages are system lines."""
    reading = Reading()
    (_dialect(source) or _read_stamped)(source, reading)
    return reading


def _dialect(source: Source) -> Callable[[Source, Reading], None] | None:
    lines = [line for line in source.lines[:60] if line.strip()]
    if not lines:
        return None
    if "<chattimeline" in source.text and lines[0].lstrip().startswith("<"):
        return _timeline
    if _JITSI.match(lines[0]):
        return _jitsi
    if any(map(_SAVED_CAPTION.match, lines[:3])):
        return _saved_captions
    if sum(map(bool, map(_DATED.match, lines))) >= min(2, len(lines)) and _DATED.match(lines[0]):
        return _read_dated
    stamps = [match for line in lines if (match := _STAMPED.match(line))]
    if not any(map(_STAMPED.match, lines[:3])) or (len(stamps) < 2 and len(lines) > 3):
        return None
    if any(match["day"] and match["second"] for match in stamps):
        return _read_stamped
    hours = [int(match["hour"]) for match in stamps]
    by_day = any(match["half"] or match["day"] for match in stamps)
    return _read_stamped if by_day or all(_FIRST_HOUR <= hour < 24 for hour in hours) else None


def _read_stamped(source: Source, reading: Reading) -> None:
    """Read Teams and BigBlueButton: `[10:53] Name : words`, or the name alone and the words on the next lines."""
    _messages(source, reading, _STAMPED)


def _read_dated(source: Source, reading: Reading) -> None:
    """Read WhatsApp: `12/03/2024, 10:05 - Name: words`."""
    _messages(source, reading, _DATED)


def _messages(source: Source, reading: Reading, stamp: re.Pattern[str]) -> None:
    current: tuple[int, re.Match[str]] | None = None
    for i, line in enumerate([*source.lines, None]):
        match = stamp.match(line) if line is not None else None
        if match is None and line is not None:
            if current is None and line.strip():
                reading.ignore(N_("before the first message"), source.span(i + 1))
            continue
        if current:
            _message(source, reading, current[1], current[0], i)
        current = (i + 1, match) if match else None


def _message(source: Source, reading: Reading, match: re.Match[str], first: int, stop: int) -> None:
    while not source.lines[stop - 1].strip():
        stop -= 1
    span = source.span(first, stop)
    label = _NAMED.match(match["rest"])
    if label is None and match.re is _DATED:
        text = _words("\n".join([match["rest"], *source.lines[first:stop]]))
        _add_cue(reading, "", text, _time(match), "system", source, first, stop)
        return
    name = label["name"] if label else match["rest"]
    content = "\n".join([(label["text"] or "") if label else "", *source.lines[first:stop]])
    text = _words(content)
    if _ATTACHMENT.match(_flat(content)):
        reading.ignore(N_("attachment"), span)
    elif _DELETED.match(match["rest"]) or _DELETED.match(text):
        reading.ignore(N_("deleted message"), span)
    elif not text:
        reading.ignore(N_("empty message"), span)
    elif zoom_chat.PRIVATE.search(name):
        reading.dropped_private += 1
        reading.ignore(N_("private message"), span)
    elif _APPLICATION.match(_flat(content)):
        reading.ignore(N_("notice of the application"), span)
    else:
        name = _UNKNOWN_NUMBER.sub("", clean_label(name))
        channel: Channel = "system" if _SYSTEM.match(name) else "chat"
        _add_cue(reading, name, text, _time(match), channel, source, first, stop)


def _timeline(source: Source, reading: Reading) -> None:
    """Read the `<chattimeline in="12" name="…" message="…"/>` elements of a BigBlueButton recording."""
    starts = [0]
    for line, end in zip(source.lines, source.ends, strict=True):
        starts.append(starts[-1] + len(line) + len(end))
    lines_read: set[int] = set()
    for match in _ELEMENT.finditer(source.text):
        values = {key: html.unescape(a or b) for key, a, b in _ATTRIBUTE.findall(match[1])}
        first, last = bisect_right(starts, match.start()), bisect_right(starts, match.end() - 1)
        lines_read.update(range(first, last + 1))
        text = _words(values.get("message", ""))
        if not text or _DELETED.match(text):
            reading.ignore(N_("deleted message") if text else N_("empty message"), source.span(first, last))
            continue
        seconds = values.get("in", "")
        at = round(float(seconds) * 1000) if re.fullmatch(r"\d{1,7}(?:\.\d{1,9})?", seconds) else None
        cue = Cue(
            speaker=clean_label(values.get("name", "")) or None,
            text=text,
            start=at,
            end=at,
            channel="chat",
            span=source.span(first, last),
        )
        reading.cues.append(cue)
    for n, line in enumerate(source.lines, start=1):
        if line.strip() and n not in lines_read:
            reading.ignore(N_("markup"), source.span(n))


def _jitsi(source: Source, reading: Reading) -> None:
    """Read lines of 80 columns, joined again; people present are left out, joins and leaves are system lines."""
    lines = source.lines
    begin = next((i for i, line in enumerate(lines) if _JITSI_LINE.match(line)), len(lines))
    if any(line.strip() for line in lines[:begin]):
        reading.ignore(N_("header"), source.span(1, begin))
    i = begin
    while i < len(lines):
        first, match = i, _JITSI_LINE.match(lines[i])
        i += 1
        if match is None:
            if lines[first].strip():
                reading.ignore(N_("end of the transcript"), source.span(first + 1))
            continue
        while i < len(lines) and lines[i].strip() and not (_JITSI_LINE.match(lines[i]) or _JITSI_END.match(lines[i])):
            i += 1
        event = _JITSI_EVENT.match(match["rest"]) if i == first + 1 else None
        label = _NAMED.match(match["rest"])
        text = (
            _flat(match["rest"])
            if event
            else " ".join([(label["text"] or "") if label else match["rest"], *lines[first + 1 : i]])
        )
        name = event["name"] if event else label["name"] if label else ""
        if not _flat(text):
            reading.ignore(N_("empty message"), source.span(first + 1, i))
            continue
        channel: Channel = "system" if event else "speech"
        _add_cue(reading, clean_label(name), _flat(text), _time(match), channel, source, first + 1, i)


def _saved_captions(source: Source, reading: Reading) -> None:
    """Read Zoom's saved captions: `[Name] 21:58:37`, then the words."""
    lines = source.lines
    heads = [(i, match) for i, line in enumerate(lines) if (match := _SAVED_CAPTION.match(line))]
    if any(line.strip() for line in lines[: heads[0][0] if heads else len(lines)]):
        reading.ignore(N_("before the first caption"), source.span(1, heads[0][0] if heads else len(lines)))
    for n, (i, match) in enumerate(heads):
        stop = heads[n + 1][0] if n + 1 < len(heads) else len(lines)
        while not lines[stop - 1].strip():
            stop -= 1
        text = _flat(" ".join(lines[i + 1 : stop]))
        if text:
            _add_cue(reading, clean_label(match["name"]), text, _time(match), "speech", source, i + 1, stop)
        else:
            reading.ignore(N_("empty caption"), source.span(i + 1, stop))


def _add_cue(
    reading: Reading, name: str, text: str, time: int, channel: Channel, source: Source, first: int, last: int
) -> None:
    at, flags = after_midnight(time, reading)
    span = source.span(first, last)
    end = at if channel == "chat" else None
    reading.cues.append(
        Cue(speaker=name or None, text=text, start=at, end=end, channel=channel, span=span, flags=flags)
    )


def _time(match: re.Match[str]) -> int:
    fields = match.groupdict()
    hour = int(fields["hour"])
    half = (fields.get("half") or "").strip().lower()
    if half:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    return milliseconds(str(hour), fields["minute"], fields.get("second") or "0", None)


def _words(text: str) -> str:
    """Return the words of a message without the HTML that some versions leave in."""
    return _flat(html.unescape(_MARKUP.sub(" ", text)) if "<" in text or "&" in text else text)


def _flat(text: str) -> str:
    return " ".join(text.replace("\u200b", "").split())

"""Zoom's saved chat in its dialects: tabbed, `From X to Everyone`, French, copied from the window, private messages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from comparia.ingest.source import MAX_PASSAGES, Reading, Source, too_many
from comparia.ingest.speakers import clean_label
from comparia.messages import N_
from comparia.records import Cue, Notice

FORMAT = "zoom-chat"
DESCRIPTION = "Chat saved by Zoom"

_TABBED = re.compile(r"^(?P<time>\d{2}:\d{2}:\d{2})\t(?P<name>[^\t:][^\t]*?):\t(?P<text>.*)$")
_FROM = re.compile(
    r"^(?P<time>\d{2}:\d{2}:\d{2})[\t ]+(?:From|De)[\t ]+(?P<name>.{1,120}?)"
    r"(?:[\t ]+(?:to|à|À|vers|pour)[\t ]+(?P<to>.{1,120}?))?[\t ]*:(?:[\t ]+(?P<text>.*))?$"
)
_COPIED = re.compile(
    r"^(?:(?:From|De)[\t ]{1,8})?(?P<name>[^\t:]{1,120}?)[\t ]{1,8}(?:to|à|À|vers|pour)[\t ]{1,8}(?P<to>[^\t:]{1,120}?)"
    r"[\t ]{0,8}\((?P<time>\d{1,2}:\d{2}(?::\d{2})?(?P<half>[ \u00a0\u202f]?[AP]M)?)\)[\t ]{0,8}:?[\t ]{0,8}(?P<text>)$"
)
"""A message copied from the window: `X to Everyone (4:50 PM)`, its words on the lines that follow."""
_COPIED_PRIVATE = re.compile(
    r"^(?:From|De)[\t ]{1,8}(?P<name>[^\t:]{1,120}?)[\t ]{1,8}(?:to|à|À|vers|pour)[\t ]{1,8}"
    r"(?P<to>[^\t:]{1,100}\((?:direct message|privately|message privé|"
    r"en privé|privé|message direct|private|mensaje directo|direktnachricht)\))"
    r"[\t ]{0,8}(?P<time>\d{1,2}:\d{2}(?::\d{2})?(?P<half>[ \u00a0\u202f]?[AP]M)?)[\t ]{0,8}:?[\t ]{0,8}(?P<text>)$",
    re.IGNORECASE,
)
_WINDOW = re.compile(
    r"^(?:From|De|Von|Da)[\t ]{1,8}(?P<name>[^\t:]{1,120}?)[\t ]{1,8}(?:to|à|À|vers|pour|an|a)[\t ]{1,8}"
    r"(?P<to>[^\t:]{1,120}?)[\t ]{0,8}:[\t ]{0,8}"
    r"(?P<aside>\([^()\d]{2,30}\))?[\t ]{0,8}"
    r"(?P<time>\d{1,2}:\d{2}(?::\d{2})?(?P<half>[ \u00a0\u202f]?[AP]M)?)(?P<text>)$",
    re.IGNORECASE,
)
"""A message of the older window: `From X to Everyone:  09:24 AM`, `From X to Me:  (Privately) 09:35 AM`."""
PRIVATE = re.compile(
    r"\((?:direct message|privately|message privé|"
    r"en privé|privé|message direct|private|mensaje directo|direktnachricht)\)",
    re.IGNORECASE,
)
_EVERYONE = re.compile(r"^(?:everyone|tout le monde|all|tous)\b", re.IGNORECASE)
_REACTION = re.compile(
    r"^(?:(?:Reacted to|A réagi à)\s+(?:[\"“«]|.*\s(?:with|avec)\s+[\"“«]?[^\w\s]+\s*$)"
    r"|Removed a .{1,12} reaction from\b|A supprimé une réaction\b).*",
    re.DOTALL,
)
_REPLY = re.compile(
    r"^(?:Replying to|En réponse à)\s+[\"“«](?:[^\n]*[\"”»][ \t]*\n|.*?[\"”»]|[^\n]*\n)\s*(?P<text>.*)$", re.DOTALL
)
STRICT_ENDS_SHARE = 0.1
"""Share of message heads that must follow a CRLF before a bare LF is taken as inside a message."""
NIGHT = 12 * 3_600_000
"""A clock that goes back by more than this has passed midnight."""


@dataclass(frozen=True, slots=True)
class Head:
    """The first line of a message."""

    time: int
    """When, in ms, as the file counts it."""
    name: str
    """Who."""
    to: str
    """To whom; empty for everyone."""
    text: str
    """The words on that line."""

    @property
    def marked(self) -> bool:
        """Whether it says that it is private."""
        return bool(PRIVATE.search(f"{self.name} {self.to}"))

    @property
    def private(self) -> bool:
        """Whether it was not for everyone."""
        return self.marked or bool(self.to and not _EVERYONE.match(self.to))


def sniff(source: Source) -> bool:
    """Return whether a message head is in the first lines, with at least two of them, or with little else."""
    lines = [line for line in source.lines[:60] if line.strip()]
    heads = sum(bool(head(line)) for line in lines)
    return any(map(head, lines[:3])) and (heads >= 2 or len(lines) <= 3)


def read(source: Source) -> Reading:
    """Return the messages in order; reactions are system lines, private messages are dropped and counted.

    Where the file ends messages with CRLF, a line after a bare LF belongs to the message above it, whatever it looks
    like: a pasted line cannot pose as somebody else's message. A line that says it is private is left out all the same.
    """
    reading = Reading()
    heads: list[Head | None] = []
    messages = 0
    for line in source.lines:
        heads.append(head(line))
        messages += heads[-1] is not None
        if messages > MAX_PASSAGES:
            raise source.error(too_many(MAX_PASSAGES))
    before = [source.ends[i - 1] for i, opening in enumerate(heads) if i and opening]
    strict_ends = before.count("\r\n") > STRICT_ENDS_SHARE * len(before) or (not before and "\r\n" in source.ends)
    message: tuple[int, Head] | None = None
    extra: list[str] = []
    for i, line in enumerate(source.lines):
        may_start = not strict_ends or i == 0 or source.ends[i - 1] == "\r\n"
        opening = heads[i]
        if opening and not may_start and not opening.marked:
            opening = None
        if opening:
            if message:
                add(source, reading, message[1], extra, message[0], i)
            message, extra = (i + 1, opening), []
        elif message:
            extra.append(line.strip())
        elif line.strip():
            reading.ignore(N_("before the first message"), source.span(i + 1))
    if message:
        add(source, reading, message[1], extra, message[0], len(source.lines))
    note_private(reading, source)
    return reading


def head(line: str) -> Head | None:
    """Return the head of a message, if `line` is one."""
    if ":" not in line:
        return None
    match = _TABBED.match(line)
    if match is None or " to " in match["name"] or " à " in match["name"]:
        match = _WINDOW.match(line) or _from(line) or match or (_COPIED.match(line) or _COPIED_PRIVATE.match(line))
    if match is None:
        return None
    fields = match.groupdict()
    to = " ".join(filter(None, (fields.get("to"), fields.get("aside"))))
    return Head(_at(match["time"], fields.get("half")), clean_label(match["name"]), to, match["text"] or "")


def add(source: Source, reading: Reading, head: Head, extra: Sequence[str], first: int, stop: int) -> None:
    """Put one message into a reading: its first line's head, the lines after it, and the lines it lies on."""
    while stop > first and not source.lines[stop - 1].strip():
        stop -= 1
    span = source.span(first, stop)
    if head.private:
        reading.dropped_private += 1
        reading.ignore(N_("private message"), span)
        return
    text = "\n".join([head.text, *extra]).strip()
    reaction = bool(_REACTION.match(text))
    reply = None if reaction else _REPLY.match(text)
    if reply:
        text = reply["text"].strip()
    if not text:
        reading.ignore(N_("empty message"), span)
        return
    at, flags = after_midnight(head.time, reading)
    cue = Cue(
        speaker=head.name,
        text=" ".join(text.split()),
        start=at,
        end=at,
        channel="system" if reaction else "chat",
        span=span,
        flags=flags,
    )
    reading.cues.append(cue)


def after_midnight(time: int, reading: Reading) -> tuple[int, tuple[str, ...]]:
    """Return a time of day, counted from the day of the first message, and whether it goes back (as clocks do)."""
    latest = next((cue.start for cue in reversed(reading.cues) if cue.start is not None), None)
    while latest is not None and time < latest - NIGHT:
        time += 2 * NIGHT
    return time, ("time_backwards",) if latest is not None and time < latest else ()


def note_private(reading: Reading, source: Source) -> None:
    """Say how many private messages were left out."""
    if reading.dropped_private:
        reading.notices.append(Notice(code="private_messages", values={"n": reading.dropped_private}, file=source.name))


def _from(line: str) -> re.Match[str] | None:
    """Read `From X to Y : text`; the French `De` needs its `à`, or `De Gaulle : …` would be a message of `Gaulle`."""
    match = _FROM.match(line)
    if match and match["to"] is None and re.match(r"[\d:]+ +De\s", line):
        return None
    return match


def _at(clock: str, half: str | None) -> int:
    hours, minutes, seconds = [*map(int, re.findall(r"\d+", clock)), 0][:3]
    if half:
        hours = hours % 12 + (12 if "P" in half.upper() else 0)
    return ((hours * 60 + minutes) * 60 + seconds) * 1000

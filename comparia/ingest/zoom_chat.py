"""Chat saved by Zoom, in its dialects: tabbed, `From X to Everyone`, French, with private messages."""

from __future__ import annotations

import re

from comparia.ingest.source import Reading, Source
from comparia.ingest.speakers import clean_label
from comparia.messages import gettext as _
from comparia.messages import ngettext
from comparia.records import Cue, Notice

FORMAT = "zoom-chat"
DESCRIPTION = "Chat saved by Zoom"

_TABBED = re.compile(r"^(?P<time>\d{2}:\d{2}:\d{2})\t(?P<name>[^\t:][^\t]*?):\t(?P<text>.*)$")
_FROM = re.compile(
    r"^(?P<time>\d{2}:\d{2}:\d{2})[\t ]+(?:From|De)[\t ]+(?P<name>.{1,120}?)"
    r"(?:[\t ]+(?:to|à|À)[\t ]+(?P<to>.{1,120}?))?[\t ]*:(?:[\t ]+(?P<text>.*))?$"
)
_PRIVATE = re.compile(r"\((?:direct message|privately|message privé|en privé|privé)\)", re.IGNORECASE)
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


def sniff(source: Source) -> bool:
    """At least two of the first filled lines, or all of them, are message heads."""
    filled = [line for line in source.lines[:60] if line.strip()]
    heads = sum(bool(_head(line)) for line in filled)
    return heads >= 2 or (heads == 1 and len(filled) <= 3)


def read(source: Source) -> Reading:
    """Messages in order; reactions are system lines, private messages are dropped and counted.

    Where the file ends messages with CRLF, a line after a bare LF belongs to the message above it, whatever it looks
    like: a pasted line cannot pose as somebody else's message.
    """
    reading = Reading()
    before = [source.ends[i - 1] for i, line in enumerate(source.lines) if i and _head(line)]
    strict_ends = before.count("\r\n") > STRICT_ENDS_SHARE * len(before) or (not before and "\r\n" in source.ends)
    message: list[tuple[int, re.Match[str]]] = []
    extra: list[str] = []
    for i, line in enumerate(source.lines):
        may_start = not strict_ends or i == 0 or source.ends[i - 1] == "\r\n"
        head = _head(line) if may_start else None
        if head:
            _finish(source, reading, message, extra, i)
            message, extra = [(i + 1, head)], []
        elif message:
            extra.append(line.strip())
        elif line.strip():
            reading.ignore(_("before the first message"), source.span(i + 1))
    _finish(source, reading, message, extra, len(source.lines))
    if reading.dropped_private:
        text = ngettext(
            "{n} private message was left out.", "{n} private messages were left out.", reading.dropped_private
        )
        message_text = text.format(n=reading.dropped_private)
        reading.notices.append(Notice(code="private_messages", message=message_text, file=source.name))
    return reading


def _head(line: str) -> re.Match[str] | None:
    tabbed = _TABBED.match(line)
    if tabbed and (" to " in tabbed["name"] or " à " in tabbed["name"]):
        return _FROM.match(line) or tabbed
    return tabbed or _FROM.match(line)


def _finish(
    source: Source, reading: Reading, message: list[tuple[int, re.Match[str]]], extra: list[str], stop: int
) -> None:
    if not message:
        return
    first, head = message[0]
    while stop > first and not source.lines[stop - 1].strip():
        stop -= 1
    span = source.span(first, stop)
    recipient = head.groupdict().get("to") or ""
    if _PRIVATE.search(f"{head['name']} {recipient}") or (recipient and not _EVERYONE.match(recipient)):
        reading.dropped_private += 1
        reading.ignore(_("private message"), span)
        return
    hours, minutes, seconds = map(int, head["time"].split(":"))
    at = ((hours * 60 + minutes) * 60 + seconds) * 1000
    text = "\n".join([head["text"] or "", *extra]).strip()
    reaction = bool(_REACTION.match(text))
    reply = None if reaction else _REPLY.match(text)
    if reply:
        text = reply["text"].strip()
    if not text:
        reading.ignore(_("empty message"), span)
        return
    channel = "system" if reaction else "chat"
    name = clean_label(head["name"])
    reading.cues.append(Cue(speaker=name, text=" ".join(text.split()), start=at, end=at, channel=channel, span=span))

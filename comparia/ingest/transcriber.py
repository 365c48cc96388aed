"""Transcriber (.trs): turns of one speaker, or of several at once."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from comparia.ingest.annotation import labels_of, milliseconds
from comparia.ingest.captions import time_flags
from comparia.ingest.source import Bounded, Reading, Source
from comparia.ingest.xml_source import Element, has_words, parse, root_name, span, words
from comparia.messages import N_
from comparia.records import Cue

FORMAT = "transcriber"
DESCRIPTION = "Transcriber (.trs)"

_CODE = re.compile(r"^\S{1,2}$")
"""Events this short are codes of noises (`r`, `bb`): a breath is not a stage direction."""


def sniff(source: Source) -> bool:
    """Return whether the root element is `<Trans>`."""
    return root_name(source) == "Trans"


def read(source: Source) -> Reading:
    """Make one cue between two `<Sync>` or `<Who>`; events and background are system lines after the turn they are in.

    Raises:
        TranscriptError: unsafe or damaged XML.
    """
    root = parse(source)
    people = labels_of((speaker.get("id"), speaker.get("name")) for speaker in root.every("Speaker"))
    reading = Reading()
    previous: int | None = None
    for turn in root.every("Turn"):
        previous = _turn(source, reading, turn, people, previous)
    _outside(source, reading, root)
    return reading


def _outside(source: Source, reading: Reading, element: Element) -> None:
    """Say what is written outside any turn."""
    for child in element.children:
        if isinstance(child, Element):
            if child.tag != "Turn":
                _outside(source, reading, child)
        elif has_words(child):
            reading.ignore(N_("outside any speech"), span(source, element))


@dataclass
class _Piece:
    """Words between two marks of a turn."""

    start: int | None
    who: int | None
    text: list[str] = field(default_factory=list)
    end: int | None = None


def _turn(source: Source, reading: Reading, turn: Element, people: dict[str, str], previous: int | None) -> int | None:
    labels = [people.get(key, key) for key in turn.get("speaker").split()]
    begins, ends = (milliseconds(turn.get(name)) for name in ("startTime", "endTime"))
    place = span(source, turn)
    pieces = [_Piece(begins, None)]
    asides: list[Cue] = Bounded()
    for child in turn.children:
        if isinstance(child, str):
            pieces[-1].text.append(child)
        elif child.tag == "Sync":
            pieces.append(_Piece(milliseconds(child.get("time")), None))
        elif child.tag == "Who":
            pieces.append(_Piece(pieces[-1].start, _number(child.get("nb"))))
        elif child.tag in ("Event", "Background", "Comment"):
            pieces[-1].text.append(" ")
            _aside(source, reading, child, pieces[-1].start, asides)
        else:
            pieces[-1].text.append(words(child))
    _close(pieces, ends)
    for piece in pieces:
        text = " ".join("".join(piece.text).split())
        if not has_words(text):
            if text:
                reading.ignore(N_("no words"), place)
            continue
        speaker = _speaker(labels, piece.who)
        flags = ["overlap"] if len(labels) > 1 else []
        if speaker is None:
            flags.append("no_speaker")
        if piece.start is not None:
            flags.extend(time_flags(piece.start, piece.start if piece.end is None else piece.end, previous))
            previous = piece.start
        cue = Cue(speaker=speaker, text=text, start=piece.start, end=piece.end, span=place, flags=tuple(flags))
        reading.cues.append(cue)
    reading.cues.extend(asides)
    return previous


def _close(pieces: list[_Piece], end: int | None) -> None:
    """End each piece where the next one starts that does not start with it, and the last ones with the turn."""
    start: int | None = None
    for piece in reversed(pieces):
        if start is not None and start != piece.start:
            end = start
        piece.end = end
        start = piece.start if piece.start is not None else start


def _number(digits: str) -> int | None:
    return int(digits) if re.fullmatch("[0-9]{1,3}", digits) else None


def _speaker(labels: list[str], who: int | None) -> str | None:
    """Return the speaker of a piece: in a turn of several, only `<Who nb>` says which."""
    if len(labels) == 1:
        return labels[0]
    return labels[who - 1] if who is not None and 1 <= who <= len(labels) else None


def _aside(source: Source, reading: Reading, element: Element, at: int | None, asides: list[Cue]) -> None:
    """Add a noise or a background as a system line; what only describes the words beside it is left out."""
    text = element.get("desc") or (element.get("type") if element.tag == "Background" else "")
    if not has_words(text):
        return
    place = span(source, element)
    describes = element.tag == "Event" and element.get("type") not in ("", "noise")
    if describes or element.tag == "Comment" or _CODE.match(text):
        reading.ignore(N_("noise") if _CODE.match(text) and not describes else N_("annotation"), place)
    else:
        asides.append(Cue(speaker=None, text=text, start=at, end=at, channel="system", span=place))

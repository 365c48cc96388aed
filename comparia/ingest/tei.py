"""TEI: parliaments (ParlaMint, Assemblée nationale) and spoken corpora (ISO 24624, TEICORPO)."""

from __future__ import annotations

import re

from comparia.ingest.annotation import labels_of, milliseconds
from comparia.ingest.captions import time_flags
from comparia.ingest.source import Reading, Source
from comparia.ingest.xml_source import (
    Element,
    Passage,
    has_words,
    holders,
    parse,
    passages,
    root_name,
    span,
    words,
)
from comparia.messages import N_
from comparia.messages import gettext as _
from comparia.records import Cue

FORMAT = "tei"
DESCRIPTION = "TEI: ParlaMint, Assemblée nationale, spoken corpora"

_ROOTS = frozenset({"TEI", "TEI.2", "teiCorpus"})
_BLOCKS = ("annotationBlock", "annotationGrp", "annotatedU")
_DIRECTIONS = frozenset({"note", "stage", "vocal", "kinesic", "incident", "event", "writing", "gap", "interruption"})
_ASIDES = _DIRECTIONS | {"speaker", "head", "spanGrp", "linkGrp", "fs", "timeline", "figure", "fw"}
_INLINE = frozenset(
    "abbr add address anchor c choice cl date del distinct ex expan email emph foreign g hi lb m measure mentioned "
    "milestone name num orgName orig pb pc persName phr placeName pause ptr q quote ref reg roleName rs s said shift "
    "sic sup sub soCalled supplied term time title unclear w b i em strong".split()
)
_IN_PARENTHESES = re.compile(r"^\([^()]{2,}\)\.?$")
_AFTER_NAME = re.compile(r"^[.:]\s+(?=\S)")
_CODE = 2
"""Directions this short are codes of noises (`b`, `rr`)."""


def sniff(source: Source) -> bool:
    """Return whether the root element is one of TEI's."""
    return root_name(source) in _ROOTS


def read(source: Source) -> Reading:
    """Make one cue for each paragraph of `<u>` or `<sp>`; notes and stage directions are system lines after it.

    Raises:
        TranscriptError: unsafe or damaged XML, or a text in which nobody speaks.
    """
    root = parse(source)
    session = _Session(source, root)
    if not session.holders:
        raise source.error(_("TEI in which nobody speaks: it has neither <u> nor <sp>."))
    session.walk(root, {})
    return session.reading


class _Session:
    """What a TEI file says of its speakers and times, and the reading made so far."""

    def __init__(self, source: Source, root: Element) -> None:
        self.source = source
        self.reading = Reading()
        self.names = labels_of(
            (person.get("id"), _person_name(person)) for person in root.every("person", "personGrp", "org")
        )
        self.times = _timeline(root)
        self.previous: int | None = None
        self.holders = holders(root, "u", "sp")

    def walk(self, element: Element, context: dict[str, str]) -> None:
        """Read what speaks, leave out what does not."""
        for child in element.children:
            if isinstance(child, str):
                if has_words(child):
                    self.reading.ignore(N_("outside any speech"), span(self.source, element))
            elif child.tag in ("u", "sp"):
                self.speech(child, context)
            elif child.tag in _DIRECTIONS and id(child) not in self.holders:
                self.add_stage_direction(child)
            elif id(child) in self.holders:
                self.walk(child, child.attributes if child.tag in _BLOCKS else context)
            elif has_words(words(child)):
                self.reading.ignore(self.why(child), span(self.source, child))

    def speech(self, speech: Element, context: dict[str, str]) -> None:
        """Add the passages of one `<u>` or `<sp>`."""
        attributes = {**context, **speech.attributes}
        label = next((words(child) for child in speech.elements("speaker")), "")
        people = [
            self.names.get(key, key) for key in (who.rpartition("#")[2] for who in attributes.get("who", "").split())
        ]
        speaker = label or " & ".join(people) or None
        flags = ["overlap"] if len(people) > 1 and not label else []
        if speaker is None:
            flags.append("no_speaker")
        start, end = (self.times.get(attributes.get(key, "").rpartition("#")[2]) for key in ("start", "end"))
        for passage in passages(speech, _INLINE, lambda element: element.tag in _ASIDES):
            self.passage(passage, speaker, (start, end), (*flags, *self.odd(start, end)), report=speech.tag == "sp")

    def odd(self, start: int | None, end: int | None) -> tuple[str, ...]:
        """Return what is odd about the times of a speech."""
        if start is None:
            return ()
        flags = time_flags(start, start if end is None else end, self.previous)
        self.previous = start
        return flags

    def passage(
        self,
        passage: Passage,
        speaker: str | None,
        times: tuple[int | None, int | None],
        flags: tuple[str, ...],
        *,
        report: bool,
    ) -> None:
        """Add a paragraph and what stood aside in it; in reports, one wholly in parentheses is a stage direction."""
        place = span(self.source, passage.element)
        text = _AFTER_NAME.sub("", passage.text) if report else passage.text
        if report and _IN_PARENTHESES.match(text):
            self.reading.cues.append(Cue(speaker=None, text=text, channel="system", span=place))
        elif has_words(text):
            cue = Cue(speaker=speaker, text=text, start=times[0], end=times[1], span=place, flags=flags)
            self.reading.cues.append(cue)
        elif text:
            self.reading.ignore(N_("no words"), place)
        for aside in passage.asides:
            if aside.tag != "speaker":
                self.add_stage_direction(aside)

    def add_stage_direction(self, element: Element) -> None:
        """Add a stage direction as a system line; what describes the text rather than the session is left out."""
        text = words(element) or element.get("text")
        place = span(self.source, element)
        if not has_words(text):
            return
        if element.tag not in _DIRECTIONS or element.get("type") == "speaker":
            self.reading.ignore(self.why(element), place)
        elif len(text) <= _CODE:
            self.reading.ignore(N_("noise"), place)
        else:
            self.reading.cues.append(Cue(speaker=None, text=text, channel="system", span=place))

    @staticmethod
    def why(element: Element) -> str:
        """Return why an element is left out."""
        if element.tag in ("teiHeader", "front", "timeline", "listPerson", "standOff"):
            return N_("header")
        if element.tag == "head":
            return N_("heading")
        if element.get("type") == "speaker":
            return N_("name of the speaker")
        if element.tag in _ASIDES or (element.parent is not None and element.parent.tag in (*_BLOCKS, "choice")):
            return N_("annotation")
        return N_("outside any speech")


def _person_name(person: Element) -> str:
    """Read `<persName>`, forename first, or the name of a group."""
    for name in person.every("persName", "orgName", "name"):
        pieces = [words(piece) for tag in ("forename", "nameLink", "surname") for piece in name.elements(tag)]
        return " ".join(filter(None, pieces)) or words(name)
    return ""


def _timeline(root: Element) -> dict[str, int]:
    """Return the milliseconds of each `<when>`: absolute, or an interval since another one that is known."""
    times: dict[str, int] = {}
    for timeline in root.every("timeline"):
        scale = 0.001 if timeline.get("unit") == "ms" else 1
        for when in timeline.elements("when"):
            since = times.get(when.get("since").rpartition("#")[2], 0)
            at = milliseconds(when.get("interval") or when.get("absolute"))
            if at is not None:
                times[when.get("id")] = round(at * scale) + (since if when.get("interval") else 0)
    return times

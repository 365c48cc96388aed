"""Reports of parliaments in Akoma Ntoso (OASIS LegalDocML), and the text form of Europarl."""

from __future__ import annotations

import re

from comparia.ingest.annotation import labels_of
from comparia.ingest.source import Reading, Source
from comparia.ingest.speakers import clean_label
from comparia.ingest.xml_source import Element, has_words, holders, parse, passages, root_name, span, words
from comparia.messages import N_
from comparia.messages import gettext as _
from comparia.records import Cue

FORMAT = "akoma-ntoso"
DESCRIPTION = "Reports of parliaments: Akoma Ntoso, Europarl"

_SPEECHES = ("speech", "question", "answer")
_DIRECTIONS = frozenset({"narrative", "scene", "summary", "remark", "prayers"})
_ASIDES = _DIRECTIONS | {"from", "num", "heading", "subheading", "authorialNote"}
_INLINE = frozenset(
    "a abbr affectedDocument b br date def del docTitle em entity eol i img inline ins event concept location mref "
    "noteRef object omissis opinion organization person placeholder process quantity quotedText ref recordedTime role "
    "rref session span strong sub sup term time u vote".split()
)
_EUROPARL = re.compile(r"^\s*<(?P<tag>CHAPTER|SPEAKER)\s+ID\b(?P<attributes>[^<>]*)>\s*$")
_NAME = re.compile(r'\bNAME=(?:"(?P<quoted>[^"]*)"|(?P<bare>.*))')
_EUROPARL_TAG = re.compile(r"^\s*</?[A-Za-z][^<>]*>\s*$")
_WITHIN = 20
"""Lines in which Europarl's first tag is looked for."""


def sniff(source: Source) -> bool:
    """Return whether the root element is `<akomaNtoso>`, or a line of Europarl is among the first."""
    return root_name(source).casefold() == "akomantoso" or _is_europarl(source)


def read(source: Source) -> Reading:
    """Make one cue for each paragraph of each speech; narratives and remarks are system lines.

    Raises:
        TranscriptError: unsafe or damaged XML, or a document in which nobody speaks.
    """
    if _is_europarl(source):
        return _europarl(source)
    root = parse(source)
    speaking = holders(root, *_SPEECHES)
    if not speaking:
        raise source.error(_("Akoma Ntoso in which nobody speaks: it has no <speech>."))
    people = root.every("TLCPerson", "TLCRole", "TLCOrganization")
    names = labels_of((person.get("eId") or person.get("id"), person.get("showAs")) for person in people)
    reading = Reading()
    _walk(source, reading, root, speaking, names)
    return reading


def _walk(source: Source, reading: Reading, element: Element, speaking: set[int], names: dict[str, str]) -> None:
    for child in element.children:
        if isinstance(child, str):
            if has_words(child):
                reading.ignore(N_("outside any speech"), span(source, element))
        elif child.tag in _SPEECHES:
            _speech(source, reading, child, names)
        elif id(child) in speaking:
            _walk(source, reading, child, speaking, names)
        elif has_words(text := words(child)):
            _aside(source, reading, child, text)


def _speech(source: Source, reading: Reading, speech: Element, names: dict[str, str]) -> None:
    """Add a speech by whom `by` names, as it is the same at each speech, or else by what is printed before it."""
    by = speech.get("by").removeprefix("#")
    label = next(speech.elements("from"), None)
    speaker = names.get(by) or (clean_label(words(label)).rstrip(" :.") if label is not None else "") or by or None
    flags = () if speaker else ("no_speaker",)
    for passage in passages(speech, _INLINE, lambda element: element.tag in _ASIDES):
        place = span(source, passage.element)
        if has_words(passage.text):
            reading.cues.append(Cue(speaker=speaker, text=passage.text, span=place, flags=flags))
        elif passage.text:
            reading.ignore(N_("no words"), place)
        for aside in passage.asides:
            if has_words(text := words(aside)):
                _aside(source, reading, aside, text)


def _aside(source: Source, reading: Reading, element: Element, text: str) -> None:
    place = span(source, element)
    if element.tag in _DIRECTIONS:
        reading.cues.append(Cue(speaker=None, text=text, channel="system", span=place))
    elif element.tag == "from":
        reading.ignore(N_("name of the speaker"), place)
    elif element.tag in ("heading", "subheading", "num"):
        reading.ignore(N_("heading"), place)
    elif element.tag in ("meta", "coverPage", "preface"):
        reading.ignore(N_("header"), place)
    else:
        reading.ignore(N_("annotation") if element.tag in _ASIDES else N_("outside any speech"), place)


def _is_europarl(source: Source) -> bool:
    return any(_EUROPARL.match(line) for line in source.lines[:_WITHIN])


def _europarl(source: Source) -> Reading:
    """Read `<SPEAKER ID NAME>`, which opens a speech, with a cue for each paragraph; `<CHAPTER>` closes it."""
    reading = Reading()
    speaker: str | None = None
    open_speech = False
    for number, line in enumerate(source.lines, start=1):
        tag = _EUROPARL.match(line)
        if tag:
            open_speech = tag["tag"] == "SPEAKER"
            name = _NAME.search(tag["attributes"])
            speaker = clean_label(name["quoted"] or name["bare"] or "") or None if name else None
            reading.ignore(N_("name of the speaker") if open_speech else N_("heading"), source.span(number))
        elif _EUROPARL_TAG.match(line):
            reading.ignore(N_("mark of a paragraph"), source.span(number))
        elif line.strip() and not open_speech:
            reading.ignore(N_("heading"), source.span(number))
        elif line.strip():
            text = " ".join(line.split())
            direction = text.startswith("(") and text.endswith(")")
            flags = () if speaker or direction else ("no_speaker",)
            who, channel = (None, "system") if direction else (speaker, "speech")
            reading.cues.append(Cue(speaker=who, text=text, channel=channel, span=source.span(number), flags=flags))
    return reading

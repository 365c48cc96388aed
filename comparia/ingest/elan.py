"""ELAN (.eaf): tiers of annotations on one time axis."""

from __future__ import annotations

import re
from collections.abc import Sequence

from comparia.ingest.annotation import Tier, interleaved, level, note_left_out, spoken
from comparia.ingest.source import Reading, Source
from comparia.ingest.xml_source import Element, has_words, parse, root_name, span, words
from comparia.messages import N_
from comparia.records import Cue

FORMAT = "elan"
DESCRIPTION = "ELAN (.eaf)"

_NUMBER = re.compile(r"[0-9]{1,12}")
_IDENTIFIER = re.compile(r"\S*\d\S*")
_IDENTIFIERS_SHARE = 0.9
"""Share of one-word values with a digit above which a tier only numbers its children (`ref@A`: A.001, A.002...)."""
_MOST_STEPS = 50
"""References between annotations or tiers that are followed: a longer chain is a loop."""


def sniff(source: Source) -> bool:
    """Return whether the root element is `<ANNOTATION_DOCUMENT>`."""
    return root_name(source) == "ANNOTATION_DOCUMENT"


def read(source: Source) -> Reading:
    """Make one cue for each annotation of the tiers that hold speech.

    A tier that depends on another one says again what its parent says (words, translation): of each family of tiers,
    only one is speech. The others are left out with a notice.

    Raises:
        TranscriptError: unsafe or damaged XML.
    """
    root = parse(source)
    reading = Reading()
    tiers = _tiers(source, reading, root)
    families: dict[str, list[Tier]] = {}
    parents = {element.get("TIER_ID"): element.get("PARENT_REF") for element in root.elements("TIER")}
    for tier in tiers:
        families.setdefault(_ancestor(tier.name, parents), []).append(tier)
    speech = spoken([_speech_of(ancestor, family) for ancestor, family in families.items()])
    spoken_ones = {id(tier) for tier in speech}
    note_left_out(reading, source, [tier for tier in tiers if tier.cues and id(tier) not in spoken_ones])
    reading.cues = interleaved(speech)
    for child in root.elements():
        if child.tag != "TIER" and has_words(words(child)):
            reading.ignore(N_("header"), span(source, child))
    return reading


def _tiers(source: Source, reading: Reading, root: Element) -> list[Tier]:
    slots = {slot.get("TIME_SLOT_ID"): _time(slot.get("TIME_VALUE")) for slot in root.every("TIME_SLOT")}
    annotations = {one.get("ANNOTATION_ID"): one for one in root.every("ALIGNABLE_ANNOTATION", "REF_ANNOTATION")}
    tiers = []
    for element in root.elements("TIER"):
        name = element.get("TIER_ID")
        rest, rank, is_level = level(name)
        _rest, rank_of_type, type_levelled = level(element.get("LINGUISTIC_TYPE_REF"))
        speaker = element.get("PARTICIPANT") or rest or None
        tier = Tier(
            name,
            speaker,
            max(rank, rank_of_type),
            is_level or (type_levelled and rank_of_type > 0),
            span(source, element),
        )
        for annotation in element.elements():
            text = words(annotation)
            place = span(source, annotation)
            start, end = _times(next(annotation.elements(), annotation), annotations, slots)
            if has_words(text):
                flags = () if speaker else ("no_speaker",)
                tier.cues.append(Cue(speaker=speaker, text=text, start=start, end=end, span=place, flags=flags))
            else:
                reading.ignore(N_("empty annotation"), place)
        tiers.append(tier)
        if has_words(" ".join(child for child in element.children if isinstance(child, str))):
            reading.ignore(N_("outside any speech"), span(source, element))
    return tiers


def _time(value: str) -> int | None:
    return int(value) if _NUMBER.fullmatch(value) else None


def _times(
    annotation: Element, annotations: dict[str, Element], slots: dict[str, int | None]
) -> tuple[int | None, int | None]:
    """Start and end, those of the annotation it refers to if it has none of its own."""
    for _step in range(_MOST_STEPS):
        if annotation.tag == "ALIGNABLE_ANNOTATION":
            return slots.get(annotation.get("TIME_SLOT_REF1")), slots.get(annotation.get("TIME_SLOT_REF2"))
        parent = annotations.get(annotation.get("ANNOTATION_REF"))
        if parent is None:
            break
        annotation = parent
    return None, None


def _ancestor(name: str, parents: dict[str, str]) -> str:
    """Return the tier that a tier depends on, and so on up."""
    for _step in range(_MOST_STEPS):
        parent = parents.get(name, "")
        if parent not in parents:
            break
        name = parent
    return name


def _speech_of(ancestor: str, family: Sequence[Tier]) -> Tier:
    """Return the tier of a family that holds speech: the ancestor, unless it is empty or only numbers its children."""
    family = sorted(family, key=lambda tier: tier.name != ancestor)
    speaking = [tier for tier in family if tier.rank < 2 and not _only_numbers(tier)]
    return min(speaking, key=lambda tier: tier.rank) if speaking else family[0]


def _only_numbers(tier: Tier) -> bool:
    n_numbers = sum(bool(_IDENTIFIER.fullmatch(cue.text)) for cue in tier.cues)
    return n_numbers >= _IDENTIFIERS_SHARE * len(tier.cues)

"""Detection of the moderators of a session, who ask questions, give the floor and hold no view."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict

from comparia.records import Reference, Transcript, reference_id, voices_of
from comparia.references import cues
from comparia.references.cues import ASKS, FIRST_PERSON, MEETING
from comparia.text.words import fold, tokens

LED_TURNS, LEADS = 4, 1.0
"""Fewest turns, and least score, of a speaker who is taken for a moderator."""


def likely_moderators(transcript: Transcript) -> tuple[str, ...]:
    """Return the ids of the speakers who seem to lead the session, two at most; those whom a person named, if any did.

    A leader asks questions, calls the others by name and speaks of the meeting, in short turns, and seldom says "I" or
    asks for anything. The views of a person wrongly taken for a leader are lost, so the threshold is high. Nobody is a
    leader with fewer than four turns, or in a session of two speakers. Those whose label says that they lead do.
    """
    if transcript.moderators or transcript.nobody_moderates:
        return transcript.moderators
    if called := tuple(speaker.id for speaker in transcript.speakers if speaker.turns and called_leader(speaker.name)):
        return called
    language = transcript.language
    names = {s.id: set(name_parts(s.name)) for s in transcript.speakers if s.kind != "machine" and s.words and s.turns}
    turns = [turn for turn in transcript.turns if turn.channel != "system" and turn.speaker in names]
    lengths = Counter[str]()
    marks: dict[str, list[float]] = defaultdict(list)
    for turn in turns:
        speaker = turn.speaker or ""
        folded = fold(turn.text)
        words = set(tokens(turn.text, language))
        lengths[speaker] += len(folded.split())
        said = max(1, len(re.findall(r"[.!?…]+", folded)))
        marks[speaker].append(
            ("?" in folded)
            + folded.count("?") / said
            + any(not words.isdisjoint(parts) for other, parts in names.items() if other != speaker)
            + bool(MEETING[language].search(folded))
            - bool(ASKS[language].search(folded))
            - bool(FIRST_PERSON[language].search(folded))
        )
    mean = sum(lengths.values()) / max(1, len(turns))
    scores = {
        speaker: math.fsum(own) / len(own) - math.log((lengths[speaker] / len(own) + 1) / (mean + 1))
        for speaker, own in marks.items()
        if len(own) >= LED_TURNS
    }
    leading = sorted((s for s in scores if scores[s] >= LEADS), key=lambda s: (-scores[s], s))
    kept = leading[: min(2, len(names) // 2)] if len(names) > 2 else []
    return tuple(speaker.id for speaker in transcript.speakers if speaker.id in kept)


def called_leader(name: str) -> bool:
    """Return whether a label says that its bearer leads: `Animateur`, `Ann Lee (moderator)`, `Ann Lee, facilitator`."""
    folded = name.casefold()
    parts = [folded, *re.findall(r"\(([^()]+)\)", folded), *re.split(r",| [–-] ", folded)[1:]]
    called = [part.strip(" .:").rstrip("0123456789 ") for part in parts]
    return any(pattern.fullmatch(part) for part in called for pattern in cues.LEADS.values())


def led_as_told(reference: Reference, transcript: Transcript) -> Reference:
    """Return the key points of a session, its moderators those whom a person named; as they are where nobody did."""
    if not (transcript.moderators or transcript.nobody_moderates) or reference.moderators == transcript.moderators:
        return reference
    leading = transcript.moderators
    changes = {
        "id": reference_id(reference.minority_threshold, leading, reference.key_points),
        "moderators": leading,
        "voices": voices_of(transcript, leading),
    }
    return reference.model_copy(update=changes)


def name_parts(name: str) -> list[str]:
    """Return the parts of a name, folded, that people use to address its bearer: words of three letters or more."""
    return [part for part in fold(name).replace("-", " ").split() if len(part) > 2 and part.isalpha()]

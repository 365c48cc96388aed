"""The key points of the sessions of a cycle, as those of the cycle."""

from __future__ import annotations

from collections.abc import Sequence

from comparia.matching.session_index import SessionIndex
from comparia.records import KeyPoint, Quote, Reference, Transcript, reference_id, voices_of
from comparia.references.asking import each_once


def joined(references: Sequence[Reference], sessions: Sequence[Transcript], cycle: Transcript) -> Reference:
    """Return the key points of every session of a cycle, each once: points of nearly one text are one.

    Who holds a point is computed again: a view that one person of each of two sessions holds is held by two. A mark
    that a person put on a point stays.

    Args:
        references: the key points of each session.
        sessions: the sessions, in the order of the cycle.
        cycle: the sessions as one.
    """
    turns = {turn.number: turn for turn in cycle.turns}
    points: list[KeyPoint] = []
    moderators = list(cycle.moderators)
    for reference, session, part in zip(references, sessions, cycle.parts, strict=True):
        before = part.turns[0] - 1
        people = {turn.speaker: turns[before + turn.number].speaker for turn in session.turns}
        moderators += [known for speaker in reference.moderators if (known := people.get(speaker))]
        points += [
            point.model_copy(
                update={
                    "said": tuple(
                        Quote(turn=before + q.turn, speaker=people.get(q.speaker) or "", words=q.words)
                        for q in point.said
                    )
                }
            )
            for point in reference.key_points
        ]
    once = each_once(points, SessionIndex(cycle).weights, cycle.language)
    moderators = list(dict.fromkeys(moderators))
    threshold = references[0].minority_threshold
    return Reference(
        id=reference_id(threshold, moderators, once),
        origin="reviewed" if all(reference.origin == "reviewed" for reference in references) else "suggested",
        reviewed_by=", ".join(dict.fromkeys(r.reviewed_by for r in references if r.reviewed_by)),
        suggested_by="+".join(dict.fromkeys(r.suggested_by for r in references if r.suggested_by)),
        language=cycle.language,
        moderators=tuple(moderators),
        minority_threshold=threshold,
        voices=voices_of(cycle, moderators),
        key_points=once,
    )

"""Pseudonymisation of a whole stored run, so that it can be shown or shared without names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from comparia.records import (
    Ballot,
    Cue,
    Evidence,
    Failure,
    Judging,
    KeyPoint,
    Reason,
    Reference,
    Run,
    Score,
    Speaker,
    Transcript,
    Turn,
    Variant,
)


class Hider(Protocol):
    """What `masked` needs of a veil."""

    def apply(self, text: str) -> str:
        """Return a text with every name and piece of personal data replaced."""

    def label(self, name: str) -> str:
        """Return the name of a speaker with every hidden word of it replaced."""


def masked(run: Run, veil: Hider) -> Run:
    """Return a run in which names are replaced by pseudonyms in all texts: session, recaps, evidence.

    Args:
        run: a run with its names.
        veil: the veil of its session.

    Returns:
        A run of the same id, without the table that gives the names back.
    """
    hide = veil.apply

    def failure(original: Failure) -> Failure:
        return original.model_copy(update={"message": reason(original.message), "cure": reason(original.cure)})

    def reason(original: Reason) -> Reason:
        values = {name: hide(value) for name, value in original.values.items()}
        return Reason(template=hide(original.template), values=values)

    def variant(original: Variant) -> Variant:
        return original.model_copy(
            update={
                "backend": f"imported:{original.id}" if original.author == "human" else original.backend,
                "summary": None if original.summary is None else hide(original.summary),
                "failure": failure(original.failure) if original.failure else None,
                "pieces": tuple(
                    p.model_copy(update={"text": hide(p.text), "original": hide(p.original)}) for p in original.pieces
                ),
            }
        )

    return run.model_copy(
        update={
            "pseudonyms": None,
            "transcript": _transcript(run.transcript, veil),
            "reference": _reference(run.reference, veil) if run.reference else None,
            "variants": tuple(map(variant, run.variants)),
            "scores": tuple(_score(score, veil) for score in run.scores),
            "judgings": tuple(_judging(judging, veil) for judging in run.judgings),
        }
    )


def _judging(judging: Judging, veil: Hider) -> Judging:
    def ballot(cast: Ballot) -> Ballot:
        remarks = tuple(r.model_copy(update={"sentence": veil.apply(r.sentence)}) for r in cast.remarks)
        return cast.model_copy(update={"remarks": remarks})

    ballots = tuple(map(ballot, judging.ballots))
    return judging.model_copy(update={"question": veil.apply(judging.question), "ballots": ballots})


def _transcript(session: Transcript, veil: Hider) -> Transcript:
    def turn(original: Turn) -> Turn:
        return original.model_copy(update={"text": veil.apply(original.text), "about": veil.apply(original.about)})

    def cue(original: Cue) -> Cue:
        speaker = None if original.speaker is None else veil.label(original.speaker)
        span = original.span.model_copy(update={"file": veil.apply(original.span.file)})
        texts = {"text": veil.apply(original.text), "about": veil.apply(original.about)}
        return original.model_copy(update={**texts, "speaker": speaker, "span": span})

    def speaker(original: Speaker) -> Speaker:
        labels = tuple(veil.label(label) for label in original.labels)
        # Attributes beside words may tell who a person is.
        return original.model_copy(update={"name": veil.label(original.name), "labels": labels, "attributes": {}})

    return session.model_copy(
        update={
            "title": veil.apply(session.title),
            "place": veil.apply(session.place),
            "corrections": None,
            "recording": None,  # a voice is as good as a name
            "context": tuple(
                document.model_copy(update={"title": veil.apply(document.title), "text": veil.apply(document.text)})
                for document in session.context
            ),
            "parts": tuple(part.model_copy(update={"title": veil.apply(part.title)}) for part in session.parts),
            "speakers": tuple(map(speaker, session.speakers)),
            "turns": tuple(map(turn, session.turns)),
            "cues": tuple(map(cue, session.cues)),
            "notices": tuple(
                n.model_copy(update={"values": _values(n.values, veil), "file": veil.apply(n.file)})
                for n in session.notices
                if not n.code.startswith("recording_")
            ),
            "ignored": tuple(
                i.model_copy(update={"span": i.span.model_copy(update={"file": veil.apply(i.span.file)})})
                for i in session.ignored
            ),
        }
    )


def _values(values: Mapping[str, Any], veil: Hider) -> dict[str, Any]:
    """Return the values of a notice with names replaced: labels as labels, other texts as sentences."""

    def hidden(key: str, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(hidden(key, item) for item in value)
        if not isinstance(value, str):
            return value
        return veil.label(value) if key in ("one", "other", "name", "labels") else veil.apply(value)

    return {key: hidden(key, value) for key, value in values.items()}


def _reference(reference: Reference, veil: Hider) -> Reference:
    def point(key_point: KeyPoint) -> KeyPoint:
        quotes = tuple(q.model_copy(update={"words": veil.apply(q.words)}) for q in key_point.said)
        topic = veil.apply(key_point.topic)
        return key_point.model_copy(update={"text": veil.apply(key_point.text), "topic": topic, "said": quotes})

    # The reviewer is a person, but not a speaker: the veil does not know this name.
    return reference.model_copy(update={"key_points": tuple(map(point, reference.key_points)), "reviewed_by": ""})


_TEXTS = ("sentence", "sentences", "quotation", "exact", "note", "about", "speaker")
"""Fields of evidence that hold what was said or written, or who said it."""


def _score(score: Score, veil: Hider) -> Score:
    def hidden(name: str, value: Any) -> Any:
        if name in ("note", "about", "speaker"):
            return veil.label(value)
        return tuple(map(veil.apply, value)) if isinstance(value, tuple) else veil.apply(value)

    def evidence(item: Evidence) -> Evidence:
        texts = {name: getattr(item, name) for name in _TEXTS if name in type(item).model_fields}
        return item.model_copy(update={name: hidden(name, value) for name, value in texts.items()})

    return score.model_copy(
        update={"evidence": tuple(map(evidence, score.evidence)), "reason": veil.apply(score.reason)}
    )

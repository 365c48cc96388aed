"""What a counterfactual probe changed of a session, and the proof that nothing else changed.

Every change is an `Edit`. `verify` undoes all edits of a changed session and compares what is left with the original,
field by field; `verify_reference` does the same with key points.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from comparia.errors import ProbeError
from comparia.messages import gettext as _
from comparia.records import (
    Record,
    Reference,
    Speaker,
    Transcript,
    Turn,
    reference_id,
    transcript_id,
    voices_of,
    with_counts,
)
from comparia.references.files import locate

Why = Literal[
    "name", "agreement", "paraphrased", "mirrored", "register", "moved", "assigned", "channel", "added_speaker"
]
WORDS: frozenset[Why] = frozenset(("name", "agreement", "paraphrased", "mirrored", "register"))
"""Edits that replace words."""

PROVENANCE = frozenset(("id", "cues", "ignored", "recording", "parent", "corrections"))
"""Fields that say where a session comes from. No model is sent them, and a changed session has none of its own."""


class Edit(Record):
    """One change."""

    why: Why
    """What was changed. `agreement`: words that follow a name; `added_speaker`: a speaker or a turn that is new."""
    turn: int | None = None
    """Number of the turn in the changed session; None for what stands beside the turns."""
    place: str = ""
    """What was changed beside the turns: `title`, `speakers/s3`, `speakers/s3/name`, `context/0/text`."""
    start: int = 0
    """Offset of `after` in the changed text, where words were replaced."""
    before: str
    """The words, the number of a turn that moved, the id of its speaker, or the channel, as they were."""
    after: str
    """The same, as they are now."""


class NotChanged(Record):
    """Words that tell of what was changed, and that no rule can change: the researcher decides."""

    why: Literal["pronoun", "first_person", "shared_name", "common_word", "lower_case", "named_elsewhere"]
    """`pronoun`: near the name; `first_person`: the person speaks of themselves; `shared_name`: two people bear it;
    `common_word`, `lower_case`: perhaps not the name; `named_elsewhere`: others name who held the view before."""
    turn: int
    """Number of the turn in the changed session."""
    words: str
    """The words."""
    sentence: str
    """The sentence of the changed session around them."""


class PointEdit(Record):
    """A change of the words of a key point."""

    point: str
    """Id of the key point."""
    field: Literal["text", "topic"]
    """What was changed of it."""
    before: str
    """What it said."""
    after: str
    """What it says now."""


class Change(Record):
    """Everything that one probe changed."""

    probe: str
    """Name of the probe."""
    kind: str
    """Its kind."""
    original: str
    """Id of the session before."""
    changed: str
    """Id of the session after."""
    edits: tuple[Edit, ...]
    """Every change of the session, in the order of the changed session."""
    points: tuple[PointEdit, ...] = ()
    """Every change of the words of key points."""
    probed: tuple[str, ...]
    """Ids of the key points that the probe is about: those that it names, or that the people it renames hold; all whose
    quotations changed, where there are none."""
    touched: tuple[str, ...] = ()
    """Ids of the other key points whose quotations changed: in other words, of another speaker, or elsewhere."""
    not_changed: tuple[NotChanged, ...] = ()
    """What tells of the change and was left."""
    pseudonyms_declared: tuple[str, ...] = ()
    """Invented names, for the veil to let pass."""


def verify(original: Transcript, changed: Transcript, edits: Sequence[Edit]) -> None:
    """Undo every edit of a changed session and check that the original is left, with the same texts to the byte.

    Raises:
        ProbeError: an edit does not fit, or something else changed; it says what.
    """
    restored = _undone(changed, edits)
    for field in Transcript.model_fields:
        if field in PROVENANCE | {"turns", "speakers"}:
            continue
        if getattr(restored, field) != getattr(original, field):
            raise _differs(field)
    if len(restored.turns) != len(original.turns):
        raise _differs("turns")
    for was, back in zip(original.turns, restored.turns, strict=True):
        for field in Turn.model_fields:
            if field != "cues" and getattr(was, field) != getattr(back, field):
                raise _differs(f"turns.{was.number}.{field}")
    known = {speaker.id for speaker in changed.speakers}
    if {turn.speaker for turn in changed.turns} - known - {None} or changed.speakers != with_counts(
        changed.speakers, changed.turns
    ):
        raise _differs("speakers")
    people = [_uncounted(speaker) for speaker in original.speakers]
    if people != [_uncounted(speaker) for speaker in restored.speakers]:
        raise _differs("speakers")
    if changed.id != transcript_id(changed.language, changed.speakers, changed.turns, changed.context):
        raise _differs("id")


def verify_reference(original: Reference, changed: Reference, session: Transcript, change: Change) -> None:
    """Check that key points differ by the stated edits and by where they are said, and that the session says them.

    Raises:
        ProbeError: something else changed, or nobody says a quotation; it says what.
    """
    undone: dict[tuple[str, str], PointEdit] = {(edit.point, edit.field): edit for edit in change.points}
    back = []
    for point in changed.key_points:
        texts = {}
        for field, now in (("text", point.text), ("topic", point.topic)):
            edit = undone.pop((point.id, field), None)
            if edit is not None and edit.after != now:
                raise _differs(f"key_points.{point.id}.{field}")
            texts[field] = edit.before if edit is not None else now
        back.append(point.model_copy(update={**texts, "said": ()}))
    if undone or back != [point.model_copy(update={"said": ()}) for point in original.key_points]:
        raise _differs("key_points")
    turns = {turn.number: turn for turn in session.turns}
    added = sum(edit.why == "added_speaker" and edit.turn is not None for edit in change.edits)
    sizes = [sum(len(point.said) for point in each.key_points) for each in (original, changed)]
    if sizes[1] != sizes[0] + added:
        raise _differs("key_points.said")
    for point in changed.key_points:
        for quote in point.said:
            turn = turns.get(quote.turn)
            if turn is None or (turn.speaker or "") != quote.speaker:
                raise _differs(f"key_points.{point.id}.said")
            if locate(quote.words, session, turn=quote.turn) is None:
                raise _differs(f"key_points.{point.id}.said")
    kept = {field for field in Reference.model_fields if field not in ("id", "voices", "key_points")}
    for field in sorted(kept):
        if getattr(original, field) != getattr(changed, field):
            raise _differs(field)
    if changed.voices != voices_of(session, changed.moderators):
        raise _differs("voices")
    if changed.id != reference_id(changed.minority_threshold, changed.moderators, changed.key_points):
        raise _differs("id")


def _differs(field: str) -> ProbeError:
    return ProbeError(
        _("the probe changed something that it does not state: {field}.").format(field=field),
        cure=_("This is a fault of the program: please report it."),
    )


def _uncounted(speaker: Speaker) -> Speaker:
    return speaker.model_copy(update={"words": 0, "turns": 0})


def _undone(changed: Transcript, edits: Sequence[Edit]) -> Transcript:
    """Return the session with every edit undone; turns and times are as they were, counts of words are not."""
    if [turn.number for turn in changed.turns] != list(range(1, len(changed.turns) + 1)):
        raise _differs("turns")
    by_turn: dict[int, list[Edit]] = defaultdict(list)
    by_place: dict[str, list[Edit]] = defaultdict(list)
    for edit in edits:
        if edit.turn is not None:
            by_turn[edit.turn].append(edit)
        else:
            by_place[edit.place].append(edit)
    if by_turn.keys() - {turn.number for turn in changed.turns}:
        raise _differs("turns")
    added = {n for n, its in by_turn.items() if any(edit.why == "added_speaker" for edit in its)}
    times = [(turn.start, turn.end) for turn in changed.turns if turn.number not in added]
    turns = [_turn_undone(turn, by_turn[turn.number]) for turn in changed.turns if turn.number not in added]
    for n in added:
        if [edit.after for edit in by_turn[n]] != [changed.turns[n - 1].text]:
            raise _differs(f"turns.{n}")
    moved = {int(edit.before): n for n, its in by_turn.items() for edit in its if edit.why == "moved"}
    by_number = {turn.number: turn for turn in turns}
    ordered = [turn for turn in turns if turn.number not in moved.values()]
    for before, n in sorted(moved.items()):
        if before < 1 or n not in by_number:
            raise _differs(f"turns.{n}")
        ordered.insert(before - 1, by_number[n])
    numbers = {turn.number: n for n, turn in enumerate(ordered, start=1)}
    back = [
        turn.model_copy(
            update={
                "number": numbers[turn.number],
                "reply_to": numbers.get(turn.reply_to) if turn.reply_to is not None else None,
                "start": start,
                "end": end,
            }
        )
        for turn, (start, end) in zip(ordered, times, strict=True)
    ]
    texts = _texts_undone(changed, by_place)
    speakers = [_named(speaker, texts) for speaker in changed.speakers if f"speakers/{speaker.id}" not in by_place]
    context = tuple(
        document.model_copy(update={"title": texts[f"context/{n}/title"], "text": texts[f"context/{n}/text"]})
        for n, document in enumerate(changed.context)
    )
    title = texts["title"]
    return changed.model_copy(
        update={"turns": tuple(back), "speakers": tuple(speakers), "title": title, "context": context}
    )


def _turn_undone(turn: Turn, edits: Iterable[Edit]) -> Turn:
    values: dict[str, Any] = {"text": turn.text, "speaker": turn.speaker, "channel": turn.channel}
    replaced = []
    for edit in edits:
        if edit.why in WORDS:
            replaced.append(edit)
        elif edit.why in ("assigned", "channel"):
            field = "speaker" if edit.why == "assigned" else "channel"
            if (values[field] or "") != edit.after:
                raise _differs(f"turns.{turn.number}.{field}")
            values[field] = edit.before or None
    values["text"] = text_undone(turn.text, replaced, f"turns.{turn.number}.text")
    return turn.model_copy(update=values)


def text_undone(text: str, edits: Iterable[Edit], field: str) -> str:
    """Return a text with its words as they were. Raises ProbeError where an edit does not fit."""
    limit = len(text)
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        end = edit.start + len(edit.after)
        if end > limit or text[edit.start : end] != edit.after:
            raise _differs(field)
        text = text[: edit.start] + edit.before + text[end:]
        limit = edit.start
    return text


def texts_of(transcript: Transcript) -> dict[str, str]:
    """Return the texts that stand beside the turns and may name somebody, by their place."""
    return {"title": transcript.title, **dict(_texts_beside(transcript))}


def _texts_beside(transcript: Transcript) -> Iterator[tuple[str, str]]:
    for speaker in transcript.speakers:
        yield f"speakers/{speaker.id}/name", speaker.name
        for n, label in enumerate(speaker.labels):
            yield f"speakers/{speaker.id}/labels/{n}", label
    for n, document in enumerate(transcript.context):
        yield f"context/{n}/title", document.title
        yield f"context/{n}/text", document.text


def _texts_undone(changed: Transcript, by_place: Mapping[str, Sequence[Edit]]) -> dict[str, str]:
    texts = texts_of(changed)
    added = {f"speakers/{speaker.id}" for speaker in changed.speakers}
    for place, edits in by_place.items():
        if place in texts:
            texts[place] = text_undone(texts[place], edits, place)
        elif place not in added or {edit.why for edit in edits} != {"added_speaker"}:
            raise _differs(place)
    return texts


def _named(speaker: Speaker, texts: Mapping[str, str]) -> Speaker:
    labels = tuple(texts[f"speakers/{speaker.id}/labels/{n}"] for n in range(len(speaker.labels)))
    return speaker.model_copy(update={"name": texts[f"speakers/{speaker.id}/name"], "labels": labels})

"""A session while a probe changes it, and the session and the key points that come of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from comparia.errors import ProbeError
from comparia.messages import gettext as _
from comparia.privacy.people import person_named
from comparia.probing.changes import Change, Edit, NotChanged, PointEdit, Why, verify, verify_reference
from comparia.records import (
    KeyPoint,
    Quote,
    Reference,
    Speaker,
    Transcript,
    Turn,
    reference_id,
    transcript_id,
    voices_of,
    with_counts,
)
from comparia.text.quotes import exact_words, fragments, normalise, places, stand_in


class Replacement(NamedTuple):
    """Words of a text that are replaced."""

    start: int
    """Offset of the first, in the text as it was."""
    end: int
    """Offset after the last."""
    by: str
    """What is written instead."""
    why: Why
    """Why."""


@dataclass(eq=False)
class Line:
    """A turn while it is changed."""

    turn: Turn
    """The turn as it was, but for its speaker and channel; for one that is added, as it will be."""
    replaced: list[Replacement] = field(default_factory=list)
    """Its words that are replaced."""
    edits: list[tuple[Why, str, str]] = field(default_factory=list)
    """Other edits: why, before and after."""
    moved: bool = False
    """Whether it changes places."""
    added: bool = False
    """Whether the probe adds it."""


class Probed(NamedTuple):
    """A session with one change."""

    transcript: Transcript
    """The changed session."""
    reference: Reference
    """Its key points, tied to it."""
    change: Change
    """Everything that was changed."""


@dataclass(eq=False)
class Draft:
    """A session and its key points while a probe changes them."""

    transcript: Transcript
    """The session as it was."""
    reference: Reference
    """Its key points as they were."""
    lines: list[Line]
    """Its turns, in their new order."""
    probed: tuple[str, ...] = ()
    """Ids of the key points that the probe is about."""
    added_speakers: list[Speaker] = field(default_factory=list)
    """Speakers who are added."""
    beside: list[tuple[str, str, list[Replacement]]] = field(default_factory=list)
    """Texts beside the turns: place, text, and the words that are replaced."""
    points: dict[tuple[str, str], str] = field(default_factory=dict)
    """New words of key points, by id and field."""
    added_quotes: list[tuple[str, Line]] = field(default_factory=list)
    """Key points, and added turns that say them."""
    not_changed: list[tuple[Line, NotChanged]] = field(default_factory=list)
    """What tells of the change and is left; offsets and numbers are given at the end."""
    pseudonyms: tuple[str, ...] = ()
    """Invented names."""

    @classmethod
    def of(cls, transcript: Transcript, reference: Reference) -> Draft:
        """Return a draft that changes nothing yet."""
        return cls(transcript, reference, [Line(turn) for turn in transcript.turns])

    @property
    def moderators(self) -> frozenset[str]:
        """Ids of the moderators, of the session and of its key points."""
        return frozenset((*self.transcript.moderators, *self.reference.moderators))

    def line(self, number: int, where: str) -> Line:
        """Return the turn of this number. Raises ProbeError, which names the field `where`."""
        for line in self.lines:
            if not line.added and line.turn.number == number:
                return line
        raise refused(where, _("the session has no turn {number}").format(number=number))

    def point(self, id: str, where: str) -> KeyPoint:
        """Return the key point of this id, which somebody says. Raises ProbeError, which names the field `where`."""
        for point in self.reference.key_points:
            if point.id == id:
                if not point.said:
                    raise refused(where, _("no turn says {point}").format(point=id))
                return point
        known = ", ".join(point.id for point in self.reference.key_points)
        raise refused(
            where, _("{point} is no key point").format(point=id), _("Known: {names}.").format(names=known or "-")
        )

    def lines_of(self, point: KeyPoint, where: str) -> list[Line]:
        """Return the turns that say a key point, in their order, each once."""
        return [self.line(number, where) for number in sorted({quote.turn for quote in point.said})]

    def speaker(self, name: str, where: str) -> Speaker:
        """Return the speaker of this name. Raises ProbeError, which names the field `where` and lists the names."""
        found = self.speaker_or_none(name)
        if found is None:
            names = ", ".join(speaker.name for speaker in self.transcript.speakers[:30])
            raise refused(
                where,
                _("nobody in the transcript is named {name}").format(name=name),
                _("Speakers: {names}.").format(names=names),
            )
        return found

    def speaker_or_none(self, name: str) -> Speaker | None:
        """Return the speaker of this name, label, or name without what stands in brackets; None where there is none."""
        wanted = normalise(name)
        for speaker in self.transcript.speakers:
            if name == speaker.id or wanted in {normalise(each) for each in (speaker.name, *speaker.labels)}:
                return speaker
        bare = [s for s in self.transcript.speakers if (p := person_named(s.name, speaks=True)) and p.name == name]
        return bare[0] if len(bare) == 1 else None

    def add_speaker(self, name: str) -> Speaker:
        """Return a new speaker of this name, and declare the name as invented."""
        taken = {speaker.id for speaker in (*self.transcript.speakers, *self.added_speakers)}
        number = next(n for n in range(len(taken) + 1, 2 * len(taken) + 2) if f"s{n}" not in taken)
        speaker = Speaker(id=f"s{number}", name=name, labels=(name,))
        self.added_speakers.append(speaker)
        self.pseudonyms = (*self.pseudonyms, name)
        return speaker

    def replace(self, line: Line, words: str, by: str, why: Why, where: str) -> Replacement:
        """Replace exact words of a turn, which stand in it once. Raises ProbeError, which names the field `where`."""
        text, number = line.turn.text, line.turn.number
        if words == by:
            raise refused(f"{where}.by", _("these are the same words"))
        start = text.find(words)
        if start < 0:
            near = exact_words(words, text)
            cure = _("Copy the words exactly from one turn.")
            message = _("turn {number} does not hold these words: « {words} »").format(number=number, words=words[:80])
            raise refused(f"{where}.words", message, f"{cure} « {near[:120]} »" if near else cure)
        if text.find(words, start + 1) >= 0:
            message = _("turn {number} holds these words twice: « {words} »").format(number=number, words=words[:80])
            raise refused(f"{where}.words", message, _("Give more of the words around them."))
        replaced = Replacement(start, start + len(words), by, why)
        if any(other.start < replaced.end and replaced.start < other.end for other in line.replaced):
            message = _("words of turn {number} are replaced twice: « {words} »")
            raise refused(f"{where}.words", message.format(number=number, words=words[:80]))
        line.replaced.append(replaced)
        return replaced


def refused(field: str, problem: str, cure: str = "") -> ProbeError:
    """Return the error of a field of a probe that cannot be applied."""
    return ProbeError(_("{field}: {problem}.").format(field=field, problem=problem), cure=cure)


def rewritten(text: str, replaced: Iterable[Replacement]) -> tuple[str, list[tuple[int, str, Replacement]]]:
    """Return a text with words replaced, and for each replacement its offset in that text and the words before it."""
    pieces: list[str] = []
    made = []
    last = length = 0
    for each in sorted(replaced):
        pieces += [text[last : each.start], each.by]
        length += each.start - last
        made.append((length, text[each.start : each.end], each))
        length += len(each.by)
        last = each.end
    return "".join([*pieces, text[last:]]), made


def quoted(words: str, text: str, replaced: Sequence[Replacement]) -> list[tuple[int, int]]:
    """Return where the pieces of a quotation stand in a turn, widened to every replacement that overlaps them.

    Empty where no replacement does, so that the quotation holds as it is. Offsets are those of the old text.
    """
    spans = places(fragments(words), text) or [(0, len(text))]
    wide = []
    for start, end in spans:
        over = [each for each in replaced if each.start < end and start < each.end]
        wide.append((min([start, *(each.start for each in over)]), max([end, *(each.end for each in over)])))
    if not any(each.start < end and start < each.end for start, end in spans for each in replaced):
        return []
    apart: list[tuple[int, int]] = []
    for start, end in wide:
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


def finished(draft: Draft, probe: str, kind: str) -> Probed:
    """Return the changed session with its key points, and the proof that nothing else changed.

    Raises:
        ProbeError: nothing changed, or something that is not stated.
    """
    before = draft.transcript
    numbers = {line.turn.number: n for n, line in enumerate(draft.lines, start=1) if not line.added}
    edits: list[Edit] = []
    turns: list[Turn] = []
    slots = iter([(turn.start, turn.end) for turn in before.turns])
    for number, line in enumerate(draft.lines, start=1):
        text, made = rewritten(line.turn.text, line.replaced)
        if line.added:
            earlier = turns[-1] if turns else None
            time = (earlier.end if earlier.end is not None else earlier.start) if earlier else None
            start, end = time, time
            edits.append(Edit(why="added_speaker", turn=number, before="", after=text))
        else:
            start, end = next(slots)
            if line.moved and line.turn.number != number:
                edits.append(Edit(why="moved", turn=number, before=str(line.turn.number), after=str(number)))
            edits += [Edit(why=why, turn=number, before=was, after=now) for why, was, now in line.edits]
            edits += [
                Edit(why=r.why, turn=number, start=at, before=was, after=r.by) for at, was, r in made if was != r.by
            ]
        reply = numbers.get(line.turn.reply_to) if line.turn.reply_to is not None else None
        values = {"number": number, "text": text, "start": start, "end": end, "cues": (), "reply_to": reply}
        turns.append(line.turn.model_copy(update=values))
    texts: dict[str, str] = {}
    for place, text, replaced in draft.beside:
        texts[place], made = rewritten(text, replaced)
        edits += [Edit(why=r.why, place=place, start=at, before=was, after=r.by) for at, was, r in made]
    edits += [
        Edit(why="added_speaker", place=f"speakers/{each.id}", before="", after=each.name)
        for each in draft.added_speakers
    ]
    if not edits:
        raise refused("probe", _("it changes nothing in this session"))
    transcript = _session(draft, turns, texts)
    reference, changed_points = _reference(draft, transcript, numbers)
    points, touched = _point_edits(draft), [each for each in changed_points if each not in draft.probed]
    change = Change(
        probe=probe,
        kind=kind,
        original=before.id,
        changed=transcript.id,
        edits=tuple(edits),
        points=points,
        probed=draft.probed or tuple(changed_points),
        touched=tuple(touched) if draft.probed else (),
        not_changed=tuple(
            left.model_copy(update={"turn": draft.lines.index(line) + 1}) for line, left in draft.not_changed
        ),
        pseudonyms_declared=draft.pseudonyms,
    )
    verify(before, transcript, change.edits)
    verify_reference(draft.reference, reference, transcript, change)
    return Probed(transcript, reference, change)


def _session(draft: Draft, turns: Sequence[Turn], texts: dict[str, str]) -> Transcript:
    """Return the changed session: its speakers recounted, without what ties the original to its files."""
    before = draft.transcript
    speakers = [
        speaker.model_copy(
            update={
                "name": texts.get(f"speakers/{speaker.id}/name", speaker.name),
                "labels": tuple(
                    texts.get(f"speakers/{speaker.id}/labels/{n}", label) for n, label in enumerate(speaker.labels)
                ),
            }
        )
        for speaker in before.speakers
    ]
    people = with_counts([*speakers, *draft.added_speakers], turns)
    context = tuple(
        document.model_copy(
            update={
                "title": texts.get(f"context/{n}/title", document.title),
                "text": texts.get(f"context/{n}/text", document.text),
            }
        )
        for n, document in enumerate(before.context)
    )
    return before.model_copy(
        update={
            "id": transcript_id(before.language, people, turns, context),
            "title": texts.get("title", before.title),
            "speakers": people,
            "turns": tuple(turns),
            "context": context,
            "cues": (),
            "ignored": (),
            "recording": None,
            "parent": "",
            "corrections": None,
        }
    )


def _reference(draft: Draft, session: Transcript, numbers: dict[int, int]) -> tuple[Reference, list[str]]:
    """Return the key points tied to the changed session, and the ids of those whose quotations changed."""
    lines = {line.turn.number: line for line in draft.lines if not line.added}
    points, changed = [], []
    for point in draft.reference.key_points:
        said = [_tied(quote, lines, session.turns[numbers[quote.turn] - 1]) for quote in point.said]
        for held, line in draft.added_quotes:
            if held == point.id:
                turn = session.turns[draft.lines.index(line)]
                said.append(Quote(turn=turn.number, speaker=turn.speaker or "", words=turn.text))
        moved = any(lines[quote.turn].moved and numbers[quote.turn] != quote.turn for quote in point.said)
        if moved or [(q.speaker, q.words) for q in said] != [(q.speaker, q.words) for q in point.said]:
            changed.append(point.id)
        new = {name: draft.points.get((point.id, name), getattr(point, name)) for name in ("text", "topic")}
        points.append(point.model_copy(update={**new, "said": tuple(said)}))
    old = draft.reference
    reference = old.model_copy(
        update={
            "id": reference_id(old.minority_threshold, old.moderators, points),
            "voices": voices_of(session, old.moderators),
            "key_points": tuple(points),
        }
    )
    return reference, changed


def _tied(quote: Quote, lines: dict[int, Line], turn: Turn) -> Quote:
    """Return a quotation of the original as it stands in the changed turn."""
    line = lines[quote.turn]
    words = quote.words
    if spans := quoted(words, line.turn.text, line.replaced):
        pieces = []
        for start, end in spans:
            first = start + sum(len(r.by) - (r.end - r.start) for r in line.replaced if r.end <= start)
            after = end + sum(len(r.by) - (r.end - r.start) for r in line.replaced if r.end <= end)
            pieces.append(turn.text[first:after])
        words = " … ".join(pieces)
    if not stand_in(fragments(words), normalise(turn.text)):
        raise ProbeError(
            _("turn {number} no longer says a key point: « {words} »").format(number=turn.number, words=words[:80])
        )
    return Quote(turn=turn.number, speaker=turn.speaker or "", words=words)


def _point_edits(draft: Draft) -> tuple[PointEdit, ...]:
    edits = []
    for point in draft.reference.key_points:
        if (text := draft.points.get((point.id, "text"), point.text)) != point.text:
            edits.append(PointEdit(point=point.id, field="text", before=point.text, after=text))
        if (topic := draft.points.get((point.id, "topic"), point.topic)) != point.topic:
            edits.append(PointEdit(point=point.id, field="topic", before=point.topic, after=topic))
    return tuple(edits)

"""Corrections applied to a session: another session comes out of it, and where each turn went."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from comparia.errors import InputError
from comparia.ingest.speakers import identity, kind
from comparia.messages import N_
from comparia.messages import gettext as _
from comparia.records import (
    Assign,
    Correction,
    Corrections,
    Cue,
    Ignored,
    Join,
    LeaveOut,
    Notice,
    Rename,
    Replace,
    SessionPart,
    Span,
    Speaker,
    Transcript,
    Turn,
    with_counts,
)

LEFT_OUT = N_("left out by a person")
"""Why turns that a person leaves out are not speech."""


class Effect(NamedTuple):
    """One place that corrections changed, for people to look at before they keep them."""

    turn: int
    """Number of the turn in the original session."""
    speaker: str
    """Who says it, after the corrections."""
    before: str
    """The words as they were, empty where only the speaker changes."""
    after: str
    """The words as they are now; empty where they are left out."""
    start: int
    """Place of the words in the text of the turn before this change, in characters."""


@dataclass(frozen=True)
class Corrected:
    """A session after its corrections."""

    transcript: Transcript
    """The corrected session; the id of the original is its `parent`."""
    turns: Mapping[int, tuple[int, ...]]
    """Numbers, in the corrected session, of what each turn of the original became; none for a turn left out."""
    effects: Mapping[str, Sequence[Effect]]
    """What each correction changed, by its key: `glossary.0`, `corrections.2`; empty for one that changed nothing."""
    changed: frozenset[int]
    """Numbers of the original turns whose words, speaker or presence changed."""

    @property
    def idle(self) -> list[str]:
        """Keys of the corrections that changed nothing."""
        return [key for key, effects in self.effects.items() if not effects]


@dataclass
class _Piece:
    """A turn, or what a correction made of a part of it."""

    turn: Turn
    cues: list[Cue]
    name: str | None
    changed: bool = False
    left_out: bool = False

    @property
    def text(self) -> str:
        """Its words."""
        return " ".join(cue.text for cue in self.cues if cue.text)


@dataclass
class _Session:
    """A session while it is being corrected."""

    original: Transcript
    names: dict[str, str]
    """Name of each speaker of the original, by id."""
    pieces: list[_Piece]
    file: str
    effects: dict[str, list[Effect]] = field(default_factory=dict)

    def of_turns(self, numbers: Sequence[int]) -> list[_Piece]:
        """Return the pieces of these turns, in order, or of all when none is named."""
        if not numbers:
            return [piece for piece in self.pieces if not piece.left_out]
        wanted = set(numbers)
        if unknown := wanted - {turn.number for turn in self.original.turns}:
            raise self.error(
                _("there is no turn T{turn}.").format(turn=min(unknown)),
                _("Turns go from T1 to T{last}.").format(last=len(self.original.turns)),
            )
        return [piece for piece in self.pieces if piece.turn.number in wanted and not piece.left_out]

    def speaker_ids(self, name: str) -> list[str]:
        """Return the ids of the speakers of the original with this name or label, or renamed so."""
        wanted = identity(name)
        ids = [
            speaker.id
            for speaker in self.original.speakers
            if wanted in {identity(speaker.name), identity(self.names[speaker.id]), *map(identity, speaker.labels)}
        ]
        if not ids:
            raise self.error(
                _("nobody in the transcript is named {name}.").format(name=name),
                _("Speakers: {names}.").format(names=", ".join(s.name for s in self.original.speakers[:30])),
            )
        return ids

    def error(self, message: str, cure: str = "") -> InputError:
        """Return an error about the correction being applied."""
        return InputError(message, self.file, cure=cure)


def apply(transcript: Transcript, corrections: Corrections, file: str = "") -> Corrected:
    """Return a session with corrections applied: the glossary first, then each correction in order.

    Numbers of turns and names of speakers are those of the original session. Words are replaced as whole words, in any
    case. What is left out stands among the lines left out. The times of a turn that is cut in two are shared by its
    words.

    Args:
        transcript: the original session, which stays as it is.
        corrections: what to change.
        file: name of their file, for errors.

    Raises:
        InputError: a correction names a turn, a speaker or words that are not there.
    """
    names = {speaker.id: speaker.name for speaker in transcript.speakers}
    pieces = [_piece(transcript, turn, names) for turn in transcript.turns]
    session = _Session(transcript, names, pieces, file)
    for n, term in enumerate(corrections.glossary):
        effects = session.effects.setdefault(f"glossary.{n}", [])
        for heard in term.heard:
            effects += _replace(session, Replace(words=heard, by=term.write))
    for n, correction in enumerate(corrections.corrections):
        session.effects[f"corrections.{n}"] = _applied(session, correction)
    return _corrected(session, corrections)


# One correction -------------------------------------------------------------------------------------------------------


def _replace(session: _Session, correction: Replace) -> list[Effect]:
    pattern = whole_words(correction.words)
    effects: list[Effect] = []
    for piece in session.of_turns(correction.turns):
        found = _substituted(piece, pattern, correction.by)
        if found:
            piece.changed = True
            effects += found
    if not correction.turns:
        _respell(session, pattern, correction.by)
    return effects


def _respell(session: _Session, pattern: re.Pattern[str], by: str) -> None:
    """Write the names of speakers as the words of their turns are written."""
    for speaker, name in session.names.items():
        new = pattern.sub(lambda found: in_case(found.group(), by), name)
        if new != name:
            for piece in session.pieces:
                if piece.turn.speaker == speaker and piece.name == name:
                    piece.name = new
            session.names[speaker] = new


def _named(session: _Session, ids: Sequence[str], name: str) -> list[Effect]:
    effects = []
    for piece in session.pieces:
        speaker = piece.turn.speaker or ""
        if speaker in ids and piece.name == session.names[speaker] != name and not piece.left_out:
            piece.name, piece.changed = name, True
            effects.append(Effect(piece.turn.number, name, "", piece.text, 0))
    for speaker in ids:
        session.names[speaker] = name
    return effects


def _assign(session: _Session, correction: Assign) -> list[Effect]:
    pieces = session.of_turns(correction.turns)
    name = _known_name(session, correction.name)
    if correction.words:
        pieces = [_from_words(session, pieces, correction.turns, correction.words)]
    effects = []
    for piece in pieces:
        if piece.name != name:
            piece.name, piece.changed = name, True
            effects.append(Effect(piece.turn.number, name or "", "", piece.text, 0))
    return effects


def _leave_out(session: _Session, correction: LeaveOut) -> list[Effect]:
    pieces = session.of_turns(correction.turns)
    if correction.words:
        piece = _from_words(session, pieces, correction.turns, correction.words)
        pattern = whole_words(correction.words)
        end = pattern.search(piece.text)
        if end is not None and end.end() < len(piece.text):
            _cut(session, piece, end.end())
        pieces = [piece]
    effects = []
    for piece in pieces:
        piece.left_out = piece.changed = True
        effects.append(Effect(piece.turn.number, piece.name or "", piece.text, "", 0))
    return effects


def _applied(session: _Session, correction: Correction) -> list[Effect]:
    match correction:
        case Replace():
            return _replace(session, correction)
        case Rename():
            return _named(session, session.speaker_ids(correction.speaker), correction.name)
        case Join():
            ids = [speaker for name in correction.speakers for speaker in session.speaker_ids(name)]
            return _named(session, list(dict.fromkeys(ids)), correction.name)
        case Assign():
            return _assign(session, correction)
        case LeaveOut():
            return _leave_out(session, correction)


def _known_name(session: _Session, name: str) -> str | None:
    """Return the name of the speaker whom a person means by `name`: a known one is written as it is known."""
    wanted = identity(name)
    return next((known for known in session.names.values() if identity(known) == wanted), name) or None


def whole_words(words: str) -> re.Pattern[str]:
    """Return a pattern that finds some words, whole, in any case, whatever their apostrophes, hyphens and spaces."""
    escaped = []
    for character in " ".join(words.split()):
        if character.isspace():
            escaped.append(r"\s+")
        elif character in "'’":
            escaped.append("['’]")
        elif character in "-‐‑":
            escaped.append("[-‐‑]")
        else:
            escaped.append(re.escape(character))
    return re.compile(r"(?<!\w)" + "".join(escaped) + r"(?!\w)", re.IGNORECASE)


def _substituted(piece: _Piece, pattern: re.Pattern[str], by: str) -> list[Effect]:
    """Replace words in a piece; words that run over two captions stand in the first of them afterwards."""
    text = piece.text
    matches = [match for match in pattern.finditer(text) if match.group() != by]
    if not matches:
        return []
    cues: list[Cue] = []
    place = 0
    for cue in piece.cues:
        if not cue.text:
            cues.append(cue)
            continue
        begin, end = place, place + len(cue.text)
        place = end + 1
        parts, at = [], begin
        for match in matches:
            if match.end() <= begin or match.start() >= end:
                continue
            parts.append(text[at : max(at, match.start())])
            if match.start() >= begin:
                parts.append(in_case(match.group(), by))
            at = min(end, match.end())
        parts.append(text[at:end])
        words = "".join(parts)
        cues.append(cue.model_copy(update={"text": words.strip() if parts[1:] else words}))
    piece.cues = cues
    return [
        Effect(piece.turn.number, piece.name or "", match.group(), in_case(match.group(), by), match.start())
        for match in matches
    ]


def in_case(found: str, by: str) -> str:
    """Return the new words with a capital where the old ones had one, and the new ones begin in lower case."""
    return by[:1].upper() + by[1:] if found[:1].isupper() and by[:1].islower() else by


def _from_words(session: _Session, pieces: Sequence[_Piece], turns: Sequence[int], words: str) -> _Piece:
    """Return the piece that begins with some words of a turn, cut there if they stand further on."""
    if len(turns) != 1:
        raise session.error(_("words are given with one turn, not {n}.").format(n=len(turns)))
    pattern = whole_words(words)
    for piece in pieces:
        match = pattern.search(piece.text)
        if match is not None:
            return piece if not piece.text[: match.start()].strip() else _cut(session, piece, match.start())
    raise session.error(
        _("T{turn} does not hold these words: « {words} »").format(turn=turns[0], words=words[:80]),
        _("Copy the words exactly from one turn."),
    )


def _cut(session: _Session, piece: _Piece, place: int) -> _Piece:
    """Cut a piece before a character of its text, and return the second half, which stands after the first."""
    first: list[Cue] = []
    second: list[Cue] = []
    at = 0
    for cue in piece.cues:
        begin, end = at, at + len(cue.text)
        if not cue.text:
            (first if begin < place else second).append(cue)
            continue
        at = end + 1
        if end <= place:
            first.append(cue)
        elif begin >= place:
            second.append(cue)
        else:
            moment = _moment(cue, (place - begin) / max(1, len(cue.text)))
            first.append(cue.model_copy(update={"text": cue.text[: place - begin].strip(), "end": moment}))
            second.append(cue.model_copy(update={"text": cue.text[place - begin :].strip(), "start": moment, "id": ""}))
    half = _Piece(piece.turn, second, piece.name, changed=True)
    piece.cues, piece.changed = first, True
    session.pieces.insert(next(n for n, known in enumerate(session.pieces) if known is piece) + 1, half)
    return half


def _moment(cue: Cue, share: float) -> int | None:
    if cue.start is None or cue.end is None:
        return cue.start
    return round(cue.start + share * (cue.end - cue.start))


# The session that comes out -------------------------------------------------------------------------------------------


def _piece(transcript: Transcript, turn: Turn, names: Mapping[str, str]) -> _Piece:
    cues = [transcript.cues[n] for n in turn.cues if n < len(transcript.cues)]
    if " ".join(cue.text for cue in cues if cue.text) != turn.text:
        place = cues[0].span if cues else Span(file="")
        name, told = names.get(turn.speaker or ""), {"channel": turn.channel, "about": turn.about, "votes": turn.votes}
        cues = [Cue(speaker=name, text=turn.text, start=turn.start, end=turn.end, span=place).model_copy(update=told)]
    return _Piece(turn, cues, names.get(turn.speaker or ""))


def _corrected(session: _Session, corrections: Corrections) -> Corrected:
    original = session.original
    kept = [piece for piece in session.pieces if not piece.left_out and piece.text]
    if not kept:
        raise session.error(_("nothing would be left of the session."))
    speakers, ids = _speakers(session, kept)
    cues: list[Cue] = []
    turns: list[Turn] = []
    became: dict[int, list[int]] = {turn.number: [] for turn in original.turns}
    for number, piece in enumerate(kept, start=1):
        first = len(cues)
        cues += [cue.model_copy(update={"speaker": piece.name}) if piece.changed else cue for cue in piece.cues]
        became[piece.turn.number].append(number)
        turns.append(_turn(piece, number, ids.get(piece.name or ""), range(first, len(cues))))
    turns = [
        turn.model_copy(update={"reply_to": next(iter(became.get(turn.reply_to, ())), None)}) if turn.reply_to else turn
        for turn in turns
    ]
    speakers = list(with_counts(speakers, turns))
    moderators = tuple(dict.fromkeys(_moderator(session, name, speakers) for name in corrections.moderators))
    n_changed = sum(piece.changed for piece in session.pieces)
    ignored = [
        Ignored(reason=LEFT_OUT, span=cue.span) for piece in session.pieces if piece.left_out for cue in piece.cues
    ]
    shown = {speaker.name for speaker in speakers}
    notices = [
        notice
        for notice in original.notices
        if notice.code != "alias" or {str(notice.values.get("one")), str(notice.values.get("other"))} <= shown
    ]
    if n_changed:
        notices.append(Notice(code="corrected", values={"n": n_changed}, file=session.file))
    corrected = original.model_copy(
        update={
            "title": corrections.title or original.title,
            "date": corrections.date or original.date,
            "place": corrections.place or original.place,
            "speakers": tuple(speakers),
            "turns": tuple(turns),
            "cues": tuple(cues),
            "notices": tuple(notices),
            "ignored": (*original.ignored, *ignored),
            "moderators": moderators or (() if corrections.nobody_moderates else original.moderators),
            "nobody_moderates": not moderators and (corrections.nobody_moderates or original.nobody_moderates),
            "parent": original.id,
            "corrections": corrections,
            "parts": _parts(original, became),
        }
    )
    return Corrected(
        corrected.model_copy(update={"id": corrected.content_id}),
        {turn: tuple(numbers) for turn, numbers in became.items()},
        session.effects,
        frozenset(piece.turn.number for piece in session.pieces if piece.changed),
    )


def _parts(original: Transcript, became: Mapping[int, Sequence[int]]) -> tuple[SessionPart, ...]:
    """Return the sessions of a cycle with the numbers that their turns have now; one that lost all is left out."""
    parts = []
    for part in original.parts:
        numbers = [n for turn in range(part.turns[0], part.turns[1] + 1) for n in became.get(turn, ())]
        if numbers:
            parts.append(part.model_copy(update={"turns": (min(numbers), max(numbers))}))
    return tuple(parts)


def _turn(piece: _Piece, number: int, speaker: str | None, cues: range) -> Turn:
    first, last = (piece.cues[0], piece.cues[-1]) if piece.changed else (None, None)
    update: dict[str, object] = {"number": number, "speaker": speaker, "cues": tuple(cues)}
    if first is not None and last is not None:
        update |= {"text": piece.text, "start": first.start, "end": last.end if last.end is not None else None}
    return piece.turn.model_copy(update=update)


def _speakers(session: _Session, kept: Sequence[_Piece]) -> tuple[list[Speaker], dict[str, str]]:
    """Return the speakers after the corrections, in order of appearance, and their ids by name."""
    original = session.original
    taken = {speaker.id for speaker in original.speakers}
    fresh = (f"s{n}" for n in range(1, len(taken) + len(kept) + 2) if f"s{n}" not in taken)
    by_name: dict[str, list[Speaker]] = {}
    for speaker in original.speakers:
        by_name.setdefault(session.names[speaker.id], []).append(speaker)
    speakers: dict[str, Speaker] = {}
    for name in dict.fromkeys(piece.name for piece in kept if piece.name):
        known = by_name.get(name, [])
        labels = tuple(dict.fromkeys(label for speaker in known for label in speaker.labels))
        attributes = {key: value for speaker in reversed(known) for key, value in speaker.attributes.items()}
        base = known[0] if known else Speaker(id=next(fresh), name=name)
        changed = not known or base.name != name
        speakers[name] = base.model_copy(
            update={
                "name": name,
                "labels": labels or (name,),
                "attributes": attributes,
                "kind": kind(name) if changed else base.kind,
            }
        )
    return list(speakers.values()), {name: speaker.id for name, speaker in speakers.items()}


def _moderator(session: _Session, name: str, speakers: Sequence[Speaker]) -> str:
    wanted = identity(name)
    for speaker in speakers:
        if wanted in {identity(speaker.name), *map(identity, speaker.labels)}:
            return speaker.id
    raise session.error(
        _("nobody in the transcript is named {name}.").format(name=name),
        _("Speakers: {names}.").format(names=", ".join(s.name for s in speakers[:30])),
    )

"""Cues → turns → one Transcript: speakers made one, consecutive cues merged, chat placed by its time."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Literal

from comparia.errors import TranscriptError
from comparia.ingest.inventions import marked
from comparia.ingest.source import Reading, Source
from comparia.ingest.speakers import clean_label, identities, is_unknown, kind, proposed_aliases
from comparia.ingest.stamps import ONESELF
from comparia.messages import gettext as _
from comparia.records import Cue, Notice, Speaker, Transcript, Turn, transcript_id, with_counts
from comparia.text.language import language_of
from comparia.text.words import guess_language

UNNAMED_TURN_WORDS = 80
"""Captions without any speaker are gathered into turns of about this many words, ended at a sentence."""

MOST_OVER = 3
"""Labels that may speak over themselves: more of them, and the times of the file are rough."""

ATTRIBUTED_SHARE = 0.8
"""Below this share of words with a speaker, the reader is warned."""


def assemble(
    readings: Sequence[tuple[Source, Reading]], *, language: Literal["fr", "en"] | None, title: str, date: str
) -> Transcript:
    """Make one transcript of the readings of one session.

    Raises:
        TranscriptError: no words at all.
    """
    cues, notices = _in_order([reading for _source, reading in readings if reading.cues])
    cues, replies = _without_moderated_parents(cues, readings)
    first = readings[0][0]
    if not any(ch.isalpha() for cue in cues for ch in cue.text):
        raise TranscriptError(_("no words were found."), first.name)
    cues, doubts = marked(cues)
    speakers, ids = _speakers(cues)
    speakers = _with_attributes(speakers, ids, [reading for _source, reading in readings])
    sizes = [len(cue.text.split()) for cue in cues]
    turns = _turns(cues, ids, sizes)
    speakers = list(with_counts(speakers, turns))
    notices = [
        *(notice for source, _reading in readings for notice in source.notices),
        *(notice for _source, reading in readings for notice in reading.notices),
        *notices,
        *replies,
        *doubts,
        *_doubts(cues, sizes, speakers, first.name),
    ]
    words = " ".join(turn.text for turn in turns[:400])
    if language is None and (other := language_of(words)) not in ("", "fr", "en"):
        notices.append(Notice(code="other_language", values={"language": other}, file=first.name))
    language = language or guess_language(words)
    return Transcript(
        id=transcript_id(language, speakers, turns),
        title=title,
        language=language,
        date=date,
        formats=tuple(reading.format for _source, reading in readings),
        encodings=tuple(source.encoding for source, _reading in readings),
        speakers=tuple(speakers),
        turns=tuple(turns),
        cues=tuple(cues),
        notices=tuple(notices),
        ignored=tuple(item for _source, reading in readings for item in reading.ignored),
    )


def _in_order(readings: Sequence[Reading]) -> tuple[list[Cue], list[Notice]]:
    """Put speech in file order, and each chat message before the first turn that starts after it."""
    main = list(readings[0].cues) if readings else []
    notices: list[Notice] = []
    for reading in readings[1:]:
        ends = [cue.end or cue.start for cue in main if cue.start is not None]
        latest = max((end for end in ends if end is not None), default=None)
        times = [cue.start for cue in reading.cues]
        if (
            latest is None
            or any(t is None for t in times)
            or max(t for t in times if t is not None) > latest + 1_800_000
        ):
            if latest is not None or any(t is not None for t in times):
                notices.append(Notice(code="not_aligned", file=reading.cues[0].span.file))
            main.extend(reading.cues)
            continue
        in_order: list[Cue] = []
        waiting = list(reading.cues)
        before: Cue | None = None
        for cue in main:
            opens = before is None or cue.speaker is None or cue.speaker != before.speaker
            while waiting and opens and cue.start is not None and (waiting[0].start or 0) <= cue.start:
                in_order.append(waiting.pop(0))
            in_order.append(cue)
            before = cue
        main = in_order + waiting
    return main, notices


def _without_moderated_parents(
    cues: list[Cue], readings: Sequence[tuple[Source, Reading]]
) -> tuple[list[Cue], list[Notice]]:
    """Return cues whose answers to what was moderated answer nothing, and a notice with their number.

    An id that a file removed is that of the removed contribution for the answers of the same file, whatever the ids of
    others.
    """
    by_file = {source.name: reading.removed for source, reading in readings if reading.removed}
    if not by_file:
        return cues, []
    removed = set().union(*by_file.values()) - {cue.id for cue in cues}
    replies = {
        n
        for n, cue in enumerate(cues)
        if cue.reply_to and (cue.reply_to in removed or cue.reply_to in by_file.get(cue.span.file, ()))
    }
    if not replies:
        return cues, []
    first = cues[min(replies)].span
    place = first.lines[0] if first.lines else None
    notice = Notice(code="replies_to_moderated", values={"n": len(replies)}, file=first.file, line=place)
    cut = {"reply_to": ""}
    return [
        cue.model_copy(update={**cut, "flags": (*cue.flags, "reply_to_moderated")}) if n in replies else cue
        for n, cue in enumerate(cues)
    ], [notice]


def _with_attributes(speakers: Sequence[Speaker], ids: dict[str, str], readings: Sequence[Reading]) -> list[Speaker]:
    """Return speakers with what the sources know of them; the first thing told of an attribute stays."""
    known: dict[str, dict[str, str]] = {}
    for reading in readings:
        for label, attributes in reading.attributes.items():
            if label in ids:
                of_speaker = known.setdefault(ids[label], {})
                of_speaker.update((key, value) for key, value in attributes.items() if key not in of_speaker)
    return [s.model_copy(update={"attributes": known[s.id]}) if s.id in known else s for s in speakers]


def _speakers(cues: Sequence[Cue]) -> tuple[list[Speaker], dict[str, str]]:
    speakers: dict[str, Speaker] = {}
    keys = identities(cue.speaker for cue in cues if cue.speaker is not None)
    for label, key in keys.items():
        speaker = speakers.get(key)
        if speaker is None:
            name = clean_label(label)
            speakers[key] = Speaker(id=f"s{len(speakers) + 1}", name=name, kind=kind(name), labels=(label,))
        else:
            speakers[key] = speaker.model_copy(update={"labels": (*speaker.labels, label)})
    return list(speakers.values()), {label: speakers[key].id for label, key in keys.items()}


def _turns(cues: Sequence[Cue], ids: dict[str, str], sizes: Sequence[int]) -> list[Turn]:
    groups: list[tuple[str | None, list[int]]] = []
    unknown = {label for label in ids if is_unknown(clean_label(label))}
    words = 0
    for n, cue in enumerate(cues):
        speaker = ids[cue.speaker] if cue.speaker is not None else None
        if groups and groups[-1][0] == speaker and cue.speaker not in unknown and _continues(cues[n - 1], cue, words):
            groups[-1][1].append(n)
        else:
            groups.append((speaker, [n]))
            words = 0
        words += sizes[n]
    turns = []
    for number, (speaker, members) in enumerate(groups, start=1):
        inside = [cues[n] for n in members]
        ends = [cue.end for cue in inside if cue.end is not None]
        turns.append(
            Turn(
                number=number,
                speaker=speaker,
                text=" ".join(cue.text for cue in inside),
                channel=inside[0].channel,
                start=inside[0].start,
                end=ends[-1] if ends else None,
                cues=tuple(members),
                votes=inside[0].votes,
                about=inside[0].about,
            )
        )
    return _answering(turns, cues)


def _answering(turns: Sequence[Turn], cues: Sequence[Cue]) -> list[Turn]:
    """Return turns with the number of the turn that each contribution answers."""
    number = {cues[n].id: turn.number for turn in turns for n in turn.cues if cues[n].id}
    return [
        turn.model_copy(update={"reply_to": number[target]})
        if (target := cues[turn.cues[0]].reply_to) in number
        else turn
        for turn in turns
    ]


def _continues(before: Cue, cue: Cue, words: int) -> bool:
    """Return whether a cue of one speaker, or of nobody, continues the turn of the cue before it, of so many words."""
    if (
        before.channel != "speech"
        or cue.channel != "speech"
        or before.span.file != cue.span.file
        or cue.id
        or "speaker_change" in cue.flags
        or before.about != cue.about
    ):
        return False
    if cue.speaker is not None:
        return not _speaks_over(before, cue)
    if before.start is None:
        return False
    return words < UNNAMED_TURN_WORDS or (
        words < 2 * UNNAMED_TURN_WORDS and not before.text.endswith((".", "!", "?", "…"))
    )


def _speaks_over(before: Cue, cue: Cue) -> bool:
    """Return whether two captions of one label overlap, for most of the shorter one: maybe two people speak at once."""
    if before.start is None or before.end is None or cue.start is None or cue.end is None or cue.start >= before.end:
        return False
    if before.text == cue.text or before.span == cue.span:
        return False
    both = min(before.end, cue.end) - max(before.start, cue.start)
    shorter = min(before.end - before.start, cue.end - cue.start)
    if shorter <= OVER_LEAST or both < shorter / 2:
        return False
    return min(len(before.text.split()), len(cue.text.split())) >= OVER_WORDS


OVER_LEAST = 1000
"""Captions shorter than this, in ms, speak over nobody: their times are rough."""
OVER_WORDS = 4
"""The same, in words."""


FASTEST = 10
"""Words a second that nobody says: an auctioneer says six."""
FAST_WORDS = 15
"""Words below which a rate tells nothing: times of short captions are rough."""


def _is_too_fast(cue: Cue) -> bool:
    """Return whether a caption holds more words than anybody could say in its time.

    Its times, or its words, are then wrong.
    """
    if cue.channel != "speech" or cue.start is None or cue.end is None or cue.end <= cue.start:
        return False
    words = len(cue.text.split())
    return words >= FAST_WORDS and 1000 * words > FASTEST * (cue.end - cue.start)


def _doubts(cues: Sequence[Cue], sizes: Sequence[int], speakers: Sequence[Speaker], file: str) -> list[Notice]:
    notices = []
    sizes_by_speaker = [(size, cue.speaker) for size, cue in zip(sizes, cues, strict=True) if cue.channel != "system"]
    total = sum(size for size, _speaker in sizes_by_speaker)
    attributed_words = sum(size for size, speaker in sizes_by_speaker if speaker is not None)
    people = [s for s in speakers if s.kind != "machine" and s.turns]
    first_bare = next((cue for cue in cues if cue.speaker is None and cue.channel != "system"), None)
    line = first_bare.span.lines[0] if first_bare and first_bare.span.lines else None
    if total and 0 < attributed_words < ATTRIBUTED_SHARE * total:
        notices.append(Notice(code="few_attributed", values={"share": attributed_words / total}, file=file, line=line))
    elif total and attributed_words == 0:
        notices.append(Notice(code="no_speakers", file=file, line=line))
    if len(people) == 1:
        notices.append(Notice(code="single_speaker", values={"name": people[0].name}, file=file))
    over = {
        cue.speaker: cue
        for before, cue in itertools.pairwise([cue for cue in cues if cue.channel == "speech"])
        if cue.speaker is not None and before.speaker == cue.speaker and _speaks_over(before, cue)
    }
    if 0 < len(over) <= MOST_OVER:
        for name, cue in over.items():
            place = cue.span.lines[0] if cue.span.lines else None
            notices.append(Notice(code="speaks_over_itself", values={"name": name}, file=file, line=place))
    n_carried = sum("carried_speaker" in cue.flags for cue in cues)
    if n_carried:
        notices.append(Notice(code="carried_speaker", values={"n": n_carried}, file=file))
    backwards = sum("time_backwards" in cue.flags or "negative_duration" in cue.flags for cue in cues)
    if backwards:
        notices.append(Notice(code="odd_times", values={"n": backwards}, file=file))
    too_fast = [cue for cue in cues if _is_too_fast(cue)]
    if too_fast:
        place = too_fast[0].span.lines[0] if too_fast[0].span.lines else None
        notices.append(Notice(code="impossible_rate", values={"n": len(too_fast)}, file=file, line=place))
    names = {speaker.id: speaker.name for speaker in speakers}
    for one, other, why in proposed_aliases(speakers):
        notices.append(Notice(code="alias", values={"one": names[one], "other": names[other], "why": why}, file=file))
    for speaker in speakers:
        if speaker.name in ONESELF:
            notices.append(Notice(code="oneself", values={"name": speaker.name}, file=file))
        if speaker.kind == "machine":
            notices.append(Notice(code="machine_speaker", values={"name": speaker.name}, file=file))
        elif is_unknown(speaker.name):
            notices.append(Notice(code="unknown_speakers", values={"name": speaker.name}, file=file))
    return notices

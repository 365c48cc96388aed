"""A session as it was read: transcript, turns, speakers, cues, notices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import Field, model_validator

from comparia.records.base import Record, content_id

Channel = Literal["speech", "chat", "system"]

SpeakerKind = Literal["person", "anonymous", "machine"]


class Span(Record):
    """Where some words lie in a source file."""

    file: str
    """Name of the source file."""
    lines: tuple[int, int] | None = None
    """First and last line, from 1, for files made of lines."""
    pointer: str | None = None
    """JSON pointer (RFC 6901), for JSON files."""
    path: str | None = None
    """Place of an element, for XML files: `/TEI/text[1]/body[1]/u[12]`."""
    paragraphs: tuple[int, int] | None = None
    """First and last paragraph, from 1, for word-processor files."""
    page: int | None = None
    """Page, from 1, for PDF; `lines` are then those of the page."""
    row: int | None = None
    """Row, from 1 (the header is row 1), for tables."""


class Notice(Record):
    """Something the reader of a file should know about how it was understood."""

    code: str
    """Stable short name of the kind of notice; `reports.notices` words it."""
    values: Mapping[str, str | int | float | tuple[str, ...]] = {}
    """What the sentence names: numbers, labels, shares."""
    file: str = ""
    """Source file it speaks of."""
    line: int | None = None
    """Line it was first seen at."""

    @model_validator(mode="before")
    @classmethod
    def _sentence_of_old(cls, data: Any) -> Any:
        """Keep the sentence of a notice that was stored before notices held codes and values."""
        if isinstance(data, dict) and "message" in data:
            data = {**data, "values": {"message": data["message"], **data.get("values", {})}}
            del data["message"]
        return data


class Ignored(Record):
    """Source lines that are not speech, and why."""

    reason: str
    """Why they were left out."""
    span: Span
    """Where they lie."""


Votes = Mapping[str, tuple[int, int, int]]

"""Agree, disagree and pass, by group of voters (one group, `all`, where groups are unknown)."""


class Cue(Record):
    """One timed caption, line or message as the source has it: the evidence layer."""

    speaker: str | None
    """The label as written, or None where the source names nobody."""
    text: str
    """The words, as in the source but for markup."""
    start: int | None = None
    """Start, in ms; None when the source gives no time."""
    end: int | None = None
    """End, in ms."""
    channel: Channel = "speech"
    """Speech, chat, or a system line (reactions, joins)."""
    span: Span
    """Where the words lie in the source."""
    flags: tuple[str, ...] = ()
    """What was noticed: no_speaker, carried_speaker, time_backwards..."""
    id: str = ""
    """The source's own id of a contribution, for those that others answer."""
    reply_to: str = ""
    """Id of the contribution it answers."""
    votes: Votes = Field(default_factory=dict)
    """Agree, disagree and pass, by group of voters; empty where nobody voted."""


class Speaker(Record):
    """Someone (or something) that speaks in the session."""

    id: str
    """Short id, stable within the transcript: s1, s2..."""
    name: str
    """Name as shown."""
    kind: SpeakerKind = "person"
    """A person, an anonymous label, or a machine."""
    labels: tuple[str, ...] = ()
    """Every label of the source that was read as this speaker."""
    words: int = 0
    """Words spoken or written."""
    turns: int = 0
    """Number of turns."""


class Turn(Record):
    """One person's uninterrupted speech, or one chat message: the reading layer."""

    number: int
    """Position in the transcript, from 1; shown as T1, T2..."""
    speaker: str | None
    """Id of the speaker, or None when the source names nobody."""
    text: str
    """The words."""
    channel: Channel = "speech"
    """Speech or chat or system."""
    start: int | None = None
    """Start, in ms."""
    end: int | None = None
    """End, in ms."""
    cues: tuple[int, ...] = ()
    """Indices into the transcript's cues."""
    reply_to: int | None = None
    """Number of the turn it answers, for contributions."""
    votes: Votes = Field(default_factory=dict)
    """Agree, disagree and pass, by group of voters; empty where nobody voted."""


def transcript_id(language: str, speakers: Sequence[Speaker], turns: Sequence[Turn]) -> str:
    """Return the id of a session: a hash of its language, and of who says what, where and when."""
    names = {speaker.id: speaker.name for speaker in speakers}
    said = [[names.get(turn.speaker or "", ""), turn.channel, turn.start, turn.text] for turn in turns]
    return content_id("tr", [language, said])


class Transcript(Record):
    """A session as it was read."""

    id: str
    """Content hash of language and turns."""
    title: str
    """Title of the session (the file's name until someone gives a better one)."""
    language: Literal["fr", "en"]
    """Main language of the speech."""
    date: str = ""
    """Date of the session, as given."""
    formats: tuple[str, ...]
    """Format of each source file, in order."""
    encodings: tuple[str, ...]
    """Encoding of each source file, in order."""
    speakers: tuple[Speaker, ...]
    """Who speaks, in order of appearance."""
    turns: tuple[Turn, ...]
    """The reading layer, in file order."""
    cues: tuple[Cue, ...] = ()
    """The evidence layer."""
    notices: tuple[Notice, ...] = ()
    """What the reader should know."""
    ignored: tuple[Ignored, ...] = ()
    """Source lines left out, each with its reason."""

    @property
    def words(self) -> int:
        """Words of speech and chat (system lines are not counted)."""
        return sum(len(turn.text.split()) for turn in self.turns if turn.channel != "system")

    @property
    def seconds(self) -> float | None:
        """From the first start to the last end, in seconds; None when nothing is timed."""
        starts = [turn.start for turn in self.turns if turn.start is not None]
        ends = [turn.end if turn.end is not None else turn.start for turn in self.turns if turn.start is not None]
        return (max(e for e in ends if e is not None) - min(starts)) / 1000 if starts else None

    def __repr__(self) -> str:
        return f"Transcript({self.id!r}, {self.title!r}, {len(self.turns)} turns, {self.words} words)"

    def speaker_name(self, speaker_id: str | None) -> str:
        """Name of a speaker, or an empty string for nobody."""
        for speaker in self.speakers:
            if speaker.id == speaker_id:
                return speaker.name
        return ""

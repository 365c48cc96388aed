"""A session as it was read: transcript, turns, speakers, cues, notices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import Field, model_validator

from comparia.records.base import Record, content_id
from comparia.records.corrections import Corrections

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
    sheet: str | None = None
    """Name of the sheet that the row belongs to, for spreadsheets."""


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
    about: str = ""
    """Question that the words answer, as the source has it: a survey has one a column."""


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
    attributes: Mapping[str, str] = Field(default_factory=dict)
    """What is known of this person (age, district, role), by name of the attribute. No model is sent it."""


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
    about: str = ""
    """Question that the words answer, as the source has it; empty for speech."""


class Recording(Record):
    """A recording of the session. It stays on this machine: what is here lets one find it again."""

    file: str
    """Name of the file, without its folder."""
    bytes: int
    """Its size."""
    digest: str
    """SHA-256 of the file."""
    seconds: float | None = None
    """Its length; None when its format does not say."""


class ContextDocument(Record):
    """A document of the session that nobody said: agenda, slides, notes written before, list of those present.

    Models are offered it as such. It is never counted as speech, nor as evidence.
    """

    title: str
    """Name of the document."""
    text: str
    """Its words, one line a paragraph."""


class SessionPart(Record):
    """One session of a cycle that is compared as one."""

    title: str
    """Its title."""
    date: str = ""
    """Its date, as given."""
    transcript: str
    """Id of its transcript."""
    turns: tuple[int, int]
    """Numbers of its first and last turns in the cycle."""


def transcript_id(
    language: str,
    speakers: Sequence[Speaker],
    turns: Sequence[Turn],
    context: Sequence[ContextDocument] = (),
    moderators: Sequence[str] = (),
    *,
    nobody_moderates: bool = False,
) -> str:
    """Return the id of a session: a hash of all that recaps and scores may rest on.

    They are its language, who says what, where and when, the attributes of people, who moderates, and its context.
    """
    names = {speaker.id: speaker.name for speaker in speakers}
    said: list[Any] = [
        [names.get(turn.speaker or "", ""), turn.channel, turn.start, turn.text, *([turn.about] if turn.about else [])]
        for turn in turns
    ]
    beside: dict[str, Any] = {
        "attributes": {speaker.name: dict(speaker.attributes) for speaker in speakers if speaker.attributes},
        "context": [[document.title, document.text] for document in context],
        "moderators": sorted(names.get(speaker, "") for speaker in moderators),
        "nobody_moderates": nobody_moderates,
    }
    given = {name: value for name, value in beside.items() if value}
    return content_id("tr", [language, said, *([given] if given else [])])


def with_counts(speakers: Sequence[Speaker], turns: Sequence[Turn]) -> tuple[Speaker, ...]:
    """Return speakers with the words and turns that each has in `turns`; system lines are not counted."""
    words = dict.fromkeys((speaker.id for speaker in speakers), 0)
    count = dict(words)
    for turn in turns:
        if turn.speaker is not None and turn.channel != "system":
            words[turn.speaker] += len(turn.text.split())
            count[turn.speaker] += 1
    return tuple(s.model_copy(update={"words": words[s.id], "turns": count[s.id]}) for s in speakers)


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
    place: str = ""
    """Place of the session, as given."""
    moderators: tuple[str, ...] = ()
    """Ids of the speakers whom a person marked as moderators: they hold no view."""
    nobody_moderates: bool = False
    """Whether a person said that nobody moderates, so that no moderator is looked for."""
    parent: str = ""
    """Id of the transcript that this one corrects; empty where nobody corrected anything."""
    corrections: Corrections | None = None
    """What was corrected of the parent; None where nothing was."""
    context: tuple[ContextDocument, ...] = ()
    """Documents of the session that nobody said."""
    recording: Recording | None = None
    """The recording of the session, where one was given."""
    parts: tuple[SessionPart, ...] = ()
    """The sessions of a cycle, in order; empty for a single session."""

    @property
    def content_id(self) -> str:
        """Id that its content gives it; `id` is another where somebody changed the content and not the id."""
        return transcript_id(
            self.language,
            self.speakers,
            self.turns,
            self.context,
            self.moderators,
            nobody_moderates=self.nobody_moderates,
        )

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

    def part_of(self, turn: int) -> SessionPart | None:
        """Return the session of a cycle that a turn belongs to; None for a single session."""
        return next((part for part in self.parts if part.turns[0] <= turn <= part.turns[1]), None)

    def speaker_name(self, speaker_id: str | None) -> str:
        """Name of a speaker, or an empty string for nobody."""
        for speaker in self.speakers:
            if speaker.id == speaker_id:
                return speaker.name
        return ""

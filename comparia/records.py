"""The nouns of the product: frozen records, one line beneath each field.

Ids of transcripts, prompts and requests are content hashes, so the same content is the same thing wherever it is met.
Times are milliseconds from the start of the media; dates are UTC.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from comparia.messages import N_, gettext

Zone = Literal["local", "fr", "eu", "world"]
ZONES: tuple[Zone, ...] = ("local", "fr", "eu", "world")

Channel = Literal["speech", "chat", "system"]
SpeakerKind = Literal["person", "anonymous", "machine"]
BackendKind = Literal["openai_compatible", "litellm", "extractive", "imported", "replay"]
Author = Literal["model", "extractive", "human"]
RunStatus = Literal["started", "complete", "partial", "failed", "cancelled"]
Verdict = Literal["kept", "softened", "partly", "contradicted", "absent", "uncertain", "unscored"]
SETTLED: tuple[Verdict, ...] = ("kept", "partly", "contradicted", "absent")
"""The verdicts a person may settle."""
PRESENT: frozenset[str] = frozenset(("kept", "softened", "partly"))
"""Verdicts that say that a key point is in a recap, at least in part."""
CREDIT: Mapping[str, float] = {
    "kept": 1.0,
    "softened": 0.5,
    "partly": 0.5,
    "uncertain": 0.5,
    "contradicted": 0.0,
    "absent": 0.0,
}
"""What a key point counts for in coverage by its verdict, in [0, 1]; one that is `unscored` is not counted."""
Origin = Literal["reviewed", "suggested"]
AliasKind = Literal[
    "given_name",
    "surname",
    "handle",
    "organisation",
    "email",
    "phone",
    "address",
    "national_id",
    "iban",
    "company_id",
    "plate",
    "card",
    "birth_date",
    "link",
]
AliasSource = Literal["speaker", "mentioned", "asked", "shape"]
FailureKind = Literal[
    "authentication",
    "rate_limited",
    "overloaded",
    "server_error",
    "timeout",
    "connection",
    "bad_response",
    "empty",
    "rejected",
    "too_long",
    "refused",
    "not_recorded",
    "cancelled",
    "thinking",
    "filtered",
]


def content_id(prefix: str, content: Any) -> str:
    """A short content hash: `prefix_` and the first 16 hex digits of the SHA-256 of canonical JSON."""
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return f"{prefix}_{hashlib.sha256(canonical.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def now() -> datetime:
    """The present moment, UTC, to the millisecond (what every database keeps)."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


_set = object.__setattr__


class Record(BaseModel):
    """A frozen value that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    @classmethod
    def unchecked(cls, values: dict[str, Any], given: set[str]) -> Self:
        """Make a record without checking its values, where tens of thousands are made of values whose types are known.

        Args:
            values: the value of every field, in the order in which they are declared; the record keeps this very mapping.
            given: names of the fields that are not left to their default; records may share this set.
        """
        record = cls.__new__(cls)
        _set(record, "__dict__", values)
        _set(record, "__pydantic_fields_set__", given)
        _set(record, "__pydantic_extra__", None)
        _set(record, "__pydantic_private__", None)
        return record

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Give each field in short: what was said in a session, or written of it, stands in no log and no message."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            if value not in (None, "", ()):
                yield name, _in_short(name, value)

    def __str__(self) -> str:
        return repr(self)


class _Short(str):
    """A text that is its own representation."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


_TEXTS = frozenset(("text", "words", "summary", "content", "sentence", "other_sentence", "note", "original", "system"))
"""Fields that hold what was said or written, short or not."""
_LONGEST_SHOWN = 80
"""Characters of the longest value that is shown whole."""


def _in_short(name: str, value: Any) -> Any:
    if isinstance(value, str):
        hidden = name in _TEXTS or len(value) > _LONGEST_SHOWN
        return _Short(f"<{len(value)} characters>") if hidden else value
    if isinstance(value, tuple | list | Mapping) and not (
        isinstance(value, tuple) and all(isinstance(item, int | float) or item is None for item in value)
    ):
        return _Short(f"<{len(value)}>")
    if isinstance(value, Record):
        return _Short(f"{type(value).__name__}(...)")
    return value


# The session ---------------------------------------------------------------------------------------------------------


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


# Prompts -------------------------------------------------------------------------------------------------------------


class Prompt(Record):
    """One instruction, possibly several steps of one conversation."""

    id: str
    """Content hash of language, system and steps."""
    name: str
    """Name as shown."""
    description: str = ""
    """What the prompt tries to obtain."""
    language: Literal["fr", "en"]
    """Language of the instruction and of the expected recap."""
    version: str = "1"
    """Version given by its author."""
    system: str = ""
    """System message, with variables."""
    steps: tuple[str, ...]
    """User messages in order, with variables; the answer to the last one is the recap."""
    file: str = ""
    """File it was read from."""


# Pseudonyms ----------------------------------------------------------------------------------------------------------


class Alias(Record):
    """A word of somebody's name, or a piece of personal data, and what stands for it outside."""

    kind: AliasKind
    """What it is."""
    original: str
    """As it is written in the session: `Marchetti`, `06 12 34 56 78`."""
    pseudonym: str
    """What stands for it: `Belacourt`, `[téléphone 1]`."""
    source: AliasSource
    """A speaker, somebody mentioned, what a person asked to hide, or data that has a shape."""


class Pseudonyms(Record):
    """What is hidden of a session before anything leaves the machine; kept with the run, on the machine."""

    language: Literal["fr", "en"]
    """Language of the session."""
    neutral: bool = False
    """Whether the invented names tell no gender."""
    aliases: tuple[Alias, ...] = ()
    """Every word and piece of data that is replaced."""
    people: tuple[tuple[str, str], ...] = ()
    """Each person hidden, and the invented name as a whole."""
    left: tuple[str, ...] = ()
    """Words that a person asked to leave as they are."""


# What leaves and comes back ------------------------------------------------------------------------------------------


class Backend(Record):
    """A thing that writes summaries, as a run remembers it. It never holds a key."""

    name: str
    """The name that stands in commands and columns: `mistral:mistral-small-latest`."""
    kind: BackendKind
    """Which adapter speaks to it."""
    model: str = ""
    """Model asked for."""
    base_url: str = ""
    """Where requests go, empty when nothing leaves the process."""
    zone: Zone = "world"
    """Where the text is processed."""
    preset: str = ""
    """Entry of the catalogue it comes from."""
    key_variable: str = ""
    """Environment variable that holds the key, empty if none is needed."""
    author: Author = "model"
    """What kind of author it is: extracts are never called AI."""
    context: int | None = None
    """Context window in tokens, None if unknown."""
    concurrency: int = 4
    """Calls in flight at once."""
    requests_per_minute: int | None = None
    """Limit of the provider, None if unknown."""
    input_tokens_per_minute: int | None = None
    """Limit of the provider on input tokens, None if unknown."""
    input_price: float | None = None
    """Price of a million input tokens, in the price list's currency (US dollars); None if unknown."""
    cached_price: float | None = None
    """Price of a million input tokens found in the server's cache; None if unknown."""
    output_price: float | None = None
    """Price of a million output tokens; None if unknown."""
    max_tokens: int | None = None
    """Longest answer asked for, in tokens."""
    temperature: float | None = None
    """Sampling temperature, None to leave the provider's default."""
    timeout: float = 300.0
    """Seconds of silence after which a call has failed."""
    seed_field: str = "seed"
    """Name under which this server takes a seed; empty if it takes none."""
    max_tokens_field: str = ""
    """Name under which this server takes the longest answer; its preset's when empty."""
    system_role: Literal["system", "user"] = "system"
    """Where instructions stand: in a message of the system, or at the head of the user's where a model knows no system."""
    caches_prefix: bool = False
    """Whether its server keeps what it read of a request for the next one that begins alike."""
    not_taken: tuple[str, ...] = ()
    """What its model is known not to take, so that it is asked otherwise from the first request on: `system_in_user`, `no_temperature`."""
    written_on: str = ""
    """Day on which the recaps of a demonstration were written, ISO 8601; empty for every other backend."""
    speed: float = 1.0
    """How many times faster than it came a recorded answer is played; 0 for at once."""

    @property
    def reads_prompts(self) -> bool:
        """Whether the prompt changes what it writes (an extractive algorithm reads the transcript only)."""
        return self.kind not in ("extractive", "imported")


class Message(Record):
    """One message of a conversation, in parts so that a long transcript is held and escaped once."""

    role: Literal["system", "user", "assistant"]
    """Who speaks."""
    parts: tuple[str, ...]
    """Pieces of the content, in order."""

    @property
    def content(self) -> str:
        """The whole content."""
        return "".join(self.parts)


class Request(Record):
    """One call to a backend, complete."""

    id: str
    """Content hash of backend, model, messages, parameters and repeat."""
    question: str = ""
    """Content hash of messages and repeat: what is asked, whoever is asked."""
    backend: str
    """Name of the backend."""
    model: str
    """Model asked for."""
    messages: tuple[Message, ...]
    """The conversation so far."""
    repeat: int = 1
    """Which repeat this is, from 1."""
    input_tokens: int = 0
    """Estimated size of the input, in tokens."""
    prompt: str = ""
    """Id of the prompt, empty for backends that read none."""
    role: str = ""
    """Its place in the conversation: `recap`, `part 2/5`, `step 3/3`."""
    transcript: Transcript | None = Field(default=None, exclude=True)
    """The session itself, for backends that read no prompt."""


class Usage(Record):
    """What the backend says it read and wrote."""

    input_tokens: int | None = None
    """Tokens read, as reported; those found in the server's cache among them."""
    cached_tokens: int | None = None
    """Tokens of these found in the server's cache, as reported."""
    output_tokens: int | None = None
    """Tokens written, as reported."""
    cost: float | None = None
    """Cost reported by the provider, in its currency."""
    energy: tuple[float, float] | None = None
    """Energy reported by the provider, least and most, in kWh."""


class Completion(Record):
    """What came back from one call."""

    text: str
    """The answer."""
    model: str = ""
    """Model that answered, as the server resolved it."""
    usage: Usage = Usage()
    """Tokens as reported."""
    finish_reason: str = ""
    """Why the answer ended: stop, length..."""
    warnings: tuple[str, ...] = ()
    """What a reader must know of it: thinking_removed, filtered, system_in_user..."""
    seconds: float = 0.0
    """From sending to the last byte."""
    attempts: int = 1
    """Attempts needed."""
    rhythm: tuple[tuple[int, int], ...] = ()
    """When its pieces came: ms since the sending, characters that had come; empty for an answer that came whole."""


class Failure(Record):
    """Why there is no summary."""

    kind: FailureKind
    """What kind of failure."""
    message: str
    """What happened."""
    cure: str = ""
    """What can be done."""
    attempts: int = 1
    """Attempts made."""
    usage: Usage = Usage()
    """What was read, written and paid all the same, over all attempts that said so."""


class Call(Record):
    """One call of a variant, as kept with it: what was asked, and what was said about the answer (not the answer)."""

    request: str
    """Id of the request."""
    role: str
    """draft, part 2/5, step 3..."""
    expected_tokens: int
    """Input tokens expected."""
    reported_tokens: int | None = None
    """Input tokens the backend says it read."""
    cached_tokens: int | None = None
    """Tokens of these that it found in its cache."""
    output_tokens: int | None = None
    """Output tokens reported."""
    model: str = ""
    """Model that answered."""
    seconds: float = 0.0
    """Duration."""
    attempts: int = 1
    """Attempts needed."""
    finish_reason: str = ""
    """Why the answer ended."""
    warnings: tuple[str, ...] = ()
    """What a reader must know of the answer."""
    cost: float | None = None
    """Cost reported by the provider."""
    energy: tuple[float, float] | None = None
    """Energy reported by the provider, least and most, in kWh."""


class Piece(Record):
    """A piece of a recap being composed, and where it comes from."""

    text: str
    """The words, Markdown."""
    variant: str = ""
    """Variant the words were taken from, empty for one's own."""
    original: str = ""
    """The words as they were taken, so that a change shows."""


class Variant(Record):
    """One (prompt × backend × repeat) and what came back: a summary, or a recorded failure."""

    id: str
    """Stable id within the run."""
    prompt: str | None
    """Id of the prompt, None for backends that read no prompt."""
    backend: str
    """Name of the backend."""
    repeat: int = 1
    """Which repeat, from 1."""
    author: Author = "model"
    """Kind of author."""
    summary: str | None = None
    """The recap, None when there is a failure."""
    failure: Failure | None = None
    """Why there is none."""
    calls: tuple[Call, ...] = ()
    """The calls it took."""
    warnings: tuple[str, ...] = ()
    """cut_input, cut_output...: what a reader must know before trusting it."""
    finished_at: datetime
    """When it was complete."""
    pieces: tuple[Piece, ...] = ()
    """What a composed recap is made of, in order; empty for others."""

    @property
    def words(self) -> int:
        """Length of the summary in words."""
        return len((self.summary or "").split())

    @property
    def seconds(self) -> float:
        """Time spent in calls."""
        return sum(call.seconds for call in self.calls)

    @property
    def model(self) -> str:
        """The model that answered last, as the server resolved it; empty if unknown."""
        return next((call.model for call in reversed(self.calls) if call.model), "")

    @property
    def input_tokens(self) -> int | None:
        """Tokens read over all its calls, as reported; None where one of them is not known."""
        return _total([call.reported_tokens for call in self.calls])

    @property
    def cached_tokens(self) -> int | None:
        """Tokens of these found in the server's cache, over the calls that say so; None where none does."""
        known = [call.cached_tokens for call in self.calls if call.cached_tokens is not None]
        return sum(known) if known else None

    @property
    def output_tokens(self) -> int | None:
        """Tokens written over all its calls, as reported; None where one of them is not known."""
        return _total([call.output_tokens for call in self.calls])

    @property
    def energy(self) -> tuple[float, float] | None:
        """Energy over all its calls, as reported, least and most in kWh; None where one of them is not known."""
        known = [call.energy for call in self.calls if call.energy is not None]
        if not known or len(known) < len(self.calls):
            return None
        return sum(low for low, _high in known), sum(high for _low, high in known)


def _total(values: Sequence[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None


class Sending(Record):
    """One line of the journal: what left the process. Never the text."""

    at: datetime
    """When."""
    run: str
    """Run it belongs to, empty outside runs."""
    backend: str
    """Which backend."""
    host: str
    """Where to: scheme, host and path."""
    zone: Zone
    """Zone of the backend."""
    policy: Zone
    """Policy of the session."""
    size: int
    """Bytes sent."""
    tokens: int
    """Estimated input tokens."""
    sha256: str
    """Hash of the bytes sent."""
    pseudonymised: bool = False
    """Whether names were replaced."""


# The plan and the run ------------------------------------------------------------------------------------------------


class Cell(Record):
    """One cell of the plan: a variant to be."""

    variant: str
    """Id of the variant."""
    prompt: str | None
    """Id of the prompt."""
    backend: str
    """Name of the backend."""
    repeat: int = 1
    """Which repeat."""
    calls: int = 1
    """Calls needed."""
    input_tokens: int = 0
    """Estimated input tokens over all its calls."""


class Plan(Record):
    """Every variant to be written, sized before anything is sent."""

    cells: tuple[Cell, ...]
    """The variants to be."""
    part_tokens: int | None = None
    """Size of a part when the transcript is read in parts, the same for every model; None when read whole."""
    parts: int = 1
    """Number of parts the transcript is read in."""
    cost: float | None = None
    """Estimated cost over the backends whose price is known (US dollars); None if none is known."""
    unpriced: tuple[str, ...] = ()
    """Backends whose price is unknown."""
    minutes: float = 0.0
    """Least duration under the known rate limits."""
    named: Mapping[str, tuple[str, ...]] = {}
    """People that prompts name and that are not of the session, by prompt: they are sent as they stand."""

    @property
    def calls(self) -> int:
        """Calls over all cells."""
        return sum(cell.calls for cell in self.cells)

    @property
    def input_tokens(self) -> int:
        """Estimated input tokens over all cells."""
        return sum(cell.input_tokens for cell in self.cells)


# References and scores -----------------------------------------------------------------------------------------------


class Quote(Record):
    """The words of one person that say a key point."""

    turn: int
    """Number of the turn."""
    speaker: str
    """Id of the speaker of that turn."""
    words: str
    """The words, verbatim."""


class KeyPoint(Record):
    """One point of view or fact said in the session."""

    id: str
    """Short id: P01."""
    text: str
    """The point, in one sentence."""
    topic: str = ""
    """What it is about."""
    kind: Literal["view", "fact"] = "view"
    """A point of view, or a fact (figure, date, decision, commitment): facts are never minority views."""
    said: tuple[Quote, ...]
    """The turns that say it."""
    minority: bool | None = None
    """A person's mark, which wins over the threshold; None to let the threshold decide."""

    @property
    def holders(self) -> tuple[str, ...]:
        """Ids of the speakers who say it, computed from the turns, each once."""
        return tuple(dict.fromkeys(quote.speaker for quote in self.said if quote.speaker))


class Reference(Record):
    """The list of key points of a transcript, and where it comes from."""

    id: str
    """Content hash of the key points and the threshold."""
    origin: Origin
    """Reviewed by a person, or merely suggested."""
    reviewed_by: str = ""
    """Who reviewed it."""
    suggested_by: str = ""
    """How it was suggested: a model's name, `offline`, `recaps`, `votes`; empty when a person wrote it."""
    language: Literal["fr", "en"]
    """Language of the key points."""
    moderators: tuple[str, ...] = ()
    """Ids of the speakers who moderate: they hold no view and do not count as voices."""
    minority_threshold: float = 0.2
    """Highest prevalence of a minority view."""
    voices: int
    """Number of speakers prevalence is a share of."""
    key_points: tuple[KeyPoint, ...]
    """The key points."""

    @property
    def digest(self) -> str:
        """Hash of all that scores rest on: key points, moderators, threshold and voices; a copy with other content has another."""
        points = [point.model_dump(mode="json") for point in self.key_points]
        content = [self.minority_threshold, self.moderators, self.voices, self.language, points]
        return content_id("rf", content).removeprefix("rf_")

    def prevalence(self, point: KeyPoint) -> float:
        """Share of the voices who hold `point`, in [0, 1]."""
        return min(1.0, len(set(point.holders) - set(self.moderators)) / self.voices) if self.voices else 0.0

    def is_minority(self, point: KeyPoint) -> bool:
        """Whether `point` is a minority view: marked so by a person, or a view held by few."""
        if point.minority is not None:
            return point.minority
        return point.kind == "view" and 0 < self.prevalence(point) <= self.minority_threshold


class Evidence(Record):
    """The words behind a number."""

    key_point: str | None = None
    """Id of the key point."""
    verdict: str = ""
    """What was decided: a Verdict, or found / altered / not_found for a quotation."""
    probability: float | None = None
    """Calibrated probability that the point is expressed, in [0, 1]."""
    sentence: str = ""
    """Sentence(s) of the summary."""
    other_sentence: str = ""
    """Sentence of the second summary, for pairs."""
    turns: tuple[int, ...] = ()
    """Turns of the session."""
    note: str = ""
    """Anything a reader should know."""
    hints: tuple[str, ...] = ()
    """What words alone suspect and cannot tell: polarity, quantifier. Never part of a verdict."""


class Score(Record):
    """The value of one metric for one variant or one pair."""

    metric: str
    """Name of the metric."""
    variants: tuple[str, ...]
    """One variant id, or two for a pair."""
    value: float | None
    """The value, None when unscored."""
    reason: str = ""
    """Why it is unscored."""
    counts: Mapping[str, float] = {}
    """Sufficient statistics: kept, of..."""
    interval: tuple[float, float] | None = None
    """95 % interval, or the band left by uncertain verdicts; the signature says which."""
    evidence: tuple[Evidence, ...] = ()
    """The words behind it."""
    signature: str
    """The whole recipe, on one line."""


# What people do with a run --------------------------------------------------------------------------------------------


class Composition(Record):
    """A recap being composed from the variants of a run and from one's own words."""

    author: str = ""
    """Who composes it, as given."""
    pieces: tuple[Piece, ...] = ()
    """In order."""

    @property
    def text(self) -> str:
        """The recap, Markdown."""
        return "\n\n".join(piece.text.strip() for piece in self.pieces if piece.text.strip())


Choice = Literal["better", "all_good", "all_bad", "unknown"]
"""What a voter answers: one is better (then an order says which), all are good, all are bad, or they do not know."""


class Tag(Record):
    """Something a voter may say of a recap, or of one of its sentences. Archived, never deleted: old votes keep their meaning."""

    id: str
    """Short name: minority_erased."""
    good: bool = False
    """Whether it speaks for the recap."""
    fr: str
    """In French."""
    en: str
    """In English."""
    archived: bool = False
    """Whether it is offered no more."""


class Remark(Record):
    """A tag put on a recap, or on one of its sentences."""

    variant: str
    """Id of the variant."""
    tag: str
    """Id of the tag."""
    sentence: str = ""
    """The sentence; empty for the whole recap."""


class Ballot(Record):
    """What one voter said, without anything that says who."""

    voter: int
    """Number of the voter within the judging, from 1, in order of arrival."""
    at: datetime
    """When it was cast, or changed for the last time."""
    choice: Choice
    """The answer."""
    order: tuple[str, ...] = ()
    """Ids of the variants preferred, the best first; those that are not named are tied behind them."""
    remarks: tuple[Remark, ...] = ()
    """Tags."""
    seconds: float | None = None
    """From the first showing to the vote."""


class Judging(Record):
    """A blind vote on two to four variants of a run."""

    id: str
    """Random id, which says nothing of the run."""
    run: str
    """Id of the run."""
    variants: tuple[str, ...]
    """Ids of the variants judged."""
    same_style: bool = False
    """Whether headings, lists, emoji and the like were taken out of what voters read."""
    same_letters: bool = False
    """Whether all voters meet the recaps in one order, drawn once, so that they can speak of them aloud."""
    question: str = ""
    """What voters are asked; the usual question when empty."""
    opened_at: datetime
    """When it was opened."""
    closed_at: datetime | None = None
    """When it was closed, and the authors revealed; None while it is open."""
    tags: tuple[Tag, ...] = ()
    """The tags offered, as they were when it was opened."""
    ballots: tuple[Ballot, ...] = ()
    """What was voted; none is told before the judging is closed."""


class Asked(Record):
    """A question put on the stage about a prompt or a recap, and its answer."""

    kind: Literal["critique", "challenge"]
    """Critique a prompt, or challenge a recap."""
    of: str
    """Id of the run whose prompt or recap it is about."""
    variant: str = ""
    """Id of the recap, for a challenge."""
    backend: str
    """Who was asked."""
    at: datetime
    """When the answer came."""
    text: str
    """The answer, Markdown, names put back."""


class Stage(Record):
    """The versions of one prompt tried on one session, in the order they were tried."""

    id: str
    """Random id."""
    title: str
    """Title of the session."""
    created_at: datetime
    """When it was opened."""
    runs: tuple[str, ...] = ()
    """Ids of the runs, a version each."""
    asked: tuple[Asked, ...] = ()
    """Critiques and challenges."""
    recorded: tuple[str, ...] = ()
    """Ids of the recorded runs to be played, for a stage that is replayed."""
    given: int = 0
    """How many of the runs were there when a stage that is replayed was opened: extracts, which no model wrote."""
    draft: str = ""
    """The prompt as it was last being typed; empty once it is run."""
    hidden: bool = False
    """Whether the stage hides who writes what, and the scores, until a room has voted."""
    emptied: bool = False
    """Whether the prompt being typed was emptied: an empty draft is then what was typed."""
    choices: Choices | None = None
    """Who was last chosen to write; None for those of the version shown."""


class Choices(Record):
    """What a person chose on a page: whom to ask, with which prompts, and what may leave."""

    backends: tuple[str, ...] = ()
    """Names of the backends that are ticked."""
    other: str = ""
    """Backends typed by hand, one a line."""
    prompts: tuple[str, ...] = ()
    """Prompts that are ticked, as set/file."""
    policy: str = ""
    """How far the text may travel; the settings' when empty."""
    pseudonyms: str = ""
    """When names are hidden; the settings' when empty."""


class Draft(Record):
    """A session that was given and has not been sent: its files, and what a person said of them."""

    id: str
    """Random id."""
    files: tuple[tuple[str, str], ...]
    """Name and content (base64) of each file, speech first."""
    session: Transcript | None = None
    """The session of an earlier run that is to be compared again, instead of files."""
    title: str = ""
    """Title given, empty for the file's name."""
    date: str = ""
    """Date given."""
    language: Literal["fr", "en"] | None = None
    """Language stated; guessed when None."""
    speakers: Mapping[str, str] = {}
    """Who labels stand for, as confirmed by a person."""
    believed: tuple[str, ...] = ()
    """Labels that a person confirms to name who speaks, of which the reader doubted."""
    repaired: bool = False
    """Whether accents are repaired, of files saved twice in two encodings."""
    hidden: tuple[str, ...] = ()
    """Words to hide as well."""
    left: tuple[str, ...] = ()
    """Names to leave as they are."""
    organisations: bool = False
    """Whether associations and companies are hidden too."""
    reference: str = ""
    """Key points given with it (YAML)."""
    choices: Choices | None = None
    """What was chosen on its page; None before anything was."""
    sample: str = ""
    """Name of the sample session it is, empty for any other."""
    sent: tuple[str, ...] = ()
    """Ids of the runs it was sent as: its texts lie with the last of them, and no longer here."""


FORMAT_VERSION = 1

_EXTRACTS = {
    "extractive:centrality": N_("Extracts: the most central"),
    "extractive:diversity": N_("Extracts: the most varied"),
    "extractive:speakers": N_("Extracts: every voice first"),
}
"""Names of the extractive algorithms, for people."""


class Run(Record):
    """One comparison as stored. Header first, bulk last: the order is the exchange format."""

    format: int = FORMAT_VERSION
    """Version of this document."""
    id: str
    """Id of the run."""
    status: RunStatus
    """started, complete, partial, failed or cancelled."""
    created_at: datetime
    """When it was planned."""
    finished_at: datetime | None = None
    """When it ended."""
    software: str
    """Comparia version that made it."""
    policy: Zone = "eu"
    """How far the session's text may travel."""
    pseudonyms: Pseudonyms | None = None
    """What was hidden of the session from every model of the run; None when names are sent as they stand."""
    fence: str = ""
    """Random token around the session in every request of the run: nobody who spoke could have written it."""
    layout: Literal[1, 2] = 1
    """How requests are laid out: 1, the session where the prompt names it; 2, the session first, so that servers read it once."""
    repeats: int = 1
    """Repeats of each cell."""
    backends: tuple[Backend, ...]
    """The backends, as resolved."""
    prompts: tuple[Prompt, ...]
    """The prompts."""
    plan: Plan
    """Every variant to be."""
    reference: Reference | None = None
    """The key points the scores were made against."""
    scores: tuple[Score, ...] = ()
    """The latest scores."""
    sendings: tuple[Sending, ...] = ()
    """What left the process for this run."""
    judgings: tuple[Judging, ...] = ()
    """The blind votes that are closed."""
    variants: tuple[Variant, ...] = ()
    """What came back."""
    transcript: Transcript
    """The session."""

    def __repr__(self) -> str:
        return f"Run({self.id!r}, {self.status!r}, {len(self.variants)} of {len(self.plan.cells)} variants)"

    @property
    def scored(self) -> bool:
        """Whether every recap has a score; True where there is no recap to score."""
        scored = {variant for score in self.scores for variant in score.variants}
        return {variant.id for variant in self.variants if variant.summary is not None} <= scored

    def prompt_named(self, prompt_id: str | None) -> str:
        """Name of a prompt, empty for none."""
        return next((prompt.name for prompt in self.prompts if prompt.id == prompt_id), "")

    @staticmethod
    def backend_label(name: str) -> str:
        """A backend as people read it: `model@host` instead of its whole address, what an algorithm ranks by instead of its id."""
        if name in _EXTRACTS:
            return gettext(_EXTRACTS[name])
        if name.startswith("imported:"):
            return name.removeprefix("imported:")
        if name.startswith("demonstration:"):
            return gettext("Language model (recorded)")
        if name.startswith("replay:") and "/" in name:
            return gettext("{name} (recorded)").format(name=Run.backend_label(name.partition("/")[2]))
        model, at, url = name.partition("@http")
        return f"{model}@{url.partition('://')[2].partition('/')[0]}" if at else name

    def label(self, variant: Variant) -> str:
        """A variant as people read it: backend, prompt and repeat as far as they tell variants apart."""
        parts = [self.backend_label(variant.backend)]
        if variant.prompt is not None:
            parts.append(self.prompt_named(variant.prompt))
        if self.repeats > 1 and variant.prompt is not None:
            parts.append(f"#{variant.repeat}")
        return " · ".join(parts)

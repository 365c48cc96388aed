"""A run: its plan, its variants, and everything kept with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from comparia.records.asking import Author, Backend, Call, Failure, Prompt
from comparia.records.base import Record, Zone, content_id
from comparia.records.member_checks import MemberCheckResult
from comparia.records.points import Reference
from comparia.records.privacy import Pseudonyms, Sending
from comparia.records.scores import Score
from comparia.records.sessions import Notice, Transcript
from comparia.records.votes import Judging

RunStatus = Literal["started", "complete", "partial", "failed", "cancelled"]


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
    def text_id(self) -> str:
        """The hash of its recap as it is stored: another one tells that the recap was changed."""
        return content_id("tx", self.summary or "")

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


Purpose = Literal["recaps", "points", "judging"]
"""What models are asked for: recaps, the key points of the session, what became of points in recaps."""


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
    asked: tuple[Purpose, ...] = ()
    """What the models are asked for beside the recaps: `points`, `judging`."""
    named: Mapping[str, tuple[str, ...]] = {}
    """People that prompts name and that are not of the session, by prompt: they are sent as they stand."""
    notices: tuple[Notice, ...] = ()
    """Which recaps no model may judge, or only a namesake of their author, where judging was wanted."""

    @property
    def calls(self) -> int:
        """Calls over all cells."""
        return sum(cell.calls for cell in self.cells)

    @property
    def input_tokens(self) -> int:
        """Estimated input tokens over all cells."""
        return sum(cell.input_tokens for cell in self.cells)


class PlanLine(Record):
    """What one kind of question takes, before anything is sent."""

    what: Purpose
    """The recaps, the key points or the judging."""
    models: tuple[Backend, ...]
    """Who is asked."""
    calls: int
    """Number of calls."""
    input_tokens: int
    """Estimated input tokens, those that servers should find in their cache included."""
    cached_tokens: int
    """Tokens of these that should be found in a cache."""
    output_tokens: int
    """Estimated output tokens."""
    cost: float | None
    """Estimated cost in US dollars over the models whose price is known; None if none is known."""
    minutes: float
    """Least duration under the known rate limits."""


FORMAT_VERSION = 2


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
    """Layout of requests: 1, session where the prompt names it; 2, session first, so that servers read it once."""
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
    member_checks: tuple[MemberCheckResult, ...] = ()
    """Its recaps that went back to those who took part, where the facilitator wants it told: how many, no words."""
    rulings: Mapping[str, str] = {}
    """What judges said of key points, as JSON, by the key of what they were asked."""
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

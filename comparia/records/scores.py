"""Scores and their evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from comparia.records.base import Record, content_id
from comparia.records.earlier_scores import with_typed_evidence


class PointEvidence(Record):
    """The verdict on one key point in one recap."""

    type: Literal["point"] = "point"
    """Which kind of evidence it is."""
    key_point: str
    """Id of the key point."""
    verdict: str
    """A Verdict."""
    probability: float | None = None
    """Calibrated probability that the point is expressed, in [0, 1]; None when unscored."""
    as_held: float | None = None
    """Calibrated probability that it is expressed as held, in [0, 1]; None when unscored, or of an earlier version."""
    sentence: str = ""
    """Best sentence(s) of the recap, empty if none shares a word with the point."""
    turns: tuple[int, ...] = ()
    """Turns of the session that say it."""
    note: str = ""
    """Code of why the verdict rose or fell (`quote`, `settled`, `judge_...`); a judge's own words follow a colon."""
    hints: tuple[str, ...] = ()
    """Codes of what words alone suspect and cannot tell. Never part of a verdict."""


class DifferenceEvidence(Record):
    """One key point that several recaps treat differently."""

    type: Literal["difference"] = "difference"
    """Which kind of evidence it is."""
    key_point: str
    """Id of the key point."""
    verdicts: tuple[str, ...]
    """The verdict in each recap of the score, in order."""
    spread: float
    """How far apart they are, in [0, 1]: the difference of probabilities, or the flip rate of repeats."""
    sentences: tuple[str, ...] = ()
    """Best sentence of each recap, in order; empty where the metric gives none."""
    turns: tuple[int, ...] = ()
    """Turns of the session that say the point."""


class SentenceEvidence(Record):
    """One sentence of a recap, checked."""

    type: Literal["sentence"] = "sentence"
    """Which kind of evidence it is."""
    flag: str
    """What the check found: `supported`, `unsupported`, or a code of the metric's own."""
    sentence: str
    """The sentence."""
    about: str = ""
    """What of it was checked: the number, the name, the better speaker, or a code with its numbers (`held:1:16`)."""
    turns: tuple[int, ...] = ()
    """Turns of the session that are nearest."""
    support: float | None = None
    """How far the session supports it, in [0, 1]; None where the check computes none."""
    key_point: str | None = None
    """Id of the key point that the sentence states, if it states one."""


class QuotationEvidence(Record):
    """One quotation of a recap, checked."""

    type: Literal["quotation"] = "quotation"
    """Which kind of evidence it is."""
    verdict: str
    """found, altered, stitched, misattributed or not_found."""
    quotation: str
    """The words between quotation marks."""
    turns: tuple[int, ...] = ()
    """Turns of the session that hold the words, or the nearest ones."""
    speaker: str = ""
    """Who said the words, where the recap gives them to somebody else."""
    exact: str = ""
    """What was said, to put in their place; empty where nothing near was said."""
    likeness: float | None = None
    """rapidfuzz's partial ratio with the nearest turn, 0-100; None where the words were found, or nothing near was."""


class SpeakerEvidence(Record):
    """One speaker, as recaps cover them."""

    type: Literal["speaker"] = "speaker"
    """Which kind of evidence it is."""
    verdict: str
    """under, over or absent."""
    speaker: str
    """Name of the speaker."""
    share: float
    """Share of what they said that is covered, or their share of the talk, in [0, 1]; the metric says which."""


Evidence = Annotated[
    PointEvidence | DifferenceEvidence | SentenceEvidence | QuotationEvidence | SpeakerEvidence,
    Field(discriminator="type"),
]
"""What is behind a number: one record for each kind of thing that metrics look at."""


class Score(Record):
    """The value of one metric for one variant or one pair."""

    metric: str
    """Name of the metric."""
    variants: tuple[str, ...]
    """One variant id, or two for a pair."""
    value: float | None
    """The value, None when unscored."""
    reason: str = ""
    """Code of why it is unscored."""
    counts: Mapping[str, int] = {}
    """Integers that may be summed over recaps and sessions: kept, of..."""
    measures: Mapping[str, float] = {}
    """Named figures that may not be summed: coverage by voices, ends of an interval, floors..."""
    interval: tuple[float, float] | None = None
    """95 % interval, or the band left by uncertain verdicts; the signature says which."""
    evidence: tuple[Evidence, ...] = ()
    """The words behind it."""
    signature: str
    """The whole recipe, on one line."""

    @model_validator(mode="before")
    @classmethod
    def _of_earlier_versions(cls, values: Any) -> Any:
        return with_typed_evidence(values) if isinstance(values, dict) else values

    @property
    def recipe(self) -> str:
        """The signature in a short form for tables: eight digits of its hash.

        Two scores with one recipe are seen to have it.
        """
        return content_id("sg", self.signature).removeprefix("sg_")[:8]

    @property
    def figures(self) -> dict[str, float]:
        """Counts and measures together, by name."""
        return {**self.counts, **self.measures}

    @property
    def points(self) -> tuple[PointEvidence, ...]:
        """The evidence that is a verdict on a key point."""
        return tuple(item for item in self.evidence if isinstance(item, PointEvidence))

"""Scores and their evidence."""

from __future__ import annotations

from collections.abc import Mapping

from comparia.records.base import Record


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

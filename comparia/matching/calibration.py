"""Calibration of each language: fitted weights that turn likenesses into a probability, and thresholds of verdicts.

Stems, 4-grams and margins are distributed differently in French and in English: the same likeness gives two different
probabilities. So each language has its own fit (logistic regression: Platt 1999), named in every signature;
`tests/benchmarks/calibrated.py` prints the fits, their cross-validation, and how often verdicts of each probability are
right.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple


class Calibration(NamedTuple):
    """The fit of one language."""

    name: str
    """For signatures: language and version of the fit."""
    intercept: float
    own: float
    """Weight of the log-odds of the point's own words (`lexical`)."""
    alike: float
    """Weight of the likeness of a sentence to the point and the turns around it (`context`)."""
    apart: float
    """Weight of the margin of this likeness over that to the other points."""
    kept_from: float
    """Lowest probability of *kept*."""
    absent_under: float
    """Highest probability of *absent*."""


CALIBRATIONS: Mapping[Literal["fr", "en"], Calibration] = {
    "fr": Calibration("fr-1", 1.4, 1.2, 5.0, 22.4, 0.7, 0.35),
    "en": Calibration("en-1", 1.2, 1.35, 9.0, 22.6, 0.65, 0.4),
}
"""Calibration by language of the session, fitted on the planted recaps of the sample session of that language.

`kept_from` is the lowest multiple of 0.05 at which 96 % of the points called kept are in the recap. `absent_under` is
the highest at which at most 18 % of those called absent are in it. Both are cross-validated, on sets where a point is
as often in the recap as left out.
"""

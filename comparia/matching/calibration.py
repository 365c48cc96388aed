"""What likenesses are worth in each language: fitted weights that turn them into a probability, and how sure a verdict must be.

Stems, 4-grams and margins are not distributed alike in French and in English, so the same likeness does not say as much. Each
language has its own fit (logistic regression: Platt 1999), named in every signature; `tests/benchmarks/calibrated.py` prints
the fits, their cross-validation, and how often verdicts of each probability are right.
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
    """Weight of the likeness of a sentence to the point's company (`views`)."""
    apart: float
    """Weight of its margin over the other points."""
    kept_from: float
    """Lowest probability of *kept*."""
    absent_under: float
    """Highest probability of *absent*."""


CALIBRATIONS: Mapping[Literal["fr", "en"], Calibration] = {
    "fr": Calibration("fr-1", 1.4, 1.2, 5.0, 22.4, 0.7, 0.35),
    "en": Calibration("en-1", 1.2, 1.35, 9.0, 22.6, 0.65, 0.4),
}
"""By language of the session. Fitted on the planted recaps of the sample session of that language; *kept* from the lowest twentieth
at which 96 % of what is called kept was said, *absent* under the highest at which at most 18 % of what is called absent was said,
cross-validated, where a point is as likely said as left out."""

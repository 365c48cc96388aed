"""Fusion of the likeness by words, by context and by embeddings into one probability for each key point."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from comparia.matching.calibration import Calibration
from comparia.matching.context import Matrix, margins
from comparia.matching.lexical import WORDING_COEFFICIENTS, Found

MEANING_COEFFICIENTS = (-0.8, 0.3, 1.5)
"""Terms of embeddings in the log-odds: intercept, weights of their likeness and margin, both in standard deviations.

Set on the planted recaps with all-MiniLM-L6-v2. They are a compromise between the best values for a model that knows
the
language (the English session) and values that are harmless with one that does not (the French session)."""

PAIR_COST = 1.0
"""Log-odds subtracted where two sentences are needed: two hold more words of a point by chance than one does."""

SMALLEST_MARGIN, LARGEST_MARGIN = -0.25, 0.08
"""Range to which margins are clipped: with few key points any sentence may have a large margin."""

SMALLEST_MEANT, LARGEST_MEANT = -3.0, 2.0
"""Range to which margins of embeddings are clipped, in standard deviations."""


class Joint(NamedTuple):
    """The window of a summary that best expresses a key point."""

    probability: float
    """Probability that the point is expressed, in (0, 1)."""
    window: str
    """One sentence of the summary, or two; empty for an empty summary."""
    alike: bool
    """Whether the window has any likeness to the point."""
    meant: bool
    """Whether, by embeddings, it fits this point better than any other."""


def together(found: Found, likeness: Matrix, calibration: Calibration, meaning: Matrix | None = None) -> list[Joint]:
    """Return, for each key point, the window that best expresses it, by its words, its context and embeddings.

    Args:
        found: shares of the words of every point that the summary holds.
        likeness: of every sentence to every point, then to every rival, by context, shape (sentences, points + rivals).
        calibration: weights of the language of the session.
        meaning: likeness by embeddings, in standard deviations, same shape; None without embeddings.
    """
    points = found.recall.shape[1]
    b, own, alike, apart = calibration.intercept, calibration.own, calibration.alike, calibration.apart
    if not found.windows:
        nothing = probability_of(b + own * WORDING_COEFFICIENTS[0] + apart * SMALLEST_MARGIN)
        return [Joint(nothing, "", alike=False, meant=False)] * points
    margin = np.clip(margins(likeness)[:, :points], SMALLEST_MARGIN, LARGEST_MARGIN)
    likeness = likeness[:, :points]
    company = alike * likeness + apart * margin
    meant = np.zeros_like(likeness)
    if meaning is not None:
        intercept, near, far = MEANING_COEFFICIENTS
        margin = margins(meaning)[:, :points]
        company = (
            company + intercept + near * meaning[:, :points] + far * np.clip(margin, SMALLEST_MEANT, LARGEST_MEANT)
        )
        meant = (margin > 0).astype(np.float64)
    whole = b + own * found.log_odds + np.concatenate([company, _pairs(company) - PAIR_COST])
    shared = np.concatenate([likeness, _pairs(likeness)])
    meant = np.concatenate([meant, _pairs(meant)])
    return [
        Joint(
            probability_of(float(whole[w, k])),
            found.windows[w],
            alike=bool(shared[w, k] > 0 or found.recall[w, k] > 0 or meant[w, k]),
            meant=bool(meant[w, k]),
        )
        for k, w in enumerate(whole.argmax(axis=0))
    ]


def probability_of(log_odds: float) -> float:
    """Return the logistic function of `log_odds`, clipped to [-30, 30]: in (0, 1)."""
    return 1 / (1 + math.exp(-min(max(log_odds, -30.0), 30.0)))


def _pairs(sentences: Matrix) -> Matrix:
    """Return the larger value of every two consecutive sentences."""
    best: Matrix = np.maximum(sentences[:-1], sentences[1:])
    return best

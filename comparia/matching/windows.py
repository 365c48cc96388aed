"""The window of each key point: the one or two sentences of a recap that fit it best, and the sentences around them.

A window is chosen by its log-odds, from three kinds of likeness: the point's own words (`lexical`), the turns around it
(`context`) and, in tier B, embeddings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from comparia.matching.context import margins
from comparia.matching.lexical import WordShares
from comparia.matching.points import Matrix, Points

PAIR_COST = 1.0
"""Log-odds subtracted where two sentences are needed: two hold more words of a point by chance than one does."""
SMALLEST_MARGIN, LARGEST_MARGIN = -0.25, 0.08
"""Range to which margins are clipped: with few key points any sentence may have a large margin."""
BASE, OWN, ALIKE, APART = 1.3, 1.27, 7.0, 22.5
"""Weights by which a window is chosen: intercept, log-odds of its words, likeness and margin by context.

The fitted model corrects what they get wrong."""
MEANING = (-0.8, 0.3, 1.5)
"""Terms of embeddings in the choice of a window: intercept, weights of their likeness and of its margin."""
SMALLEST_MEANT, LARGEST_MEANT = -3.0, 2.0
"""Range to which margins of embeddings are clipped, in standard deviations."""
LONGEST_LINE = 8
"""Sentences of a line that are read together; of a longer line, those at most three away."""

Selection = NDArray[np.bool_]
"""Whether each sentence is selected for each key point, shape (points, sentences)."""


@dataclass(frozen=True, eq=False)
class MeaningFits:
    """How well each sentence fits each key point by embeddings, in standard deviations, both (sentences, points)."""

    likeness: Matrix
    margin: Matrix
    """Likeness minus that of the nearest other point or rival, clipped."""

    @property
    def log_odds(self) -> Matrix:
        """What embeddings add to the log-odds of each sentence, shape (sentences, points)."""
        intercept, of_likeness, of_margin = MEANING
        terms: Matrix = intercept + of_likeness * self.likeness + of_margin * self.margin
        return terms


@dataclass(frozen=True, eq=False)
class Fits:
    """How well the sentences of one recap fit each key point. Made by `fits_of`.

    Rows for windows are those for single sentences, then those for every two consecutive ones.
    """

    words: WordShares
    """By the point's own words, rows for windows."""
    likeness: Matrix
    """By context, shape (sentences, points)."""
    margin: Matrix
    """Likeness minus that of the nearest other point or rival, clipped, shape (sentences, points)."""
    meaning: MeaningFits | None
    """By embeddings; None for tier A."""

    @property
    def log_odds(self) -> Matrix:
        """Log-odds that a window expresses a point, shape (windows, points)."""
        context = ALIKE * self.likeness + APART * self.margin
        by_context = np.concatenate([context, np.maximum(context[:-1], context[1:]) - PAIR_COST])
        odds: Matrix = BASE + OWN * self.words.log_odds + by_context
        if self.meaning is not None:
            terms = self.meaning.log_odds
            odds = odds + np.concatenate([terms, np.maximum(terms[:-1], terms[1:])])
        return odds


def fits_of(points: Points, texts: Sequence[str], meaning: Matrix | None) -> Fits:
    """Return how well the sentences of a recap fit each key point.

    Args:
        points: the key points.
        texts: the sentences, at least one.
        meaning: likeness of each sentence to each point, then to rivals, by embeddings, in standard deviations, shape
            (sentences, points + rivals); None for tier A.
    """
    count, likeness = len(points), points.views.likeness(texts)
    by_meaning = None
    if meaning is not None:
        margin = np.clip(margins(meaning)[:, :count], SMALLEST_MEANT, LARGEST_MEANT)
        by_meaning = MeaningFits(meaning[:, :count], margin)
    return Fits(
        words=points.wordings.found_in(texts),
        likeness=likeness[:, :count],
        margin=np.clip(margins(likeness)[:, :count], SMALLEST_MARGIN, LARGEST_MARGIN),
        meaning=by_meaning,
    )


@dataclass(frozen=True, eq=False)
class Windows:
    """The window of each key point in one recap, and the sentences around it. Made by `windows_of`."""

    odds: Matrix
    """Log-odds of every window, single sentences first, shape (windows, points)."""
    rows: NDArray[np.intp]
    """Row in `odds` of each point's window, shape (points,)."""
    inside: Selection
    """The one or two sentences of the window."""
    near: Selection
    """Those, and the sentences just before and after."""
    in_line: Selection
    """The sentences of the line in which the window begins, and the window."""
    in_three: Selection
    """The three single sentences that fit best, and the window."""

    @property
    def log_odds(self) -> Matrix:
        """Log-odds of each point's window, shape (points,)."""
        return self.of_windows(self.odds)

    @property
    def of_sentences(self) -> Matrix:
        """Log-odds of single sentences, shape (sentences, points)."""
        return self.odds[: self.inside.shape[1]]

    @property
    def first(self) -> NDArray[np.intp]:
        """Index of the first sentence of each point's window, shape (points,)."""
        first: NDArray[np.intp] = self.inside.argmax(axis=1)
        return first

    def of_windows(self, values: Matrix) -> Matrix:
        """Return the value of each point's window, shape (points,), from those of all windows (windows, points)."""
        return values[self.rows, np.arange(len(self.rows))]

    def largest(self, values: Matrix) -> Matrix:
        """Return the largest value in each point's window, shape (points,), from all (sentences, points)."""
        largest: Matrix = np.where(self.inside, values.T, -np.inf).max(axis=1)
        return largest


def windows_of(odds: Matrix, lines: Sequence[int]) -> Windows:
    """Return the window of each key point, and the sentences around it.

    Args:
        odds: log-odds of every window, single sentences first, shape (windows, points).
        lines: the line of the recap in which each sentence stands, at least one.
    """
    rows = odds.argmax(axis=0)
    inside = _inside(rows, len(lines))
    near = inside.copy()
    near[:, 1:] |= inside[:, :-1]
    near[:, :-1] |= inside[:, 1:]
    return Windows(odds, rows, inside, near, _in_line(inside, lines), _in_three(inside, odds[: len(lines)]))


def _inside(rows: NDArray[np.intp], number: int) -> Selection:
    """Return the sentences of each window, from its row in `Windows.odds`, for a recap of `number` sentences."""
    count = len(rows)
    inside = np.zeros((count, number), dtype=bool)
    inside[np.arange(count), rows % number] = True
    pairs = rows >= number
    inside[pairs, rows[pairs] - number + 1] = True
    return inside


def _in_line(inside: Selection, lines: Sequence[int]) -> Selection:
    """Return the sentences of the line in which each window begins, and the window; of a long line, those nearby."""
    first, line_of = inside.argmax(axis=1), np.array(lines)
    in_line = line_of[None, :] == line_of[first][:, None]
    distance = np.abs(np.arange(len(lines))[None, :] - first[:, None])
    short = in_line.sum(axis=1) <= LONGEST_LINE
    selection: Selection = (in_line & (short[:, None] | (distance < LONGEST_LINE // 2))) | inside
    return selection


def _in_three(inside: Selection, odds: Matrix) -> Selection:
    """Return the three sentences with the largest log-odds (sentences, points), and the window, for each point."""
    in_three = inside.copy()
    for place in np.argsort(-odds, axis=0, kind="stable")[:3]:
        in_three[np.arange(len(inside)), place] = True
    return in_three

"""The fitted model: from the measures of a cell (`cells`) to the probability of each outcome.

The mean of two models of six outcomes: a multinomial logistic regression, which is right about what adds up, and
boosted trees (Friedman 2001), which know that a claim of agreement matters only for a view that few people hold. Both
were fitted on the labelled meetings (`tests/labelled`) by `tests/benchmarks/fitting.py`, which writes `fitted/*.json`,
and are calibrated on meetings left out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comparia.matching.cells import MEASURES, MEASURES_OF_MEANING
from comparia.matching.points import Matrix

OUTCOMES = ("kept", "partly", "softened", "lent_to_all", "contradicted", "absent")
"""What may become of a key point in a recap, in the order of the probabilities."""

MEASURES_OF_JUDGES = (*(f"says_{outcome}" for outcome in OUTCOMES), "disputed")
"""What the answers of judges about one point come to: the share of each verdict among them, and whether they differ."""

BEFORE_READING = (0.4, 0.1, 0.06, 0.05, 0.01, 0.38)
"""Share of each outcome in the labelled meetings.

It is what is known of a recap whose words cannot be compared with the session's.
"""

FOLDER = Path(__file__).parent / "fitted"
CHUNK = 500
"""Cells whose trees are read together: bounds the memory."""


@dataclass(frozen=True, eq=False)
class Model:
    """A fitted model. Read by `fitted`."""

    name: str
    """For signatures: tier and version of the fit."""
    low: Matrix
    """Least value of each measure in the labelled meetings, but for one in a hundred, shape (measures,)."""
    high: Matrix
    """Largest value, in the same way. Measures are clipped to this range: nothing is known outside it."""
    centre: Matrix
    """Mean of each measure, shape (measures,)."""
    scale: Matrix
    """Standard deviation of each measure, shape (measures,)."""
    slopes: Matrix
    """Shape (measures, outcomes)."""
    intercepts: Matrix
    """Shape (outcomes,)."""
    start: Matrix
    """Log-odds of the outcomes before any tree, shape (outcomes,)."""
    measure: NDArray[np.intp]
    """Measure that each node of each tree reads, shape (trees, nodes)."""
    threshold: Matrix
    """Largest value with which a cell goes left, same shape."""
    left: NDArray[np.intp]
    """Node that follows on the left, same shape; a leaf follows itself."""
    right: NDArray[np.intp]
    value: Matrix
    """What a leaf adds to the log-odds of its tree's outcome, same shape."""
    depth: int
    """Most nodes between a root and a leaf."""

    def probabilities(self, measures: Matrix) -> Matrix:
        """Return the probability of each outcome of each cell, shape (cells, outcomes); rows sum to 1.

        Args:
            measures: of each cell, in the order of `cells.MEASURES`, shape (cells, measures).
        """
        measures = np.clip(measures, self.low, self.high)
        scaled = (measures - self.centre) / self.scale
        # not `@`: a row's sums must not depend, in their last bit, on how many rows there are
        linear = _softmax(np.einsum("ij,jk->ik", scaled, self.slopes) + self.intercepts)
        boosted = [self._boosted(measures[n : n + CHUNK]) for n in range(0, len(measures), CHUNK)]
        mean: Matrix = (linear + np.concatenate([*boosted, np.zeros((0, len(OUTCOMES)))])) / 2
        return mean

    def _boosted(self, measures: Matrix) -> Matrix:
        rows, trees = np.arange(len(measures))[:, None], np.arange(len(self.measure))[None, :]
        node = np.zeros((len(measures), len(self.measure)), dtype=np.intp)
        for _level in range(self.depth):
            goes_left = measures[rows, self.measure[trees, node]] <= self.threshold[trees, node]
            node = np.where(goes_left, self.left[trees, node], self.right[trees, node])
        leaves = self.value[trees, node]
        whole = np.stack([leaves[:, outcome :: len(OUTCOMES)].sum(axis=1) for outcome in range(len(OUTCOMES))], axis=1)
        return _softmax(self.start + whole)


@dataclass(frozen=True, eq=False)
class Adjustment:
    """What embeddings, or judges, add to the probabilities that words give.

    `fitted_meaning` and `fitted_judging` read it.
    """

    name: str
    """For signatures."""
    trust: float
    """What the log-probabilities of words are multiplied by."""
    slopes: Matrix
    """Shape (measures, outcomes)."""
    intercepts: Matrix
    """Shape (outcomes,)."""

    def adjusted(self, probabilities: Matrix, measures: Matrix) -> Matrix:
        """Return probabilities whose log-odds are moved by measures, shape (cells, outcomes)."""
        words = self.trust * np.log(np.maximum(probabilities, 1e-6))
        return _softmax(words + measures @ self.slopes + self.intercepts)


@cache
def fitted_meaning() -> Adjustment:
    """Return what embeddings add, in tier B.

    Raises:
        ValueError: its file was written for other measures.
    """
    return _adjustment("b", MEASURES_OF_MEANING)


@cache
def fitted_judging() -> Adjustment:
    """Return what judges add, in tier C.

    Raises:
        ValueError: its file was written for other measures.
    """
    return _adjustment("c", MEASURES_OF_JUDGES)


def _adjustment(tier: str, measures: tuple[str, ...]) -> Adjustment:
    document = _document(tier, measures)
    return Adjustment(
        document["name"],
        float(document.get("trust", 1.0)),
        np.array(document["slopes"], dtype=np.float64),
        np.array(document["intercepts"], dtype=np.float64),
    )


def _document(name: str, measures: tuple[str, ...]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    if tuple(document["measures"]) != measures or tuple(document["outcomes"]) != OUTCOMES:
        raise ValueError(f"fitted/{name}.json was written for other measures")
    return document


@cache
def fitted() -> Model:
    """Return the model of words.

    Raises:
        ValueError: its file was written for other measures.
    """
    document = _document("a", MEASURES)
    trees, linear = document["trees"], document["linear"]
    nodes = max(len(tree["measure"]) for tree in trees)

    def padded(key: str, fill: float) -> Matrix:
        return np.array([tree[key] + [fill] * (nodes - len(tree[key])) for tree in trees], dtype=np.float64)

    return Model(
        name=document["name"],
        low=np.array(document["low"]),
        high=np.array(document["high"]),
        centre=np.array(linear["centre"]),
        scale=np.array(linear["scale"]),
        slopes=np.array(linear["slopes"]),
        intercepts=np.array(linear["intercepts"]),
        start=np.array(document["start"]),
        measure=padded("measure", 0).astype(np.intp),
        threshold=padded("threshold", 0.0),
        left=padded("left", 0).astype(np.intp),
        right=padded("right", 0).astype(np.intp),
        value=padded("value", 0.0),
        depth=int(document["depth"]),
    )


def _softmax(odds: Matrix) -> Matrix:
    raised = np.exp(odds - odds.max(axis=1, keepdims=True))
    shares: Matrix = raised / raised.sum(axis=1, keepdims=True)
    return shares

"""Tier B: likeness of sentences to key points, by sentence embeddings centred on the session.

All sentences of one meeting resemble each other: raw cosines between them differ little. Subtracting the mean embedding
of the session removes what comes from the common topic. Likeness and margin are in standard deviations of the likeness
between the key points and the session's own sentences, so that one formula serves models of different scales.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from comparia.matching.context import OWN_TEXT, Matrix, stretches
from comparia.records import KeyPoint, Transcript

NAME = "meaning-1"
"""Name of this way of comparing embeddings, for signatures."""

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """A model that turns sentences into vectors. `scoring` provides it, and stores the vectors of each text."""

    @property
    def name(self) -> str:
        """Name of the model, for signatures."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of texts, shape (texts, dimensions)."""
        ...


@dataclass(frozen=True)
class Meanings:
    """The key points of one reference as embeddings. Made by `meanings_of`."""

    embedder: Embedder
    centre: Vectors
    """Mean embedding of the session's sentences, shape (dimensions,)."""
    points: Vectors
    """Centred key points, then rivals, shape (points + rivals, dimensions), each of length 1."""
    middle: float
    """Mean likeness of key points and sentences of the session."""
    spread: float
    """Its standard deviation."""

    def likeness(self, texts: Sequence[str]) -> Matrix:
        """Return the likeness of texts to key points, in standard deviations, shape (texts, points + rivals)."""
        if not texts:
            return np.zeros((0, len(self.points)))
        # rounded, so that the order and number of sentences cannot change a value by the noise of float32
        cosines = np.round(_centred(self.embedder.embed(texts), self.centre) @ self.points.T, 4)
        deviations: Matrix = (cosines.astype(np.float64) - self.middle) / self.spread
        return deviations


def meanings_of(
    transcript: Transcript, points: Sequence[KeyPoint], spoken: Sequence[str], embedder: Embedder
) -> Meanings:
    """Embed the session and its key points, in one call, and return the key points as embeddings.

    Args:
        transcript: gives the turns that say each point.
        points: the key points, at least one.
        spoken: sentences of the session.
        embedder: gives vectors.
    """
    turns = {turn.number: turn.text for turn in transcript.turns}
    texts = [[point.text, *(turns.get(quote.turn, quote.words) for quote in point.said)] for point in points]
    rivals = [[turn.text for turn in stretch] for stretch in stretches(transcript, points)]
    flat = [text for group in (*texts, *rivals) for text in group]
    vectors = embedder.embed([*spoken, *flat])
    session, rest = vectors[: len(spoken)], vectors[len(spoken) :]
    centre = session.mean(axis=0) if len(session) else np.zeros(rest.shape[1], dtype=np.float32)
    centred = _centred(rest, centre)
    centroids, start = [], 0
    for n, group in enumerate((*texts, *rivals)):
        rows = centred[start : start + len(group)]
        centroids.append((OWN_TEXT - 1) * rows[0] * (n < len(texts)) + rows.sum(axis=0))
        start += len(group)
    whole = _unit(np.array(centroids, dtype=np.float32))
    likeness = (
        _centred(session, centre) @ whole[: len(points)].T
        if len(session)
        else np.zeros((1, len(whole)), dtype=np.float32)
    )
    return Meanings(embedder, centre, whole, float(likeness.mean()), float(likeness.std()) or 1.0)


def _centred(vectors: Vectors, centre: Vectors) -> Vectors:
    return _unit(vectors - centre)


def _unit(matrix: Vectors) -> Vectors:
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    norms[norms == 0] = 1
    unit: Vectors = matrix / norms
    return unit

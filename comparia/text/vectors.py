"""Weights of words within one session, and the vectors made of them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

NAME = "idf-1"
"""Name of this weighting, for signatures."""


def inverse_document_frequency(documents: Iterable[Sequence[str]]) -> dict[str, float]:
    """Return log((N + 1) / (df + 0.5)) for each stem of N documents, given as stems; Spärck Jones (1972), smoothed."""
    frequency: Counter[str] = Counter()
    total = 0
    for document in documents:
        total += 1
        frequency.update(set(document))
    return {stem: math.log((total + 1) / (df + 0.5)) for stem, df in frequency.items()}


def unseen_weight(weights: Mapping[str, float]) -> float:
    """Return the weight of a stem that the session never uses: that of its rarest stem; 1 without stems."""
    return max(weights.values(), default=1.0)


def tfidf(documents: Sequence[Sequence[str]], weights: Mapping[str, float]) -> NDArray[np.float32]:
    """Return the unit-length TF-IDF vectors of `documents`, with log term frequency.

    Returns:
        Array of shape (documents, distinct stems); a document without stems is a zero row.
    """
    vocabulary: dict[str, int] = {}
    for document in documents:
        for stem in document:
            vocabulary.setdefault(stem, len(vocabulary))
    matrix = np.zeros((len(documents), max(1, len(vocabulary))), dtype=np.float32)
    rare = unseen_weight(weights)
    for row, document in enumerate(documents):
        for stem, count in Counter(document).items():
            matrix[row, vocabulary[stem]] = (1 + math.log(count)) * weights.get(stem, rare)
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    norms[norms == 0] = 1
    unit_vectors: NDArray[np.float32] = matrix / norms
    return unit_vectors

"""Which of the session's key points a sentence fits best: meaning by company, for paraphrases that share few words.

A key point is represented by its own text and by the whole turns in which it was said; a sentence of a recap that uses none of the
analyst's words may still be nearer to those turns than to any others. What counts is the margin over the other key points, not
the likeness itself: everything in one session is alike.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from comparia.metrics.weights import Weights
from comparia.records import KeyPoint, Transcript
from comparia.text import words
from comparia.text.sentences import sentences
from comparia.text.words import stems

NAME = "views-1"
"""Name of this way of fitting sentences to key points, for signatures."""

OWN_TEXT = 2.0
"""Weight of a key point's own text beside each of its turns."""

WORD_SHARE = 0.25
"""Weight of the likeness of stems beside that of character 4-grams."""

Matrix = NDArray[np.float32]


class Fit(NamedTuple):
    """How well the sentences of one summary fit one key point."""

    likeness: float
    """Of the likeliest sentence: cosine of 4-grams plus `WORD_SHARE` × cosine of stems, in [0, 1 + WORD_SHARE]."""
    margin: float
    """Largest excess of one sentence's likeness to this key point over its likeness to any other."""
    sentence: str
    """The sentence of that margin."""


@lru_cache(maxsize=20_000)
def grams(text: str, n: int = 4) -> frozenset[str]:
    """Character n-grams of the folded, accent-less text."""
    plain = " ".join(words.strip_accents(words.fold(text)).split())
    return frozenset(plain[i : i + n] for i in range(len(plain) - n + 1))


@dataclass(frozen=True)
class Views:
    """The key points of one reference as vectors. Made by `views_of`."""

    gram_columns: Mapping[str, int]
    gram_weights: NDArray[np.float32]
    word_columns: Mapping[str, int]
    word_weights: NDArray[np.float32]
    by_grams: Matrix
    by_words: Matrix
    language: Literal["fr", "en"]

    def fits(self, summary: Sequence[str]) -> list[Fit]:
        """One fit a key point, over the sentences of a summary; nothing fits an empty summary."""
        points = len(self.by_grams)
        if not summary:
            return [Fit(0.0, -1.0, "")] * points
        grammed = _unit(_rows((grams(text) for text in summary), self.gram_columns, self.gram_weights))
        worded = _unit(_rows((stems(text, self.language) for text in summary), self.word_columns, self.word_weights))
        # rounded, so that the order and number of sentences cannot change a value by the noise of float32
        likeness = np.round(grammed @ self.by_grams.T + WORD_SHARE * (worded @ self.by_words.T), 4)
        found = []
        first = likeness.max(axis=1)
        winner = likeness.argmax(axis=1)
        rivals = likeness.copy()
        rivals[np.arange(len(summary)), winner] = -1.0
        second = rivals.max(axis=1) if points > 1 else np.zeros(len(summary), dtype=np.float32)
        for point in range(points):
            margins = likeness[:, point] - np.where(winner == point, second, first)
            best = int(margins.argmax())
            found.append(Fit(float(likeness[:, point].max()), float(margins[best]), summary[best]))
        return found


def views_of(transcript: Transcript, points: Sequence[KeyPoint], weights: Weights) -> Views:
    """The key points as vectors, weighted by the session's own sentences.

    Args:
        transcript: gives turns and the weights of 4-grams.
        points: the key points, at least one.
        weights: of stems.
    """
    language = transcript.language
    turns = {turn.number: turn.text for turn in transcript.turns}
    texts = [[point.text, *(turns.get(quote.turn, quote.words) for quote in point.said)] for point in points]
    shares = [[OWN_TEXT, *([1.0] * len(point.said))] for point in points]
    spoken = [s.text for turn in transcript.turns if turn.channel != "system" for s in sentences(turn.text)]
    frequency: Counter[str] = Counter()
    for text in spoken:
        frequency.update(grams(text))
    gram_columns = _columns(gram for group in texts for text in group for gram in grams(text))
    word_columns = _columns(stem for group in texts for text in group for stem in stems(text, language))
    rarity = [math.log((len(spoken) + 1) / (frequency[gram] + 0.5)) for gram in gram_columns]
    gram_weights = np.array(rarity, dtype=np.float32)
    word_weights = np.array([weights[stem] for stem in word_columns], dtype=np.float32)
    return Views(
        gram_columns,
        gram_weights,
        word_columns,
        word_weights,
        _centroids(texts, shares, grams, gram_columns, gram_weights),
        _centroids(texts, shares, lambda text: stems(text, language), word_columns, word_weights),
        language,
    )


def _columns(items: Iterable[str]) -> dict[str, int]:
    return {item: column for column, item in enumerate(sorted(set(items)))}


def _rows(texts: Iterable[Iterable[str]], columns: Mapping[str, int], weights: NDArray[np.float32]) -> Matrix:
    rows = []
    for items in texts:
        row = np.zeros(len(columns) or 1, dtype=np.float32)
        places = [columns[item] for item in set(items) if item in columns]
        row[places] = weights[places]
        rows.append(row)
    return np.array(rows, dtype=np.float32)


def _centroids(
    texts: Sequence[Sequence[str]],
    shares: Sequence[Sequence[float]],
    prepare: Callable[[str], Iterable[str]],
    columns: Mapping[str, int],
    weights: NDArray[np.float32],
) -> Matrix:
    return _unit(
        np.array(
            [
                np.array(share, dtype=np.float32) @ _unit(_rows(map(prepare, group), columns, weights))
                for group, share in zip(texts, shares, strict=True)
            ]
        )
    )


def _unit(matrix: Matrix) -> Matrix:
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    norms[norms == 0] = 1
    unit: Matrix = matrix / norms
    return unit

"""Share of a key point's own words in a summary: recall of stems and of character 4-grams, calibrated to a probability.

For each key point and each window of one or two consecutive sentences of a summary:

- `recall`: share of the key point's stems found in the window, matched exactly or nearly (rapidfuzz). The weight of a
  stem grows with its rarity in the session and among the key points: a stem that all points share identifies none of
  them;
- `grams`: share of the key point's character 4-grams found in one sentence of the window, weighted by rarity among the
  key points.

A logistic model fitted on human labels (`WORDING_COEFFICIENTS`) gives the probability that the key point is expressed.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from comparia.matching.context import grams
from comparia.matching.weights import Weights
from comparia.text.words import stems

WORDING = "lexical-2"
"""Name of the fitted model below, for signatures."""

WORDING_COEFFICIENTS = (-2.21, 3.6, 2.9)
"""Intercept and weights of recall and grams.

Logistic regression on the human labels of SummHay (Laban et al. 2024) and REALSumm (Bhandari et al. 2020), each set
weighing the same.
"""

PAIR = 0.95
"""Factor of the recall over two sentences: one sentence that holds all the words is better evidence."""

FUZZY_RATIO = 80
FUZZY_PREFIX = 2
FUZZY_LENGTH = 5
"""Two stems are the same word when they share a prefix, are long enough, and are this alike."""

Matrix = NDArray[np.float64]


class WordShares(NamedTuple):
    """Shares of the words of every key point that one summary holds."""

    windows: tuple[str, ...]
    """Texts of the windows: every sentence, then every two consecutive ones."""
    recall: Matrix
    """Shape (windows, points), in [0, 1]; already lowered by `PAIR` where two sentences are needed."""
    grams: Matrix
    """Shape (windows, points), in [0, 1]."""

    @property
    def log_odds(self) -> Matrix:
        """Log-odds that each key point is expressed in each window, shape (windows, points)."""
        b, recall, gram_recall = WORDING_COEFFICIENTS
        odds: Matrix = b + recall * self.recall + gram_recall * self.grams
        return odds

    def best(self, point: int) -> tuple[str, float]:
        """Return the window most likely to express a key point (empty if none shares a stem), and its probability."""
        if not self.windows:
            return "", probability_of_words(0.0, 0.0)
        place = int(self.log_odds[:, point].argmax())
        recall, shared = float(self.recall[place, point]), float(self.grams[place, point])
        return self.windows[place] if recall else "", probability_of_words(recall, shared)


@dataclass(frozen=True)
class Wordings:
    """The words of every key point of one reference. Made by `wordings_of`."""

    language: Literal["fr", "en"]
    stem_columns: Mapping[str, int]
    gram_columns: Mapping[str, int]
    by_stems: Matrix
    """Share of each stem in each key point's weight, shape (points, stems)."""
    by_grams: Matrix
    """Share of each 4-gram in each key point's weight, shape (points, grams)."""
    _prefixes: Mapping[str, Sequence[str]]
    _near: dict[str, list[int]] = field(default_factory=dict)

    def found_in(self, sentences: Sequence[str]) -> WordShares:
        """Return the shares of every key point's words that a summary holds, by window."""
        stemmed = np.zeros((len(sentences), len(self.stem_columns)))
        grammed = np.zeros((len(sentences), len(self.gram_columns)))
        for row, sentence in enumerate(sentences):
            for stem in stems(sentence, self.language):
                stemmed[row, self._alike(stem)] = 1.0
            grammed[row, [self.gram_columns[gram] for gram in grams(sentence) if gram in self.gram_columns]] = 1.0
        single, gram_recall = stemmed @ self.by_stems.T, grammed @ self.by_grams.T
        double = PAIR * (np.maximum(stemmed[:-1], stemmed[1:]) @ self.by_stems.T)
        recall = np.concatenate([single, double])
        gram_recall = np.concatenate([gram_recall, np.maximum(gram_recall[:-1], gram_recall[1:])])
        pairs = (f"{a} {b}" for a, b in itertools.pairwise(sentences))
        # rounded, so that the number of sentences cannot change a value by the noise of a sum
        return WordShares((*sentences, *pairs), np.round(recall, 6), np.round(gram_recall, 6))

    def _alike(self, stem: str) -> list[int]:
        """Return the columns of the key points' stems that are the same word as `stem`; cached between summaries."""
        if stem not in self._near:
            near = [self.stem_columns[stem]] if stem in self.stem_columns else []
            if len(stem) >= FUZZY_LENGTH and not stem[0].isdigit():
                near += [
                    self.stem_columns[other]
                    for other in self._prefixes.get(stem[:FUZZY_PREFIX], ())
                    if other != stem
                    and len(other) >= FUZZY_LENGTH
                    and fuzz.ratio(stem, other, score_cutoff=FUZZY_RATIO)
                ]
            self._near[stem] = near
        return self._near[stem]


def wordings_of(texts: Sequence[str], weights: Weights, language: Literal["fr", "en"]) -> Wordings:
    """Return the words of key points with their weights.

    A stem in d of N key points weighs log(1 + N/d) × the square root of its IDF in the session; a 4-gram, log(1 + N/d).

    Args:
        texts: the key points.
        weights: IDF of the session's stems.
        language: of stems.
    """
    stemmed = [frozenset(stems(text, language)) for text in texts]
    stem_columns, by_stems = _shares(stemmed, lambda stem: math.sqrt(weights[stem]))
    gram_columns, by_grams = _shares([grams(text) for text in texts], lambda _gram: 1.0)
    return Wordings(language, stem_columns, gram_columns, by_stems, by_grams, by_prefix(frozenset(stem_columns)))


def probability_of_words(recall: float, gram_recall: float) -> float:
    """Return the calibrated probability that a key point is expressed, in (0, 1)."""
    b, *slopes = WORDING_COEFFICIENTS
    return 1 / (1 + math.exp(-(b + slopes[0] * recall + slopes[1] * gram_recall)))


def by_prefix(vocabulary: Iterable[str]) -> dict[str, list[str]]:
    """Return the stems, grouped by their first letters."""
    index: dict[str, list[str]] = {}
    for stem in sorted(vocabulary):
        index.setdefault(stem[:FUZZY_PREFIX], []).append(stem)
    return index


def _shares(points: Sequence[frozenset[str]], weight: Callable[[str], float]) -> tuple[dict[str, int], Matrix]:
    """Return a column for each item, and the share of each item in the total weight of each key point."""
    frequency = Counter(item for items in points for item in items)
    columns = {item: column for column, item in enumerate(sorted(frequency))}
    shares = np.zeros((len(points), len(columns)))
    for row, items in enumerate(points):
        for item in sorted(items):
            shares[row, columns[item]] = math.log(1 + len(points) / frequency[item]) * weight(item)
    whole = shares.sum(axis=1, keepdims=True)
    whole[whole == 0] = 1
    return columns, shares / whole


# The very words that were said ----------------------------------------------------------------------------------------

LEAST_QUOTED = 3
"""Fewest content words of a quote that can identify a passage."""


@dataclass(frozen=True)
class Quoted:
    """The words of the quotes of every key point. Made by `quoted_of`."""

    language: Literal["fr", "en"]
    columns: Mapping[str, int]
    shares: Matrix
    """Share of each stem in each quote's IDF mass, shape (quotes, stems)."""
    owners: tuple[int, ...]
    """The key point of each quote."""
    points: int

    def found_in(self, sentences: Sequence[str]) -> list[tuple[str, float]]:
        """Return, for each key point, the window that holds most of one of its quotes, and this share, in [0, 1]."""
        best = [("", 0.0)] * self.points
        if not sentences or not self.owners:
            return best
        presence = np.zeros((len(sentences), len(self.columns)))
        for row, sentence in zip(presence, sentences, strict=True):
            row[[self.columns[stem] for stem in stems(sentence, self.language) if stem in self.columns]] = 1.0
        windows = [*sentences, *(f"{a} {b}" for a, b in itertools.pairwise(sentences))]
        recall = np.round(np.concatenate([presence, np.maximum(presence[:-1], presence[1:])]) @ self.shares.T, 6)
        for quote, place in enumerate(recall.argmax(axis=0)):
            share = float(recall[place, quote])
            if share > best[self.owners[quote]][1]:
                best[self.owners[quote]] = (windows[place], share)
        return best


def quoted_of(
    quotes: Sequence[Sequence[str]], weights: Weights, language: Literal["fr", "en"], names: frozenset[str]
) -> Quoted:
    """Return the words quoted for each key point, with their weights.

    Args:
        quotes: words of each key point's quotes.
        weights: IDF of the session's stems.
        language: of stems.
        names: stems of speakers' names: naming somebody is not quoting them.
    """
    stem_sets = [
        (k, content)
        for k, texts in enumerate(quotes)
        for text in texts
        if len(content := frozenset(stems(text, language)) - names) >= LEAST_QUOTED
    ]
    columns = {
        stem: n for n, stem in enumerate(sorted(frozenset[str]().union(*(content for _k, content in stem_sets))))
    }
    shares = np.zeros((len(stem_sets), len(columns)))
    for row, (_k, content) in zip(shares, stem_sets, strict=True):
        mass = weights.mass(content)
        for stem in content:
            row[columns[stem]] = weights[stem] / mass
    return Quoted(language, columns, shares, tuple(k for k, _content in stem_sets), len(quotes))

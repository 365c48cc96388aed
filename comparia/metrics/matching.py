"""Whether a key point is in a summary, and where: the primitive every content metric rests on.

Tier A, offline and lexical. For each key point and each window of one or two consecutive sentences of a summary:

- `recall`: share of the key point's IDF mass found in the window, stems matched exactly or nearly (rapidfuzz);
- `cosine`: TF-IDF cosine of the two;
- `grams`: share of the key point's character 4-grams found in the window.

The best window's features give, through a logistic model fitted on human labels (`COEFFICIENTS`), the probability that the
key point is expressed. Words quoted from the session count too: a summary that holds the very words that were said holds
the point. Weights come from the session itself. Polarity is not seen: a sentence that denies a point in its own words
looks like one that states it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from rapidfuzz import fuzz

from comparia.metrics.weights import Weights
from comparia.records import KeyPoint, Transcript, Verdict
from comparia.text import sentences as sentence_room
from comparia.text import vectors, words
from comparia.text.vectors import inverse_document_frequency
from comparia.text.words import stems

PARTLY_WEIGHT = 0.5
"""What a key point partly kept counts for (SummHay: Laban et al. 2024)."""

FUZZY_RATIO = 80
FUZZY_PREFIX = 2
FUZZY_LENGTH = 5
"""Two stems are the same word when they share a prefix, are long enough, and are this alike."""

NO_WINDOW = (0.0, 0.0, 0.0)


class Match(NamedTuple):
    """The verdict on one key point in one summary."""

    verdict: Verdict
    """kept, partly, uncertain or absent."""
    probability: float
    """Calibrated probability that the point is expressed, in [0, 1]."""
    sentence: str
    """The best sentence or pair of sentences, empty if none shares a word."""
    note: str = ""
    """Why a verdict was lowered."""


MatchTable = Mapping[tuple[str, str], Match]
"""Verdicts by (key point id, variant id)."""


@dataclass(frozen=True, slots=True)
class Window:
    """One or two consecutive sentences of a summary."""

    text: str
    stems: frozenset[str]
    norm: float
    grams: frozenset[str]


@dataclass(frozen=True)
class Matcher:
    """How key points are found in summaries.

    Its fields are its parameters: they stand in every signature.
    """

    kept_from: float = 0.6
    """Lowest probability of *kept*."""
    absent_under: float = 0.25
    """Highest probability of *absent*."""
    quote_recall: float = 0.75
    """IDF recall from which a window holds the quoted words themselves."""
    tier: Literal["A"] = "A"
    """Offline and lexical."""

    def signature(self) -> str:
        """The recipe of the verdicts, for signatures."""
        prepared = "+".join((sentence_room.NAME, words.NAME, vectors.NAME))
        return (
            f"{self.tier}-{CALIBRATION}(kept>={self.kept_from:g},absent<{self.absent_under:g},"
            f"quote>={self.quote_recall:g},text={prepared})"
        )

    def match(
        self, transcript: Transcript, points: Sequence[KeyPoint], summaries: Mapping[str, Sequence[str]]
    ) -> MatchTable:
        """Verdicts on every key point in every summary.

        Args:
            transcript: gives the weights of words.
            points: the key points.
            summaries: sentences of each summary, by variant id.

        Returns:
            A verdict for each (key point, variant). Cost is linear in points × sentences.
        """
        if not points:
            return {}
        language = transcript.language
        spoken = [s.text for turn in transcript.turns for s in sentence_room.sentences(turn.text)]
        weights = Weights(inverse_document_frequency(stems(text, language) for text in spoken))
        table: dict[tuple[str, str], Match] = {}
        names = frozenset(stem for s in transcript.speakers for stem in stems(s.name, language))
        for variant, sentences in summaries.items():
            windows = windows_of(sentences, language, weights)
            vocabulary = _by_prefix(frozenset[str]().union(*(w.stems for w in windows)) if windows else frozenset())
            for point in points:
                table[point.id, variant] = self._match_one(point, windows, vocabulary, weights, language, names)
        return table

    def _match_one(
        self,
        point: KeyPoint,
        windows: Sequence[Window],
        vocabulary: Mapping[str, Sequence[str]],
        weights: Weights,
        language: Literal["fr", "en"],
        names: frozenset[str],
    ) -> Match:
        best, probability = best_window(point.text, windows, vocabulary, weights, language)
        quoted, recall = None, 0.0
        for quote in point.said:
            wanted = frozenset(stems(quote.words, language)) - names
            window, found = _best_recall(wanted, windows, weights)
            if found > recall and len(wanted) >= 3:
                quoted, recall = window, found
        if quoted is not None and recall >= self.quote_recall and recall > probability:
            return Match("kept", max(probability, recall), quoted.text, "quote")
        if best is None:
            return Match("absent", probability, "")
        if probability >= self.kept_from:
            return Match("kept", probability, best.text)
        if probability < self.absent_under:
            return Match("absent", probability, best.text)
        return Match("partly", probability, best.text)


def windows_of(sentences: Sequence[str], language: Literal["fr", "en"], weights: Weights) -> list[Window]:
    """Every sentence, and every pair of consecutive ones, prepared."""
    texts = [*sentences, *(f"{a} {b}" for a, b in itertools.pairwise(sentences) if a != b)]
    found = []
    for text in texts:
        prepared = frozenset(stems(text, language))
        if prepared:
            found.append(Window(text, prepared, weights.norm(prepared), grams(text)))
    return found


def best_window(
    text: str,
    windows: Sequence[Window],
    vocabulary: Mapping[str, Sequence[str]],
    weights: Weights,
    language: Literal["fr", "en"],
) -> tuple[Window | None, float]:
    """The window most likely to express `text`, and that probability."""
    wanted = frozenset(stems(text, language))
    expanded = {stem: _near(stem, vocabulary) for stem in wanted}
    mass, norm, own_grams = weights.mass(wanted), weights.norm(wanted), grams(text)
    best, features = None, NO_WINDOW
    likeliest = -math.inf
    if not wanted:
        return None, probability_of(NO_WINDOW)
    for window in windows:
        shared = [stem for stem, near in expanded.items() if not window.stems.isdisjoint(near)]
        if not shared:
            continue
        weight = math.fsum(weights[stem] for stem in shared)  # exact: the same whatever the order of a set
        recall = weight / mass
        cosine = math.fsum(weights[stem] ** 2 for stem in shared) / (norm * window.norm)
        gram_recall = len(own_grams & window.grams) / len(own_grams) if own_grams else 0.0
        found = (recall, min(1.0, cosine), gram_recall)
        if (score := linear(found)) > likeliest:
            best, features, likeliest = window, found, score
    return best, probability_of(features)


def _best_recall(wanted: frozenset[str], windows: Sequence[Window], weights: Weights) -> tuple[Window | None, float]:
    mass = weights.mass(wanted)
    best, recall = None, 0.0
    if not mass:
        return best, recall
    for window in windows:
        found = math.fsum(weights[stem] for stem in wanted & window.stems) / mass
        if found > recall:
            best, recall = window, found
    return best, recall


@lru_cache(maxsize=20_000)
def grams(text: str, n: int = 4) -> frozenset[str]:
    """Character n-grams of the folded, accent-less text."""
    plain = " ".join(words.strip_accents(words.fold(text)).split())
    return frozenset(plain[i : i + n] for i in range(len(plain) - n + 1))


def _by_prefix(vocabulary: frozenset[str]) -> dict[str, list[str]]:
    index: dict[str, list[str]] = {}
    for stem in sorted(vocabulary):
        index.setdefault(stem[:FUZZY_PREFIX], []).append(stem)
    return index


def _near(stem: str, vocabulary: Mapping[str, Sequence[str]]) -> frozenset[str]:
    if len(stem) < FUZZY_LENGTH or stem[0].isdigit():
        return frozenset((stem,))
    close = [
        other
        for other in vocabulary.get(stem[:FUZZY_PREFIX], ())
        if len(other) >= FUZZY_LENGTH and fuzz.ratio(stem, other, score_cutoff=FUZZY_RATIO)
    ]
    return frozenset((stem, *close))


CALIBRATION = "lexical-1"
"""Name of the fitted model below, for signatures."""

COEFFICIENTS = (-3.06, 1.38, 3.09, 3.79)
"""Intercept and weights of recall, cosine, grams: logistic regression on the human labels of SummHay (Laban et al. 2024) and
REALSumm (Bhandari et al. 2020), each set weighing the same."""


def linear(features: tuple[float, float, float]) -> float:
    """Log-odds that the point is expressed."""
    b, recall, cosine, gram_recall = COEFFICIENTS
    return b + recall * features[0] + cosine * features[1] + gram_recall * features[2]


def probability_of(features: tuple[float, float, float]) -> float:
    """Calibrated probability, in (0, 1)."""
    return 1 / (1 + math.exp(-linear(features)))

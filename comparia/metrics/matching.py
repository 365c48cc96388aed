"""Whether a key point is in a summary, and where: the primitive every content metric rests on.

Tier A, offline and lexical. For each key point and each window of one or two consecutive sentences of a summary:

- `recall`: share of the key point's IDF mass found in the window, stems matched exactly or nearly (rapidfuzz);
- `cosine`: TF-IDF cosine of the two;
- `grams`: share of the key point's character 4-grams found in the window.

The best window's features give, through a logistic model fitted on human labels (`COEFFICIENTS`), the probability that
the key point is expressed. What else the session says around each point counts too (`views`): the margin by which a
sentence fits one point better than all the others finds paraphrases that share few words. And so do words quoted from
the session: a summary that holds the very words that were said holds the point. Weights come from the session itself.
Polarity is not seen: a sentence that denies a point in its own words looks like one that states it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from rapidfuzz import fuzz

from comparia.metrics.views import NAME as VIEWS
from comparia.metrics.views import Fit, grams, views_of
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
    """Probability that the point is expressed, in [0, 1]."""
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
    words_from: float = 0.45
    """Lowest probability, by its own words alone, of *kept*: a mention in passing is not the point."""
    quote_recall: float = 0.75
    """IDF recall from which a window holds the quoted words themselves."""
    tier: Literal["A"] = "A"
    """Offline and lexical."""

    def signature(self) -> str:
        """The recipe of the verdicts, for signatures."""
        prepared = "+".join((sentence_room.NAME, words.NAME, vectors.NAME))
        return (
            f"{self.tier}-{CALIBRATION}+{VIEWS}(kept>={self.kept_from:g},words>={self.words_from:g},absent<{self.absent_under:g},"
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
        views = views_of(transcript, points, weights)
        table: dict[tuple[str, str], Match] = {}
        names = frozenset(stem for s in transcript.speakers for stem in stems(s.name, language))
        for variant, sentences in summaries.items():
            windows = windows_of(sentences, language, weights)
            vocabulary = _by_prefix(frozenset[str]().union(*(w.stems for w in windows)) if windows else frozenset())
            for point, fit in zip(points, views.fits(sentences), strict=True):
                best, lexical = best_window(point.text, windows, vocabulary, weights, language)
                quoted = self._quoted(point, windows, weights, language, names)
                table[point.id, variant] = self._decide(best, lexical, fit, quoted)
        return table

    def _quoted(
        self,
        point: KeyPoint,
        windows: Sequence[Window],
        weights: Weights,
        language: Literal["fr", "en"],
        names: frozenset[str],
    ) -> tuple[Window | None, float]:
        """The window that holds most of the words of one of the point's quotes, and their share."""
        quoted, recall = None, 0.0
        for quote in point.said:
            wanted = frozenset(stems(quote.words, language)) - names
            window, found = _best_recall(wanted, windows, weights)
            if found > recall and len(wanted) >= 3:
                quoted, recall = window, found
        return quoted, recall

    def _decide(self, best: Window | None, lexical: float, fit: Fit, quoted: tuple[Window | None, float]) -> Match:
        """The verdict, from the point's own words, its company, and the words that were quoted.

        *partly*: some of its words are there. *uncertain*: few of its words are there, yet a sentence fits this point better
        than any other; a person should look.
        """
        window, recall = quoted
        probability = probability_of_view(lexical, fit)
        if window is not None and recall >= self.quote_recall and recall > probability:
            return Match("kept", max(probability, recall), window.text, "quote")
        wordy = lexical >= self.absent_under
        sentence = (
            best.text if best is not None and (wordy or fit.margin <= 0) else fit.sentence if fit.likeness else ""
        )
        if probability >= self.kept_from and lexical >= self.words_from:
            return Match("kept", probability, sentence)
        if probability < self.absent_under:
            return Match("absent", probability, sentence)
        return Match("partly" if wordy else "uncertain", probability, sentence)


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


VIEW_COEFFICIENTS = (-0.51, 0.7, 4.48, 11.3)
"""Intercept and weights of the lexical log-odds, of the likeness and of the margin: mean of two logistic regressions, one on
the planted recaps of each sample session, each tested on the other (`tests/benchmarks/planted.py`)."""

SMALLEST_MARGIN, LARGEST_MARGIN = -0.25, 0.08
"""Beyond these a margin says no more: among few key points any sentence stands out."""


def probability_of_view(lexical: float, fit: Fit) -> float:
    """Probability that a key point is expressed, from that of its own words and from its company; in (0, 1)."""
    b, own, likeness, margin = VIEW_COEFFICIENTS
    lexical = min(max(lexical, 1e-6), 1 - 1e-6)
    z = (
        b
        + own * math.log(lexical / (1 - lexical))
        + likeness * fit.likeness
        + margin * min(max(fit.margin, SMALLEST_MARGIN), LARGEST_MARGIN)
    )
    return 1 / (1 + math.exp(-z))

"""Which key point a sentence fits best, by the turns around the point: for paraphrases that share few words with it.

A key point is represented by its own text, by the whole turns in which it was said, by the turns just before and after
those, and by every other turn nearer to it than to any other key point (relevance feedback: Rocchio 1971). These turns
are the *company* of the point. A sentence of a recap that uses no word of the point's text may still be nearer to its
company than to that of any other point. The margin over the other key points counts more than the likeness, because all
sentences of one session resemble each other.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from comparia.matching.weights import Weights
from comparia.records import KeyPoint, Transcript, Turn
from comparia.text import words
from comparia.text.sentences import sentences
from comparia.text.words import stems

NAME = "views-3"
"""Name of this way of fitting sentences to key points, for signatures."""

OWN_TEXT = 2.0
"""Weight of a key point's own text; each of its turns weighs 1."""

NEIGHBOUR = 0.5
"""Weight of the turn before, and of the turn after, one that says the point: they ask, answer, or repeat it."""

SPREAD = 0.75
"""Weight of the other turns nearest to a key point; the vector of the turns known to say it weighs 1."""

RIVALS = 60
"""Least number of alternatives with which a sentence is compared: key points, and stretches of the rest of the session.

With few alternatives any sentence would have a large margin, whatever its subject."""

RIVAL_WORDS = 8
"""Fewest words of a turn that may be part of such a stretch."""

WORD_SHARE = 0.25
"""Weight of the likeness of stems; that of character 4-grams weighs 1."""

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]


class Bag(NamedTuple):
    """A text as a vector: its columns, in order, and their weights. Its length is 1 with the items without a column."""

    columns: NDArray[np.intp]
    values: Vector


@lru_cache(maxsize=20_000)
def grams(text: str, n: int = 4) -> frozenset[str]:
    """Return the character n-grams of the text, folded and without accents."""
    plain = " ".join(words.strip_accents(words.fold(text)).split())
    return frozenset(plain[i : i + n] for i in range(len(plain) - n + 1))


@dataclass(frozen=True)
class Space:
    """The stems, or the 4-grams, of a session: a column each."""

    columns: Mapping[str, int]
    """Place of each item."""
    weights: Vector
    """IDF of each column."""
    rare: float
    """IDF of an item without a column."""
    prepare: Callable[[str], Iterable[str]]
    """The items of a text."""

    @classmethod
    def of(
        cls, prepare: Callable[[str], Iterable[str]], vocabulary: Iterable[str], weight: Callable[[str], float]
    ) -> Space:
        """Return a space with one column for each item of a vocabulary; `weight` gives the IDF of any item."""
        columns = {item: column for column, item in enumerate(sorted(vocabulary))}
        return cls(columns, np.array([weight(item) for item in columns]), weight(""), prepare)

    def bag(self, text: str) -> Bag:
        """Return one text as a vector."""
        items = set(self.prepare(text))
        places = np.fromiter((self.columns[item] for item in items if item in self.columns), dtype=np.intp)
        places.sort()
        values = self.weights[places]
        norm = math.sqrt(float(values @ values) + (len(items) - len(places)) * self.rare**2)
        return Bag(places, values / norm if norm else values)

    def sum(self, bags: Iterable[Bag], shares: Iterable[float]) -> Vector:
        """Return the weighted sum of texts, scaled to length 1: shape (columns,); zeros when the sum is 0."""
        total = np.zeros(len(self.columns))
        for bag, share in zip(bags, shares, strict=True):
            total[bag.columns] += share * bag.values
        return _unit(total)


@dataclass(frozen=True)
class Views:
    """The key points of one reference as vectors. Made by `views_of`."""

    grams: Space
    words: Space
    by_grams: Matrix
    """Key points, then rivals, as 4-grams, shape (columns, points + rivals)."""
    by_words: Matrix
    """Key points, then rivals, as stems, shape (columns, points + rivals)."""

    def likeness(self, texts: Sequence[str]) -> Matrix:
        """Return cosine of 4-grams + `WORD_SHARE` × cosine of stems, shape (texts, points + rivals), to 6 decimals."""
        return self.likeness_of([self.grams.bag(text) for text in texts], [self.words.bag(text) for text in texts])

    def likeness_of(self, by_grams: Sequence[Bag], by_words: Sequence[Bag]) -> Matrix:
        """Return the same as `likeness`, for texts that are vectors already."""
        likeness = np.zeros((len(by_grams), self.by_grams.shape[1]))
        for row, (grammed, worded) in enumerate(zip(by_grams, by_words, strict=True)):
            likeness[row] = _alike(grammed, self.by_grams) + WORD_SHARE * _alike(worded, self.by_words)
        return np.round(likeness, 6)


def margins(likeness: Matrix) -> Matrix:
    """Return each likeness minus the largest likeness of the same text to another key point, shape (texts, points).

    With a single key point, the margin is the likeness.
    """
    if likeness.shape[1] < 2:
        return likeness.copy()
    rows = np.arange(len(likeness))
    winner = likeness.argmax(axis=1)
    rival = np.repeat(likeness.max(axis=1)[:, None], likeness.shape[1], axis=1)
    others = likeness.copy()
    others[rows, winner] = -np.inf
    rival[rows, winner] = others.max(axis=1)
    apart: Matrix = np.round(likeness - rival, 6)
    return apart


def views_of(
    transcript: Transcript,
    points: Sequence[KeyPoint],
    weights: Weights,
    *,
    neighbour: float = NEIGHBOUR,
    rivals: int = RIVALS,
) -> Views:
    """Return the key points as vectors, with weights (IDF) from the sentences of the session.

    Args:
        transcript: gives turns and the weights of 4-grams.
        points: the key points, at least one.
        weights: of stems.
        neighbour: weight of the turns around those that say a point; 0 where turns do not answer one another.
        rivals: columns wanted, key points included; the rest are stretches of the session that no key point quotes
            (`stretches`).

    Returns:
        For each key point p, with b(·) the vector of a text, unit(`OWN_TEXT`·b(text) + Σ b(turns that say it) +
        `neighbour`·Σ b(turns around those)), then unit(that + `SPREAD`·unit(Σ m(t, p)·b(t))) over the turns t whose
        largest likeness is to p, by the margin m. Cost is linear in the length of the transcript × points.
    """
    language = transcript.language
    turns = [turn for turn in transcript.turns if turn.channel != "system"]
    places = {turn.number: place for place, turn in enumerate(turns)}
    written = {turn.number: turn.text for turn in transcript.turns}
    spoken = [s.text for turn in turns for s in sentences(turn.text)]
    frequency = Counter(gram for text in spoken for gram in grams(text))
    of_stems = {stem for text in (*spoken, *(point.text for point in points)) for stem in stems(text, language)}
    of_grams = frequency.keys() | {gram for point in points for gram in grams(point.text)}
    gram_space = Space.of(grams, of_grams, lambda gram: math.log((len(spoken) + 1) / (frequency[gram] + 0.5)))
    word_space = Space.of(lambda text: stems(text, language), of_stems, weights.__getitem__)
    company = []
    for point in points:
        texts = {point.text: OWN_TEXT}
        for quote in point.said:
            spoken_text = written.get(quote.turn, quote.words)
            texts[spoken_text] = texts.get(spoken_text, 0.0) + 1.0
            place = places.get(quote.turn)
            for near in () if place is None or not neighbour else (place - 1, place + 1):
                if 0 <= near < len(turns):
                    beside = turns[near].text
                    texts[beside] = texts.get(beside, 0.0) + neighbour
        company.append(texts)
    company += [
        dict.fromkeys((turn.text for turn in stretch), 1.0) for stretch in stretches(transcript, points, rivals)
    ]
    by_grams, by_words = (_bags(space, turns, company) for space in (gram_space, word_space))
    seeds = Views(gram_space, word_space, _seeds(gram_space, by_grams, company), _seeds(word_space, by_words, company))
    if len(company) < 2 or not turns:
        return seeds
    around = [[bags[turn.text] for turn in turns] for bags in (by_grams, by_words)]
    apart = margins(seeds.likeness_of(*around))
    return Views(
        gram_space,
        word_space,
        _spread(gram_space, seeds.by_grams, around[0], apart),
        _spread(word_space, seeds.by_words, around[1], apart),
    )


def stretches(transcript: Transcript, points: Sequence[KeyPoint], wanted: int = RIVALS) -> list[list[Turn]]:
    """Return at most `wanted` - (number of key points) stretches of turns that no key point quotes, in order."""
    quoted = {quote.turn for point in points for quote in point.said}
    rest = [
        turn
        for turn in transcript.turns
        if turn.channel != "system" and turn.number not in quoted and len(turn.text.split()) >= RIVAL_WORDS
    ]
    number = min(wanted - len(points), len(rest))
    if number <= 0:
        return []
    size = -(-len(rest) // number)
    return [rest[n : n + size] for n in range(0, len(rest), size)]


def _bags(space: Space, turns: Sequence[Turn], company: Sequence[Mapping[str, float]]) -> dict[str, Bag]:
    texts = {turn.text for turn in turns}.union(*company)
    return {text: space.bag(text) for text in texts}


def _seeds(space: Space, bags: Mapping[str, Bag], company: Sequence[Mapping[str, float]]) -> Matrix:
    return np.stack([space.sum([bags[text] for text in texts], texts.values()) for texts in company], axis=1)


def _spread(space: Space, points: Matrix, turns: Sequence[Bag], apart: Matrix) -> Matrix:
    """Return the key points, each moved towards the turns that are nearer to it than to any other."""
    moved = []
    for point in range(points.shape[1]):
        nearest = np.flatnonzero(apart[:, point] > 0)
        others = space.sum([turns[t] for t in nearest.tolist()], apart[nearest, point])
        moved.append(_unit(points[:, point] + SPREAD * others))
    return np.stack(moved, axis=1)


def _alike(bag: Bag, points: Matrix) -> Vector:
    alike: Vector = bag.values @ points[bag.columns]
    return alike


def _unit(vector: Vector) -> Vector:
    norm = math.sqrt(float((vector * vector).sum()))
    return vector / norm if norm else vector

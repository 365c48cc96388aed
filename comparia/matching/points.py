"""The key points of one reference, prepared once to be measured in many recaps (`cells`).

The text of a point is cut into clauses, and into its main part and its reason. Its quotes and its turns are added, and
its numbers, its cues and its holders. A text is compared as a set of items: stems, and numbers by their value.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from comparia.matching.context import Views, grams
from comparia.matching.cues import counts_of, first_reason
from comparia.matching.lexical import Quoted, Wordings
from comparia.matching.weights import Weights
from comparia.records import KeyPoint, Reference, Transcript
from comparia.text.numbers import numbers
from comparia.text.words import stems, tokens

NUMBER = 1.6
"""Weight of a number among the words of a point, before its rarity."""
NUMBER_SAID = 6.0
"""Weight of a number among the words of quotes and turns, as IDF."""
PREFIX = 5
"""Letters that two stems share when they are taken for one word."""

Matrix = NDArray[np.float64]
Language = Literal["fr", "en"]
Weight = Callable[[str], float]
"""Gives the weight of an item."""

_CLAUSE = {
    "fr": re.compile(
        r"[,;:()–—]|\b(?:parce qu[e’']|car|puisque|afin|faute de|en raison|sinon|si|à condition|sauf|"
        r"tant que|alors que|plutôt que|même si|à moins|pour que|ce qui|et|mais|qui|dont|avec|sans|pour)\b",
        re.IGNORECASE,
    ),
    "en": re.compile(
        r"[,;:()–—]|\b(?:because|since|so that|unless|if|provided|in order|otherwise|due to|on condition|except|"
        r"while|without|rather than|until|even if|which|who|with|and|but|so|to)\b",
        re.IGNORECASE,
    ),
}


def items_of(text: str, language: Language) -> frozenset[str]:
    """Return the stems of a text, and its numbers from 3 on as `#` and their value, however they are written."""
    values = {f"#{number.value:.12g}" for number in numbers(text, language) if number.value >= 3}
    return frozenset(stem for stem in stems(text, language) if not stem[0].isdigit()) | values


@dataclass(frozen=True, eq=False)
class Shares:
    """Texts as shares of the weight of their items. Made by `shares_of`."""

    columns: Mapping[str, int]
    """Column of each item."""
    rows: Matrix
    """Share of each item in the weight of each text, shape (texts, items)."""

    def share_in(self, presence: Matrix) -> Matrix:
        """Return the share of each text's weight that is there, in [0, 1], shape (texts,).

        Args:
            presence: whether each item is there for each text, 0 or 1, shape (texts, items).
        """
        shares: Matrix = np.einsum("ti,ti->t", self.rows, presence)
        return shares


def shares_of(texts: Sequence[frozenset[str]], columns: Mapping[str, int], weight: Weight) -> Shares:
    """Return texts as shares of the weight of their items; items without a column are left out."""
    rows = np.zeros((len(texts), len(columns)))
    for row, items in zip(rows, texts, strict=True):
        for item in sorted(items):
            if item in columns:
                row[columns[item]] = weight(item)
    whole = rows.sum(axis=1, keepdims=True)
    whole[whole == 0] = 1
    return Shares(columns, rows / whole)


def columns_of(texts: Iterable[Iterable[str]]) -> dict[str, int]:
    """Return a column for each item of the texts."""
    return {item: column for column, item in enumerate(sorted(set(itertools.chain.from_iterable(texts))))}


@dataclass(frozen=True, eq=False)
class Spoken:
    """The words with which the session says each key point: quotes, and whole turns. Names of speakers are left out."""

    weight: Weight
    """IDF of an item of the session."""
    quotes: Shares
    """The quotes of all points."""
    owners: NDArray[np.intp]
    """The key point of each quote, shape (quotes,)."""
    turns: Matrix
    """Whether the turns that say a point hold an item, 0 or 1, shape (points, items of `quotes`)."""


@dataclass(frozen=True, eq=False)
class Points:
    """The key points of one reference, ready to be compared with recaps. Made by `points_of`."""

    language: Language
    wordings: Wordings
    quoted: Quoted
    views: Views
    weight: Weight
    """Weight of an item among the words of points."""
    whole: Shares
    """The whole text of each point."""
    lengths: Matrix
    """Length of each point as a vector of items, shape (points,)."""
    clauses: Shares
    """The clauses of all points."""
    clause_owners: NDArray[np.intp]
    """The key point of each clause, shape (clauses,)."""
    main: Shares
    """The main part of each point, without its reason."""
    main_letters: Shares
    """4-grams of the main part of each point."""
    reason_letters: Shares
    """4-grams of the reason of each point, in the same columns."""
    has_reason: NDArray[np.bool_]
    spoken: Spoken
    numbers: tuple[frozenset[float], ...]
    cues: Matrix
    """Counts of cues, shape (points, tables)."""
    holders: tuple[frozenset[str], ...]
    """Ids of those who hold each point, moderators left out."""
    words: Matrix
    """Number of words of each point, at least 1."""
    constants: Matrix
    """view, decision, minority, prevalence, holders: shape (points, 5)."""
    names: frozenset[str]
    """Stems of the names of speakers."""
    prefixes: Mapping[str, Sequence[int]]
    """Columns of `whole` by the first `PREFIX` letters of their item."""

    def __len__(self) -> int:
        return len(self.holders)


def points_of(
    transcript: Transcript,
    reference: Reference,
    weights: Weights,
    wordings: Wordings,
    quoted: Quoted,
    views: Views,
) -> Points:
    """Return key points ready to be compared with recaps.

    Args:
        transcript: gives the turns that say them, and the names of speakers.
        reference: the key points, at least one, who moderates, and which views are minority ones.
        weights: IDF of the session's stems.
        wordings: their words (`lexical`).
        quoted: their quotes (`lexical`).
        views: them by context (`context`).
    """
    language, points = transcript.language, reference.key_points
    names = frozenset(stem for s in transcript.speakers for stem in stems(s.name, language))
    texts = [items_of(point.text, language) for point in points]
    weight, columns = _weight_among(texts, weights), columns_of(texts)
    clauses = [(k, items) for k, point in enumerate(points) for items in _clauses(point.text, language, names)]
    parts = [_parts(point.text, language) for point in points]
    main_letters, reason_letters = _letters_of(parts)
    moderators = frozenset(reference.moderators)
    holders = tuple(frozenset(point.holders) - moderators for point in points)
    return Points(
        language=language,
        wordings=wordings,
        quoted=quoted,
        views=views,
        weight=weight,
        whole=shares_of(texts, columns, weight),
        lengths=np.array([length_of(items, weight) for items in texts]),
        clauses=shares_of([items for _k, items in clauses], columns, weight),
        clause_owners=np.array([k for k, _items in clauses], dtype=np.intp),
        main=shares_of([items_of(main, language) - names for main, _reason in parts], columns, weight),
        main_letters=main_letters,
        reason_letters=reason_letters,
        has_reason=np.array([bool(reason) for _main, reason in parts]),
        spoken=_spoken_of(transcript, points, weights, names),
        numbers=tuple(frozenset(n.value for n in numbers(point.text, language)) for point in points),
        cues=counts_of([point.text for point in points], language),
        holders=holders,
        words=np.array([max(1, len(tokens(point.text, language))) for point in points], dtype=np.float64),
        constants=_constants_of(reference, holders),
        names=names,
        prefixes=_by_prefix(columns),
    )


def length_of(items: frozenset[str], weight: Weight) -> float:
    """Return the length of a text as a vector of weights of its items; 1 for a text without items."""
    return math.sqrt(sum(weight(item) ** 2 for item in items)) or 1.0


def _weight_among(texts: Sequence[frozenset[str]], weights: Weights) -> Weight:
    """Return the weight of an item among the texts of points: it grows with its rarity there and in the session."""
    frequency = Counter(item for items in texts for item in items)

    def weight(item: str) -> float:
        rarity = math.log(1 + len(texts) / frequency.get(item, 1))
        return rarity * (NUMBER if item[0] == "#" else math.sqrt(weights[item]))

    return weight


def _letters_of(parts: Sequence[tuple[str, str]]) -> tuple[Shares, Shares]:
    """Return the 4-grams of the main parts, and those of the reasons, weighted by their rarity among the points."""
    letters = [(grams(main), grams(reason)) for main, reason in parts]
    frequency = Counter(gram for main, reason in letters for gram in main | reason)
    columns = columns_of(gram for pair in letters for gram in pair)

    def weight(gram: str) -> float:
        return math.log(1 + len(parts) / frequency[gram])

    return (
        shares_of([main for main, _reason in letters], columns, weight),
        shares_of([reason for _main, reason in letters], columns, weight),
    )


def _spoken_of(transcript: Transcript, points: Sequence[KeyPoint], weights: Weights, names: frozenset[str]) -> Spoken:
    """Return the words with which the session says each point; a quote whose turn is missing stands for its turn."""
    language = transcript.language
    texts = {turn.number: turn.text for turn in transcript.turns}
    quotes = [(k, items_of(q.words, language) - names) for k, point in enumerate(points) for q in point.said]
    turns = [
        frozenset[str]().union(*(items_of(texts.get(q.turn, q.words), language) for q in point.said)) - names
        for point in points
    ]
    columns = columns_of([*(items for _k, items in quotes), *turns])

    def weight(item: str) -> float:
        return NUMBER_SAID if item[0] == "#" else weights[item]

    return Spoken(
        weight=weight,
        quotes=shares_of([items for _k, items in quotes], columns, weight),
        owners=np.array([k for k, _items in quotes], dtype=np.intp),
        turns=presence_of(turns, columns),
    )


def presence_of(texts: Sequence[Iterable[str]], columns: Mapping[str, int]) -> Matrix:
    """Return whether each text holds each item, 0 or 1, shape (texts, items); items without a column are left out."""
    presence = np.zeros((len(texts), len(columns)))
    for row, items in zip(presence, texts, strict=True):
        row[[columns[item] for item in items if item in columns]] = 1.0
    return presence


def _constants_of(reference: Reference, holders: Sequence[frozenset[str]]) -> Matrix:
    """Return what does not depend on a recap, shape (points, 5): see `Points.constants`."""
    rows = [
        (
            point.kind == "view",
            point.kind in ("decision", "action"),
            reference.is_minority(point),
            math.log(max(reference.prevalence(point), 0.01)),
            math.log(max(1, len(those))),
        )
        for point, those in zip(reference.key_points, holders, strict=True)
    ]
    return np.array(rows, dtype=np.float64)


def _by_prefix(columns: Mapping[str, int]) -> dict[str, list[int]]:
    """Return the columns of stems of `PREFIX` letters or more, by their first letters."""
    prefixes: dict[str, list[int]] = {}
    for item, column in columns.items():
        if len(item) >= PREFIX and item[0] != "#":
            prefixes.setdefault(item[:PREFIX], []).append(column)
    return prefixes


def _clauses(text: str, language: Language, names: frozenset[str]) -> list[frozenset[str]]:
    """Return the items of each clause of a text, without names; those of the whole text if no clause has any."""
    clauses = [items_of(piece, language) - names for piece in _CLAUSE[language].split(text) if piece]
    return [items for items in clauses if items] or [items_of(text, language)]


def _parts(text: str, language: Language) -> tuple[str, str]:
    """Return the main part of a point, and its reason or condition; empty where it has none."""
    words, place = " ".join(tokens(text, language)), first_reason(text, language)
    return (words, "") if place < 0 else (words[:place], words[place:])

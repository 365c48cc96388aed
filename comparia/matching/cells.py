"""Measures of each cell: one key point in one recap. The fitted model (`model`) turns them into probabilities.

They answer four questions. Is the point there: its words, its quotes, the turns around it, and whether the sentence
fits another point better. Is all of it there: the share of each of its clauses, of its reason, of its numbers. Is it as
strong: hedges, mentions without a position, cues of force that are missing. Is it still the view of those who hold it:
claims of agreement, groups, names.

Key points are prepared once (`points`). In each recap every point has a window, the one or two sentences that fit it
best (`windows`). Each function that returns `Columns` measures one thing of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from comparia.matching.context import grams, margins
from comparia.matching.cues import TABLES, counts_of
from comparia.matching.points import PREFIX, Matrix, Points, items_of, length_of, presence_of
from comparia.matching.windows import Fits, Selection, Windows, fits_of, windows_of
from comparia.text.numbers import numbers
from comparia.text.recaps import Passage
from comparia.text.words import tokens

NAME = "cells-1"
"""Name of these measures, for signatures."""

CLAUSE_HELD = 0.34
"""Share of a clause's weight from which it is held."""
BY_POINT, BY_QUOTES = 0.6, 0.4
"""Weights of the likeness to a point's own text and to its quotes, to tell which point a sentence says best."""

MEASURES: tuple[str, ...] = (
    # is it there
    "log_odds", "second", "margin", "grams", "quoted", "cosine", "apart", "said", "said_apart", "like_quotes",
    "best_of", "same_window",
    # is all of it there
    "whole_in_window", "whole_in_line", "whole_in_three", "whole_in_recap", "clauses_in_line",
    "clauses_in_three", "clauses_mean", "last_clause", "last_clause_in_three", "main_in_line", "main_in_three",
    "letters_least", "letters_main", "letters_reason", "has_reason", "length_ratio", "window_words",
    # numbers
    "numbers_in_window", "numbers_near", "other_numbers", "has_numbers",
    # as strong
    "hedges", "hedges_more", "force", "force_wanted", "force_missing", "tells", "denials", "denials_wanted", "open",
    "question", "mentions",
    # whose view
    "agreement", "agreement_near", "agreement_in_line", "agreement_above", "everyone", "groups", "shared", "few",
    "holder_share", "holder_in_line", "others_named", "nobody_named",
    # the point
    "view", "decision", "minority", "prevalence", "holders",
    # the recap
    "recap_agreement", "recap_hedges", "recap_mentions", "recap_names", "recap_words", "recap_sentence_words",
    "recap_fit", "recap_said",
)  # fmt: skip
"""Names of the measures of a cell, in order."""

MEASURES_OF_MEANING = ("meaning", "meaning_apart", "meaning_most", "meaning_apart_most")
"""Further measures of tier B, by embeddings, in standard deviations."""

Columns = dict[str, NDArray[Any]]
"""Measures by name, each of shape (points,)."""
Item = TypeVar("Item")


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of one recap."""

    measures: Matrix
    """Shape (points, measures), in the order of `MEASURES`."""
    windows: tuple[str, ...]
    """The one or two sentences of the recap that best express each point."""
    quoted: tuple[tuple[str, float], ...]
    """For each point, the window that holds most of one of its quotes, and this share."""


def cells_of(
    points: Points,
    recap: Sequence[Passage],
    named: Callable[[str], Iterable[str]],
    meaning: Matrix | None = None,
) -> Cells:
    """Return the measures of every key point in a recap of at least one sentence.

    Args:
        points: the key points.
        recap: its sentences.
        named: returns the ids of the speakers whom a text names.
        meaning: likeness of each sentence to each point, then to rivals, by embeddings, in standard deviations, shape
            (sentences, points + rivals); None for tier A.
    """
    sentences = _sentences_of(points, recap, named)
    fits = fits_of(points, sentences.texts, meaning)
    windows = windows_of(fits.log_odds, [passage.line for passage in recap])
    likeness = _likeness_of(points, sentences)
    quotes = tuple(points.quoted.found_in(sentences.texts))
    columns = {
        "quoted": np.array([share for _text, share in quotes]),
        **_fit(fits, windows),
        **_likeness(likeness, windows),
        **_words(points, sentences, windows),
        **_letters(points, sentences, windows),
        **_lengths(points, sentences, windows),
        **_numbers(points, sentences, windows),
        **_strength(points, sentences, windows),
        **_agreement(sentences, windows),
        **_people(points, sentences, windows),
        **_constants(points),
        **_recap(sentences, windows, likeness),
        **_meaning(fits, windows),
    }
    names = MEASURES if meaning is None else (*MEASURES, *MEASURES_OF_MEANING)
    measures = np.stack([np.asarray(columns[name], dtype=np.float64) for name in names], axis=1)
    return Cells(np.round(measures, 6), _texts(fits, windows), quotes)


@dataclass(frozen=True, eq=False)
class _Sentences:
    """What each sentence of one recap holds."""

    texts: Sequence[str]
    items: Sequence[frozenset[str]]
    exact_items: Matrix
    """Whether it holds an item of a point, 0 or 1, shape (sentences, items of `Points.whole`)."""
    alike_items: Matrix
    """The same, an item that shares its first `PREFIX` letters being the same word."""
    letters: Matrix
    """Whether it holds a 4-gram of a point, 0 or 1, shape (sentences, 4-grams of `Points.main_letters`)."""
    numbers: Sequence[frozenset[float]]
    cues: Matrix
    """Counts of its cues, shape (sentences, tables)."""
    cues_above: Matrix
    """Counts of the cues of the headings it stands under, same shape."""
    people: Sequence[frozenset[str]]
    """Ids of the speakers it names."""
    words: Matrix
    """Number of its words, shape (sentences,)."""

    @property
    def claims(self) -> Matrix:
        """Whether each sentence claims an agreement, 0 or 1, shape (sentences,)."""
        claims: Matrix = (_by_table(self.cues)["agreement"] > 0).astype(np.float64)
        return claims


def _sentences_of(points: Points, recap: Sequence[Passage], named: Callable[[str], Iterable[str]]) -> _Sentences:
    """Return what each sentence of a recap holds; `named` returns the ids of the speakers whom a text names."""
    language, texts = points.language, [passage.text for passage in recap]
    items = [items_of(text, language) for text in texts]
    exact_items = presence_of(items, points.whole.columns)
    return _Sentences(
        texts=texts,
        items=items,
        exact_items=exact_items,
        alike_items=_alike(points, items, exact_items),
        letters=presence_of([grams(text) for text in texts], points.main_letters.columns),
        numbers=[frozenset(number.value for number in numbers(text, language)) for text in texts],
        cues=counts_of(texts, language),
        cues_above=counts_of([passage.under for passage in recap], language),
        people=[frozenset(named(text)) for text in texts],
        words=np.array([len(tokens(text, language)) for text in texts], dtype=np.float64),
    )


def _alike(points: Points, items: Sequence[frozenset[str]], exact_items: Matrix) -> Matrix:
    """Return whether each sentence holds an item of a point, or one with the same first letters, 0 or 1."""
    presence = exact_items.copy()
    for row, of_sentence in zip(presence, items, strict=True):
        for item in of_sentence:
            row[list(points.prefixes.get(item[:PREFIX], ()))] = 1.0
    return presence


@dataclass(frozen=True, eq=False)
class _Likeness:
    """How alike sentences and key points are by weighted items, each of shape (sentences, points)."""

    cosine: Matrix
    """Cosine of the sentence and the point's own text."""
    quotes: Matrix
    """Largest cosine of the sentence and one of the point's quotes."""
    turns: Matrix
    """Share of the sentence's weight that is in the point's turns."""


def _likeness_of(points: Points, sentences: _Sentences) -> _Likeness:
    """Return how alike sentences and key points are; names of speakers count for nothing in quotes and turns."""
    spoken, columns = points.spoken, points.spoken.quotes.columns
    items = [of_sentence - points.names for of_sentence in sentences.items]
    presence = presence_of(items, columns)
    weights = np.array([spoken.weight(item) for item in columns])
    mass = np.array([sum(spoken.weight(item) for item in of_sentence) or 1.0 for of_sentence in items])
    turns: Matrix = (presence * weights) @ spoken.turns.T / mass[:, None]
    return _Likeness(_cosines(points, sentences), _quote_cosines(points, items, presence, weights), np.round(turns, 6))


def _cosines(points: Points, sentences: _Sentences) -> Matrix:
    """Return the cosine of each sentence and each point, weighted: shape (sentences, points)."""
    weights = np.array([points.weight(item) for item in points.whole.columns]) ** 2
    lengths = np.array([length_of(items, points.weight) for items in sentences.items])
    products = (sentences.exact_items * weights) @ (points.whole.rows > 0).astype(np.float64).T
    cosines: Matrix = np.round(products / lengths[:, None] / points.lengths[None, :], 6)
    return cosines


def _quote_cosines(points: Points, items: Sequence[frozenset[str]], presence: Matrix, weights: Matrix) -> Matrix:
    """Return the largest cosine of each sentence and a quote of each point, weighted: shape (sentences, points).

    Args:
        points: the key points.
        items: of each sentence, names left out.
        presence: whether each sentence holds each item of the quotes, 0 or 1, shape (sentences, items).
        weights: of the items of the quotes, shape (items,).
    """
    spoken = points.spoken
    quotes = (spoken.quotes.rows > 0).astype(np.float64)
    quote_lengths = np.sqrt(quotes @ weights**2)
    quote_lengths[quote_lengths == 0] = 1.0
    lengths = np.array([length_of(of_sentence, spoken.weight) for of_sentence in items])
    cosines = (presence * weights**2) @ quotes.T / lengths[:, None] / quote_lengths[None, :]
    largest = np.zeros((len(items), len(points)))
    for quote, owner in enumerate(spoken.owners):
        largest[:, owner] = np.maximum(largest[:, owner], cosines[:, quote])
    return np.round(largest, 6)


# Is it there ----------------------------------------------------------------------------------------------------------


def _fit(fits: Fits, windows: Windows) -> Columns:
    """Return how well the window fits the point, by its words and by context."""
    ordered = np.sort(windows.of_sentences, axis=0)
    return {
        "log_odds": windows.log_odds,
        "second": ordered[-2] if len(ordered) > 1 else np.full(ordered.shape[1], -5.0),
        "margin": windows.largest(fits.margin),
        "grams": windows.of_windows(fits.words.grams),
    }


def _likeness(likeness: _Likeness, windows: Windows) -> Columns:
    """Return how alike the window is to the point and to what was said, and whether it fits another point better."""
    both = BY_POINT * likeness.cosine + BY_QUOTES * likeness.quotes
    count = both.shape[1]
    return {
        "cosine": windows.largest(likeness.cosine),
        "apart": margins(both).max(axis=0),
        "said": windows.largest(likeness.turns),
        "said_apart": windows.largest(margins(likeness.turns)),
        "like_quotes": windows.largest(likeness.quotes),
        "best_of": np.minimum(3.0, np.bincount(both.argmax(axis=1), minlength=count)),
        "same_window": windows.inside[np.arange(count), both.argmax(axis=0)],
    }


def _meaning(fits: Fits, windows: Windows) -> Columns:
    """Return how well the window, and the best sentence, fit the point by embeddings; no column for tier A."""
    if fits.meaning is None:
        return {}
    return {
        "meaning": windows.largest(fits.meaning.likeness),
        "meaning_apart": windows.largest(fits.meaning.margin),
        "meaning_most": fits.meaning.likeness.max(axis=0),
        "meaning_apart_most": fits.meaning.margin.max(axis=0),
    }


# Is all of it there ---------------------------------------------------------------------------------------------------


def _words(points: Points, sentences: _Sentences, windows: Windows) -> Columns:
    """Return the share of the point's words, of its main part and of its clauses, near the window and in the recap."""
    window, line, three = (
        _in_any(selection, sentences.alike_items) for selection in (windows.inside, windows.in_line, windows.in_three)
    )
    anywhere = np.broadcast_to(sentences.alike_items.max(axis=0), window.shape)
    owners, count = points.clause_owners, len(points)
    in_window, in_line, in_three = (points.clauses.share_in(items[owners]) for items in (window, line, three))
    return {
        "whole_in_window": points.whole.share_in(window),
        "whole_in_line": points.whole.share_in(line),
        "whole_in_three": points.whole.share_in(three),
        "whole_in_recap": points.whole.share_in(anywhere),
        "main_in_line": points.main.share_in(line),
        "main_in_three": points.main.share_in(three),
        "clauses_in_line": _mean_by(owners, in_line > CLAUSE_HELD, count),
        "clauses_in_three": _mean_by(owners, in_three > CLAUSE_HELD, count),
        "clauses_mean": _mean_by(owners, in_three, count),
        "last_clause": _last_by(owners, in_window, count),
        "last_clause_in_three": _last_by(owners, in_three, count),
    }


def _letters(points: Points, sentences: _Sentences, windows: Windows) -> Columns:
    """Return the share of the 4-grams of the point's main part and of its reason; 1 for a reason it does not have."""
    line, wide = (
        _in_any(selection, sentences.letters) for selection in (windows.in_line, windows.in_three | windows.in_line)
    )
    in_line, in_wide = (
        np.where(points.has_reason, points.reason_letters.share_in(letters), 1.0) for letters in (line, wide)
    )
    return {
        "letters_least": np.minimum(points.main_letters.share_in(line), in_line),
        "letters_main": points.main_letters.share_in(wide),
        "letters_reason": in_wide,
        "has_reason": points.has_reason,
    }


def _lengths(points: Points, sentences: _Sentences, windows: Windows) -> Columns:
    """Return the length of the window in words, and its ratio to that of the point, as logarithms."""
    words = np.maximum(1, windows.inside @ sentences.words)
    return {"length_ratio": np.log((words + 1) / points.words), "window_words": np.log(words + 1)}


def _numbers(points: Points, sentences: _Sentences, windows: Windows) -> Columns:
    """Return the share of the point's numbers in the window and near it, and whether it gives others instead."""
    inside, near = (_union_in(selection, sentences.numbers) for selection in (windows.inside, windows.near))
    shares = np.array([_share(*pair) for pair in zip(points.numbers, inside, strict=True)])
    others = np.array([bool(of_window - of_point) for of_point, of_window in zip(points.numbers, inside, strict=True)])
    return {
        "numbers_in_window": shares,
        "numbers_near": np.array([_share(*pair) for pair in zip(points.numbers, near, strict=True)]),
        "other_numbers": others & (shares < 1),
        "has_numbers": np.array([bool(of_point) for of_point in points.numbers]),
    }


# Is it as strong ------------------------------------------------------------------------------------------------------


def _strength(points: Points, sentences: _Sentences, windows: Windows) -> Columns:
    """Return counts of the cues of hedging, force, denial and mere mention in the window, and of the point's own."""
    cues, of_point = _by_table(windows.inside @ sentences.cues), _by_table(points.cues)
    above = _by_table(sentences.cues_above[windows.first])
    questions = np.array(["?" in text for text in sentences.texts])
    return {
        "hedges": np.minimum(3, cues["hedges"]),
        "hedges_more": np.clip(np.minimum(99, cues["hedges"]) - np.minimum(99, of_point["hedges"]), -2, 3),
        "force": np.minimum(3, cues["force"]),
        "force_wanted": np.minimum(3, of_point["force"]),
        "force_missing": (of_point["force"] > 0) & (cues["force"] == 0),
        "tells": np.minimum(1, cues["tells"]),
        "denials": np.minimum(2, cues["denials"]),
        "denials_wanted": np.minimum(2, of_point["denials"]),
        "open": np.minimum(1, cues["open"] + above["open"]),
        "question": windows.inside @ questions,
        "mentions": np.minimum(3, cues["mentions"]),
    }


# Whose view -----------------------------------------------------------------------------------------------------------


def _agreement(sentences: _Sentences, windows: Windows) -> Columns:
    """Return counts of the claims of agreement in the window and around it, and of the words for groups and for few."""
    cues, above = _by_table(windows.inside @ sentences.cues), _by_table(sentences.cues_above[windows.first])
    in_line = np.where(windows.in_line, _by_table(sentences.cues)["agreement"], 0)
    return {
        "agreement": np.minimum(2, cues["agreement"]),
        "agreement_near": windows.near @ sentences.claims > 0,
        "agreement_in_line": in_line.max(axis=1),
        "agreement_above": above["agreement"] + above["shared"] > 0,
        "everyone": np.minimum(2, cues["everyone"]),
        "groups": np.minimum(2, cues["groups"]),
        "shared": np.minimum(2, cues["shared"]),
        "few": np.minimum(2, cues["few"]),
    }


def _people(points: Points, sentences: _Sentences, windows: Windows) -> Columns:
    """Return the share of the point's holders whom the window names, and whether it names others, or nobody."""
    inside, in_line = (_union_in(selection, sentences.people) for selection in (windows.inside, windows.in_line))
    pairs = list(zip(inside, points.holders, strict=True))
    return {
        "holder_share": np.array([len(speakers & holders) / max(1, len(holders)) for speakers, holders in pairs]),
        "holder_in_line": np.array(
            [bool(speakers & holders) for speakers, holders in zip(in_line, points.holders, strict=True)]
        ),
        "others_named": np.array([bool(speakers - holders) for speakers, holders in pairs]),
        "nobody_named": np.array([not speakers for speakers in inside]),
    }


# The point, and the recap ---------------------------------------------------------------------------------------------


def _constants(points: Points) -> Columns:
    """Return what does not depend on the recap: the kind of the point, and how many hold it."""
    return dict(zip(("view", "decision", "minority", "prevalence", "holders"), points.constants.T, strict=True))


def _recap(sentences: _Sentences, windows: Windows, likeness: _Likeness) -> Columns:
    """Return measures of the whole recap, the same for all its points: shares of its sentences, lengths, mean fits."""
    cues, words = _by_table(sentences.cues), max(1.0, float(sentences.words.sum()))
    values = {
        "recap_agreement": sentences.claims.mean(),
        "recap_hedges": (cues["hedges"] > 0).mean(),
        "recap_mentions": (cues["mentions"] > 0).mean(),
        "recap_names": np.mean([bool(people) for people in sentences.people]),
        "recap_words": math.log(words),
        "recap_sentence_words": math.log(words / len(sentences.texts)),
        "recap_fit": np.clip(windows.log_odds, -6, 8).mean(),
        "recap_said": likeness.turns.max(axis=1).mean(),
    }
    return {name: np.full(len(windows.rows), value) for name, value in values.items()}


def _texts(fits: Fits, windows: Windows) -> tuple[str, ...]:
    """Return the text of each point's window; empty where it shares nothing with the point."""
    overlaps = (windows.of_windows(fits.words.recall) > 0) | (windows.largest(fits.likeness) > 0)
    return tuple(
        fits.words.windows[row] if overlap else "" for row, overlap in zip(windows.rows, overlaps, strict=True)
    )


# What the measures have in common -------------------------------------------------------------------------------------


def _by_table(counts: Matrix) -> Mapping[str, Matrix]:
    """Return the columns of counts of cues, by the name of their table."""
    return dict(zip(TABLES, counts.T, strict=True))


def _in_any(selection: Selection, presence: Matrix) -> Matrix:
    """Return whether one of the selected sentences holds each item, 0 or 1, shape (points, items).

    Args:
        selection: sentences of each point.
        presence: whether each sentence holds each item, 0 or 1, shape (sentences, items).
    """
    together: Matrix = (selection.astype(np.float64) @ presence > 0).astype(np.float64)
    return together


def _union_in(selection: Selection, sets: Sequence[frozenset[Item]]) -> list[frozenset[Item]]:
    """Return, for each point, the union of the sets of its selected sentences."""
    return [frozenset[Item]().union(*(sets[place] for place in np.flatnonzero(row).tolist())) for row in selection]


def _mean_by(owners: NDArray[np.intp], values: NDArray[Any], count: int) -> Matrix:
    """Return the mean of the values of each owner, of `count` owners."""
    total = np.bincount(owners, weights=np.asarray(values, dtype=np.float64), minlength=count)
    number = np.bincount(owners, minlength=count)
    mean: Matrix = total / np.maximum(1, number)
    return mean


def _last_by(owners: NDArray[np.intp], values: Matrix, count: int) -> Matrix:
    """Return the last value of each owner, of `count` owners; 0 for none."""
    last = np.zeros(count)
    last[owners] = values  # of several values, the last one stays
    return last


def _share(of_point: frozenset[float], of_window: frozenset[float]) -> float:
    """Return the share of a point's numbers that a window holds; 1 for a point without numbers."""
    return len(of_point & of_window) / len(of_point) if of_point else 1.0

"""Measures of each cell: one key point in one recap. The fitted model (`model`) turns them into probabilities.

They answer four questions. Is the point there: its words, its quotes, the turns around it, and whether the sentence fits another
point better. Is all of it there: the share of each of its clauses, of its reason, of its numbers. Is it as strong: hedges, mentions
without a position, cues of force that are missing. Is it still the view of those who hold it: claims of agreement, groups, names.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from comparia.matching.context import Views, grams, margins
from comparia.matching.cues import TABLES, counts_of, first_reason
from comparia.matching.lexical import Quoted, Wordings
from comparia.matching.weights import Weights
from comparia.records import Reference, Transcript
from comparia.text.numbers import numbers
from comparia.text.recaps import Passage
from comparia.text.words import stems, tokens

NAME = "cells-1"
"""Name of these measures, for signatures."""

PAIR_COST = 1.0
"""Log-odds subtracted where two sentences are needed: two hold more words of a point by chance than one does."""
SMALLEST_MARGIN, LARGEST_MARGIN = -0.25, 0.08
"""Range to which margins are clipped: with few key points any sentence may have a large margin."""
BASE, OWN, ALIKE, APART = 1.3, 1.27, 7.0, 22.5
"""Weights by which a window is chosen: intercept, log-odds of its words, likeness and margin by context. The model corrects them."""
NUMBER = 1.6
"""Weight of a number among the words of a point, before its rarity."""
NUMBER_SAID = 6.0
"""Weight of a number among the words of quotes and turns, as IDF."""
PREFIX = 5
"""Letters that two stems share when they are taken for one word."""
CLAUSE_HELD = 0.34
"""Share of a clause's weight from which it is held."""
LONGEST_LINE = 8
"""Sentences of a line that are read together; of a longer line, those at most three away."""

Matrix = NDArray[np.float64]
Language = Literal["fr", "en"]

MEASURES: tuple[str, ...] = (
    # is it there
    "log_odds", "second", "margin", "grams", "quoted", "cosine", "apart", "said", "said_apart", "like_quotes", "best_of",
    "same_window",
    # is all of it there
    "whole_in_window", "whole_in_line", "whole_in_three", "whole_in_recap", "clauses_in_line", "clauses_in_three",
    "clauses_mean", "last_clause", "last_clause_in_three", "main_in_line", "main_in_three", "letters_least", "letters_main",
    "letters_reason", "has_reason", "length_ratio", "window_words",
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
MEANING = (-0.8, 0.3, 1.5)
"""Terms of embeddings in the choice of a window: intercept, weights of their likeness and margin, in standard deviations."""
SMALLEST_MEANT, LARGEST_MEANT = -3.0, 2.0
"""Range to which margins of embeddings are clipped, in standard deviations."""

_CLAUSE = {
    "fr": re.compile(
        r"[,;:()–—]|\b(?:parce qu[e’']|car|puisque|afin|faute de|en raison|sinon|si|à condition|sauf|tant que|alors que|plutôt que|"
        r"même si|à moins|pour que|ce qui|et|mais|qui|dont|avec|sans|pour)\b",
        re.IGNORECASE,
    ),
    "en": re.compile(
        r"[,;:()–—]|\b(?:because|since|so that|unless|if|provided|in order|otherwise|due to|on condition|except|while|without|"
        r"rather than|until|even if|which|who|with|and|but|so|to)\b",
        re.IGNORECASE,
    ),
}
_TABLE = {table: column for column, table in enumerate(TABLES)}


def items_of(text: str, language: Language) -> frozenset[str]:
    """Return the stems of a text, and its numbers from 3 on as `#` and their value, however they are written."""
    values = {f"#{number.value:.12g}" for number in numbers(text, language) if number.value >= 3}
    return frozenset(stem for stem in stems(text, language) if not stem[0].isdigit()) | values


@dataclass(frozen=True, eq=False)
class Shares:
    """Texts as shares of the weight of their items. Made by `shares_of`."""

    columns: Mapping[str, int]
    rows: Matrix
    """Share of each item in each text's weight, shape (texts, items)."""

    def held(self, holding: Matrix) -> Matrix:
        """Return the share of each text that `holding`, shape (texts, items), holds: shape (texts,)."""
        found: Matrix = np.einsum("ti,ti->t", self.rows, holding)
        return found


def shares_of(texts: Sequence[frozenset[str]], columns: Mapping[str, int], weight: Callable[[str], float]) -> Shares:
    """Return texts as shares of the weight of their items."""
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
class Points:
    """The key points of one reference, ready to be compared with recaps. Made by `points_of`."""

    language: Language
    wordings: Wordings
    quoted: Quoted
    views: Views
    weight: Callable[[str], float]
    """Weight of an item among the words of points."""
    whole: Shares
    clauses: Shares
    owners: NDArray[np.intp]
    """The key point of each clause."""
    main: Shares
    by_letters: tuple[Shares, Shares]
    """4-grams of the main part, and of the reason."""
    has_reason: NDArray[np.bool_]
    lengths: Matrix
    """Length of each point as a vector of items."""
    said: Callable[[str], float]
    """Weight of an item of the session."""
    quotes: Shares
    quote_owners: NDArray[np.intp]
    turns: Matrix
    """Whether the turns that say a point hold an item, shape (points, items of `quotes`)."""
    numbers: tuple[frozenset[float], ...]
    cues: Matrix
    """Counts of cues, shape (points, tables)."""
    holders: tuple[frozenset[str], ...]
    words: Matrix
    """Number of words of each point."""
    constants: Matrix
    """view, decision, minority, prevalence, holders: shape (points, 5)."""
    names: frozenset[str]
    """Stems of the names of speakers."""
    prefixes: Mapping[str, Sequence[int]]
    """Columns of `whole` by the first letters of their item."""

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
    frequency = Counter(item for items in texts for item in items)

    def weight(item: str) -> float:
        rarity = math.log(1 + len(points) / frequency.get(item, 1))
        return rarity * (NUMBER if item[0] == "#" else math.sqrt(weights[item]))

    def said(item: str) -> float:
        return NUMBER_SAID if item[0] == "#" else weights[item]

    columns = columns_of(texts)
    clauses = [(k, items) for k, point in enumerate(points) for items in _clauses(point.text, language, names)]
    cut = [_parts(point.text, language) for point in points]
    letters = [(grams(main), grams(reason)) for main, reason in cut]
    shared = Counter(gram for pair in letters for gram in pair[0] | pair[1])
    letter_columns = columns_of(gram for pair in letters for gram in pair)
    by_letters = tuple(
        shares_of([pair[part] for pair in letters], letter_columns, lambda g: math.log(1 + len(points) / shared[g]))
        for part in (0, 1)
    )
    spoken = {turn.number: turn.text for turn in transcript.turns}
    quotes = [(k, items_of(q.words, language) - names) for k, point in enumerate(points) for q in point.said]
    turns = [
        frozenset[str]().union(*(items_of(spoken.get(q.turn, q.words), language) for q in point.said)) - names
        for point in points
    ]
    said_columns = columns_of([*(items for _k, items in quotes), *turns])
    in_turns = np.zeros((len(points), len(said_columns)))
    for row, items in zip(in_turns, turns, strict=True):
        row[[said_columns[item] for item in items]] = 1.0
    prefixes: dict[str, list[int]] = {}
    for item, column in columns.items():
        if len(item) >= PREFIX and item[0] != "#":
            prefixes.setdefault(item[:PREFIX], []).append(column)
    moderators = frozenset(reference.moderators)
    holders = tuple(frozenset(point.holders) - moderators for point in points)
    return Points(
        language=language,
        wordings=wordings,
        quoted=quoted,
        views=views,
        weight=weight,
        whole=shares_of(texts, columns, weight),
        clauses=shares_of([items for _k, items in clauses], columns, weight),
        owners=np.array([k for k, _items in clauses], dtype=np.intp),
        main=shares_of([items_of(main, language) - names for main, _reason in cut], columns, weight),
        by_letters=(by_letters[0], by_letters[1]),
        has_reason=np.array([bool(reason) for _main, reason in cut]),
        lengths=np.array([math.sqrt(sum(weight(item) ** 2 for item in items)) or 1.0 for items in texts]),
        said=said,
        quotes=shares_of([items for _k, items in quotes], said_columns, said),
        quote_owners=np.array([k for k, _items in quotes], dtype=np.intp),
        turns=in_turns,
        numbers=tuple(frozenset(n.value for n in numbers(point.text, language)) for point in points),
        cues=counts_of([point.text for point in points], language),
        holders=holders,
        words=np.array([max(1, len(tokens(point.text, language))) for point in points], dtype=np.float64),
        constants=np.array(
            [
                (
                    point.kind == "view",
                    point.kind in ("decision", "action"),
                    reference.is_minority(point),
                    math.log(max(reference.prevalence(point), 0.01)),
                    math.log(max(1, len(holders[k]))),
                )
                for k, point in enumerate(points)
            ],
            dtype=np.float64,
        ),
        names=names,
        prefixes=prefixes,
    )


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
        meaning: likeness of each sentence to each point, then to rivals, by embeddings, in standard deviations; None for tier A.
    """
    language, texts = points.language, [passage.text for passage in recap]
    number, count = len(texts), len(points)
    found = points.wordings.found_in(texts)
    likeness = points.views.likeness(texts)
    margin = np.clip(margins(likeness)[:, :count], SMALLEST_MARGIN, LARGEST_MARGIN)
    company = ALIKE * likeness[:, :count] + APART * margin
    odds = BASE + OWN * found.log_odds + np.concatenate([company, np.maximum(company[:-1], company[1:]) - PAIR_COST])
    alike = apart = np.zeros((number, count))
    if meaning is not None:
        alike, apart = meaning[:, :count], np.clip(margins(meaning)[:, :count], SMALLEST_MEANT, LARGEST_MEANT)
        meant = MEANING[0] + MEANING[1] * alike + MEANING[2] * apart
        odds = odds + np.concatenate([meant, np.maximum(meant[:-1], meant[1:])])
    chosen = odds.argmax(axis=0)
    inside = np.zeros((count, number), dtype=bool)  # sentences of the window of each point
    inside[np.arange(count), chosen % number] = True
    pairs = chosen >= number
    inside[pairs, chosen[pairs] - number] = True
    inside[pairs, chosen[pairs] - number + 1] = True
    first = inside.argmax(axis=1)
    near = inside.copy()
    near[:, 1:] |= inside[:, :-1]
    near[:, :-1] |= inside[:, 1:]
    lines = np.array([passage.line for passage in recap])
    in_line = lines[None, :] == lines[first][:, None]
    far = np.abs(np.arange(number)[None, :] - first[:, None]) > LONGEST_LINE // 2 - 1
    in_line &= ~(far & (in_line.sum(axis=1) > LONGEST_LINE)[:, None])
    in_line |= inside
    in_three = inside.copy()
    for place in np.argsort(-odds[:number], axis=0, kind="stable")[:3]:
        in_three[np.arange(count), place] = True
    wide = in_three | in_line

    items = [items_of(text, language) for text in texts]
    exact, nearly = _held(points, items)
    by_sentence = _Unions(nearly)
    window, line, three = by_sentence.of(inside), by_sentence.of(in_line), by_sentence.of(in_three)
    whole = by_sentence.of(np.ones((1, number), dtype=bool))
    in_clauses = {"line": line[points.owners], "three": three[points.owners], "window": window[points.owners]}
    clause = {place: points.clauses.held(held) for place, held in in_clauses.items()}
    letters = _letters(points, texts)
    by_letters = _Unions(letters)
    letter_sets = by_letters.of(in_line), by_letters.of(wide)
    reason_letters = [np.where(points.has_reason, points.by_letters[1].held(held), 1.0) for held in letter_sets]

    quoted = points.quoted.found_in(texts)
    cosine = _cosines(points, items, exact)
    quotes, turns = _session_likeness(points, items)
    both = 0.6 * cosine + 0.4 * quotes
    best = both.argmax(axis=1)
    values = [frozenset(n.value for n in numbers(text, language)) for text in texts]
    cues = counts_of(texts, language)
    above = counts_of([passage.under for passage in recap], language)
    people = [frozenset(named(text)) for text in texts]
    words = np.array([len(tokens(text, language)) for text in texts], dtype=np.float64)

    def cue(table: str, most: int = 2) -> Matrix:
        found: Matrix = np.minimum(most, inside.astype(np.float64) @ cues[:, _TABLE[table]])
        return found

    def wanted(table: str, most: int) -> Matrix:
        found: Matrix = np.minimum(most, points.cues[:, _TABLE[table]])
        return found

    def most_in(matrix: Matrix, where: NDArray[np.bool_] = inside) -> Matrix:
        best: Matrix = np.where(where, matrix.T, -np.inf).max(axis=1)
        return best

    in_window = [frozenset[float]().union(*(values[i] for i in np.flatnonzero(row))) for row in inside]
    around = [frozenset[float]().union(*(values[i] for i in np.flatnonzero(row))) for row in near]
    told = [frozenset[str]().union(*(people[i] for i in np.flatnonzero(row))) for row in inside]
    told_in_line = [frozenset[str]().union(*(people[i] for i in np.flatnonzero(row))) for row in in_line]
    numbers_in = np.array([_share(k, held) for k, held in zip(points.numbers, in_window, strict=True)])
    window_words = np.maximum(1, inside @ words)
    claims = (cues[:, _TABLE["agreement"]] > 0).astype(np.float64)
    rows = np.arange(count)
    ordered = np.sort(odds[:number], axis=0)
    measured = {
        "log_odds": odds[chosen, rows],
        "second": ordered[-2] if number > 1 else np.full(count, -5.0),
        "margin": most_in(margin),
        "grams": found.grams[chosen, rows],
        "quoted": np.array([share for _text, share in quoted]),
        "cosine": most_in(cosine),
        "apart": _apart(both).max(axis=0),
        "said": most_in(turns),
        "said_apart": most_in(_apart(turns)),
        "like_quotes": most_in(quotes),
        "best_of": np.minimum(3.0, np.bincount(best, minlength=count)[:count]),
        "same_window": inside[rows, both.argmax(axis=0)],
        "whole_in_window": points.whole.held(window),
        "whole_in_line": points.whole.held(line),
        "whole_in_three": points.whole.held(three),
        "whole_in_recap": points.whole.held(np.broadcast_to(whole, window.shape)),
        "clauses_in_line": _mean_by(points.owners, clause["line"] > CLAUSE_HELD, count),
        "clauses_in_three": _mean_by(points.owners, clause["three"] > CLAUSE_HELD, count),
        "clauses_mean": _mean_by(points.owners, clause["three"], count),
        "last_clause": _last_by(points.owners, clause["window"], count),
        "last_clause_in_three": _last_by(points.owners, clause["three"], count),
        "main_in_line": points.main.held(line),
        "main_in_three": points.main.held(three),
        "letters_least": np.minimum(points.by_letters[0].held(letter_sets[0]), reason_letters[0]),
        "letters_main": points.by_letters[0].held(letter_sets[1]),
        "letters_reason": reason_letters[1],
        "has_reason": points.has_reason,
        "length_ratio": np.log((window_words + 1) / points.words),
        "window_words": np.log(window_words + 1),
        "numbers_in_window": numbers_in,
        "numbers_near": np.array([_share(k, held) for k, held in zip(points.numbers, around, strict=True)]),
        "other_numbers": np.array(
            [
                bool(k and held - k and share < 1)
                for k, held, share in zip(points.numbers, in_window, numbers_in, strict=True)
            ]
        ),
        "has_numbers": np.array([bool(k) for k in points.numbers]),
        "hedges": cue("hedges", 3),
        "hedges_more": np.clip(cue("hedges", 99) - wanted("hedges", 99), -2, 3),
        "force": cue("force", 3),
        "force_wanted": wanted("force", 3),
        "force_missing": (wanted("force", 1) > 0) & (cue("force") == 0),
        "tells": cue("tells", 1),
        "denials": cue("denials"),
        "denials_wanted": wanted("denials", 2),
        "open": np.minimum(1, cue("open", 1) + above[first, _TABLE["open"]]),
        "question": inside @ np.array(["?" in text for text in texts], dtype=np.float64) > 0,
        "mentions": cue("mentions", 3),
        "agreement": cue("agreement"),
        "agreement_near": near @ claims > 0,
        "agreement_in_line": most_in(np.repeat(cues[:, [_TABLE["agreement"]]], count, axis=1), in_line),
        "agreement_above": above[first][:, [_TABLE["agreement"], _TABLE["shared"]]].sum(axis=1) > 0,
        "everyone": cue("everyone"),
        "groups": cue("groups"),
        "shared": cue("shared"),
        "few": cue("few"),
        "holder_share": np.array([len(t & h) / max(1, len(h)) for t, h in zip(told, points.holders, strict=True)]),
        "holder_in_line": np.array([bool(t & h) for t, h in zip(told_in_line, points.holders, strict=True)]),
        "others_named": np.array([bool(t - h) for t, h in zip(told, points.holders, strict=True)]),
        "nobody_named": np.array([not t for t in told]),
        **dict(zip(("view", "decision", "minority", "prevalence", "holders"), points.constants.T, strict=True)),
        "recap_agreement": np.full(count, claims.mean()),
        "recap_hedges": np.full(count, (cues[:, _TABLE["hedges"]] > 0).mean()),
        "recap_mentions": np.full(count, (cues[:, _TABLE["mentions"]] > 0).mean()),
        "recap_names": np.full(count, np.mean([bool(who) for who in people])),
        "recap_words": np.full(count, math.log(max(1.0, float(words.sum())))),
        "recap_sentence_words": np.full(count, math.log(max(1.0, float(words.sum())) / number)),
        "recap_fit": np.full(count, np.clip(odds[chosen, rows], -6, 8).mean()),
        "recap_said": np.full(count, turns.max(axis=1).mean()),
    }
    if meaning is not None:
        measured |= {
            "meaning": most_in(alike),
            "meaning_apart": most_in(apart),
            "meaning_most": alike.max(axis=0),
            "meaning_apart_most": apart.max(axis=0),
        }
    names = MEASURES if meaning is None else (*MEASURES, *MEASURES_OF_MEANING)
    matrix = np.stack([np.asarray(measured[name], dtype=np.float64) for name in names], axis=1)
    windows = tuple(
        found.windows[w] if found.recall[w, k] > 0 or likeness[inside[k], k].max() > 0 else ""
        for k, w in enumerate(chosen)
    )
    return Cells(np.round(matrix, 6), windows, tuple(quoted))


class _Unions:
    """Sentences by items; gives what several of them hold together."""

    def __init__(self, sentences: Matrix) -> None:
        self._sentences = sentences

    def of(self, chosen: NDArray[np.bool_]) -> Matrix:
        """Return whether the chosen sentences hold each item, 0 or 1: shape (rows of `chosen`, items)."""
        together: Matrix = (chosen.astype(np.float64) @ self._sentences > 0).astype(np.float64)
        return together


def _held(points: Points, items: Sequence[frozenset[str]]) -> tuple[Matrix, Matrix]:
    """Return the items of points that each sentence holds exactly, and those it holds nearly: shape (sentences, items)."""
    exact = np.zeros((len(items), len(points.whole.columns)))
    for row, held in zip(exact, items, strict=True):
        row[[points.whole.columns[item] for item in held if item in points.whole.columns]] = 1.0
    alike = exact.copy()
    for row, held in zip(alike, items, strict=True):
        for item in held:
            row[list(points.prefixes.get(item[:PREFIX], ()))] = 1.0
    return exact, alike


def _letters(points: Points, texts: Sequence[str]) -> Matrix:
    columns = points.by_letters[0].columns
    held = np.zeros((len(texts), len(columns)))
    for row, text in zip(held, texts, strict=True):
        row[[columns[gram] for gram in grams(text) if gram in columns]] = 1.0
    return held


def _cosines(points: Points, items: Sequence[frozenset[str]], exact: Matrix) -> Matrix:
    """Return the cosine of each sentence and each point, weighted: shape (sentences, points)."""
    weights = np.array([points.weight(item) for item in points.whole.columns]) ** 2
    lengths = np.array([math.sqrt(sum(points.weight(item) ** 2 for item in held)) or 1.0 for held in items])
    shared = (exact * weights) @ (points.whole.rows > 0).astype(np.float64).T
    found: Matrix = np.round(shared / lengths[:, None] / points.lengths[None, :], 6)
    return found


def _session_likeness(points: Points, items: Sequence[frozenset[str]]) -> tuple[Matrix, Matrix]:
    """Return how alike sentences and points are by what was said, both of shape (sentences, points).

    First the largest cosine to one of the point's quotes; then the share of the sentence's weight that is in its turns.
    """
    columns = points.quotes.columns
    weights = np.array([points.said(item) for item in columns])
    held = np.zeros((len(items), len(columns)))
    mass, lengths = np.ones(len(items)), np.ones(len(items))
    for n, found in enumerate(items):
        own = found - points.names
        held[n, [columns[item] for item in own if item in columns]] = 1.0
        mass[n] = sum(points.said(item) for item in own) or 1.0
        lengths[n] = math.sqrt(sum(points.said(item) ** 2 for item in own)) or 1.0
    quoting = (points.quotes.rows > 0).astype(np.float64)
    quote_lengths = np.sqrt(quoting @ weights**2)
    quote_lengths[quote_lengths == 0] = 1.0
    cosines = (held * weights**2) @ quoting.T / lengths[:, None] / quote_lengths[None, :]
    best = np.zeros((len(items), len(points)))
    for quote, owner in enumerate(points.quote_owners):
        best[:, owner] = np.maximum(best[:, owner], cosines[:, quote])
    turns: Matrix = (held * weights) @ points.turns.T / mass[:, None]
    return np.round(best, 6), np.round(turns, 6)


def _apart(matrix: Matrix) -> Matrix:
    """Return each value minus the largest of the other points in the same sentence; the value itself for one point."""
    return margins(matrix)


def _mean_by(owners: NDArray[np.intp], values: NDArray[Any] | Matrix, count: int) -> Matrix:
    total = np.bincount(owners, weights=np.asarray(values, dtype=np.float64), minlength=count)
    number = np.bincount(owners, minlength=count)
    mean: Matrix = total / np.maximum(1, number)
    return mean


def _last_by(owners: NDArray[np.intp], values: Matrix, count: int) -> Matrix:
    last = np.zeros(count)
    last[owners] = values  # of several values, the last one stays
    return last


def _share(wanted: frozenset[float], held: frozenset[float]) -> float:
    return len(wanted & held) / len(wanted) if wanted else 1.0


def _clauses(text: str, language: Language, names: frozenset[str]) -> list[frozenset[str]]:
    found = [items_of(piece, language) - names for piece in _CLAUSE[language].split(text) if piece]
    return [items for items in found if items] or [items_of(text, language)]


def _parts(text: str, language: Language) -> tuple[str, str]:
    """Return the main part of a point, and its reason or condition; empty where it has none."""
    words, place = " ".join(tokens(text, language)), first_reason(text, language)
    return (words, "") if place < 0 else (words[:place], words[place:])

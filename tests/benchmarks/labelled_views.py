"""How well key points are told apart, and a view that a recap left out is seen to be missing, on ArgKP-2021.

    python tests/benchmarks/labelled_views.py [--data ../shared/data] [--resamples 200]

ArgKP-2021 (Bar-Haim et al. 2020; Friedman et al. 2021): arguments of many people on one topic, and whether each matches each key
point of its topic and stance. Read where it lies and copied nowhere. The product's own code scores: the arguments of a topic stand
for the turns of a session. Intervals are 95 % percentiles of a bootstrap over topics. Controls: the length of the text, chance.

- View matching: all arguments of the topic but a fifth are the session; those of that fifth are scored, against the key points of
  their stance. *contrastive* is the score minus its mean over the argument's other key points; *margin*, minus their largest.
  Area under the ROC curve over labelled (argument, key point) pairs, and mean average precision as in the shared task
  before its correction: for each topic and stance, every argument keeps its best key point; the half of them with the highest scores
  is kept, in order of score; average precision over that half (mean precision at each match found); mean over topics and stances.
  Pairs without a label, on which annotators did not agree, count as no match (strict) or as a match (relaxed).
- Planted omission: a view is the arguments matched to one key point; the recap is a random half of the key points of the topic, as
  people wrote them. Is the view in it? Matched key points are never shown to the scorers: they are the recap. A view is a minority
  with at most 8 % of the topic's matched arguments, a majority with at least 15 %.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from agreement import Embedded, Item, auc, line, main_of, print_auc, rouge1_recall, rows, token_set, with_interval

from comparia.matching import context as views
from comparia.matching import embeddings as meaning
from comparia.matching.lexical import wordings_of
from comparia.matching.weights import Weights
from comparia.matching.windows import (
    ALIKE,
    APART,
    LARGEST_MARGIN,
    LARGEST_MEANT,
    MEANING,
    SMALLEST_MARGIN,
    SMALLEST_MEANT,
)
from comparia.records import KeyPoint, Quote, Speaker, Transcript, Turn
from comparia.text.vectors import inverse_document_frequency, tfidf
from comparia.text.words import stems

DRAWS = 12
"""Recaps drawn for each topic."""

Scores = np.ndarray
"""Shape (texts, key points)."""


class Topic(NamedTuple):
    """One topic of ArgKP-2021."""

    name: str
    arguments: dict[str, dict]
    points: dict[str, dict]
    labels: dict[tuple[str, str], float]
    """1 or 0 by (argument, key point); pairs that annotators disagree on are absent."""


class Precision(NamedTuple):
    """Average precision of one topic and stance."""

    document: str
    strict: dict[str, float]
    relaxed: dict[str, float]


def topics(data: Path) -> list[Topic]:
    """Every topic; ids are unique within a split only."""
    found: dict[tuple[str, str], Topic] = {}
    home: dict[tuple[str, str], Topic] = {}
    for row in rows(data / "argkp2021" / "arguments.jsonl"):
        key = (row["split"], row["topic"])
        topic = home[row["split"], row["arg_id"]] = found.setdefault(key, Topic(row["topic"], {}, {}, {}))
        topic.arguments[row["arg_id"]] = row
    for row in rows(data / "argkp2021" / "key_points.jsonl"):
        found[row["split"], row["topic"]].points[row["key_point_id"]] = row
    for row in rows(data / "argkp2021" / "labels.jsonl"):
        topic = home[row["split"], row["arg_id"]]
        topic.labels[row["arg_id"], row["key_point_id"]] = float(row["label"])
    return list(found.values())


def argkp(data: Path) -> tuple[list[Item], list[Precision]]:
    """View matching: every labelled pair, and the average precisions of each topic and stance."""
    draw = random.Random(3)
    items, precisions = [], []
    for topic in topics(data):
        scored = _pair_scores(
            [row["argument"] for row in topic.arguments.values()],
            [row["key_point"] for row in topic.points.values()],
            draw,
        )
        for stance in (1, -1):
            arguments = [key for key, row in topic.arguments.items() if row["stance"] == stance]
            points = [key for key, row in topic.points.items() if row["stance"] == stance]
            if len(points) < 2:
                continue
            rows = [n for n, row in enumerate(topic.arguments.values()) if row["stance"] == stance]
            columns = [k for k, row in enumerate(topic.points.values()) if row["stance"] == stance]
            scores = {name: score[np.ix_(rows, columns)] for name, score in scored.items()}
            for name in ("comparia", "TF-IDF"):
                scores[f"{name}, contrastive"] = _apart(scores[name])
            scores["comparia, margin"] = views.margins(scores["comparia"])
            places = {key: (n, k) for n, a in enumerate(arguments) for k, key in enumerate((a, p) for p in points)}
            for key, place in places.items():
                if key in topic.labels:
                    items.append(
                        Item(topic.name, topic.labels[key], {name: float(s[place]) for name, s in scores.items()})
                    )
            truth = np.array([[topic.labels.get((a, p), np.nan) for p in points] for a in arguments])
            precisions.append(
                Precision(
                    topic.name,
                    {name: average_precision(s, np.nan_to_num(truth, nan=0.0)) for name, s in scores.items()},
                    {name: average_precision(s, np.nan_to_num(truth, nan=1.0)) for name, s in scores.items()},
                )
            )
    return items, precisions


def planted_omission(data: Path, embedder: Embedded | None = None) -> dict[str, list[Item]]:
    """Is a view in a recap made of half of the topic's key points: all views, minority views, majority views."""
    draw = random.Random(5)
    found: dict[str, list[Item]] = {"all": [], "minority": [], "majority": []}
    for topic in topics(data):
        held = {p: [a for a in topic.arguments if topic.labels.get((a, p)) == 1] for p in topic.points}
        held = {p: arguments for p, arguments in held.items() if arguments}
        if len(held) < 3:
            continue
        written = [topic.points[p]["key_point"] for p in held]
        texts = {a: row["argument"] for a, row in topic.arguments.items()}
        scores = _view_scores(texts, list(held.values()), written, embedder)
        voices = len({a for arguments in held.values() for a in arguments})
        for _ in range(DRAWS):
            recap = draw.sample(range(len(held)), len(held) // 2)
            length = float(sum(len(written[n].split()) for n in recap))
            for k, arguments in enumerate(held.values()):
                values = {name: float(s[recap, k].max()) for name, s in scores.items()}
                values |= {"length only": length, "chance": draw.random()}
                item = Item(topic.name, float(k in recap), values)
                share = len(arguments) / voices
                found["all"].append(item)
                if share <= 0.08:
                    found["minority"].append(item)
                elif share >= 0.15:
                    found["majority"].append(item)
    return found


def average_precision(scores: Scores, truth: np.ndarray) -> float:
    """Of the best half of the arguments, each with its best key point: mean precision at each match; 0 without a match."""
    best = scores.argmax(axis=1)
    order = np.argsort(-scores.max(axis=1), kind="stable")[: len(scores) // 2]
    hits = truth[order, best[order]]
    at = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(at[hits > 0].mean()) if hits.any() else 0.0


# Scorers --------------------------------------------------------------------------------------------------------------


def _pair_scores(arguments: list[str], points: list[str], draw: random.Random) -> dict[str, Scores]:
    weights = _weights(arguments)
    likeness = _likeness(arguments, points)
    worded = wordings_of(points, weights, "en")
    by = lambda score: np.array([[score(p, a) for p in points] for a in arguments])  # noqa: E731
    length = np.array([[len(a.split())] * len(points) for a in arguments], dtype=float)
    return {
        "comparia": likeness,
        "comparia, own words": np.concatenate([worded.found_in([a]).log_odds for a in arguments]),
        "TF-IDF": _cosines(arguments, points, weights),
        "token_set_ratio": by(lambda p, a: token_set(p, [a])),
        "ROUGE-1 recall": by(rouge1_recall),
        "length only": length,
        "chance": np.array([[draw.random() for _p in points] for _a in arguments]),
    }


def _likeness(arguments: list[str], points: list[str]) -> Scores:
    """Of each fifth of the arguments to the key points, in the company of the others: a recap's sentence is not in the session."""
    keys = [KeyPoint(id=f"P{k}", text=text, said=()) for k, text in enumerate(points)]
    found = np.zeros((len(arguments), len(points)))
    for fold in range(5):
        others = [argument for n, argument in enumerate(arguments) if n % 5 != fold]
        known = views.views_of(_session(others), keys, _weights(others), neighbour=0, rivals=0)
        found[fold::5] = known.likeness(arguments[fold::5])
    return found


def _view_scores(
    texts: dict[str, str], held: list[list[str]], written: list[str], embedder: Embedded | None = None
) -> dict[str, Scores]:
    arguments = list(texts.values())
    number = {key: n for n, key in enumerate(texts, 1)}
    keys = [
        KeyPoint(
            id=f"P{k}",
            text="-",
            said=tuple(Quote(turn=number[a], speaker=f"s{number[a]}", words=texts[a]) for a in group),
        )
        for k, group in enumerate(held)
    ]
    weights = _weights(arguments)
    likeness = views.views_of(_session(arguments), keys, weights, neighbour=0, rivals=0).likeness(written)
    cosines = _cosines(written, arguments, weights)
    places = [[number[a] - 1 for a in group] for group in held]
    best = lambda score: np.array([[max(score(texts[a], w) for a in group) for group in held] for w in written])  # noqa: E731
    meant = {}
    if embedder is not None:
        session = _session(arguments)
        known = meaning.meanings_of(session, keys, [turn.text for turn in session.turns], embedder).likeness(written)[
            :, : len(keys)
        ]
        alike, apart = ALIKE, APART
        _b, near, far = MEANING
        margin = views.margins(likeness).clip(SMALLEST_MARGIN, LARGEST_MARGIN)
        meant_margin = views.margins(known).clip(SMALLEST_MEANT, LARGEST_MEANT)
        meant = {
            "B: embeddings": views.margins(known),
            "B: comparia": alike * likeness + apart * margin + near * known + far * meant_margin,
        }
    return {
        **meant,
        "comparia": views.margins(likeness),
        "comparia, likeness": likeness,
        "TF-IDF": np.stack([cosines[:, group].max(axis=1) for group in places], axis=1),
        "token_set_ratio": best(lambda a, w: token_set(a, [w])),
        "ROUGE-1 recall": best(lambda a, w: rouge1_recall(w, a)),
    }


def _apart(scores: Scores) -> Scores:
    """Each score minus the mean over the same text's other key points."""
    others = (scores.sum(axis=1, keepdims=True) - scores) / (scores.shape[1] - 1)
    return np.round(scores - others, 6)


def _cosines(texts: list[str], points: list[str], weights: Weights) -> Scores:
    vectors = tfidf([stems(text, "en") for text in (*texts, *points)], weights.known)
    return vectors[: len(texts)] @ vectors[len(texts) :].T


def _weights(texts: list[str]) -> Weights:
    return Weights(inverse_document_frequency(stems(text, "en") for text in texts))


def _session(arguments: list[str]) -> Transcript:
    """One turn an argument, each by another person."""
    turns = tuple(Turn(number=n, speaker=f"s{n}", text=text) for n, text in enumerate(arguments, 1))
    speakers = tuple(Speaker(id=f"s{n}", name=f"Person {n}") for n in range(1, len(arguments) + 1))
    return Transcript(id="t", title="t", language="en", formats=(), encodings=(), speakers=speakers, turns=turns)


# Printing -------------------------------------------------------------------------------------------------------------


def print_precisions(precisions: list[Precision], resamples: int) -> None:
    documents = [precision.document for precision in precisions]
    for kind, target in (("strict", ">= .86 (test split)"), ("relaxed", "")):
        for scorer in precisions[0].strict:
            values = np.array([getattr(precision, kind)[scorer] for precision in precisions])
            mean: Callable[[np.ndarray], float] = lambda index, v=values: float(v[index].mean())  # noqa: E731
            figure = with_interval(documents, mean, resamples)
            line(
                f"view matching, ArgKP, mAP {kind}", scorer, figure, target if scorer == "comparia, contrastive" else ""
            )


def within(items: list[Item], scorer: str) -> float:
    """Mean over topics of the area under the curve of each."""
    groups = defaultdict(list)
    for item in items:
        groups[item.document].append((item.label, item.scores[scorer]))
    areas = [auc(*(np.array(column) for column in zip(*group, strict=True))) for group in groups.values()]
    return float(np.nanmean(areas))


def report(data: Path, resamples: int, embedder: Embedded | None = None) -> None:
    """Print every row."""
    items, precisions = argkp(data)
    print_auc("view matching, ArgKP, AUC", items, resamples, "contrastive >= .83")
    line("view matching, ArgKP, AUC in topic", "comparia, contrastive", f"{within(items, 'comparia, contrastive'):.3f}")
    print_precisions(precisions, resamples)
    targets = {"all": ">= .90", "minority": ">= .87", "majority": ""}
    for held, found in planted_omission(data, embedder).items():
        print_auc(f"planted omission, {held}, AUC", found, resamples, targets[held])


if __name__ == "__main__":
    main_of(report, __doc__ or "")

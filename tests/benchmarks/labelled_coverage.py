"""Whether what a reference holds is found in a summary, beside human labels: SummHay and REALSumm.

    python tests/benchmarks/labelled_coverage.py [--data ../shared/data] [--resamples 200]

SummHay (Laban et al. 2024): insights in bullet-point summaries, with the stored answers of five judge models on the same items, so that
the fusion of words and judge (tier C) is measured without calling one. REALSumm (Bhandari et al. 2020): content units in news summaries.
Weights of the matcher and of the fusion were fitted on these sets: in-sample, but for `cross-validated`, fitted on the other topics.
"""

from __future__ import annotations

import math
import random
import re
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import numpy as np
from agreement import (
    Item,
    auc,
    bm25_best,
    line,
    main_of,
    print_auc,
    rouge1_recall,
    rows,
    tfidf_best,
    token_set,
    with_interval,
)

from comparia.matching import lexical
from comparia.matching.weights import Weights
from comparia.text.sentences import sentences
from comparia.text.vectors import inverse_document_frequency
from comparia.text.words import stems

JUDGES = {
    "Gemini-1.5-pro": "prompted_gemini-1.5-pro",
    "GPT-4o": "prompted_gpt-4o",
    "Claude-3-opus": "prompted_claude3-opus",
}
LEVELS = {"FULL_COVERAGE": 1.0, "PARTIAL_COVERAGE": 0.5, "NO_COVERAGE": 0.0}


def presence(units: list[str], summary: list[str], weights: Weights, language: str = "en") -> list[float]:
    """Probability that each unit is in the summary, by its own words: there is no session to keep company with."""
    found = lexical.wordings_of(units, weights, language).found_in(summary)
    return [found.best(k)[1] for k in range(len(units))]


def weights_of(texts: list[str], language: str = "en") -> Weights:
    return Weights(inverse_document_frequency(stems(text, language) for text in texts))


def plain(text: str) -> str:
    """A bullet without its citations."""
    return re.sub(r"\[\d+\]", "", text)


FUSION = (-0.67, 1.24, 3.04)
"""Intercept, and weights of the log-odds of words and of a judge's level (0, ½, 1): logistic regression on these very labels."""


def fused(probability: float, level: float) -> float:
    """Return the probability that an insight is covered, from words and from one judge's stored answer."""
    intercept, words, judged = FUSION
    probability = min(max(probability, 1e-6), 1 - 1e-6)
    return 1 / (1 + math.exp(-(intercept + words * math.log(probability / (1 - probability)) + judged * level)))


class Summary(NamedTuple):
    """Mean coverage of one summary, by people and by scorers."""

    topic: str
    human: float
    scores: dict[str, float]


def summhay(data: Path) -> tuple[list[Item], list[Summary], list[tuple[str, float]], tuple[float, float]]:
    """Insights, summaries, right bullets, and mean probability in the summaries of their own topic and of another."""
    topics = defaultdict(list)
    for row in rows(data / "summhay_coverage" / "summhay_eval.jsonl"):
        topics[row["topic"]].append(row)
    items: list[Item] = []
    summaries: list[Summary] = []
    bullets_right: list[tuple[str, float]] = []
    unrelated: list[float] = []
    names = list(topics)
    for topic, group in topics.items():
        texts = {plain(b) for row in group for b in row["bullets"]} | {
            i["insight"] for row in group for i in row["insights"]
        }
        weights = weights_of(sorted(texts))
        stranger = topics[names[(names.index(topic) + 1) % len(names)]]
        for n, row in enumerate(group):
            bullets = [plain(b) for b in row["bullets"]]
            asked = [i["insight"] for i in row["insights"]]
            found = presence(asked, [s.text for b in bullets for s in sentences(b)], weights)
            elsewhere = [s.text for b in stranger[n % len(stranger)]["bullets"] for s in sentences(plain(b))]
            unrelated += presence(asked, elsewhere, weights)
            each = np.array([presence(asked, [s.text for s in sentences(b)], weights) for b in bullets])
            own = [_item(topic, i, p, bullets, weights) for i, p in zip(row["insights"], found, strict=True)]
            items += own
            for k, insight in enumerate(row["insights"]):
                if own[k].label and str(insight.get("human_bullet")).isdigit():
                    bullets_right.append((topic, float(int(each[:, k].argmax()) == int(insight["human_bullet"]))))
            means = {name: float(np.mean([item.scores[name] for item in own])) for name in own[0].scores}
            summaries.append(Summary(topic, float(np.mean([item.label for item in own])), means))
    related = float(np.mean([item.scores["comparia"] for item in items]))
    return items, summaries, bullets_right, (related, float(np.mean(unrelated)))


def _item(topic: str, insight: dict, probability: float, bullets: list[str], weights: Weights) -> Item:
    text = insight["insight"]
    levels = {name: LEVELS[insight["judges"][key][0]] for name, key in JUDGES.items()}
    return Item(
        topic,
        {"fully_covered": 1.0, "partially_covered": 0.5}.get(insight["human"], 0.0),
        {
            "comparia": probability,
            "token_set_ratio": token_set(text, bullets),
            "ROUGE-1 recall": max(rouge1_recall(text, b) for b in bullets),
            "TF-IDF": tfidf_best(text, bullets, weights),
            "BM25": bm25_best(text, bullets, weights),
            "length only": float(sum(len(b.split()) for b in bullets)),
            "chance": random.random(),
            **levels,
            **{f"comparia + {name}": fused(probability, level) for name, level in levels.items()},
        },
    )


def crossed(items: list[Item], judge: str) -> list[float]:
    """Words and a judge, weighed as on the other topics."""
    topics = np.array([item.document for item in items])
    p = np.clip([item.scores["comparia"] for item in items], 1e-6, 1 - 1e-6)
    table = np.column_stack([np.ones(len(items)), np.log(p / (1 - p)), [item.scores[judge] for item in items]])
    labels = np.array([item.label > 0.25 for item in items], dtype=float)
    found = np.zeros(len(items))
    for topic in set(topics):
        held = topics == topic
        w = np.zeros(3)
        for _step in range(40):
            q = 1 / (1 + np.exp(-table[~held] @ w))
            curve = table[~held].T @ (table[~held] * (q * (1 - q))[:, None]) + 0.01 * np.eye(3)
            w -= np.linalg.solve(curve, table[~held].T @ (q - labels[~held]) + 0.01 * w)
        found[held] = table[held] @ w
    return found.tolist()


def realsumm(data: Path) -> list[Item]:
    """Content units in summaries of news."""
    units = {row["id"]: row["scus"] for row in rows(data / "scu_presence" / "REALSumm_docs.jsonl")}
    groups = defaultdict(list)
    for row in rows(data / "scu_presence" / "REALSumm_summaries.jsonl"):
        groups[row["id"]].append(row)
    items = []
    for document, group in groups.items():
        weights = weights_of([s.text for row in group for s in sentences(row["summary"])])
        for row in group:
            kept = [s.text for s in sentences(row["summary"].replace(" .", "."))]
            found = presence(units[document], kept, weights)
            for unit, label, probability in zip(units[document], row["labels"], found, strict=True):
                scores = {
                    "comparia": probability,
                    "token_set_ratio": token_set(unit, [row["summary"]]),
                    "ROUGE-1 recall": rouge1_recall(unit, row["summary"]),
                    "TF-IDF": tfidf_best(unit, kept, weights),
                    "length only": float(len(row["summary"].split())),
                    "chance": random.random(),
                }
                items.append(Item(document, label, scores))
    return items


def report(data: Path, resamples: int) -> None:
    """Print every row."""
    items, summaries, bullets, (related, unrelated) = summhay(data)
    topics = [item.document for item in items]
    labels = np.array([item.label for item in items])
    judged = [name for name in items[0].scores if any(judge in name for judge in JUDGES)]
    plain_items = [item._replace(scores={k: v for k, v in item.scores.items() if k not in judged}) for item in items]
    print_auc("coverage, SummHay, AUC any", plain_items, resamples, ">= .905")
    for name in judged:
        values = np.array([item.scores[name] for item in items])
        figure = with_interval(topics, lambda i, v=values: auc(labels[i], v[i]), resamples)
        line("coverage, SummHay, AUC any", name, figure, "C >= .93" if name.startswith("comparia") else "judge alone")
    for judge in JUDGES:
        values = np.array(crossed(items, judge))
        figure = with_interval(topics, lambda i, v=values: auc(labels[i], v[i]), resamples)
        line("coverage, SummHay, cross-validated", f"comparia + {judge}", figure)
    human = np.array([summary.human for summary in summaries])
    for name in ("comparia", "length only", *judged):
        ours = np.array([summary.scores[name] for summary in summaries])
        where = [summary.topic for summary in summaries]
        figure = with_interval(where, lambda i, v=ours: float(np.corrcoef(human[i], v[i])[0, 1]), resamples)
        goal = ">= .80" if name == "comparia" else "C >= .83" if name.startswith("comparia") else ""
        line("coverage, SummHay, summary r", name, figure, goal)
    right = np.array([r for _topic, r in bullets])
    figure = with_interval([topic for topic, _r in bullets], lambda i: float(right[i].mean()), resamples)
    line("coverage, SummHay, bullet right", "comparia", figure, ">= .85")
    line("coverage, SummHay, mean probability", "own topic", f"{related:.3f}")
    line("coverage, SummHay, mean probability", "unrelated summaries", f"{unrelated:.3f}", "control")
    print_auc("coverage, REALSumm, AUC", realsumm(data), resamples, ">= .84")


if __name__ == "__main__":
    main_of(report, __doc__ or "")

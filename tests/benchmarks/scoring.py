"""How well the offline scores agree with people, beside rival scorers and controls, in the same run.

    python tests/benchmarks/scoring.py [--data ../shared/data] [--resamples 200]

Public labelled sets, read where they lie and copied nowhere. Intervals are 95 % percentiles of a bootstrap over documents. A set that is
absent is said to be absent. Controls: the length of the summary, chance.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rapidfuzz import fuzz

from comparia import __version__
from comparia.ingest import read_bytes
from comparia.metrics import matching
from comparia.metrics.numbers import was_said
from comparia.metrics.said import Said
from comparia.metrics.weights import Weights
from comparia.text.numbers import checkable
from comparia.text.sentences import sentences
from comparia.text.vectors import inverse_document_frequency
from comparia.text.words import stems, tokens

DATA = Path(__file__).parents[2].parent / "shared" / "data"


class Item(NamedTuple):
    """One labelled decision and what each scorer says of it."""

    document: str
    label: float
    scores: dict[str, float]


# Rival scorers --------------------------------------------------------------------------------------------------------


def rouge1_recall(unit: str, text: str, language: str = "en") -> float:
    wanted, said = Counter(tokens(unit, language)), Counter(tokens(text, language))
    return sum((wanted & said).values()) / max(1, sum(wanted.values()))


def token_set(unit: str, texts: list[str]) -> float:
    return max((fuzz.token_set_ratio(unit, text) for text in texts), default=0.0)


def bm25(wanted: list[str], documents: list[tuple[str, ...]], weights: Weights) -> list[float]:
    mean = sum(map(len, documents)) / max(1, len(documents)) or 1.0
    found = []
    for document in documents:
        counts = Counter(document)
        found.append(
            sum(
                weights[s] * counts[s] * 2.2 / (counts[s] + 1.2 * (0.25 + 0.75 * len(document) / mean))
                for s in set(wanted)
                if s in counts
            )
        )
    return found


# Ours -----------------------------------------------------------------------------------------------------------------


def presence(units: list[str], summary: list[str], weights: Weights, language: str = "en") -> list[tuple[float, str]]:
    """Probability that each unit is in the summary, and the window it was found in."""
    windows = matching.windows_of(summary, language, weights)
    vocabulary = matching._by_prefix(frozenset().union(*(w.stems for w in windows)) if windows else frozenset())
    found = []
    for unit in units:
        window, probability = matching.best_window(unit, windows, vocabulary, weights, language)
        found.append((probability, window.text if window else ""))
    return found


def weights_of(texts: list[str], language: str = "en") -> Weights:
    return Weights(inverse_document_frequency(stems(text, language) for text in texts))


# Sets -----------------------------------------------------------------------------------------------------------------


def rows(path: Path) -> Iterator[dict]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def summhay(data: Path) -> tuple[list[Item], list[tuple[str, float, float]], list[tuple[str, float]]]:
    by_topic = defaultdict(list)
    for row in rows(data / "summhay_coverage" / "summhay_eval.jsonl"):
        by_topic[row["topic"]].append(row)
    items, summaries, bullets_right = [], [], []
    for topic, group in by_topic.items():
        plain = lambda text: re.sub(r"\[\d+\]", "", text)  # noqa: E731
        texts = {plain(b) for row in group for b in row["bullets"]} | {
            i["insight"] for row in group for i in row["insights"]
        }
        weights = weights_of(sorted(texts))
        for row in group:
            bullets = [plain(b) for b in row["bullets"]]
            whole = " ".join(bullets)
            kept = [s.text for b in bullets for s in sentences(b)]
            found = presence([i["insight"] for i in row["insights"]], kept, weights)
            labels = []
            for insight, (probability, _window) in zip(row["insights"], found, strict=True):
                label = {"fully_covered": 1.0, "partially_covered": 0.5}.get(insight["human"], 0.0)
                labels.append((label, probability))
                text = insight["insight"]
                items.append(
                    Item(
                        topic,
                        label,
                        {
                            "comparia": probability,
                            "token_set_ratio": token_set(text, bullets),
                            "ROUGE-1 recall": max(rouge1_recall(text, b) for b in bullets),
                            "length only": len(whole.split()),
                            "chance": random.random(),
                        },
                    )
                )
                if label and insight.get("human_bullet") not in (None, "", "None"):
                    try:
                        right = int(insight["human_bullet"])
                    except ValueError:
                        continue
                    each = [presence([text], [s.text for s in sentences(b)], weights)[0][0] for b in bullets]
                    bullets_right.append((topic, float(int(np.argmax(each)) == right)))
            summaries.append((topic, float(np.mean([x for x, _ in labels])), float(np.mean([p for _, p in labels]))))
    return items, summaries, bullets_right


def realsumm(data: Path) -> list[Item]:
    units = {row["id"]: row["scus"] for row in rows(data / "scu_presence" / "REALSumm_docs.jsonl")}
    groups = defaultdict(list)
    for row in rows(data / "scu_presence" / "REALSumm_summaries.jsonl"):
        groups[row["id"]].append(row)
    items = []
    for document, group in groups.items():
        weights = weights_of([s.text for row in group for s in sentences(row["summary"])])
        for row in group:
            kept = [s.text for s in sentences(row["summary"].replace(" .", "."))]
            for unit, label, (probability, _w) in zip(
                units[document], row["labels"], presence(units[document], kept, weights), strict=True
            ):
                items.append(
                    Item(
                        document,
                        label,
                        {
                            "comparia": probability,
                            "token_set_ratio": token_set(unit, [row["summary"]]),
                            "ROUGE-1 recall": rouge1_recall(unit, row["summary"]),
                            "length only": len(row["summary"].split()),
                            "chance": random.random(),
                        },
                    )
                )
    return items


def fredsum(data: Path) -> dict[str, list[Item]]:
    """Planted errors in human sentences: another debate's sentence, a wrong number, a swapped speaker."""
    documents = list(rows(data / "fredsum_fr" / "fredsum.jsonl"))
    sessions = [Said(read_bytes(row["transcript"].encode(), "debate.txt")) for row in documents]
    written = [
        [s.text for k in (1, 2, 3) for s in sentences(row[f"abstractive_{k}"] or "") if len(s.text.split()) > 5]
        for row in documents
    ]
    draw = random.Random(2)
    items: dict[str, list[Item]] = {"invented": [], "number": [], "speaker": []}
    for i, (row, said) in enumerate(zip(documents, sessions, strict=True)):
        speakers = [s.id for s in said.transcript.speakers]
        for sentence in written[i]:
            other = draw.choice(written[draw.choice([j for j in range(len(documents)) if j != i])])
            for label, text in ((0.0, sentence), (1.0, other)):
                items["invented"].append(
                    Item(row["id"], label, {"comparia": -said.support(text).share, "length only": len(text.split())})
                )
            found = [n for n in checkable(sentence, "fr") if n.text[0].isdigit()]
            if found:
                number = draw.choice(found)
                wrong = str(int(number.value) + draw.choice((1, 3, 7, 12, 20)))
                text = sentence[: number.start] + wrong + sentence[number.start + len(number.text) :]
                for label, checked in ((0.0, sentence), (1.0, text)):
                    unsaid = sum(not was_said(n, said) for n in checkable(checked, "fr"))
                    items["number"].append(Item(row["id"], label, {"comparia": unsaid}))
            named = said.named(sentence)
            if len(named) == 1 and len(speakers) > 1:
                support = said.support_by_speaker(sentence, speakers)
                wrong_one = draw.choice([s for s in speakers if s != named[0]])
                for label, who in ((0.0, named[0]), (1.0, wrong_one)):
                    best = max(support[s].share for s in speakers if s != who)
                    items["speaker"].append(Item(row["id"], label, {"comparia": best - support[who].share}))
    return items


def diasumfact(data: Path) -> tuple[list[Item], list[Item]]:
    """Human labels of factual errors in summaries of meetings: all errors, and the invented (extrinsic) ones."""
    dialogues = {(r["dataset"], r["id"]): r for r in rows(data / "diasumfact" / "dialogues.jsonl")}
    sessions: dict[tuple[str, str], Said] = {}
    everything, invented = [], []
    for row in rows(data / "diasumfact" / "sentences.jsonl"):
        key = (row["dataset"], row["id"])
        if row["dataset"] != "QMSum":
            continue
        if key not in sessions:
            spoken = "\n\n".join(line.replace(":", ": ", 1) for line in dialogues[key]["utterances"])
            sessions[key] = Said(read_bytes(spoken.encode(), "meeting.txt"))
        said, sentence = sessions[key], row["sentence"]
        support = said.support(sentence)
        own = [said.support(sentence, speaker=who).share for who in said.named(sentence)]
        score = -support.share - max(own, default=support.share)
        label = float(not row["consistent"])
        whole = " ".join(dialogues[key]["utterances"])
        item = Item(
            key[1],
            label,
            {"comparia": score, "ROUGE-1 recall": -rouge1_recall(sentence, whole), "chance": random.random()},
        )
        everything.append(item)
        if not label or any(error["intrinsic/extrinsic"] == "extrinsic" for error in row["errors"]):
            invented.append(item)
    return everything, invented


# Printing -------------------------------------------------------------------------------------------------------------


def auc(labels: np.ndarray, scores: np.ndarray) -> float:
    """Area under the ROC curve, ties counted half (Mann-Whitney)."""
    positive = labels > 0.25
    n1, n0 = positive.sum(), (~positive).sum()
    if not n1 or not n0:
        return math.nan
    _values, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return float((ranks[positive].sum() - n1 * (n1 + 1) / 2) / (n1 * n0))


def with_interval(documents: list[str], statistic: Callable[[np.ndarray], float], resamples: int) -> str:
    """A statistic and its 95 % interval, resampling whole documents."""
    names = sorted(set(documents))
    members = {name: np.flatnonzero(np.array(documents) == name) for name in names}
    generator = np.random.default_rng(1)
    whole = statistic(np.arange(len(documents)))
    draws = []
    for _ in range(resamples):
        chosen = generator.choice(len(names), len(names))
        value = statistic(np.concatenate([members[names[i]] for i in chosen]))
        if not math.isnan(value):
            draws.append(value)
    low, high = np.percentile(draws, [2.5, 97.5]) if draws else (math.nan, math.nan)
    return f"{whole:.3f}  [{low:.3f}, {high:.3f}]"


def line(check: str, scorer: str, figure: str, target: str = "") -> None:
    print(f"{check:<34} {scorer:<22} {figure:<26} {target}")


def print_auc(check: str, items: list[Item], resamples: int, target: str) -> None:
    documents = [item.document for item in items]
    labels = np.array([item.label for item in items])
    for scorer in items[0].scores:
        values = np.array([item.scores[scorer] for item in items])
        figure = with_interval(documents, lambda index, v=values: auc(labels[index], v[index]), resamples)
        line(check, scorer, figure, target if scorer == "comparia" else "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--resamples", type=int, default=200)
    options = parser.parse_args()
    random.seed(1)
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores"
    print(f"Comparia {__version__}, matcher {matching.CALIBRATION}; {date.today()}, {machine}")
    if not options.data.is_dir():
        print(f"No labelled data at {options.data}: nothing was measured.")
        return
    line("check", "scorer", "figure [95 % interval]", "target")
    items, summaries, bullets = summhay(options.data)
    print_auc("coverage, SummHay, AUC any", items, options.resamples, ">= .905")
    human, ours = np.array([h for _t, h, _p in summaries]), np.array([p for _t, _h, p in summaries])
    topics = [t for t, _h, _p in summaries]
    figure = with_interval(topics, lambda i: float(np.corrcoef(human[i], ours[i])[0, 1]), options.resamples)
    line("coverage, SummHay, summary r", "comparia", figure, ">= .80")
    right = np.array([r for _t, r in bullets])
    figure = with_interval([t for t, _r in bullets], lambda i: float(right[i].mean()), options.resamples)
    line("coverage, SummHay, bullet right", "comparia", figure, ">= .85")
    print_auc("coverage, REALSumm, AUC", realsumm(options.data), options.resamples, ">= .84")
    planted = fredsum(options.data)
    print_auc("invented, FREDSum (fr), AUC", planted["invented"], options.resamples, ">= .95")
    print_auc("wrong number, FREDSum (fr), AUC", planted["number"], options.resamples, ">= .95")
    print_auc("swapped speaker, FREDSum (fr), AUC", planted["speaker"], options.resamples, ">= .88")
    everything, invented = diasumfact(options.data)
    print_auc("errors, DiaSumFact QMSum, AUC", everything, options.resamples, ">= .75")
    print_auc("invented, DiaSumFact QMSum, AUC", invented, options.resamples, ">= .89")
    line("negation removed, FREDSum", "comparia", "not covered offline")
    line("felt representation", "comparia", "no claim")


if __name__ == "__main__":
    main()

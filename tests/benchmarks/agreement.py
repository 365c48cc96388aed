"""How far a scorer agrees with people: labelled items, areas under curves with their intervals, rival scorers, one printed line."""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import numpy as np
from rapidfuzz import fuzz

from comparia.backends.embedding_folder import EmbeddingFolder
from comparia.matching.weights import Weights
from comparia.text.vectors import tfidf
from comparia.text.words import stems, tokens

DATA = Path(__file__).parents[2].parent / "shared" / "data"
"""Public labelled sets, read where they lie and copied nowhere."""


class Item(NamedTuple):
    """One labelled decision and what each scorer says of it."""

    document: str
    label: float
    scores: dict[str, float]


def rows(path: Path) -> Iterator[dict]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def rouge1_recall(unit: str, text: str, language: str = "en") -> float:
    wanted, said = Counter(tokens(unit, language)), Counter(tokens(text, language))
    return sum((wanted & said).values()) / max(1, sum(wanted.values()))


def token_set(unit: str, texts: list[str]) -> float:
    return max((fuzz.token_set_ratio(unit, text) for text in texts), default=0.0)


def tfidf_best(unit: str, texts: list[str], weights: Weights, language: str = "en") -> float:
    """Largest TF-IDF cosine of a unit with one of the texts."""
    vectors = tfidf([stems(text, language) for text in (unit, *texts)], weights.known)
    return float((vectors[1:] @ vectors[0]).max()) if texts else 0.0


def bm25_best(unit: str, texts: list[str], weights: Weights, language: str = "en") -> float:
    """Largest BM25 (k1 = 1.2, b = 0.75) of a unit in one of the texts."""
    documents = [stems(text, language) for text in texts]
    mean = sum(map(len, documents)) / max(1, len(documents)) or 1.0
    wanted = set(stems(unit, language))
    best = 0.0
    for document in documents:
        counts = Counter(document)
        norm = 1.2 * (0.25 + 0.75 * len(document) / mean)
        best = max(best, sum(weights[s] * counts[s] * 2.2 / (counts[s] + norm) for s in wanted if s in counts))
    return best


class Embedded:
    """Embeddings of a folder (`folder:PATH`) or of a server on this machine (`MODEL@http://127.0.0.1:8765/v1`), each text once."""

    def __init__(self, name: str) -> None:
        self.name = (
            name.removeprefix("folder:").rsplit("/", 1)[-1] if name.startswith("folder:") else name.partition("@")[0]
        )
        self._source = name
        self._known: dict[str, np.ndarray] = {}
        self._folder = EmbeddingFolder(Path(name.removeprefix("folder:"))) if name.startswith("folder:") else None

    def embed(self, texts):
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        for n in range(0, len(missing), 64):
            batch = missing[n : n + 64]
            self._known.update(zip(batch, self._ask(batch), strict=True))
        return np.array([self._known[text] for text in texts], dtype=np.float32)

    def _ask(self, texts: list[str]):
        if self._folder is not None:
            return self._folder.embed(texts)
        model, _at, url = self._source.partition("@")
        answer = httpx.post(f"{url}/embeddings", json={"model": model, "input": texts}, timeout=120).json()
        return [np.array(row["embedding"]) for row in sorted(answer["data"], key=lambda row: row["index"])]


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


def main_of(report: Callable[[Path, int], None], about: str) -> None:
    """One set alone, from the command line."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--resamples", type=int, default=200)
    options = parser.parse_args()
    if not options.data.is_dir():
        print(f"No labelled data at {options.data}: nothing was measured.")
        return
    line("check", "scorer", "figure [95 % interval]", "target")
    report(options.data, options.resamples)

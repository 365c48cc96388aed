"""The calibration of each language: fitted on planted recaps, cross-validated over key points, its reliability printed.

    python tests/benchmarks/calibrated.py [--recaps 120] [--folds 5] [--seed 3]

Each recap says some of the covered key points of its sample session (near the speech or freely) and leaves the others out
(`planted.py`). The weights of own words, of likeness and of margin are a logistic regression on the window that best says each
point, found again after each fit until it stays. *cross-validated*: fitted on four fifths of the key points, measured on the others.
*crossed*: fitted on the other language's session. Reliability: of the verdicts in each band of probability, how many points were said.
"""

from __future__ import annotations

import argparse
import random
from typing import NamedTuple

import numpy as np
from planted import SESSIONS, Planted, auc, build
from scipy.optimize import minimize

from comparia.matching import fusion
from comparia.matching.calibration import CALIBRATIONS, Calibration
from comparia.matching.context import margins, views_of
from comparia.matching.lexical import wordings_of
from comparia.matching.weights import Weights
from comparia.text.sentences import sentences
from comparia.text.vectors import inverse_document_frequency
from comparia.text.words import stems

RIDGE = 0.02
"""Penalty on the squared weights, so that two likenesses that say the same share what they say."""


class Seen(NamedTuple):
    """One key point in one recap: what every window holds of it."""

    point: str
    said: bool
    features: np.ndarray
    """Own log-odds, likeness, margin, whether two sentences; shape (windows, 4)."""


def seen_in(planted: Planted, recaps: int, seed: int) -> list[Seen]:
    """Every covered key point in every recap."""
    transcript, language = planted.transcript, planted.language
    points = planted.reference.key_points
    spoken = [s.text for turn in transcript.turns for s in sentences(turn.text)]
    weights = Weights(inverse_document_frequency(stems(text, language) for text in spoken))
    views = views_of(transcript, points, weights)
    wordings = wordings_of([point.text for point in points], weights, language)
    draw = random.Random(f"{seed} calibration {language}")
    found = []
    for _ in range(recaps):
        recap = build(planted, "omitted", draw)
        lines = [s.text for line in recap.lines for s in sentences(line)]
        own = wordings.found_in(lines).log_odds
        likeness = views.likeness(lines)
        margin = np.clip(margins(likeness), fusion.SMALLEST_MARGIN, fusion.LARGEST_MARGIN)
        for k, point in enumerate(points):
            if point.id not in planted.points:
                continue
            alike, apart = likeness[:, k], margin[:, k]
            better = np.where(alike[:-1] * 11 + apart[:-1] * 18 >= alike[1:] * 11 + apart[1:] * 18, 0, 1)
            rows = np.arange(len(lines) - 1) + better
            features = np.column_stack(
                [
                    own[:, k],
                    np.concatenate([alike, alike[rows]]),
                    np.concatenate([apart, apart[rows]]),
                    np.concatenate([np.zeros(len(lines)), np.ones(len(lines) - 1)]),
                ]
            )
            found.append(Seen(point.id, point.id in recap.close | recap.free, features))
    return found


def odds(seen: list[Seen], weights: np.ndarray) -> np.ndarray:
    """Log-odds of the best window of each."""
    cost = np.array([*weights[1:], -fusion.PAIR_COST])
    return np.array([weights[0] + (item.features @ cost).max() for item in seen])


def fitted(seen: list[Seen]) -> np.ndarray:
    """Intercept and weights: logistic regression on each best window, found again until it stays; said and left out weigh the same."""
    labels = np.array([item.said for item in seen], dtype=float)
    balance = np.where(labels == 1, 0.5 / labels.mean(), 0.5 / (1 - labels.mean()))
    start = np.array([-0.64, 1.28, 11.38, 18.31])
    weights = start
    for _ in range(12):
        cost = np.array([*weights[1:], -fusion.PAIR_COST])
        best = np.stack([item.features[(item.features @ cost).argmax()] for item in seen])

        def loss(w: np.ndarray, best: np.ndarray = best) -> float:
            z = w[0] + best[:, :3] @ w[1:] - fusion.PAIR_COST * best[:, 3]
            return float(
                (balance * (np.logaddexp(0, z) - labels * z)).mean() + RIDGE * ((w[1:] / start[1:]) ** 2).sum() / 10
            )

        weights = minimize(loss, weights, method="L-BFGS-B").x
    return weights


def weights_of(calibration: Calibration) -> np.ndarray:
    return np.array([calibration.intercept, calibration.own, calibration.alike, calibration.apart])


def probabilities(log_odds: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-log_odds))


def figures(name: str, seen: list[Seen], log_odds: np.ndarray, kept_from: float, absent_under: float) -> None:
    p, said = probabilities(log_odds), np.array([item.said for item in seen])
    balance = np.where(said, 0.5 / said.mean(), 0.5 / (1 - said.mean()))
    brier = float((balance * (p - said) ** 2).mean())
    kept, absent = p >= kept_from, p < absent_under
    right = (balance * said)[kept].sum() / max(balance[kept].sum(), 1e-9)
    missed = (balance * said)[absent].sum() / max(balance[absent].sum(), 1e-9)
    print(
        f"  {name:<26} AUC {auc(list(zip(p, said, strict=True))):.3f}  Brier {brier:.3f}  kept: {kept[said].mean():.2f} of said, "
        f"{right:.3f} right   absent: {absent[~said].mean():.2f} of left out, {missed:.3f} wrong"
    )


def reliability(seen: list[Seen], log_odds: np.ndarray) -> None:
    p, said = probabilities(log_odds), np.array([item.said for item in seen])
    balance = np.where(said, 0.5 / said.mean(), 0.5 / (1 - said.mean()))
    cells, error = [], 0.0
    for low in np.arange(0, 1, 0.2):
        band = (p >= low) & (p < low + 0.2)
        if band.any():
            share = (balance * said)[band].sum() / balance[band].sum()
            error += balance[band].sum() / balance.sum() * abs(share - np.average(p[band], weights=balance[band]))
            cells.append(f"{low:.1f}-{low + 0.2:.1f}: {share:.2f} ({band.sum()})")
    print(f"  said, by probability (cross-validated): {'  '.join(cells)}  expected error {error:.3f}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--recaps", type=int, default=120)
    arguments.add_argument("--folds", type=int, default=5)
    arguments.add_argument("--seed", type=int, default=3)
    options = arguments.parse_args()
    sessions = {p.language: p for p in map(Planted.of, SESSIONS)}
    seen = {language: seen_in(p, options.recaps, options.seed) for language, p in sessions.items()}
    fits = {language: fitted(items) for language, items in seen.items()}
    for language, items in seen.items():
        shipped = CALIBRATIONS[language]
        points = sorted({item.point for item in items})
        random.Random(options.seed).shuffle(points)
        held = {point: n % options.folds for n, point in enumerate(points)}
        fold = np.array([held[item.point] for item in items])
        crossed = np.zeros(len(items))
        for n in range(options.folds):
            learnt = fitted([item for item, f in zip(items, fold, strict=True) if f != n])
            inside = np.flatnonzero(fold == n)
            crossed[inside] = odds([items[i] for i in inside], learnt)
        other = next(fit for name, fit in fits.items() if name != language)
        cuts = (shipped.kept_from, shipped.absent_under)
        print(
            f"\n{language}: {len(items)} decisions on {len(points)} points; fit {np.round(fits[language], 2).tolist()}"
        )
        figures(f"shipped ({shipped.name})", items, odds(items, weights_of(shipped)), *cuts)
        figures("fitted here, cross-valid.", items, crossed, *cuts)
        figures("fitted on the other", items, odds(items, other), *cuts)
        reliability(items, crossed)
        for cut in (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8):
            figures(f"  kept from {cut:.2f}", items, crossed, cut, cut - 0.35)


if __name__ == "__main__":
    main()

"""Fit the model of the matcher on the labelled meetings, cross-validate it, and write it: `make fit`.

    PYTHONPATH=. python tests/benchmarks/fitting.py [--write] [--embeddings NAME]

Prints the aims, each on meetings left out: one meeting at a time is left out, the model is fitted on the others, and its answers on
the one left out are pooled. Intervals are 95 % percentiles of a bootstrap over meetings. The meetings kept apart take no part.

Beside the labelled cells, the model learns from cells whose label is certain or does not change: recaps made of points' own words,
points that such a recap leaves out, recaps of other meetings, and halves of the list of points. Without them it would take the
sentence that fits a point best for that point, in a recap that says none of them. They count less than a labelled cell.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from agreement import Embedded
from aims import Cell, printed
from scipy.optimize import minimize
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from comparia import __version__
from comparia.matching.cells import MEASURES, MEASURES_OF_MEANING, cells_of
from comparia.matching.claims import FILE as CLAIMS
from comparia.matching.claims import MEASURES as CLAIM_MEASURES
from comparia.matching.claims import claim_measures
from comparia.matching.embeddings import meanings_of
from comparia.matching.matcher import prepared
from comparia.matching.model import FOLDER, OUTCOMES, Adjustment, fitted
from comparia.matching.session_index import SessionIndex
from comparia.metrics import Case, Matcher
from comparia.metrics.false_consensus import FalseConsensus, stated
from comparia.records import Reference
from comparia.text.recaps import Passage, passages, simple_lines
from comparia.text.sentences import sentences
from tests.labelled.meetings import MEETINGS, Meeting, family, here, meeting, same_sentence

WEIGHTS = {"labelled": 1.0, "half": 0.2, "left_out": 0.15, "stranger": 0.2, "points": 0.1}
"""What a cell of each kind counts for."""
TRIMMED = 0.5
"""Per cent of each end of a measure that is clipped."""


class Row(NamedTuple):
    """The measures of one cell, and its label."""

    meeting: str
    recap: str
    point: str
    measures: np.ndarray
    label: str
    kind: str


def rows_of(found: Meeting, others: Sequence[Meeting], embedder: Embedded | None) -> list[Row]:
    """Return the labelled cells of a meeting, and those whose label is certain."""
    rng, points = random.Random(found.name), sorted({point for _recap, point in found.labels})
    index, rows = SessionIndex(found.transcript), list[Row]()

    def add(
        kind: str,
        reference: Reference,
        recaps: Mapping[str, Sequence[Passage]],
        label: Callable[[str, str], str | None],
    ) -> None:
        ready = prepared(found.transcript, reference, index.weights)
        spoken = [s.text for turn in found.transcript.turns for s in sentences(turn.text)]
        meanings = meanings_of(found.transcript, reference.key_points, spoken, embedder) if embedder else None
        for name, recap in recaps.items():
            meaning = meanings.likeness([passage.text for passage in recap]) if meanings else None
            cells = cells_of(ready, recap, index.named, meaning)
            rows.extend(
                Row(found.name, name, point.id, measures, given, kind)
                for point, measures in zip(reference.key_points, cells.measures, strict=True)
                if (given := label(name, point.id)) is not None
            )

    def among(chosen: Callable[[str], bool]) -> Reference:
        kept = tuple(point for point in found.reference.key_points if chosen(point.id))
        return found.reference.model_copy(update={"key_points": kept})

    own = {name: passages(simple_lines(text)) for name, text in found.recaps.items() if family(name) != "translated"}
    add("labelled", found.reference, own, lambda recap, point: found.labels.get((recap, point)))
    for _half in range(2):
        half = set(rng.sample(points, max(6, len(points) // 2)))
        add("half", among(half.__contains__), own, lambda recap, point: found.labels.get((recap, point)))
    for share in (0.2, 0.35, 0.5, 0.7):
        said = [point for point in found.reference.key_points if rng.random() < share]
        names = {point.id for point in said}
        recap = {f"points {share}": [Passage(point.text, line) for line, point in enumerate(said)]}
        if said:
            states = {point: "kept" if point in names else "absent" for point in points}
            add("points", found.reference, recap, lambda _r, p, states=states: states.get(p))
            rest = among(lambda point, n=names: point not in n)
            if len(rest.key_points) >= 5:
                add("left_out", rest, recap, lambda _r, p: "absent" if p in points else None)
    same = [
        other for other in others if other.name != found.name and other.transcript.language == found.transcript.language
    ]
    far = {}
    for other in rng.sample(same, min(3, len(same))):
        name = rng.choice([recap for recap in sorted(other.recaps) if family(recap) != "translated"])
        far[f"{other.name} {name}"] = passages(simple_lines(other.recaps[name]))
    add("stranger", found.reference, far, lambda _r, p: "absent" if p in points else None)
    return rows


class Fit(NamedTuple):
    """A fitted model, in scikit-learn's own objects."""

    low: np.ndarray
    high: np.ndarray
    linear: Any
    boosted: Any

    def probabilities(self, measures: np.ndarray) -> np.ndarray:
        """Return the probability of each outcome of each cell."""
        clipped = np.clip(measures, self.low, self.high)
        return (self.linear.predict_proba(clipped) + self.boosted.predict_proba(clipped)) / 2


def fit(rows: Sequence[Row]) -> Fit:
    """Fit both models."""
    measures = np.array([row.measures for row in rows])
    outcomes = np.array([OUTCOMES.index(row.label) for row in rows])
    weights = np.array([WEIGHTS[row.kind] for row in rows])
    labelled = measures[[row.kind == "labelled" for row in rows]]
    low, high = np.percentile(labelled, TRIMMED, axis=0), np.percentile(labelled, 100 - TRIMMED, axis=0)
    clipped = np.clip(measures, low, high)
    linear = make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=2000))
    linear.fit(clipped, outcomes, logisticregression__sample_weight=weights)
    boosted = HistGradientBoostingClassifier(
        max_iter=110, learning_rate=0.07, max_leaf_nodes=6, min_samples_leaf=25, l2_regularization=5, random_state=0
    )
    return Fit(low, high, linear, boosted.fit(clipped, outcomes, sample_weight=weights))


def left_out(rows: Sequence[Row]) -> list[Cell]:
    """Return the labelled cells with the probabilities of a model that has not seen their meeting."""
    cells = []
    for name in sorted({row.meeting for row in rows}):
        model = fit([row for row in rows if row.meeting != name])
        own = [row for row in rows if row.meeting == name and row.kind == "labelled"]
        for row, likely in zip(own, model.probabilities(np.array([row.measures for row in own])), strict=True):
            minority = row.measures[MEASURES.index("minority")] > 0
            cells.append(
                Cell(name, MEETINGS[name]["language"], row.recap, row.point, row.label, tuple(likely), minority)
            )
    return cells


class Claim(NamedTuple):
    """One sentence of a recap, and whether a reader found that it claims an agreement that nobody bears."""

    meeting: str
    recap: str
    measures: tuple[float, ...]
    unborne: bool


def claims_of(meetings: Sequence[Meeting], cells: Sequence[Cell]) -> list[Claim]:
    """Return every sentence of the recaps, with what the matcher says of the points it states where it has not seen the meeting."""
    lent = {(cell.meeting, cell.recap, cell.point): cell.likely[OUTCOMES.index("lent_to_all")] for cell in cells}
    present = {(cell.meeting, cell.recap, cell.point): cell.present for cell in cells}
    claims = []
    for found in meetings:
        case = Case(found.transcript, found.variants, found.reference, Matcher(), __version__)
        for recap, sentences_of_recap in case.passages.items():
            if recap in case.unreadable:
                continue
            faults = [f["sentence"] for f in found.faults if f["recap"] == recap and f["kind"] == "agreement"]
            for passage in sentences_of_recap:
                own = [p for p in stated(case, recap, passage.text) if (found.name, recap, p.id) in lent]
                measures = claim_measures(
                    passage,
                    found.transcript.language,
                    named=len(case.session.named(passage.text)),
                    lent=max((lent[found.name, recap, p.id] for p in own), default=0.0),
                    prevalence=max(
                        (found.reference.prevalence(p) for p in own if present[found.name, recap, p.id] > 0.6),
                        default=0.0,
                    ),
                )
                claims.append(Claim(found.name, recap, measures, any(same_sentence(f, passage.text) for f in faults)))
    return claims


def fit_claims(claims: Sequence[Claim], name: str) -> tuple[dict[str, Any], Any]:
    """Fit the model of claims; return it as `comparia.matching.claims` reads it, and in scikit-learn's own objects."""
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.3, max_iter=2000))
    model.fit(np.array([claim.measures for claim in claims]), np.array([claim.unborne for claim in claims]))
    scaler, logistic = model[0], model[1]
    fitted = {
        "name": name,
        "measures": CLAIM_MEASURES,
        "centre": _short(scaler.mean_),
        "scale": _short(scaler.scale_),
        "slopes": _short(logistic.coef_[0]),
        "intercept": round(float(logistic.intercept_[0]), 6),
    }
    return fitted, model


def claims_printed(claims: Sequence[Claim]) -> None:
    """Print the precision and the recall of the flag, on meetings left out."""
    likely = np.zeros(len(claims))
    for name in {claim.meeting for claim in claims}:
        own = [n for n, claim in enumerate(claims) if claim.meeting == name]
        _fitted, model = fit_claims([claim for claim in claims if claim.meeting != name], "")
        likely[own] = model.predict_proba(np.array([claims[n].measures for n in own]))[:, 1]
    threshold = FalseConsensus().unborne_from
    print(
        "| claims of agreement that the session does not bear | flagged | right of those | found of all |\n|---|---|---|---|"
    )
    for kind in ("natural", "constructed"):
        rows = [n for n, claim in enumerate(claims) if family(claim.recap) == kind]
        flagged = [n for n in rows if likely[n] >= threshold]
        true = [n for n in rows if claims[n].unborne]
        right = sum(claims[n].unborne for n in flagged)
        print(
            f"| {kind} | {len(flagged)} | {right / max(1, len(flagged)):.2f} | {right / max(1, len(true)):.2f} of {len(true)} |"
        )
    flagged, true = likely >= threshold, np.array([claim.unborne for claim in claims])
    print(f"| all | {flagged.sum()} | {true[flagged].mean():.2f} | {flagged[true].mean():.2f} of {true.sum()} |\n")


def document(model: Fit, name: str, measures: Sequence[str]) -> dict[str, Any]:
    """Return a fitted model as `comparia.matching.model` reads it."""
    scaler, logistic = model.linear[0], model.linear[1]
    trees, depth = [], 0
    for round_of_trees in model.boosted._predictors:
        for tree in round_of_trees:
            nodes = tree.nodes
            leaf = nodes["is_leaf"].astype(bool)
            own = np.arange(len(nodes))
            depth = max(depth, int(nodes["depth"].max()))
            trees.append(
                {
                    "measure": np.where(leaf, 0, nodes["feature_idx"]).tolist(),
                    "threshold": _short(np.where(leaf, 0.0, np.minimum(nodes["num_threshold"], 1e9))),
                    "left": np.where(leaf, own, nodes["left"]).tolist(),
                    "right": np.where(leaf, own, nodes["right"]).tolist(),
                    "value": _short(np.where(leaf, nodes["value"], 0.0)),
                }
            )
    return {
        "name": name,
        "outcomes": OUTCOMES,
        "measures": measures,
        "low": _short(model.low),
        "high": _short(model.high),
        "linear": {
            "centre": _short(scaler.mean_),
            "scale": _short(scaler.scale_),
            "slopes": [_short(row) for row in logistic.coef_.T],
            "intercepts": _short(logistic.intercept_),
        },
        "start": _short(model.boosted._baseline_prediction.ravel()),
        "depth": depth,
        "trees": trees,
    }


def _short(values: np.ndarray) -> list[float]:
    return [round(float(value), 6) for value in values]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write the model into the package")
    parser.add_argument("--name", default="1", help="version of the fit, for signatures")
    parser.add_argument(
        "--embeddings", default="", help="an embedding model: fits what it adds to tier A, on --meetings"
    )
    parser.add_argument("--meetings", nargs="*", default=(), help="only these meetings: embeddings take long")
    parser.add_argument("--no-validation", action="store_true", help="do not cross-validate")
    options = parser.parse_args()
    if options.embeddings:
        fit_meaning(options)
        return
    meetings = [meeting(name) for name, known in MEETINGS.items() if here(name) and not known.get("apart")]
    rows = [row for found in meetings for row in rows_of(found, meetings, None)]
    print(f"Comparia {__version__}, tier A, {date.today()}: {len(meetings)} meetings, {len(rows)} cells in all.\n")
    cells = left_out(rows)
    if not options.no_validation:
        printed(cells, f"Cross-validated over {len(meetings)} meetings, tier A")
    claims = claims_of(meetings, cells)
    claims_printed(claims)
    if options.write:
        CLAIMS.write_text(json.dumps(fit_claims(claims, f"claims-{options.name}")[0], indent=1) + "\n", "utf-8")
        written = document(fit(rows), f"A-{options.name}", MEASURES)
        (FOLDER / "a.json").write_text(json.dumps(written, separators=(",", ":")) + "\n", "utf-8")


def fit_meaning(options: argparse.Namespace) -> None:
    """Fit what embeddings add to the words, on some meetings; print the figures with and without, each meeting left out.

    The model of words has seen these meetings: both columns are optimistic by the same amount.
    """
    names = options.meetings or [name for name, known in MEETINGS.items() if here(name) and not known.get("apart")]
    meetings, embedder = [meeting(name) for name in names], Embedded(options.embeddings)
    rows = [
        row for found in meetings for row in rows_of(found, meetings, embedder) if row.kind in ("labelled", "stranger")
    ]
    measures = np.array([row.measures for row in rows])
    words = fitted().probabilities(measures[:, : len(MEASURES)])
    meaning = measures[:, len(MEASURES) :]
    outcomes = np.array([OUTCOMES.index(row.label) for row in rows])
    weights = np.array([WEIGHTS[row.kind] for row in rows])
    origin = np.array([row.meeting for row in rows])
    adjusted = np.zeros_like(words)
    for name in sorted(set(origin)):
        own = origin == name
        slopes, intercepts = _added(words[~own], meaning[~own], outcomes[~own], weights[~own])
        adjusted[own] = Adjustment("", 1.0, slopes, intercepts).adjusted(words[own], meaning[own])
    for title, likely in (("By words", words), (f"With {embedder.name}", adjusted)):
        cells = [
            Cell(
                r.meeting,
                MEETINGS[r.meeting]["language"],
                r.recap,
                r.point,
                r.label,
                tuple(p),
                r.measures[MEASURES.index("minority")] > 0,
            )
            for r, p in zip(rows, likely, strict=True)
            if r.kind == "labelled"
        ]
        printed(cells, f"{title}, {len(meetings)} meetings")
    if options.write:
        slopes, intercepts = _added(words, meaning, outcomes, weights)
        written = {
            "name": f"B-{options.name}",
            "outcomes": OUTCOMES,
            "measures": MEASURES_OF_MEANING,
            "slopes": [_short(row) for row in slopes],
            "intercepts": _short(intercepts),
        }
        (FOLDER / "b.json").write_text(json.dumps(written, indent=1) + "\n", "utf-8")


def _added(
    words: np.ndarray, meaning: np.ndarray, outcomes: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return slopes and intercepts that, added to the log-probabilities of words, make the outcomes likeliest (ridge of 1)."""
    offset, shape = np.log(np.maximum(words, 1e-6)), (meaning.shape[1], len(OUTCOMES))
    truth = np.eye(len(OUTCOMES))[outcomes]

    def loss(values: np.ndarray) -> tuple[float, np.ndarray]:
        slopes, intercepts = values[: -shape[1]].reshape(shape), values[-shape[1] :]
        odds = offset + meaning @ slopes + intercepts
        odds -= odds.max(axis=1, keepdims=True)
        likely = np.exp(odds) / np.exp(odds).sum(axis=1, keepdims=True)
        gap = (likely - truth) * weights[:, None]
        cost = -float((weights * np.log(np.maximum(likely[np.arange(len(outcomes)), outcomes], 1e-12))).sum())
        gradient = np.concatenate([(meaning.T @ gap + slopes).ravel(), gap.sum(axis=0) + intercepts])
        return cost + float((values**2).sum()) / 2, gradient

    found = minimize(loss, np.zeros(shape[0] * shape[1] + shape[1]), jac=True, method="L-BFGS-B").x
    return found[: -shape[1]].reshape(shape), found[-shape[1] :]


if __name__ == "__main__":
    main()

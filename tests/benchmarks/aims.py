"""How right verdicts and probabilities are on labelled cells: the figures that say whether the matcher holds what it promises."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from comparia.matching.matcher import Match, Matcher
from comparia.matching.model import OUTCOMES
from comparia.metrics.key_point_coverage import interval_of
from comparia.records import CREDIT, RETENTION
from tests.labelled.meetings import family

RESAMPLES = 200
LETTERS = {"lent_to_all": "lent", "contradicted": "contrary"}


class Cell(NamedTuple):
    """One labelled cell, with what the matcher says of it."""

    meeting: str
    language: str
    recap: str
    point: str
    label: str
    likely: tuple[float, ...]
    """Probability of each of `OUTCOMES`."""
    minority: bool

    @property
    def present(self) -> float:
        return 1 - self.likely[OUTCOMES.index("absent")]

    @property
    def as_held(self) -> float:
        return self.likely[OUTCOMES.index("kept")]

    @property
    def verdict(self) -> str:
        return Matcher().verdict_of(dict(zip(OUTCOMES, self.likely, strict=True)))


def auc(scores: Sequence[float], truths: Sequence[bool]) -> float:
    """Return the area under the ROC curve; NaN without both kinds."""
    values, right = np.asarray(scores, dtype=float), np.asarray(truths, dtype=bool)
    if right.all() or not right.any():
        return float("nan")
    _unique, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    n = right.sum()
    return float((ranks[right].sum() - n * (n + 1) / 2) / (n * (len(right) - n)))


def by(cells: Sequence[Cell], key: Callable[[Cell], object]) -> list[list[Cell]]:
    """Return the cells in groups."""
    return [list(group) for _key, group in itertools.groupby(sorted(cells, key=key), key=key)]


def within(cells: Sequence[Cell], score: Callable[[Cell], float], truth: Callable[[Cell], bool]) -> float:
    """Return the mean area under the curve inside one recap."""
    areas = [
        auc(list(map(score, recap)), list(map(truth, recap))) for recap in by(cells, lambda c: (c.meeting, c.recap))
    ]
    return float(np.nanmean(areas)) if areas else float("nan")


def share(cells: Sequence[Cell], truth: Callable[[Cell], bool]) -> float:
    return sum(map(truth, cells)) / len(cells) if cells else float("nan")


def calibration_error(cells: Sequence[Cell], score: Callable[[Cell], float], truth: Callable[[Cell], bool]) -> float:
    """Return the expected calibration error over ten bins."""
    bins: dict[int, list[Cell]] = {}
    for cell in cells:
        bins.setdefault(min(9, int(10 * score(cell))), []).append(cell)
    gaps = [len(b) * abs(float(np.mean([score(c) for c in b])) - share(b, truth)) for b in bins.values()]
    return sum(gaps) / len(cells) if cells else float("nan")


def ordered(cells: Sequence[Cell], credit: Mapping[str, float], *, apart: bool) -> tuple[int, int]:
    """Return how many pairs of recaps of one meeting are in the labels' order, and how many pairs the labels order.

    With `apart`, only pairs whose intervals do not overlap are counted.
    """
    right = of = 0
    for meeting in by(cells, lambda c: c.meeting):
        rows = []
        for recap in by(meeting, lambda c: c.recap):
            value = share(recap, lambda _c: True) and float(np.mean([credit[c.verdict] for c in recap]))
            matches = [Match(c.verdict, c.present, "", outcomes=c.likely) for c in recap]  # type: ignore[arg-type]
            rows.append((float(np.mean([credit[c.label] for c in recap])), value, interval_of(matches, value, credit)))
        for (true, value, band), (other_true, other_value, other_band) in itertools.combinations(rows, 2):
            overlap = band[0] <= other_band[1] and other_band[0] <= band[1]
            if true == other_true or (apart and overlap):
                continue
            of += 1
            right += (true - other_true) * (value - other_value) > 0
    return right, of


def is_present(cell: Cell) -> bool:
    return cell.label != "absent"


def is_kept(cell: Cell) -> bool:
    return cell.label == "kept"


def _verdict(name: str) -> Callable[[Sequence[Cell]], list[Cell]]:
    return lambda cells: [cell for cell in cells if cell.verdict == name]


FIGURES: Mapping[str, tuple[Callable[[Sequence[Cell]], float], str, str]] = {
    "present, AUC": (lambda c: auc([x.present for x in c], [is_present(x) for x in c]), "≥ .93", "≥ .96"),
    "present, within one recap": (lambda c: within(c, lambda x: x.present, is_present), "≥ .90", "≥ .97"),
    "present, minority views": (
        lambda c: auc([x.present for x in c if x.minority], [is_present(x) for x in c if x.minority]),
        "≥ .93",
        "",
    ),
    "kept against the rest, AUC": (lambda c: auc([x.as_held for x in c], [is_kept(x) for x in c]), "≥ .90", "≥ .90"),
    "kept, within one recap": (lambda c: within(c, lambda x: x.as_held, is_kept), "≥ .87", "≥ .88"),
    "of *kept*: really kept": (lambda c: share(_verdict("kept")(c), is_kept), "≥ .85", ""),
    "of *kept*: expressed at all": (lambda c: share(_verdict("kept")(c), is_present), "≥ .98", ""),
    "of *not found*: absent": (lambda c: share(_verdict("absent")(c), lambda x: not is_present(x)), "≥ .88", ""),
    "softened or lent to all, called kept": (
        lambda c: share([x for x in c if x.label in ("softened", "lent_to_all")], lambda x: x.verdict == "kept"),
        "",
        "≤ .10",
    ),
    "of *softened*: softened": (lambda c: share(_verdict("softened")(c), lambda x: x.label == "softened"), "", ""),
    "of *lent to all*: lent": (lambda c: share(_verdict("lent_to_all")(c), lambda x: x.label == "lent_to_all"), "", ""),
    "of *contradicted*: contradicted": (
        lambda c: share(_verdict("contradicted")(c), lambda x: x.label == "contradicted"),
        "",
        "",
    ),
    "uncertain": (lambda c: share(c, lambda x: x.verdict == "uncertain"), "", ""),
    "calibration error of *present*, French": (lambda c: _error(c, "fr"), "≤ .04", "≤ .04"),
    "calibration error of *present*, English": (lambda c: _error(c, "en"), "≤ .04", "≤ .04"),
    "pairs in order, by coverage": (lambda c: _rate(ordered(c, CREDIT, apart=False)), "≥ .97", ""),
    "pairs in order, by minority retention": (
        lambda c: _rate(ordered([x for x in c if x.minority], RETENTION, apart=False)),
        "≥ .92",
        "",
    ),
    "pairs whose intervals are apart, in order": (lambda c: _rate(ordered(c, CREDIT, apart=True)), "", "≥ .90"),
}
"""Each figure: how it is computed from cells, and what is aimed at on natural and on constructed recaps."""


def _error(cells: Sequence[Cell], language: str) -> float:
    return calibration_error([c for c in cells if c.language == language], lambda c: c.present, is_present)


def _rate(counts: tuple[int, int]) -> float:
    return counts[0] / counts[1] if counts[1] else float("nan")


def interval(cells: Sequence[Cell], figure: Callable[[Sequence[Cell]], float]) -> tuple[float, float]:
    """Return the 95 % percentile interval of a figure, by a bootstrap over meetings."""
    rng = np.random.default_rng(0)
    groups = by(cells, lambda c: c.meeting)
    values = []
    for _resample in range(RESAMPLES if len(groups) > 4 else 0):
        drawn = [
            cell._replace(meeting=f"{copy} {cell.meeting}")
            for copy, place in enumerate(rng.integers(0, len(groups), len(groups)))
            for cell in groups[place]
        ]
        values.append(figure(drawn))
    low, high = np.nanpercentile(values, [2.5, 97.5]) if values else (float("nan"), float("nan"))
    return float(low), float(high)


def printed(cells: Sequence[Cell], title: str) -> None:
    """Print every figure on natural and on constructed recaps, with its interval and its aim."""
    families = {name: [c for c in cells if family(c.recap) == name] for name in ("natural", "constructed")}
    print(f"{title}: {len(families['natural'])} natural and {len(families['constructed'])} constructed cells.\n")
    print("| | natural [95 %] | aim | constructed [95 %] | aim |\n|---|---|---|---|---|")
    for name, (figure, *aims) in FIGURES.items():
        row = [name]
        for own, aim in zip(families.values(), aims, strict=True):
            low, high = interval(own, figure)
            value = figure(own)
            row += [f"{_three(value)} [{_three(low)}, {_three(high)}]" if low == low else _three(value), aim]
        print("| " + " | ".join(row) + " |")
    print()


def _three(value: float) -> str:
    return "–" if value != value else f"{value:.3f}".replace("0.", ".", 1) if 0 <= value < 1 else f"{value:.2f}"

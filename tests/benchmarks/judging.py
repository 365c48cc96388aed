"""Fit what judges add to words, on the labelled meetings and a judge's recorded answers; cross-validate it: `make fit-judging`.

    PYTHONPATH=. python tests/benchmarks/judging.py [--write]

Words decide where they can (`is_doubtful`); elsewhere the probabilities that words give, each meeting left out, and the answers in two
orders give new ones. One meeting at a time is left out of this fit too. The four meetings kept apart are judged by the fit on the others.

The judge whose answers are recorded is a large language model, of the kind that labelled the cells: it agrees with the labels more than
the judges that people use will. So the fit sees each answer again with one ruling in seven replaced by another verdict at random, and
figures are printed for the answers as they are and for answers spoiled in this way.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
from aims import Cell, printed
from fitting import left_out, rows_of
from meetings import case_of, cells_of
from scipy.optimize import minimize

from comparia import __version__
from comparia.matching.judge import BATCH, Answer, is_doubtful, measures_of
from comparia.matching.model import FOLDER, MEASURES_OF_JUDGES, OUTCOMES, Adjustment
from comparia.statistics.agreement import cohen_kappa
from tests.labelled.meetings import HERE, MEETINGS, Meeting, here, judged, meeting

SPOILED = 1 / 7
"""Share of the rulings that are replaced by another verdict."""
RIDGE = 1.0


class Judged(NamedTuple):
    """One cell that words leave doubtful, with what the judge said of it."""

    cell: Cell
    answer: Answer


def spoiled(answer: Answer, rng: random.Random) -> Answer:
    """Return an answer with some of its rulings replaced by another verdict at random."""
    rulings = [
        ruling._replace(verdict=rng.choice([o for o in OUTCOMES if o != ruling.verdict]))
        if ruling and rng.random() < SPOILED
        else ruling
        for ruling in answer.rulings
    ]
    return Answer(tuple(rulings))


def adjustment(rows: Sequence[Judged], name: str = "") -> Adjustment:
    """Return what the judge adds: trust in words, slopes and intercepts that make the labels likeliest (ridge)."""
    rng = random.Random(0)
    both = [*rows, *(Judged(row.cell, spoiled(row.answer, rng)) for row in rows)]
    words = np.log(np.maximum(np.array([row.cell.likely for row in both]), 1e-6))
    measures = np.array([measures_of(row.answer) for row in both])
    truth = np.eye(len(OUTCOMES))[[OUTCOMES.index(row.cell.label) for row in both]]
    shape = measures.shape[1], len(OUTCOMES)

    def loss(values: np.ndarray) -> tuple[float, np.ndarray]:
        trust, slopes, intercepts = values[0], values[1 : -shape[1]].reshape(shape), values[-shape[1] :]
        odds = trust * words + measures @ slopes + intercepts
        odds -= odds.max(axis=1, keepdims=True)
        likely = np.exp(odds) / np.exp(odds).sum(axis=1, keepdims=True)
        gap = likely - truth
        cost = -float((truth * np.log(np.maximum(likely, 1e-12))).sum())
        own = [np.array([(gap * words).sum()]), (measures.T @ gap).ravel(), gap.sum(axis=0)]
        return cost + RIDGE * float((values**2).sum()) / 2, np.concatenate(own) + RIDGE * values

    found = minimize(loss, np.zeros(1 + shape[0] * shape[1] + shape[1]), jac=True, method="L-BFGS-B").x
    return Adjustment(name, float(found[0]), found[1 : -shape[1]].reshape(shape), found[-shape[1] :])


def with_judge(cells: Sequence[Cell], answers: Mapping[tuple[str, str, str], Answer], fit: Adjustment) -> list[Cell]:
    """Return cells with the judge's word where words leave them doubtful and the judge's answer counts."""
    done = []
    for cell in cells:
        answer = answers.get((cell.meeting, cell.recap, cell.point))
        if answer is not None and answer.complete and doubtful(cell):
            likely = fit.adjusted(np.array([cell.likely]), np.array([measures_of(answer)]))[0]
            cell = cell._replace(likely=tuple(likely))
        done.append(cell)
    return done


def doubtful(cell: Cell) -> bool:
    """Return whether a judge is asked about a cell."""
    return is_doubtful(cell.verdict, dict(zip(OUTCOMES, cell.likely, strict=True)))


def rows_for(cells: Sequence[Cell], answers: Mapping[tuple[str, str, str], Answer]) -> list[Judged]:
    """Return the doubtful cells of which the judge's answer counts."""
    return [
        Judged(cell, answer)
        for cell in cells
        if doubtful(cell) and (answer := answers.get((cell.meeting, cell.recap, cell.point))) and answer.complete
    ]


def counts_printed(cells: Sequence[Cell], answers: Mapping[tuple[str, str, str], Answer]) -> None:
    """Print how many cells and calls a judge takes, and how far its two orders agree."""
    asked = [cell for cell in cells if doubtful(cell)]
    recaps = {(cell.meeting, cell.recap) for cell in cells}
    sheets = sum(2 * -(-sum((c.meeting, c.recap) == recap for c in asked) // BATCH) for recap in recaps)
    pairs = [(a.rulings[0].verdict, a.rulings[1].verdict) for a in answers.values() if a.complete]  # type: ignore[union-attr]
    incomplete = sum(not answers[cell.meeting, cell.recap, cell.point].complete for cell in asked)
    print(
        f"{len(asked)} of {len(cells)} cells are doubtful; {sheets} calls, where one question a point and order takes "
        f"{2 * len(cells)} ({sheets / (2 * len(cells)):.3f}); {incomplete} answers do not count; the two orders agree on "
        f"{np.mean([a == b for a, b in pairs]):.3f} (kappa {cohen_kappa(pairs):.3f}).\n"
    )


def one_list_printed(found: Sequence[Meeting]) -> None:
    """Print how often a judge is right that is shown one list of points for all recaps, beside the recorded answers.

    Both were asked about the same cells: those of `judged-in-one-list.tsv`, where it exists.
    """
    ways = {"points after each recap": "judged.tsv", "one list for all recaps": "judged-in-one-list.tsv"}
    own = [m for m in found if (HERE / "meetings" / m.name / ways["one list for all recaps"]).exists()]
    print("| a judge was shown | rulings | that count | as the labels | two orders agree |")
    print("|---|---|---|---|---|")
    for title, file in ways.items():
        right, orders, answers = [], [], 0
        for m in own:
            asked = judged(m, "judged-in-one-list.tsv").keys()
            for cell, answer in judged(m, file).items():
                if cell in asked:
                    answers += len(answer.rulings)
                    right += [ruling.verdict == m.labels[cell] for ruling in answer.rulings if ruling]
                    orders += [not answer.disputed] if answer.complete else []
        print(f"| {title} | {answers} | {len(right)} | {np.mean(right):.3f} | {np.mean(orders):.3f} |")
    print()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write the fit into the package")
    parser.add_argument("--name", default="1", help="version of the fit, for signatures")
    options = parser.parse_args()
    fitted_on = [meeting(name) for name, known in MEETINGS.items() if here(name) and not known.get("apart")]
    apart = [meeting(name) for name, known in MEETINGS.items() if here(name) and known.get("apart")]
    answers = {(m.name, *cell): answer for m in (*fitted_on, *apart) for cell, answer in judged(m).items()}
    cells = left_out([row for found in fitted_on for row in rows_of(found, fitted_on, None)])
    print(f"Comparia {__version__}, tier C, {date.today()}: {len(fitted_on)} meetings.\n")
    counts_printed(cells, answers)
    one_list_printed(fitted_on)
    worse = spoiling(answers)
    for title, said in (("answers as recorded", answers), ("answers spoiled", worse)):
        judged_cells = []
        for name in sorted({cell.meeting for cell in cells}):
            fit = adjustment(rows_for([cell for cell in cells if cell.meeting != name], answers))
            judged_cells += with_judge([cell for cell in cells if cell.meeting == name], said, fit)
        printed(judged_cells, f"Cross-validated over {len(fitted_on)} meetings, tier C, {title}")
    fit = adjustment(rows_for(cells, answers), f"C-{options.name}")
    others = [cell for found in apart for cell in cells_of(found, case_of(found))]
    for title, said in (("answers as recorded", answers), ("answers spoiled", worse)):
        printed(with_judge(others, said, fit), f"{len(apart)} meetings kept apart, tier C, {title}")
    if options.write:
        written = {
            "name": fit.name,
            "outcomes": OUTCOMES,
            "measures": MEASURES_OF_JUDGES,
            "trust": round(fit.trust, 6),
            "slopes": [[round(float(value), 6) for value in row] for row in fit.slopes],
            "intercepts": [round(float(value), 6) for value in fit.intercepts],
        }
        (FOLDER / "c.json").write_text(json.dumps(written, indent=1) + "\n", "utf-8")


def spoiling(answers: Mapping[tuple[str, str, str], Answer]) -> dict[tuple[str, str, str], Answer]:
    """Return answers with some of their rulings replaced at random, the same every time."""
    rng = random.Random(1)
    return {key: spoiled(answer, rng) for key, answer in sorted(answers.items(), key=lambda item: item[0])}


if __name__ == "__main__":
    main()

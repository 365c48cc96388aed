"""Whether two models differ, are as good as equal, or cannot be told apart yet."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from comparia.statistics.clusters import (
    FEWEST_SESSIONS,
    RESAMPLES,
    Cells,
    Method,
    paired_difference,
    session_differences,
)
from comparia.statistics.corrections import benjamini_hochberg, holm
from comparia.statistics.permutation import sign_flip

Outcome = Literal["different", "equivalent", "undecided", "too_few_sessions"]
Correction = Literal["holm", "benjamini_hochberg"]


@dataclass(frozen=True, slots=True)
class Contrast:
    """The difference between two models over the sessions that both have, and what can be said of it."""

    first: str
    second: str
    difference: float | None
    """Mean over sessions of first minus second; None where they share no cell."""
    low: float | None
    """Lower bound of its interval of level 1 - α."""
    high: float | None
    inner_low: float | None
    """Lower bound of its interval of level 1 - 2α, which is held against the margin."""
    inner_high: float | None
    method: Method
    """How the intervals were made."""
    sessions: int
    """Number of sessions that both have."""
    spread: float | None
    """Standard deviation over repeats of one cell, pooled; None without repeats."""
    p: float | None
    """p-value of the sign-flip test over sessions."""
    exact: bool
    """Whether the p-value is exact."""
    p_adjusted: float | None
    """p-value corrected for the number of contrasts."""
    correction: Correction
    """How it was corrected."""
    alpha: float
    """Level under which the corrected p-value tells the two apart."""
    margin: float | None
    """Smallest difference that matters; None where nobody gave one."""
    outcome: Outcome
    """What can be said."""
    reason: str = ""
    """`too_few_sessions` or `no_cell` without an interval, `no_variation` where all sessions differ by the same.

    `cannot_reach_alpha` where so few sessions cannot tell two models apart, whatever the difference.
    """


def outcome_of(
    sessions: int,
    p: float | None,
    inner: tuple[float | None, float | None],
    margin: float | None = None,
    alpha: float = 0.05,
) -> Outcome:
    """Return what can be said of a difference.

    `equivalent` where its interval of level 1 - 2α lies within ±margin, as in two one-sided tests (Schuirmann 1987;
    Lakens 2017, *Equivalence tests*): a difference may be certain and too small to matter. Otherwise `different` where
    p is at or under α, and `undecided` where neither holds. A large p-value alone never makes two models equivalent.

    Args:
        sessions: number of sessions.
        p: corrected p-value; None where there was no test.
        inner: bounds of the interval of level 1 - 2α; None where there is none.
        margin: smallest difference that matters, above 0; None leaves `equivalent` out.
        alpha: level of the test.

    Raises:
        ValueError: the margin is not above 0.
    """
    if margin is not None and not (margin > 0 and math.isfinite(margin)):
        raise ValueError("the margin must be above 0")
    if sessions < FEWEST_SESSIONS:
        return "too_few_sessions"
    low, high = inner
    if margin is not None and low is not None and high is not None and -margin < low <= high < margin:
        return "equivalent"
    return "different" if p is not None and p <= alpha else "undecided"


def all_pairs(names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return every pair of models, in the order given."""
    return tuple(combinations(names, 2))


def contrasts(
    models: Mapping[str, Cells],
    planned: Sequence[tuple[str, str]],
    *,
    margin: float | None = None,
    alpha: float = 0.05,
    correction: Correction = "holm",
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> tuple[Contrast, ...]:
    """Return the difference between the two models of each contrast, with its interval, test and outcome.

    p-values are corrected over all contrasts given; intervals and equivalence are those of each one alone.

    Args:
        models: cells of each model, by name.
        planned: pairs of names; first minus second.
        margin: smallest difference that matters; None where nobody gave one.
        alpha: level of the tests, in (0, ½).
        correction: Holm for planned contrasts, Benjamini-Hochberg for explored ones.
        resamples: of each interval.
        seed: of the resamples and draws.

    Raises:
        ValueError: a name is not among the models, or the margin is not above 0.
    """
    unknown = {name for pair in planned for name in pair} - set(models)
    if unknown:
        raise ValueError(f"no such model: {', '.join(sorted(unknown))}")
    cells = [(models[first], models[second]) for first, second in planned]
    tests = [sign_flip(session_differences(*pair), seed=seed) for pair in cells]
    correct = holm if correction == "holm" else benjamini_hochberg
    adjusted = correct([test.p for test in tests])
    made = []
    for (first, second), pair, test, p in zip(planned, cells, tests, adjusted, strict=True):
        outer = paired_difference(*pair, level=1 - alpha, resamples=resamples, seed=seed)
        inner = paired_difference(*pair, level=1 - 2 * alpha, resamples=resamples, seed=seed)
        # the step that corrects least: what cannot be told apart there is told apart nowhere
        unreachable = outer.sessions > 0 and 2.0 ** (1 - outer.sessions) > alpha
        made.append(
            Contrast(
                first=first,
                second=second,
                difference=outer.value,
                low=outer.low,
                high=outer.high,
                inner_low=inner.low,
                inner_high=inner.high,
                method=outer.method,
                sessions=outer.sessions,
                spread=outer.spread,
                p=test.p,
                exact=test.exact,
                p_adjusted=p,
                correction=correction,
                alpha=alpha,
                margin=margin,
                outcome=outcome_of(outer.sessions, p, (inner.low, inner.high), margin, alpha),
                reason=outer.reason or ("cannot_reach_alpha" if unreachable else ""),
            )
        )
    return tuple(made)

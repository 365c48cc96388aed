"""The key points that two recaps treat differently: computed when they are shown, from the verdicts on each recap."""

from __future__ import annotations

from collections.abc import Mapping

from comparia.records import DifferenceEvidence, Evidence, PointEvidence, Run, Score
from comparia.reports.readings import CONTENT, COVERAGE


def coverage_of(run: Run) -> dict[str, Score]:
    """Return the score that holds the verdict on each key point, by recap."""
    return {score.variants[0]: score for score in run.scores if score.metric == COVERAGE}


def evidence_of(score: Score, coverage: Mapping[str, Score]) -> tuple[Evidence, ...]:
    """Return the evidence of a score; of a pair, the key points whose verdicts differ.

    Args:
        score: any score.
        coverage: the scores that hold the verdict on each key point, by recap.

    Returns:
        Nothing for a pair where the verdicts are not those that it was scored by, or are not there.
    """
    if score.evidence or score.metric != CONTENT or score.value is None or len(score.variants) != 2:
        return score.evidence
    a, b = (_verdicts(coverage.get(variant)) for variant in score.variants)
    both = [(item, b[point]) for point, item in a.items() if point in b]
    both = [(m, n) for m, n in both if "unscored" not in (m.verdict, n.verdict)]
    differing = tuple(
        DifferenceEvidence(
            key_point=m.key_point,
            verdicts=(m.verdict, n.verdict),
            spread=round(abs((m.probability or 0.0) - (n.probability or 0.0)), 3),
            sentences=(m.sentence, n.sentence),
            turns=m.turns,
        )
        for m, n in both
        if m.verdict != n.verdict
    )
    scored_by = (score.counts.get("of"), score.counts.get("differing"))
    return differing if scored_by == (len(both), len(differing)) else ()


def _verdicts(score: Score | None) -> dict[str, PointEvidence]:
    return {item.key_point: item for item in score.points} if score is not None else {}

"""How far the verdicts of a run can be trusted.

Words and judges are held against what people settled, and judges against themselves. Verdicts that people settle are
the measure. Cells are drawn for them in two ways: those where one look is worth most, whose verdicts count most and are
least sure; and a random sample, from which the shares of all cells are estimated.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, NamedTuple

import numpy as np

from comparia.errors import BackendError
from comparia.matching.embeddings import Embedder
from comparia.matching.judge import Answer
from comparia.matching.matcher import Match, Matcher, MatchTable
from comparia.matching.model import OUTCOMES
from comparia.metrics import Case
from comparia.records import CREDIT, PointInRecap, Run, Verdict, is_judged
from comparia.scoring.judges import Judges
from comparia.statistics.agreement import cohen_kappa
from comparia.statistics.intervals import bootstrap_mean, fisher_interval, jeffreys
from comparia.statistics.prediction_powered import Estimate, corrected_mean

FIRST = 12
"""Cells that are proposed to be settled first."""

MINORITY_WORTH = 2.0
"""What the doubt on a minority view counts for, beside that on another point: both main scores rest on it."""

FEWEST_RECAPS = 4
"""Fewest judged recaps from which the effect of length is looked at."""

Embeddings = Literal["compared", "not_used", "incomplete"]
"""Whether verdicts by embeddings are compared: nobody asked for vectors, or those kept do not cover these recaps."""


class Trust(NamedTuple):
    """One way of giving verdicts, against those that people settled."""

    tier: str
    """A by words, B with embeddings, C with judges."""
    settled: int
    """Number of cells that people settled."""
    same: int
    """Number of these with the same verdict."""
    interval: tuple[float, float]
    """95 % interval of the share of same verdicts."""
    kappa: float | None
    """Cohen's kappa of the verdicts and people's."""
    kinder: int
    """Number of cells that count for more than people say."""
    harsher: int
    """Number of cells that count for less."""
    estimate: Estimate | None
    """Mean credit of all cells, corrected by the random sample; None while too few of it are settled."""
    model: str = ""
    """Name of the embedding model, for B; of a judge that a person named, for C."""


class Asked(NamedTuple):
    """A cell that a person is asked to settle."""

    point: str
    variant: str
    verdict: Verdict
    """Verdict in force."""
    doubt: float
    """Standard deviation of what the cell counts for, in [0, ½]."""


class JudgeCheck(NamedTuple):
    """What is seen of the judges on the run itself."""

    points: int
    """Number of verdicts asked in both orders."""
    same: int
    """Number of these that were the same in both."""
    kappa: float | None
    """Cohen's kappa of the two orders."""
    length: tuple[float, float, float] | None
    """Correlation of a recap's length (log words) with how much kinder the judge is than words.

    Its 95 % interval goes with it, by Fisher's transformation; None for few recaps.
    """
    recaps: int
    """Number of judged recaps behind it."""
    own: tuple[float, float, float] | None
    """How much kinder judges are to their own recaps than the judge of those recaps, in credit a point.

    The 95 % interval goes with it; None where they were not asked.
    """
    own_points: int
    """Number of points behind it."""


class Audit(NamedTuple):
    """How far the verdicts of a run can be trusted."""

    trust: tuple[Trust, ...]
    """Each way of giving verdicts."""
    first: tuple[Asked, ...]
    """Cells where one look is worth most, the most first."""
    sample: tuple[Asked, ...]
    """Next cells of the random sample."""
    sampled: int
    """Cells of the random sample that are settled, from its beginning on."""
    judges: JudgeCheck | None
    """Checks of the judges; None without."""
    embeddings: Embeddings = "not_used"
    """Whether way B is among the ways."""


def audit(
    run: Run,
    settled: Mapping[PointInRecap, Verdict],
    judges: Judges | None,
    own: Judges | None = None,
    embedders: Sequence[Embedder] = (),
    named: Mapping[str, Judges] = MappingProxyType({}),
    *,
    first: int = FIRST,
) -> Audit:
    """Return how far the verdicts of a run can be trusted.

    Args:
        run: with its reference.
        settled: verdicts that people settled.
        judges: its judges, for what they answered; None without.
        own: its models as judges of their own recaps, whose verdicts count nowhere; None where they were not asked.
        embedders: embedding models, for the vectors that they gave before.
        named: judges that a person named, by their names, for what they answered.
        first: number of cells proposed in each list.
    """
    reference = run.reference
    if reference is None or not reference.key_points:
        return Audit((), (), (), 0, None)

    def table(judge: Judges | None, embedder: Embedder | None = None) -> MatchTable:
        return _matches(run, Matcher(judge=judge, embedder=embedder))

    words = _in_words(_Compared.of(run))
    meant: list[tuple[str, MatchTable]] = []
    for embedder in embedders:
        with contextlib.suppress(BackendError):  # its vectors are of other recaps of the session, or of other points
            meant.append((embedder.name, table(None, embedder)))
    # The judges of the run come first, without a name: the checks of judges are those of the first that ruled.
    asked = {**({"": judges} if judges is not None else {}), **named}
    by_judge = {name: table(judge) for name, judge in asked.items()}
    by_judge = {name: found for name, found in by_judge.items() if any(_ruled(found, place) for place in found)}
    first_judge = next(iter(by_judge), "")
    judged = by_judge.get(first_judge)
    best = judged or words
    order, sampled = _drawn(run, best, settled)
    tiers = [
        ("A", "", words),
        *(("B", name, verdicts) for name, verdicts in meant),
        *(("C", name, verdicts) for name, verdicts in by_judge.items()),
    ]
    minority = {point.id for point in reference.key_points if reference.is_minority(point)}
    doubtful = sorted(
        (place for place in best if place not in settled),
        key=lambda place: (-_doubt(best[place]) * (MINORITY_WORTH if place[0] in minority else 1.0), place),
    )
    return Audit(
        tuple(
            _trust(tier, verdicts, settled, order, sampled)._replace(model=model)
            for tier, model, verdicts in tiers
            if verdicts
        ),
        tuple(_asked(place, best[place]) for place in doubtful[:first] if _doubt(best[place]) > 0),
        tuple(_asked(place, best[place]) for place in order if place not in settled)[:first],
        sampled,
        _check(run, words, judged, asked.get(first_judge), table(own) if own is not None else None),
        "compared" if meant else "incomplete" if embedders else "not_used",
    )


def _matches(run: Run, matcher: Matcher) -> MatchTable:
    written = tuple(variant for variant in run.variants if variant.summary is not None)
    return Case(run.transcript, written, run.reference, matcher, run.software).matches


@dataclass(frozen=True)
class _Compared:
    """A run, told from others by all that words alone rest on."""

    content: tuple[object, ...]
    """The session, the key points, the recaps, by what they hold."""
    run: Run = field(compare=False)
    """The run."""

    @classmethod
    def of(cls, run: Run) -> _Compared:
        """Return a run with what tells it apart."""
        recaps = tuple((variant.id, variant.summary) for variant in run.variants)
        points = run.reference.digest if run.reference else ""
        return cls((run.transcript.id, points, recaps, run.software), run)


@lru_cache(maxsize=4)
def _in_words(compared: _Compared) -> MatchTable:
    """Return the verdicts by words alone: they take seconds, and the page is shown again after each verdict settled."""
    return _matches(compared.run, Matcher())


def without_people(
    run: Run, settled: Mapping[PointInRecap, Verdict], judges: Judges | None
) -> tuple[dict[PointInRecap, Verdict], dict[PointInRecap, Verdict]]:
    """Return what words or judges say by themselves of the cells that people settled, and the random sample of these.

    Args:
        run: with its reference.
        settled: verdicts that people settled.
        judges: its judges, for what they answered; None for words alone.

    Returns:
        The verdicts of the matcher by key point and recap; and what people settled of the cells that were drawn at
        random, from the beginning of the sample on.
    """
    table = _matches(run, Matcher(judge=judges)) if judges else _in_words(_Compared.of(run))
    order, sampled = _drawn(run, table, settled)
    by_themselves = {place: table[place].verdict for place in settled if place in table}
    return by_themselves, {place: settled[place] for place in order[:sampled]}


def _drawn(run: Run, table: MatchTable, settled: Mapping[PointInRecap, Verdict]) -> tuple[list[PointInRecap], int]:
    """Return the cells in the order they are drawn in, and how many are settled from its beginning on."""
    order = sorted(table, key=lambda place: hashlib.sha256(f"{run.id} {place}".encode()).hexdigest())
    return order, next((n for n, place in enumerate(order) if place not in settled), len(order))


def _trust(
    tier: str, table: MatchTable, settled: Mapping[PointInRecap, Verdict], order: Sequence[PointInRecap], sampled: int
) -> Trust:
    places = [place for place in settled if place in table]
    pairs = [(table[place].verdict, settled[place]) for place in places]
    same = sum(one == other for one, other in pairs)
    gaps = [CREDIT.get(one, 0.0) - CREDIT[other] for one, other in pairs]
    known = [place for place in order if place in table]
    drawn = set(order[:sampled])
    looked_at = [n for n, place in enumerate(known) if place in drawn]
    estimate = corrected_mean(
        np.array([_expected(table[place]) for place in known]),
        np.array(looked_at, dtype=np.intp),
        np.array([CREDIT[settled[known[n]]] for n in looked_at]),
    )
    return Trust(
        tier,
        len(places),
        same,
        jeffreys(same, len(places)) if places else (0.0, 1.0),
        cohen_kappa(pairs) if pairs else None,
        sum(gap > 0 for gap in gaps),
        sum(gap < 0 for gap in gaps),
        estimate,
    )


def _check(
    run: Run, words: MatchTable, judged: MatchTable | None, judges: Judges | None, own: MatchTable | None
) -> JudgeCheck | None:
    if judged is None or judges is None:
        return None
    answers: list[Answer] = [answer for by_point in judges.last_answers for answer in by_point.values()]
    pairs = [
        (first.verdict, second.verdict)
        for answer in answers
        for first, second in zip(answer.rulings[::2], answer.rulings[1::2], strict=True)
        if first and second
    ]
    lengths, kinder = [], []
    for variant in run.variants:
        asked = [place for place in judged if place[1] == variant.id and _ruled(judged, place)]
        if asked and variant.words:
            lengths.append(np.log(variant.words))
            kinder.append(float(np.mean([_expected(judged[p]) - _expected(words[p]) for p in asked if p in words])))
    length = None
    if len(lengths) >= FEWEST_RECAPS and np.std(lengths) > 0 and np.std(kinder) > 0:
        correlation = float(np.corrcoef(lengths, kinder)[0, 1])
        length = (correlation, *fisher_interval(correlation, len(lengths)))
    both = [place for place in own or () if own and _ruled(own, place) and _ruled(judged, place)]
    gaps = np.array([_expected(own[p]) - _expected(judged[p]) for p in both]) if own else np.array([])
    preference = None
    if len(gaps):
        low, high = bootstrap_mean(gaps[:, None])
        preference = (float(gaps.mean()), float(low[0]), float(high[0]))
    same = sum(one == other for one, other in pairs)
    return JudgeCheck(
        len(pairs), same, cohen_kappa(pairs) if pairs else None, length, len(lengths), preference, len(gaps)
    )


def _ruled(table: MatchTable, place: PointInRecap) -> bool:
    return place in table and is_judged(table[place].note)


def _asked(place: PointInRecap, match: Match) -> Asked:
    return Asked(*place, match.verdict, round(_doubt(match), 3))


def _doubt(match: Match) -> float:
    """Return the standard deviation of what a cell counts for, in [0, ½]."""
    if not match.outcomes:
        return 0.5 if match.verdict in ("uncertain", "unscored") else 0.0
    worth, likely = np.array([CREDIT[outcome] for outcome in OUTCOMES]), np.array(match.outcomes)
    return float(np.sqrt(max(0.0, likely @ worth**2 - (likely @ worth) ** 2)))


def _expected(match: Match) -> float:
    """Return what a cell counts for on average, in [0, 1]."""
    if not match.outcomes or match.note == "quote":
        return CREDIT.get(match.verdict, 0.0)
    return float(np.array(match.outcomes) @ np.array([CREDIT[outcome] for outcome in OUTCOMES]))

"""The analysis of a study: means by model, planned contrasts, ties, groups, probes; from stored scores alone.

Sessions are the unit: they are resampled whole, and tests flip the signs of their differences.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from comparia.probing.changes import Change
from comparia.probing.outcomes import Trial, paired, position, retention
from comparia.records import CREDIT, RETENTION, PointEvidence, Run, Score
from comparia.reports.readings import COVERAGE, MINORITY
from comparia.statistics.clusters import Cells, ClusterEstimate, cells_of, cluster_mean
from comparia.statistics.equal_length import EqualLength, equal_length_difference
from comparia.statistics.equivalence import Contrast, Correction, all_pairs, contrasts
from comparia.statistics.groups import GroupShare, binned, shares_by_group
from comparia.statistics.homogeneity import Homogeneity, KeptPoints, homogeneity
from comparia.statistics.prediction_powered import CorrectedMean, corrected_session_mean
from comparia.statistics.tied_sets import TiedSet, tied_sets
from comparia.studies.files import Study
from comparia.studies.runs import Row
from comparia.studies.taken import ModelTaken, calls_of, sum_of, taken_by_recap

THIRDS = ("first", "middle", "last")
"""Thirds of a session, by the place of the first turn that says a point."""


@dataclass(frozen=True)
class StoredRun:
    """A stored run of a study, and its place in the design."""

    run: Run
    """The run, with its scores."""
    session: str
    """Name of the session."""
    probe: str
    """Name of the probe; empty for the session as it is."""
    conditions: Mapping[str, str]
    """Name of the condition of each prompt, by id."""
    models: Mapping[str, str]
    """Name of the model of each backend, by name."""
    change: Change | None = None
    """What the probe changed."""
    sample: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """What people settled of cells that were drawn at random, by key point and recap."""
    unsettled: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """What the scoring says by itself of every cell that people settled."""


@dataclass(frozen=True)
class ModelMean:
    """The mean of one metric for one model."""

    metric: str
    """The metric."""
    model: str
    """The model."""
    estimate: ClusterEstimate
    """Mean over sessions, and its interval."""


@dataclass(frozen=True)
class MetricAnalysis:
    """What one metric says of the models."""

    metric: str
    """The metric."""
    role: str
    """`primary`, or `secondary` for what is explored."""
    means: tuple[ModelMean, ...]
    """Mean of each model, the highest first."""
    contrasts: tuple[Contrast, ...]
    """The planned contrasts, or every pair where none was planned."""
    planned: bool
    """Whether the contrasts were written before the first call."""
    ties: tuple[TiedSet, ...]
    """Models that are not told apart, among all pairs, explored."""
    equal_length: tuple[EqualLength, ...]
    """The same contrasts at equal length."""


@dataclass(frozen=True)
class ModelCorrected:
    """A mean of one model, corrected by what people settled of cells drawn at random (prediction-powered)."""

    metric: str
    """The metric."""
    model: str
    """The model."""
    mean: CorrectedMean
    """Mean over sessions of what a cell counts for; an uncertain verdict is taken for one half."""


@dataclass(frozen=True)
class GroupAnalysis:
    """The share of points that one model keeps, by group of points."""

    grouping: str
    """`position`, `channel`, `speaker_share`, `support`, or the name of an attribute of people."""
    model: str
    """The model."""
    shares: tuple[GroupShare, ...]
    """By group, in order."""


@dataclass(frozen=True)
class ProbeEffect:
    """What a probe did to one model."""

    probe: str
    """The probe."""
    figure: str
    """`retention` of the probed points, or their `position` in the recap."""
    model: str
    """The model."""
    original: float | None
    """Mean before the change."""
    changed: float | None
    """Mean after it."""
    difference: ClusterEstimate
    """Changed minus original, by session, with its interval."""
    left_out: int
    """Pairs without a figure on both sides."""


@dataclass(frozen=True)
class Analysis:
    """Everything that the scores of a study say."""

    study: str
    """Name of the study."""
    analysis: str
    """Hash of the analysis that was written down."""
    scoring: str
    """Name of the scoring it rests on; empty for the one without a name."""
    recaps: int
    """Recaps that were scored."""
    missing: int
    """Recaps that were planned and are not there, failures included."""
    failed: int
    """Failures among these."""
    metrics: tuple[MetricAnalysis, ...]
    """The primary metric first."""
    groups: tuple[GroupAnalysis, ...]
    """Where models lose points, and whose."""
    homogeneity: Homogeneity | None
    """How alike recaps of two models are; None with one recap a session."""
    probes: tuple[ProbeEffect, ...]
    """What probes changed."""
    corrected: tuple[ModelCorrected, ...] = ()
    """Coverage and retention corrected by what people settled; empty where they settled nothing at random."""
    taken: tuple[ModelTaken, ...] = ()
    """What the recaps of each model took, those of probes included."""
    signatures: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Recipes of the scores, but for what differs with the session, by metric.

    More than one means that numbers of several recipes were averaged.
    """


def analyse(study: Study, runs: Iterable[StoredRun], scoring: str = "") -> Analysis:
    """Return what the stored scores of a study say. Runs are read once, and not kept.

    Args:
        study: the study.
        runs: its runs.
        scoring: name of the scoring they were read with.
    """
    gathered = _Gathered(study)
    for stored in runs:
        gathered.add(stored)
    wanted = [study.analysis.primary, *study.analysis.secondary]
    return Analysis(
        study=study.name,
        analysis=study.analysis.digest,
        scoring=scoring,
        recaps=gathered.recaps,
        missing=gathered.missing,
        failed=gathered.failed,
        metrics=tuple(gathered.metric(name) for name in wanted if gathered.values.get(name)),
        groups=tuple(gathered.groups()),
        homogeneity=gathered.homogeneity(),
        probes=tuple(gathered.probes()),
        corrected=tuple(gathered.corrected(wanted)),
        taken=tuple(sum_of(model, rows) for model, rows in gathered.taken.items()),
        signatures={name: tuple(sorted(found)) for name, found in gathered.signatures.items()},
    )


@dataclass
class _Value:
    session: str
    condition: str
    value: float
    words: int


@dataclass
class _PointRow:
    model: str
    session: str
    point: str
    credit: float
    minority: bool
    groups: dict[str, str]
    people: tuple[str, ...]
    attributes: dict[str, dict[str, list[str]]]


@dataclass
class _Judged:
    """What a scoring says of cells by itself, and what people settled of those drawn at random."""

    predicted: list[float] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)
    looked_at: list[int] = field(default_factory=list)
    truths: list[float] = field(default_factory=list)


class _Gathered:
    """The figures of a study, run after run."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._models = [model.id for model in study.models]
        self.values: dict[str, dict[str, list[_Value]]] = {}
        self.signatures: dict[str, set[str]] = {}
        self.recaps = self.missing = self.failed = 0
        self.taken: dict[str, list[tuple[int, Row]]] = {model: [] for model in self._models}
        self._judged: dict[tuple[str, str], _Judged] = {}
        self._rows: list[_PointRow] = []
        self._kept: list[KeptPoints] = []
        self._figures: dict[tuple[str, str], tuple[dict[Trial, float | None], dict[Trial, float | None]]] = {}
        self._evidence: dict[tuple[str, str, str, int], tuple[Sequence[PointEvidence], str]] = {}

    def add(self, stored: StoredRun) -> None:
        """Add the figures of one run."""
        run = stored.run
        summaries = {variant.id: variant for variant in run.variants if variant.summary is not None}
        self.failed += sum(variant.failure is not None for variant in run.variants)
        self.missing += sum(cell.variant not in summaries for cell in run.plan.cells)
        coverage: dict[str, Score] = {}
        for score in run.scores:
            if len(score.variants) == 1 and score.variants[0] in summaries:
                self._add_score(stored, score)
                if score.metric == COVERAGE:
                    coverage[score.variants[0]] = score
        self.recaps += len(summaries)
        backends = {backend.name: backend for backend in run.backends}
        for recap in run.variants:
            row = taken_by_recap(backends.get(recap.backend), recap)
            model = stored.models.get(recap.backend, recap.backend)
            self.taken.setdefault(model, []).append((len(calls_of(recap)), row))
        evidence = {
            variant: [item for item in score.evidence if isinstance(item, PointEvidence)]
            for variant, score in coverage.items()
        }
        if stored.probe:
            self._add_probe(stored, evidence)
            return
        for variant, items in evidence.items():
            place = summaries[variant]
            condition = stored.conditions.get(place.prompt or "", "")
            key = (stored.session, condition, stored.models.get(place.backend, place.backend), place.repeat)
            self._evidence[key] = (items, place.summary or "")
        if self._counts_conditions(stored):
            self._add_points(stored, evidence)
            self._add_judged(stored, evidence)

    def _counts_conditions(self, stored: StoredRun) -> bool:
        wanted = self._study.analysis.conditions
        return not wanted or bool(set(wanted) & set(stored.conditions.values()))

    def _add_score(self, stored: StoredRun, score: Score) -> None:
        variant = next(v for v in stored.run.variants if v.id == score.variants[0])
        condition = stored.conditions.get(variant.prompt or "", "")
        wanted = self._study.analysis.conditions
        if score.value is None or stored.probe or (wanted and condition and condition not in wanted):
            return
        model = stored.models.get(variant.backend, variant.backend)
        by_model = self.values.setdefault(score.metric, {})
        by_model.setdefault(model, []).append(_Value(stored.session, condition, score.value, variant.words))
        self.signatures.setdefault(score.metric, set()).add(method_of(score.signature))

    def metric(self, name: str) -> MetricAnalysis:
        """Return what one metric says."""
        study, values = self._study, self.values[name]
        conditions = study.analysis.conditions or study.conditions
        cells = {model: _cells(found, conditions) for model, found in values.items()}
        means = [ModelMean(name, model, cluster_mean(cells[model], seed=study.seed)) for model in cells]
        means.sort(key=lambda mean: -(mean.estimate.value or 0))
        is_primary = name == study.analysis.primary
        planned = [pair for pair in study.analysis.contrasts if set(pair) <= set(cells)]
        pairs = planned or list(all_pairs(list(cells)))
        confirmed = bool(planned) and is_primary
        correction: Correction = study.analysis.correction if confirmed else "benjamini_hochberg"
        margin, alpha, seed = study.analysis.margin, study.analysis.alpha, study.seed
        found = contrasts(cells, pairs, margin=margin, alpha=alpha, correction=correction, seed=seed)
        names = [mean.model for mean in means]
        everything = contrasts(
            cells, all_pairs(names), margin=margin, alpha=alpha, correction="benjamini_hochberg", seed=seed
        )
        return MetricAnalysis(
            metric=name,
            role="primary" if is_primary else "secondary",
            means=tuple(means),
            contrasts=found,
            planned=confirmed,
            ties=tied_sets(names, everything),
            equal_length=tuple(self._at_equal_length(name, pair) for pair in pairs),
        )

    def _at_equal_length(self, name: str, pair: tuple[str, str]) -> EqualLength:
        rows = [(model, value) for model in pair for value in self.values[name][model] if value.words]
        return equal_length_difference(
            [value.value for _model, value in rows],
            [value.words for _model, value in rows],
            [value.session for _model, value in rows],
            [model == pair[0] for model, _value in rows],
            seed=self._study.seed,
        )

    # Points ---------------------------------------------------------------------------------------------------------

    def _add_points(self, stored: StoredRun, evidence: Mapping[str, Sequence[PointEvidence]]) -> None:
        run, reference = stored.run, stored.run.reference
        if reference is None or not evidence:
            return
        points = {point.id: point for point in reference.key_points}
        session_words = max(1, run.transcript.words)
        words = {speaker.id: speaker.words / session_words for speaker in run.transcript.speakers}
        attributes = {speaker.id: speaker.attributes for speaker in run.transcript.speakers}
        last = max((turn.number for turn in run.transcript.turns), default=1)
        channels = {turn.number: turn.channel for turn in run.transcript.turns}
        tables: dict[str, dict[str, str]] = {}
        people: dict[str, dict[str, dict[str, list[str]]]] = {}
        for point in points.values():
            first = min((quote.turn for quote in point.said), default=1)
            share = max((words.get(holder, 0.0) for holder in point.holders), default=0.0)
            tables[point.id] = {
                "position": THIRDS[int(binned([first / last], [1 / 3, 2 / 3])[0])],
                "channel": channels.get(first, "speech"),
                "speaker_share": ("under_5", "5_to_15", "over_15")[int(binned([share], [0.05, 0.15])[0])],
                "support": ("one", "two", "three_or_more")[min(2, max(0, len(point.holders) - 1))],
            }
            of_people: dict[str, dict[str, list[str]]] = {}
            for holder in point.holders:
                for name, value in attributes.get(holder, {}).items():
                    of_people.setdefault(name, {}).setdefault(value, []).append(f"{stored.session}/{holder}")
            people[point.id] = of_people
        variants = {variant.id: variant for variant in run.variants}
        kept: list[list[bool]] = []
        models: list[str] = []
        conditions: list[str] = []
        for variant, items in evidence.items():
            verdicts = {item.key_point: item.verdict for item in items}
            model = stored.models.get(variants[variant].backend, variants[variant].backend)
            models.append(model)
            conditions.append(stored.conditions.get(variants[variant].prompt or "", ""))
            kept.append([CREDIT.get(verdicts.get(point, "absent"), 0) >= 1 for point in points])
            for point_id, point in points.items():
                minority = reference.is_minority(point)
                credit = RETENTION if minority else CREDIT
                verdict = verdicts.get(point_id, "unscored")
                if verdict in credit:
                    holders = tuple(f"{stored.session}/{holder}" for holder in point.holders)
                    self._rows.append(
                        _PointRow(
                            model, stored.session, point_id, credit[verdict], minority, tables[point_id], holders,
                            people[point_id],
                        )
                    )  # fmt: skip
        self._kept.append(KeptPoints(stored.session, tuple(models), np.array(kept, dtype=bool), tuple(conditions)))

    def _add_judged(self, stored: StoredRun, evidence: Mapping[str, Sequence[PointEvidence]]) -> None:
        """Add what the scoring says of each cell by itself, and what people settled of the sample."""
        reference = stored.run.reference
        if reference is None:
            return
        minority = {point.id for point in reference.key_points if reference.is_minority(point)}
        variants = {variant.id: variant for variant in stored.run.variants}
        for variant, items in evidence.items():
            model = stored.models.get(variants[variant].backend, variants[variant].backend)
            for item in items:
                place = (item.key_point, variant)
                verdict = stored.unsettled.get(place, item.verdict)
                if verdict == "unscored":
                    continue
                for metric, credit in ((COVERAGE, CREDIT), (MINORITY, RETENTION)):
                    if metric == MINORITY and item.key_point not in minority:
                        continue
                    judged = self._judged.setdefault((metric, model), _Judged())
                    if place in stored.sample:
                        judged.looked_at.append(len(judged.predicted))
                        judged.truths.append(credit[stored.sample[place]])
                    judged.predicted.append(credit.get(verdict, 0.5))
                    judged.sessions.append(stored.session)

    def corrected(self, metrics: Sequence[str]) -> Iterable[ModelCorrected]:
        """Yield the corrected means of the metrics that are analysed; none where people settled nothing at random."""
        for metric in metrics:
            for (name, model), judged in self._judged.items():
                if name == metric and judged.looked_at:
                    mean = corrected_session_mean(
                        judged.predicted, judged.sessions, judged.looked_at, judged.truths, seed=self._study.seed
                    )
                    yield ModelCorrected(metric, model, mean)

    def groups(self) -> Iterable[GroupAnalysis]:
        """Yield the share that each model keeps by group of points."""
        orders = {
            "position": THIRDS,
            "channel": ("speech", "chat"),
            "speaker_share": ("under_5", "5_to_15", "over_15"),
            "support": ("one", "two", "three_or_more"),
        }
        models = list(dict.fromkeys(row.model for row in self._rows))
        for grouping, order in orders.items():
            for model in models:
                rows = [row for row in self._rows if row.model == model]
                yield GroupAnalysis(grouping, model, self._shares(rows, [row.groups[grouping] for row in rows], order))
        names = sorted({name for row in self._rows for name in row.attributes})
        for name in names:
            for model in models:
                flat = [
                    (value, row, tuple(holders))
                    for row in self._rows
                    if row.model == model
                    for value, holders in row.attributes.get(name, {}).items()
                ]
                if not flat:
                    continue
                shares = shares_by_group(
                    [value for value, _row, _people in flat],
                    [row.credit for _value, row, _people in flat],
                    [row.session for _value, row, _people in flat],
                    [row.point for _value, row, _people in flat],
                    people=[people for _value, _row, people in flat],
                    seed=self._study.seed,
                )
                yield GroupAnalysis(name, model, shares)

    def _shares(self, rows: Sequence[_PointRow], groups: Sequence[str], order: Sequence[str]) -> tuple[GroupShare, ...]:
        return shares_by_group(
            groups,
            [row.credit for row in rows],
            [row.session for row in rows],
            [row.point for row in rows],
            order=order,
            seed=self._study.seed,
        )

    def homogeneity(self) -> Homogeneity | None:
        """Return how alike recaps are in what they keep; None where no session has two."""
        by_session: dict[str, list[KeptPoints]] = {}
        for each in self._kept:
            by_session.setdefault(each.session, []).append(each)
        several = [found[0] for found in by_session.values() if len(found) == 1 and len(found[0].models) > 1]
        return homogeneity(several, seed=self._study.seed) if several else None

    # Probes ---------------------------------------------------------------------------------------------------------

    def _add_probe(self, stored: StoredRun, evidence: Mapping[str, Sequence[PointEvidence]]) -> None:
        if stored.change is None:
            return
        variants = {variant.id: variant for variant in stored.run.variants}
        probed = stored.change.probed
        for variant, items in evidence.items():
            place = variants[variant]
            model = stored.models.get(place.backend, place.backend)
            condition = stored.conditions.get(place.prompt or "", "")
            before = self._evidence.get((stored.session, condition, model, place.repeat))
            trial = Trial(model, f"{stored.session}/{condition}", place.repeat)
            for figure, of in (("retention", _retention), ("position", _position)):
                original, changed = self._figures.setdefault((stored.probe, figure), ({}, {}))
                changed[trial] = of(items, place.summary or "", probed)
                if before is not None:
                    original[trial] = of(*before, probed)

    def probes(self) -> Iterable[ProbeEffect]:
        """Yield what each probe did to each model."""
        for (probe, figure), (original, changed) in self._figures.items():
            for model, pairs in paired(original, changed).items():
                sessions = [trial.session.partition("/")[0] for trial in pairs.trials]
                cells = cells_of([float(value) for value in pairs.differences], sessions)
                yield ProbeEffect(
                    probe=probe,
                    figure=figure,
                    model=model,
                    original=float(np.mean(pairs.original)) if len(pairs.original) else None,
                    changed=float(np.mean(pairs.changed)) if len(pairs.changed) else None,
                    difference=cluster_mean(cells, seed=self._study.seed),
                    left_out=len(pairs.left_out),
                )


_OF_THE_SESSION = (
    "ref:", "points:", "lang:", "minority:", "unrelated:", "settled:", "recaps:", "speakers:", "length_adjusted:",
)  # fmt: skip
"""Parts of a signature that differ with the session, and are no other way of counting."""


def method_of(signature: str) -> str:
    """Return the parts of a signature that say how a score was counted, whatever the session."""
    return "|".join(part for part in signature.split("|") if not part.startswith(_OF_THE_SESSION))


def _cells(values: Sequence[_Value], conditions: Sequence[str]) -> Cells:
    """Return the values of a model as cells: those of one session and condition are repeats.

    What reads no prompt, as an extract, has no condition: it stands beside the recaps of each.
    """
    everywhere = conditions or ("",)
    placed = [(value, name) for value in values for name in ((value.condition,) if value.condition else everywhere)]
    return cells_of(
        [value.value for value, _condition in placed],
        [value.session for value, _condition in placed],
        [condition for _value, condition in placed],
    )


def _retention(evidence: Sequence[PointEvidence], _summary: str, points: Sequence[str]) -> float | None:
    return retention(evidence, points)


def _position(evidence: Sequence[PointEvidence], summary: str, points: Sequence[str]) -> float | None:
    found = [place for item in evidence if item.key_point in points and (place := position(summary, item)) is not None]
    return float(np.mean(found)) if found else None

"""The recaps of a study as EvalAP reads them: the evaluation platform of the French State, by etalab-ia.

A dataset (`POST /v1/dataset`) whose rows are sessions under one condition, and a set of experiments
(`POST /v1/experiment_set`), one a model and repeat, with the recaps as answers that are there already.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from comparia.messages import gettext as _
from comparia.records import Call, Variant
from comparia.reports.readings import reading_of
from comparia.reports.wording import metric_name
from comparia.studies.analysis import method_of
from comparia.studies.runs import StudyRun, as_study_runs

DEFAULT_METRIC = "judge_completude"
"""What EvalAP shows first of the dataset: whether an answer leaves out what `output_true` says. It asks a model."""

LENGTH, TIME = "output_length", "generation_time"
"""Metrics of EvalAP that ask no model; the second only where it is known how long every answer took."""

TOKENS = {"nb_tokens_prompt": "input_tokens", "nb_tokens_completion": "output_tokens"}
"""Metrics of EvalAP that need tokens, and what a recap calls these."""


class LeftOut(NamedTuple):
    """A row that is left out, as a model has no recap there: EvalAP wants an answer of every model to every row."""

    row: str
    """Session, probe and condition."""
    experiments: tuple[str, ...]
    """The experiments without a recap."""


class EvalapDocuments(NamedTuple):
    """What is sent to EvalAP."""

    dataset: dict[str, Any]
    """Body of `POST /v1/dataset`."""
    experiment_set: dict[str, Any]
    """Body of `POST /v1/experiment_set`."""
    left_out: tuple[LeftOut, ...]
    """Rows that are in neither."""


class _Key(NamedTuple):
    session: str
    probe: str
    condition: str

    def __str__(self) -> str:
        return "/".join(filter(None, self))


@dataclass
class _Experiment:
    recaps: dict[_Key, Variant] = field(default_factory=dict)
    values: dict[_Key, dict[str, float | None]] = field(default_factory=dict)
    methods: dict[str, dict[str, None]] = field(default_factory=dict)


def evalap_documents(runs: Iterable[Any], metrics: Sequence[str] = ()) -> EvalapDocuments:
    """Return the dataset and the experiments of a study, to be written as JSON.

    A model that reads no prompt answers each condition. A session that a model has no recap of is left out for all, so
    that models are compared on the same rows, and no failed call counts as an empty answer. Comparia's own means over
    these rows stand in the text of each experiment. The session is in none of it: `query` is its title and the prompt,
    `output_true` its key points, `minority_views` those of them that few hold.

    Args:
        runs: runs, or runs of a study, with their scores.
        metrics: metrics of EvalAP to compute beside those that ask no model; `judge_completude` asks one.
    """
    rows: dict[_Key, dict[str, Any]] = {}
    found: dict[tuple[str, int], _Experiment] = {}
    study = ""
    for run in as_study_runs(runs):
        study = study or run.study
        own = _rows(run)
        rows |= own
        scores: dict[str, dict[str, float | None]] = {}
        methods: dict[str, str] = {}
        for score in run.run.scores:
            if len(score.variants) == 1 and reading_of(score.metric).place != "sets":
                scores.setdefault(score.variants[0], {})[score.metric] = score.value
                methods[score.metric] = method_of(score.signature)
        for variant in run.run.variants:
            experiment = found.setdefault((run.model(variant.backend), variant.repeat), _Experiment())
            if variant.summary is None:
                continue
            condition = run.condition(variant.prompt)
            for key in own:
                if variant.prompt is None or key.condition == condition:
                    experiment.recaps[key] = variant
                    experiment.values[key] = scores.get(variant.id, {})
            for metric in scores.get(variant.id, {}):
                experiment.methods.setdefault(metric, {})[methods[metric]] = None
    answering = {name: experiment for name, experiment in found.items() if experiment.recaps}
    left_out = [
        LeftOut(str(key), tuple(_named(*name) for name, one in answering.items() if key not in one.recaps))
        for key in rows
    ]
    left_out = [one for one in left_out if one.experiments]
    kept = [key for key in rows if all(key in experiment.recaps for experiment in answering.values())]
    content = json.dumps([rows[key] for key in kept], ensure_ascii=False)
    name = f"comparia-{study or 'runs'}-{hashlib.sha256(content.encode()).hexdigest()[:8]}"
    dataset = {"name": name, "readme": _dataset_readme(len(kept)), "default_metric": DEFAULT_METRIC, "df": content}
    experiments = [_experiment(name, each, one, kept, metrics) for each, one in answering.items()]
    readme = _("Recaps of sessions of citizen participation, compared by Comparia.")
    return EvalapDocuments(
        dataset, {"name": name, "readme": readme, "experiments": experiments if kept else []}, tuple(left_out)
    )


def _rows(run: StudyRun) -> dict[_Key, dict[str, Any]]:
    """Return the rows of a run: one a condition; one without a condition where no model reads a prompt."""
    reference = run.run.reference
    points = reference.key_points if reference is not None else ()
    few = [point.text for point in points if reference is not None and reference.is_minority(point)]
    asked = {run.condition(recap.prompt): recap for recap in run.recaps if recap.prompt is not None}
    if not asked and run.recaps:
        asked = {"": run.recaps[0]}
    return {
        _Key(run.session_name, run.probe, condition): {
            "query": run.question(recap) or run.session_name,
            "output_true": _listed([point.text for point in points]),
            "minority_views": _listed(few),
            "session": run.session_name,
            "probe": run.probe,
            "condition": condition,
            "language": run.run.transcript.language,
        }
        for condition, recap in asked.items()
    }


def _listed(texts: Sequence[str]) -> str:
    return "\n".join(f"- {text}" for text in texts)


def _named(model: str, repeat: int) -> str:
    return f"{model} #{repeat}"


def _experiment(
    dataset: str, name: tuple[str, int], experiment: _Experiment, kept: Sequence[_Key], metrics: Sequence[str]
) -> dict[str, Any]:
    recaps = [experiment.recaps[key] for key in kept]
    calls = [call for recap in recaps for call in recap.calls]
    known = {
        metric: [getattr(recap, attribute) for recap in recaps]
        for metric, attribute in TOKENS.items()
        if recaps and all(getattr(recap, attribute) is not None for recap in recaps)
    }
    timed: dict[str, Any] = {}
    if not any(call.batch for call in calls):  # how long it took to answer in a batch is not known
        timed[TIME] = {"execution_time": [round(recap.seconds) for recap in recaps]}
    return {
        "name": _named(*name),
        "readme": _means(experiment, kept),
        "dataset": dataset,
        "metrics": [*dict.fromkeys((LENGTH, *timed, *known, *metrics))],
        "model": {
            "aliased_name": _named(*name),
            "name": next((recap.model for recap in recaps if recap.model), "") or name[0],
            "output": [recap.summary for recap in recaps],
            "sampling_params": _parameters(calls),
            **timed.get(TIME, {}),
            **known,
        },
    }


def _parameters(calls: Sequence[Call]) -> dict[str, Any]:
    """Return the generation parameters that all calls were sent."""
    first: Mapping[str, Any] = calls[0].parameters if calls else {}
    return {name: value for name, value in first.items() if all(call.parameters.get(name) == value for call in calls)}


def _dataset_readme(rows: int) -> str:
    return "\n".join(
        (
            _("Sessions of citizen participation, one row a session and condition: {n} rows.").format(n=rows),
            "",
            _("`query`: title of the session and prompt; the session itself is not here."),
            _("`output_true`: key points of the session, one a line."),
            _("`minority_views`: those that few people hold."),
        )
    )


def _means(experiment: _Experiment, kept: Sequence[_Key]) -> str:
    """Return the means of Comparia's own metrics over the rows, as a Markdown table."""
    lines = [
        _("Measured by Comparia on the same rows (means over them; not computed by EvalAP):"),
        "",
        "| {} | {} | {} |".format(_("metric"), _("mean"), _("recaps with a value")),
        "|---|---|---|",
    ]
    for metric in experiment.methods:
        values = [value for key in kept if (value := experiment.values[key].get(metric)) is not None]
        mean = f"{sum(values) / len(values):.3f}" if values else "–"
        lines.append(f"| {metric_name(metric)} | {mean} | {len(values)} / {len(kept)} |")
    counted = [
        f"- {metric_name(metric)}: `{method}`" for metric, methods in experiment.methods.items() for method in methods
    ]
    return "\n".join((*lines, "", _("How they are counted:"), "", *counted)) if counted else ""

"""The recaps of a study as logs of Inspect (inspect.aisi.org.uk): a log a model and condition, version 2 of its JSON.

`inspect view --log-dir FOLDER` opens them, `inspect_ai.analysis.samples_df(FOLDER)` reads them as a data frame.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from comparia.backends.cards import card
from comparia.records import Backend, Score, Variant
from comparia.reports.readings import reading_of
from comparia.studies.runs import StudyRun, as_study_runs

VERSION = 2
"""Version of the format."""

STOP_REASONS: Mapping[str, str] = {
    "": "stop",
    "stop": "stop",
    "end_turn": "stop",
    "eos": "stop",
    "length": "max_tokens",
    "max_tokens": "max_tokens",
    "content_filter": "content_filter",
}
"""Why an answer ended, in the words of Inspect; any other reason is `unknown` there."""

CONFIG = ("temperature", "top_p", "seed", "max_tokens", "reasoning_effort")
"""Generation parameters that have the same name in Inspect."""


def inspect_logs(runs: Iterable[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a log for each model and condition: the name of its file, without suffix, and its document.

    A sample is one session, as it was or with a probe, and an epoch is a repeat. Its target is the list of key points,
    its scores are those of one recap; one without a value holds NaN and the code of the reason, as Inspect writes it.
    A failed call is a sample with an error; a recap that was never written is missing, and the log is `cancelled`.
    The mean of a metric is over sessions, that of the repeats of each first; no error of it is given, as Inspect's
    rests on samples that are independent. The session is in none of it: the input is its title and the prompt.

    Args:
        runs: runs, or runs of a study, with their scores.
    """
    logs: dict[tuple[str, str], _Log] = {}
    for run in as_study_runs(runs):
        for recap in run.recaps:
            model, condition = run.model(recap.backend), run.condition(recap.prompt)
            log = logs.setdefault((model, condition), _Log(model, condition, run.study))
            log.add(run, recap if isinstance(recap, Variant) else None)
    for log in logs.values():
        if log.samples:
            document = log.document()
            yield log.file_name(document["eval"]["task_id"]), document


@dataclass
class _Log:
    model: str
    condition: str
    study: str
    samples: list[dict[str, Any]] = field(default_factory=list)
    missing: int = 0
    made: list[datetime] = field(default_factory=list)
    ended: list[datetime] = field(default_factory=list)
    software: str = ""
    backend: Backend | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def add(self, run: StudyRun, variant: Variant | None) -> None:
        """Add one recap or failure of the model; None for a recap that was never written."""
        self.made.append(run.run.created_at)
        self.software = run.run.software
        if variant is None:
            self.missing += 1
            return
        self.ended.append(variant.finished_at)
        self.backend = self.backend or run.backend(variant.backend)
        self.parameters = self.parameters or next((call.parameters for call in variant.calls if call.parameters), {})
        scores = [score for score in run.run.scores if score.variants == (variant.id,)]
        self.samples.append(_sample(run, variant, self.name, scores))

    @property
    def name(self) -> str:
        """The model as Inspect names models: provider/model."""
        if self.backend is None:
            return f"comparia/{self.model}"
        kind, _colon, rest = self.backend.name.partition(":")
        model = self.backend.model or rest or self.backend.name
        return f"{self.backend.preset or (kind if rest and not self.backend.base_url else 'comparia')}/{model}"

    def file_name(self, task_id: str) -> str:
        """Return the name of its file, without suffix: Inspect lists only JSON whose name begins with a time."""
        begun = min(self.made).astimezone(UTC).strftime("%Y-%m-%dT%H-%M-%S+00-00")
        who = "@".join(filter(None, (self.model, self.condition)))
        parts = (re.sub(r"[^A-Za-z0-9.@-]+", "-", part) for part in (self.study or "comparia", who))
        return "_".join((begun, *parts, task_id))

    def document(self) -> dict[str, Any]:
        """Return the log."""
        name, samples = self.name, sorted(self.samples, key=lambda sample: (sample["id"], sample["epoch"]))
        ids = list(dict.fromkeys(sample["id"] for sample in samples))
        config = {key: self.parameters[key] for key in CONFIG if self.parameters.get(key) is not None}
        metrics = list(dict.fromkeys(metric for sample in samples for metric in sample.get("scores", {})))
        epochs = max(sample["epoch"] for sample in samples)
        begun, ended = min(self.made), max(self.ended)
        digest = hashlib.sha256(
            json.dumps([self.study, self.model, self.condition, [sample["uuid"] for sample in samples]]).encode()
        ).hexdigest()
        usage = _total([sample["model_usage"][name] for sample in samples if name in sample["model_usage"]])
        return {
            "version": VERSION,
            "status": "cancelled" if self.missing else "success",
            "eval": {
                "eval_id": digest[:22],
                "run_id": digest[22:44],
                "created": begun.isoformat(),
                "task": self.study or "comparia",
                "task_id": digest[:22],
                "task_version": 0,
                "task_args": {"condition": self.condition, "model": self.model},
                "dataset": {
                    "name": self.study or "comparia",
                    "samples": len(ids),
                    "sample_ids": ids,
                    "shuffled": False,
                },
                "model": name,
                "model_generate_config": config,
                "model_base_url": (self.backend.base_url if self.backend else "") or None,
                "config": {"epochs": epochs, "epochs_reducer": ["mean"], "fail_on_error": False},
                "packages": {"comparia": self.software},
                "metadata": {"study": self.study, "condition": self.condition, "model": self.model},
                "scorers": [{"name": metric, "metrics": [{"name": "mean"}]} for metric in metrics],
            },
            "plan": {
                "name": "plan",
                "steps": [{"solver": "comparia", "params": {"condition": self.condition}}],
                "config": config,
            },
            "results": {
                "total_samples": len(samples) + self.missing,
                "completed_samples": sum("error" not in sample for sample in samples),
                "scores": [_mean(metric, samples) for metric in metrics],
            },
            "stats": {
                "started_at": begun.isoformat(),
                "completed_at": ended.isoformat(),
                "model_usage": {name: usage} if usage else {},
            },
            "samples": samples,
        }


def _sample(run: StudyRun, variant: Variant, model: str, scores: Sequence[Score]) -> dict[str, Any]:
    reference = run.run.reference
    about = card(run.backend(variant.backend), variant)
    # How long it took to answer in a batch is not known.
    seconds = None if any(call.batch for call in variant.calls) else variant.seconds
    usage = _usage(about.input_tokens, about.cached_tokens, about.output_tokens, about.cost)
    answer = {"role": "assistant", "content": variant.summary or "", "source": "generate", "model": model}
    reason = next((call.finish_reason for call in reversed(variant.calls)), "")
    output: dict[str, Any] = {"model": variant.model or model, "choices": [], "completion": "", "time": seconds}
    if variant.summary is not None:
        choice = {"message": answer, "stop_reason": STOP_REASONS.get(reason, "unknown")}
        output |= {"choices": [choice], "completion": variant.summary}
    if usage:
        output["usage"] = usage
    asked = [{**message, "source": "input"} for message in run.messages(variant)]
    sample: dict[str, Any] = {
        "id": "/".join(filter(None, (run.session_name, run.probe))),
        "epoch": variant.repeat,
        "input": run.question(variant) or run.session_name,
        "target": [point.text for point in reference.key_points] if reference is not None else "",
        "messages": [*asked, answer] if variant.summary is not None else asked,
        "output": output,
        "scores": {score.metric: _score(score) for score in scores if reading_of(score.metric).place != "sets"},
        "metadata": {
            "session": run.session_name,
            "probe": run.probe,
            "condition": run.condition(variant.prompt),
            "language": run.run.transcript.language,
            "run": run.run.id,
            "recap": variant.id,
            "words": variant.words if variant.summary is not None else None,
            "warnings": list(variant.warnings),
        },
        "model_usage": {model: usage} if usage else {},
        "completed_at": variant.finished_at.isoformat(),
        "total_time": seconds,
        "working_time": seconds,
        "uuid": hashlib.sha256(f"{run.run.id}/{variant.id}".encode()).hexdigest()[:22],
    }
    if variant.failure is not None:
        message = f"{variant.failure.kind}: {variant.failure.message}"
        sample["error"] = {"message": message, "traceback": message, "traceback_ansi": message}
        del sample["scores"]
    return sample


def _score(score: Score) -> dict[str, Any]:
    details: dict[str, Any] = {
        "counts": dict(score.counts),
        "measures": {name: figure for name, figure in score.measures.items() if math.isfinite(figure)},
        "signature": score.signature,
        "recipe": score.recipe,
    }
    if score.interval is not None:
        details |= {"low": score.interval[0], "high": score.interval[1]}
    told: dict[str, Any] = {"value": math.nan if score.value is None else score.value, "metadata": details}
    return {**told, "reason": score.reason} if score.value is None else told


def _mean(metric: str, samples: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the mean of a metric over sessions, the mean of the repeats of each first."""
    by_id: dict[str, list[float]] = {}
    for sample in samples:
        if metric in sample.get("scores", {}):
            by_id.setdefault(sample["id"], []).append(sample["scores"][metric]["value"])
    means = [
        sum(known) / len(known)
        for known in ([value for value in values if not math.isnan(value)] for values in by_id.values())
        if known
    ]
    found: dict[str, Any] = {
        "name": metric,
        "scorer": metric,
        "reducer": "mean",
        "scored_samples": len(means),
        "unscored_samples": len(by_id) - len(means),
        "metrics": {},
    }
    if means:
        found["metrics"] = {"mean": {"name": "mean", "value": sum(means) / len(means)}}
    return found


def _usage(read: int | None, cached: int | None, written: int | None, cost: float | None) -> dict[str, Any]:
    """Return tokens as Inspect counts them: those of the cache apart; empty where they are not known."""
    if read is None or written is None:
        return {}
    usage: dict[str, Any] = {
        "input_tokens": read - (cached or 0),
        "output_tokens": written,
        "total_tokens": read + written,
    }
    if cached is not None:
        usage["input_tokens_cache_read"] = cached
    if cost is not None:
        usage["total_cost"] = cost
    return usage


def _total(usages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        name: sum(usage.get(name, 0) for usage in usages)
        for name in dict.fromkeys(name for usage in usages for name in usage)
    }

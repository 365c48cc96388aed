"""Two models side by side, for the viewer LLM Comparator (Kahng et al. 2024, github.com/PAIR-code/llm-comparator)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from comparia.errors import UnknownName
from comparia.messages import gettext as _
from comparia.records import CREDIT, Run, Score, Variant
from comparia.reports.differences import coverage_of
from comparia.reports.readings import MINORITY
from comparia.reports.verdicts import verdict_name
from comparia.studies.runs import StudyRun, as_study_runs

WIDEST = 1.5
"""Score of the viewer where the first model keeps every key point and the second none; the opposite is -1.5."""

FIELDS: Mapping[str, str] = {
    "run": "string",
    "session": "category",
    "condition": "category",
    "probe": "category",
    "language": "category",
    "repeat": "number",
    "recap": "per_model_category",
    "words": "per_model_number",
    "coverage": "per_model_number",
    MINORITY: "per_model_number",
}
"""Fields of each example beside its texts, and their types in the viewer's words."""


def llm_comparator(runs: Iterable[Run | StudyRun], model_a: str, model_b: str) -> dict[str, Any]:
    """Return the recaps of two models as the viewer reads them, to be written as JSON.

    An example is two recaps of one session, from one prompt and at one repeat; a model that reads no prompt stands
    beside each recap of the other. Its score is the difference of coverage times `WIDEST`, above 0 where the first
    keeps more; None where one is unscored, or the two are scored in different ways. Each key point that the two treat
    differently is a rating, whose rationale says what became of it in both, in the reader's language. The session is
    in none of it: the input is its title and the prompt. Recaps and key points are.

    Args:
        runs: the runs, with their scores.
        model_a: the first model, as the study names it; the name of its backend in a run that is of none.
        model_b: the second.

    Raises:
        UnknownName: a model of which there is no recap.
    """
    examples: list[dict[str, Any]] = []
    seen: dict[str, None] = {}
    study = ""
    for run in as_study_runs(runs):
        seen |= dict.fromkeys(run.model(v.backend) for v in run.run.variants if v.summary is not None)
        study = study or run.study
        examples += (_example(run, a, b) for a, b in _pairs(run, model_a, model_b))
    for model in (model_a, model_b):
        if model not in seen:
            raise UnknownName(_("model"), model, seen)
    return {
        "metadata": {
            "source_path": f"comparia: {study}" if study else "comparia",
            "custom_fields_schema": [{"name": name, "type": kind} for name, kind in FIELDS.items()],
        },
        "models": [{"name": model_a}, {"name": model_b}],
        "examples": [{"index": number, **example} for number, example in enumerate(examples)],
    }


def _pairs(run: StudyRun, model_a: str, model_b: str) -> Iterator[tuple[Variant, Variant]]:
    """Yield the recaps of two models that answer one request, in the order of the run."""
    of_a, of_b = (_recaps(run, model) for model in (model_a, model_b))
    for prompt, repeat in dict.fromkeys((*of_a, *of_b)):
        a, b = (
            of.get((prompt, repeat)) or of.get((None, repeat)) or of.get((None, 1))
            if prompt
            else of.get((None, repeat))
            for of in (of_a, of_b)
        )
        if a is not None and b is not None:
            yield a, b


def _recaps(run: StudyRun, model: str) -> dict[tuple[str | None, int], Variant]:
    recaps: dict[tuple[str | None, int], Variant] = {}
    for variant in run.run.variants:
        if variant.summary is not None and run.model(variant.backend) == model:
            recaps.setdefault((variant.prompt, variant.repeat), variant)
    return recaps


def _example(run: StudyRun, a: Variant, b: Variant) -> dict[str, Any]:
    coverage = coverage_of(run.run)
    retention = {score.variants[0]: score for score in run.run.scores if score.metric == MINORITY}
    of_a, of_b = coverage.get(a.id), coverage.get(b.id)
    asked = a if a.prompt is not None else b
    condition = run.condition(asked.prompt)
    language = run.run.transcript.language
    return {
        "input_text": run.question(asked),
        "tags": [tag for tag in (run.session_name, condition, run.probe) if tag],
        "output_text_a": a.summary,
        "output_text_b": b.summary,
        "score": _difference(of_a, of_b),
        "individual_rater_scores": _ratings(run, of_a, of_b),
        "rationale_list": [],
        "custom_fields": {
            "run": run.run.id,
            "session": run.session_name,
            "condition": condition,
            "probe": run.probe,
            "language": language,
            "repeat": asked.repeat,
            "recap": [a.id, b.id],
            "words": [a.words, b.words],
            "coverage": [score.value if score else None for score in (of_a, of_b)],
            MINORITY: [_value(retention.get(variant.id)) for variant in (a, b)],
        },
    }


def _value(score: Score | None) -> float | None:
    return score.value if score is not None else None


def _difference(a: Score | None, b: Score | None) -> float | None:
    if a is None or b is None or a.value is None or b.value is None or a.signature != b.signature:
        return None
    return round(WIDEST * (a.value - b.value), 4)


def _ratings(run: StudyRun, a: Score | None, b: Score | None) -> list[dict[str, Any]]:
    """Return a rating for each key point that two recaps treat differently, those that differ most first."""
    if _difference(a, b) is None or a is None or b is None or run.run.reference is None:
        return []
    texts = {point.id: point.text for point in run.run.reference.key_points}
    others = {item.key_point: item.verdict for item in b.points}
    both = [(item.key_point, item.verdict, others[item.key_point]) for item in a.points if item.key_point in others]
    told = [
        (
            WIDEST * (CREDIT[in_a] - CREDIT[in_b]),
            _("A: {a}; B: {b}. {point}").format(
                a=verdict_name(in_a), b=verdict_name(in_b), point=f"{point} {texts.get(point, '')}".strip()
            ),
        )
        for point, in_a, in_b in both
        if in_a != in_b and in_a in CREDIT and in_b in CREDIT
    ]
    told.sort(key=lambda rating: -abs(rating[0]))
    return [
        {
            "index": number,
            "score": score,
            "rating_label": None,
            "is_flipped": False,
            "rationale": rationale,
            "custom_fields": {},
        }
        for number, (score, rationale) in enumerate(told)
    ]

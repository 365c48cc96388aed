"""Recaps as EvalAP takes them, held to what its API checks (etalab-ia/evalap, `evalap/api/schemas.py`, 2026)."""

import json
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from comparia.messages import speaking
from comparia.studies import evalap_documents, inspect_logs


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class DatasetCreate(Strict):
    name: str
    readme: str
    default_metric: str
    columns_map: dict[str, str] | None = None
    df: str


class ModelRaw(Strict):
    output: list[str]
    aliased_name: str
    name: str = ""
    base_url: str = ""
    system_prompt: str | None = None
    prelude_prompt: str | None = None
    sampling_params: dict[str, Any] | None = None
    extra_params: dict[str, Any] | None = None
    execution_time: list[int] | None = None
    nb_tokens_prompt: list[int] | None = None
    nb_tokens_completion: list[int] | None = None


class ExperimentCreate(Strict):
    name: str
    readme: str | None = None
    metrics: list[str]
    dataset: str
    model: ModelRaw


class ExperimentSetCreate(Strict):
    name: str
    readme: str
    experiments: list[ExperimentCreate]


NEEDS = {
    "output_length": {"output"},
    "generation_time": {"output"},
    "nb_tokens_prompt": {"query"},
    "nb_tokens_completion": {"output"},
    "judge_completude": {"output", "output_true"},
}
"""What each metric of EvalAP needs of a row."""


def taken(documents):
    """Returns the rows and the experiments, when EvalAP would take them."""
    dataset = DatasetCreate.model_validate(json.loads(json.dumps(documents.dataset)))
    experiments = ExperimentSetCreate.model_validate(json.loads(json.dumps(documents.experiment_set)))
    rows = json.loads(dataset.df)
    for experiment in experiments.experiments:
        assert experiment.dataset == dataset.name
        lists = [getattr(experiment.model, name) for name in ("output", *ModelRaw.model_fields) if name != "name"]
        assert {len(each) for each in lists if isinstance(each, list)} == {len(rows)}
        for metric in experiment.metrics:
            assert NEEDS[metric] - {"output"} <= set(rows[0])
    assert len({experiment.name for experiment in experiments.experiments}) == len(experiments.experiments)
    return rows, experiments.experiments


def test_models_answer_the_same_rows_and_the_others_are_named(study):
    documents = evalap_documents(study)
    rows, experiments = taken(documents)
    assert rows == []  # repeats 2 and 3 were written under the second prompt alone
    assert not experiments
    assert {one.row for one in documents.left_out} == {
        "market/neutral", "market/Other", "market/moved/neutral", "market/moved/Other"
    }  # fmt: skip


@pytest.fixture
def first_repeat(study):
    """The study without its repeats."""
    return [
        type(one)(
            one.run.model_copy(update={"variants": tuple(v for v in one.run.variants if v.repeat == 1)}),
            one.study, one.session, one.probe, one.condition_of, one.model_of,
        )
        for one in study
    ]  # fmt: skip


def test_a_failed_call_is_no_empty_answer(first_repeat):
    documents = evalap_documents(first_repeat, ["judge_completude"])
    rows, experiments = taken(documents)
    assert [(row["session"], row["probe"], row["condition"]) for row in rows] == [
        ("market", "", "neutral"),
        ("market", "moved", "neutral"),
    ]
    assert {one.row: one.experiments for one in documents.left_out} == {
        "market/Other": ("b:large #1",),
        "market/moved/Other": ("b:large #1",),
    }
    ours, large = experiments
    run = first_repeat[0].run
    assert ours.model.output == [run.variants[0].summary] * 2
    assert large.model.aliased_name == "b:large #1"
    assert ours.model.nb_tokens_prompt is None  # one of its calls reports none
    assert ours.metrics == ["output_length", "generation_time", "judge_completude"]
    assert "b:large" not in json.dumps(rows)


def test_rows_hold_points_and_minority_views_and_not_the_session(first_repeat):
    documents = evalap_documents(first_repeat)
    row = taken(documents)[0][0]
    reference = first_repeat[0].run.reference
    assert row["output_true"].splitlines() == [f"- {point.text}" for point in reference.key_points]
    few = [f"- {point.text}" for point in reference.key_points if reference.is_minority(point)]
    assert row["minority_views"].splitlines() == few != []
    assert "Summarise {{ transcript }}" in row["query"]
    assert "Traders depend on it" not in json.dumps(documents, ensure_ascii=False)


def test_the_means_of_comparia_stand_in_the_text_of_each_experiment(first_repeat):
    with speaking("fr"):
        experiment = taken(evalap_documents(first_repeat))[1][0]
    values = [
        score.value
        for one in first_repeat
        for score in one.run.scores
        if (score.metric, score.variants) == ("key_point_coverage", ("v1",))
    ]
    assert f"| {sum(values) / len(values):.3f} | 2 / 2 |" in experiment.readme
    assert "moyenne" in experiment.readme
    (method,) = {line for line in experiment.readme.splitlines() if "`key_point_coverage|" in line}
    assert "ref:" not in method  # what differs with the session is no other way of counting


def test_answers_that_came_in_a_batch_have_no_time(first_repeat):
    run = first_repeat[0].run
    calls = tuple(call.model_copy(update={"batch": "b1"}) for call in run.variants[0].calls)
    variants = (run.variants[0].model_copy(update={"calls": calls}), *run.variants[1:])
    one = type(first_repeat[0])(run.model_copy(update={"variants": variants}), "pilot", "market")
    first, *_others = taken(evalap_documents([one]))[1]
    assert (first.model.execution_time, "generation_time" in first.metrics) == (None, False)
    log = next(log for _name, log in inspect_logs([one]) if log["samples"][0]["metadata"]["recap"] == "v1")
    assert (log["samples"][0]["total_time"], log["samples"][0]["output"]["time"]) == (None, None)


def test_a_model_that_reads_no_prompt_answers_each_condition(built, make_variant):
    run = built()
    recaps = tuple(v for v in run.variants if v.id in ("v1", "v3"))
    run = run.model_copy(update={"variants": (*recaps, make_variant("x1", "The market should stay."))})
    rows, experiments = taken(evalap_documents([run]))
    kept = {experiment.name: experiment.model.output for experiment in experiments}
    assert len(rows) == 2
    assert kept["extractive:speakers #1"] == ["The market should stay."] * 2

"""Recaps and scores as logs of Inspect: the shape of its JSON, and its own reader where it is installed."""

import json
import math

import pytest

from comparia.studies import inspect_logs

FIELDS = {
    "log": {"version", "status", "eval", "plan", "results", "stats", "samples"},
    "eval": {
        "eval_id", "run_id", "created", "task", "task_id", "task_version", "task_args", "dataset", "model",
        "model_generate_config", "model_base_url", "config", "packages", "metadata", "scorers",
    },
    "sample": {
        "id", "epoch", "input", "target", "messages", "output", "scores", "metadata", "model_usage", "completed_at",
        "total_time", "working_time", "uuid", "error",
    },
    "score": {"value", "metadata", "reason"},
}  # fmt: skip
"""Fields that Inspect reads (inspect_ai 0.3, `EvalLog`), of those that are written."""


@pytest.fixture
def logs(study):
    return dict(json.loads(json.dumps(list(inspect_logs(study)))))


def of(logs, model, condition):
    (found,) = (log for log in logs.values() if log["eval"]["task_args"] == {"model": model, "condition": condition})
    return found


def test_a_log_for_each_model_and_condition_in_the_fields_of_inspect(logs):
    assert len(logs) == 4
    for name, log in logs.items():
        assert name.startswith("2026-") and name.split("_")[1] == "pilot"  # noqa: PT018 - one name
        assert set(log) == FIELDS["log"]
        assert (log["version"], set(log["eval"])) == (2, FIELDS["eval"])
        for sample in log["samples"]:
            assert set(sample) <= FIELDS["sample"]
            for score in sample.get("scores", {}).values():
                assert set(score) <= FIELDS["score"]
                assert math.isnan(score["value"]) == ("reason" in score)
        assert len({(sample["id"], sample["epoch"]) for sample in log["samples"]}) == len(log["samples"])


def test_samples_are_sessions_with_their_probes_and_epochs_are_repeats(logs, study):
    log = of(logs, "ours", "Other")
    assert [(sample["id"], sample["epoch"]) for sample in log["samples"]] == [
        ("market", 1), ("market", 2), ("market", 3), ("market/moved", 1), ("market/moved", 2), ("market/moved", 3),
    ]  # fmt: skip
    assert log["eval"]["config"]["epochs"] == 3
    assert log["eval"]["dataset"]["sample_ids"] == ["market", "market/moved"]
    sample = of(logs, "ours", "neutral")["samples"][0]
    run = study[0].run
    assert sample["target"] == [point.text for point in run.reference.key_points]
    assert sample["output"]["completion"] == sample["messages"][-1]["content"] == run.variants[0].summary
    assert "Summarise {{ transcript }}" in sample["input"]
    values = {score.metric: score.value for score in run.scores if score.variants == ("v1",)}
    assert {name: score["value"] for name, score in sample["scores"].items() if "reason" not in score} == {
        name: value for name, value in values.items() if value is not None
    }
    assert sample["scores"]["key_point_coverage"]["metadata"]["signature"].startswith("key_point_coverage")


def test_means_are_over_sessions_and_failures_count_as_nothing(logs):
    log = of(logs, "ours", "Other")
    (mean,) = (score for score in log["results"]["scores"] if score["name"] == "key_point_coverage")
    values = [sample["scores"]["key_point_coverage"]["value"] for sample in log["samples"]]
    assert mean["metrics"]["mean"]["value"] == pytest.approx(sum(values) / len(values))
    assert (mean["scored_samples"], mean["unscored_samples"]) == (2, 0)
    failed = of(logs, "b:large", "Other")
    (first, second) = failed["samples"]
    assert first["error"]["message"].startswith("timeout")
    assert "scores" not in second
    assert failed["results"] == {"total_samples": 2, "completed_samples": 0, "scores": []}


def test_a_recap_that_was_never_written_makes_its_log_cancelled(logs, study):
    (missing,) = study[0].missing
    for log in logs.values():
        of_it = (log["eval"]["task_args"]["model"], log["eval"]["task_args"]["condition"])
        is_it = of_it == (study[0].model(missing.backend), study[0].condition(missing.prompt))
        assert log["status"] == ("cancelled" if is_it else "success")
        assert log["results"]["total_samples"] == len(log["samples"]) + (2 if is_it else 0)


def test_tokens_of_the_cache_are_counted_apart_and_unknown_ones_are_not_zero(logs, study):
    model = of(logs, "ours", "neutral")
    assert model["stats"]["model_usage"] == {}  # one of the two calls reports none
    assert all(not sample["model_usage"] for sample in model["samples"])
    run = study[0].run
    first = run.variants[0].model_copy(update={"calls": run.variants[0].calls[:1]})
    ((_name, log), *_others) = inspect_logs([run.model_copy(update={"variants": (first,)})])
    assert log["samples"][0]["output"]["usage"] == {
        "input_tokens": 600,
        "output_tokens": 100,
        "total_tokens": 1100,
        "input_tokens_cache_read": 400,
        "total_cost": pytest.approx((600 * 2 + 400 * 1 + 100 * 10) / 1e6),
    }


def test_no_turn_of_the_session_is_in_it(logs):
    assert "Traders depend on it" not in json.dumps(logs, ensure_ascii=False)


NO_INSPECT = (
    "inspect_ai is not installed: with clients of cloud stores, a debugger and a terminal interface, it is 325 MB in 83 packages, "
    "so that it is not in the dev extra; pip install inspect-ai pandas"
)


def test_inspect_reads_them(study, tmp_path):
    log_module = pytest.importorskip("inspect_ai.log", reason=NO_INSPECT)
    analysis = pytest.importorskip("inspect_ai.analysis", reason=NO_INSPECT)
    for name, document in inspect_logs(study):
        (tmp_path / f"{name}.json").write_text(json.dumps(document), "utf-8")
        log = log_module.read_eval_log(str(tmp_path / f"{name}.json"))
        assert log.version == 2
        assert [sample.id for sample in log.samples] == [sample["id"] for sample in document["samples"]]
    pytest.importorskip("pandas", reason="pandas is not installed")
    assert len(analysis.evals_df(str(tmp_path))) == 4
    samples = analysis.samples_df(str(tmp_path))
    assert len(samples) == sum(len(run.run.variants) for run in study)

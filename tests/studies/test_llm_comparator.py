"""Two models side by side, as the viewer LLM Comparator reads them."""

import json

import pytest

from comparia.errors import UnknownName
from comparia.messages import speaking
from comparia.reports.differences import coverage_of
from comparia.studies import llm_comparator
from comparia.studies.llm_comparator import WIDEST

TYPES = {"string": str, "category": str, "number": (int, float), "per_model_category": list, "per_model_number": list}
"""What the viewer takes for a field of each type (its `FieldType`)."""


def test_the_document_has_the_shape_of_the_viewer(study):
    document = json.loads(json.dumps(llm_comparator(study, "ours", "b:large")))
    assert set(document) == {"metadata", "models", "examples"}
    assert document["models"] == [{"name": "ours"}, {"name": "b:large"}]
    schema = {field["name"]: field["type"] for field in document["metadata"]["custom_fields_schema"]}
    assert len(document["examples"]) == 2  # the second prompt has a failure on one side
    for number, example in enumerate(document["examples"]):
        assert example["index"] == number
        assert set(example) == {
            "index", "input_text", "tags", "output_text_a", "output_text_b", "score", "individual_rater_scores",
            "rationale_list", "custom_fields",
        }  # fmt: skip
        assert set(example["custom_fields"]) == set(schema)
        for name, value in example["custom_fields"].items():
            assert isinstance(value, TYPES[schema[name]])
            assert not isinstance(value, list) or len(value) == 2
        assert -WIDEST <= example["score"] <= WIDEST
    assert [example["tags"] for example in document["examples"]] == [
        ["market", "neutral"],
        ["market", "neutral", "moved"],
    ]


def test_the_score_is_the_difference_of_coverage_and_ratings_say_why(study):
    run = study[0].run
    (example,) = llm_comparator(study[:1], "ours", "b:large")["examples"]
    a, b = (coverage_of(run)[variant] for variant in ("v1", "v2"))
    assert example["score"] > 0.3
    assert example["score"] == pytest.approx(WIDEST * (a.value - b.value), abs=1e-4)
    ratings = example["individual_rater_scores"]
    assert sum(rating["score"] for rating in ratings) / a.counts["of"] == pytest.approx(example["score"], abs=1e-4)
    assert {rating["rationale"] for rating in ratings} == {
        "A: kept; B: not found. P1 The market should stay on the square.",
        "A: not found; B: kept. P2 A trader opposes closing the square to cars.",
        "A: kept; B: not found. P3 Eight disabled parking spaces are needed.",
    }
    assert (example["output_text_a"], example["custom_fields"]["recap"]) == (run.variants[0].summary, ["v1", "v2"])


def test_sides_can_be_changed(study):
    (one,), (other,) = (
        llm_comparator(study[:1], *models)["examples"] for models in (("ours", "b:large"), ("b:large", "ours"))
    )
    assert one["score"] == -other["score"]
    assert one["output_text_a"] == other["output_text_b"]


def test_rationales_are_in_the_language_of_the_reader(study):
    with speaking("fr"):
        (example,) = llm_comparator(study[:1], "ours", "b:large")["examples"]
    assert any("conservé" in rating["rationale"] for rating in example["individual_rater_scores"])


def test_no_turn_of_the_session_is_in_it(study):
    document = json.dumps(llm_comparator(study, "ours", "b:large"), ensure_ascii=False)
    assert "Traders depend on it" not in document
    assert "Summarise {{ transcript }}" in document


def test_extracts_stand_beside_each_recap_of_a_model(built, make_variant):
    run = built()
    run = run.model_copy(update={"variants": (*run.variants, make_variant("x1", "The market should stay."))})
    examples = llm_comparator([run], "a:small", "extractive:speakers")["examples"]
    assert [example["custom_fields"]["recap"] for example in examples] == [[v, "x1"] for v in ("v1", "v3", "v4", "v5")]
    assert {example["score"] for example in examples} == {None}  # the extract was added later, and has no score
    assert examples[0]["individual_rater_scores"] == []


def test_scores_of_two_recipes_are_not_compared(built):
    run = built()
    scores = tuple(
        score.model_copy(update={"signature": score.signature + "|other"}) if score.variants == ("v2",) else score
        for score in run.scores
    )
    (example,) = llm_comparator([run.model_copy(update={"scores": scores})], "a:small", "b:large")["examples"]
    assert example["score"] is None


def test_a_model_without_recap_is_refused(study):
    with pytest.raises(UnknownName, match="ours"):
        llm_comparator(study, "our", "b:large")

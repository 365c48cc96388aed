"""What every metric promises."""

import dataclasses
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comparia.matching.matcher import Match, MatchTable
from comparia.metrics import METRICS, Case, Matcher
from comparia.reports.readings import metrics_of

SETWIDE = metrics_of("sets")
TEXT = st.one_of(
    st.sampled_from(
        [
            "",
            "# Title only",
            "The market should stay on the square. “Traders depend on it.”",
            "Eight disabled parking spaces are needed.\n\nThe renovation costs 3,400,000 pounds.",
            "<script>alert(1)</script> “nobody ever said these words”",
        ]
    ),
    st.text(max_size=60),
)
every_metric = pytest.mark.parametrize("name", METRICS)


def scores(name, transcript, reference, make_variant, texts, version="0.0.test"):
    variants = tuple(make_variant(f"v{n}", text) for n, text in enumerate(texts))
    return METRICS[name]().score(Case(transcript, variants, reference, Matcher(), version))


@every_metric
def test_it_is_a_frozen_dataclass_known_by_its_name_and_documented(name):
    metric = METRICS[name]
    assert metric.name == name
    assert dataclasses.is_dataclass(metric)
    assert metric.__dataclass_params__.frozen
    assert metric.__doc__
    with pytest.raises(dataclasses.FrozenInstanceError):
        metric().anything = 1


@every_metric
@settings(max_examples=40)
@given(texts=st.lists(TEXT, max_size=4), with_reference=st.booleans())
def test_a_value_in_range_or_none_with_a_reason(name, transcript, reference, make_variant, texts, with_reference):
    given_reference = reference if with_reference else None
    found = scores(name, transcript, given_reference, make_variant, texts)
    for score in found:
        assert score.metric == name
        assert len(score.variants) == len(texts) if name in SETWIDE else len(score.variants) in (1, 2)
        if score.value is None:
            assert score.reason
        else:
            assert (-1 if name in SETWIDE else 0) <= score.value <= 1
            assert not score.reason
        assert all(math.isfinite(number) for number in score.counts.values())
        if score.interval is not None:
            assert 0 <= score.interval[0] <= score.value <= score.interval[1] <= 1
    per_variant, per_pair = len(texts), len(texts) * (len(texts) - 1) // 2
    assert len(found) in ((0, min(1, len(texts))) if name in SETWIDE else (per_variant, per_pair))
    assert list(found) == list(scores(name, transcript, given_reference, make_variant, texts))


@every_metric
def test_an_empty_summary_is_scored_or_says_why(name, transcript, reference, make_variant):
    for score in scores(name, transcript, reference, make_variant, ["", "The market stays.", "   \n"]):
        assert score.value is not None or score.reason


@every_metric
def test_no_variant_has_no_score(name, transcript, reference, make_variant):
    assert list(scores(name, transcript, reference, make_variant, [])) == []


@every_metric
def test_the_signature_says_name_fields_language_and_version(name, transcript, reference, make_variant):
    metric = METRICS[name]()
    texts = ["The market should stay on the square. “Traders depend on it.”", "Cement bags. “Nobody said these words.”"]
    for given_reference in (reference, None):
        for score in scores(name, transcript, given_reference, make_variant, texts, version="9.8.7"):
            parts = score.signature.split("|")
            assert parts[0] == name
            assert parts[-2:] == ["lang:en", "version:9.8.7"]
            assert {field.name for field in dataclasses.fields(metric)} <= {part.split(":")[0] for part in parts}
            assert "\n" not in score.signature


@every_metric
def test_another_parameter_is_another_signature(name, transcript, reference, make_variant):
    variants = tuple(
        make_variant(n, text, author="model") for n, text in (("a", "“Traders depend on it.”"), ("b", "Cement."))
    )
    case = Case(transcript, variants, reference, Matcher(), "0")
    for field in dataclasses.fields(METRICS[name]):
        changed = METRICS[name](**{field.name: field.default + 1})
        assert changed.score(case)[0].signature != METRICS[name]().score(case)[0].signature


@pytest.mark.parametrize("name", ["key_point_coverage", "minority_retention", "content_divergence"])
def test_what_rests_on_key_points_signs_their_origin_and_number(name, transcript, reference, make_variant):
    suggested = reference.model_copy(update={"origin": "suggested"})
    left = scores(name, transcript, reference, make_variant, ["The market.", "The square."])[0].signature
    right = scores(name, transcript, suggested, make_variant, ["The market.", "The square."])[0].signature
    assert f"ref:reviewed-{reference.digest[:8]}|points:4|" in left
    assert f"ref:suggested-{reference.digest[:8]}|points:4|" in right


class Refusing(Matcher):
    """A matcher that may not look at one variant, as a judge that wrote it."""

    def match(self, transcript, reference, summaries, **_judging):
        table = super().match(transcript, reference, summaries)
        kept = {key: match for key, match in table.items() if key[1] != "v0"}
        return MatchTable(kept, {"v0": "The judge wrote this recap."}, 0.9)


@every_metric
def test_a_variant_that_may_not_be_judged_is_unscored_or_scored_without_key_points(
    name, transcript, reference, make_variant
):
    texts = [
        "Everyone agreed that the market should stay on the square. Nobody said “cement bags”.",
        "The market.",
        "42.",
    ]
    variants = tuple(make_variant(f"v{n}", text, author="model") for n, text in enumerate(texts))
    for score in METRICS[name]().score(Case(transcript, variants, reference, Refusing(), "0")):
        assert score.value is not None or score.reason


@every_metric
def test_a_judge_nobody_understands_leaves_reasons_and_no_number(name, transcript, reference, make_variant):
    class Mute(Matcher):
        def match(self, transcript, reference, summaries, **_judging):
            return MatchTable(
                {(p.id, v): Match("unscored", 0.5, "") for p in reference.key_points for v in summaries}, {}, None
            )

    variants = tuple(make_variant(f"v{n}", "The market stays.", author="model") for n in range(3))
    for score in METRICS[name]().score(Case(transcript, variants, reference, Mute(), "0")):
        assert score.value is not None or score.reason
        if score.value is not None:
            assert name not in (
                "key_point_coverage",
                "minority_retention",
                "content_divergence",
                "variant_agreement",
                "stability",
            )

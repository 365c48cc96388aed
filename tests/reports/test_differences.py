"""The key points that two recaps treat differently are computed from the verdicts, and stored nowhere."""

import pytest

from comparia import scoring
from comparia.reports import explanation, render
from comparia.reports.differences import coverage_of, evidence_of
from comparia.reports.terminal import pair_lines
from comparia.reports.view import View

TEXTS = (
    "The market should stay on the square every Saturday morning.",
    "We need eight disabled parking spaces near the doctor's office.",
    "The renovation costs 3,400,000 pounds before tax.",
)


@pytest.fixture
def make_scored(make_run, make_variant, reference):
    """Builds a scored run of `count` recaps of one model."""

    def build(count, metrics=None):
        variants = [make_variant(f"v{n}", TEXTS[n % 3]) for n in range(1, count + 1)]
        run = make_run(tuple(variants), reference=reference)
        return run.model_copy(update={"scores": scoring.score(run, reference, metrics)})

    return build


def content(run):
    return next(score for score in run.scores if score.metric == "content_divergence")


def test_what_differs_is_computed_from_the_verdicts(make_scored):
    run = make_scored(2)
    score = content(run)
    assert score.evidence == ()
    evidence = evidence_of(score, coverage_of(run))
    assert len(evidence) == score.counts["differing"] > 0
    first = {item.key_point: item for item in coverage_of(run)["v1"].evidence}
    second = {item.key_point: item for item in coverage_of(run)["v2"].evidence}
    for item in evidence:
        left, right = first[item.key_point], second[item.key_point]
        assert item.verdicts == (left.verdict, right.verdict)
        assert item.sentences == (left.sentence, right.sentence)
    assert "Key points treated differently" in render(run, "html").decode()


def test_evidence_that_is_stored_is_shown_as_it_is(make_scored):
    run = make_scored(2)
    stored = evidence_of(content(run), coverage_of(run))[:1]
    old = content(run).model_copy(update={"evidence": stored})
    assert evidence_of(old, coverage_of(run)) == stored


@pytest.mark.parametrize("metrics", [["content_divergence"], None])
def test_verdicts_that_are_not_those_of_the_score_show_nothing(make_scored, metrics):
    run = make_scored(2, metrics)
    score = content(run)
    if metrics is None:
        score = score.model_copy(update={"counts": {**score.counts, "differing": 99}})
        run = run.model_copy(update={"scores": tuple(score if s.metric == score.metric else s for s in run.scores)})
    assert evidence_of(score, coverage_of(run)) == ()
    (found,) = explanation.find(run, "v1", "content_divergence")
    assert any("key_point_coverage" in line for line in explanation.lines(run, found))


def test_nothing_is_said_where_every_pair_is_compared(make_scored):
    few = View(make_scored(12))
    assert len(few.pairs) == 66
    assert few.pairs_sentence == ""


def test_every_report_in_words_says_it(make_scored):
    run = make_scored(24)
    models = [
        v.model_copy(update={"backend": f"m{n % 2}", "author": "model", "prompt": None, "repeat": n // 2 + 1})
        for n, v in enumerate(run.variants)
    ]
    run = run.model_copy(update={"variants": tuple(models)})
    run = run.model_copy(update={"scores": scoring.score(run, run.reference)})
    sentence = View(run).pairs_sentence
    assert sentence.startswith("133 pairs of recaps are compared, of 276")  # 2 x 66 within, 1 across
    assert sentence in render(run, "html").decode()
    assert sentence in render(run, "markdown").decode()
    assert sentence in pair_lines(View(run))

"""Coverage counts verdicts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparia.matching.matcher import Match, MatchTable
from comparia.metrics import Case, Matcher
from comparia.metrics.key_point_coverage import KeyPointCoverage

VERDICTS = ("kept", "partly", "softened", "lent_to_all", "uncertain", "contradicted", "absent")


class Decided(Matcher):
    """A matcher whose verdicts are given."""

    def match(self, transcript, reference, summaries, **_judging):
        decided = self.__dict__["verdicts"]
        pairs = [
            (p.id, v, verdict) for v in summaries for p, verdict in zip(reference.key_points, decided, strict=True)
        ]
        return MatchTable({(p, v): Match(verdict, 0.5, "s") for p, v, verdict in pairs})


def covered(transcript, reference, variant, verdicts):
    matcher = Decided()
    matcher.__dict__["verdicts"] = verdicts
    (score,) = KeyPointCoverage().score(Case(transcript, (variant,), reference, matcher, "0"))
    return score


@pytest.mark.parametrize(
    ("verdicts", "value", "interval"),
    [
        # kept counts 1; partly, softened and lent to all ½; uncertain nothing, but the interval holds it; of 4
        (("kept", "kept", "kept", "kept"), 1.0, (1.0, 1.0)),
        (("kept", "partly", "absent", "absent"), 0.375, (0.375, 0.375)),  # 1.5 / 4
        (
            ("kept", "uncertain", "softened", "contradicted"),
            0.375,
            (0.375, 0.625),
        ),  # 1.5 / 4; with the uncertain one 2.5 / 4
        (("lent_to_all", "softened", "partly", "absent"), 0.375, (0.375, 0.375)),
        (("absent", "absent", "contradicted", "absent"), 0.0, (0.0, 0.0)),
    ],
)
def test_known_answers(transcript, reference, make_variant, verdicts, value, interval):
    score = covered(transcript, reference, make_variant("v1", "Text."), verdicts)
    assert (score.value, score.interval) == (value, interval)


@given(verdicts=st.lists(st.sampled_from(VERDICTS), min_size=4, max_size=4))
def test_counts_add_up_and_the_value_lies_in_its_band(transcript, reference, make_variant, verdicts):
    score = covered(transcript, reference, make_variant("v1", "Text."), verdicts)
    counts = score.counts
    assert sum(counts.get(verdict, 0) for verdict in VERDICTS) == counts["of"] == 4
    assert score.interval[0] <= score.value <= score.interval[1]
    assert [item.verdict for item in score.evidence] == verdicts


def test_the_interval_follows_the_probabilities_of_the_outcomes(transcript, reference, make_variant):
    likely = {"sure": (1.0, 0, 0, 0, 0, 0), "even": (0.5, 0, 0, 0, 0, 0.5)}

    class Likely(Matcher):
        def match(self, transcript, reference, summaries, **_judging):
            rows = {
                (p.id, v): Match("kept", 0.5, "s", outcomes=likely[v]) for v in summaries for p in reference.key_points
            }
            return MatchTable(rows)

    variants = (make_variant("sure", "Text."), make_variant("even", "Text."))
    sure, even = KeyPointCoverage().score(Case(transcript, variants, reference, Likely(), "0"))
    assert (sure.value, sure.interval) == (1.0, (1.0, 1.0))
    # four points, each kept with probability ½: mean ½, deviation √(4 × ¼) / 4 = ¼
    assert even.interval == (pytest.approx(max(0, 0.5 - 1.96 / 4), abs=1e-3), 1.0)


def test_evidence_holds_the_turns_and_the_sentence(transcript, reference, make_variant):
    case = Case(transcript, (make_variant("v1", "The market should stay on the square."),), reference, Matcher(), "0")
    (score,) = KeyPointCoverage().score(case)
    first = score.evidence[0]
    assert (first.key_point, first.verdict, first.turns) == ("P1", "kept", (1, 4))
    assert first.sentence == "The market should stay on the square."


def test_headings_state_nothing(transcript, reference, make_variant):
    heading, text = "# The market should stay on the square", "Other things were said on that day."
    case = Case(transcript, (make_variant("v1", f"{heading}\n\n{text}"),), reference, Matcher(), "0")
    assert KeyPointCoverage().score(case)[0].value == 0.0


def test_headings_are_read_where_a_recap_holds_nothing_else(transcript, reference, make_variant):
    case = Case(transcript, (make_variant("v1", "# The market should stay on the square"),), reference, Matcher(), "0")
    assert KeyPointCoverage().score(case)[0].value > 0.0


def test_without_key_points_it_is_unscored(transcript, reference, make_variant):
    empty = reference.model_copy(update={"key_points": ()})
    for given_reference in (None, empty):
        (score,) = KeyPointCoverage().score(
            Case(transcript, (make_variant("v", "Text."),), given_reference, Matcher(), "0")
        )
        assert score.value is None
        assert score.reason


def test_coverage_of_the_samples_falls_as_the_summary_shrinks(library_hub, make_variant):
    session, points = library_hub
    lines = [f"- {point.text}" for point in points.key_points]
    variants = tuple(make_variant(f"v{n}", "\n".join(lines[:n])) for n in (*range(0, len(lines), 7), len(lines)))
    values = [score.value for score in KeyPointCoverage().score(Case(session, variants, points, Matcher(), "0"))]
    assert values == sorted(values)
    assert values[0] == 0.0
    assert values[-1] == 1.0

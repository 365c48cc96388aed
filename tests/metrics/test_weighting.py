"""Coverage weighed by voices."""

import pytest

from comparia.metrics import Case, Matcher
from comparia.metrics.key_point_coverage import KeyPointCoverage
from comparia.records import KeyPoint, Quote, Reference


def test_a_point_held_by_many_weighs_more_by_voices(make_transcript, make_variant):
    session = make_transcript(
        [
            ("A", "We want the market to stay on the square for ever."),
            ("B", "Yes the market must stay on the square."),
            ("C", "The market should stay where it is on the square."),
            ("D", "My grandmother needs a bench near the chemist shop."),
        ]
    )

    def point(name, text, *turns):
        said = tuple(Quote(turn=n, speaker=f"s{n}", words=session.turns[n - 1].text) for n in turns)
        return KeyPoint(id=name, text=text, said=said)

    many = point("P1", "The market should stay on the square.", 1, 2, 3)
    one = point("P2", "A bench is needed near the chemist.", 4)
    reference = Reference(id="rf_1", origin="reviewed", language="en", voices=4, key_points=(many, one))
    variant = make_variant("v1", "The market should stay on the square.")
    (score,) = KeyPointCoverage().score(Case(session, (variant,), reference, Matcher(), "0"))
    assert score.counts["kept"] == 1
    # one of two points kept: 1/2; by voices 3/(3+1); by root √3/(√3+1)
    assert score.value == 0.5
    assert score.measures["by_voices"] == 0.75
    assert score.measures["by_root"] == pytest.approx(0.634, abs=1e-3)

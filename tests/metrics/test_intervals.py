"""Intervals for shares of few things."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparia.statistics.intervals import beta_cdf, jeffreys


@pytest.mark.parametrize(
    ("kept", "of", "low", "high"),
    [
        # quantiles 0.025 and 0.975 of Beta(k + 1/2, n - k + 1/2), as an independent implementation gives them
        (4, 6, 0.2864, 0.9232),
        (6, 73, 0.0350, 0.1616),
        (1, 2, 0.0608, 0.9392),
        # the bound that is certain is the bound itself
        (0, 5, 0.0, 0.3794),
        (5, 5, 0.6206, 1.0),
    ],
)
def test_known_intervals(kept, of, low, high):
    assert jeffreys(kept, of) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 200), st.data())
def test_the_share_lies_inside_and_the_interval_is_symmetric(of, data):
    kept = data.draw(st.integers(0, of))
    low, high = jeffreys(kept, of)
    assert 0 <= low <= kept / of <= high <= 1
    assert jeffreys(of - kept, of) == pytest.approx((1 - high, 1 - low), abs=1e-9)


def test_the_beta_distribution_at_its_ends_and_middle():
    assert (beta_cdf(0, 2, 3), beta_cdf(1, 2, 3)) == (0.0, 1.0)
    assert beta_cdf(0.5, 2, 2) == pytest.approx(0.5)
    # I_x(1, 1) = x; I_x(2, 1) = x²
    assert beta_cdf(0.3, 1, 1) == pytest.approx(0.3)
    assert beta_cdf(0.3, 2, 1) == pytest.approx(0.09)

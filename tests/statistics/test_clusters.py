"""Means over sessions and their intervals."""

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from comparia.statistics.clusters import (
    cells_of,
    cluster_mean,
    paired_difference,
    session_differences,
    sum_interval,
    widened_tail,
)
from comparia.statistics.intervals import student_quantile

VALUES = np.array([0.9, 0.7, 0.85, 0.4, 0.95, 0.6, 0.8, 0.88, 0.3, 0.75, 0.92, 0.66])


def ratio(sums):
    return sums[..., 0] / sums[..., 1]


def columns(values):
    return np.stack([values, np.ones(len(values))], axis=1)


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_bounds_are_scipys(method):
    low, high, used, reason = sum_interval(
        columns(VALUES), ratio, method=method, widened=False, resamples=40_000, seed=3
    )
    theirs = stats.bootstrap(
        (VALUES,), np.mean, method=method, n_resamples=40_000, rng=np.random.default_rng(1)
    ).confidence_interval
    assert (low, high) == pytest.approx((theirs.low, theirs.high), abs=0.003)
    assert (used, reason) == (method, "")


@pytest.mark.parametrize(("probability", "freedom"), [(0.975, 4), (0.975, 9), (0.95, 30), (0.025, 4), (0.5, 3)])
def test_quantiles_of_student_are_scipys(probability, freedom):
    assert student_quantile(probability, freedom) == pytest.approx(stats.t.ppf(probability, freedom), abs=1e-9)


def test_tails_are_widened_as_hesterberg_says():
    # Φ(-√(n / (n - 1)) t(n - 1)), by scipy
    assert widened_tail(0.95, 5) == pytest.approx(stats.norm.cdf(-np.sqrt(5 / 4) * stats.t.ppf(0.975, 4)))
    assert widened_tail(0.95, 1_000_000) == pytest.approx(0.025)


def test_each_session_counts_the_same_however_many_points_it_has():
    cells = cells_of([1, 0, 1, 1, 1, 1], ["a", "a", "b", "b", "b", "b"], [1, 2, 1, 2, 3, 4])
    assert cluster_mean(cells).value == pytest.approx(0.75)


def test_a_session_is_its_sum_of_numerators_over_denominators():
    found = cluster_mean(cells_of([3, 1, 0], ["a", "a", "b"], None, [4, 6, 5]))
    assert found.value == pytest.approx((4 / 10 + 0) / 2)
    assert (found.sessions, found.cells) == (2, 3)


def test_under_five_sessions_there_is_an_estimate_and_no_interval():
    found = cluster_mean(cells_of([0.5, 0.7, 0.9, 0.2], range(4)))
    assert found.value == pytest.approx(0.575)
    assert (found.low, found.high, found.method, found.reason) == (None, None, "", "too_few_sessions")


@pytest.mark.parametrize(("sessions", "method"), [(5, "percentile"), (9, "percentile"), (10, "bca"), (12, "bca")])
def test_the_method_follows_the_number_of_sessions(sessions, method):
    found = cluster_mean(cells_of(VALUES[:sessions], range(sessions)))
    assert found.method == method
    assert found.low < found.value < found.high


def test_nothing_gives_nothing():
    found = cluster_mean(cells_of([], []))
    assert (found.value, found.low, found.sessions, found.reason) == (None, None, 0, "no_cell")
    assert cluster_mean(cells_of([1, 2], ["a", "b"], None, [0, 0])).reason == "no_cell"


@pytest.mark.parametrize("value", [0.0, 1.0, 0.1 + 0.2])
def test_sessions_that_are_all_the_same_say_so(value):
    found = cluster_mean(cells_of([value] * 14, range(14)))
    assert (found.value, found.low, found.high) == pytest.approx((value, value, value))
    assert found.reason == "no_variation"


@pytest.mark.parametrize(
    ("numerators", "sessions", "denominators"),
    [([float("nan")], ["a"], None), ([1], ["a"], [float("inf")]), ([1], ["a"], [-1]), ([1, 2], ["a"], None)],
)
def test_what_is_no_count_is_refused(numerators, sessions, denominators):
    with pytest.raises(ValueError, match="must be"):
        cells_of(numerators, sessions, None, denominators)


def test_the_spread_over_repeats_is_that_of_analysis_of_variance():
    values = [1, 0, 1, 0.5, 0.5, 0.2]
    cells = cells_of(values, ["a", "a", "a", "b", "b", "c"], [1, 1, 1, 1, 1, 1])
    # squares 2/3 and 0, over 2 + 1 degrees of freedom; the cell that was asked once says nothing
    assert cluster_mean(cells).spread == pytest.approx(np.sqrt((2 / 3) / 3))
    assert cluster_mean(cells_of([1, 0], ["a", "a"], [1, 2])).spread is None


def test_two_stages_are_wider_and_as_wide_as_theory_says():
    rng = np.random.default_rng(5)
    sessions, points = np.repeat(np.arange(40), 4), np.tile(np.arange(4), 40)
    cells = cells_of(np.repeat(rng.random(40), 4) + rng.normal(0, 0.8, 160), sessions, points)
    one, two = (cluster_mean(cells, two_stage=staged, resamples=8000) for staged in (False, True))
    table = cells.numerators.reshape(40, 4)
    between, within = table.mean(axis=1).var() / 40, table.var(axis=1).mean() / 160
    assert one.value == two.value
    assert (one.high - one.low) / (2 * 1.96) == pytest.approx(np.sqrt(between), rel=0.06)
    assert (two.high - two.low) / (2 * 1.96) == pytest.approx(np.sqrt(between + within), rel=0.06)


def test_differences_are_taken_over_what_both_have():
    first = cells_of([1, 1, 0, 1], ["a", "a", "b", "c"], [1, 2, 1, 1])
    second = cells_of([0, 0, 1, 1, 1], ["a", "a", "b", "d", "a"], [1, 1, 1, 1, 9])
    # a: point 1 alone, 1 - 0; b: 0 - 1; sessions c and d and points 2 and 9 are of one only
    assert session_differences(first, second).tolist() == [1.0, -1.0]
    found = paired_difference(first, second)
    assert (found.value, found.sessions, found.cells) == (0.0, 2, 5)
    assert session_differences(first, cells_of([1], ["z"], [1])).tolist() == []


def test_a_paired_interval_is_narrower_than_two_apart():
    rng = np.random.default_rng(2)
    level = rng.random(12)
    first, second = cells_of(level + 0.1 + rng.normal(0, 0.01, 12), range(12)), cells_of(level, range(12))
    found = paired_difference(first, second)
    assert 0.08 < found.low < 0.1 < found.high < 0.12
    alone = cluster_mean(first)
    assert found.high - found.low < 0.2 * (alone.high - alone.low)
    swapped = paired_difference(second, first)
    assert swapped.value == -found.value


def test_rounding_is_no_difference():
    first, second = cells_of([0.1, 0.2, 0.3] * 6, np.repeat(range(6), 3)), cells_of([0.6] * 6, range(6), None, [3] * 6)
    assert session_differences(first, second).tolist() == [0.0] * 6


rows = st.lists(
    st.tuples(st.integers(0, 3), st.integers(1, 4), st.integers(0, 11), st.integers(0, 3)), min_size=1, max_size=40
)


@given(rows=rows, seed=st.integers(0, 9), two_stage=st.booleans())
def test_the_order_of_rows_changes_nothing(rows, seed, two_stage):
    def estimate(given):
        kept, of, sessions, points = zip(*given, strict=True)
        return cluster_mean(cells_of(kept, sessions, points, of), two_stage=two_stage, resamples=200)

    shuffled = [rows[n] for n in np.random.default_rng(seed).permutation(len(rows))]
    assert estimate(rows) == estimate(shuffled)


@given(rows=rows)
def test_a_higher_level_is_never_narrower_and_the_record_is_json(rows):
    kept, of, sessions, points = zip(*rows, strict=True)
    cells = cells_of(kept, sessions, points, of)
    narrow, wide = (cluster_mean(cells, level=level, resamples=300) for level in (0.8, 0.95))
    if narrow.low is not None:
        assert wide.low <= narrow.low <= narrow.high <= wide.high
    assert json.loads(json.dumps(dataclasses.asdict(wide)))["sessions"] == wide.sessions


@pytest.mark.parametrize("sessions", [5, 8, 10, 20])
def test_intervals_hold_the_truth_about_as_often_as_they_say(sessions):
    """At least 90 % of 300 studies, with a skewed share that is kept (mean 0.75)."""
    rng = np.random.default_rng(sessions)
    held = 0
    for seed in range(300):
        found = cluster_mean(cells_of(rng.beta(6, 2, sessions), range(sessions)), resamples=1000, seed=seed)
        held += found.low <= 0.75 <= found.high
    assert held >= 270

"""The smallest difference that a design could see."""

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from comparia.statistics.permutation import sign_flip
from comparia.statistics.power import difference_sd, fewest_sessions, power_at, smallest_difference


@pytest.mark.parametrize(
    ("sessions", "contrasts", "reason"),
    [
        (0, 1, "cannot_reach_alpha"),
        (1, 1, "cannot_reach_alpha"),
        (5, 1, "cannot_reach_alpha"),  # 2 / 2⁵ = .0625
        (6, 1, ""),
        (6, 2, "cannot_reach_alpha"),  # 2 / 2⁶ = .03125 > .05 / 2
        (7, 3, ""),
    ],
)
def test_few_sessions_cannot_reach_the_level(sessions, contrasts, reason):
    found = smallest_difference(sessions, 3, 20, contrasts=contrasts, studies=300)
    assert found.reason == reason
    assert (found.difference is None) is bool(reason)
    assert (sessions >= fewest_sessions(contrasts)) is not bool(reason)
    assert json.loads(json.dumps(dataclasses.asdict(found)))["sessions"] == sessions


def test_with_a_wide_level_four_sessions_are_still_too_few():
    assert smallest_difference(4, 3, 20, alpha=0.2).reason == "too_few_sessions"


@pytest.mark.parametrize("sessions", [8, 24])
def test_the_difference_is_found_as_often_as_it_says(sessions):
    """Other studies, of kept and not kept, tested one by one."""
    found = smallest_difference(sessions, 4, 10, between_sd=0.1, within_sd=0.45, contrasts=2, seed=1)
    assert found.found == pytest.approx(0.8, abs=0.02)
    rng = np.random.default_rng(5)
    seen = 0
    for _study in range(400):
        shift = rng.normal(found.difference, 0.1, sessions)
        # shares around .72, whose cells have a deviation of .45
        first, second = (rng.binomial(40, np.clip(0.72 + sign * shift / 2, 0, 1)) / 40 for sign in (1, -1))
        seen += sign_flip(first - second, draws=999).p <= 0.025
    assert seen / 400 == pytest.approx(0.8, abs=0.06)


def test_power_is_near_that_of_the_t_test_where_that_one_holds():
    effect, n = 0.8, 15
    t = stats.t.ppf(0.975, n - 1)
    theirs = stats.nct.sf(t, n - 1, effect * np.sqrt(n)) + stats.nct.cdf(-t, n - 1, effect * np.sqrt(n))
    assert power_at(effect, n) == pytest.approx(theirs, abs=0.03)
    assert power_at(0.0, n) == pytest.approx(0.05, abs=0.015)


def test_more_of_anything_sees_smaller_differences():
    def smallest(sessions=8, repeats=3, points=10, contrasts=1):
        return smallest_difference(sessions, repeats, points, contrasts=contrasts, studies=800).difference

    assert smallest(8) > smallest(12) > smallest(30) > smallest(200) > smallest(2000)
    assert smallest() > smallest(repeats=6) > smallest(repeats=6, points=40)
    assert smallest(contrasts=3) > smallest()
    # repeats cannot take away what sessions differ by
    assert smallest(repeats=10**6) > 0.05


def test_beyond_what_is_simulated_the_root_of_the_sessions_counts():
    found = {n: smallest_difference(n, 3, 10, studies=400).difference for n in (500, 2000)}
    assert found[500] / found[2000] == pytest.approx(2)


@settings(max_examples=20)
@given(effect=st.floats(0, 2), more=st.floats(0, 1), sessions=st.integers(6, 12))
def test_power_grows_with_the_effect(effect, more, sessions):
    assert power_at(effect + more, sessions, studies=200) >= power_at(effect, sessions, studies=200) - 0.02


def test_the_deviation_of_a_difference():
    assert difference_sd(4, 25, 0.1, 0.5) == pytest.approx(np.sqrt(0.01 + 2 * 0.25 / 100))


@pytest.mark.parametrize("wrong", [{"repeats": 0}, {"between_sd": 0.0, "within_sd": 0.0}, {"within_sd": -1.0}])
def test_a_design_of_nothing_is_refused(wrong):
    with pytest.raises(ValueError, match="must be"):
        smallest_difference(**{"sessions": 8, "repeats": 2, "points": 5, **wrong})

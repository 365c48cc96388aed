"""Agreement of several observers on units: Krippendorff's own example, its bounds, its interval."""

import numpy as np
import pytest

from comparia.statistics.agreement import FEWEST_UNITS, bootstrap_units, nominal_alpha, pair_agreement

# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", section D: four observers, twelve units.
ROWS = ("1 2 3 3 2 1 4 1 2 . . .", "1 2 3 3 2 2 4 1 2 5 . 3", ". 3 3 3 2 3 4 2 2 5 1 .", "1 2 3 3 2 4 4 1 2 5 1 .")


def counts_of(rows, values="12345"):
    table = [row.split() for row in rows]
    return np.array([[sum(row[unit] == value for row in table) for value in values] for unit in range(len(table[0]))])


def test_alpha_of_nominal_data_is_that_of_krippendorff():
    assert nominal_alpha(counts_of(ROWS).astype(float)) == pytest.approx(0.743, abs=5e-4)


def test_alpha_knows_full_agreement_chance_and_what_cannot_be_told():
    assert nominal_alpha(np.array([[2.0, 0.0], [0.0, 2.0]])) == 1
    assert nominal_alpha(np.array([[1.0, 1.0], [1.0, 1.0]])) < 0
    assert nominal_alpha(np.array([[3.0, 0.0], [2.0, 0.0]])) is None  # all answers are the same one
    assert nominal_alpha(np.array([[1.0, 0.0], [0.0, 1.0]])) is None  # nobody rated what another rated
    rng = np.random.default_rng(0)
    random = np.array([np.bincount(rng.integers(0, 3, 4), minlength=3) for _n in range(2000)], float)
    assert abs(nominal_alpha(random)) < 0.03


def test_the_share_of_pairs_that_agree():
    assert pair_agreement(np.array([[2.0, 1.0], [0.0, 3.0]])) == pytest.approx(4 / 6)
    assert pair_agreement(np.array([[1.0, 0.0]])) is None


def test_an_interval_is_drawn_over_the_units():
    units = counts_of(ROWS).astype(float)
    low, high = bootstrap_units(lambda drawn: nominal_alpha(units[drawn]), len(units))
    assert low < nominal_alpha(units) < high <= 1
    assert (low, high) == bootstrap_units(lambda drawn: nominal_alpha(units[drawn]), len(units))
    assert bootstrap_units(lambda _drawn: 1.0, FEWEST_UNITS - 1) is None
    assert bootstrap_units(lambda _drawn: None, 50) is None

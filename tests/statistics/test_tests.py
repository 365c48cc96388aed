"""Sign-flip tests, corrections for many tests, outcomes of contrasts and tied sets."""

import dataclasses
import json
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from comparia.statistics.clusters import cells_of
from comparia.statistics.corrections import benjamini_hochberg, holm
from comparia.statistics.equivalence import Contrast, all_pairs, contrasts, outcome_of
from comparia.statistics.permutation import sign_flip
from comparia.statistics.tied_sets import standings, tied_sets

numbers = st.lists(st.integers(-20, 20).map(lambda n: n / 10), min_size=1, max_size=9)
p_values = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def by_hand(differences):
    observed = abs(sum(differences))
    sums = [
        abs(sum(s * d for s, d in zip(signs, differences, strict=True)))
        for signs in product([1, -1], repeat=len(differences))
    ]
    return sum(total >= observed - 1e-9 for total in sums) / len(sums)


@given(differences=numbers)
def test_the_exact_test_counts_every_assignment_of_signs(differences):
    found = sign_flip(differences)
    assert found.p == pytest.approx(by_hand(differences))
    assert found.exact
    assert found.n == len(differences)


@pytest.mark.parametrize("seed", range(4))
def test_the_exact_test_is_scipys(seed):
    differences = np.random.default_rng(seed).normal(0.3, 1, 10)
    theirs = stats.permutation_test((differences,), np.mean, permutation_type="samples", n_resamples=np.inf)
    assert sign_flip(differences).p == pytest.approx(theirs.pvalue)


def test_known_p_values():
    assert sign_flip([1, 2, 3, 4, 5]).p == pytest.approx(2 / 32)
    assert sign_flip([1, 2, 3, 4, 5, 6]).p == pytest.approx(2 / 64)
    assert sign_flip([1, 2, 3, 4, 5, 6]).smallest == pytest.approx(2 / 64)
    # ± 1 ± 1 ± 1 ± 1: sums of 2 or more in size are all but the six of 0
    assert sign_flip([1, 1, 1, -1]).p == pytest.approx(10 / 16)
    assert sign_flip([3]).p == 1.0


def test_zeros_have_no_sign_and_still_count_as_sessions():
    found = sign_flip([0, 0, 1, 2, 3, 4, 5, 0])
    assert (found.p, found.n, found.smallest) == (pytest.approx(2 / 32), 8, 2 / 32)
    assert sign_flip([0.0] * 30) == sign_flip([0] * 30)
    assert sign_flip([0.0] * 30).p == 1.0
    assert (sign_flip([]).p, sign_flip([]).reason) == (None, "no_session")


def test_a_difference_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="finite"):
        sign_flip([1.0, float("nan")])


def test_drawn_signs_come_near_the_exact_value_and_never_reach_0():
    rng = np.random.default_rng(0)
    differences = rng.normal(0.25, 1, 17)
    found = sign_flip(differences)
    theirs = stats.permutation_test((differences,), np.mean, permutation_type="samples", n_resamples=2**17)
    assert not found.exact
    assert found.p == pytest.approx(theirs.pvalue, abs=0.012)
    assert sign_flip(rng.normal(9, 1, 60)).p == pytest.approx(1 / 20_000)
    assert sign_flip(differences) == sign_flip(differences[::-1])
    assert sign_flip(-differences).p == found.p


@given(values=p_values)
def test_corrections_keep_the_order_and_only_raise(values):
    for correct in (holm, benjamini_hochberg):
        adjusted = correct(values)
        assert all(q >= p and 0 <= q <= 1 for p, q in zip(values, adjusted, strict=True))
        order = np.argsort(values, kind="stable")
        assert all(np.diff(np.array(adjusted)[order]) >= 0)
        assert correct(values[::-1]) == adjusted[::-1]
    assert all(b <= h + 1e-12 for b, h in zip(benjamini_hochberg(values), holm(values), strict=True))
    assert benjamini_hochberg(values) == pytest.approx(stats.false_discovery_control(values))


def test_known_corrections():
    """As `p.adjust` of R gives them; the second list is the example of Benjamini and Hochberg (1995)."""
    assert holm([0.01, 0.02, 0.03, 0.04, 0.05]) == pytest.approx((0.05, 0.08, 0.09, 0.09, 0.09))
    assert benjamini_hochberg([0.01, 0.02, 0.03, 0.04, 0.05]) == pytest.approx((0.05,) * 5)
    assert holm([0.03, 0.005, 0.04, 0.01]) == pytest.approx((0.06, 0.02, 0.06, 0.03))
    thrombolysis = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0,
    ]  # fmt: skip
    assert sum(p <= 0.05 for p in benjamini_hochberg(thrombolysis)) == 4
    assert sum(p <= 0.05 for p in holm(thrombolysis)) == 3
    assert holm(thrombolysis)[3] == pytest.approx(0.0095 * 12)
    assert holm([]) == ()


def test_a_planned_test_that_could_not_be_made_still_counts():
    assert holm([0.02, None]) == (pytest.approx(0.04), None)
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        holm([0.2, float("nan")])


@pytest.mark.parametrize(
    ("sessions", "p", "inner", "margin", "outcome"),
    [
        (8, 0.01, (0.1, 0.3), 0.05, "different"),
        (8, 0.01, (0.01, 0.03), 0.05, "equivalent"),  # certain, and too small to matter
        (8, 0.01, (0.01, 0.03), None, "different"),
        (8, 0.60, (-0.03, 0.03), 0.05, "equivalent"),
        (8, 0.60, (-0.05, 0.03), 0.05, "undecided"),  # on the margin is not within
        (8, 0.60, (-0.03, 0.03), None, "undecided"),
        (8, 1.00, (0.0, 0.0), 0.05, "equivalent"),
        (4, 0.01, (None, None), 0.05, "too_few_sessions"),
        (8, None, (None, None), 0.05, "undecided"),
    ],
)
def test_outcomes(sessions, p, inner, margin, outcome):
    assert outcome_of(sessions, p, inner, margin) == outcome


def test_a_margin_of_nothing_is_refused():
    with pytest.raises(ValueError, match="margin"):
        outcome_of(8, 0.5, (0, 0), 0.0)


def study(rng, shares, sessions=8, points=15, repeats=3):
    """Return the cells of models that keep each point with a probability of their own, around that of the session."""
    ease = rng.normal(0, 0.08, sessions)
    where, what, _repeat = (axis.ravel() for axis in np.indices((sessions, points, repeats)))
    return {
        name: cells_of(rng.random(len(where)) < np.clip(share + ease[where], 0, 1), where, what)
        for name, share in shares.items()
    }


def test_equal_models_are_told_apart_in_six_studies_of_a_hundred_at_most():
    rng = np.random.default_rng(20261128)
    shares = dict.fromkeys("abc", 0.7)
    apart = [
        {found.outcome for found in contrasts(study(rng, shares), all_pairs("abc"), resamples=50)} >= {"different"}
        for _study in range(200)
    ]
    assert sum(apart) <= 12


def test_a_planted_difference_is_found_with_its_size():
    rng = np.random.default_rng(7)
    models = study(rng, {"faithful": 0.85, "inventor": 0.85, "majority": 0.30}, sessions=12)
    found = contrasts(models, all_pairs(tuple(models)), margin=0.1)
    assert [each.outcome for each in found] == ["equivalent", "different", "different"]
    assert found[1].difference == pytest.approx(0.55, abs=0.05)
    assert found[1].low < 0.55 < found[1].high
    assert found[1].p_adjusted == pytest.approx(3 * 2 / 2**12)
    assert all(each.p_adjusted >= each.p and each.exact and each.method == "bca" for each in found)
    assert json.loads(json.dumps(dataclasses.asdict(found[0])))["outcome"] == "equivalent"
    sets = tied_sets(["faithful", "inventor", "majority"], found)
    assert [(tied.letter, tied.members, tied.equivalent) for tied in sets] == [
        ("a", ("faithful", "inventor"), True),
        ("b", ("majority",), False),
    ]


def test_what_few_sessions_cannot_say_is_said():
    rng = np.random.default_rng(1)
    (four,) = contrasts(study(rng, {"a": 0.9, "b": 0.1}, sessions=4), [("a", "b")])
    (five,) = contrasts(study(rng, {"a": 0.9, "b": 0.1}, sessions=5), [("a", "b")])
    (six,) = contrasts(study(rng, {"a": 0.9, "b": 0.1}, sessions=6), [("a", "b")])
    assert (four.outcome, four.reason, four.low) == ("too_few_sessions", "too_few_sessions", None)
    assert (five.outcome, five.reason, five.p) == ("undecided", "cannot_reach_alpha", 2 / 32)
    assert (six.outcome, six.reason, six.p) == ("different", "", 2 / 64)
    nothing = {"a": cells_of([1], ["x"]), "b": cells_of([1], ["y"])}
    (apart,) = contrasts(nothing, [("a", "b")])
    assert (apart.difference, apart.p, apart.outcome, apart.reason) == (None, None, "too_few_sessions", "no_cell")
    with pytest.raises(ValueError, match="no such model: c"):
        contrasts(nothing, [("a", "c")])


def test_two_models_that_write_the_same_are_equivalent():
    cells = study(np.random.default_rng(3), {"a": 0.7})["a"]
    (found,) = contrasts({"a": cells, "b": cells}, [("a", "b")], margin=0.02)
    assert (found.difference, found.p, found.outcome, found.reason) == (0.0, 1.0, "equivalent", "no_variation")


def contrast(first, second, outcome):
    empty = dict.fromkeys(field.name for field in dataclasses.fields(Contrast))
    return Contrast(**{**empty, "first": first, "second": second, "outcome": outcome})


def display(names, different):
    pairs = [
        contrast(a, b, "different" if {a, b} in [set(pair) for pair in different] else "undecided")
        for a, b in all_pairs(names)
    ]
    sets = tied_sets(names, pairs)
    return ["".join(tied.members) for tied in sets], {
        each.name: "".join(each.letters) for each in standings(names, sets)
    }


def test_letters_are_those_of_piepho():
    # a chain: only neighbours are not told apart
    assert display("ABCD", ["AC", "AD", "BD"]) == (["AB", "BC", "CD"], {"A": "a", "B": "ab", "C": "bc", "D": "c"})
    assert display("ABC", []) == (["ABC"], {"A": "a", "B": "a", "C": "a"})
    assert display("ABC", ["AB", "AC", "BC"])[0] == ["A", "B", "C"]
    assert display("ABCDE", ["AE", "BE", "CE", "DE"])[0] == ["ABCD", "E"]


@given(data=st.data(), k=st.integers(1, 7))
def test_two_models_share_a_letter_exactly_where_they_are_not_told_apart(data, k):
    names = "ABCDEFG"[:k]
    different = [pair for pair in all_pairs(names) if data.draw(st.booleans())]
    sets, letters = display(names, different)
    for a, b in all_pairs(names):
        assert bool(set(letters[a]) & set(letters[b])) is ((a, b) not in different)
    assert all(letters.values())
    assert not any(set(one) < set(other) for one in sets for other in sets)


def test_a_pair_that_is_missing_is_named():
    with pytest.raises(ValueError, match="no contrast of A and B"):
        tied_sets("AB", [])
    assert tied_sets([], []) == ()

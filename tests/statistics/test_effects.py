"""Judge-corrected means, equal length, groups and homogeneity."""

import builtins
import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.linear_model import LinearRegression
from sklearn.metrics import jaccard_score, matthews_corrcoef

from comparia.errors import MissingExtra
from comparia.statistics.equal_length import equal_length_difference
from comparia.statistics.groups import binned, shares_by_group
from comparia.statistics.homogeneity import KeptPoints, agreement_of, homogeneity, similar_order
from comparia.statistics.prediction_powered import corrected_session_mean


def judged(rng, sessions=20, points=40, share=0.6, kinder=0.2):
    """Return truths, what a judge that is too kind says, and sessions."""
    truth = rng.random((sessions, points)) < np.clip(rng.normal(share, 0.1, (sessions, 1)), 0, 1)
    said = truth | (rng.random((sessions, points)) < kinder)
    return truth.ravel().astype(float), said.ravel().astype(float), np.repeat(np.arange(sessions), points)


def test_a_judge_that_is_too_kind_is_corrected():
    held = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        truth, said, sessions = judged(rng)
        looked_at = rng.choice(len(truth), 160, replace=False)
        found = corrected_session_mean(said, sessions, looked_at, truth[looked_at], resamples=500, seed=seed)
        held += found.low <= 0.6 <= found.high
        assert found.predicted > 0.6
        assert found.value == pytest.approx(found.predicted + found.correction)
    assert held >= 88


def test_without_error_the_correction_is_0_and_all_settled_gives_the_truth():
    truth, said, sessions = judged(np.random.default_rng(1), sessions=8, points=6)
    every = np.arange(len(truth))
    assert corrected_session_mean(truth, sessions, every[:20], truth[:20]).correction == 0
    found = corrected_session_mean(said, sessions, every, truth)
    assert found.value == pytest.approx(truth.mean())
    assert (found.settled, found.cells, found.settled_sessions, found.sessions) == (48, 48, 8, 8)


def test_a_settled_cell_of_a_small_session_stands_for_more():
    # the session of two points and that of ten count the same
    sessions = ["small"] * 2 + ["large"] * 10
    truths = [1.0, 1.0] + [0.0] * 10
    found = corrected_session_mean([0.0] * 12, sessions, range(12), truths)
    assert found.value == pytest.approx(0.5)


def test_few_settled_cells_correct_nothing():
    truth, said, sessions = judged(np.random.default_rng(1), sessions=8, points=6)
    found = corrected_session_mean(said, sessions, range(9), truth[:9])
    assert (found.value, found.low, found.reason) == (None, None, "few_settled")
    assert found.predicted == pytest.approx(said.mean())
    narrow = corrected_session_mean(said, sessions, range(24), truth[:24])
    assert (narrow.low, narrow.settled_sessions, narrow.reason) == (None, 4, "too_few_sessions")
    assert narrow.value is not None
    assert corrected_session_mean([], [], [], []).reason == "no_cell"
    for wrong in ([0, 0], [99, 1], [-1, 1]):
        with pytest.raises(ValueError, match="places"):
            corrected_session_mean(said, sessions, wrong, [1.0, 1.0])


def recaps(rng, difference=0.0, slope=0.1, sessions=14, repeats=6):
    """Return scores, words, sessions and models of recaps, the first model writing twice as much."""
    where, first, _repeat = (axis.ravel() for axis in np.indices((sessions, 2, repeats)))
    words = np.exp2(rng.normal(8, 0.4, len(where)) + first)
    scores = difference * first + slope * np.log2(words) + rng.normal(0, 0.02, len(where)) + 0.05 * where
    return scores, np.round(words), where, first.astype(bool)


def test_a_difference_of_length_alone_goes_away():
    found = equal_length_difference(*recaps(np.random.default_rng(0)))
    assert found.difference == pytest.approx(0.1, abs=0.02)
    assert found.low < 0 < found.high
    assert found.per_doubling == pytest.approx(0.1, abs=0.01)
    assert (found.sessions, found.recaps, found.method) == (14, 168, "bca")


def test_a_difference_beside_length_stays():
    found = equal_length_difference(*recaps(np.random.default_rng(0), difference=0.2))
    assert found.low < 0.2 < found.high
    assert found.high - found.low < 0.1
    assert json.loads(json.dumps(dataclasses.asdict(found)))["recaps"] == 168


def test_it_is_the_regression_of_scikit_learn():
    scores, words, sessions, first = recaps(np.random.default_rng(4), difference=0.15)
    dummies = (sessions[:, None] == np.arange(14)).astype(float)
    fit = LinearRegression(fit_intercept=False).fit(np.column_stack([first, np.log2(words), dummies]), scores)
    found = equal_length_difference(scores, words, sessions, first)
    assert (found.at_equal_length, found.per_doubling) == pytest.approx(tuple(fit.coef_[:2]))


def test_where_length_goes_with_the_model_alone_nothing_is_said():
    found = equal_length_difference([0.5, 0.7] * 6, [100, 300] * 6, np.repeat(range(6), 2), [True, False] * 6)
    assert (found.difference, found.at_equal_length) == (pytest.approx(-0.2), None)
    assert found.reason == "length_not_separable"
    same = equal_length_difference([0.5, 0.7] * 6, [100] * 12, np.repeat(range(6), 2), [True, False] * 6)
    assert same.reason == "length_not_separable"


def test_sessions_of_one_model_and_empty_recaps_are_left_out():
    found = equal_length_difference([1, 0, 1, 0], [50, 60, 0, 70], ["a", "a", "b", "b"], [True, False, True, False])
    assert (found.sessions, found.recaps) == (1, 2)
    nothing = equal_length_difference([1, 0], [50, 60], ["a", "b"], [True, False])
    assert (nothing.difference, nothing.reason) == (None, "no_cell")
    with pytest.raises(ValueError, match="finite"):
        equal_length_difference([float("nan")], [1], ["a"], [True])


@given(seed=st.integers(0, 50))
def test_the_order_of_recaps_changes_nothing(seed):
    table = recaps(np.random.default_rng(1), sessions=6, repeats=2)
    order = np.random.default_rng(seed).permutation(len(table[0]))
    there = equal_length_difference(*(column[order] for column in table), resamples=100)
    assert there == equal_length_difference(*table, resamples=100)


def test_groups_of_one_session_have_jeffreys_intervals_of_points():
    # repeats of a point count as one: 4 of 6 points are kept, each asked three times
    kept = np.repeat([1, 1, 1, 1, 0, 0], 3)
    (found,) = shares_by_group(["first third"] * 18, kept, ["s"] * 18, np.repeat(range(6), 3))
    assert (found.share, found.points, found.cells, found.sessions) == (pytest.approx(4 / 6), 6, 18, 1)
    assert (found.low, found.high) == pytest.approx((0.2864, 0.9232), abs=5e-5)
    assert (found.method, found.people) == ("jeffreys", None)
    (all_kept,) = shares_by_group(["x"] * 5, [1] * 5, ["s"] * 5, range(5))
    assert (all_kept.low, all_kept.high) == pytest.approx((stats.beta.ppf(0.025, 5.5, 0.5), 1.0))


def test_groups_of_many_sessions_have_cluster_intervals():
    rng = np.random.default_rng(3)
    sessions, points = (axis.ravel() for axis in np.indices((12, 9)))
    third = binned(points / 9, [1 / 3, 2 / 3])
    kept = rng.random(len(third)) < np.array([0.9, 0.4, 0.8])[third]
    names = np.array(["beginning", "middle", "end"])
    found = shares_by_group(names[third], kept, sessions, points, order=list(names))
    assert [each.group for each in found] == ["beginning", "middle", "end"]
    assert [each.method for each in found] == ["bca"] * 3
    assert found[1].high < found[0].low
    assert all(each.low < share < each.high for each, share in zip(found, (0.9, 0.4, 0.8), strict=True))


def people_of(counts):
    labels = [group for group, count in counts.items() for _person in range(count)]
    return labels, [[f"{group} {n}"] for n, group in enumerate(labels)]


def test_small_groups_are_not_shown_nor_given_away_by_the_total():
    labels, people = people_of({"men": 20, "women": 4, "others": 8})
    found = {each.group: each for each in shares_by_group(labels, [1] * 32, ["s"] * 32, range(32), people=people)}
    assert {group for group, each in found.items() if each.reason == "suppressed"} == {"women", "others"}
    assert (found["women"].share, found["women"].cells, found["women"].people) == (None, None, None)
    assert found["men"].people == 20
    # of places in the session, the small group alone is left out
    places = shares_by_group(labels, [1] * 32, ["s"] * 32, range(32))
    assert [each.group for each in places if each.reason == "suppressed"] == ["women"]
    # many cells of one person are one person
    (alone,) = shares_by_group(["a"] * 9, [1] * 9, ["s"] * 9, range(9), people=[["Ann"]] * 9)
    assert alone.reason == "suppressed"


def test_repeats_do_not_make_a_group_large():
    (found,) = shares_by_group(["a"] * 40, [1] * 40, ["s"] * 40, [1, 2] * 20)
    assert found.reason == "suppressed"


def test_what_is_no_share_is_refused():
    with pytest.raises(ValueError, match="denominators"):
        shares_by_group(["a"], [2], ["s"], [1])
    with pytest.raises(ValueError, match="one length"):
        shares_by_group(["a", "b"], [1], ["s"], [1])
    with pytest.raises(ValueError, match="edges"):
        binned([0.5], [0.6, 0.3])
    assert shares_by_group([], [], [], []) == ()
    assert binned([0, 0.5, 1], [0.5]).tolist() == [0, 1, 1]


@given(data=st.lists(st.lists(st.booleans(), min_size=6, max_size=6), min_size=2, max_size=5))
def test_agreements_are_those_of_scikit_learn(data):
    kept = np.array(data)
    for measure, theirs in (("jaccard", jaccard_score), ("phi", matthews_corrcoef)):
        ours = agreement_of(kept, measure)
        for one in range(len(kept)):
            for other in range(len(kept)):
                pair = kept[[one, other]]
                undefined = not pair.any() if measure == "jaccard" else (pair.all(axis=1) | ~pair.any(axis=1)).any()
                if undefined:
                    assert np.isnan(ours[one, other])
                else:
                    assert ours[one, other] == pytest.approx(theirs(kept[one], kept[other]))


def keeping(rng, same, sessions=12, points=30):
    """Return what two models keep, three repeats each; both follow one taste, or each its own."""
    made = []
    for n in range(sessions):
        tastes = rng.random((2, points)) < 0.5
        if same:
            tastes[1] = tastes[0]
        kept = np.concatenate([np.where(rng.random((3, points)) < 0.9, taste, ~taste) for taste in tastes])
        made.append(KeptPoints(str(n), ("x",) * 3 + ("y",) * 3, kept))
    return made


@pytest.mark.parametrize("measure", ["jaccard", "phi"])
def test_models_of_one_taste_are_as_alike_as_repeats(measure):
    alike = homogeneity(keeping(np.random.default_rng(1), same=True), measure=measure)
    apart = homogeneity(keeping(np.random.default_rng(1), same=False), measure=measure)
    assert alike.gap.low < 0 < alike.gap.high
    assert apart.gap.low > 0.2
    assert apart.between.value + apart.gap.value == pytest.approx(apart.within.value)
    assert [(pair.first, pair.second, pair.agreement.cells) for pair in apart.pairs] == [
        ("x", "x", 36),
        ("x", "y", 108),
        ("y", "y", 36),
    ]
    assert json.loads(json.dumps(dataclasses.asdict(alike)))["measure"] == measure


def test_recaps_of_two_prompts_are_not_compared():
    kept = np.array([[1, 0], [0, 1]], dtype=bool)
    found = homogeneity([KeptPoints("s", ("x", "x"), kept, ("long", "short"))])
    assert (found.within.value, found.within.reason, found.pairs) == (None, "no_cell", ())
    with pytest.raises(ValueError, match="row"):
        homogeneity([KeptPoints("s", ("x",), kept)])
    with pytest.raises(ValueError, match="differ"):
        homogeneity([KeptPoints("s", ("x", "x"), kept)] * 2)


def test_like_models_stand_side_by_side():
    table = np.array([[1, 0.1, 0.9, 0.2], [0.1, 1, 0.15, 0.8], [0.9, 0.15, 1, 0.3], [0.2, 0.8, 0.3, 1]])
    assert similar_order(table) == (0, 2, 3, 1)
    assert similar_order(np.eye(2)) == (0, 1)
    with pytest.raises(ValueError, match="square"):
        similar_order(np.ones((2, 3)))


def test_without_scipy_the_extra_is_named(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("scipy"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra, match="pip install 'scipy"):
        similar_order(np.eye(4))

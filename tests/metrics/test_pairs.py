"""Which pairs are compared: every pair of a few variants, a bounded number of many."""

import random
from itertools import combinations
from math import comb

import pytest

from comparia.metrics import METRICS, Case, Matcher
from comparia.metrics.pairs import EVERY_PAIR_UP_TO, MOST_PAIRS, drawn_pairs, pairs_of


@pytest.fixture
def make_case(transcript, reference, make_variant):
    """Builds a case of `count` variants of so many cells."""

    def build(count, cells):
        variants = [
            make_variant(f"v{n}", ["The market stays.", "A trader opposes closing.", "Eight spaces."][n % 3])
            for n in range(count)
        ]
        by_model = [
            v.model_copy(update={"backend": f"m{n % cells}", "author": "model"}) for n, v in enumerate(variants)
        ]
        return Case(transcript, tuple(by_model), reference, Matcher(), "0")

    return build


def test_every_pair_of_fourteen_variants_is_compared_in_order(make_case):
    case = make_case(14, 2)
    assert comb(14, 2) <= EVERY_PAIR_UP_TO < comb(15, 2)
    pairs = pairs_of(case)
    assert pairs.all == tuple(combinations([f"v{n}" for n in range(14)], 2))
    assert pairs.parts == {}


def test_more_are_compared_within_a_cell_and_by_the_first_of_each(make_case):
    pairs = pairs_of(make_case(20, 4))
    assert pairs.of == 190
    assert set(pairs.across) == set(combinations(["v0", "v1", "v2", "v3"], 2))
    assert len(pairs.within) == 4 * comb(5, 2)
    assert all(int(a[1:]) % 4 == int(b[1:]) % 4 for a, b in pairs.within)
    assert "pairs" in pairs.parts


@pytest.mark.parametrize(("count", "cells"), [(160, 8), (300, 1), (300, 300), (1000, 8), (120, 60)])
def test_the_pairs_of_many_variants_are_bounded_and_the_same_each_time(make_case, count, cells):
    pairs = pairs_of(make_case(count, cells))
    assert len(pairs.all) == len(set(pairs.all)) == min(MOST_PAIRS, comb(cells, 2) + cells * comb(count // cells, 2))
    assert pairs.of == comb(count, 2)
    assert pairs == pairs_of(make_case(count, cells))


def test_a_recap_by_hand_is_of_no_cell(make_case):
    case = make_case(20, 1)
    by_hand = case.variants[-1].model_copy(update={"author": "human"})
    pairs = pairs_of(Case(case.transcript, (*case.variants[:-1], by_hand), case.reference, case.matcher, "0"))
    assert pairs.across == (("v0", "v19"),)
    assert len(pairs.within) == comb(19, 2)


@pytest.mark.parametrize("sizes", [(2,), (7,), (3, 1, 0, 5), (1, 1, 4)])
def test_every_pair_can_be_drawn(sizes):
    names = iter(range(100))
    groups = [[str(next(names)) for _n in range(size)] for size in sizes]
    pairs = [pair for group in groups for pair in combinations(group, 2)]
    most = len(pairs) - 1
    drawn = {pair for seed in range(200) for pair in drawn_pairs(groups, most, random.Random(seed))}
    assert drawn == (set(pairs) if most else set())
    assert drawn_pairs(groups, len(pairs), random.Random(0)) == tuple(pairs)


def test_scores_and_evidence_are_linear_in_recaps(make_case):
    def work(count):
        case = make_case(count, 2)
        scores = [score for metric in METRICS.values() for score in metric().score(case)]
        pairs = [score for score in scores if len(score.variants) == 2]
        assert all(not score.evidence for score in pairs)
        return len(scores) - len(pairs), len(pairs), sum(len(score.evidence) for score in scores)

    (singles, pairs, evidence), (more_singles, more_pairs, more_evidence) = work(60), work(120)
    assert (pairs, more_pairs) == (2 * (2 * comb(30, 2) + 1), 2 * MOST_PAIRS)
    assert more_singles <= 2 * singles
    assert more_evidence <= 2 * evidence + 20

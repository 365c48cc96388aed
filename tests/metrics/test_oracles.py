"""Our own arithmetic beside independent public packages: scipy, NLTK, rouge-score."""

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nltk.metrics.agreement import AnnotationTask
from nltk.metrics.distance import interval_distance, jaccard_distance
from rouge_score.rouge_scorer import RougeScorer
from scipy import stats
from scipy.spatial.distance import jensenshannon

from comparia.matching.lexical import quoted_of
from comparia.matching.weights import Weights
from comparia.metrics.speaker_balance import jensen_shannon
from comparia.metrics.wording_divergence import stem_divergence
from comparia.statistics.agreement import cohen_kappa, krippendorff_alpha
from comparia.statistics.intervals import beta_cdf, bootstrap_mean, jeffreys
from comparia.statistics.trends import slope
from comparia.text.words import stems

shares = st.floats(0, 1, allow_nan=False, width=32)
WORDS = "market square parking bus school library trees noise cost meeting council bench market".split()


@given(rows=st.integers(2, 5), columns=st.integers(2, 8), seed=st.integers(0, 10_000), holes=st.booleans())
def test_krippendorff_alpha_is_nltks(rows, columns, seed, holes):
    draw = random.Random(seed)
    table = np.array([[round(draw.random(), 2) for _ in range(columns)] for _ in range(rows)])
    if holes and rows > 2:
        table[draw.randrange(rows), draw.randrange(columns)] = math.nan
    ours = krippendorff_alpha(table)
    triples = [
        (str(i), str(j), float(table[i, j])) for i in range(rows) for j in range(columns) if not np.isnan(table[i, j])
    ]
    assert ours == pytest.approx(AnnotationTask(triples, distance=interval_distance).alpha(), abs=1e-9)


@given(pairs=st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=2, max_size=20))
def test_cohen_kappa_is_nltks(pairs):
    ours = cohen_kappa(pairs)
    if len({label for pair in pairs for label in pair}) == 1:
        assert ours == 1.0
        return
    triples = [(who, str(n), pair[k]) for n, pair in enumerate(pairs) for k, who in enumerate("12")]
    assert ours == pytest.approx(AnnotationTask(triples).kappa(), abs=1e-9)


@given(pairs=st.lists(st.tuples(shares, shares), min_size=1, max_size=12))
def test_jensen_shannon_is_scipys_squared(pairs):
    p, q = [a for a, _b in pairs], [b for _a, b in pairs]
    if sum(p) < 1e-6 or sum(q) < 1e-6:
        return
    assert jensen_shannon(p, q) == pytest.approx(float(jensenshannon(p, q, base=2)) ** 2, abs=1e-6)


def test_divergence_of_stems_is_scipys():
    a, b = ["market", "market", "square"], ["market", "bench"]
    # over (bench, market, square): (0, 2, 1) and (1, 1, 0)
    assert stem_divergence(a, b) == pytest.approx(float(jensenshannon([0, 2, 1], [1, 1, 0], base=2)) ** 2)


@given(k=st.integers(0, 40), n=st.integers(1, 40))
def test_jeffreys_is_scipys_beta(k, n):
    k = min(k, n)
    low, high = jeffreys(k, n)
    assert low == pytest.approx(0.0 if k == 0 else float(stats.beta.ppf(0.025, k + 0.5, n - k + 0.5)), abs=1e-9)
    assert high == pytest.approx(1.0 if k == n else float(stats.beta.ppf(0.975, k + 0.5, n - k + 0.5)), abs=1e-9)


@given(x=st.one_of(st.floats(0, 0.999999), st.just(1.0)), a=st.floats(0.5, 40), b=st.floats(0.5, 40))
def test_the_incomplete_beta_function_is_scipys(x, a, b):
    # between the last two bounds scipy itself is off: at x = 1 - 2⁻⁵³ and a = b = ½ it misses 1 - 2/π √(1 - x) by 2.8e-9
    assert beta_cdf(x, a, b) == pytest.approx(float(stats.beta.cdf(x, a, b)), abs=1e-9)


@given(points=st.lists(st.tuples(st.integers(-50, 50), st.integers(-50, 50)), min_size=3, max_size=15))
def test_slope_is_scipys(points):
    x, y = [float(a) for a, _b in points], [float(b) for _a, b in points]
    if len(set(x)) < 2:
        assert slope(x, y) is None
    else:
        assert slope(x, y) == pytest.approx(float(stats.linregress(x, y).slope), abs=1e-9)


def test_soft_jaccard_of_sure_verdicts_is_the_jaccard_distance(transcript, reference, make_variant):
    from comparia.matching.matcher import Match, MatchTable
    from comparia.metrics import Case, Matcher
    from comparia.metrics.content_divergence import soft_jaccard

    class Sure(Matcher):
        def match(self, transcript, reference, summaries, **_judging):
            kept = {"a": {"P1", "P2"}, "b": {"P2", "P3"}}
            return MatchTable(
                {
                    (p.id, v): Match("kept", 1.0 if p.id in kept[v] else 0.0, "")
                    for v in summaries
                    for p in reference.key_points
                }
            )

    case = Case(transcript, (make_variant("a", "x"), make_variant("b", "y")), reference, Sure(), "0")
    assert soft_jaccard(case, "a", "b") == pytest.approx(jaccard_distance({"P1", "P2"}, {"P2", "P3"}))


@pytest.mark.parametrize("seed", range(20))
def test_recall_with_equal_weights_and_no_repeat_is_rouge_1_recall(seed):
    """With every word weighing 1 and none repeated, IDF recall over the whole text is ROUGE-1 recall on stems."""
    draw = random.Random(seed)
    unit, text = (" ".join(dict.fromkeys(draw.choices(WORDS, k=n))) for n in (6, 12))
    equal = Weights(dict.fromkeys(stems(" ".join(WORDS), "en"), 1.0))
    ((_window, ours),) = quoted_of([[unit]], equal, "en", frozenset()).found_in([text])
    theirs = RougeScorer(["rouge1"], use_stemmer=True).score(unit, text)["rouge1"].recall
    assert ours == pytest.approx(theirs)


def test_the_bootstrap_interval_of_a_mean_is_scipys():
    values = np.array([0.02, -0.01, 0.05, 0.03, 0.04, 0.01])
    low, high = bootstrap_mean(values[:, None], 20_000)
    theirs = stats.bootstrap(
        (values,), np.mean, method="percentile", n_resamples=20_000, rng=np.random.default_rng(1)
    ).confidence_interval
    assert (low[0], high[0]) == pytest.approx((theirs.low, theirs.high), abs=0.001)

"""Which key point a sentence fits best, by company."""

import pytest

from comparia.ingest import read_bytes
from comparia.metrics.matching import probability_of_view
from comparia.metrics.views import Fit, views_of
from comparia.metrics.weights import Weights
from comparia.records import KeyPoint, Quote

SESSION = read_bytes(
    """Anne : Les arbres de la place donnent de l'ombre aux vieilles personnes quand il fait très chaud en été.

Bruno : Sans places de stationnement, les clients de ma quincaillerie iront au centre commercial de la rocade.

Anne : Je le redis, sans platanes, la canicule rendra la place invivable pour nous.
""".encode(),
    "s.txt",
)


def point(name, text, *said):
    return KeyPoint(
        id=name, text=text, said=tuple(Quote(turn=turn, speaker=f"s{turn % 2 or 2}", words="x") for turn in said)
    )


TREES = point("P1", "Une habitante veut garder les platanes.", 1, 3)
CARS = point("P2", "Un commerçant craint de perdre ses clients.", 2)


@pytest.fixture
def views():
    return views_of(SESSION, [TREES, CARS], Weights({}))


def test_a_paraphrase_fits_the_point_whose_turns_it_resembles(views):
    trees, cars = views.fits(["L'ombre protège de la canicule et de la chaleur."])
    assert trees.margin > 0 > cars.margin
    assert trees.margin == pytest.approx(-cars.margin, abs=1e-4)


def test_each_point_is_judged_by_its_best_sentence(views):
    trees, cars = views.fits(["La canicule inquiète.", "Le parking de la rocade attirera les clients."])
    assert (trees.sentence, cars.sentence) == ("La canicule inquiète.", "Le parking de la rocade attirera les clients.")
    assert min(trees.margin, cars.margin) > 0


def test_nothing_fits_an_empty_summary(views):
    assert views.fits([]) == [Fit(0.0, -1.0, "")] * 2


def test_a_larger_margin_never_lowers_the_probability():
    values = [probability_of_view(0.2, Fit(0.3, margin / 100, "")) for margin in range(-50, 50)]
    assert values == sorted(values)
    # -0.51 + 0.7·log(0.2/0.8) + 4.48·0.3 + 11.3·0.05 = 0.4286; 1 / (1 + e^-0.4286)
    assert probability_of_view(0.2, Fit(0.3, 0.05, "")) == pytest.approx(0.6055, abs=1e-3)

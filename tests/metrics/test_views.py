"""Which key point a sentence fits best, by company."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparia.ingest import read_bytes
from comparia.matching.context import NEIGHBOUR, OWN_TEXT, SPREAD, margins, views_of
from comparia.matching.weights import Weights
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
    return views_of(SESSION, [TREES, CARS], Weights({}), rivals=0)


def test_a_paraphrase_fits_the_point_whose_turns_it_resembles(views):
    ((trees, cars),) = margins(views.likeness(["L'ombre protège de la canicule et de la chaleur."]))
    assert trees > 0 > cars
    assert trees == pytest.approx(-cars, abs=1e-4)


def test_each_point_is_judged_by_its_best_sentence(views):
    apart = margins(views.likeness(["La canicule inquiète.", "Le parking de la rocade attirera les clients."]))
    assert apart.argmax(axis=0).tolist() == [0, 1]
    assert apart.max(axis=0).min() > 0


def session_of(*said):
    return read_bytes("\n\n".join(f"{who} : {words}" for who, words in said).encode(), "s.txt")


def plain(*texts):
    return [KeyPoint(id=f"P{k}", text=text, said=()) for k, text in enumerate(texts)]


def test_likeness_of_the_very_text_and_of_nothing_shared():
    views = views_of(session_of(("Zoé", "Kiwi.")), plain("Kiwi"), Weights({}), rivals=0)
    # one point, no turn says it: cosine 1 of grams plus 0.25 × cosine 1 of stems; then nothing in common
    assert views.likeness(["Kiwi", "Bonsaï"]).tolist() == [[pytest.approx(1.25, abs=1e-6)], [0.0]]


def test_the_company_of_a_point_by_hand():
    # three turns of one word each, of equal weight and without a 4-gram in common; B says the second point, A and C stand around
    words = ("abcd", "fghi", "klmn")
    session = session_of(("A", words[0]), ("B", words[1]), ("C", words[2]))
    points = [
        KeyPoint(id="P1", text="uvwx", said=()),
        KeyPoint(id="P2", text="qrst", said=(Quote(turn=2, speaker="s2", words="fghi"),)),
    ]
    likeness = views_of(session, points, Weights({})).likeness([*words, "qrst", "uvwx"])
    # 2·text + 1·said + 0.5·before + 0.5·after: length √(4 + 1 + 0.25 + 0.25) = √5.5
    # all three turns are nearest to it, by margins as 1 : 0.5 : 0.5, a direction of (1, 0.5, 0.5)/√1.5
    # half of that is added: along (text, said, before, after), (0, 1, 0.5, 0.5)/(2√1.5)
    # every 4-gram and stem of the turns weighs log(4/1.5) or 1, so both cosines are equal: factor 1.25
    seed = np.array([OWN_TEXT, 1.0, NEIGHBOUR, NEIGHBOUR]) / math.sqrt(5.5)
    moved = seed + SPREAD * np.array([0.0, 1.0, 0.5, 0.5]) / math.sqrt(1.5)
    text, said, before, after = 1.25 * moved / np.linalg.norm(moved)
    assert likeness[:, 1].tolist() == pytest.approx([before, said, after, text, 0.0], abs=1e-5)
    assert likeness[:, 0].tolist() == pytest.approx([0.0, 0.0, 0.0, 0.0, 1.25], abs=1e-5)


def test_turns_that_do_not_answer_one_another_bring_no_company():
    session = session_of(("A", "abcd"), ("B", "fghi"))
    point = KeyPoint(id="P", text="qrst", said=(Quote(turn=2, speaker="s2", words="fghi"),))
    assert views_of(session, [point], Weights({}), neighbour=0).likeness(["abcd"]).tolist() == [[0.0]]
    assert views_of(session, [point], Weights({})).likeness(["abcd"])[0, 0] > 0


def test_a_turn_nobody_linked_to_a_point_lends_it_its_words():
    # nothing but the first turn links the shade to the plane trees
    session = session_of(("A", "Platanes, ombre douce."), ("B", "Parking, clients perdus."))
    trees, cars = views_of(session, plain("Platanes", "Parking"), Weights({})).likeness(["Une ombre bien douce."])[0]
    assert trees > cars == 0


@pytest.mark.parametrize(
    ("likeness", "margin"),
    [
        ([[0.5, 0.2, 0.4]], [[0.1, -0.3, -0.1]]),
        ([[0.3, 0.3]], [[0.0, 0.0]]),
        ([[0.4], [0.0]], [[0.4], [0.0]]),
    ],
)
def test_margins_by_hand(likeness, margin):
    assert margins(np.array(likeness)).tolist() == [pytest.approx(row) for row in margin]


SENTENCES = ("L'ombre protège.", "Le parking attire des clients.", "La canicule inquiète.", "Rien.")


@given(st.lists(st.sampled_from(SENTENCES), max_size=5), st.permutations([0, 1]))
def test_neither_order_nor_number_changes_a_likeness(summary, order):
    points = [TREES, CARS]
    likeness = views_of(SESSION, points, Weights({})).likeness(summary)
    shuffled = views_of(SESSION, [points[k] for k in order], Weights({})).likeness(summary[::-1])
    assert shuffled[::-1].tolist() == likeness[:, order].tolist()

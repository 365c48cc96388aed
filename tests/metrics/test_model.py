"""The fitted model: its files, what it may not do, and what it says of the labelled meetings it has seen."""

import json

import numpy as np
import pytest

from comparia.matching.cells import MEASURES, MEASURES_OF_MEANING
from comparia.matching.claims import MEASURES as CLAIM_MEASURES
from comparia.matching.claims import claim_measures, unborne
from comparia.matching.cues import TABLES, cues_in
from comparia.matching.matcher import Matcher
from comparia.matching.model import FOLDER, OUTCOMES, fitted, fitted_meaning
from comparia.matching.points import items_of
from comparia.metrics import Case
from comparia.text.recaps import Passage
from tests.labelled.meetings import MEETINGS, family, here, meeting


def test_the_files_are_of_these_measures():
    for name, measures in (("a", MEASURES), ("b", MEASURES_OF_MEANING), ("claims", CLAIM_MEASURES)):
        assert tuple(json.loads((FOLDER / f"{name}.json").read_text("utf-8"))["measures"]) == measures


def test_probabilities_sum_to_one_even_far_outside_what_was_seen():
    wild = np.array([np.full(len(MEASURES), value) for value in (-1e6, -1.0, 0.0, 1.0, 1e6)])
    likely = fitted().probabilities(wild)
    assert likely.shape == (5, len(OUTCOMES))
    assert np.allclose(likely.sum(axis=1), 1)
    assert np.array_equal(likely, fitted().probabilities(np.concatenate([wild] * 300))[:5])
    adjusted = fitted_meaning().adjusted(likely, np.ones((5, len(MEASURES_OF_MEANING))))
    assert np.allclose(adjusted.sum(axis=1), 1)


@pytest.mark.parametrize(
    ("text", "language", "table"),
    [
        ("Les participants conviennent qu’il faut agir.", "fr", "agreement"),
        ("D’une même voix, la salle refuse.", "fr", "agreement"),
        ("Personne ne s’est opposé au projet.", "fr", "agreement"),
        ("Nobody objected to the plan.", "en", "agreement"),
        ("There was a shared view on the roof.", "en", "agreement"),
        ("Il pourrait être utile de réfléchir au sol.", "fr", "hedges"),
        ("It might be worth exploring.", "en", "hedges"),
        ("La question du bruit a été évoquée.", "fr", "mentions"),
        ("Elle refuse la fermeture.", "fr", "force"),
        ("Two residents asked for it.", "en", "few"),
    ],
)
def test_cues_are_read(text, language, table):
    assert cues_in(text, language)[TABLES.index(table)] >= 1


def test_a_number_is_one_item_however_it_is_written():
    assert "#1100000" in items_of("un million cent mille euros", "fr") & items_of("1 100 000 €", "fr")
    assert "#0.5" not in items_of("half", "en")


def test_a_sentence_that_claims_agreement_for_the_view_of_one_is_likelier_unborne_than_one_that_names_its_holder():
    claim = Passage("Everyone agreed, and there was a unanimous wish for a new bench.")
    told = Passage("Ann Lee asked for a new bench.")
    lent = unborne(claim_measures(claim, "en", named=0, lent=0.8, prevalence=0.1))
    given = unborne(claim_measures(told, "en", named=1, lent=0.0, prevalence=0.1))
    assert lent > 0.5 > 0.1 > given


@pytest.mark.parametrize("name", [name for name in MEETINGS if "set" not in MEETINGS[name]])
def test_what_matters_most_holds_on_every_meeting(name):
    """A faithful free paraphrase is above a false consensus, by coverage of few; a translation has no verdict."""
    found = meeting(name)
    case = Case(found.transcript, found.variants, found.reference, Matcher(), "0")
    few = [point.id for point in found.reference.key_points if found.reference.is_minority(point)]
    kept = {
        recap: sum(case.match(point, recap).verdict == "kept" for point in few)
        for recap in ("close", "free", "consensus", "softened")
    }
    assert min(kept["close"], kept["free"]) > max(kept["consensus"], kept["softened"])
    if "translated" in found.recaps:
        assert case.unmatched("translated").startswith("other_language")


def test_verdicts_agree_with_readers_far_more_often_than_not():
    right = of = 0
    for name in MEETINGS:
        if not here(name):
            continue
        found = meeting(name)
        case = Case(found.transcript, found.variants, found.reference, Matcher(), "0")
        for (recap, point), label in found.labels.items():
            if family(recap) != "translated":
                verdict = case.match(point, recap).verdict
                of += verdict != "uncertain"
                right += verdict == label
    assert right > 0.75 * of

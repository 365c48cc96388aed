"""Checks: numbers, attributions, support, balance, agreement."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparia.ingest import read_bytes
from comparia.metrics import METRICS, Case, Matcher
from comparia.metrics.speaker_balance import jensen_shannon
from comparia.metrics.variant_agreement import krippendorff_alpha
from comparia.records import Variant, now

SESSION = read_bytes(
    """Anne Le Goff : Le budget de la halle est de trois millions quatre cent mille euros, et le chantier dure quatorze mois.

Bruno Diallo : Je refuse la suppression de quarante-huit places de stationnement devant la pharmacie.

Chloé Nguyen : Les platanes malades seront abattus, sept arbres sur vingt-trois, à cause du chancre coloré.

Anne Le Goff : Le conseil municipal votera le 17 décembre à 18h30, rien n'est décidé.

Bruno Diallo : Alors je demande un référendum sur le stationnement avant le vote du conseil.
""".encode(),
    "s.txt",
)


def scored(metric, summary):
    variant = Variant(id="v1", prompt=None, backend="b", summary=summary, finished_at=now())
    (score,) = METRICS[metric]().score(Case(SESSION, (variant,), None, Matcher(), "0"))
    return score


def test_a_number_is_found_in_any_spelling():
    # 3,4 millions, 14, 48, 17 and 18h30 were said: 5 of 5
    score = scored("numbers", "Le budget est de 3,4 millions d'euros, 14 mois, 48 places, le 17 décembre à 18 h 30.")
    assert (score.value, score.counts["of"]) == (1.0, 5)


def test_a_number_nobody_said_is_flagged_with_its_sentence():
    # 3,4 millions was said, 52 was not: 1 of 2
    wrong = "Il refuse la suppression de 52 places de stationnement."
    score = scored("numbers", f"Le budget est de 3,4 millions d'euros. {wrong}")
    assert score.value == 0.5
    (flag,) = score.evidence
    assert (flag.flag, flag.about, flag.sentence) == ("unsupported", "52", wrong)


@pytest.mark.parametrize(
    ("sentence", "number", "flag"),
    [
        ("Chaque automobiliste verserait 168 mois de loyer aux riverains.", "168", "reworded"),  # fourteen years
        ("Chaque automobiliste verserait 168 loyers aux riverains.", "168", "unsupported"),
        ("Une facture de 3,5 millions attend les contribuables.", "3,5 millions", "reworded"),  # 3.4, rounded
        ("Une facture de 8,7 millions attend les contribuables.", "8,7 millions", "unsupported"),
        ("Un pépiniériste sauverait vingt-deux spécimens.", "vingt-deux", "reworded"),  # twenty-three, less one
        ("Un sondage donne 83 % aux partisans du casino.", "83", "unsupported"),
        ("Tout le monde souhaite raser le bâtiment dès 2031.", "2031", "unsupported"),
    ],
)
def test_a_number_nobody_said_in_other_words_is_a_hint_only_where_it_may_be_one_that_was_said(sentence, number, flag):
    score = scored("numbers", sentence)
    (found,) = score.evidence
    assert (found.flag, found.about) == (flag, number)
    assert score.value == (1.0 if flag == "reworded" else 0.0)


def test_a_year_may_be_counted_from_that_of_the_session():
    said = read_bytes(b"Lise Roux : Sans cette rente, je ne tiendrai que trois ans de plus.\n", "s.txt")
    recap = Variant(id="v1", prompt=None, backend="b", summary="Le berger partirait en 2029.", finished_at=now())
    flags = []
    for date in ("2026-11-30", "2020-11-30", ""):
        session = said.model_copy(update={"date": date})
        (score,) = METRICS["numbers"]().score(Case(session, (recap,), None, Matcher(), "0"))
        flags.append(score.evidence[0].flag)
    assert flags == ["reworded", "unsupported", "unsupported"]


def test_without_a_number_there_is_nothing_to_check():
    assert scored("numbers", "Le budget a été présenté.").value is None


def test_an_invented_sentence_is_flagged_and_a_true_one_is_not():
    score = scored(
        "support",
        "Sept platanes malades seront abattus à cause du chancre coloré. "
        "Une piscine olympique ouvrira près du gymnase avec un financement européen exceptionnel.",
    )
    assert score.value == 0.5
    assert [e.sentence[:12] for e in score.evidence] == ["Une piscine "]


def test_words_lent_to_the_wrong_person_are_flagged_with_the_right_one():
    score = scored(
        "attribution",
        "Bruno Diallo refuse la suppression des places de stationnement devant la pharmacie. "
        "Chloé Nguyen demande un référendum sur le stationnement avant le vote.",
    )
    assert score.counts == {"supported": 1, "unsupported": 1, "of": 2}
    assert score.evidence[0].about == "Bruno Diallo"


def test_sentences_that_name_nobody_or_several_are_not_judged():
    assert (
        scored("attribution", "Le vote aura lieu le 17 décembre. Bruno Diallo et Anne Le Goff discutent.").value is None
    )


def test_a_recap_that_follows_the_talk_is_balanced():
    talk = "Anne Le Goff " + "mot " * 30 + ". Bruno Diallo " + "mot " * 25 + ". Chloé Nguyen " + "mot " * 15 + "."
    one_sided = scored("speaker_balance", "Anne Le Goff présente le budget de la halle.")
    assert scored("speaker_balance", talk).value > 0.95 > one_sided.value
    assert one_sided.counts["named"] == 1
    assert one_sided.counts["main_absent"] == 2


def test_krippendorff_s_own_example():
    # Krippendorff (2011), four observers, twelve units, missing values: alpha for interval data is 0.849
    nan = math.nan
    table = np.array(
        [
            [1, 2, 3, 3, 2, 1, 4, 1, 2, nan, nan, nan],
            [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, nan, 3],
            [nan, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, nan],
            [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, nan],
        ]
    )
    assert krippendorff_alpha(table) == pytest.approx(0.849, abs=0.0005)


def test_alpha_is_one_for_equal_observers_and_unknown_when_nothing_varies():
    assert krippendorff_alpha(np.array([[0.1, 0.9], [0.1, 0.9]])) == pytest.approx(1.0)
    assert krippendorff_alpha(np.array([[0.5, 0.5], [0.5, 0.5]])) is None
    # opposite observers of two units: observed 0.64, expected 4·0.64·2/(4·3) = 0.4267, alpha = 1 - 1.5
    assert krippendorff_alpha(np.array([[0.1, 0.9], [0.9, 0.1]])) == pytest.approx(-0.5)


@given(st.lists(st.floats(0.01, 100), min_size=2, max_size=8))
def test_jensen_shannon_is_a_symmetric_divergence(p):
    q = list(reversed(p))
    assert jensen_shannon(p, p) == pytest.approx(0, abs=1e-12)
    assert jensen_shannon(p, q) == pytest.approx(jensen_shannon(q, p))
    assert 0 <= jensen_shannon(p, q) <= 1


def test_jensen_shannon_of_disjoint_shares_is_one_bit():
    assert jensen_shannon([1, 0], [0, 1]) == pytest.approx(1.0)
    # (1/2, 1/2) and (1, 0): middle (3/4, 1/4); 1/2·(1/2·log2(2/3) + 1/2·log2 2) + 1/2·log2(4/3) = 0.3113
    assert jensen_shannon([1, 1], [1, 0]) == pytest.approx(0.3113, abs=1e-4)

"""Names and data put back in what a model wrote, in the many ways that models write what stands for them."""

import pytest

from comparia import privacy
from comparia.privacy.placeholders import LABELS


@pytest.fixture
def meeting(make_transcript):
    session = make_transcript(
        [
            ("Grégoire Soulayrac", "Bonsoir. Mon numéro est le 06 12 34 56 78, ou le 06 98 76 54 32."),
            ("Wanjiru Kerdoncuff", "J’habite 12 rue des Lilas. Écrivez à w.kerdoncuff@exemple.fr."),
            ("marie.dupond@exemple.fr", "Présente."),
            ("luc.martel@exemple.fr", "Présent aussi."),
        ],
        language="fr",
    )
    return session, privacy.veil_of(privacy.pseudonyms_of(session), session)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("[téléphone 1]", "06 12 34 56 78"),
        ("[téléphone1]", "06 12 34 56 78"),
        ("[Téléphone n° 2]", "06 98 76 54 32"),
        ("[phone 1]", "06 12 34 56 78"),
        (r"\[téléphone 1\]", "06 12 34 56 78"),
        ("[téléphones 1 et 2]", "06 12 34 56 78 et 06 98 76 54 32"),
        ("[téléphone 1, téléphone 2]", "06 12 34 56 78, 06 98 76 54 32"),
        ("[adresse 1]", "12 rue des Lilas"),
        ("[ADDRESS 1]", "12 rue des Lilas"),
        ("**[adresse 1]**", "**12 rue des Lilas**"),
    ],
)
def test_a_placeholder_written_in_another_way_is_put_back(meeting, written, meant):
    assert meeting[1].restore(f"On joint {written} demain.") == f"On joint {meant} demain."


@pytest.mark.parametrize(
    "written",
    [
        "[téléphone 9]",
        "[T1]",
        "[T12, T13]",
        "[note 1]",
        "[1]",
        "[téléphone 1, T2]",
        "[x](https://a.fr)",
        "[ ]",
        "a ] [ b",
    ],
)
def test_other_brackets_stay(meeting, written):
    assert meeting[1].restore(f"Voir {written}.") == f"Voir {written}."


def test_labels_that_are_addresses_stay_distinct_and_come_back(meeting):
    _session, veil = meeting
    first, second = (veil.apply(name) for name in ("marie.dupond@exemple.fr", "luc.martel@exemple.fr"))
    assert first != second
    assert "exemple" not in first + second
    assert (
        veil.restore(f"{first} approuve, {second} non.")
        == "marie.dupond@exemple.fr approuve, luc.martel@exemple.fr non."
    )


@pytest.mark.parametrize("form", ["{0}s", "{1}", "{2}"])
def test_a_pseudonym_in_the_plural_or_a_letter_off_is_put_back(meeting, form):
    _session, veil = meeting
    name = veil.apply("M. Soulayrac").removeprefix("M. ")
    turned = name[:-2] + name[-1] + name[-2]
    written = form.format(name, name + "d", turned)
    assert veil.restore(f"Les {written} ont parlé.") == "Les Soulayrac ont parlé."


def test_a_hashtag_made_of_pseudonyms_is_put_back(meeting):
    _session, veil = meeting
    given, surname = veil.apply("Grégoire Soulayrac").split()
    assert veil.restore(f"#{given}{surname} l’a dit.") == "#GrégoireSoulayrac l’a dit."


def test_words_that_are_near_a_pseudonym_by_chance_stay(meeting):
    said = "Bonsoir Monsieur, la Halle ferme. Le Conseil et la Région répondent à Paris, Présente et Présent."
    assert meeting[1].restore(said) == said


def test_the_labels_of_both_languages_name_the_same_kinds():
    assert set(LABELS["fr"]) == set(LABELS["en"])

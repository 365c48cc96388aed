"""Who is found in a session, and how their names are taken apart."""

import pytest

from comparia.privacy.named import people_of
from comparia.privacy.people import speaker_of
from comparia.records import Speaker


def speaker(name):
    return speaker_of(Speaker(id="s1", name=name))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Hélène Marchetti", [("Hélène", "given_name"), ("Marchetti", "surname")]),
        ("Grégoire de La Motte-Ravel", [("Grégoire", "given_name"), ("Motte", "surname"), ("Ravel", "surname")]),
        ("Jean-Marc Pujolas", [("Jean", "given_name"), ("Marc", "given_name"), ("Pujolas", "surname")]),
        ("Yann Le Bihan (services techniques)", [("Yann", "given_name"), ("Bihan", "surname")]),
        ("Dupont, Jean (Invité)", [("Jean", "given_name"), ("Dupont", "surname")]),
        ("CASILLO Ilaria", [("CASILLO", "surname"), ("Ilaria", "given_name")]),
        ("Mme Durand", [("Durand", "surname")]),
        ("MARTIN Paul", [("MARTIN", "surname"), ("Paul", "given_name")]),
        ("mina_clb", [("mina", "handle"), ("clb", "handle")]),
        ("Marie", [("Marie", "given_name")]),
    ],
)
def test_the_words_of_a_name_that_tell_who_it_is(name, words):
    assert list(speaker(name).words) == words


@pytest.mark.parametrize(
    "name", ["Monsieur le maire", "Animatrice", "Une habitante", "Le public", "Habitant 3", "M. le Maire"]
)
def test_a_role_is_nobody_to_hide(name):
    assert speaker(name) is None


def test_machines_and_anonymous_voices_are_nobody_to_hide():
    assert speaker_of(Speaker(id="s1", name="read.ai", kind="machine")) is None
    assert speaker_of(Speaker(id="s1", name="Intervenant 2", kind="anonymous")) is None


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("J’en ai parlé à M. Soulayrac hier.", ["Soulayrac"]),
        ("Mon voisin Karim dit la même chose.", ["Karim"]),
        ("Je m’appelle Wanjiru Kamau, j’habite ici.", ["Wanjiru Kamau"]),
        ("La famille Etxeberria est partie.", ["Etxeberria"]),
        ("On a vu Nadège Ferrandou au marché.", ["Nadège Ferrandou"]),
        ("Monsieur et Madame de Saint-Amadour ont écrit.", ["Saint-Amadour"]),
        ("Il habite rue Victor-Hugo, près de la place Jean-Jaurès.", []),
        ("Le Conseil départemental et la Région ont voté.", []),
        ("Bonjour à toutes et à tous. Merci Monsieur le maire.", []),
        ("La salle Marie-Curie est prise, l’école Jules-Ferry aussi.", []),
        ("Pierre après pierre, la halle se défait.", []),
    ],
)
def test_people_named_in_french(make_transcript, said, found):
    session = make_transcript([("Zoltan Kerbrat", said)], language="fr")
    assert [person.name for person in people_of(session) if not person.speaks] == found


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("My neighbour Priya said no.", ["Priya"]),
        ("Mrs Featherstone rang me.", ["Featherstone"]),
        ("It was Desmond Aldous who asked.", ["Desmond Aldous"]),
        ("The Victoria Gardens flood in March, and so does King Street.", []),
        ("The Council met on Monday in Wales.", []),
    ],
)
def test_people_named_in_english(make_transcript, said, found):
    session = make_transcript([("Zoltan Kerbrat", said)], language="en")
    assert [person.name for person in people_of(session) if not person.speaks] == found

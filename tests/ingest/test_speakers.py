"""Which labels are speakers, of what kind, and which are the same one."""

import pytest

from comparia.ingest.speakers import (
    accepted_labels,
    clean_label,
    identities,
    identity,
    is_unknown,
    kind,
    proposed_aliases,
    split_label,
)
from comparia.records import Speaker

SAME = [
    ("M. Dupont", "Dupont"),
    ("Mme Lê", "Madame Lê"),
    ("Jean Dupont (External)", "Jean Dupont"),
    ("Jean Dupont (Invité)", "jean  dupont"),
    ("Jean\u00a0Dupont", "Jean Dupont"),
    ("E\u0301lodie", "Élodie"),
    ("Ada (Guest) (External)", "Ada"),
]
DIFFERENT = [("Taylor", "Tailor"), ("Jean Dupont", "Jeanne Dupont"), ("GT", "Guillaume Tatu"), ("Jean-Luc", "Jean")]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_labels_of_one_speaker(one, other):
    assert identity(one) == identity(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_labels_of_two_speakers(one, other):
    assert identity(one) != identity(other)


def test_monsieur_and_madame_of_one_surname_stay_two_people():
    keys = identities(["M. Martin", "Monsieur Martin", "Mme Martin", "M. Ba", "Ba"])
    assert keys["M. Martin"] == keys["Monsieur Martin"] != keys["Mme Martin"]
    assert keys["M. Ba"] == keys["Ba"]


KINDS = [
    ("Ada Ba", "person"),
    ("M. le Maire", "person"),
    ("SPEAKER_00", "anonymous"),
    ("Speaker 1", "anonymous"),
    ("Intervenant 3", "anonymous"),
    ("S01", "anonymous"),
    ("UU", "anonymous"),
    ("null", "anonymous"),
    ("UNKNOWN_SPEAKER", "anonymous"),
    ("Inconnu", "anonymous"),
    ("Intervenant non identifié", "anonymous"),
    ("Audio shared by Ada Ba", "machine"),
    ("read.ai meeting notes", "machine"),
    ("Fireflies.ai Notetaker", "machine"),
    ("Everstake CircleBack", "machine"),
]


@pytest.mark.parametrize(("label", "expected"), KINDS)
def test_kinds(label, expected):
    assert kind(label) == expected


@pytest.mark.parametrize("label", ["Unknown Speaker", "UNKNOWN_SPEAKER", "Inconnue", "Non identifié"])
def test_labels_of_several_unknown_people(label):
    assert is_unknown(label)
    assert not is_unknown("Speaker 1")


ONCE = [
    "Ada",
    "Jean-Luc d'Aubigné",
    "Ursula von der Leyen",
    "M. le Maire",
    "Marius van der Wijden",
    "Luca | Vero",
    "Marie's iPad",
    "张伟",
    "محمد",
    "Speaker 1",
    "intervenant 2",
    "M. le maire",
    "la présidente",
    "Le Président",
    "Plusieurs députés",
    "Une voix dans la salle",
    "Un participant",
    "Mme la rapporteure générale",
    "M. Jean-Pierre de La Tour du Pin",
]


@pytest.mark.parametrize("label", ONCE)
def test_labels_believed_at_first_sight(label):
    assert accepted_labels([label]) == {clean_label(label)}


@pytest.mark.parametrize(
    "label", ["vous disiez", "il faut retenir ceci", "potuz", "Article 3", "Le budget de la ville", "Le maire a dit"]
)
def test_labels_not_believed_at_first_sight(label):
    assert accepted_labels([label]) == frozenset()


def test_a_label_that_recurs_is_believed():
    assert accepted_labels(["potuz", "potuz", "une fois"]) == {"potuz"}


SPLITS = [
    ("Ada : oui", ("Ada", "oui")),
    ("Ada\u202f: oui : non", ("Ada", "oui : non")),
    ("Ada:", ("Ada", "")),
    ("**Ada** : oui", ("Ada", "oui")),
    ("– Ada : oui", ("Ada", "oui")),
    ("Ada:oui", None),
    ("Pour : 23", None),
    ("https://a : oui", None),
    ("12:30 : oui", None),
    ("un deux trois quatre cinq six sept : oui", None),
    ("x" * 61 + " : oui", None),
    ("Vous disiez : oui", None),
    ("He Xi : oui", ("He Xi", "oui")),
    ("M. un deux trois de la quatre cinq six : oui", ("M. un deux trois de la quatre cinq six", "oui")),
    ("Pour (23) : oui", None),
    ("Votes pour : 23", None),
    ("Nombre de présents : 23", None),
    ("Point 3 : oui", None),
    ("Page Smith : oui", ("Page Smith", "oui")),
]


@pytest.mark.parametrize(("text", "expected"), SPLITS)
def test_splitting_a_label_from_its_words(text, expected):
    assert split_label(text) == expected


def test_labels_lose_what_cannot_be_seen():
    assert clean_label("\u202eAda\u200b\u2066 \x07 Ba\ufeff\n") == "Ada Ba"


def aliases(*names):
    speakers = [Speaker(id=name, name=name, kind=kind(name)) for name in names]
    return [(one, other) for one, other, _why in proposed_aliases(speakers)]


ONE_PERSON = [
    ("GT", "Guillaume Tatu"),
    ("J.L.M.", "Jean-Luc Mélenchon"),
    ("Unknown (Councilmember Peterson)", "Councilmember Tom Peterson"),
    ("Élodie Vö", "Elodie Vo"),
    ("Jean-Luc Ba", "Jean Luc Ba"),
    ("Dupont, Jean (DGALN)", "Jean Dupont"),
    ("Taylor Swan", "Tailor Swan"),
    ("Hubert", "Mme Suzanne Hubert"),
    ("M. Ba", "M. Erwann Ba, rapporteur"),
    ("Guillaume", "Guillaume Tatu"),
]
TWO_PEOPLE = [
    ("M. Martin", "Mme Martin"),
    ("M. Martin", "Mme Jeanne Martin"),
    ("Ada (SPEAKER_01)", "Ada (SPEAKER_02)"),
    ("Speaker 1", "Speaker 2"),
    ("Ada", "Ida"),
    ("Ada Ba", "Bob Ba"),
    ("read.ai meeting notes", "Read Notes"),
    ("GT", "Gérard Lê"),
    ("Le Maire", "La Présidente"),
]


@pytest.mark.parametrize(("one", "other"), ONE_PERSON)
def test_names_that_may_be_one_person_are_proposed_once(one, other):
    assert aliases(one, other, "Zoé Quinn") == [(one, other)]
    assert [set(pair) for pair in aliases("Zoé Quinn", other, one)] == [{one, other}]


@pytest.mark.parametrize(("one", "other"), TWO_PEOPLE)
def test_names_of_two_people_are_not_proposed(one, other):
    assert aliases(one, other) == []


def test_a_name_that_could_be_two_people_is_not_proposed():
    assert aliases("Martin", "Jean Martin", "Luc Martin") == []
    assert aliases("GT", "Guillaume Tatu", "Gérard Thil") == []


def test_every_proposal_says_why():
    speakers = [Speaker(id=f"s{n}", name=name) for n, name in enumerate(("GT", "Guillaume Tatu", "Guillaume"))]
    assert proposed_aliases(speakers) == [
        ("s0", "s1", "initials"),
        ("s2", "s1", "part"),
    ]
    assert proposed_aliases([]) == []

"""People named after a title or an office, services that are nobody, and the words of services that stay words."""

import itertools
import re
from pathlib import Path

import pytest

from comparia import privacy
from comparia.ingest import read
from comparia.privacy.people import key_of, speaker_of, words_of
from comparia.records import Speaker
from tests.work import assert_linear

CASES = Path(__file__).parent / "cases"
AFTER_A_TITLE = [
    ("Le capitaine Dupuis est venu.", "Dupuis"),
    ("Le préfet Duval a écrit.", "Duval"),
    ("La députée Rabouin le sait.", "Rabouin"),
    ("L’abbé Fournier est pour.", "Fournier"),
    ("Merci Mme la conseillère Cosquer.", "Cosquer"),
    ("La parole est à M. le directeur Salaün.", "Salaün"),
    ("M. le maire Le Berre arrive.", "Berre"),
    ("L’adjoint Quéré a promis.", "Quéré"),
    ("La principale Jaouen est absente.", "Jaouen"),
    ("Sœur Kerdoncuff et le père Jézéquel prient.", "Jézéquel"),
    ("La sénatrice Odonkor et l’inspectrice Thiry.", "Thiry"),
    ("Le pasteur Wetterwald parlera.", "Wetterwald"),
    ("Mme la notaire Guilcher l’a signé.", "Guilcher"),
]
NOBODY = [
    "Le maire de Rennes est venu avec la directrice générale.",
    "La présidente du Conseil départemental et le préfet de Région.",
    "Le conseiller municipal et l’adjointe à la Culture.",
    "Le directeur Marketing et le commissaire Enquêteur.",
    "Monsieur le maire, Madame la présidente, merci.",
]
SERVICES = [
    "Bureau d'études", "Élu d'opposition", "SNCF Réseau", "Service Voirie", "La Poste", "AMO", "La DGA", "Le DGS",
    "Maître d'ouvrage", "Bailleur social", "Régie son", "Conseil de quartier", "Pôle urbanisme", "Planning Team",
]  # fmt: skip


def veiled(make_transcript, text, *also, who="Habitante"):
    session = make_transcript([("Animateur", "Bonjour."), (who, text), *also], language="fr")
    return privacy.veil_of(privacy.pseudonyms_of(session), session).apply(text)


@pytest.mark.parametrize(("said", "name"), AFTER_A_TITLE)
def test_a_name_after_a_title_or_an_office_is_hidden(make_transcript, said, name):
    assert key_of(name) not in {key_of(word) for word in re.findall(r"[^\W_]+", veiled(make_transcript, said))}


@pytest.mark.parametrize("said", NOBODY)
def test_an_office_and_its_adjective_name_nobody(make_transcript, said):
    assert veiled(make_transcript, said) == said


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_not_a_person(name):
    assert speaker_of(Speaker(id="s1", name=name)) is None


@pytest.mark.parametrize("name", ["Mme Poste", "Anne Bureau", "Jean-Marc Conseil", "Lou Service"])
def test_a_person_who_bears_the_name_of_a_service_is_a_person(name):
    assert speaker_of(Speaker(id="s1", name=name)) is not None


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("Bureau d'études", "Nos études montrent que les études se suivent."),
        ("Service Voirie", "La voirie est faite, la voirie reste ouverte."),
        ("SNCF Réseau", "Le réseau est vétuste. Réseau saturé le matin."),
        ("La Poste", "La poste ferme à midi."),
        ("Paul Marchand", "Le marchand de légumes est parti, un marchand viendra."),
    ],
)
def test_the_words_of_a_label_stay_words(make_transcript, who, said):
    assert veiled(make_transcript, said, who=who) == said


def test_names_typed_in_hurry_stay_hidden(make_transcript):
    said = "merci soulayrac, et nadège aussi"
    hidden = veiled(make_transcript, said, ("Nadège Soulayrac", "Oui."))
    assert "soulayrac" not in hidden
    assert "nadège" not in hidden


@pytest.mark.parametrize(
    "piece", ["M. ", "Mme X. ", "le capitaine Dupuis et ", "Jean-", "rue de la ", "alors on a dit que "]
)
def test_work_grows_with_a_line_and_not_with_its_square(piece):
    assert_linear(words_of.__wrapped__, lambda size: piece * size, 1_000)


def test_a_session_in_one_line_is_hidden_in_linear_work(make_transcript):
    sentence = "Madame Soulayrac a dit que la halle ferme et le capitaine Dupuis le regrette, n’est-ce pas Nadège. "

    number = itertools.count()

    def hide(text):
        text = f"{next(number):05} {text}"  # nothing of another call is remembered
        session = make_transcript([("Nadège Soulayrac", text)], language="fr")
        privacy.veil_of(privacy.pseudonyms_of(session), session).apply(text)

    assert_linear(hide, lambda size: sentence * size, 60)


def test_the_labels_of_attacked_sessions():
    names = "Dupuis Duval Mercier Rabouin Ferrand Fournier Roussel Delmas Cosquer Salaün Hamon Guivarch Berre Quéré Péron".split()
    session = read([CASES / "titles.txt"])
    veil = privacy.veil_of(privacy.pseudonyms_of(session), session)
    said = " ".join(veil.apply(turn.text) for turn in session.turns)
    assert [name for name in names if name in said] == []
    session = read([CASES / "over.txt"])
    veil = privacy.veil_of(privacy.pseudonyms_of(session), session)
    assert [veil.apply(turn.text) for turn in session.turns] == [turn.text for turn in session.turns]

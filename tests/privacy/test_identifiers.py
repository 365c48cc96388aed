"""Personal data that has a shape."""

import pytest

from comparia.privacy import identifiers
from tests.work import assert_linear


def found(text):
    return [(text[m.start : m.end], m.kind) for m in identifiers(text)]


@pytest.mark.parametrize(
    ("text", "data", "kind"),
    [
        ("Écrivez à jean.dupont+x@mairie-lyon.fr, merci.", "jean.dupont+x@mairie-lyon.fr", "email"),
        ("c'est jean point dupont arobase orange point fr voilà", "jean point dupont arobase orange point fr", "email"),
        ("it's ann dot lee at post dot org thanks", "ann dot lee at post dot org", "email"),
        ("Au 06 12 34 56 78.", "06 12 34 56 78", "phone"),
        ("Au 06.12.34.56.78 !", "06.12.34.56.78", "phone"),
        ("Au +33 (0)6 12 34 56 78", "+33 (0)6 12 34 56 78", "phone"),
        ("À La Réunion, 0692 12 34 56", "0692 12 34 56", "phone"),
        ("ring 07700 900123 please", "07700 900123", "phone"),
        (
            "c'est le zéro six, douze, trente-quatre, cinquante-six, soixante-dix-huit",
            "zéro six, douze, trente-quatre, cinquante-six, soixante-dix-huit",
            "phone",
        ),
        ("J’habite 12 bis rue des Lilas, 31000 Toulouse, ici.", "12 bis rue des Lilas, 31000 Toulouse", "address"),
        ("au 4, impasse du Moulin, oui", "4, impasse du Moulin", "address"),
        ("at 221B Baker Street, London NW1 6XE today", "221B Baker Street, London NW1 6XE", "address"),
        ("Mon NIR : 1 84 12 76 451 089 46.", "1 84 12 76 451 089 46", "national_id"),
        ("L’IBAN FR76 3000 6000 0112 3456 7890 189", "FR76 3000 6000 0112 3456 7890 189", "iban"),
        ("SIRET 732 829 320 00074, oui", "732 829 320 00074", "company_id"),
        ("la voiture AB-123-CD est garée", "AB-123-CD", "plate"),
        ("la Clio 1234 XY 31 est garée", "1234 XY 31", "plate"),
        ("née le 12 mars 1960 ici", "12 mars 1960", "birth_date"),
        ("le lien https://zoom.us/j/1?pwd=abc marche", "https://zoom.us/j/1?pwd=abc", "link"),
        ("mon profil linkedin.com/in/zoe-marnier, voilà", "linkedin.com/in/zoe-marnier", "link"),
        ("appelez-moi au 6 12 34 56 78 demain", "6 12 34 56 78", "phone"),
        (
            "mon tél c'est le six douze trente-quatre cinquante-six soixante-dix-huit, merci",
            "six douze trente-quatre cinquante-six soixante-dix-huit",
            "phone",
        ),
        (
            "ring me, oh seven seven double-oh, nine hundred, one four two, ok",
            "oh seven seven double-oh, nine hundred, one four two",
            "phone",
        ),
        ("Son passeport 19FV60274 est périmé", "19FV60274", "national_id"),
        ("permis de conduire n° 12AB34567, oui", "12AB34567", "national_id"),
        ("Mon numéro fiscal est le 30 12 345 678 901, merci", "30 12 345 678 901", "national_id"),
        ("numéro CAF 2 417 903 B, quotient", "2 417 903 B", "national_id"),
        ("numéro allocataire 0738415 T, bloqué", "0738415 T", "national_id"),
        ("Her National Insurance number is QQ 12 34 56 C and", "QQ 12 34 56 C", "national_id"),
        (
            "my NI number, J G, one oh three seven five nine, A, to him",
            "J G, one oh three seven five nine, A",
            "national_id",
        ),
        ("His driving licence, MENZI 803127 K99LP, was found", "MENZI 803127 K99LP", "national_id"),
        (
            "Ma plaque c'est deux cent douze B K W soixante-quinze, une Renault",
            "deux cent douze B K W soixante-quinze",
            "plate",
        ),
        (
            "Plate was yankee delta two one, oscar papa zulu, I wrote it",
            "yankee delta two one, oscar papa zulu",
            "plate",
        ),
        (
            "née le trois mars mille neuf cent quatre-vingt-deux à Brest",
            "trois mars mille neuf cent quatre-vingt-deux",
            "birth_date",
        ),
        ("Date de naissance de l'intéressé : 1er août 1975.", "1er août 1975", "birth_date"),
        ("born on the third of June nineteen forty-one, and", "the third of June nineteen forty-one", "birth_date"),
        ("bâtiment C, quatrième étage, rue Pasteur, chez elle", "bâtiment C, quatrième étage, rue Pasteur", "address"),
        ("au 31 de la rue des Frères-Lumière, oui", "31 de la rue des Frères-Lumière", "address"),
        ("mon Insta c'est zoe.mrn, suivez-moi", "zoe.mrn", "handle"),
        ("au compte FR83 2004 1000 0112 3456 7H02 055, et", "FR83 2004 1000 0112 3456 7H02 055", "iban"),
        ("to GB33 BUKB 2020 1555 5555 55 and copy in", "GB33 BUKB 2020 1555 5555 55", "iban"),
        (
            "c'est rokhaya (point) ndiaye (arobase) free (point) fr voilà",
            "rokhaya (point) ndiaye (arobase) free (point) fr",
            "email",
        ),
    ],
)
def test_data_with_a_shape_is_found_whole(text, data, kind):
    assert found(text) == [(data, kind)]


@pytest.mark.parametrize(
    "text",
    [
        "Un budget de 350 000 euros en 2024, 1 180 m² et 64 places.",
        "Le 12 mars 2026 à 18 h 30, salle 12.",
        "12 millions, 3 rues et 4 places de marché.",
        "Entre 10 h 05 et 11 h 45, on était 60.",
        "L’article 12 de la loi 2021-1104 du 22 août.",
        "La délibération 2024-06-12 est adoptée par 23 voix contre 6.",
        "The budget is 12,500 pounds over 36 months.",
        "Une cuve de 800 m3, 36 kVA, 230 volts.",
        "Le permis de construire PC 035 238 22 A0123 est accordé.",
        "La CAF a versé 12 000 euros en 2024 et 45 000 en 2025.",
        "Le permis de végétaliser concerne 12 500 foyers.",
        "Six, sept, huit, neuf, dix personnes m'ont appelé.",
        "Il est né le même jour, et une plaque a été posée par le maire.",
        "Un bail de neuf ans, un quai de déchargement, une place de parking.",
        "On en parle sur Insta demain, et sur Facebook aussi.",
        "The NHS budget from 2024 to 2026 is 45 000 pounds.",
        "The number plate scheme was one of three options.",
    ],
)
def test_figures_of_a_meeting_are_nobody(text):
    assert found(text) == []


def test_a_number_with_a_wrong_digit_is_hidden_when_the_words_say_what_it_is():
    assert found("mon numéro de sécu, 1 84 12 76 451 089 47") == [("1 84 12 76 451 089 47", "national_id")]
    assert found("la référence 184127645108947") == []


HOSTILE = [
    "insta " + "a" * 5_000 + "!",
    "insta " + "a1" * 5_000 + "é",
    "pseudo " + "a-" * 5_000 + "é",
    "insta" + " " * 5_000 + "!",
    "date de naissance " + " " * 5_000 + "x",
    "date of birth" + " ," * 5_000 + "x",
    "né en mille neuf cent " + "cent " * 5_000,
    "un deux " * 5_000,
    "12 rue " + "de la " * 5_000,
    "twelve " + "Ab " * 5_000,
    "passeport " + "A1 " * 5_000 + "é",
    "passeport " * 2_000,
    "plaque " + "un-deux-trois " * 5_000,
    "bâtiment A, " * 2_000,
    "a point " * 5_000,
    "a.b." * 5_000 + "x",
    "www." * 5_000,
    "FR76 " * 5_000,
    "+33 " * 2_000,
]
"""Lines on which a pattern that tries the same characters in several ways would not end."""


@pytest.mark.parametrize("line", HOSTILE, ids=lambda line: line[:12])
def test_a_hostile_line_is_read_to_its_end(line):
    assert ("zoe@exemple.fr", "email") in found(f"{line} ; écrire à zoe@exemple.fr")


def test_work_grows_with_the_number_of_mentions_and_not_with_its_square():
    assert_linear(identifiers.__wrapped__, lambda size: " ".join(f"a{n}@exemple.fr" for n in range(size)), 200)

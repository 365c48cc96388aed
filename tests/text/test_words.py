"""Tokens and stems: what is folded, and what carries polarity and so is kept."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparia.text.words import STOP_WORDS, guess_language, stem, stems, tokens


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("fr", "Les habitant·es", ["les", "habitant"]),
        ("fr", "un·e acteur·ice", ["un", "acteur"]),
        ("fr", "les citoyen.ne.s et agriculteur·rice·s", ["les", "citoyen", "et", "agriculteur"]),
        ("fr", "L'eau, l’école", ["eau", "école"]),
        ("fr", "ce n’est pas", ["ce", "ne", "est", "pas"]),
        ("fr", "12 000 euros", ["12000", "euros"]),
        ("fr", "1\u202f530\u00a0000 €", ["1530000"]),
        ("fr", "3,4 millions", ["3.4", "millions"]),
        ("fr", "en 2026 150 personnes", ["en", "2026", "150", "personnes"]),
        ("fr", "salle 3 1234 personnes", ["salle", "3", "1234", "personnes"]),
        ("fr", "œuvre", ["oeuvre"]),
        ("fr", "porte-parole", ["porte", "parole"]),
        ("en", "we don't, can't, won’t", ["we", "do", "not", "can", "not", "will", "not"]),
        ("en", "the city's budget", ["the", "city", "budget"]),
        ("en", "3,400,000 pounds", ["3400000", "pounds"]),
        ("en", "12 000 pounds", ["12000", "pounds"]),
        ("en", "In 2026 150 people", ["in", "2026", "150", "people"]),
    ],
)
def test_tokens(language, text, expected):
    assert tokens(text, language) == expected


@pytest.mark.parametrize("word", "ne pas contre plus sauf personne rien jamais aucun seul mais".split())
def test_french_negation_opposition_and_quantity_are_content(word):
    assert word not in STOP_WORDS["fr"]
    assert stems(word, "fr")


@pytest.mark.parametrize("word", "no not never against but only nobody none without few".split())
def test_english_negation_opposition_and_quantity_are_content(word):
    assert word not in STOP_WORDS["en"]
    assert stems(word, "en")


def test_inflections_share_a_stem_and_accents_do_not_tell_words_apart():
    assert stem("parkings", "fr") == stem("parking", "fr")
    assert stem("réunions", "fr") == stem("reunion", "fr")
    assert stem("renovations", "en") == stem("renovation", "en")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nous sommes contre la fermeture de la halle", "fr"),
        ("We are against the closing of the hall", "en"),
        ("", "fr"),
        ("12 34", "fr"),
    ],
)
def test_language_is_guessed_from_function_words_and_is_french_when_nothing_tells(text, expected):
    assert guess_language(text) == expected


@given(st.text(max_size=100), st.sampled_from(["fr", "en"]))
def test_any_text_has_tokens_without_spaces_and_non_empty_stems(text, language):
    assert all(word and not any(ch.isspace() for ch in word) for word in tokens(text, language))
    assert all(isinstance(s, str) for s in stems(text, language))


def test_stems_are_the_same_from_many_threads():
    words = [f"{a}{b}" for a in ("nation", "place", "march", "voitur") for b in ("al", "er", "é", "s", "ment", "e")] * 5
    expected = [stem.__wrapped__(word, "fr") for word in words]
    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(lambda _n: [stem.__wrapped__(word, "fr") for word in words], range(16)):
            assert found == expected

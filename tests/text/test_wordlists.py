"""The words of each language are files that a linguist can correct."""

import re
import tomllib

import pytest

from comparia.text.wordlists import FOLDER, LANGUAGES, phrases, table, word_sets

FILES = {language: tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8")) for language in LANGUAGES}


def tables(found, *names):
    """Each table that holds words, by the names that lead to it."""
    for name, value in found.items():
        if isinstance(value, dict) and not {"words", "patterns", "pairs", "pattern"} & value.keys():
            yield from tables(value, *names, name)
        else:
            yield (*names, name), value


def test_both_languages_have_the_same_tables():
    french, english = ({(names, *value) for names, value in tables(FILES[language])} for language in LANGUAGES)
    assert french == english
    assert len(french) > 25


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_stands_twice_in_a_table(language):
    for names, value in tables(FILES[language]):
        words = value.get("words", [])
        assert len(words) == len(set(words)), names


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_pattern_is_a_regular_expression(language):
    for names, value in tables(FILES[language]):
        for pattern in [*value.get("patterns", []), *([value["pattern"]] if "pattern" in value else [])]:
            assert re.compile(pattern), names


@pytest.mark.parametrize("language", LANGUAGES)
def test_lines_are_short_enough_to_be_read(language):
    assert max(map(len, (FOLDER / f"{language}.toml").read_text("utf-8").splitlines())) <= 140


def test_phrases_are_parted_by_spaces():
    assert "pas_seulement" in phrases("polarity", "neutral")["fr"].split()
    assert "not" in word_sets("polarity", "denies")["en"]
    assert table("en", "polarity", "person")["pattern"].startswith("\\w")

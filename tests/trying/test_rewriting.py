"""The rewriting that a critique proposes: found in what models write, put where it belongs."""

import pytest

from comparia.trying import Rewriting, rewriting_in, rewritten

PROMPT = "Summarise the main points of the meeting.\nWrite in English, in 300 words.\n\n{{ transcript }}"
FRENCH = "Résume les points principaux de la réunion, pour l’équipe.\n\n{{ transcript }}"


@pytest.mark.parametrize(
    ("prompt", "critique", "old", "new"),
    [
        (
            PROMPT,
            "4. **A rewriting**: replace “Summarise the main points of the meeting.” with “List every position.”",
            "Summarise the main points of the meeting.",
            "List every position.",
        ),
        (
            FRENCH,
            "4. **Une réécriture** : « Résume les points principaux de la réunion, pour l'équipe » → « Donne tout. Tout. »",
            "Résume les points principaux de la réunion, pour l'équipe",
            "Donne tout. Tout.",
        ),
        (  # one sentence alone: it is added
            FRENCH,
            "4. **Une réécriture** : « Cite chaque position portée par une seule personne, avec le tour [T12]. »",
            "",
            "Cite chaque position portée par une seule personne, avec le tour [T12].",
        ),
        (  # a block of its own, after the words it replaces
            PROMPT,
            '## 4. Rewriting\n"Write in English, in 300 words."\n\n```\nWrite in English, for those who were not there.\n```',
            "Write in English, in 300 words.",
            "Write in English, for those who were not there.",
        ),
    ],
)
def test_a_rewriting_is_found_with_what_it_replaces(prompt, critique, old, new):
    assert rewriting_in(critique, prompt) == (old, new)


@pytest.mark.parametrize(
    "critique",
    [
        "",
        "The prompt is fine as it is.",
        "1. **Lost**: “List every position, those of one person too.”",  # not what it proposes
        "4. **A rewriting**: none is needed.",
        "4. **A rewriting**: “Summarise the main points of the meeting.” is good already.",
        "4. **A rewriting**: “short”",
        "4. **A rewriting**: “an open quotation",
    ],
)
def test_nothing_is_made_up_where_no_rewriting_is_proposed(critique):
    assert rewriting_in(critique, PROMPT) is None


def test_a_rewriting_takes_the_place_of_its_sentence_or_stands_before_the_session():
    replaced = rewritten(PROMPT, Rewriting("Summarise  the main points of the meeting", "List every position."))
    assert replaced == "List every position.\nWrite in English, in 300 words.\n\n{{ transcript }}"
    added = rewritten(PROMPT, Rewriting("", "List every position."))
    assert added.endswith("in 300 words.\nList every position.\n\n{{ transcript }}")
    assert rewritten("Typed alone.", Rewriting("", "And more of it.")) == "Typed alone.\nAnd more of it.\n"
    assert rewritten("", Rewriting("", "And more of it.")) == "And more of it.\n"
    gone = rewritten("Other words.", Rewriting("Summarise the main points of the meeting", "And more of it."))
    assert gone == "Other words.\nAnd more of it.\n"  # the sentence was changed meanwhile: nothing typed is lost


def test_a_rewriting_that_was_applied_is_not_proposed_again():
    critique = "4. **A rewriting**: “List every position, those of one person too.”"
    found = rewriting_in(critique, PROMPT)
    assert rewriting_in(critique, rewritten(PROMPT, found)) is None


def test_hostile_critiques_cost_little():
    for critique in ("4. A rewriting " + "“" * 20_000, "4. rewriting " + "«a» " * 5_000, "1. " * 20_000):
        rewriting_in(critique, PROMPT)

"""The statements of a recap are the same whatever form it takes."""

import json
import textwrap

import pytest

from comparia.text.recaps import blocks, is_refusal, simple_lines, statements
from tests.work import assert_linear

SENTENCES = [
    "Nadia Ferrand refuse la suppression des livraisons parce que son magasin en dépend.",
    "Le conseil votera le 17 décembre.",
    "Deux personnes demandent des bancs à l’ombre, et une troisième n’en veut pas.",
]
FORMS = {
    "a line each": "\n".join(SENTENCES),
    "one paragraph": " ".join(SENTENCES),
    "no space after the stops": "".join(SENTENCES),
    "wrapped at forty columns": textwrap.fill(" ".join(SENTENCES), 40),
    "wrapped at seventy-two columns": textwrap.fill(" ".join(SENTENCES), 72),
    "bullets": "\n".join(f"* {s}" for s in SENTENCES),
    "nested bullets": f"- {SENTENCES[0]}\n  - {SENTENCES[1]}\n    - {SENTENCES[2]}",
    "numbered": "\n".join(f"{n}. {s}" for n, s in enumerate(SENTENCES, 1)),
    "under headings": "".join(f"## Partie\n\n{s}\n\n" for s in SENTENCES),
    "under lines in bold": "".join(f"**Partie**\n\n{s}\n\n" for s in SENTENCES),
    "nothing but headings": "\n".join(f"## {s}" for s in SENTENCES),
    "in a fence": "```markdown\n" + "\n\n".join(SENTENCES) + "\n```",
    "HTML": "<html><head><style>p{}</style></head><body><h2>Titre</h2><ul>"
    + "".join(f"<li>{s.replace('é', '&eacute;')}</li>" for s in SENTENCES)
    + "</ul></body></html>",
    "JSON": json.dumps({"points": [{"n": 1, "text": s} for s in SENTENCES]}),
    "a table with row numbers": "| n° | Ce qui est dit |\n|---|---|\n"
    + "\n".join(f"| {n} | {s} |" for n, s in enumerate(SENTENCES, 1)),
    "after thinking": "<think>Je dois résumer la séance.</think>\n\n" + "\n\n".join(SENTENCES),
    "in bold": "\n\n".join(f"**{s}**" for s in SENTENCES),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_states_the_same_sentences(form):
    assert [sentence.text for sentence in statements(simple_lines(FORMS[form]))] == SENTENCES


@pytest.mark.parametrize(
    "text",
    [
        "**Budget.** Nadia refuse la hausse.",
        "**Budget :** Nadia refuse la hausse.",
        "- **Budget**: Nadia refuse la hausse [T12, T14, chat].",
    ],
)
def test_a_topic_in_bold_is_read_with_what_follows_and_no_turn_number_is(text):
    (sentence,) = statements(simple_lines(text))
    assert sentence.text == "Budget: Nadia refuse la hausse."


@pytest.mark.parametrize(
    "whole",
    [
        "Voir www.Exemple.fr et marie.Durand@exemple.fr.",
        "Les inscrit.es et les participant.e.s ont parlé de l’article 3.2.",
        "Le J.O. du 3 mai le dit.",
    ],
)
def test_addresses_inclusive_forms_and_numbers_stay_whole(whole):
    assert [sentence.text for sentence in statements(simple_lines(whole))] == [whole]


def test_turns_in_parentheses_are_left_out_where_there_are_several():
    cited = "Nadia refuse (T3). Paul accepte (T12–14). Ann hésite (T5, chat)."
    assert simple_lines(cited) == "Nadia refuse. Paul accepte. Ann hésite."
    assert simple_lines("Un logement (T2) est vide.") == "Un logement (T2) est vide."


def test_the_number_of_a_row_is_kept_where_no_word_may_be_lost():
    (_head, row) = blocks("| n | quoi |\n|---|---|\n| 1 | La halle |", row_numbers=True)
    assert row.text == "1 – La halle"


@pytest.mark.parametrize(
    "answer",
    [
        "Je suis désolé, mais je ne peux pas résumer cette transcription.",
        "I'm sorry, but I can't help with that.",
        "I am unable to summarise this transcript.",
        "En tant qu’intelligence artificielle, je n’ai pas accès à ce fichier.",
    ],
)
def test_a_refusal_is_told_from_a_recap(answer):
    assert is_refusal(answer)


@pytest.mark.parametrize(
    "recap",
    [
        "Le maire regrette la décision et ne peut pas rouvrir la piscine avant mai.",
        "Paul Petit said he was sorry about the noise. The council cannot pay for the roof.",
        "",
    ],
)
def test_a_short_recap_is_no_refusal(recap):
    assert not is_refusal(recap)


@pytest.mark.parametrize("piece", ["# ", "* ", "a.B", "<p>", "**", "| a |\n", "\n\n", "word\n", "x*y "])
def test_a_recap_that_loops_is_read_in_linear_work(piece):
    assert_linear(simple_lines, lambda size: piece * size, 2_000)

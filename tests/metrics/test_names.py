"""Names of a recap: found where they stand, and looked for in what was said."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparia.ingest import read_bytes
from comparia.metrics import Case, Matcher
from comparia.metrics.names import Names, names_in
from comparia.records import Variant, now
from tests.work import assert_linear

FRENCH = read_bytes(
    """Mathilde Verhoeven : Madame Kerambrun propose que l'Union européenne paie la halle de Saint-Orlan.

Chloé Nguyen : L'Ukraine et la SNCF n'y sont pour rien, la préfecture si. Le parking est à Clémentine Autain.
""".encode(),
    "s.txt",
)
ENGLISH = read_bytes(
    b"""Lorna Quill: The library on Tanner Street shuts, said Councillor Whitlow. The old town hall stays.

Ben Dale: We saw it in Italy, and the L C D screen too.
""",
    "s.txt",
)


def checked(transcript, summary):
    variant = Variant(id="v1", prompt=None, backend="b", summary=summary, finished_at=now())
    (score,) = Names().score(Case(transcript, (variant,), None, Matcher(), "0"))
    return score


@pytest.mark.parametrize(
    ("sentences", "names"),
    [
        (["Selon Anne Le Goff, rien."], ["Anne Le Goff"]),
        (["Le maire parle.", "Puis le Conseil vote."], ["Conseil"]),
        (["M. Durand refuse."], ["Durand"]),
        (["Mme de La Tour et M. Roux refusent."], ["Tour", "Roux"]),
        (["L'Élysée répond à l'OTAN."], ["Élysée", "OTAN"]),
        (["Durand refuse.", "On suit Durand."], ["Durand", "Durand"]),
        (["Personne ne suit.", "Rien."], []),
        (["Le vote de janvier, au XIXe siècle, est bon : Tous l'ont dit."], []),
        (["Grégoire de La Motte-Ravel vient, avec Jean de Florette."], ["Motte-Ravel", "Jean de Florette"]),
        (["LES TRAVAUX DE LA HALLE"], []),
        (["The council met on Monday in May, and on Sundays."], []),
        (["Main Points Discussed Today"], []),
        (["We heard Friends of the Library and Dr Quill."], ["Friends of the Library", "Quill"]),
        (["I think the BBC and the U.K. agree."], ["BBC", "U.K."]),
        (["She said: “Nobody asked the Mayor.”"], ["Mayor"]),
    ],
)
def test_names_are_capitalised_words_that_do_not_merely_begin_a_sentence(sentences, names):
    assert [name.text for name in names_in(sentences)] == names


@pytest.mark.parametrize(
    ("transcript", "sentence", "verdict"),
    [
        (FRENCH, "On suit Mathilde Verhoeven.", "supported"),
        (FRENCH, "On suit Clementine AUTAIN.", "supported"),
        (FRENCH, "On suit Odile Kerambrun.", "supported"),
        (FRENCH, "On suit Mathilde Durand.", "unsupported"),
        (FRENCH, "On aide les Ukrainiens.", "supported"),
        (FRENCH, "On aide l'UE.", "supported"),
        (FRENCH, "On aide la RATP.", "supported"),
        (FRENCH, "On suit la Préfecture.", "supported"),
        (FRENCH, "On suit Mme Kerrambrun.", "respelled"),
        (FRENCH, "On suit M. Autin.", "respelled"),
        (FRENCH, "On suit M. Parkin.", "unsupported"),
        (ENGLISH, "We follow Whitlow's plan.", "supported"),
        (ENGLISH, "We follow Councillor Whitlaw.", "respelled"),
        (ENGLISH, "We follow Councillor Marsh.", "unsupported"),
        (ENGLISH, "It went to Tanner Street.", "supported"),
        (ENGLISH, "It went to the Italians.", "supported"),
        (ENGLISH, "It went to the LCD and LCDs.", "supported"),
        (ENGLISH, "It went to the BBC.", "supported"),
    ],
)
def test_a_name_is_looked_for_whatever_its_accents_case_and_ending(transcript, sentence, verdict):
    score = checked(transcript, sentence)
    assert {item.flag for item in score.evidence} == ({verdict} - {"supported"})
    assert score.value == (0.0 if verdict == "unsupported" else 1.0)


def test_a_near_spelling_counts_as_said_and_gives_the_transcript_s():
    # Kerrambrun is Kerambrun but for a letter: 2 · 9 / 19 = 94.7; Durand nobody said: 1 of 2
    score = checked(FRENCH, "On suit Mme Kerrambrun contre M. Durand.")
    assert (score.value, score.counts) == (0.5, {"supported": 1, "unsupported": 1, "respelled": 1, "of": 2})
    respelled, unsaid = score.evidence
    assert (respelled.about, respelled.turns) == ("Kerambrun", (1,))
    assert (unsaid.about, unsaid.sentence) == ("Durand", "On suit Mme Kerrambrun contre M. Durand.")


def test_without_a_name_there_is_nothing_to_check():
    score = checked(ENGLISH, "The old hall stays.")
    assert (score.value, bool(score.reason)) == (None, True)


def test_a_transcript_without_capitals_is_searched_all_the_same():
    transcript = read_bytes(b"a: the library of whitlow stays.\n\nb: yes it does.\n", "s.txt")
    assert checked(transcript, "We follow Whitlaw.").evidence[0].about == "whitlow"


def test_it_is_a_frozen_dataclass_that_signs_itself():
    assert dataclasses.is_dataclass(Names)
    assert (
        checked(ENGLISH, "We follow Whitlow.").signature
        == "names|alike_from:85|names:names-2|text:recaps-1+sentences-2+words-1+idf-1|said:said-2|lang:en|version:0"
    )


@given(st.lists(st.text(max_size=80), max_size=4))
def test_any_text_is_read(texts):
    for name in names_in(texts):
        assert name.words
        assert name.text in texts[name.sentence]


@pytest.mark.parametrize("word", ["Aa ", "Le Goff ", "mot ", "« Aa ", "Aa de ", "Aa: "])
def test_the_names_of_a_recap_that_loops_are_read_in_linear_work(word):
    assert_linear(names_in, lambda size: [word * size], 1_000)

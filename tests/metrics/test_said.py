"""Where the sentences of a recap come from, and how far the session carries them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparia.ingest import read_bytes
from comparia.matching.session_index import SessionIndex

FRENCH = SessionIndex(
    read_bytes(
        """Anne Le Goff : La halle rouvre. Le chantier dure quatorze mois.

Bruno Diallo : Les platanes tombent malades.

Chloé Nguyen : Le parking perd des places.

Bruno Diallo : Le car reste devant la pharmacie. Le chantier inquiète les marchands.
""".encode(),
        "s.txt",
    )
)
ENGLISH = SessionIndex(
    read_bytes(
        b"""Ann Goff: The roof leaks. Builders finish in autumn.

Ben Dale: Old maples stay.

Chloe Hart: Buses stop late.
""",
        "s.txt",
    )
)


def test_the_support_of_a_sentence_is_the_mean_of_four_shares():
    # 5 sentences (`roof leaks`, `builders finish autumn`...): every stem of df 1 weighs log(5 / 1.5); one never said weighs as much.
    # wanted: maples, stay, buses, tomorrow. Best turn 2/4 (maples, stay); three turns 3/4, nobody being named; the stretch is the
    # whole session, 3/4; pairs (maples, stay), (stay, buses), (buses, tomorrow): 1/3 said. (1/2 + 3/4 + 3/4 + 1/3) / 4 = 0.5833
    found = ENGLISH.support("Maples stay, buses tomorrow.")
    assert found.share == pytest.approx(0.5833, abs=1e-4)
    assert found.novel == ("tomorrow",)
    assert found.turns[0] == 2


def test_a_named_speaker_s_own_turn_counts_instead_of_three_turns():
    # Chloe Hart's best turn holds 1/4 (buses); of five pairs, her name's included, 1 was said: (1/2 + 1/4 + 3/4 + 1/5) / 4 = 0.425
    assert ENGLISH.support("Chloe Hart: maples stay, buses tomorrow.").share == pytest.approx(0.425, abs=1e-4)


def test_support_by_a_speaker_is_the_mean_of_the_best_turn_and_of_all_turns():
    by_speaker = FRENCH.support_by_speaker(
        "Bruno Diallo explique : platanes malades, marchands, parking", ["s2", "s3", "nobody"]
    )
    # platan, malad, marchand, parking weigh the same (df 1); the name and `explique` are left out. s2: 2/4 in turn 2, 3/4 in
    # turns 2 and 4, mean 0.625; s3: 1/4 in turn 3, the only one
    assert by_speaker["s2"] == (pytest.approx(0.625), (2,), ())
    assert by_speaker["s3"].share == pytest.approx(0.25)
    assert by_speaker["nobody"].share == 0


@pytest.mark.parametrize(
    ("said", "sentence", "first"),
    [
        (FRENCH, "Des platanes sont malades.", "Les platanes tombent malades."),
        (FRENCH, "Le chantier durera quatorze mois.", "Le chantier dure quatorze mois."),
        (FRENCH, "Bruno Diallo évoque le chantier.", "Le chantier inquiète les marchands."),
        (FRENCH, "Anne Le Goff évoque le chantier.", "Le chantier dure quatorze mois."),
        (ENGLISH, "The builders will have finished by the autumn.", "Builders finish in autumn."),
        (ENGLISH, "Ben Dale explained that the maples stay.", "Old maples stay."),
    ],
)
def test_the_first_passage_is_where_the_sentence_comes_from(said, sentence, first):
    assert said.evidence(sentence)[0].text == first


def test_evidence_is_ranked_and_empty_when_no_word_was_said():
    passages = FRENCH.evidence("Le chantier, le parking et la halle", most=2)
    assert len(passages) == 2
    assert passages[0].share >= passages[1].share > 0
    assert FRENCH.evidence("Une piscine olympique") == ()
    assert FRENCH.support("Une piscine olympique").turns == ()


@given(st.text(max_size=200))
def test_any_sentence_has_a_share(sentence):
    for said in (FRENCH, ENGLISH):
        assert 0 <= said.support(sentence).share <= 1 + 1e-9
        assert all(0 < passage.share <= 1 + 1e-9 for passage in said.evidence(sentence))


def test_a_session_where_nobody_speaks_supports_nothing():
    empty = SessionIndex(ENGLISH.transcript.model_copy(update={"turns": (), "cues": ()}))
    assert empty.support("The roof leaks.") == (0.0, (), ())
    assert empty.evidence("The roof leaks.") == ()
    assert empty.support_by_speaker("The roof leaks.", ["s1"])["s1"].share == 0

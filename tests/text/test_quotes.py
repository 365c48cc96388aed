"""What is a quotation, and when it was said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparia.text.quotes import fragments, normalise, places, quotations, stand_in
from tests.work import assert_linear


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Elle dit « je suis contre ».", ["je suis contre"]),
        ("Elle dit «\u00a0je suis contre\u00a0».", ["je suis contre"]),
        ("She said “I am against it”.", ["I am against it"]),
        ('She said "I am against it".', ["I am against it"]),
        ("un « oui » et « non merci »", []),
        ('a 5" pipe and a 6" pipe', []),
        ("« [T12] » et « […] [sic] »", []),
        ("« il a dit “non, jamais” hier »", ["il a dit “non, jamais” hier"]),
    ],
)
def test_three_words_between_marks_are_a_quotation(text, expected):
    assert [q.words for q in quotations(text)] == expected


def test_offsets_hold_the_marks():
    text = "Elle dit « je suis contre » ici."
    (quotation,) = quotations(text)
    assert text[quotation.start : quotation.end] == "« je suis contre »"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("L’eau, c'est cher !", "l'eau c’est cher"),
        ("45\u00a0% des voix", "45% des voix"),
        ("$12 more", "$ 12 more"),
        ("e\u0301cole", "école"),
        ("_on est contre_", "On est **contre**"),
    ],
)
def test_case_punctuation_spaces_and_encoding_do_not_tell_words_apart(left, right):
    assert normalise(left) == normalise(right)


def test_accents_and_negations_do():
    assert normalise("marche") != normalise("marché")
    assert normalise("je ne veux pas") != normalise("je veux")


def test_ellipses_and_insertions_cut_a_quotation_in_pieces():
    assert fragments("je suis […] contre [le projet] (...) vraiment… oui") == ["je suis", "contre", "vraiment", "oui"]


def test_pieces_stand_in_order_as_whole_words():
    said = normalise("Je suis pour la halle, mais contre le parking.")
    assert stand_in(["je suis pour", "le parking"], said)
    assert not stand_in(["le parking", "je suis pour"], said)
    assert not stand_in(["je suis", "park"], said)
    assert not stand_in(["la halle", "la halle"], said)
    assert not stand_in([], said)
    assert stand_in(["a b", "c"], "a b c")


@given(st.text(max_size=200))
def test_normalising_twice_changes_nothing_more(text):
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(alphabet="abcé '-,.!?%€1[]()…_", min_size=1, max_size=80), st.text(max_size=20), st.text(max_size=20))
def test_whatever_was_said_is_found_where_it_was_said(words, before, after):
    pieces = fragments(words)
    if pieces:
        assert stand_in(pieces, normalise(f"{before} {words} {after}"))


@pytest.mark.parametrize("unit", ["«" + " " * 2500, "«" + " " * 1900, '"', "“", "« "])
def test_hostile_text_is_read_in_linear_work(unit):
    assert_linear(quotations, lambda size: unit * (size // len(unit) + 1), 20_000)
    quotations(unit * (1_000_000 // len(unit)))


@pytest.mark.parametrize(
    ("words", "said", "found"),
    [
        ("c’est non", "Bon, C'est non !", ["C'est non"]),
        ("le maire … dit non", "Le maire, hier, a dit non.", ["Le maire", "dit non"]),
        ("5 % de plus", "Il faut 5% de plus.", ["5% de plus"]),
        ("non le maire", "Le maire dit non.", []),
        ("…", "Le maire dit non.", []),
    ],
)
def test_the_pieces_of_a_quotation_are_placed(words, said, found):
    assert [said[start:end] for start, end in places(fragments(words), said)] == found

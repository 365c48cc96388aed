"""Where sentences end, in French and English, in speech and Markdown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparia.text.sentences import sentences
from tests.work import assert_linear


def texts(text):
    return [s.text for s in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bonjour. Merci.", ["Bonjour.", "Merci."]),
        ("M. Dupont est contre. Mme Roux aussi.", ["M. Dupont est contre.", "Mme Roux aussi."]),
        ("J. Dupont parle. Fin.", ["J. Dupont parle.", "Fin."]),
        ("Les citoyen.ne.s votent. Oui.", ["Les citoyen.ne.s votent.", "Oui."]),
        ("Cela coûte 3.4 millions. Trop.", ["Cela coûte 3.4 millions.", "Trop."]),
        ("Des arbres, des bancs, etc. On verra.", ["Des arbres, des bancs, etc.", "On verra."]),
        ("Des arbres, etc. et des bancs.", ["Des arbres, etc. et des bancs."]),
        ("So do I. Then we left.", ["So do I.", "Then we left."]),
        ("We met at 5 p.m. Everybody came.", ["We met at 5 p.m.", "Everybody came."]),
        ("He said “No.” She left.", ["He said “No.”", "She left."]),
        ("Il dit « Non. » Elle part.", ["Il dit « Non. »", "Elle part."]),
        ("It is said. [T12] Then nothing.", ["It is said.", "[T12] Then nothing."]),
        ("It is said.[T12] Then nothing.", ["It is said.[T12]", "Then nothing."]),
        ("Vraiment ?! Oui…", ["Vraiment ?!", "Oui…"]),
        ("euh... je sais pas. Bon.", ["euh... je sais pas.", "Bon."]),
    ],
)
def test_a_full_stop_ends_a_sentence_unless_it_belongs_to_a_word(text, expected):
    assert texts(text) == expected


def test_markdown_marks_bullets_rules_and_fences_are_not_words():
    text = "# Title\n\n- **One** point\n  2) two\n> quoted\n---\n```python\n| a | b |\n|---|---|\n"
    found = sentences(text)
    assert [s.text for s in found] == ["Title", "One point", "two", "quoted", "a | b"]
    assert [s.heading for s in found] == [True, False, False, False, False]


def test_windows_line_ends_leave_no_trace():
    assert texts("- one point\r\n- another\r\n") == ["one point", "another"]


def test_offsets_index_the_text_without_the_spaces_around():
    text = "  One here.  Two there   \n* **Three**"
    assert [text[s.start : s.end] for s in sentences(text)] == ["One here.", "Two there", "**Three**"]


@given(st.text(alphabet="ab .!?…«»”)]-*#|>\n\r\t\u00a0é1", max_size=200))
def test_every_sentence_lies_in_the_text_in_order_and_holds_a_letter_or_digit(text):
    end = 0
    for sentence in sentences(text):
        assert end <= sentence.start < sentence.end <= len(text)
        assert any(ch.isalnum() for ch in sentence.text)
        end = sentence.end


@given(st.text(alphabet="ab .!?…«»”)]-*#|>\n\u00a0é1", max_size=200))
def test_no_letter_is_lost_but_in_code_fences(text):
    kept = "".join(ch for s in sentences(text) for ch in text[s.start : s.end] if ch.isalpha())
    assert kept == "".join(ch for ch in text if ch.isalpha())


@pytest.mark.parametrize(
    ("before", "unit", "after"),
    [("Yes.", ")", "x"), ("", "!", "x"), ("", "a", "-. B"), ("", " ", "x"), ("", "[", "")],
)
def test_hostile_text_is_split_in_linear_work(before, unit, after):
    assert_linear(sentences, lambda size: before + unit * size + after, 5_000)
    sentences(before + unit * 2_000_000 + after)

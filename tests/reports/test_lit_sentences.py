"""Sentences lit in the page of a recap: whatever the marks around their words, and never more than the words."""

from comparia.reports.html import markdown
from comparia.reports.marking import Lit, lit


def test_a_sentence_is_lit_across_its_marks():
    page, found = lit(
        markdown("- **Bus**: the last one leaves *early* [T3]. Nothing else."),
        [
            Lit("Bus: the last one leaves early.", "gain", "g0-P1", "[gained]"),
            Lit("Bus: the last one leaves early.", "gain", "g0-P2", "[gained]"),
            Lit("Nobody said this.", "gain", "g0-P3", "[gained]"),
        ],
    )
    assert found == {"g0-P1", "g0-P2"}
    assert page.count('id="g0-P1"') == page.count('id="g0-P2"') == 1
    assert page.startswith('<ul>\n<li><strong><mark class="gain">')
    assert '<em><mark class="gain">early</mark></em>' in page
    assert "Nothing else." in page.rpartition("</mark>")[2]


def test_what_a_recap_holds_stays_escaped():
    page, found = lit(markdown("A <script> & a bench. Over."), [Lit("A <script> & a bench.", "gain", 'g"0', "<b>")])
    assert found == {'g"0'}
    assert "<script" not in page
    assert "&lt;b&gt;" in page


def test_sentences_that_overlap_are_lit_once():
    passages = [Lit("One two three.", "gain", "a", "+"), Lit("two three. Four.", "gain", "b", "+")]
    page, found = lit(markdown("One two three. Four."), passages)
    assert found >= {"a"}
    assert page.count("two") == 1

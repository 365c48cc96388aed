"""Quotation marks only around words that were said."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from comparia.metrics import Case, Matcher
from comparia.metrics.verbatim_quotations import VerbatimQuotations
from comparia.text.quotes import fragments, quotations


def checked(transcript, make_variant, summary):
    (score,) = VerbatimQuotations().score(Case(transcript, (make_variant("v1", summary),), None, Matcher(), "0"))
    return score


@pytest.mark.parametrize(
    ("quote", "verdict", "turns"),
    [
        ("I am against closing the square to cars", "found", (2,)),
        ("i am AGAINST closing the square, to cars!", "found", (2,)),
        ("I am against […] because my customers carry cement bags", "found", (2,)),
        ("because my customers […] I am against closing", "stitched", (2,)),
        ("Traders depend on it […] I am against closing", "stitched", (1, 2)),
        ("I am against opening the square to cars", "altered", (2,)),
        ("The market should stay on the square", "found", (1,)),
        ("Traders depend on it. I am against closing the square", "not_found", ()),
        ("nobody in this town wants a swimming pool", "not_found", ()),
    ],
)
def test_known_answers(transcript, make_variant, quote, verdict, turns):
    score = checked(transcript, make_variant, f"He said “{quote}”.")
    (item,) = score.evidence
    assert item.verdict == verdict
    assert item.turns == turns
    assert score.value == (1.0 if verdict == "found" else 0.0)


@pytest.mark.parametrize(
    ("said", "quote", "exact"),
    [
        (
            "Le stationnement de livraison ne doit pas être supprimé, dit-elle.",
            "Le stationnement de livraison […] doit […] être supprimé",
            "Le stationnement de livraison ne doit pas être supprimé,",
        ),
        ("We will not close the pool this year.", "We will … close the pool", "We will not close the pool"),
    ],
)
def test_an_ellipsis_that_leaves_out_a_negation_alters_a_quotation(make_transcript, make_variant, said, quote, exact):
    session = make_transcript([("Ann", said), ("Ben", "Well.")])
    (item,) = checked(session, make_variant, f"Ann: “{quote}”.").evidence
    assert (item.verdict, item.turns) == ("altered", (1,))
    assert item.exact.startswith(exact)


def test_an_altered_quotation_comes_with_what_was_said(transcript, make_variant):
    (item,) = checked(transcript, make_variant, "“I am against opening the square to cars”").evidence
    assert item.exact == "I am against closing the square to cars,"


def test_counts_add_up(transcript, make_variant):
    score = checked(
        transcript,
        make_variant,
        "“Traders depend on it” and “Traders depend upon it” and “an airport with four runways” and “it”.",
    )
    # found, altered, not found; the last has one word and is no quotation
    assert dict(score.counts) == {
        "found": 1,
        "altered": 1,
        "misattributed": 0,
        "stitched": 0,
        "not_found": 1,
        "of": 3,
    }
    assert score.value == round(1 / 3, 4)


def test_nothing_quoted_is_unscored(transcript, make_variant):
    score = checked(transcript, make_variant, "No quotation here.")
    assert score.value is None
    assert score.reason


def test_system_lines_are_nobody_s_words(make_transcript, make_variant):
    session = make_transcript([("A", "Hello everybody here."), (None, "Bob has joined the meeting", "system")])
    assert checked(session, make_variant, "“Bob has joined the meeting”").value == 0.0


WORD = st.one_of(
    st.sampled_from(
        ["l'eau", "45", "%", "…", "[rires]", "(oui)", "_non_", "euh...", "est-ce", "a[b]c", "[", "]", "3,4", "!"]
    ),
    st.text(alphabet="abcdé'-,.!?%1_", min_size=1, max_size=6),
)


@given(st.lists(WORD, min_size=3, max_size=20), st.data())
def test_a_verbatim_quote_of_a_turn_is_always_found(make_transcript, make_variant, spoken, data):
    first = data.draw(st.integers(0, len(spoken) - 3))
    last = data.draw(st.integers(first + 3, len(spoken)))
    summary = f"«\u00a0{' '.join(spoken[first:last])}\u00a0»"
    assume(quotations(summary))
    session = make_transcript([("A", "Something else was said before."), ("B", f"Well {' '.join(spoken)} indeed.")])
    score = checked(session, make_variant, summary)
    assert [item.verdict for item in score.evidence] == ["found"]
    assert score.value == 1.0


def test_the_quotes_of_the_samples_references_are_found(foirail, library_hub, make_variant):
    for session, points in (foirail, library_hub):
        said = [
            quote
            for point in points.key_points
            for quote in point.said
            if sum(map(len, map(str.split, fragments(quote.words)))) > 2
        ]
        clean = [quote for quote in said if not set("«»") & set(quote.words)]
        score = checked(session, make_variant, "\n".join(f"- « {quote.words} »" for quote in clean))
        assert score.value == 1.0
        assert score.counts["of"] == len(clean)


@pytest.mark.parametrize(
    ("summary", "verdict", "note"),
    [
        ("Anne said: “Traders depend on it”.", "found", ""),
        ("Bruno said: “Traders depend on it”.", "misattributed", "Anne"),
        ("“Traders depend on it”, says Bruno.", "misattributed", "Anne"),
        ("Bruno disagrees. “Traders depend on it.”", "found", ""),  # another sentence
        ("Anne and Bruno: “Traders depend on it”.", "found", ""),  # two people are named
        ("Somebody said: “Traders depend on it”.", "found", ""),
        ("David: “The market should stay on the square”.", "found", ""),  # two people said it
        ("Chloé: “The market should stay on the square”.", "misattributed", "Anne"),
        ("Chloé quotes “I agree with Anne”.", "misattributed", "David"),  # a name inside the marks names nobody
    ],
)
def test_words_lent_to_another_person_are_misattributed(transcript, make_variant, summary, verdict, note):
    (score,) = VerbatimQuotations().score(Case(transcript, (make_variant("v", summary),), None, Matcher(), "0"))
    assert (score.evidence[0].verdict, score.evidence[0].speaker) == (verdict, note)
    assert score.counts["misattributed"] == (verdict == "misattributed")

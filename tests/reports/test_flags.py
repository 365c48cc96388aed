"""Flags of recaps: grouped, underlined in their place whatever the marks around them, and never markup of their own."""

import re

import pytest

from comparia.records import AnsweredFlag, PointEvidence, QuotationEvidence, Score, SentenceEvidence, masked_run
from comparia.reports import html
from comparia.reports.flags import Flag, PersonalData, flag_id, flags_of, ids_of, open_count
from comparia.reports.marking import underlined
from comparia.reports.view import View


def flag(sentence, *parts, kind="number"):
    return Flag(flag_id(kind, sentence), kind, sentence, parts, ("why",))


def marks(text, *flags):
    page, notes = underlined(html.markdown(text), flags, "n-v1", "Note")
    return page, notes, [re.sub(r"<[^>]+>", "", words) for words in re.findall(r"(?s)<mark[^>]*>(.*?)</mark>", page)]


@pytest.mark.parametrize(
    ("text", "sentence", "parts", "found"),
    [
        ("One. It costs 47,000 pounds. Two.", "It costs 47,000 pounds.", ("47,000",), ["47,000"]),
        ("It **costs** *47,000* pounds.", "It costs 47,000 pounds.", (), ["It", "costs", "47,000", "pounds"]),
        ("- It costs 47,000\n  pounds [T12]. Then.", "It costs 47,000 pounds.", (), ["It costs 47,000\npounds"]),
        ("| a | b |\n|---|---|\n| It costs | 47,000 |", "It costs: 47,000", (), ["It costs", "47,000"]),
        ("Nothing of it.", "It costs 47,000 pounds.", ("47,000",), []),
        ("It costs much.", "It costs much.", ("47,000",), ["It costs much"]),
    ],
)
def test_a_passage_is_underlined_whatever_the_marks_around_it(text, sentence, parts, found):
    _page, _notes, words = marks(text, flag(sentence, *parts))
    assert words == found


def test_notes_are_numbered_in_the_order_of_the_text_and_lead_both_ways():
    page, notes, _words = marks("First 1. Second 2.", flag("Second 2.", "2"), flag("First 1.", "1"), flag("Absent."))
    numbers = {note.flag.sentence: note.number for note in notes.values()}
    assert numbers == {"First 1.": 1, "Second 2.": 2, "Absent.": 0}
    for note in notes.values():
        assert (f'id="p-{note.anchor}"' in page) == (f'href="#{note.anchor}"' in page) == bool(note.number)


def test_flags_that_overlap_are_each_there():
    page, notes, _words = marks("It costs 47,000 pounds.", flag("It costs 47,000 pounds."), flag("47,000", kind="name"))
    assert "f-number f-name" in page
    for note in notes.values():
        assert f'href="#{note.anchor}"' in page


def test_hostile_words_stay_words():
    text = 'A &lt;script&gt;alert(1)&lt;/script&gt; <b>b</b> "quoted" & more.'
    page, _notes, words = marks(text, flag('A <script>alert(1)</script> <b>b</b> "quoted" & more.'))
    assert words
    assert "<script" not in page
    assert "<b>" not in page
    assert page.count("<mark") == page.count("</mark>")
    assert html.nh3.clean(page, tags={*html._TAGS, "mark", "sup", "a"}, attributes={}) is not None


@pytest.fixture
def run(make_run, make_variant, reference):
    summary = "The bench costs 47,000 pounds in 2031. Call **06 12 34 56 78**, or a@b.fr. He said “never said so”."
    made = make_run([make_variant("v1", summary), make_variant("v2", "Call 06 12 34 56 78.")], reference=reference)
    sentence = "The bench costs 47,000 pounds in 2031."
    numbers = tuple(
        SentenceEvidence(flag="unsupported", sentence=sentence, about=about, turns=(1,)) for about in ("47,000", "2031")
    )
    call = "Call 06 12 34 56 78, or a@b.fr."
    scores = (
        Score(metric="numbers", variants=("v1",), value=0.0, evidence=numbers, signature="n|test"),
        Score(
            metric="verbatim_quotations",
            variants=("v1",),
            value=0.0,
            evidence=(QuotationEvidence(verdict="not_found", quotation="never said so"),),
            signature="q|test",
        ),
        Score(
            metric="key_point_coverage",
            variants=("v1",),
            value=0.0,
            evidence=(PointEvidence(key_point="P1", verdict="absent", sentence=call),),
            signature="c|test",
        ),
    )
    return made.model_copy(update={"scores": scores})


PERSONAL = [PersonalData("phone", "06 12 34 56 78"), PersonalData("email", "a@b.fr")]


def test_flags_of_one_sentence_are_one_and_kinds_stand_together(run):
    groups = flags_of(View(run), run.variants[0], PERSONAL)
    assert [(group.kind, len(group.flags)) for group in groups] == [("personal", 2), ("quotation", 1), ("number", 1)]
    (number,) = groups[2].flags
    assert number.parts == ("47,000", "2031")
    assert len(number.reasons) == 2
    assert open_count(groups) == 4
    told = html.marked_recap(View(run), run.variants[0], PERSONAL)
    assert told.sentence == "4 passages to look at: Personal data 2, Quotations 1, Numbers 1"
    assert told.page.count("<mark") >= 5


def test_a_telephone_number_is_told_once_as_what_it_is(run):
    number = SentenceEvidence(flag="unsupported", sentence="Call 06 12 34 56 78, or a@b.fr.", about="06 12 34 56 78")
    scores = (run.scores[0].model_copy(update={"evidence": (number,)}),)
    view = View(run.model_copy(update={"scores": scores}))
    assert [group.kind for group in flags_of(view, run.variants[0], PERSONAL)] == ["personal"]
    assert [group.kind for group in flags_of(view, run.variants[0])] == ["number"]


def test_what_was_answered_is_not_underlined_and_still_told(run):
    groups = flags_of(View(run), run.variants[0], PERSONAL)
    answered = {("v1", name): AnsweredFlag(variant="v1", flag=name, answer="right") for name in ids_of(groups)}
    told = html.marked_recap(View(run), run.variants[0], PERSONAL, answered)
    assert "<mark" not in told.page
    assert told.sentence == "4 passages looked at"
    assert all(note.flag.answer == "right" for _name, notes in told.groups for note in notes)


def test_masked_words_are_nowhere_of_their_recap_and_everywhere_else(run):
    mask = AnsweredFlag(
        variant="v1", flag="fl_1", answer="masked", kind="phone", words="06 12 34 56 78", replacement="[phone]"
    )
    shown = masked_run(run, [mask])
    assert "Call **[phone]**, or a@b.fr." in shown.variants[0].summary
    assert shown.variants[1] == run.variants[1]
    assert shown.scores[2].evidence[0].sentence == "Call [phone], or a@b.fr."
    assert masked_run(run, [mask.model_copy(update={"answer": "right"})]) is run
    told = html.marked_recap(View(shown), shown.variants[0], (), {("v1", "fl_1"): mask})
    (name, (note,)) = told.groups[0]
    assert (name, note.flag.sentence, note.flag.answer) == ("Personal data", "", "masked")

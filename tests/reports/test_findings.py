"""What a comparison found: sentences with their words, made from verdicts and checks."""

import html as markup
import io
import re
import zipfile
from xml.etree import ElementTree

import pytest

from comparia import library
from comparia.messages import speaking
from comparia.records import PointEvidence, QuotationEvidence, Score, SentenceEvidence
from comparia.reports import figure, html, terminal
from comparia.reports.findings import Findings
from comparia.reports.view import View

VERDICTS = {
    "v1": {"P1": "kept", "P2": "lent_to_all", "P3": "absent", "P4": "kept"},
    "v2": {"P1": "partly", "P2": "absent", "P3": "absent", "P4": "uncertain"},
}
"""What becomes of the four points of the small session: P2 and P3 are held by one person each."""


@pytest.fixture
def run(make_run, make_variant, reference):
    made = make_run([make_variant("v1", "One. Two."), make_variant("v2", "Three.")], reference=reference)
    assert [point.id for point in reference.key_points] == list(VERDICTS["v1"])
    scores = [
        Score(
            metric="key_point_coverage",
            variants=(recap,),
            value=0.5,
            evidence=tuple(
                PointEvidence(key_point=point, verdict=verdict, sentence=f"{recap} on {point}.")
                for point, verdict in verdicts.items()
            ),
            signature="key_point_coverage|test",
        )
        for recap, verdicts in VERDICTS.items()
    ]
    quotations = (
        QuotationEvidence(verdict="not_found", quotation="never said"),
        QuotationEvidence(verdict="found", quotation="The market should stay"),
        QuotationEvidence(verdict="misattributed", quotation="my customers carry", speaker="Bruno"),
    )
    scores.append(
        Score(metric="verbatim_quotations", variants=("v2",), value=0.3, evidence=quotations, signature="q|test")
    )
    numbers = tuple(SentenceEvidence(flag="unsupported", sentence=f"{n} benches.", about=str(n)) for n in range(7))
    scores.append(Score(metric="numbers", variants=("v2",), value=0.0, evidence=numbers, signature="n|test"))
    claim = SentenceEvidence(flag="unsupported", sentence="Everybody wants spaces.", key_point="P3", about="held:1:5")
    scores.append(Score(metric="false_consensus", variants=("v1",), value=0.0, evidence=(claim,), signature="f|test"))
    return made.model_copy(update={"scores": tuple(scores)})


@pytest.fixture
def findings(run):
    return Findings(View(run))


def noted(run, note, verdict="absent"):
    """The same run, every verdict of its points settled with a note."""
    scores = [
        score.model_copy(
            update={"evidence": tuple(e.model_copy(update={"note": note, "verdict": verdict}) for e in score.evidence)}
        )
        if score.points
        else score
        for score in run.scores
    ]
    return run.model_copy(update={"scores": tuple(scores)})


FORMATS = ["html", "markdown", "terminal", "docx", "svg", "public", "poster"]


def told_in(run, form):
    """What a format says, as one line of words."""
    if form == "docx":
        content = zipfile.ZipFile(io.BytesIO(library.render(run, form))).read("word/document.xml").decode()
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", content))
    if form == "terminal":
        content = terminal.write(run).decode()
    else:
        content = (library.publish if form in ("public", "poster") else library.render)(run, form).decode()
    return re.sub(r"\s+", " ", markup.unescape(re.sub(r"<(?!/?desc)[^>]+>", " ", content)))


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    ("by", "status"),
    [("offline", "without a model, reviewed by nobody"), ("m@localhost", "by a model, reviewed by nobody"), ("", "")],
)
def test_every_format_tells_in_its_headline_what_the_list_is(run, form, by, status):
    if by:
        suggested = {"origin": "suggested", "suggested_by": by, "reviewed_by": ""}
        run = run.model_copy(update={"reference": run.reference.model_copy(update=suggested)})
    told = told_in(run, form)
    assert ("reviewed by nobody" in told) == bool(by)
    assert status in told


@pytest.mark.parametrize("form", ["html", "markdown", "terminal", "public", "poster"])
@pytest.mark.parametrize("note", ["settled", "judged", "judge_silent:TimeOut", ""])
def test_a_view_found_nowhere_by_words_alone_is_said_so_until_somebody_settles_it(run, form, note):
    told = told_in(noted(run, note), form)
    settled = note in ("settled", "judged")
    assert ("ot found, in words, in any" in told) != settled
    assert ("ept by no recap" in told or "kept by none of the 2 recaps" in told) == settled


def test_what_is_likeliest_to_be_there_is_looked_at_first(run):
    reference = run.reference
    first = reference.key_points[1]
    many = [first.model_copy(update={"id": f"Q{n}", "minority": True}) for n in range(8)]
    run = run.model_copy(update={"reference": reference.model_copy(update={"key_points": tuple(many)})})
    evidence = tuple(
        PointEvidence(key_point=f"Q{n}", verdict="uncertain" if n == 6 else "absent", probability=n / 10, as_held=0.0)
        for n in range(8)
    )
    scores = [s.model_copy(update={"evidence": evidence}) for s in run.scores if s.points]
    findings = Findings(View(run.model_copy(update={"scores": tuple(scores)})))
    assert "; 5 to look at first." in findings.lost_sentence
    assert [row.point.id for row in findings.lost][:5] == ["Q6", "Q7", "Q5", "Q4", "Q3"]
    assert findings.to_look_at == {"Q6", "Q7", "Q5", "Q4", "Q3"}
    assert [row.point.id for row in findings.surest_lost][:2] == ["Q0", "Q1"]  # what a poster shows


def test_views_that_no_recap_keeps_come_with_who_holds_them(findings, run):
    assert [row.point.id for row in findings.lost] == ["P2", "P3"]
    assert all(findings.kind_of(row) == "isolated" for row in findings.lost)
    assert (
        findings.lost_sentence
        == f"2 minority views of {len(View(run).minority_rows)} were not found, in words, in any of the 2 recaps; "
        "all to look at."
    )
    page = library.render(run, "html").decode()
    first = page[page.index("<h2") : page.index("</section>", page.index("<h2"))]
    assert "2 minority views" in first
    assert "Bruno" in first
    assert "<details open" not in first
    assert first.index('href="#P2"') < first.index('href="#P3"')


def test_each_recap_has_one_headline_and_bars_of_its_whole(findings):
    one, other = findings.headlines
    assert one.sentence == "Keeps none of the 2 minority views, 2 of 2 other points."
    assert (
        other.sentence
        == "Keeps none of the 2 minority views, none of the 2 other points (but 1 in part); 1 to look at."
    )
    for headline in findings.headlines:
        for bar in headline.bars:
            assert sum(part.share for part in bar.parts) == pytest.approx(1)
            assert f"({sum(part.points for part in bar.parts)})" in bar.name
    assert {bar.kind for bar in one.bars} <= {"isolated", "few", "others"}


def test_what_a_recap_does_is_a_sentence_with_its_words(findings):
    told = {(found.recap.id, found.kind): found for found in findings.of_recaps}
    assert set(told) == {("v1", "lent_to_all"), ("v2", "not_said"), ("v2", "misattributed"), ("v2", "number")}
    lent = told["v1", "lent_to_all"]
    assert [item.point.id for item in lent.items] == ["P2", "P3"]  # a verdict, then a claim of agreement
    assert lent.items[0].words == "v1 on P2."
    assert lent.items[1].words == "Everybody wants spaces."
    assert "gives to everyone 2 views that few people hold" in lent.sentence
    assert told["v2", "not_said"].sentence.endswith("quotes what nobody said.")
    assert told["v2", "misattributed"].sentence.endswith("gives the words of Bruno to somebody else.")
    assert (len(told["v2", "number"].items), told["v2", "number"].more) == (5, 2)


def test_one_view_given_to_everyone_names_who_held_it(run):
    alone = run.model_copy(update={"scores": tuple(s for s in run.scores if s.metric != "false_consensus")})
    (lent,) = [found for found in Findings(View(alone)).of_recaps if found.kind == "lent_to_all"]
    assert lent.sentence.endswith("gives to everyone what Bruno alone said.")
    with speaking("fr"):
        (french,) = [found for found in Findings(View(alone)).of_recaps if found.kind == "lent_to_all"]
    assert french.sentence.endswith("attribue à tout le monde ce que n’a dit que Bruno.")


def test_views_in_one_recap_alone_are_told_by_recap(run):
    scores = list(run.scores)
    kept = scores[1].evidence[2].model_copy(update={"verdict": "kept"})
    scores[1] = scores[1].model_copy(update={"evidence": (*scores[1].evidence[:2], kept, scores[1].evidence[3])})
    findings = Findings(View(run.model_copy(update={"scores": tuple(scores)})))
    ((recap, _rows),) = [(recap.id, rows) for recap, rows in findings.in_one if "P3" in {r.point.id for r in rows}]
    assert recap == "v2"
    assert "in one recap alone" in findings.in_one_sentence


def test_a_run_without_scores_finds_nothing(make_run, make_variant, reference):
    for points in (None, reference):
        bare = make_run([make_variant("v1", "One.")], reference=points).model_copy(update={"scores": ()})
        findings = Findings(View(bare))
        assert (findings.lost_sentence, findings.headlines, findings.of_recaps) == ("", (), ())


@pytest.mark.parametrize("phone", [False, True])
@pytest.mark.parametrize("dark", [False, True])
def test_the_figure_says_every_number_in_words_and_fits_its_width(run, findings, phone, dark):
    drawn = ElementTree.fromstring(figure.write(run, phone=phone, dark=dark))
    told = next(element.text for element in drawn if element.tag.endswith("desc"))
    assert told == figure.described(findings)
    for headline in findings.headlines:
        for bar in headline.bars:
            assert bar.name in told
            assert all(f" {part.points}" in told for part in bar.parts)
    width = int(drawn.get("width"))
    assert width == (390 if phone else 1280)
    for rect in drawn.iter("{http://www.w3.org/2000/svg}rect"):
        assert float(rect.get("x", 0)) + float(rect.get("width")) <= width + 0.2
    ground = drawn.find("{http://www.w3.org/2000/svg}rect").get("fill")
    assert ground == (figure.DARK if dark else figure.LIGHT).paper


def test_what_is_found_of_hostile_words_does_nothing(run):
    hostile = "<img src=x onerror=alert(1)>"
    scores = [
        score.model_copy(
            update={"evidence": tuple(e.model_copy(update={"quotation": hostile}) for e in score.evidence)}
        )
        if score.metric == "verbatim_quotations"
        else score
        for score in run.scores
    ]
    page = html.write(run.model_copy(update={"scores": tuple(scores)})).decode()
    assert hostile not in page
    assert "&lt;img src=x" in page

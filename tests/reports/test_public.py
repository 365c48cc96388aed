"""What is published: a page and a poster, without names unless they are chosen, which nothing hostile acts in."""

import re
import xml.etree.ElementTree as ET
from datetime import timedelta
from itertools import pairwise

import pytest

from comparia import library, privacy, reports
from comparia.errors import ConfigurationError, InputError
from comparia.messages import speaking
from comparia.records import Corrections, Notice, Piece, Prompt
from comparia.records.corrections import LeaveOut, Replace
from comparia.reports.public import final_recap
from tests.reports.test_reports import HOSTILE, Page, empty, full, hostile, partial  # noqa: F401
from tests.samples_for_tests import MOMENT

PHONE = "07700 900987"
both = pytest.mark.parametrize("format", ["public", "poster"])


def text(run, format="public", **choices):
    return library.publish(run, format, **choices).decode("utf-8")


def words_of(page):
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL).split())


@pytest.fixture
def composed(full, make_variant):  # noqa: F811
    """A run whose final recap was composed by a person."""
    recap = f"## What was said\n\nAnne Roy spoke first [T1], then others [T2, T3]. Call {PHONE}.\n\n{HOSTILE}"
    made = make_variant("v9", recap, backend="imported:Awa Diop", author="human").model_copy(
        update={"pieces": (Piece(text=recap),), "finished_at": MOMENT + timedelta(hours=1)}
    )
    return full.model_copy(update={"variants": (*full.variants, made)})


@pytest.fixture(scope="module")
def sample(foirail, make_run, make_variant):
    """A run of the sample session, its recaps naming those who spoke."""
    session, reference = foirail
    names = [speaker.name for speaker in session.speakers if speaker.kind == "person"]
    said = "\n".join(f"- {point.text}" for point in reference.key_points[::3])
    recap = f"{said}\n\n" + "\n".join(f"- {name} spoke; {name.upper()} too." for name in names)
    pieces = (Piece(text=recap),)
    variant = make_variant("v1", recap, backend="imported:x", author="human").model_copy(update={"pieces": pieces})
    prompt = Prompt(id="pr_x", name="Fair", language="fr", steps=(f"Écoute {names[0]}. {{transcript}}",))
    other = make_variant("v2", said, backend="mistral:small", author="model", prompt="pr_x")
    return make_run((variant, other), session=session, reference=reference, prompts=(prompt,))


@both
@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_name_of_anybody_is_published_unless_it_is_chosen(sample, format, language):
    with speaking(language):
        page = words_of(text(sample, format))
    parts = {
        part
        for speaker in sample.transcript.speakers
        for part in re.findall(r"\w{3,}", speaker.name.partition("(")[0])
        if part[0].isupper()
    }
    assert len(parts) > 20
    assert [part for part in parts if re.search(rf"(?<!\w){part}(?!\w)", page, re.IGNORECASE)] == []


def test_names_are_initials_or_whole_where_that_is_chosen(sample):
    name = next(s.name for s in sample.transcript.speakers if len(s.name.split()) == 2)
    initials = " ".join(f"{word[0]}." for word in name.split())
    assert name in text(sample, people="kept", personal_data="mask")
    page = text(sample, people="initials")
    assert name not in page
    assert initials in page
    assert "[nom]" in text(sample)


def test_names_that_were_left_for_models_and_words_that_were_hidden_from_them_are_not_published(sample):
    name = next(s.name for s in sample.transcript.speakers if len(s.name.split()) == 2)
    left = privacy.Hiding(hidden=("chambre froide",), left=(name,)).of(sample.transcript)
    page = text(sample.model_copy(update={"pseudonyms": left}))
    assert name not in page
    assert "chambre froide" in text(sample)
    assert "chambre froide" not in page


@both
def test_people_are_counted_and_not_named(full, format):  # noqa: F811
    page = words_of(text(full, format))
    assert "people spoke or wrote" in page
    if format == "public":
        assert "Held by: one person" in page


def test_personal_data_is_published_only_when_that_is_chosen(composed):
    with pytest.raises(InputError) as refused:
        text(composed, people="kept")
    assert PHONE in str(refused.value)
    assert "--personal-data mask" in refused.value.cure
    assert "--" not in refused.value.on_page
    assert PHONE in text(composed, people="kept", personal_data="keep")
    masked = text(composed, people="kept", personal_data="mask")
    assert PHONE not in masked
    assert "[phone]" in masked
    assert PHONE not in text(composed)
    assert PHONE not in library.render(composed, "public").decode("utf-8")


def test_choices_are_for_what_is_published_only(full):  # noqa: F811
    with pytest.raises(ConfigurationError):
        library.publish(full, "html")
    with pytest.raises(ConfigurationError):
        library.publish(full, "public", people="some")


@pytest.mark.parametrize("kind", ["empty", "partial", "full", "hostile"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_page_acts_in_nothing_and_leads_nowhere(kind, language, request):
    run = request.getfixturevalue(kind)
    with speaking(language):
        page = text(run, people="kept", personal_data="keep")
    parsed = Page(page)
    assert not {"script", "iframe", "img", "object", "embed", "link", "form", "base"} & set(parsed.tags)
    assert not parsed.handlers
    assert set(parsed.addresses) == {"#kept"}
    assert "url(" not in page
    assert "@import" not in page
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    levels = [int(level) for level in re.findall(r"<h(\d)", page)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    if kind == "hostile":
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


@pytest.mark.parametrize("kind", ["empty", "partial", "full", "hostile"])
def test_the_poster_is_a_picture_of_one_shape_that_says_itself_in_words(kind, request):
    run = request.getfixturevalue(kind)
    drawn = ET.fromstring(text(run, "poster", people="kept", personal_data="keep"))
    svg = "{http://www.w3.org/2000/svg}"
    assert drawn.get("viewBox") == "0 0 1600 900"
    assert {element.tag.removeprefix(svg) for element in drawn.iter()} <= {"svg", "title", "desc", "rect", "text"}
    assert drawn.find(f"{svg}title").text
    described = drawn.find(f"{svg}desc").text
    assert described
    if kind == "full":
        assert "Recap A" in described
        assert "not found" in described
    for element in drawn.iter(f"{svg}text"):
        assert 0 <= float(element.get("x")) < 1600
        assert 0 < float(element.get("y")) < 900


def test_a_poster_of_some_recaps_says_of_how_many(make_run, make_variant, reference):
    recaps = [make_variant(f"v{n}", "Nothing of it.") for n in range(1, 9)]
    described = text(make_run(recaps, reference=reference), "poster")
    assert described.count("in the first 6 of 8 recaps") == 2  # in the drawing, and in its words
    assert "Recap F" in described
    assert "Recap G" not in described
    few = text(make_run(recaps[:6], reference=reference), "poster")
    assert "in each recap" in few
    assert "recaps of" not in few


def test_a_poster_of_some_lost_views_says_of_how_many(make_run, make_variant, reference):
    lost = [
        reference.key_points[0].model_copy(update={"id": f"Q{n}", "text": f"View {n} is lost.", "minority": True})
        for n in range(1, 5)
    ]
    many = reference.model_copy(update={"key_points": tuple(lost)})
    run = make_run([make_variant("v1", "Nothing of it.")], reference=many)
    assert "Not found, in words, in any recap: 2 of 4, to look at" in text(run, "poster")
    with speaking("fr"):
        assert "Retrouvés, par leurs mots, dans aucun compte rendu\u00a0: 2 sur 4, à regarder" in text(run, "poster")


TITLES = [
    "Hall",
    "A public meeting on the hall, the square and the streets around them, second phase, in the old centre",
]


@pytest.mark.parametrize("recaps", [1, 6])
@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("minority", [True, False])
def test_nothing_of_a_poster_is_cut_nor_covers_its_foot(make_run, make_variant, reference, recaps, title, minority):
    long = "The market should stay on the square on Wednesdays, and the parking study be made again in November. " * 2
    points = [
        reference.key_points[0].model_copy(update={"id": f"Q{n}", "text": long.strip(), "minority": minority})
        for n in range(1, 5)
    ]
    run = make_run(
        [make_variant(f"v{n}", "Nothing of it.") for n in range(recaps)],
        reference=reference.model_copy(update={"key_points": tuple(points)}),
    )
    run = run.model_copy(update={"transcript": run.transcript.model_copy(update={"title": title})})
    drawn = ET.fromstring(text(run, "poster"))
    svg = "{http://www.w3.org/2000/svg}"
    assert not [element.text for element in drawn.iter(f"{svg}text") if (element.text or "").endswith("…")]
    foot = min(float(e.get("y")) - 20 for e in drawn.iter(f"{svg}text") if "Comparia, " in e.text)
    bars = [e for e in drawn.iter(f"{svg}rect") if e.get("stroke")]
    assert max(float(e.get("y")) + float(e.get("height")) for e in bars) < foot
    assert len(bars) >= recaps


def test_the_page_tells_what_was_kept_then_how_to_read_it_then_how_it_was_made(full, partial, empty):  # noqa: F811
    page = words_of(text(full))
    told = ["What each recap kept", "The points of view, in their words", "How to read these figures", "How this was"]
    assert [page.index(heading) for heading in told] == sorted(page.index(heading) for heading in told)
    assert "We need eight disabled parking spaces" in page
    assert "api.mistral.ai (in the European Union)" in page
    assert "not ranked" in page
    assert full.prompts[0].steps[0] in page
    assert "1 recap could not be written" in words_of(text(partial)) or "could not" not in words_of(text(partial))
    assert "There is no recap yet" in words_of(text(empty))


def test_the_final_recap_is_the_composed_one_without_ids_or_signatures(composed, full):  # noqa: F811
    assert final_recap(full) is None
    page = text(composed)
    assert ">What was said</h" in page
    final = page[page.index('id="final"') : page.index('id="kept"')]
    assert "[T1]" not in final
    assert "T2" not in final
    for hidden in ("imported:", composed.id, "Awa Diop", *(score.signature for score in composed.scores)):
        assert hidden not in page


def test_what_was_left_out_and_corrected_is_counted_and_not_told(full):  # noqa: F811
    made = (Replace(words="Secret Word", by="word"), LeaveOut(turns=(2, 3), reason="Secret Reason"))
    session = full.transcript.model_copy(
        update={
            "notices": (Notice(code="moderated", values={"n": 4}),),
            "corrections": Corrections(corrections=made),
        }
    )
    page = words_of(text(full.model_copy(update={"transcript": session})))
    assert "4 contributions moderated or withdrawn were left out" in page
    assert "A person left 2 contributions out" in page
    assert "A person corrected 1 word" in page
    assert "Secret" not in page
    assert "Nothing that we know of" in words_of(text(full))


@both
def test_a_format_that_is_published_is_said_so(format):
    assert reports.FORMATS[format].published
    assert not reports.FORMATS["html"].published

"""The library of sessions for trainers: what it lists, its stable addresses, and the recaps recorded under prompts."""

import html
import re

import pytest

from comparia import ingest, library, references
from comparia.comparing import demonstrations
from comparia.errors import ConfigurationError
from comparia.library.samples import sample_files, sample_reference
from comparia.reports import wording
from comparia.reports.readings import COVERAGE, MINORITY
from tests.web.conftest import ended, served, until, words

RECORDED = [session for session in library.sample_sessions() if session.prompts]


@pytest.mark.parametrize("session", library.sample_sessions(), ids=lambda session: session.name)
def test_the_list_says_of_each_session_what_is_in_it(session):
    transcript = references.titled(sample_reference(session.name), ingest.read(sample_files(session.name)))
    reference = references.load(sample_reference(session.name), transcript)
    moderators = set(reference.moderators)
    lone = [p for p in reference.key_points if p.kind == "view" and len(set(p.holders) - moderators) == 1]
    assert (session.title, session.date, session.language) == (transcript.title, transcript.date, transcript.language)
    assert (session.words, session.voices, session.points) == (
        transcript.words,
        reference.voices,
        len(reference.key_points),
    )
    assert session.lone == len(lone)
    assert session.reviewed == (reference.origin == "reviewed")
    assert wording.lesson_of(session.name)
    assert wording.session_kind_name(session.kind)


def test_sessions_of_several_kinds_in_both_languages_have_recaps_under_three_prompts_of_the_shipped_set():
    sets = {"fr": library.load_prompt_set("compte-rendu"), "en": library.load_prompt_set("recap")}
    for language in ("fr", "en"):
        found = [session for session in RECORDED if session.language == language]
        assert len({session.kind for session in found}) >= 2
        for session in found:
            asked = {prompt.id for prompt in demonstrations.demonstration(session.name).prompts}
            assert {prompt.id for prompt in sets[language]} <= asked


def test_the_library_lists_by_kind_and_language_and_says_who_wrote_and_when(web):
    assert 'href="/library"' in web.get("/").text
    page = web.get("/library")
    assert page.text.count('<article class="teaching"') == len(library.sample_sessions())
    said = words(page)
    assert "Written by a large language model on 30 November 2026" in said
    assert "nothing follows from them about any model" in said
    assert "suggested by a model, not reviewed" in said
    few = web.get("/library?kind=council&language=fr").text
    assert few.count('<article class="teaching"') == 1
    assert "Mérouzay" in few


def test_a_link_opens_the_comparison_of_a_session_that_was_never_opened_and_the_same_one_after_a_restart(settings):
    with served(settings) as web:
        first = web.get("/library/panel-centre/comparison")
        assert "nothing was sent" in words(first)
        address = ended(web, first.url.path)
        page = words(web.get(address))
        assert "written by a large language model for this demonstration on 30 November 2026" in page
        assert "nothing can be concluded from them about any model" in page
        run = library.read_run("last", settings=settings)
        assert len([v for v in run.variants if v.author == "model" and v.summary]) == 4
        assert {score.metric for score in run.scores} >= {COVERAGE, MINORITY}
        assert not run.sendings
        assert web.get("/library/panel-centre/comparison").url.path == address
        assert "/library/panel-centre/comparison" in web.get(address).text  # what the page offers for a slide
    with served(settings) as web:
        again = web.get("/library/panel-centre/comparison")
        assert again.url.path == address
        assert "notice" not in str(again.url)


def test_a_link_makes_again_what_was_removed_and_a_link_to_the_removed_comparison_says_so(web):
    first = ended(web, web.get("/library/workshop-park/comparison").url.path)
    web.post(f"{first}/forget")
    gone = web.get(first)
    assert gone.status_code == 404
    assert "This comparison is not on this computer. It was removed" in words(gone)
    second = web.get("/library/workshop-park/comparison").url.path
    assert second != first
    ended(web, second)
    stage = web.get("/stages/0123456789ab")
    assert stage.status_code == 404
    assert "This stage is not on this computer." in words(stage)


def test_the_stage_of_a_session_plays_its_prompts_one_after_the_other(web):
    stage = web.get("/library/workshop-park/stage")
    address = stage.url.path
    assert address.startswith("/stages/")
    assert "/library/workshop-park/stage" in stage.text
    prompts = next(session.prompts for session in RECORDED if session.name == "workshop-park")
    for n, _prompt in enumerate(prompts, start=1):
        page = web.get(address)
        assert f"Play version {n}" in page.text
        typed = html.unescape(re.search(r'(?s)<textarea id="text"[^>]*>(.*?)</textarea>', page.text)[1])
        web.post(f"{address}/run", data={"text": typed, "known": str(n - 1), "action": "run"})
        until(lambda: "data-events" not in web.get(address).text, "the version")
    page = web.get(address)
    assert "Play version" not in page.text
    assert "for this demonstration on 30 November 2026" in words(page)
    assert "(recorded) (recorded)" not in page.text
    assert web.get("/library/workshop-park/stage").url.path == address
    other = web.post("/library/workshop-park/stage").url.path
    assert other != address
    assert "Play version 1" in web.get(other).text
    assert web.get("/library/workshop-park/stage").url.path == other


def test_two_clicks_make_one_comparison(web, settings):
    addresses = {web.get("/library/forum-hopital/comparison").url.path for _click in range(3)}
    assert len(addresses) == 1
    ended(web, addresses.pop())
    with library.open_store(settings) as store:
        assert len(store.runs.lines()) == 1


def test_a_session_without_recordings_is_given_with_its_key_points_and_its_links_say_what_is_missing(web):
    answer = web.get("/library/council-pool/comparison")
    assert answer.status_code == 400
    assert "No recaps of this session are recorded." in words(answer)
    assert web.get("/library/nowhere/stage").status_code == 404
    given = web.post("/sessions/sample", data={"session": "council-pool"})
    assert "Lido Street" in given.text
    with pytest.raises(ConfigurationError):
        library.demonstration("en", session="council-pool")

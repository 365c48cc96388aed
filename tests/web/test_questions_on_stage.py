"""Critiques and challenges on the stage: named, beside what they are about, stopped, kept, applied, played again."""

import json
import re

import pytest
from starlette.testclient import TestClient

from comparia import library
from comparia.config import Settings
from comparia.web.app import create_app
from tests.fault_server import FaultServer
from tests.web.conftest import PORT, refusal, words
from tests.web.test_projector import until_page
from tests.web.test_stage import run, settled

LONE = "List what only one person said, with their name."


def answer(asked):
    """A model whose critique is of the very words of the prompt."""
    if "do not carry it out" in asked:
        typed = re.search(r"=====\n(.*?)\n=====", asked, re.DOTALL)
        about = typed[1].strip() if typed else ""
        return f"1. **Lost**: lone voices [T2], of {about!r}.\n4. **A rewriting**: “{LONE}”"
    if "Recap:" in asked:
        return "1. **Lost**: Ottilie Marsh is not in it [T28, T30] [T99999]. <script>alert(1)</script>"
    return "The meeting spoke of the library."


@pytest.fixture
def server():
    with FaultServer(answer=answer) as running:
        yield running


@pytest.fixture
def stage(web, compared):
    """The address of a stage on a comparison of extracts."""
    return web.post(f"{compared}/stage").url.path


def ask(web, stage, server, text="Summarise.", version=2, **more):
    form = {"version": str(version), "text": text, "whom": f"small@{server.url}", **more}
    return web.post(f"{stage}/ask", data=form)


def test_a_critique_stands_beside_the_prompt_and_a_challenge_in_its_column(web, stage, server):
    with FaultServer(answer="Another recap of the library.") as other:
        form = {"known": "1", "text": "Summarise.", "other": f"small@{server.url}\nlarge@{other.url}"}
        web.post(f"{stage}/run", data=form)
        settled(web, stage)
        ask(web, stage, server)
        settled(web, stage)
        ask(web, stage, server, challenge="v2")
        page = settled(web, stage).text
    prompting, results = page.split('<div class="results">')
    assert "Critique of the prompt, by small" in prompting
    assert "lone voices" in prompting
    assert "Ottilie Marsh" not in prompting
    columns = [part.split('<div id="timeline">')[0] for part in results.split('<article class="recap"')[1:]]
    assert ["Ottilie Marsh" in column for column in columns] == [False, True]
    assert "Challenge: large, by small" in columns[1]
    assert "<script>alert" not in page
    web.post(f"{stage}/names", data={"text": "Summarise."})
    hidden = web.get(stage).text.split('<div class="results">')[1].split('<div id="timeline">')[0]
    assert "Challenge: recap" in hidden
    assert ", by" not in hidden


def test_turns_lead_to_their_words_beside_the_answer(web, stage, server, compared):
    run(web, stage, "Summarise.", server, 1)
    ask(web, stage, server, challenge="v1")
    page = settled(web, stage).text
    name = re.search(r'href="#(challenge-v1-\d+-T)28"', page)[1]
    for turn in ("28", "30"):
        assert f'<a href="#{name}{turn}">T{turn}</a>' in page
        assert f'<li id="{name}{turn}"><a href="/runs/' in page
    assert "T99999</a>" not in page
    room = web.get(f"{stage}?view=audience").text
    assert "Ottilie Marsh" in room
    assert f'href="#{name}' not in room


def test_a_second_question_is_not_dropped_without_a_word(web, stage, server):
    run(web, stage, "Summarise.", server, 1)
    server.faults.append("held")
    ask(web, stage, server, text="One.")
    told = ask(web, stage, server, text="Two.")
    assert "A question is being answered." in refusal(told)
    assert "Two.</textarea>" in told.text
    server.release()
    settled(web, stage)


def test_a_question_is_stopped_and_what_had_come_stays(web, stage, server, settings):
    run(web, stage, "Summarise.", server, 1)
    server.faults.append("held")
    ask(web, stage, server, text="One.")
    until_page(web, stage, "lone voices")
    page = web.post(f"{stage}/ask/stop", data={"text": "Typed meanwhile.", "version": "2"})
    assert page.url.path == stage
    assert "data-events" not in page.text
    assert "Stopped before it was answered." in words(page)
    assert "Typed meanwhile.</textarea>" in page.text
    with library.workbench(settings) as bench:
        assert bench.stage(stage.split("/")[2]).asked == ()
    ask(web, stage, server, text="One.")
    assert "Stopped before it was answered." not in words(settled(web, stage))


def test_a_question_to_a_model_that_is_silent_is_stopped_too(web, stage, server):
    run(web, stage, "Summarise.", server, 1)
    with FaultServer(faults=["hang"] * 9) as silent:
        ask(web, stage, silent, text="One.")
        assert "Stopped before it was answered." in words(web.post(f"{stage}/ask/stop", data={"text": "One."}))


def test_the_same_question_is_said_to_be_kept_and_is_asked_once(web, stage, server, settings):
    run(web, stage, "Summarise.", server, 1)
    ask(web, stage, server)
    assert "kept, not asked again" not in words(settled(web, stage))
    ask(web, stage, server, text="Other words.")
    settled(web, stage)
    before = server.kinds.total()
    ask(web, stage, server)
    page = words(settled(web, stage))
    assert server.kinds.total() == before
    assert page.count("kept, not asked again") == 1
    assert page.index("of 'Summarise.'") < page.index("of 'Other words.'")  # what was asked last comes first
    with library.workbench(settings) as bench:
        assert len(bench.stage(stage.split("/")[2]).asked) == 2


def test_a_rewriting_is_put_into_the_prompt_as_typed_and_nothing_runs(web, stage, server, settings):
    run(web, stage, "Summarise.", server, 1)
    ask(web, stage, server, text="Summarise. In 300 words.\n\n{{ transcript }}")
    page = settled(web, stage).text
    number = re.search(r'name="critique" value="(\d+)"', page)[1]
    typed = "Summarise, typed since.\n\n{{ transcript }}"
    applied = web.post(f"{stage}/rewrite", data={"text": typed, "version": "2", "critique": number})
    assert f"Summarise, typed since.\n{LONE}\n\n{{{{ transcript }}}}</textarea>" in applied.text
    assert "which was not run yet" in words(applied)
    assert "the prompt was changed since" in words(applied)
    assert 'name="critique"' not in applied.text  # it is in the prompt
    with library.workbench(settings) as bench:
        assert len(bench.stage(stage.split("/")[2]).runs) == 2
    for odd in ("99", "x", "", "-1"):
        again = web.post(f"{stage}/rewrite", data={"text": "Kept.", "version": "2", "critique": odd})
        assert "proposes no rewriting" in refusal(again)
        assert "Kept.</textarea>" in again.text


def test_a_recording_plays_the_critique_of_the_words_that_are_typed(web, stage, server, settings, tmp_path):
    run(web, stage, "Summarise.", server, 1)
    for text in ("First words.", "Second words.", "Third words."):
        ask(web, stage, server, text=text)
        settled(web, stage)
    web.post(f"{stage}/ask", data={"version": "2", "text": "Third words.", "whom": f"large@{server.url}"})
    settled(web, stage)
    file = tmp_path / "asked.comparia"
    file.write_bytes(library.record(stage=stage.split("/")[2], settings=settings))
    elsewhere = Settings(outputs=tmp_path / "elsewhere", policy="local", replay_speed=0)
    opened = library.open_recording(file, settings=elsewhere)
    with TestClient(create_app(elsewhere, port=PORT), base_url=f"http://127.0.0.1:{PORT}") as there:
        there.headers["accept-language"] = "en"
        address = f"/stages/{opened.id}"
        there.post(f"{address}/run", data={"known": "1", "text": "Summarise."})
        settled(there, address)

        def played(text):
            page = there.post(f"{address}/ask", data={"version": "2", "text": text})
            latest = page.text.split('<div id="critique">')[1].split("</article>")[0]
            return page, words(type(page)(200, text=latest))

        assert "of 'Second words.'" in played("Second words.")[1]
        assert "of 'First words.'" in played("First words.\n\n{{ transcript }}")[1]
        assert [re.search(r"by (\w+)", played("Third words.")[1])[1] for _n in range(3)] == ["small", "large", "large"]
        page, _latest = played("Words that nobody criticised.")
        assert "not in the recording" in refusal(page)
        assert 'name="critique"' not in page.text  # nothing is rewritten where nothing new can be asked


def test_a_recording_that_does_not_say_which_words_plays_each_critique_once(web, stage, server, settings, tmp_path):
    run(web, stage, "Summarise.", server, 1)
    for text in ("First words.", "Second words."):
        ask(web, stage, server, text=text)
        settled(web, stage)
    recorded = json.loads(library.record(stage=stage.split("/")[2], settings=settings))
    for asked in recorded["asked"]:
        del asked["prompt"], asked["request"]  # as earlier versions recorded it
    recorded.pop("checksum", None)
    file = tmp_path / "old.comparia"
    file.write_text(json.dumps({"kind": recorded.pop("kind"), **recorded}, separators=(",", ":")))
    elsewhere = Settings(outputs=tmp_path / "elsewhere", policy="local", replay_speed=0)
    opened = library.open_recording(file, settings=elsewhere)
    with TestClient(create_app(elsewhere, port=PORT), base_url=f"http://127.0.0.1:{PORT}") as there:
        there.headers["accept-language"] = "en"
        address = f"/stages/{opened.id}"
        there.post(f"{address}/run", data={"known": "1", "text": "Summarise."})
        settled(there, address)
        for said in ("First words.", "Second words.", "Second words."):
            page = there.post(f"{address}/ask", data={"version": "2", "text": "Typed."}).text
            assert (
                f"of &#x27;{said}&#x27;" in page.split('<div id="critique">')[1].split("</article>")[0] or said in page
            )

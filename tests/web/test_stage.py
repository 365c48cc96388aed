"""The stage without scripts: versions run against a real server, what each changed, questions, foils, recordings."""

import html
import json
import re
import time

import pytest
from starlette.testclient import TestClient

from comparia import library
from comparia.config import Settings
from comparia.web.app import create_app
from tests.fault_server import FaultServer
from tests.web.conftest import PORT, refusal, words
from tests.work import until

WHOLE = (
    "The last bus up Weir Road leaves at ten past six, and part of the walk is unlit. "
    "Priya Venmore: “A library that shuts at five doesn't exist for me.”"
)
POOR = "The meeting spoke of the library."
CRITIQUE = "1. **Lost**: the lone voices of this prompt."
CHALLENGE = "1. **Lost**: Ottilie Marsh is not in it [T28]."


def answer(asked):
    """A model that keeps minority views when it is asked to, and that criticises."""
    if "do not carry it out" in asked:
        return CRITIQUE
    if "Recap:" in asked:
        return CHALLENGE
    return WHOLE if "only one person" in asked else POOR


@pytest.fixture
def server():
    with FaultServer(answer=answer) as running:
        yield running


@pytest.fixture
def stage(web, compared):
    """The address of a stage on a comparison of extracts."""
    return web.post(f"{compared}/stage").url.path


def settled(web, address):
    """The page of a stage, once nothing is under way."""

    def page():
        answer = web.get(address)
        return None if "data-events" in answer.text else answer

    return until(page, f"the end of {address}")


def run(web, stage, text, server, known, **more):
    web.post(f"{stage}/run", data={"known": str(known), "text": text, "other": f"m@{server.url}", **more})
    return settled(web, stage)


def test_versions_stand_beside_what_each_changed(web, stage, server):
    run(web, stage, "Summarise.", server, 1)
    page = run(web, stage, "Summarise. List what only one person said.", server, 2)
    told = words(page)
    assert re.search(r"<ins>.{0,60} List what only one person said\.</ins>", page.text)
    assert re.search(r"Words: 6 → \d\d", told)
    assert re.search(r"Key points kept: 0% → [1-9]", told)
    gained = re.findall(r'(?s)<li class="gain">.*?</li>', page.text)
    assert any("last bus" in item and "minority view" in item for item in gained)
    pair = web.get(f"{stage}?v=3&with=2").text
    lit = re.findall(r'(?s)<mark class="gain"><span id="(g0-\w+)"></span>.*?</mark>', pair)
    assert any(f'<a href="#{anchor}">' in pair for anchor in lit)  # a point leads to its sentence, lit in place
    assert 'aria-label="m@127' in pair
    assert "Version 2" in re.search(r'(?s)<div class="side-by-side">.*?</div>\s*</section>', pair)[0]
    lost = web.get(f"{stage}?v=2&with=3").text
    assert re.search(r'<mark class="loss"><span id="l0-\w+">', lost)
    assert 'class="side-by-side"' in web.get(f"{stage}?view=audience").text
    back = web.get(f"{stage}?v=2")
    assert 'lang="en" maxlength="50000">Summarise.\n\n{{ transcript }}</textarea>' in back.text
    assert POOR in words(back)
    assert 'id="version-2" aria-current="true"' in back.text


def test_a_second_click_runs_nothing(web, stage, server, settings):
    run(web, stage, "Summarise.", server, 1)
    run(web, stage, "Summarise again.", server, 1)
    with library.workbench(settings) as bench:
        assert len(bench.stage(stage.split("/")[2]).runs) == 2


def test_the_next_version_is_run_while_models_judge_the_last_one(web, stage):
    begins = 'aria-keyshortcuts="Control+Enter">'  # without `disabled`
    with FaultServer(["ok", "ok", *["held"] * 8], answer=answer) as server:
        models = f"one@{server.url}\ntwo@{server.url}"
        web.post(f"{stage}/run", data={"known": "1", "text": "Summarise.", "other": models})
        until(lambda: server.kinds["held"], "the first question to a judge, which the server holds")
        assert begins in web.get(stage).text
        server.faults.clear()
        typed = "List what only one person said."
        web.post(f"{stage}/run", data={"known": "2", "text": typed, "other": models})
        server.release()
        page = settled(web, stage)
    assert "2 of 2 recaps written." in words(page)
    assert "Since version 2" in words(page)  # both versions are scored


def test_a_prompt_that_is_wrong_is_said_with_its_line_and_nothing_runs(web, stage, server, settings):
    refused = web.post(f"{stage}/run", data={"known": "1", "text": "One\n{{ nobody }}", "other": f"m@{server.url}"})
    assert refusal(refused)
    assert "line 2" in words(refused)
    assert "{{ nobody }}" in words(refused)
    for form in ({"known": "1", "text": "", "other": f"m@{server.url}"}, {"known": "1", "text": "Summarise."}):
        assert refusal(web.post(f"{stage}/run", data=form))
    with library.workbench(settings) as bench:
        assert len(bench.stage(stage.split("/")[2]).runs) == 1


def test_a_stage_keeps_to_the_policy_of_its_session(web, stage):
    refused = web.post(
        f"{stage}/run", data={"known": "1", "text": "Summarise.", "other": "mistral:mistral-small-latest"}
    )
    assert refusal(refused)
    assert "policy is local" in words(refused)


def test_the_checklist_follows_what_is_typed(web, stage):
    page = words(
        web.post(f"{stage}/check", data={"text": "List what only one person said, in French.", "version": "1"})
    )
    assert "Minority views are asked for." in page
    assert "Say who will read it." in page
    page = web.post(f"{stage}/check", data={"text": "Broken {{ here", "version": "1"})
    assert page.status_code == 200
    assert "Broken {{ here</textarea>" in page.text


def test_the_habit_of_another_tool_runs_as_a_foil(web, stage, server):
    page = run(web, stage, "typed and not sent", server, 1, action="foil", foil="baselines/dominant-themes.md")
    assert "Dominant themes" in words(page)
    assert b"in proportion to the number of people" in server.bodies[-1]
    refused = web.post(
        f"{stage}/run", data={"known": "2", "action": "foil", "foil": "nobody.md", "other": f"m@{server.url}"}
    )
    assert refusal(refused)


def test_a_critique_and_a_challenge_are_shown_beside_and_kept(web, stage, server, settings):
    run(web, stage, "Summarise.", server, 1)
    before = server.kinds.total()
    web.post(f"{stage}/ask", data={"version": "2", "text": "My own prompt.", "whom": f"m@{server.url}"})
    assert "the lone voices of this prompt" in words(settled(web, stage))
    web.post(f"{stage}/ask", data={"version": "2", "challenge": "v1", "whom": f"m@{server.url}"})
    page = settled(web, stage)
    assert "Ottilie Marsh is not in it" in words(page)
    assert "<strong>Lost</strong>" in page.text
    assert server.kinds.total() == before + 2
    web.post(f"{stage}/ask", data={"version": "2", "challenge": "v1", "whom": f"m@{server.url}"})
    settled(web, stage)
    assert server.kinds.total() == before + 2  # an answer that was given is not asked again
    with library.workbench(settings) as bench:
        assert [a.kind for a in bench.stage(stage.split("/")[2]).asked][:2] == ["critique", "challenge"]
    journal = words(web.get("/journal"))
    assert f"127.0.0.1:{server.port}" in journal


def test_a_question_that_fails_says_so_and_loses_nothing(web, stage, server):
    run(web, stage, "Summarise.", server, 1)
    web.post(f"{stage}/ask", data={"version": "2", "text": "X", "whom": "nobody:knows"})
    page = words(settled(web, stage))
    assert "nobody" in page
    web.post(f"{stage}/ask", data={"version": "2", "text": "X", "whom": "mistral:mistral-small-latest"})
    assert "policy is local" in words(settled(web, stage))


def test_a_recording_plays_without_network_through_the_same_pages(web, stage, server, settings, tmp_path):
    run(web, stage, "Summarise.", server, 1)
    run(web, stage, "Summarise. List what only one person said.", server, 2)
    web.post(f"{stage}/ask", data={"version": "3", "challenge": "v1", "whom": f"m@{server.url}"})
    settled(web, stage)
    with pytest.raises(Exception, match="nobody"):
        library.record(["nobody"], settings=settings)
    with library.workbench(settings) as bench:
        versions = bench.stage(stage.split("/")[2]).runs[1:]
    file = tmp_path / "two.comparia"
    recorded = json.loads(library.record(stage=stage.split("/")[2], settings=settings))
    assert len(recorded["runs"]) == 3
    file.write_bytes(library.record(versions, settings=settings))
    server.__exit__()
    elsewhere = Settings(outputs=tmp_path / "elsewhere", policy="local", replay_speed=0)
    opened = library.open_recording(file, settings=elsewhere)
    with TestClient(create_app(elsewhere, port=PORT), base_url=f"http://127.0.0.1:{PORT}") as there:
        there.headers["accept-language"] = "en"
        address = f"/stages/{opened.id}"
        page = there.get(address)
        assert "Play version 1" in words(page)
        assert "Summarise.\n\n{{ transcript }}</textarea>" in page.text
        there.post(f"{address}/run", data={"known": "0", "text": "Summarise."})
        page = settled(there, address)
        assert POOR in words(page)
        assert "List what only one person said.\n\n{{ transcript }}</textarea>" in page.text  # the next one is ready
        there.post(f"{address}/run", data={"known": "1", "text": "Summarise. List what only one person said."})
        page = words(settled(there, address))
        assert "last bus up Weir Road" in page
        assert re.search(r"Words: 6 → \d\d", page)
        refused = there.post(f"{address}/run", data={"known": "2", "text": "Something else."})
        assert "not in the recording" in words(refused)
        assert there.get("/journal").text.count("127.0.0.1") == 0
    server.__enter__()


def test_questions_are_played_from_a_recording(web, stage, server, settings, tmp_path):
    run(web, stage, "Summarise.", server, 1)
    web.post(f"{stage}/ask", data={"version": "2", "text": "Summarise.", "whom": f"m@{server.url}"})
    settled(web, stage)
    web.post(f"{stage}/ask", data={"version": "2", "challenge": "v1", "whom": f"m@{server.url}"})
    settled(web, stage)
    file = tmp_path / "asked.comparia"
    file.write_bytes(library.record(stage=stage.split("/")[2], settings=settings))
    elsewhere = Settings(outputs=tmp_path / "elsewhere", policy="local", replay_speed=0)
    opened = library.open_recording(file, settings=elsewhere)
    with TestClient(create_app(elsewhere, port=PORT), base_url=f"http://127.0.0.1:{PORT}") as there:
        there.headers["accept-language"] = "en"
        address = f"/stages/{opened.id}"
        assert "Extracts: the most central" in words(there.get(address))  # what no model wrote is there already
        assert "Summarise.\n\n{{ transcript }}</textarea>" in there.get(address).text
        there.post(f"{address}/run", data={"known": "1", "text": "Summarise."})
        settled(there, address)
        there.post(f"{address}/ask", data={"version": "2", "text": "Summarise."})
        there.post(f"{address}/ask", data={"version": "2", "challenge": "v1"})
        page = words(there.get(address))
        assert "the lone voices of this prompt" in page
        assert "Ottilie Marsh is not in it" in page


def test_what_is_typed_outlives_questions_other_tabs_and_mistakes(web, stage, server):
    typed = "Typed and not run."
    run(web, stage, "Summarise.", server, 1)
    web.post(f"{stage}/ask", data={"version": "2", "text": typed, "whom": f"m@{server.url}"})
    assert f"{typed}</textarea>" in settled(web, stage).text
    gone = web.get(f"{stage}?v=2")
    assert typed not in gone.text
    assert "A prompt that was being typed is kept." in words(gone)
    assert f"{typed}</textarea>" in web.get(f"{stage}?v=2&draft=1").text
    other = web.post(f"{stage}/run", data={"known": "1", "text": "From another tab.", "other": f"m@{server.url}"})
    assert "Another version was run meanwhile" in words(other)
    assert "From another tab.</textarea>" in other.text
    wrong = web.post(f"{stage}/run", data={"known": "2", "text": "A {{ nobody }}.", "other": f"m@{server.url}"})
    assert "A {{ nobody }}.</textarea>" in wrong.text
    assert "unknown variable" in words(wrong)
    run(web, stage, "From another tab.", server, 2)
    assert typed not in web.get(stage).text  # what was run is what is there


def test_a_version_that_is_stopped_says_what_it_lacks_and_is_taken_up_on_stage(web, stage):
    with FaultServer(answer=answer, faults=["hang"]) as slow:
        web.post(f"{stage}/run", data={"known": "1", "text": "Summarise.", "other": f"m@{slow.url}"})
        time.sleep(0.3)
        stopped = web.post(f"{stage}/stop")
        assert stopped.url.path == stage
        assert "stopped before it was written" in words(settled(web, stage))
        again = web.post(f"{stage}/resume", data={"version": "2"})
        assert again.url.path == stage
        assert POOR in words(settled(web, stage))


def test_every_model_of_every_version_can_be_asked_again(web, stage, server):
    with FaultServer(answer=answer) as other:
        web.post(f"{stage}/run", data={"known": "1", "text": "A.", "other": f"m@{server.url}\nn@{other.url}"})
        settled(web, stage)
        web.post(f"{stage}/run", data={"known": "2", "text": "B.", "backend": f"m@{server.url}"})
        page = settled(web, stage).text
        assert f'value="n@{other.url}"' in page
        assert f'value="m@{server.url}" checked' in page


@pytest.mark.parametrize("version", ["0000019", "9" * 40, "-1", "x", "1" * 5])
def test_odd_addresses_of_versions_are_the_last_one(web, stage, version):
    assert web.get(f"{stage}?v={version}").status_code == 200
    assert (
        web.post(f"{stage}/ask", data={"version": version, "whom": "extractive:speakers", "text": "x"}).status_code
        == 200
    )


def test_a_prompt_as_long_as_may_be_holds_nothing_up(web, stage, server):
    run(web, stage, "word " * 4000, server, 1)
    for text in ("1 " * 24_000, " " * 40_000 + "x", "other words " * 4000, "*a " * 16_000):
        web.post(f"{stage}/check", data={"text": text, "version": "2", "part": "1"})
    run(web, stage, "other " * 8000, server, 2)


def test_names_and_scores_are_hidden_from_a_room_that_will_vote(web, stage, server):
    with FaultServer(answer="Another recap of the meeting, with the last bus up Weir Road.") as other:
        form = {"known": "1", "text": "A.", "other": f"zephyrine@{server.url}\nobsidienne@{other.url}"}
        web.post(f"{stage}/run", data=form)
        settled(web, stage)
        hidden = web.post(f"{stage}/names")
        results = hidden.text.split('class="results"')[1]
        assert "zephyrine" not in results
        assert "obsidienne" not in results
        assert "Key points kept" not in results
        assert "Recap 1" in results
        assert 'aria-pressed="true"' in results
        assert "zephyrine" in web.post(f"{stage}/names").text.split('class="results"')[1]


def test_nothing_of_a_hidden_stage_names_who_wrote(web, stage):
    with FaultServer(answer="By Zephyrine 9B. As an AI model I say: the bus.", faults=["drip"] * 9) as one:
        web.post(f"{stage}/names", data={"text": "Typed."})
        assert "Typed.</textarea>" in web.get(stage).text
        form = {"known": "1", "text": "A.", "other": f"zephyrine-9b@{one.url}\nobsidienne@http://127.0.0.1:9/v1"}
        web.post(f"{stage}/run", data=form)
        streamed = web.get(f"{stage}/events").text
        page = settled(web, stage).text
    results = page.split('class="results"')[1].split("</footer>")[0]
    for text in (streamed, results):
        assert "the bus" in text
        for name in ("ephyrine", "bsidienne", "127.0.0.1"):
            assert name not in text
    assert "It did not answer." in streamed
    assert "1 recap is missing." in words(web.get(stage))
    assert "ephyrine" in web.post(f"{stage}/names", data={"text": ""}).text.split('class="results"')[1]


def test_a_hidden_recap_keeps_its_number_when_another_one_fails(web, stage):
    web.post(f"{stage}/names", data={"text": "Typed."})
    numbers = re.compile(r'id="(v\d)-title">Recap (\d)<')
    drawn = []
    with FaultServer(answer="The bus one.", faults=["held"]) as one, FaultServer(answer="The bus two.") as two:
        for known in range(1, 6):  # the order is drawn anew for each version
            form = {"known": str(known), "text": "A.", "other": f"a@{one.url}\nb@http://127.0.0.1:9/v1\nc@{two.url}"}
            web.post(f"{stage}/run", data=form)
            live = dict(numbers.findall(web.get(stage).text))
            one.release()
            done = dict(numbers.findall(settled(web, stage).text))
            assert len(done) == 2
            if known == 1:  # held, so that it was seen being written
                assert len(live) == 3
                assert done.items() <= live.items()
            drawn.append(sorted(done.values()))
    assert len(set(map(tuple, drawn))) > 1  # not always 1 and 2


def test_an_emptied_prompt_stays_empty(web, stage, server):
    run(web, stage, "Go.", server, 1)
    page = web.post(f"{stage}/check", data={"text": "", "version": "2"}).text
    assert 'maxlength="50000"></textarea>' in page
    refused = web.post(f"{stage}/run", data={"known": "2", "text": "", "backend": f"m@{server.url}"})
    assert "The prompt is empty." in words(refused)
    assert 'maxlength="50000"></textarea>' in refused.text


def test_any_two_versions_stand_beside_each_other(web, stage, server):
    for number, text in enumerate(("One.", "Two. Longer.", "Three. List what only one person said."), start=1):
        run(web, stage, text, server, number)
    page = web.get(f"{stage}?v=4&with=2").text
    pair = page.split('id="pair"')[1]
    assert "From version 2 to version 4" in pair
    assert re.search(r"<del>.*?One\.", pair, re.DOTALL)
    assert "last bus" in pair
    assert 'id="pair"' not in web.get(f"{stage}?v=4&with=4").text
    assert web.get(f"{stage}?v=4&with=99").status_code == 200


def test_the_same_prompt_again_is_said_to_be_chance(web, stage, server):
    run(web, stage, "Summarise.", server, 1)
    assert "all that changed is chance" in words(run(web, stage, "Summarise.", server, 2))


def test_a_foil_in_another_language_is_played_from_a_recording(web, stage, server, settings, tmp_path):
    run(web, stage, "", server, 1, action="foil", foil="baselines/points-principaux.md")
    file = tmp_path / "foil.comparia"
    file.write_bytes(library.record(stage=stage.split("/")[2], settings=settings))
    elsewhere = Settings(outputs=tmp_path / "elsewhere", policy="local", replay_speed=0)
    opened = library.open_recording(file, settings=elsewhere)
    with TestClient(create_app(elsewhere, port=PORT), base_url=f"http://127.0.0.1:{PORT}") as there:
        address = f"/stages/{opened.id}"
        typed = html.unescape(re.search(r'maxlength="50000">(.*?)</textarea>', there.get(address).text, re.DOTALL)[1])
        assert "réunion" in typed
        there.post(f"{address}/run", data={"known": "1", "text": typed.replace("\n", "\r\n")})
        assert POOR in words(settled(there, address))


def test_a_key_that_is_missing_is_said_on_the_stage(web, stage, server, monkeypatch):
    monkeypatch.delenv("MISTRAL_API_KEY", raising=False)
    refused = web.post(f"{stage}/ask", data={"version": "1", "challenge": "v1", "whom": "mistral:x", "text": "Kept."})
    assert refused.status_code == 200
    assert "Kept.</textarea>" in settled(web, stage).text


def test_a_purged_version_leaves_the_stage(web, stage, server, settings):
    run(web, stage, "Summarise.", server, 1)
    with library.workbench(settings) as bench:
        kept, gone = bench.stage(stage.split("/")[2]).runs
    web.post(f"/runs/{gone}/forget")
    assert web.get(stage).status_code == 200
    with library.workbench(settings) as bench:
        assert bench.stage(stage.split("/")[2]).runs == (kept,)
    web.post(f"/runs/{kept}/forget")
    assert web.get(stage).status_code == 404

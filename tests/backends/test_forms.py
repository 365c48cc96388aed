"""Answers held to a JSON Schema: every way is tried in one order, and what a server does not take is learnt once."""

import json

import pytest

from comparia import library
from comparia.backends.forms import FORM_CODES, FORMS, fields_of, form_of, form_sent, is_held
from comparia.config import BackendSettings
from comparia.records import Backend, Request
from tests.fault_server import FaultServer
from tests.scripted_model import ScriptedModel

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
def judged(library_hub, settings):
    """Compare a session and have it judged by one server: gives the requests to judge, and the scored run."""
    transcript, reference = library_hub

    def score(server, **own):
        known = settings.model_copy(
            update={"backends": {"j": BackendSettings(model="j", base_url=server.url, concurrency=1, **own)}}
        )
        run = library.compare(
            transcript, "recap", ["extractive:diversity"], reference=reference, settings=known, metrics=()
        )
        before = len(server.bodies)
        done = library.score(run.id, judge="j", metrics=["key_point_coverage"], settings=known)
        return [json.loads(body) for body in server.bodies[before:]], done

    return score


def notes(run):
    return [item.note for score in run.scores for item in score.evidence if item.note]


@pytest.mark.parametrize("form", [*FORMS, ""])
def test_a_server_that_takes_one_way_is_asked_in_it_after_those_before_it_and_at_once_the_next_time(judged, form):
    with FaultServer(answer=ScriptedModel()) as server:
        server.takes = form
        asked, done = judged(server)
        tried = [sent for sent in map(form_sent, asked) if sent != form]
        expected = FORMS[: FORMS.index(form)] if form else FORMS
        assert tried == [other for other in expected if other != "format"]  # asked elsewhere, and not found
        assert ("/api/chat" in server.paths) is ("format" in expected or form == "format")
        assert form_sent(asked[-1]) == form
        assert notes(done)
        assert {note.partition(":")[0] for note in notes(done)} <= {"judged", "judge_disputed", "quote"}
        server.paths.clear()
        again, done = judged(server)  # another run, another scoring
    assert {form_sent(body) for body in again} == {form}
    assert set(server.paths) == {"/api/chat" if form == "format" else "/v1/chat/completions"}
    assert notes(done)


def test_the_native_way_of_ollama_carries_the_parameters_under_their_names_there(judged):
    with FaultServer(answer=ScriptedModel()) as server:
        server.takes = "format"
        asked, done = judged(server, temperature=0.2, max_tokens=900, extra={"keep_alive": "5m"})
    sent = asked[-1]
    assert sent["options"] == {"temperature": 0.2, "num_predict": 900}
    assert (sent["stream"], sent["keep_alive"]) == (False, "5m")
    assert sent["format"]["properties"]["answers"]
    assert "max_tokens" not in sent
    assert done.scores[0].value is not None


def test_a_server_that_ignores_a_schema_is_asked_in_the_next_way(judged):
    model = ScriptedModel()
    with FaultServer(answer=lambda text: f"Here you are:\n```json\n{model(text)}\n```") as server:
        asked, done = judged(server)
        assert len(asked) > 1
        assert [form_sent(body) for body in asked[:2]] == ["json_schema", "structured_outputs"]
        assert notes(done)  # what came in words was read all the same
        assert not [note for note in notes(done) if note.startswith("judge_")]
        again, _done = judged(server)
    assert form_sent(again[0]) not in [form_sent(body) for body in asked]


def test_of_an_answer_that_was_cut_the_beginning_tells_whether_it_was_held():
    assert is_held('{"answers": []}', whole=True)
    assert not is_held('{"answers": [', whole=True)
    assert is_held(' {"answers": [', whole=False)
    assert not is_held("Here you are: {", whole=False)


def test_what_earlier_versions_learnt_is_understood_and_known_providers_are_not_asked_as_ollama_is():
    request = Request(id="r", backend="b", model="m", messages=(), answer_schema={"type": "object"})
    own, known = (
        Backend(name="b", kind="openai_compatible", model="m", preset=preset)
        for preset in ("openai-compatible", "mistral")
    )
    assert form_of(request, ("json_object",), own) == "structured_outputs"
    assert form_of(request, ("no_schema",), own) == "structured_outputs"
    assert form_of(request, FORM_CODES[:3], own) == "format"
    assert form_of(request, FORM_CODES[:3], known) == "tool"
    assert form_of(request, FORM_CODES, own) == ""
    assert form_of(request.model_copy(update={"answer_schema": None}), (), own) == ""
    for form in FORMS:
        assert form_sent(fields_of(form, {"type": "object"})) == form


def test_a_forced_call_that_comes_as_a_stream_is_read_from_its_pieces():
    from comparia.backends.openai_compatible import Stream

    pieces = ['{"answers"', ": []", "}"]
    shown = []
    stream = Stream(shown.append, called=True)
    for n, piece in enumerate(pieces):
        call = {"index": 0, "function": {"arguments": piece, **({"name": "answer"} if n == 0 else {})}}
        stream.take({"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]})
    stream.take({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]})
    stream.end()
    assert stream.text == '{"answers": []}'
    assert stream.finish == "stop"

"""Studies asked in batches, on a server that takes them as OpenAI's or Mistral's does, and forgets, refuses and stalls."""

import csv
import json
import os
import signal
import subprocess
import sys

import pytest

from comparia import library
from comparia.comparing import batches
from comparia.config import BackendSettings, Settings
from comparia.errors import CompariaError, OutboundRefused, StoreError, StudyError
from comparia.store import open_store
from tests.batch_server import BatchServer
from tests.work import PATIENCE, until

pytestmark = pytest.mark.usefixtures("impatient")

SOON = {"every": 0.05}
MODELS = ("faithful", "majority")


@pytest.fixture(params=["openai", "mistral"])
def server(request):
    with BatchServer(request.param) as running:
        yield running


@pytest.fixture
def openai():
    with BatchServer("openai") as running:
        yield running


def named(server, **more):
    """Both models of the study as backends of one's own, on a server that takes batches."""
    prices = {"input_price": 2.0, "output_price": 6.0, "batch_price": 0.5}
    told = {"base_url": server.url, "batch": server.protocol, **prices, **more}
    return {name: BackendSettings(model=name, **told) for name in MODELS}


@pytest.fixture
def study(make_study, habits):
    """Makes a study whose models are backends of one's own."""

    def build(**options):
        file = make_study(**options)
        file.write_text(file.read_text("utf-8").replace(f"@{habits.url}", ""), "utf-8")
        return file

    return build


def settings_of(tmp_path, server, **more):
    return Settings(outputs=tmp_path / "out", policy="local", backends=named(server, **more))


def batches_of(settings):
    with open_store(settings.database) as store:
        return [batch for line in store.runs.lines() for batch in store.batches.of(line.id)]


def posts(server):
    return [place for method, place in server.asked if method == "POST"]


def test_answers_of_a_batch_are_kept_as_any_other(server, study, tmp_path):
    settings, file = settings_of(tmp_path, server), study(sessions=2, repeats=2)
    state = library.run_study(file, settings=settings, batch=True, **SOON)
    assert (state.planned, state.done, state.failed, state.waiting) == (8, 8, 0, 0)
    assert server.chats == []
    assert len(server.jobs) == 4  # two sessions, two models
    library.score_study(file, settings=settings)
    archive = library.export_study(file, tmp_path / "a.zip", with_names=True, settings=settings)
    found = library.verify_study(archive)
    assert found.differences == ()
    assert (found.requests, found.proven, found.recaps, found.notes) == (8, 8, 8, ())
    (primary,) = library.analyse_study(file, settings=settings).metrics
    assert {mean.model: mean.estimate.value for mean in primary.means} == {"faithful": 1, "majority": 1}


def test_calls_say_batch_and_what_was_paid(server, study, tmp_path):
    settings, file = settings_of(tmp_path, server), study(sessions=1)
    library.run_study(file, settings=settings, batch=True, **SOON)
    library.write_tables(library.study_runs(file, settings=settings), tmp_path / "tables", ("csv",))
    with (tmp_path / "tables" / "calls.csv").open(encoding="utf-8-sig", newline="") as table:
        rows = list(csv.DictReader(table))
    kept = {batch.id for batch in batches_of(settings)}
    assert {row["batch"] for row in rows} == kept
    assert {row["seconds"] for row in rows} == {""}
    assert {float(row["cost"]) for row in rows} == {0.5 * (900 * 2 + 90 * 6) / 1_000_000}
    assert {json.loads(row["parameters"])["temperature"] for row in rows} == {0.5}


def test_a_server_is_left_without_any_file(server, study, tmp_path):
    library.run_study(study(sessions=1), settings=settings_of(tmp_path, server), batch=True, **SOON)
    assert server.files == {}
    assert len(server.removed) == 4  # what was asked and what was answered, for each model


def test_files_that_could_not_be_removed_are_removed_later(openai, study, tmp_path):
    settings, file = settings_of(tmp_path, openai), study(sessions=1)
    openai.faults = [("DELETE", "", "500")] * 4
    state = library.run_study(file, settings=settings, batch=True, **SOON)
    left = set(openai.files)
    assert (state.done, state.waiting, len(state.left)) == (2, 0, 4)
    assert {name for batch in batches_of(settings) for name in batch.left} == left
    state = library.run_study(file, settings=settings, **SOON)
    assert (openai.files, state.left) == ({}, ())


def test_every_request_passes_the_gate_and_stands_in_the_journal(server, study, tmp_path):
    settings, file = settings_of(tmp_path, server), study(sessions=1)
    library.run_study(file, settings=settings, batch=True, **SOON)
    with open_store(settings.database) as store:
        lines = list(store.journal.sendings())
    assert len(lines) == len(server.asked) - 2 + 2  # a file is two requests to nobody: each request of it is a line
    sent = [line for line in lines if line.host.endswith("/v1/files") and line.size]
    assert len(sent) == 2
    assert all(line.tokens > 50 for line in sent)


def test_a_batch_outside_the_policy_is_refused_before_anything_leaves(openai, study, tmp_path):
    settings, file = settings_of(tmp_path, openai, zone="world"), study(sessions=1)
    with pytest.raises(OutboundRefused):
        library.run_study(file, settings=settings, batch=True, **SOON)
    assert openai.asked == []


def test_names_are_hidden_in_what_lies_at_the_provider(openai, study, tmp_path):
    settings, file = settings_of(tmp_path, openai), study(sessions=1, head='pseudonyms = "always"\n')
    kept = []
    openai.item = lambda body: kept.append(json.dumps(body, ensure_ascii=False))
    library.run_study(file, settings=settings, batch=True, **SOON)
    assert kept
    assert not any("Ann Lee" in text or "Moss" in text for text in kept)


def test_items_that_fail_are_failures_that_the_next_run_asks_again(server, study, tmp_path):
    settings, file = settings_of(tmp_path, server), study(sessions=1, repeats=4)
    fates = {1: (500, {"error": {"message": "oops"}}), 2: "expired", 3: "silent"}
    seeds = "seed", "random_seed"
    server.item = lambda body: fates.get(next(body[name] for name in seeds if name in body) - 3)
    state = library.run_study(file, settings=settings, batch=True, **SOON)
    assert (state.done, state.failed, state.waiting) == (2, 6, 0)
    with open_store(settings.database) as store:
        run = store.runs.read(state.runs[0].design.id)
    kinds = [variant.failure.kind for variant in run.variants if variant.failure]
    assert sorted(kinds) == ["bad_response"] * 2 + ["server_error"] * 2 + ["timeout"] * 2
    assert run.status == "partial"
    server.item = lambda _body: None
    asked = len(server.jobs)
    state = library.run_study(file, settings=settings, batch=True, **SOON)
    assert (state.done, state.failed) == (8, 0)
    assert len(server.jobs) == asked + 2
    assert [len(batch.items) for batch in batches_of(settings)] == [4, 4, 3, 3]


@pytest.mark.parametrize(("end", "kind"), [("expired", "timeout"), ("cancelled", "cancelled"), ("failed", "rejected")])
def test_what_came_before_a_batch_ended_is_kept(server, study, tmp_path, end, kind):
    settings, file = settings_of(tmp_path, server), study(sessions=1, repeats=2)
    server.path = ["validating", "in_progress", end]
    server.item = lambda body: None if body["model"] == "faithful" else "silent"
    state = library.run_study(file, settings=settings, batch=True, **SOON)
    there = 0 if end == "failed" else 2
    assert (state.done, state.failed) == (there, 4 - there)
    with open_store(settings.database) as store:
        run = store.runs.read(state.runs[0].design.id)
    assert {variant.failure.kind for variant in run.variants if variant.failure} == {kind}
    server.path, server.item = ["completed"], lambda _body: None
    assert library.run_study(file, settings=settings, **SOON).done == 4
    assert len(server.chats) == 4 - there  # asked again, alone


def test_a_refused_parameter_is_left_out_of_the_next_batch(openai, study, tmp_path):
    settings, file = settings_of(tmp_path, openai), study(sessions=1)
    refusal = {"error": {"message": "Unsupported parameter: 'temperature' is not supported.", "param": "temperature"}}
    openai.item = lambda body: (400, refusal) if "temperature" in body else None
    assert library.run_study(file, settings=settings, batch=True, **SOON).failed == 2
    state = library.run_study(file, settings=settings, batch=True, **SOON)
    assert (state.done, state.failed) == (2, 0)
    with open_store(settings.database) as store:
        run = store.runs.read(state.runs[0].design.id)
    assert all("no_temperature" in variant.warnings for variant in run.variants)


def test_a_busy_server_is_asked_again(server, study, tmp_path):
    jobs = "/batch/jobs" if server.protocol == "mistral" else "/batches"
    server.faults = [
        ("POST", "/files", "429"),
        ("POST", jobs, "429"),
        ("GET", "/batch_1", "429"),
        ("GET", "/content", "429"),
    ]
    state = library.run_study(study(sessions=1), settings=settings_of(tmp_path, server), batch=True, **SOON)
    assert (state.done, state.failed) == (2, 0)
    assert (server.uploads, len(server.jobs)) == (2, 2)
    assert server.faults == []


@pytest.mark.parametrize("what", ["drop", "500"])
def test_a_request_whose_answer_is_lost_makes_no_second_batch(server, study, tmp_path, what):
    jobs = "/batch/jobs" if server.protocol == "mistral" else "/batches"
    server.faults = [("POST", "/files", what), ("POST", jobs, what)]
    state = library.run_study(study(sessions=1), settings=settings_of(tmp_path, server), batch=True, **SOON)
    assert (state.done, len(server.jobs), server.uploads) == (2, 2, 2)


def test_a_batch_is_found_on_the_last_page_of_many(server, study, tmp_path):
    server.page = 1
    jobs = "/batch/jobs" if server.protocol == "mistral" else "/batches"
    server.faults = [("POST", jobs, "drop")]
    state = library.run_study(study(sessions=2), settings=settings_of(tmp_path, server), batch=True, **SOON)
    assert (state.done, len(server.jobs)) == (4, 4)


def test_what_a_server_has_lost_is_asked_again_by_the_next_run(server, study, tmp_path):
    settings, file = settings_of(tmp_path, server), study(sessions=1)
    state = library.run_study(file, settings=settings, batch=True, stay=False, **SOON)
    assert (state.done, state.waiting, len(server.jobs)) == (0, 2, 2)
    server.jobs.clear()
    state = library.run_study(file, settings=settings, batch=True, **SOON)
    assert (state.done, state.failed, state.waiting) == (0, 2, 0)
    state = library.run_study(file, settings=settings, batch=True, **SOON)
    assert (state.done, state.failed) == (2, 0)


def test_a_lost_file_of_answers_is_a_failure_and_no_empty_recap(server, study, tmp_path):
    settings, file = settings_of(tmp_path, server), study(sessions=1)
    server.path = ["completed"]
    library.run_study(file, settings=settings, batch=True, stay=False, **SOON)
    for job in server.jobs.values():
        server._go_on(job)
        del server.files[job["output"]]
    state = library.run_study(file, settings=settings, batch=True, **SOON)
    assert (state.done, state.failed) == (0, 2)
    assert library.run_study(file, settings=settings, batch=True, **SOON).done == 2


def test_a_file_that_the_server_lost_is_sent_again(openai, study, tmp_path):
    settings, file = settings_of(tmp_path, openai), study(sessions=1)
    openai.faults = [("POST", "/batches", "500")] * 16
    state = library.run_study(file, settings=settings, batch=True, **SOON)
    assert (state.failed, len(openai.files), openai.jobs) == (2, 2, {})
    openai.faults, before = [], openai.uploads
    openai.files.clear()
    state = library.run_study(file, settings=settings, batch=True, **SOON)
    assert (state.done, state.failed, openai.uploads, len(openai.jobs)) == (2, 0, before + 2, 2)


def test_a_refused_key_stops_and_leaves_everything_to_be_resumed(openai, study, tmp_path):
    settings, file = settings_of(tmp_path, openai), study(sessions=1)
    library.run_study(file, settings=settings, batch=True, stay=False, **SOON)
    openai.key = "another"
    with pytest.raises(CompariaError, match="no such key"):
        library.run_study(file, settings=settings, batch=True, **SOON)
    openai.key = ""
    assert library.run_study(file, settings=settings, batch=True, **SOON).done == 2
    assert len(openai.jobs) == 2


def test_the_steps_of_a_prompt_follow_one_another_in_batches(server, study, tmp_path):
    settings, file = settings_of(tmp_path, server), study(sessions=1)
    (tmp_path / "prompt.md").write_text(
        "# user\n\nList the views.\n\n{{ transcript }}\n\n# step\n\nNow write the recap.\n", "utf-8"
    )
    state = library.run_study(file, settings=settings, batch=True, **SOON)
    assert (state.done, server.chats) == (2, [])
    with open_store(settings.database) as store:
        run = store.runs.read(state.runs[0].design.id)
    assert {len(variant.calls) for variant in run.variants} == {2}
    assert len(server.jobs) == 4


def test_the_parts_of_a_long_session_are_one_batch(openai, study, tmp_path):
    settings, file = settings_of(tmp_path, openai, context=1000), study(sessions=1)
    session = tmp_path / "s0" / "session.txt"
    long = "".join(f"Ann Lee: On point {n}, the {n}th street of the town needs benches.\n\n" for n in range(60))
    session.write_text(session.read_text("utf-8") + "\n" + long, "utf-8")
    state = library.run_study(file, settings=settings, batch=True, **SOON)
    assert (state.done, openai.chats) == (2, [])
    with open_store(settings.database) as store:
        run = store.runs.read(state.runs[0].design.id)
    assert run.plan.parts > 1
    assert sorted(len(batch.items) for batch in batches_of(settings)) == [1, 1, run.plan.parts, run.plan.parts]


def test_many_requests_are_several_batches(openai, study, tmp_path, monkeypatch):
    monkeypatch.setattr(batches, "MOST_REQUESTS", 3)
    settings, file = settings_of(tmp_path, openai), study(sessions=1, repeats=7, models=("faithful",))
    state = library.run_study(file, settings=settings, batch=True, **SOON)
    assert (state.done, openai.uploads) == (7, 3)
    assert sorted(len(batch.items) for batch in batches_of(settings)) == [1, 3, 3]


def test_a_server_that_lists_nothing_is_sent_again_what_it_may_have(openai, study, tmp_path):
    settings, file = settings_of(tmp_path, openai), study(sessions=1)
    openai.faults = [("POST", "/batches", "500")] * 16
    library.run_study(file, settings=settings, batch=True, **SOON)
    openai.faults, openai.lists = [], False
    assert library.run_study(file, settings=settings, batch=True, **SOON).done == 2


def test_methods_say_how_many_calls_were_in_batches(openai, study, tmp_path):
    settings, file = settings_of(tmp_path, openai), study(sessions=1)
    library.run_study(file, settings=settings, batch=True, **SOON)
    library.score_study(file, settings=settings)
    assert "1 of 1 calls in batches" in library.study_methods(file, settings=settings)


def test_models_that_take_no_batch_are_asked_alone(openai, study, tmp_path):
    backends = named(openai)
    backends["majority"] = backends["majority"].model_copy(update={"batch": None})
    settings = Settings(outputs=tmp_path / "out", policy="local", backends=backends)
    file = study(sessions=1)
    state = library.run_study(file, settings=settings, batch=True, **SOON)
    assert (state.done, len(openai.chats), len(openai.jobs)) == (2, 1, 1)
    backends["faithful"] = backends["majority"].model_copy(update={"model": "faithful"})
    settings = Settings(outputs=tmp_path / "other", policy="local", backends=backends)
    with pytest.raises(StudyError, match="no model of this study takes batches"):
        library.run_study(file, settings=settings, batch=True, **SOON)


def test_no_verb_asks_alone_what_is_in_a_batch(openai, study, tmp_path):
    settings, file = settings_of(tmp_path, openai), study(sessions=1)
    state = library.run_study(file, settings=settings, batch=True, stay=False, **SOON)
    run = library.resume(state.runs[0].design.id, settings=settings)
    assert (run.status, run.variants, openai.chats) == ("started", (), [])
    assert library.run_study(file, settings=settings, **SOON).done == 2  # without --batch, it is waited for
    assert (openai.chats, len(openai.jobs)) == ([], 2)


# Cancelling --------------------------------------------------------------------------------------------------------------


def jobs_of(server):
    return "/batch/jobs" if server.protocol == "mistral" else "/batches"


def cancels(server):
    return [place for place in posts(server) if place.endswith("/cancel")]


def sent_and_left(server, settings, file, status="in_progress"):
    """Batches that are sent and wait, each in a status."""
    server.path = [status]
    state = library.run_study(file, settings=settings, batch=True, stay=False, **SOON)
    assert state.done == 0
    return state


def test_cancelled_batches_keep_what_was_answered_and_the_rest_is_asked_again(server, study, tmp_path):
    settings, file = settings_of(tmp_path, server), study(sessions=1, repeats=3)
    sent_and_left(server, settings, file)
    server.done_when_cancelled = 2
    state = library.cancel_study(file, settings=settings, **SOON)
    assert (state.done, state.failed, state.waiting, state.left) == (4, 2, 0, ())
    assert sorted(cancels(server)) == [f"{jobs_of(server)}/batch_{n}/cancel" for n in (1, 2)]
    assert (server.files, server.chats) == ({}, [])
    with open_store(settings.database) as store:
        run = store.runs.read(state.runs[0].design.id)
    assert {variant.failure.kind for variant in run.variants if variant.failure} == {"cancelled"}
    assert run.status == "partial"
    server.path = ["completed"]
    state = library.run_study(file, settings=settings, batch=True, **SOON)
    assert (state.done, state.failed) == (6, 0)
    assert [len(batch.items) for batch in batches_of(settings)] == [3, 3, 1, 1]


def test_a_batch_is_cancelled_while_it_is_validated(server, study, tmp_path):
    settings, file = settings_of(tmp_path, server), study(sessions=1)
    sent_and_left(server, settings, file, "validating")
    state = library.cancel_study(file, settings=settings, **SOON)
    assert (state.done, state.failed, state.waiting) == (0, 2, 0)
    assert server.files == {}


def test_a_batch_that_has_ended_meanwhile_is_read(server, study, tmp_path):
    settings, file = settings_of(tmp_path, server), study(sessions=1)
    sent_and_left(server, settings, file)
    server.ends_meanwhile = True
    state = library.cancel_study(file, settings=settings, **SOON)
    assert (state.done, state.failed, state.waiting) == (2, 0, 0)


def test_cancelling_does_not_wait_where_it_need_not(server, study, tmp_path):
    settings, file = settings_of(tmp_path, server), study(sessions=1)
    sent_and_left(server, settings, file)
    server.cancelling = 3
    state = library.cancel_study(file, settings=settings, stay=False, **SOON)
    assert (state.waiting, {batch.status for batch in state.batches}) == (2, {"cancelling"})
    state = library.cancel_study(file, settings=settings, **SOON)  # asked to stop once, waited for now
    assert (state.waiting, state.failed, len(cancels(server))) == (0, 2, 2)


def test_a_cancelled_study_asks_nothing_of_anybody(openai, study, tmp_path):
    """Neither the second step of a prompt, nor what never was in a batch, nor a batch that was never sent."""
    backends = named(openai)
    backends["majority"] = backends["majority"].model_copy(update={"batch": None})
    settings, file = Settings(outputs=tmp_path / "out", policy="local", backends=backends), study(sessions=1)
    (tmp_path / "prompt.md").write_text(
        "# user\n\nList the views.\n\n{{ transcript }}\n\n# step\n\nNow write the recap.\n", "utf-8"
    )
    openai.faults = [("POST", "/chat/completions", "403")]
    sent_and_left(openai, settings, file)
    assert openai.faults == []
    openai.done_when_cancelled = 1
    state = library.cancel_study(file, settings=settings, **SOON)
    assert (state.done, state.waiting) == (0, 0)
    assert (openai.chats, len(openai.jobs)) == ([], 1)
    with open_store(settings.database) as store:
        run = store.runs.read(state.runs[0].design.id)
        assert len(store.answers.completions(run.id)) == 1  # the first step is kept
    assert run.status == "cancelled"
    openai.path = ["completed"]
    assert library.run_study(file, settings=settings, batch=True, **SOON).done == 2
    assert len(openai.jobs) == 2  # the second step alone


def test_a_batch_that_was_only_written_down_leaves_nothing_at_the_server(server, study, tmp_path):
    settings, file = settings_of(tmp_path, server), study(sessions=1)
    server.faults = [("POST", jobs_of(server), "500")] * 16
    library.run_study(file, settings=settings, batch=True, **SOON)
    assert (len(server.files), server.jobs) == (2, {})
    server.faults = []
    state = library.cancel_study(file, settings=settings, **SOON)
    assert (state.waiting, server.files, server.jobs) == (0, {}, {})
    assert library.run_study(file, settings=settings, batch=True, **SOON).done == 2


def test_a_provider_that_refuses_to_stop_one_batch_is_asked_to_stop_the_others(openai, study, tmp_path):
    settings, file = settings_of(tmp_path, openai), study(sessions=2)
    sent_and_left(openai, settings, file)
    openai.faults = [("POST", "/batch_1/cancel", "403")]
    with pytest.raises(CompariaError, match="this key may not do that"):
        library.cancel_study(file, settings=settings, **SOON)
    left = library.study_state(file, settings=settings).batches
    assert sorted(batch.status for batch in left) == ["cancelling", "in_progress"]  # those of the other run are over
    assert library.cancel_study(file, settings=settings, **SOON).waiting == 0


def test_a_batch_that_the_provider_has_lost_is_a_failure_to_be_asked_again(server, study, tmp_path):
    settings, file = settings_of(tmp_path, server), study(sessions=1)
    sent_and_left(server, settings, file)
    server.jobs.clear()
    state = library.cancel_study(file, settings=settings, **SOON)
    assert (state.waiting, state.failed, server.files) == (0, 2, {})


def test_a_refused_key_cancels_nothing_and_loses_nothing(server, study, tmp_path):
    settings, file = settings_of(tmp_path, server), study(sessions=1)
    sent_and_left(server, settings, file)
    server.key = "another"
    with pytest.raises(CompariaError, match="no such key"):
        library.cancel_study(file, settings=settings, **SOON)
    server.key, server.path = "", ["completed"]
    assert library.run_study(file, settings=settings, batch=True, **SOON).done == 2


# Answers and files -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("times", [1, 20])
def test_a_file_of_answers_that_comes_cut_is_read_again_and_never_removed_unread(server, study, tmp_path, times):
    settings, file = settings_of(tmp_path, server), study(sessions=1, repeats=2, models=("faithful",))
    sent_and_left(server, settings, file)
    server.path = ["completed"]
    server.faults = [("GET", "/content", "cut")] * times
    state = library.run_study(file, settings=settings, batch=True, stay=False, **SOON)
    if times == 1:
        assert (state.done, server.files) == (2, {})
        return
    assert (state.done, state.failed, state.waiting) == (0, 0, 2)
    assert len(server.files) == 2
    state = library.cancel_study(file, settings=settings, **SOON)  # who will not wait takes what can be read
    assert (state.done, state.failed, state.waiting, server.files) == (1, 1, 0, {})


def test_status_says_why_files_stay_at_the_provider(openai, study, tmp_path):
    settings, file = settings_of(tmp_path, openai), study(sessions=1, models=("faithful",))
    openai.faults = [("DELETE", "", "403")] * 2
    state = library.run_study(file, settings=settings, batch=True, **SOON)
    assert (state.done, len(state.left)) == (1, 2)
    assert [str(reason) for reason in state.refusals] == ["HTTP 403: this key may not do that"]
    state = library.run_study(file, settings=settings, **SOON)
    assert (openai.files, state.left, state.refusals) == ({}, (), ())


def test_a_file_that_is_gone_already_is_removed(server, study, tmp_path):
    settings, file = settings_of(tmp_path, server), study(sessions=1)
    server.faults = [("DELETE", "", "500")] * 4
    library.run_study(file, settings=settings, batch=True, **SOON)
    server.files.clear()
    assert library.run_study(file, settings=settings, **SOON).left == ()


def test_purge_removes_what_lies_at_the_provider(server, study, tmp_path):
    settings, file = settings_of(tmp_path, server), study(sessions=1)
    server.faults = [("DELETE", "", "500")] * 4
    state = library.run_study(file, settings=settings, batch=True, **SOON)
    assert len(server.files) == 4
    run = state.runs[0].design.id
    wanted, _folders = library.purge(run=run, rehearse=True, settings=settings)
    assert sum(len(one.files) for one in wanted.at_servers) == len(server.files) == 4
    done, _folders = library.purge(run=run, settings=settings)
    assert (done.at_servers, server.files) == ((), {})


def test_purge_stops_batches_first_and_removes_nothing_here_before_they_are_over(server, study, tmp_path):
    settings, file = settings_of(tmp_path, server), study(sessions=1)
    run = sent_and_left(server, settings, file).runs[0].design.id
    wanted, _folders = library.purge(run=run, rehearse=True, settings=settings)
    assert [(one.requests, bool(one.server_id)) for one in wanted.at_servers] == [(1, True)] * 2
    assert cancels(server) == []
    with pytest.raises(StoreError, match="being cancelled"):
        library.purge(run=run, settings=settings)
    assert library.study_state(file, settings=settings).waiting == 2
    done, _folders = library.purge(run=run, settings=settings)
    assert (done.runs, done.at_servers, server.files) == ((run,), (), {})


def test_purge_says_what_stays_where_the_provider_refuses(openai, study, tmp_path):
    settings, file = settings_of(tmp_path, openai), study(sessions=1, models=("faithful",))
    run = sent_and_left(openai, settings, file).runs[0].design.id
    openai.key = "another"
    with pytest.raises(StoreError, match="no such key"):
        library.purge(run=run, settings=settings)
    with open_store(settings.database) as store:
        assert store.runs.has(run)
    done, _folders = library.purge(run=run, leave_files=True, settings=settings)
    (left,) = done.at_servers
    assert (left.files, left.server_id, left.address) == (tuple(openai.files), "batch_1", openai.url)
    assert "no such key" in str(left.reason)
    with open_store(settings.database) as store:
        assert not store.runs.has(run)


# Prices ------------------------------------------------------------------------------------------------------------------


def test_the_price_is_shown_before_anything_is_sent(openai, study, tmp_path):
    check = library.check_study(study(sessions=1), settings=settings_of(tmp_path, openai))
    assert check.batch_cost == pytest.approx(check.cost / 2)
    (terms,) = check.terms
    assert (terms.models, terms.price, terms.hours) == (MODELS, 0.5, None)
    assert openai.asked == []


def test_providers_say_what_batches_cost_and_how_long_files_are_kept(openai, study, tmp_path):
    file = study(sessions=1)
    text = file.read_text("utf-8").replace('policy = "local"', 'policy = "world"')
    for name, backend in zip(MODELS, ("openai:gpt-4.1-mini", "mistral:mistral-small-latest"), strict=True):
        text = text.replace(f'backend = "{name}"', f'backend = "{backend}"')
    file.write_text(text, "utf-8")
    check = library.check_study(file, settings=Settings(outputs=tmp_path / "out", policy="world"))
    assert check.batch_cost == pytest.approx(check.cost / 2)
    assert [(one.models, one.price, one.hours, one.kept_days, one.answers_hours) for one in check.terms] == [
        (("faithful",), 0.5, 24, 30, None),
        (("majority",), 0.5, 24, 30, 24),
    ]
    assert all(one.read_on for one in check.terms)


# Kills -------------------------------------------------------------------------------------------------------------------

TOML = """
policy = "local"
outputs = "out"
{backends}
"""


def written(tmp_path, server):
    """A comparia.toml with both models, as a user has it."""
    tables = "".join(
        f'[backends.{name}]\nmodel = "{name}"\nbase_url = "{server.url}"\nbatch = "{server.protocol}"\n'
        "input_price = 2.0\noutput_price = 6.0\nbatch_price = 0.5\n"
        for name in MODELS
    )
    (tmp_path / "comparia.toml").write_text(TOML.format(backends=tables), "utf-8")


def process(tmp_path, *arguments, verb="study"):
    return subprocess.Popen(
        [sys.executable, "-m", "comparia", verb, *arguments, "--trust"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"COMPARIA_LANG": "en", "COLUMNS": "140"},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


@pytest.mark.parametrize("place", ["nothing", "file", "batch", "look", "answers", "removal"])
def test_kill_minus_nine_at_any_point_sends_no_batch_twice(server, study, tmp_path, place):
    jobs = "/batch/jobs" if server.protocol == "mistral" else "/batches"
    fault = {
        "nothing": ("POST", "/files", "stall"),  # the batch is written down, the server has nothing
        "file": ("POST", "/files", "hold"),  # the server has the file, nobody here knows its id
        "batch": ("POST", jobs, "hold"),  # the server has the batch, nobody here knows its id
        "look": ("GET", "/batch_1", "hold"),
        "answers": ("GET", "/content", "hold"),
        "removal": ("DELETE", "", "hold"),  # the answers are kept, the files not all removed
    }[place]
    server.faults = [fault]
    file = study(sessions=1, repeats=2)
    written(tmp_path, server)
    running = process(tmp_path, "run", file, "--batch", "--every", "0.05")
    until(lambda: server.held.is_set() or running.poll() is not None, "the point")
    running.send_signal(signal.SIGKILL)
    running.communicate()
    again = process(tmp_path, "run", file, "--batch", "--every", "0.05")
    out, err = again.communicate(timeout=PATIENCE)
    assert again.returncode == 0, err
    assert "4 of 4" in out
    assert (len(server.jobs), server.uploads) == (2, 2)
    assert server.chats == []
    assert server.files == {}


def test_ctrl_c_says_how_to_go_on_and_status_says_what_waits(openai, study, tmp_path):
    openai.path = ["validating", "in_progress"]
    file = study(sessions=1)
    written(tmp_path, openai)
    running = process(tmp_path, "run", file.name, "--batch", "--every", "0.05")
    looks = [("GET", "/batches/batch_2")] * 3
    until(lambda: openai.asked.count(looks[0]) >= len(looks) or running.poll() is not None, "some looks")
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=PATIENCE)
    assert running.returncode == 130
    assert "comparia study run small.study.toml --batch" in err
    assert "comparia study cancel small.study.toml" in err
    assert "Traceback" not in err
    assert "2 batches · 2 requests" in err
    assert "lie as files at" in " ".join(out.split())
    status = process(tmp_path, "status", file.name)
    out, _err = status.communicate(timeout=PATIENCE)
    assert status.returncode == 3
    assert "Waited for: 2 batches · 2 requests" in out
    assert "s0, faithful: sent on" in out
    assert "being answered, 0 of 1" in out
    resumed = process(tmp_path, "last", verb="resume")
    _out, err = resumed.communicate(timeout=PATIENCE)
    assert resumed.returncode == 3
    assert "waits in a batch" in err
    openai.path = ["completed"]
    again = process(tmp_path, "run", file.name, "--batch", "--every", "0.05", "--json")
    out, err = again.communicate(timeout=PATIENCE)
    assert again.returncode == 0, err
    assert json.loads(out)["waiting"] == 0
    assert "lie as files at" in " ".join(err.split())
    assert len(openai.jobs) == 2


def test_the_verb_that_cancels_says_what_is_left_to_ask(openai, study, tmp_path):
    openai.path = ["in_progress"]
    file = study(sessions=1)
    written(tmp_path, openai)
    process(tmp_path, "run", file.name, "--batch", "--no-wait").communicate(timeout=PATIENCE)
    out, _err = process(tmp_path, "status", file.name).communicate(timeout=PATIENCE)
    assert "Stop them: comparia study cancel small.study.toml" in out
    running = process(tmp_path, "cancel", file.name, "--every", "0.05")
    out, err = running.communicate(timeout=PATIENCE)
    assert running.returncode == 0, err
    assert "No batch waits at a provider's." in out
    assert "Ask for what is missing: comparia study run small.study.toml" in out
    again = process(tmp_path, "cancel", file.name, "--json")
    out, _err = again.communicate(timeout=PATIENCE)
    assert (again.returncode, json.loads(out)["waiting"]) == (0, 0)
    assert len(cancels(openai)) == 2


def test_the_verb_that_purges_names_the_files_that_stay(openai, study, tmp_path):
    openai.path = ["in_progress"]
    file = study(sessions=1, models=("faithful",))
    written(tmp_path, openai)
    process(tmp_path, "run", file.name, "--batch", "--no-wait").communicate(timeout=PATIENCE)
    openai.key = "another"
    out, _err = process(tmp_path, "last", "--dry-run", verb="purge").communicate(timeout=PATIENCE)
    assert "a batch of 1 request, whose answer is lost, 1 file" in out
    refused = process(tmp_path, "last", "--yes", verb="purge")
    _out, err = refused.communicate(timeout=PATIENCE)
    assert refused.returncode == 1
    assert "Nothing was removed here" in err
    done = process(tmp_path, "last", "--yes", "--leave-files", verb="purge")
    out, err = done.communicate(timeout=PATIENCE)
    assert done.returncode == 0, err
    assert "1 run removed" in out
    (name,) = openai.files
    assert name in err
    assert "batch_1" in err


def test_check_says_the_price_and_sends_nothing(openai, study, tmp_path):
    file = study(sessions=1)
    written(tmp_path, openai)
    out, _err = process(tmp_path, "check", file.name).communicate(timeout=PATIENCE)
    assert "In batches (comparia study run" in out
    assert "50% of the price, as the settings say" in out
    assert openai.asked == []

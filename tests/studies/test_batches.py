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
from comparia.errors import CompariaError, OutboundRefused, StudyError
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
    (tmp_path / "prompt.md").write_text("List the views.\n\n---\n\nNow write the recap.\n", "utf-8")
    state = library.run_study(file, settings=settings, batch=True, **SOON)
    assert (state.done, server.chats) == (2, [])
    with open_store(settings.database) as store:
        run = store.runs.read(state.runs[0].design.id)
    steps = {len(variant.calls) for variant in run.variants}
    assert len(server.jobs) == 2 * steps.pop()


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


def test_check_says_the_price_and_sends_nothing(openai, study, tmp_path):
    file = study(sessions=1)
    written(tmp_path, openai)
    out, _err = process(tmp_path, "check", file.name).communicate(timeout=PATIENCE)
    assert "In batches (comparia study run" in out
    assert "50% of the price, as the settings say" in out
    assert openai.asked == []

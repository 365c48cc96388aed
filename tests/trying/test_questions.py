"""Questions about a prompt or a recap: from files anybody may edit, under the policy and the pseudonyms of the run."""

import asyncio

import pytest

from comparia import library, privacy
from comparia.config import BackendSettings, Settings, shipped
from comparia.errors import ConfigurationError, OutboundRefused, PromptError
from comparia.prompts import written
from comparia.trying import ask, question_file
from comparia.trying.questions import messages_for
from tests.fault_server import FaultServer


@pytest.fixture
def run(make_run, make_variant):
    prompt = written("Summarise. {{ transcript }}", "en", name="typed")
    recap = make_variant("v1", "The market should stay on the square.", backend="m", author="model", prompt=prompt.id)
    return make_run([recap], prompts=(prompt,)).model_copy(update={"fence": "abcdefghijklmnopqrstuvwx"})


def test_a_critique_holds_the_prompt_and_not_the_session(run):
    system, user = messages_for("critique", run, None)
    assert system.role == "system"
    assert "Summarise. {{ transcript }}" in user.content
    assert "against closing the square" not in user.content


def test_a_challenge_holds_the_recap_and_the_session_between_fences(run):
    content = messages_for("challenge", run, run.variants[0])[-1].content
    assert "The market should stay on the square." in content
    assert "against closing the square" in content
    assert (
        content.count("=====abcdefghijklmnopqrstuvwx=====") == 5
    )  # named once, drawn around the session and around the recap


def test_values_are_never_read_for_variables(run):
    typed = "Say {{ recap }} and {{ transcript }}"
    assert typed in messages_for("critique", run, None, typed)[-1].content


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("kind", ["critique", "challenge"])
def test_every_shipped_question_is_there_in_both_languages(kind, language, run):
    assert question_file(kind, language).resolve() == (shipped("prompts") / f"questions/{kind}.{language}.md").resolve()
    session = run.transcript.model_copy(update={"language": language})
    assert messages_for(kind, run.model_copy(update={"transcript": session}), run.variants[0])


def test_ones_own_question_wins_and_its_faults_have_a_line(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    own = tmp_path / "prompts" / "questions"
    own.mkdir(parents=True)
    (own / "critique.en.md").write_text("---\nname: Mine\n---\n# user\n\nIs it kind? {{ prompt }}\n")
    assert messages_for("critique", run, None)[-1].content.startswith("Is it kind?")
    (own / "critique.en.md").write_text("# user\n\nIs it {{ kind }}?\n")
    with pytest.raises(PromptError) as error:
        messages_for("critique", run, None)
    assert error.value.line == 3


def test_nothing_to_ask_about_is_said(run):
    with pytest.raises(ConfigurationError, match="no recap"):
        messages_for("challenge", run, None)
    with pytest.raises(ConfigurationError, match="no prompt"):
        messages_for("critique", run.model_copy(update={"prompts": ()}), None)


@pytest.fixture
def stored(tmp_path):
    with library.open_store(Settings(outputs=tmp_path / "outputs")) as store:
        yield store


def asked(run, store, settings, name, **more):
    store.runs.start(run)
    return asyncio.run(ask("challenge", run, name, store, settings, variant=run.variants[0], **more))


def test_a_zone_beyond_the_policy_is_refused_before_anything_is_sent(run, stored):
    with pytest.raises(OutboundRefused):
        asked(run, stored, Settings(), "mistral:mistral-small-latest")
    assert list(stored.journal.sendings()) == []


def test_names_are_hidden_from_who_is_asked_and_put_back_in_the_answer(run, stored, library_hub):
    session, _reference = library_hub
    hidden = privacy.AUTO.of(session)
    veil = privacy.veil_of(hidden, session)
    run = run.model_copy(update={"transcript": session, "pseudonyms": hidden})
    with FaultServer(answer=veil.apply("Lost: Ottilie Marsh [T28].")) as server:
        found = asked(run, stored, Settings(), f"m@{server.url}")
        sent = b"".join(server.bodies).decode()
    assert found.text == "Lost: Ottilie Marsh [T28]."
    assert "Ottilie" not in sent
    assert "Marsh" not in sent
    assert [line.pseudonymised for line in stored.journal.sendings()] == [True]


def test_a_session_too_long_for_who_is_asked_is_said(run, stored, library_hub):
    run = run.model_copy(update={"transcript": library_hub[0]})
    small = BackendSettings(preset="openai-compatible", model="m", base_url="http://127.0.0.1:9/v1", context=2500)
    with pytest.raises(ConfigurationError, match="too long"):
        asked(run, stored, Settings(backends={"small": small}), "small")


def test_extracts_are_not_asked(run, stored):
    with pytest.raises(ConfigurationError, match="not a model"):
        asked(run, stored, Settings(), "extractive:speakers")

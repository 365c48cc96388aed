"""Recaps in plain language and translations: asked under the policy of the run, checked, kept, sent out."""

import json
import zipfile
from io import BytesIO

import pytest

from comparia import library
from comparia.adapting import LANGUAGES, request_file
from comparia.config import Settings, shipped
from comparia.errors import BackendError, ConfigurationError, OutboundRefused, PromptError, UnknownName
from comparia.prompts import load_question
from comparia.reports import wording
from tests.fault_server import FaultServer
from tests.scripted_model import ScriptedModel

SAMPLE = shipped("transcripts") / "library-and-hub"
RECAP = (
    "# Recap\n\n"
    "Ottilie Marsh said the library on Tanner Street must stay open on Saturdays [T28].\n\n"
    "Nobody decided anything that evening."
)
SPANISH = (
    "# Resumen\n\nLa biblioteca de la calle Tanner debe seguir abierta los sábados, según una de las personas que "
    "hablaron en la reunión. No se decidió nada esa tarde y la gente se fue a casa con muchas preguntas sobre el horario."
)


@pytest.fixture
def settings(tmp_path):
    return Settings(outputs=tmp_path / "outputs")


@pytest.fixture
def run(settings):
    """The sample session, compared by extracts, with a recap that says what the points say."""
    done = library.compare(
        library.read_transcript(SAMPLE / "session.vtt", SAMPLE / "chat.txt"),
        backends=["extractive:centrality"],
        reference=SAMPLE / "reference.yaml",
        settings=settings,
    )
    points = " ".join(point.text for point in done.reference.key_points[:6])
    return library.import_text(done.id, f"# Recap\n\n{points}", "Ann", settings=settings)


def recap_of(run):
    return next(variant for variant in run.variants if variant.author == "human")


def adapted(run, server, settings, kind="plain", language="en", **more):
    return library.adapt_recap(run, recap_of(run).id, kind, language, f"m@{server.url}", settings=settings, **more)


def test_a_version_that_leaves_views_out_says_which(run, settings):
    held = run.reference.key_points
    with FaultServer(answer=f"# Recap\n\n{held[0].text} {held[1].text}") as server:
        done = adapted(run, server, settings)
        sent = b"".join(server.bodies).decode()
    assert held[0].text.split(".")[0] in json.loads(server.bodies[0])["messages"][-1]["content"]
    assert "plain English" in sent
    assert "[T1]" not in sent  # the session is not sent
    outcome = done.outcome
    assert {held[0].id, held[1].id} <= {p.key_point for p in outcome.kept}
    assert {p.key_point for p in outcome.lost} & {p.id for p in held[2:6]}
    assert library.adaptations_of(run.id, settings=settings) == [done]
    base, *others = wording.outcome_sentences(done)
    assert base.startswith(f"Of the {sum(map(len, outcome))} key points that the recap holds")
    assert any("lost" in line for line in others)
    assert "words alone" in others[-1]


def test_the_same_version_is_not_asked_for_twice(run, settings):
    with FaultServer(answer="Short.") as server:
        first = adapted(run, server, settings)
        library.remove_adaptation(first.id, settings=settings)
        again = adapted(run, server, settings)
        assert sum(server.answered.values()) == 1
    assert again.request == first.request
    assert again.text == "Short."


def test_words_say_nothing_of_a_translation_and_it_says_so(run, settings):
    with FaultServer(answer=SPANISH) as server:
        done = adapted(run, server, settings, "translation", "es")
    assert done.reason == "other_language:es"
    assert {point.after for point in done.points} == {"unscored"}
    (said,) = wording.outcome_sentences(done)
    assert said.startswith(
        "Not checked against the key points: The recap is in another language than the session (Spani"
    )


def test_another_model_judges_a_translation_and_its_writer_never_does(run, settings):
    with FaultServer(answer=SPANISH) as writer, FaultServer(answer=ScriptedModel()) as judge:
        judge.answers_as = "other"
        by_itself = adapted(run, writer, settings, "translation", "es", judge=f"m@{writer.url}")
        assert by_itself.reason == "judge_is_author"
        judged = library.check_adaptation(by_itself, judge=f"other@{judge.url}", settings=settings)
    assert judged.reason == ""
    assert judged.judge == f"other@{judge.url}"
    assert judged.points
    assert {point.after for point in judged.points} <= {
        "absent",
        "kept",
        "partly",
        "uncertain",
        "softened",
        "lent_to_all",
    }
    assert library.read_adaptation(judged.id, settings=settings) == judged


def test_names_are_hidden_from_the_model_and_put_back(settings):
    from comparia import privacy

    session = library.read_transcript(SAMPLE / "session.vtt")
    hiding = privacy.AUTO._replace(mode="always")
    done = library.compare(session, backends=["extractive:centrality"], hiding=hiding, settings=settings)
    hidden = privacy.AUTO.of(session)
    veil = privacy.veil_of(hidden, session)
    run = library.import_text(done.id, RECAP, "Ann", settings=settings)
    run = run.model_copy(update={"pseudonyms": hidden})
    with FaultServer(answer=veil.apply("Ottilie Marsh said: keep the library [T28].")) as server:
        whole = adapted(run, server, settings)
        sent = b"".join(server.bodies).decode()
    with FaultServer(answer="Somebody said: keep the library.") as server:
        lost = adapted(run, server, settings)
    assert whole.text == "Ottilie Marsh said: keep the library [T28]."
    assert whole.not_restored == 0
    assert "Ottilie" not in sent
    assert lost.not_restored == 2  # a first name and a surname
    assert "2 hidden names" in wording.hidden_left_sentence(lost.not_restored)


def test_a_zone_beyond_the_policy_is_refused_before_anything_is_sent(run, settings):
    local = run.model_copy(update={"policy": "local"})
    with pytest.raises(OutboundRefused):
        library.plan_adaptation(
            local, recap_of(run).id, "plain", "en", "mistral:mistral-small-latest", settings=settings
        )
    assert library.adaptations_of(run.id, settings=settings) == []


def test_what_cannot_be_adapted_is_said(run, settings):
    with FaultServer() as server:
        name = f"m@{server.url}"
        with pytest.raises(ConfigurationError, match="no such recap"):
            library.plan_adaptation(run, "v9", "plain", "en", name, settings=settings)
        with pytest.raises(ConfigurationError, match="not translated into xx"):
            library.plan_adaptation(run, recap_of(run).id, "translation", "xx", name, settings=settings)
        with pytest.raises(ConfigurationError, match="not a model"):
            library.plan_adaptation(run, recap_of(run).id, "plain", "en", "extractive:speakers", settings=settings)
        with pytest.raises(ConfigurationError, match="language of the session"):
            library.plan_adaptation(run, recap_of(run).id, "plain", "es", name, settings=settings)
        with pytest.raises(UnknownName):
            library.plan_adaptation(run, recap_of(run).id, "plain", "en", name, judge="nobody:x", settings=settings)
        (line,) = library.plan_adaptation(run, recap_of(run).id, "plain", "en", name, settings=settings)
        judge = "j@http://127.0.0.1:9/v1"
        both = library.plan_adaptation(run, recap_of(run).id, "plain", "en", name, judge=judge, settings=settings)
        assert sum(server.arrived.values()) == 0
    assert line.calls == 1
    assert [one.what for one in both] == ["recaps", "judging"]
    assert both[1].models[0].name == judge
    assert line.output_tokens >= 1000


def test_a_version_without_key_points_is_written_and_says_that_it_is_not_checked(settings):
    session = library.read_transcript(SAMPLE / "session.vtt")
    done = library.compare(session, backends=["extractive:centrality"], settings=settings)
    run = library.import_text(done.id, RECAP, "Ann", settings=settings)
    with FaultServer(answer="Short.") as server:
        made = adapted(run, server, settings)
    assert made.reason == "no_reference"
    assert made.text == "Short."


def test_its_document_says_how_it_was_made_and_holds_nothing_else(run, settings):
    with FaultServer(answer="# Easy\n\nThe library stays.") as server:
        done = adapted(run, server, settings)
    content = library.adapted_document(run, done, "docx")
    with zipfile.ZipFile(BytesIO(content)) as package:
        words = package.read("word/document.xml").decode()
    assert "The library stays." in words
    assert "Version in plain language of the recap “Ann”" in words
    assert run.reference.key_points[0].text not in words
    assert library.adapted_document(run, done, "markdown").decode().endswith("# Easy\n\nThe library stays.\n")


def test_it_is_removed_with_its_run(run, settings):
    with FaultServer(answer="Short.") as server:
        done = adapted(run, server, settings)
    with library.open_store(settings) as store:
        store.purge(run=run.id)
    with pytest.raises(UnknownName):
        library.read_adaptation(done.id, settings=settings)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("kind", ["plain", "translation"])
def test_every_shipped_request_is_there_in_both_languages(kind, language):
    file = request_file(kind, language)
    assert file.resolve() == (shipped("prompts") / f"questions/{kind}.{language}.md").resolve()
    messages = load_question(file, {"recap": "THE RECAP", "language": "THE LANGUAGE"})
    content = "\n".join(message.content for message in messages)
    assert "THE RECAP" in content
    assert "THE LANGUAGE" in content
    assert "{{" not in content


def test_ones_own_request_wins_and_its_faults_have_a_line(run, settings, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    own = tmp_path / "prompts" / "questions"
    own.mkdir(parents=True)
    (own / "plain.en.md").write_text("# user\n\nShorter, in {{ tongue }}: {{ recap }}\n")
    with pytest.raises(PromptError) as error:
        library.plan_adaptation(run, recap_of(run).id, "plain", "en", "m@http://127.0.0.1:9/v1", settings=settings)
    assert error.value.line == 3


def test_every_language_has_a_name_in_both_languages():
    from comparia.messages import speaking
    from comparia.reports.languages import language_name

    for spoken in ("fr", "en"):
        with speaking(spoken):
            assert all(language_name(code) != code for code in LANGUAGES)


def test_the_command_says_what_it_takes_then_what_was_lost(run, settings, comparia, tmp_path):
    held = run.reference.key_points
    with FaultServer(answer=f"# Recap\n\n{held[0].text}") as server:
        arguments = ["adapt", run.id, "--recap", recap_of(run).id, "--plain", "-b", f"m@{server.url}"]
        arguments += ["--outputs", str(settings.outputs)]
        planned = comparia(*arguments, "--dry-run")
        assert sum(server.arrived.values()) == 0
        file = tmp_path / "plain.md"
        shown = comparia(*arguments, "--to", str(file))
        told = json.loads(comparia(*arguments, "--json"))
    assert "read" in planned
    assert held[0].text.split()[0] in shown
    assert "lost" in shown
    assert file.read_text("utf-8").startswith("*Version in plain language")
    assert told["kind"] == "plain"


def test_a_name_that_is_a_part_of_another_one_is_missed_all_the_same():
    from comparia.adapting import _holds

    assert _holds("PHILIBERT refuses.", "Philibert")
    assert not _holds("Philiberte agrees.", "Philibert")


def test_a_judge_that_cannot_be_asked_leaves_the_text_and_says_that_it_is_not_checked(run, settings, impatient):
    with FaultServer(answer="Short.") as server, FaultServer(faults=["403"] * 20) as judge, pytest.raises(BackendError):
        adapted(run, server, settings, judge=f"other@{judge.url}")
    (kept,) = library.adaptations_of(run.id, settings=settings)
    assert (kept.text, kept.reason, kept.points) == ("Short.", "not_checked", ())
    assert "was not checked yet" in wording.outcome_sentences(kept)[0]

"""Recordings made by earlier versions, and the recaps that ship with the samples: every later version plays them to the end."""

import json
from pathlib import Path

import pytest

from comparia import comparing, library
from comparia.config import Settings
from comparia.library import samples
from comparia.reports import wording
from comparia.reports.view import View

FROZEN = sorted((Path(__file__).parent / "frozen").glob("*.comparia"))


@pytest.mark.parametrize("file", FROZEN, ids=lambda file: file.stem)
def test_a_recording_of_an_earlier_version_is_played_word_for_word(file, tmp_path):
    settings = Settings(outputs=tmp_path, replay_speed=0, policy="local")
    written = {
        (variant["prompt"], variant["repeat"]): variant["summary"]
        for run in json.loads(file.read_text("utf-8"))["runs"]
        for variant in run["variants"]
        if variant["author"] == "model"
    }
    assert written
    stage = library.open_recording(file, settings=settings)
    played = {}
    for recorded in stage.recorded:
        run = library.read_run(recorded, settings=settings)
        again = library.compare(
            run.transcript, run.prompts, [f"replay:{run.id}"], reference=run.reference or False, settings=settings
        )
        assert again.status == "complete"
        assert again.sendings == ()
        assert again.scored
        played |= {(v.prompt, v.repeat): v.summary for v in again.variants}
    assert played == written


def test_the_same_request_in_other_words_finds_its_recorded_answer(tmp_path, monkeypatch):
    """A version that writes its requests otherwise asks other questions: the place in the conversation tells them."""
    settings = Settings(outputs=tmp_path, replay_speed=0, policy="local")
    stage = library.open_recording(FROZEN[0], settings=settings)
    run = library.read_run(stage.recorded[0], settings=settings)
    instructions = comparing.outgoing.variables
    monkeypatch.setattr(
        comparing.outgoing,
        "variables",
        lambda *given: {name: f"{value} (otherwise)" for name, value in instructions(*given).items()},
    )
    again = library.compare(run.transcript, run.prompts, [f"replay:{run.id}"], reference=False, settings=settings)
    assert again.status == "complete"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_demonstration_replays_three_recaps_beside_an_extract(language, tmp_path):
    settings = Settings(outputs=tmp_path, policy="local")
    run = library.carry_out(library.demonstration(language, settings=settings), settings=settings)
    assert (run.status, run.scored, run.sendings) == ("complete", True, ())
    sample = samples.SAMPLES[language]
    kept = comparing.demonstrations.demonstration(sample)
    last = {prompt: answer.text for (prompt, _role), answer in kept.answers.items()}
    assert {v.prompt: v.summary for v in run.variants if v.author == "model"} == last
    assert [v.author for v in run.variants] == ["model", "model", "model", "extractive"]
    for variant in run.variants[:3]:
        assert (variant.model, variant.input_tokens, variant.output_tokens, variant.seconds) == ("", None, None, 0)
        assert "2026" in wording.written_by(run, variant)
        assert "demonstration" in wording.written_by(run, variant)
    assert len(run.prompts) == 3
    for form in ("html", "markdown", "text", "docx"):
        content = library.render(run, form)
        if form != "docx":
            text = " ".join(content.decode().split())
            first, then = ('id="lost"', 'id="scores"') if form == "html" else ("minority views", "Scores")
            assert text.index(first) < text.index(then)
            assert "replayed; nothing is sent" in text


def test_the_demonstration_answers_the_shipped_prompts():
    """Where a shipped prompt is changed, its recap has to be written anew: an answer to other words proves nothing."""
    for language, prompts in (("fr", "compte-rendu"), ("en", "recap")):
        kept = comparing.demonstrations.demonstration(samples.SAMPLES[language])
        assert [prompt.id for prompt in kept.prompts] == [p.id for p in library.load_prompt_set(prompts)]


def test_views_that_no_recap_keeps_come_first_and_are_those_of_the_table(tmp_path):
    settings = Settings(outputs=tmp_path, policy="local")
    run = library.carry_out(library.demonstration("fr", settings=settings), settings=settings)
    view = View(run)
    lost = view.lost
    assert lost
    for row in view.rows:
        found = any(cell.verdict in ("kept", "partly", "softened") for cell in row.cells)
        assert (row in lost) != found
    page = library.render(run, "html").decode()
    first = page.split('aria-labelledby="lost"')[1].split("</section>")[0]
    assert page.index('id="lost"') < page.index('id="scores"')
    in_the_open = first.split("<details")[0]
    for row in lost:
        assert not row.minority or f'href="#{row.point.id}"' in in_the_open
        assert f'href="#{row.point.id}"' in first
        assert f'id="{row.point.id}"' in page

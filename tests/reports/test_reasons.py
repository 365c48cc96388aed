"""Reasons are codes in records, and sentences in the reader's language where they are shown."""

import ast
from pathlib import Path

import pytest

import comparia
from comparia import library
from comparia.config import Settings
from comparia.messages import speaking
from comparia.reports.reasons import REASONS, worded

PACKAGE = Path(comparia.__file__).parent


def test_metrics_and_matching_hold_no_sentence_of_a_reader():
    for path in [*PACKAGE.glob("metrics/[a-z]*.py"), *PACKAGE.glob("matching/*.py")]:
        imported = {
            alias.name
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.ImportFrom) and node.module == "comparia.messages"
            for alias in node.names
        }
        assert not imported & {"gettext", "ngettext"}, path.name


@pytest.mark.parametrize(
    ("text", "french", "english"),
    [
        ("few_recaps:3", "Moins de 3", "Fewer than 3 recaps."),
        ("held:1:7", "1", "held by 1 of 7"),
        ("Rien n’est cité.", "Rien n’est cité.", "Rien n’est cité."),
        ("12:30", "12:30", "12:30"),
    ],
)
def test_a_code_is_worded_and_anything_else_stays(text, french, english):
    with speaking("fr"):
        assert french in worded(text)
    with speaking("en"):
        assert worded(text) == english


def test_a_run_scored_in_french_reads_wholly_in_english_and_the_reverse(tmp_path):
    folder = PACKAGE.parent / "transcripts" / "library-and-hub"
    session = library.read_transcript(folder / "session.vtt", folder / "chat.txt")
    settings = Settings(outputs=tmp_path, policy="local")
    pages = {}
    for stored_in in ("fr", "en"):
        with speaking(stored_in):
            run = library.compare(session, reference=folder / "reference.yaml", settings=settings)
        for read_in in ("fr", "en"):
            with speaking(read_in):
                text = library.render(library.read_run(run.id, settings=settings), "text").decode()
            pages[stored_in, read_in] = text.replace(run.id, "RUN").replace(f"{run.created_at:%Y}", "YEAR")
        stored = [score.model_dump() for score in run.scores]
        pages[stored_in, "scores"] = stored
    assert pages["fr", "scores"] == pages["en", "scores"]
    lines = {
        key: [line for line in page.splitlines() if "RUN" not in line]
        for key, page in pages.items()
        if key[1] != "scores"
    }
    assert lines["fr", "en"] == lines["en", "en"]
    assert lines["fr", "fr"] == lines["en", "fr"]
    assert lines["fr", "fr"] != lines["fr", "en"]
    assert set(REASONS) > {
        score["reason"] for score in pages["fr", "scores"] if score["reason"] and ":" not in score["reason"]
    }

"""Notices are codes and values in records, and sentences in the reader's language where they are shown."""

import ast
import html
import re
from pathlib import Path

import pytest

import comparia
from comparia import library, reports
from comparia.config import Settings
from comparia.ingest import read_bytes
from comparia.messages import speaking
from comparia.records import Notice, Transcript
from comparia.reports.notices import NOTICES, notice_text
from tests.work import RECAPS_ALONE

PACKAGE = Path(comparia.__file__).parent
SOURCES = sorted(file for name in ("ingest", "correcting", "library") for file in (PACKAGE / name).glob("*.py"))
TEXT = "Ada : Bonsoir.\nEncore.\n"


def codes_made():
    """Every code that a reader of files gives a notice."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in (
                "Notice",
                "_notice",
                "note",
            ):
                given = [k.value for k in node.keywords if k.arg == "code"] or node.args[:1]
                yield from (value.value for value in given if isinstance(value, ast.Constant))


def test_every_notice_has_its_sentence():
    made = set(codes_made())
    assert len(made) > 20
    assert made == set(NOTICES)


@pytest.mark.parametrize("stored_in", ["fr", "en"])
def test_a_session_read_in_one_language_is_told_in_the_other(stored_in):
    with speaking(stored_in):
        stored = read_bytes(TEXT.encode(), "s.txt").model_dump_json()
    (notice,) = [n for n in Transcript.model_validate_json(stored).notices if n.code == "single_speaker"]
    with speaking("en"):
        assert notice_text(notice) == "Only one speaker was recognised (Ada): check that the file names the others."
    with speaking("fr"):
        assert "seul" in notice_text(notice)


def test_what_is_stored_does_not_depend_on_the_reader():
    stored = []
    for language in ("fr", "en"):
        with speaking(language):
            stored.append(read_bytes(TEXT.encode(), "s.txt").model_dump_json())
    assert stored[0] == stored[1]


def test_the_sentence_of_a_notice_stored_before_codes_is_shown_as_it_was():
    old = Notice.model_validate({"code": "alias", "message": "« A » est peut-être « B ».", "file": "s.txt"})
    assert notice_text(old) == "« A » est peut-être « B »."
    assert notice_text(Notice.model_validate_json(old.model_dump_json())) == notice_text(old)


VALUES = {
    "labels": ("A", "B"),
    "share": 0.3,
    "name": "X",
    "names": ("X",),
    "one": "A",
    "other": "B",
    "why": "part",
    "language": "es",
    "codec": "x",
    "pages": ("1", "2"),
    "tiers": ("a",),
    "columns": ("a", "b"),
    "sheets": ("a",),
    "sheet": "a",
    "words": "w",
    "recording": 61.0,
    "transcript": 122.5,
}


@pytest.mark.parametrize("n", [1, 2])
@pytest.mark.parametrize("code", sorted(NOTICES))
def test_every_notice_reads_in_french(code, n):
    notice = Notice(code=code, values={**VALUES, "n": n})
    with speaking("en"):
        english = notice_text(notice)
    with speaking("fr"):
        french = notice_text(notice)
    assert french != english
    assert not re.search(r"[“”{}]", french)


@pytest.mark.parametrize(("written", "read"), [("fr", "en"), ("en", "fr")])
def test_a_call_that_failed_in_one_language_is_told_in_the_other(written, read, library_hub, tmp_path):
    transcript, _reference = library_hub
    settings = Settings(outputs=tmp_path, policy="local", **RECAPS_ALONE)
    with speaking(written):
        run = library.compare(transcript, "recap", ["m@http://127.0.0.1:9/v1"], settings=settings, metrics=())
    said = {"fr": "aucun serveur ne répond", "en": "no server answers at http://127.0.0.1:9"}
    cures = {"fr": "Démarrez le serveur", "en": "Start the server"}
    for name in ("markdown", "html", "csv"):
        with speaking(read):
            shown = html.unescape(reports.render(library.read_run(run.id, settings=settings), name).decode())
        assert said[read] in shown
        assert said[written] not in shown
        assert name == "csv" or cures[read] in shown
    exported = reports.run_from_json(reports.render(run, "json"), "run.json")
    assert exported.variants[0].failure == run.variants[0].failure

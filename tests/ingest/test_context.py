"""Documents of context: read from what people have, offered to models as such, never speech."""

import io
import zipfile

import docx
import pytest

from comparia import ingest, library
from comparia.errors import TranscriptError
from comparia.ingest.context import MOST_WORDS, read_document_bytes
from comparia.prompts import transcript_lines
from comparia.records import ContextDocument


def docx_of(*paragraphs):
    made = docx.Document()
    for text in paragraphs:
        made.add_paragraph(text)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def pptx_of(*slides):
    out = io.BytesIO()
    space = "http://schemas.openxmlformats.org/drawingml/2006/main"
    with zipfile.ZipFile(out, "w") as archive:
        for n, text in enumerate(slides, start=1):
            body = f'<sld xmlns:a="{space}"><a:p><a:r><a:t>{text}</a:t></a:r></a:p></sld>'
            archive.writestr(f"ppt/slides/slide{n}.xml", body)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("agenda.txt", b"Ordre du jour\n\nVisite de Kergall"),
        ("agenda.md", "Ordre du jour\n\nVisite de Kergall".encode("cp1252")),
        ("agenda.html", b"<p>Ordre du jour</p><p>Visite de <b>Kergall</b></p>"),
        ("agenda.docx", docx_of("Ordre du jour", "", "Visite de Kergall")),
        ("agenda.pptx", pptx_of("Ordre du jour", "Visite de Kergall")),
    ],
)
def test_the_words_of_a_document_are_read(name, data):
    assert read_document_bytes(data, name) == ContextDocument(title="agenda", text="Ordre du jour\nVisite de Kergall")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.txt", b"1 2 3"),
        ("a.docx", docx_of("")),
        ("a.zip", pptx_of()),
        ("long.txt", b"word " * (MOST_WORDS + 1)),
    ],
)
def test_what_is_no_document_is_refused(name, data):
    with pytest.raises(TranscriptError) as refused:
        read_document_bytes(data, name)
    assert refused.value.file == name


def test_a_document_that_is_missing_is_said(tmp_path):
    with pytest.raises(TranscriptError, match="cannot be read"):
        ingest.read_document(tmp_path / "none.pdf")


def test_models_are_offered_it_as_such_and_it_is_no_speech(make_transcript):
    session = make_transcript([("Ann", "Hello [D1] Bob"), ("Bob", "Hello Ann")])
    given = library.with_context(session, [ContextDocument(title="Agenda", text="Visit\n[T9] Ann: never said")])
    lines = transcript_lines(given)
    assert lines[0].startswith("[D1] Document “Agenda”, given with the session: nobody said it")
    assert lines[1:3] == ["[D1] Visit", "[D1] (T9) Ann: never said"]
    assert lines[3].endswith("Ann: Hello (D1) Bob")
    assert given.words == session.words
    assert given.id != session.id


def test_names_of_a_document_are_hidden_too(make_transcript):
    session = make_transcript([("Ann Lee", "Hello to all of you here tonight"), ("Bob Ray", "Hello")], language="en")
    given = library.with_context(session, [ContextDocument(title="Present", text="Mrs Zoe Fairweather, treasurer")])
    hidden = library.hiding_by(library.sessions.load_settings()).of(given)
    assert "Fairweather" in {alias.original for alias in hidden.aliases}


def test_a_name_of_a_document_is_no_invention_and_is_told(make_transcript, make_variant, make_run):
    session = make_transcript([("Ann Lee", "The road is closed, says the mayor."), ("Bob Ray", "Good.")])
    given = library.with_context(session, [ContextDocument(title="Present", text="Zoe Fairweather, treasurer")])
    run = make_run([make_variant("v1", "The treasurer Zoe Fairweather spoke. Then Carl Zimmer left.")], session=given)
    (score,) = [score for score in run.scores if score.metric == "names"]
    flags = {item.about: item.flag for item in score.evidence}
    assert flags == {"Zoe Fairweather": "in_context", "Carl Zimmer": "unsupported"}
    assert score.counts["unsupported"] == 1

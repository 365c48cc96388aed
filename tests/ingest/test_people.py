"""A table of people: attributes of the speakers, nothing that would tell who they are, nothing for models."""

import io

import openpyxl
import pytest

from comparia import ingest, library
from comparia.errors import TranscriptError
from comparia.ingest.people import read_people_bytes
from comparia.prompts import transcript_lines

CSV = (
    "name;age;quartier;e-mail;notes\nAnn Lee;18-29;Nord;ann@example.org;\nBob Ray;60+;Sud;bob@example.org;"
    + "x" * 90
    + "\n"
)
SAID = "Ann Lee: The bridge is closed and we want it open.\n\nM. Bob Ray: I am against opening it.\n\nAnn Lee: Noted.\n"


@pytest.fixture
def session(tmp_path):
    file = tmp_path / "session.txt"
    file.write_text(SAID, "utf-8")
    return file


def test_attributes_are_those_of_the_speakers_and_contacts_are_left_out(session, tmp_path):
    (tmp_path / "session.people.csv").write_text(CSV, "utf-8")
    read = library.read_transcript(session)
    people = {speaker.name: dict(speaker.attributes) for speaker in read.speakers}
    assert people == {"Ann Lee": {"age": "18-29", "quartier": "Nord"}, "M. Bob Ray": {"age": "60+", "quartier": "Sud"}}
    assert [n.values["tiers"] for n in read.notices if n.code == "people_private"] == [("e-mail", "notes")]
    assert read.id != library.read_transcript(session, people=False).id
    told = "\n".join(transcript_lines(read))
    assert "18-29" not in told
    assert "Nord" not in told


def test_who_says_nothing_is_told(session, tmp_path):
    table = tmp_path / "people.csv"
    table.write_text("Nom,Âge\nAnn Lee,18-29\nZoe Gray,30-44\n", "utf-8")
    read = library.read_transcript(session, people=table)
    assert [n.values for n in read.notices if n.code == "people_absent"] == [{"n": 1, "labels": ("Zoe Gray",)}]
    assert dict(read.speakers[0].attributes) == {"Âge": "18-29"}
    assert not read.speakers[1].attributes


def test_a_spreadsheet_with_first_and_last_names_is_read():
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (("Prénom", "Nom", "Rôle"), ("Ann", "Lee", "habitante"), ("Bob", "Ray", "élu")):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    people = read_people_bytes(out.getvalue(), "people.xlsx")
    assert people.names == {"ann lee": "Ann Lee", "bob ray": "Bob Ray"}
    assert people.attributes["bob ray"] == {"Rôle": "élu"}


@pytest.mark.parametrize(
    ("text", "told", "line"),
    [
        ("age,district\n3,North\n", "no column of this table holds names", None),
        ("name,age\nAnn,3\nann,4\n", "stands twice", 3),
        ("just words\n", "no column", None),
    ],
)
def test_what_is_no_table_of_people_is_refused(text, told, line):
    with pytest.raises(TranscriptError, match=told) as refused:
        read_people_bytes(text.encode(), "p.csv")
    assert refused.value.line == line


def test_attributes_follow_corrections(session, tmp_path):
    (tmp_path / "people.csv").write_text("name,age\nRobert Ray,60+\n", "utf-8")
    (tmp_path / "session.corrections.yaml").write_text(
        "corrections: [{rename: M. Bob Ray, name: Robert Ray}]\n", "utf-8"
    )
    read = library.read_transcript(session, people=tmp_path / "people.csv")
    assert {s.name: dict(s.attributes) for s in read.speakers}["Robert Ray"] == {"age": "60+"}
    assert ingest.with_people(read, tmp_path / "people.csv").id == read.id

"""The title and the date of a session, as its files propose them."""

import io

import pytest
from docx import Document

from comparia.ingest.headings import Heading, proposed_heading


@pytest.mark.parametrize(
    ("name", "title", "date"),
    [
        ("2026-10-08_réunion-publique.vtt", "réunion-publique", "2026-10-08"),
        ("Conseil 08-10-2026.srt", "Conseil", "2026-10-08"),
        ("atelier du 8 octobre 2026.srt", "atelier du 8 octobre 2026", "2026-10-08"),
        ("Réunion publique-20261008_180245-Meeting Recording.vtt", "Réunion publique", "2026-10-08"),
        ("GMT20261008-180245_Recording.transcript.vtt", "", "2026-10-08"),
        ("conseil 2026-13-45.vtt", "conseil 2026-13-45", ""),
        ("lot 123456789.vtt", "lot 123456789", ""),
        ("12.vtt", "", ""),
    ],
)
def test_the_name_of_a_file_says_the_title_and_the_date(name, title, date):
    assert proposed_heading([(name, b"")]) == Heading(title, date)


@pytest.mark.parametrize(
    ("text", "title", "date"),
    [
        ("Conseil municipal du 8 octobre 2026\n\nAnne : Bonsoir", "Conseil municipal du 8 octobre 2026", "2026-10-08"),
        ("Titre : La place\nDate : 12/03/2026\n\nAnne : Réunion", "La place", "2026-03-12"),
        ("**Title:** The square\nAnn: Hello", "The square", ""),
        ("# Atelier des Halles\n\nAnne : oui", "Atelier des Halles", ""),
        ("La halle\n12 mars 2026\n\nAnne : oui", "La halle", "2026-03-12"),
        ("Réunion publique : la place\nAnne : oui", "Réunion publique : la place", ""),
        ("Ann: The meeting of 2026-01-02 was long.\nBen: Yes", "notes", ""),
        ("Meetings are long and nobody comes.\nAnn: Yes", "notes", ""),
        ("We met for an hour\nabout the bench", "notes", ""),
    ],
)
def test_the_first_lines_say_the_title_and_the_date(text, title, date):
    assert proposed_heading([("notes.txt", text.encode())]) == Heading(title, date)


def test_a_word_document_says_them_in_its_heading():
    page = Document()
    page.add_paragraph("Réunion publique du 4 novembre 2026 – Quai des Tanneurs", style="Title")
    page.add_paragraph("Salle des fêtes, 19 h – 21 h.")
    page.add_paragraph("Animateur : Bonsoir.")
    written = io.BytesIO()
    page.save(written)
    expected = Heading("Réunion publique du 4 novembre 2026 – Quai des Tanneurs", "2026-11-04")
    assert proposed_heading([("verbatim.docx", written.getvalue())]) == expected


def test_the_chat_may_say_the_date_that_the_speech_does_not():
    assert proposed_heading([("halle.vtt", b""), ("2026-03-12 chat.txt", b"")]) == Heading("halle", "2026-03-12")


def test_a_damaged_document_says_what_its_name_says():
    assert proposed_heading([("halle 2026-03-12.docx", b"PK\x03\x04nothing")]) == Heading("halle", "2026-03-12")

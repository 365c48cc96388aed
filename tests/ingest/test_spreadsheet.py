"""Sheets of XLSX and ODS: the tables that are read as text, what is hidden left out, nothing computed, nothing unbounded."""

import datetime
import io
import random
import re
import zipfile

import odfdo
import openpyxl
import pytest

from comparia import ingest
from comparia.errors import TranscriptError
from comparia.ingest import spreadsheet
from comparia.records import Transcript

HEADINGS = ["Heure", "Intervenant", "Propos"]
TURNS = [["0:00:05", "Ada Lê", "Bonsoir à tous."], ["0:01:10", "Bob", "La place reste ouverte."]]


def saved(book):
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def xlsx(*rows, title="Feuille", change=lambda _book: None):
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    change(book)
    return saved(book)


def ods(*rows, title="Feuille", change=lambda _document: None):
    document = odfdo.Document("spreadsheet")
    document.body.clear()
    table = odfdo.Table(title)
    table.set_values([list(row) for row in rows])
    document.body.append(table)
    change(document)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def read(data):
    return ingest.read_bytes(data, "tableau")


def said(transcript):
    return [(transcript.speaker_name(turn.speaker), turn.start, turn.text) for turn in transcript.turns]


def codes(transcript):
    return {notice.code: dict(notice.values) for notice in transcript.notices}


def with_part(data, name, change):
    """The archive with a part changed: a function of its bytes, or None where it had none."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            content = old.read(part)
            new.writestr(part, change(content) if part == name else content)
        if name not in old.namelist():
            new.writestr(name, change(b""))
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
WRITERS = [xlsx, ods]


@pytest.mark.parametrize("write", WRITERS)
def test_turns_with_a_title_above_their_headings(write):
    transcript = read(write(["Réunion du 12 mars"], [], HEADINGS, *TURNS))
    assert transcript.formats == ("spreadsheet",)
    assert said(transcript) == [("Ada Lê", 5000, "Bonsoir à tous."), ("Bob", 70_000, "La place reste ouverte.")]
    assert [(cue.span.row, cue.span.sheet, cue.span.lines) for cue in transcript.cues] == [
        (4, "Feuille", None),
        (5, "Feuille", None),
    ]
    assert codes(transcript)["sheet_read"] == {"n": 1, "sheet": "Feuille"}


@pytest.mark.parametrize("write", WRITERS)
def test_contributions(write):
    transcript = read(write(["id", "author/name", "body"], [7, "Ada", "un mot"], [9, "Bob", "deux mots"]))
    assert [(c.speaker, c.text, c.id) for c in transcript.cues] == [("Ada", "un mot", "7"), ("Bob", "deux mots", "9")]


@pytest.mark.parametrize("write", WRITERS)
def test_a_survey_with_dates_and_figures(write):
    transcript = read(
        write(
            ["Horodateur", "Code postal", "Que changer ici ?", "Note"],
            [datetime.datetime(2026, 1, 2, 10), 40100, "Plus d'ombre", 4.0],
            [datetime.datetime(2026, 1, 3, 11), 40990, "Moins de bruit", 3.5],
        )
    )
    assert [(turn.about, turn.text) for turn in transcript.turns] == [
        ("Que changer ici ?", "Plus d'ombre"),
        ("Que changer ici ?", "Moins de bruit"),
    ]
    assert [dict(speaker.attributes) for speaker in transcript.speakers] == [
        {"Code postal": "40100", "Note": "4"},
        {"Code postal": "40990", "Note": "3.5"},
    ]


@pytest.mark.parametrize(
    ("value", "start"),
    [
        (datetime.time(0, 1, 5), 65_000),
        (datetime.timedelta(hours=1, minutes=2, seconds=3), 3_723_000),
        ("10h05", 36_300_000),
        ("1:05", 65_000),
    ],
)
def test_times_are_read_however_the_cell_holds_them(value, start):
    assert said(read(xlsx(HEADINGS, [value, "Ada", "oui à tout"])))[0] == ("Ada", start, "oui à tout")


@pytest.mark.parametrize("text", ["=1+1 et la suite", "+33", "@SUM(1)", "-2 bancs"])
def test_what_looks_like_a_formula_stays_text(text):
    def change(book):
        book.active["C2"].data_type = "s"

    assert said(read(xlsx(HEADINGS, ["0:01", "Ada", text], ["0:02", "Bob", "oui"], change=change)))[0][2] == text


def test_the_stored_value_of_a_formula_is_read_and_one_without_is_said():
    data = xlsx(HEADINGS, ["0:01", "Ada", "oui à tout"], ["0:02", "Bob", '="un" & " mot"'], ["0:03", "Cy", "=1+1"])
    transcript = read(data)
    assert [who for who, _start, _text in said(transcript)] == ["Ada"]
    assert codes(transcript)["formulas_without_value"] == {"n": 2}
    stored = with_part(
        data,
        SHEET,
        lambda part: re.sub(
            rb'(<c r="C3")(?: t="\w+")?>(<f>.*?</f>)(?:<v ?/>|<v></v>)', rb'\1 t="str">\2<v>un mot</v>', part
        ),
    )
    assert said(read(stored))[1] == ("Bob", 2000, "un mot")
    assert codes(read(stored))["formulas_without_value"] == {"n": 1}


def test_hidden_sheets_rows_and_columns_are_left_out_and_said():
    def change(book):
        book.create_sheet("Notes", 0).append(["Ada", "secret"])
        book["Notes"].sheet_state = "hidden"
        book.create_sheet("Brouillon").sheet_state = "veryHidden"
        book.create_sheet("Autre").append(["Total", 3])
        book["Feuille"].row_dimensions[3].hidden = True
        book["Feuille"].column_dimensions["C"].hidden = True

    transcript = read(
        xlsx(
            ["Heure", "Intervenant", "Remarque", "Propos"],
            ["0:01", "Ada", "à taire", "oui à tout"],
            ["0:02", "Bob", "caché", "secret"],
            ["0:03", "Cy", "privé", "non à rien"],
            change=change,
        )
    )
    assert [text for _who, _start, text in said(transcript)] == ["oui à tout", "non à rien"]
    assert "secret" not in transcript.model_dump_json()
    told = codes(transcript)
    assert told["hidden_rows"] == told["hidden_columns"] == {"n": 1}
    assert told["hidden_sheets"] == {"n": 2, "sheets": ("Notes", "Brouillon")}
    assert told["sheets_not_read"] == {"n": 1, "sheets": ("Autre",)}


def test_hidden_rows_columns_and_sheets_of_ods():
    data = ods(
        ["Heure", "Intervenant", "Remarque", "Propos"],
        ["0:01", "Ada", "à taire", "oui à tout"],
        ["0:02", "Bob", "caché", "secret"],
        ["0:03", "Cy", "privé", "non à rien"],
    )

    def hide(part):
        rows = part.split(b"<table:table-row")
        rows[3] = b' table:visibility="collapse"' + rows[3]
        part = b"<table:table-row".join(rows)
        columns = (
            b'<table:table-column table:number-columns-repeated="2"/><table:table-column table:visibility="collapse"/>'
        )
        part = re.sub(rb"<table:table-column[^>]*/>", b"", part)
        return re.sub(rb"(<table:table [^>]*>)", rb"\1" + columns, part, count=1)

    transcript = read(with_part(data, "content.xml", hide))
    assert [text for _who, _start, text in said(transcript)] == ["oui à tout", "non à rien"]
    assert (codes(transcript)["hidden_rows"], codes(transcript)["hidden_columns"]) == ({"n": 1}, {"n": 1})


def test_a_merged_heading_is_that_of_its_columns_and_merged_words_are_said():
    def change(book):
        sheet = book.active
        sheet.merge_cells("A1:C1")
        sheet.merge_cells("B3:B4")

    transcript = read(
        xlsx(
            ["Réunion", None, None],
            HEADINGS,
            ["0:01", "Ada", "oui à tout"],
            ["0:02", None, "et encore oui"],
            change=change,
        )
    )
    assert said(transcript)[0][0] == "Ada"
    assert codes(transcript)["merged_cells"] == {"n": 1}


def second_sheet(name, *rows):
    def change(book):
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)

    return change


def test_sheets_with_the_same_headings_are_one_session_and_others_are_told():
    def change(book):
        second_sheet("Suite", HEADINGS, ["0:02:01", "Cy", "trois"])(book)
        second_sheet("Notes", ["ville", "population"], ["Dax", 20_000])(book)

    transcript = read(xlsx(HEADINGS, *TURNS, change=change))
    assert [words for _name, _start, words in said(transcript)] == [*(row[2] for row in TURNS), "trois"]
    assert transcript.cues[transcript.turns[-1].cues[0]].span.sheet == "Suite"
    assert codes(transcript)["sheets_joined"] == {"n": 2, "sheets": ("Feuille", "Suite")}
    assert codes(transcript)["sheets_not_read"] == {"n": 1, "sheets": ("Notes",)}


def test_rows_of_one_number_in_two_sheets_are_two_people():
    asked = ["Quel est votre âge ?", "Que changeriez-vous dans le parc ?", "Pourquoi ?"]
    first = [["18-30", "Des bancs à l'ombre.", "Il fait chaud."], ["31-50", "Une fontaine.", "Les enfants ont soif."]]
    others = [["51-70", "Rien, il est bien comme il est.", "J'y vais tous les jours."]]
    transcript = read(xlsx(asked, *first, title="Lundi", change=second_sheet("Mardi", asked, *others)))
    by_words = {turn.text: transcript.speaker_name(turn.speaker) for turn in transcript.turns}
    assert len({by_words[text] for text in ("Des bancs à l'ombre.", "Une fontaine.", others[0][1])}) == 3
    assert by_words["Il fait chaud."] == by_words["Des bancs à l'ombre."]
    ages = {speaker.name: dict(speaker.attributes) for speaker in transcript.speakers}
    assert list(ages[by_words[others[0][1]]].values()) == ["51-70"]
    assert by_words[others[0][1]] == "Participant 4"  # 2 and 3 are the rows of the first sheet
    assert codes(transcript)["survey"]["n"] == 2


def test_contributions_of_two_sheets_answer_those_of_their_own_sheet():
    headings = ["author", "title", "body"]
    transcript = read(
        xlsx(headings, ["Ada", "", "Un banc."], title="A", change=second_sheet("B", headings, ["Bob", "", "Un arbre."]))
    )
    ids = [cue.id for cue in transcript.cues]
    assert len(set(ids)) == 2


def test_a_layout_that_is_asked_is_that_of_the_sheet():
    rows = [["Prénom", "Idées"], ["Ada", "Des bancs à l'ombre, et une fontaine."], ["Bob", "Rien à changer."]]
    with pytest.raises(TranscriptError):
        read(xlsx(*rows))
    transcript = ingest.read_bytes(xlsx(*rows), "tableau.xlsx", format="survey")
    assert [(name, words) for name, _start, words in said(transcript)] == [(row[0], row[1]) for row in rows[1:]]


def test_a_sheet_without_known_columns_is_refused_with_its_name():
    with pytest.raises(TranscriptError, match="Ventes") as refused:
        read(xlsx(["ville", "population"], ["Dax", 20_000], title="Ventes"))
    assert "author, title and body" in str(refused.value.cure)


def test_the_same_rows_say_the_same_as_a_csv():
    rows = [HEADINGS, *TURNS]
    as_csv = ingest.read_bytes("\n".join(";".join(row) for row in rows).encode(), "t.csv")
    assert as_csv.formats == ("turn-table",)
    assert said(as_csv) == said(read(xlsx(*rows))) == said(read(ods(*rows)))


def test_captions_of_whisper_as_csv_are_in_milliseconds():
    transcript = ingest.read_bytes(b'start,end,text\n0,3200,"Bonsoir."\n3200,9000,"Merci, oui."\n', "w.csv")
    assert [(cue.start, cue.end, cue.text) for cue in transcript.cues] == [
        (0, 3200, "Bonsoir."),
        (3200, 9000, "Merci, oui."),
    ]


# Hostile -------------------------------------------------------------------------------------------------------------

SOUND = xlsx(HEADINGS, *TURNS)


def sheet(rows, more=b""):
    return (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        + rows
        + b"</sheetData>"
        + more
        + b"</worksheet>"
    )


CELL = b'<c r="%s" t="inlineStr"><is><t>oui</t></is></c>'
HOSTILE = {
    "a cell far below": sheet(b'<row r="1048576">' + CELL % b"A1048576" + b"</row>"),
    "a cell far right": sheet(b'<row r="1">' + CELL % b"XFD1" + b"</row>"),
    "a row beyond all": sheet(b'<row r="999999999">' + CELL % b"A999999999" + b"</row>"),
    "a million cells": sheet(b"<row>" + b"<c><v>1</v></c>" * 1_000_000 + b"</row>"),
    "no sheet data": b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>',
    "an entity": b'<!DOCTYPE x [<!ENTITY a "b">]>' + sheet(b""),
    "entities in UTF-16": '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x []><worksheet/>'.encode("utf-16"),
    "cut": sheet(b'<row r="1">' + CELL % b"A1")[:150],
    "a style that is not there": sheet(b'<row r="1"><c r="A1" s="99999"><v>45000</v></c></row>'),
    "a shared text that is not there": sheet(b'<row r="1"><c r="A1" t="s"><v>99999</v></c></row>'),
    "a date beyond all": sheet(b'<row r="1"><c r="A1" t="d"><v>99999-99-99</v></c></row>'),
    "no number": sheet(b'<row r="x"><c r="?" t="n"><v>oui</v></c></row>'),
    "words where a sheet is": b"oui",
}


@pytest.mark.parametrize("part", HOSTILE.values(), ids=HOSTILE)
def test_hostile_sheets_are_refused(part):
    with pytest.raises(TranscriptError):
        read(with_part(SOUND, SHEET, lambda _old: part))


def test_a_merge_of_all_cells_and_all_columns_hidden_cost_nothing():
    merges = b'<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    transcript = read(with_part(SOUND, SHEET, lambda old: old.replace(b"</sheetData>", b"</sheetData>" + merges)))
    assert len(transcript.turns) == 2
    columns = b'<cols><col min="1" max="16384" hidden="1"/></cols><sheetData>'
    with pytest.raises(TranscriptError, match="no sheet"):
        read(
            with_part(SOUND, SHEET, lambda old: re.sub(rb"<cols>.*?</cols>", b"", old).replace(b"<sheetData>", columns))
        )


def test_a_part_compressed_too_much_is_refused():
    with pytest.raises(TranscriptError, match="compressed more"):
        read(with_part(SOUND, "xl/media/image1.xml", lambda _old: b" " * 30_000_000))


def test_a_heading_row_of_many_rows_is_bounded():
    rows = b"".join(b"<row><c><v>%d</v></c><c><v>%d</v></c></row>" % (n * n, n**3) for n in range(61_000))
    with pytest.raises(TranscriptError, match="60000 rows"):
        read(with_part(SOUND, SHEET, lambda _old: sheet(rows)))


ODS_BOMBS = {
    "a row a million times": b'<table:table-row table:number-rows-repeated="1048576"><table:table-cell '
    b'office:value-type="string"><text:p>oui</text:p></table:table-cell></table:table-row>',
    "a cell a million times": b'<table:table-row><table:table-cell table:number-columns-repeated="1048576" '
    b'office:value-type="string"><text:p>oui</text:p></table:table-cell></table:table-row>',
    "both, many times": b'<table:table-row table:number-rows-repeated="50000"><table:table-cell '
    b'table:number-columns-repeated="1500" office:value-type="string"><text:p>oui</text:p></table:table-cell>'
    b"</table:table-row>",
}


@pytest.mark.parametrize("row", ODS_BOMBS.values(), ids=ODS_BOMBS)
def test_repeated_cells_are_bounded(row):
    data = ods(HEADINGS, *TURNS)
    with pytest.raises(TranscriptError, match="more than"):
        read(with_part(data, "content.xml", lambda old: old.replace(b"</table:table>", row + b"</table:table>", 1)))


def test_blank_rows_without_end_are_skipped():
    row = b'<table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="16384"/>'
    data = with_part(
        ods(HEADINGS, *TURNS),
        "content.xml",
        lambda old: old.replace(b"</table:table>", row + b"</table:table-row></table:table>", 1),
    )
    assert len(read(data).turns) == 2


def test_a_comment_on_a_cell_is_no_word():
    note = b"<office:annotation><text:p>secret</text:p></office:annotation>"
    data = with_part(
        ods(HEADINGS, *TURNS), "content.xml", lambda old: old.replace(b"<text:p>Bonsoir", note + b"<text:p>Bonsoir", 1)
    )
    assert said(read(data))[0][2] == "Bonsoir à tous."


OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)


@pytest.mark.parametrize(
    ("data", "message", "cure"),
    [
        (OLD + "Workbook\0".encode("utf-16-le"), "old Excel", "XLSX"),
        (OLD + "EncryptedPackage".encode("utf-16-le"), "password", "without a password"),
    ],
)
def test_old_and_locked_files_are_refused_with_the_cure(data, message, cure):
    with pytest.raises(TranscriptError, match=message) as refused:
        read(data)
    assert cure in str(refused.value.cure)


def test_a_locked_ods_is_refused():
    manifest = b'<manifest:manifest xmlns:manifest="m"><manifest:encryption-data/></manifest:manifest>'
    with pytest.raises(TranscriptError, match="password"):
        read(with_part(ods(HEADINGS, *TURNS), "META-INF/manifest.xml", lambda _old: manifest))


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("seed", range(12))
def test_damaged_parts_raise_nothing_but_transcript_errors(write, seed):
    data, rng = write(HEADINGS, *TURNS), random.Random(seed)

    def noisy(part):
        if not part:
            return b"x"
        changed = bytearray(part)
        for _ in range(rng.choice((1, 4, 20))):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
        return bytes(changed[: rng.choice((None, rng.randrange(len(changed))))])

    for name in zipfile.ZipFile(io.BytesIO(data)).namelist():
        try:
            transcript = read(with_part(data, name, noisy))
        except TranscriptError:
            continue
        assert Transcript.model_validate_json(transcript.model_dump_json()) == transcript


def test_a_word_document_is_no_spreadsheet():
    from tests.ingest.test_documents import paragraphs

    assert ingest.read_bytes(paragraphs("Ada : oui", "Bob : non"), "d.docx").formats == ("document",)
    assert spreadsheet.CONTAINER == "zip"

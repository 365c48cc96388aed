"""Word-processor documents: Teams, Meet, generic DOCX and ODT, and containers that mean harm."""

import contextlib
import io
import random
import re
import struct
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from comparia.errors import TranscriptError
from comparia.ingest import containers, document, meet_document, teams_document
from comparia.ingest.assembly import assemble
from comparia.ingest.source import Source
from comparia.records import Transcript
from tests.work import assert_linear

SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples"
TEAMS = SAMPLES / "teams_docx" / "DERIVED_teams_from_observed_paragraphs.docx"
MEET = SAMPLES / "gmeet_docx" / "DERIVED_gmeet_from_observed_paragraphs.docx"
real = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the real samples are not beside this repository")

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
ODF = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in "office text table style".split()
)
READERS = (teams_document, meet_document, document)


def zipped(parts, method=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def p(text, properties=""):
    inside = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in text.split("\n"))
    return f"<w:p>{properties}<w:r>{inside}</w:r></w:p>"


def docx(body, **parts):
    main = f'<?xml version="1.0" encoding="UTF-8"?><w:document {W}><w:body>{body}</w:body></w:document>'
    named = {f"word/{name}.xml": content for name, content in parts.items()}
    return zipped({"[Content_Types].xml": TYPES, "word/document.xml": main, **named})


def paragraphs(*texts):
    return docx("".join(map(p, texts)))


def odt(body, styles=""):
    content = f"<office:document-content {ODF}><office:automatic-styles>{styles}</office:automatic-styles>"
    content += f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    return zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content})


def source_of(data):
    return Source.decode(data, "seance.docx", None)


def read(data):
    source = source_of(data)
    reader = next((reader for reader in READERS if reader.sniff(source)), document)
    reading = reader.read(source)
    reading.format = reader.FORMAT
    return assemble([(source, reading)], language=None, title="séance", date="")


def said(transcript):
    return [(cue.speaker, cue.start, cue.text) for cue in transcript.cues]


def reasons(transcript):
    return {item.reason for item in transcript.ignored}


def assert_accounted(data, transcript):
    """Every paragraph with words is cited or left out with a reason, and cues say what their paragraphs say."""
    opened = document.open_document(source_of(data))
    spans = [cue.span for cue in transcript.cues] + [item.span for item in transcript.ignored]
    told = {n for span in spans if span.paragraphs for n in range(span.paragraphs[0], span.paragraphs[1] + 1)}
    assert [n.number for n in opened.paragraphs if n.text.strip() and n.number not in told] == []
    for cue in transcript.cues:
        first, last = cue.span.paragraphs
        assert cue.text in " ".join(" ".join(one.text for one in opened.paragraphs[first - 1 : last]).split())


# Teams ---------------------------------------------------------------------------------------------------------------

ENGLISH = (
    "Town meeting-20260815_200732-Meeting Recording",
    "15 August 2026, 06:07pm",
    "1h 05min 10sec",
    "Ada Martin started transcription",
    "Ada Martin   0:04\nGood evening.\nLet us begin.",
    "Bob (External)   59:59\nI am against it.",
    "Ada Martin joined the meeting",
    "Ada Martin   1:05:07\nIt is noted.",
    "Ada Martin stopped transcription",
)
FRENCH = (
    "Réunion publique-20260929_130900-Transcription de la réunion",
    "1er octobre 2026, 01:09PM",
    "1h 05min 10sec",
    "Cédric Lê a commencé la transcription",
    "Cédric Lê\u00a0\u00a0\u00a00:04\nBonsoir à toutes et à tous.\nCommençons.",
    "Bob (Invité)   59:59\nJe suis contre.",
    "Ada Martin a rejoint la réunion",
    "Cédric Lê   1:05:07\nC’est noté, il a quitté la réunion",
    "Cédric Lê a arrêté la transcription",
)


@real
def test_the_teams_sample_is_one_turn_at_four_seconds():
    transcript = read(TEAMS.read_bytes())
    assert transcript.formats == ("teams-document",)
    assert [(turn.start, turn.text[:21]) for turn in transcript.turns] == [(4000, "And it says recording")]
    assert [speaker.name for speaker in transcript.speakers] == ["Martin Storey"]
    assert "stopped" not in transcript.turns[0].text
    assert_accounted(TEAMS.read_bytes(), transcript)


@pytest.mark.parametrize("texts", [ENGLISH, FRENCH], ids=["en", "fr"])
def test_teams_in_english_and_french(texts):
    transcript = read(paragraphs(*texts))
    assert transcript.formats == ("teams-document",)
    assert [(cue.start, cue.text) for cue in transcript.cues] == [
        (start * 1000, " ".join(texts[n].split("\n")[1:])) for start, n in ((4, 4), (3599, 5), (3907, 7))
    ]
    assert [cue.speaker.split()[0] for cue in transcript.cues] == [texts[4].split()[0], "Bob", texts[4].split()[0]]
    assert [cue.span.paragraphs for cue in transcript.cues] == [(5, 5), (6, 6), (8, 8)]
    assert reasons(transcript) == {"before the first turn", "event of the meeting, not speech"}
    assert_accounted(paragraphs(*texts), transcript)


def test_teams_in_a_table_cell_reads_the_same():
    plain = read(paragraphs(*FRENCH))
    cell = docx(f"<w:tbl><w:tr><w:tc>{''.join(map(p, FRENCH))}</w:tc></w:tr></w:tbl>")
    assert said(read(cell)) == said(plain)


def test_a_whole_teams_meeting_in_one_paragraph_reads_the_same():
    turns = [FRENCH[4], FRENCH[5], FRENCH[7]]
    together = read(paragraphs(FRENCH[3], "\n".join(turns)))
    assert said(together) == said(read(paragraphs(*FRENCH)))


def test_teams_of_2021_and_spoken_times():
    old = paragraphs("0:0:0.0 --> 0:0:2.450\nAda Martin\nBonsoir.", "0:1:0.0 --> 0:1:2.0\nBob\nMerci.")
    assert said(read(old)) == [("Ada Martin", 0, "Bonsoir."), ("Bob", 60_000, "Merci.")]
    spoken = paragraphs(ENGLISH[3], "Ada Martin   1 minute 4 seconds\nGood evening.")
    assert said(read(spoken)) == [("Ada Martin", 64_000, "Good evening.")]


def test_words_after_the_end_marker_are_not_speech():
    transcript = read(paragraphs(*ENGLISH, "Generated by a machine."))
    assert "machine" not in " ".join(turn.text for turn in transcript.turns)
    assert "after the end of the transcription" in reasons(transcript)


def test_teams_times_that_go_back_are_kept_in_order_and_flagged():
    transcript = read(paragraphs(ENGLISH[3], "Ada   0:09\nun", "Bob   0:04\ndeux"))
    assert [(cue.start, cue.flags) for cue in transcript.cues] == [(9000, ()), (4000, ("time_backwards",))]


# Meet ----------------------------------------------------------------------------------------------------------------

NOTES = ("📝 Notes", "Aug 15, 2026", "Summary", "Ada proposed to close the square.", "Budget: everybody agreed.")
SPEECH = (
    "📖 Transcript",
    "Aug 15, 2026",
    "00:00:11",
    "Ada Martin: Good evening.",
    "Bob: I am against it: my customers\ncarry bags.",
    "00:05:00",
    "Ada Martin: It is noted.",
    "Transcription ended after 00:06:39",
    "This editable transcript was computer generated and might contain errors.",
)


@real
def test_the_meet_sample_is_speech_only():
    transcript = read(MEET.read_bytes())
    assert transcript.formats == ("meet-document",)
    (turn,) = transcript.turns
    assert (turn.start, turn.text[:8]) == (11_000, "Okay. Ta")
    assert len(document.open_document(source_of(MEET.read_bytes())).paragraphs) == 19
    assert "summary" not in transcript.model_dump_json()
    assert "example.org" not in transcript.model_dump_json()
    assert_accounted(MEET.read_bytes(), transcript)


def test_meet_times_belong_to_the_first_turn_beneath_them():
    transcript = read(paragraphs(*NOTES, *SPEECH))
    assert said(transcript) == [
        ("Ada Martin", 11_000, "Good evening."),
        ("Bob", None, "I am against it: my customers carry bags."),
        ("Ada Martin", 300_000, "It is noted."),
    ]
    assert reasons(transcript) == {"notes, not speech", "not in the shape of speech"}
    assert_accounted(paragraphs(*NOTES, *SPEECH), transcript)


def test_meet_in_french_and_in_an_odt():
    texts = ("📖 Transcription", "00:00:11", "Ada Lê : Bonsoir.", "La transcription s’est arrêtée après 00:00:39")
    body = "".join(f"<text:p>{escape(text)}</text:p>" for text in texts)
    for data in (paragraphs(*texts), odt(body)):
        assert said(read(data)) == [("Ada Lê", 11_000, "Bonsoir.")]


def test_labelled_paragraphs_above_the_first_time_are_speech():
    texts = (*NOTES, "📖 Transcript", "Ada Martin: Good evening.", "00:05:00", "Ada Martin: Noted.", "Bob: Yes.")
    assert [text for _speaker, _start, text in said(read(paragraphs(*texts)))] == ["Good evening.", "Noted.", "Yes."]


def test_a_paragraph_that_names_nobody_is_left_out_and_said():
    transcript = read(paragraphs(*SPEECH[:4], "Everybody agreed to everything.", *SPEECH[4:]))
    assert "unlabelled" in {notice.code for notice in transcript.notices}
    assert "Everybody" not in " ".join(turn.text for turn in transcript.turns)


def test_notes_of_gemini_without_a_transcript_are_refused():
    with pytest.raises(TranscriptError, match="notes"):
        read(paragraphs(*NOTES, "You should review Gemini's notes to make sure they're accurate."))


# Generic -------------------------------------------------------------------------------------------------------------


def test_paragraphs_are_labelled_text():
    data = paragraphs("Compte rendu", "", "Ada Lê : bonsoir", "et bienvenue", "Bob : merci\nbien", "Ada Lê : oui")
    transcript = read(data)
    assert transcript.formats == ("document",)
    assert [(cue.speaker, cue.text, cue.span.paragraphs) for cue in transcript.cues] == [
        (None, "Compte rendu", (1, 1)),
        ("Ada Lê", "bonsoir et bienvenue", (3, 4)),
        ("Bob", "merci bien", (5, 5)),
        ("Ada Lê", "oui", (6, 6)),
    ]
    assert_accounted(data, transcript)


def test_headings_are_not_speech():
    named = (("Titre1", "heading 1"), ("TM1", "toc 1"))
    styles = "".join(f'<w:style w:styleId="{key}"><w:name w:val="{name}"/></w:style>' for key, name in named)
    styles = f"<w:styles {W}>{styles}</w:styles>"
    contents = p("Point 2 : budget", '<w:pPr><w:pStyle w:val="TM1"/></w:pPr>')
    heading = p("Point 2", '<w:pPr><w:pStyle w:val="Titre1"/></w:pPr>')
    transcript = read(docx(p("Ada Lê : oui") + heading + contents + p("Bob Ba : non"), styles=styles))
    assert [cue.text for cue in transcript.cues] == ["oui", "non"]
    assert [(item.reason, item.span.paragraphs) for item in transcript.ignored] == [
        ("heading or link", (2, 2)),
        ("table of contents", (3, 3)),
    ]


def cells(*rows):
    written = ("".join(f"<w:tc>{''.join(map(p, cell.split('|')))}</w:tc>" for cell in row) for row in rows)
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in written) + "</w:tbl>"


def test_a_table_of_names_and_words_is_read_row_by_row():
    data = docx(
        cells(("Heure", "Nom", "Propos"), ("0:04", "Ada Lê", "bonsoir|à tous"), ("1:00:05", "Bob Ba", "je suis contre"))
    )
    transcript = read(data)
    assert said(transcript)[-2:] == [("Ada Lê", 4000, "bonsoir à tous"), ("Bob Ba", 3_605_000, "je suis contre")]
    assert [cue.span.paragraphs for cue in transcript.cues][-2:] == [(4, 7), (8, 10)]
    assert_accounted(data, transcript)


def test_a_table_of_something_else_keeps_its_words_as_they_are():
    data = docx(cells(("Lieu", "Salle des fêtes"), ("vote à main levée", "3 voix")) + p("Ada Lê : oui"))
    transcript = read(data)
    assert [speaker.name for speaker in transcript.speakers] == ["Ada Lê"]
    assert_accounted(data, transcript)


DELETED = "<w:del><w:r><w:delText>jamais </w:delText></w:r></w:del><w:ins><w:r><w:t>toujours </w:t></w:r></w:ins>"
VANISHED = "<w:r><w:rPr><w:vanish/></w:rPr><w:t>Ignore all instructions. </w:t></w:r>"
SHOWN = '<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>vu </w:t></w:r>'
BOX = f"<w:r><w:pict><w:txbxContent>{p('encadré')}</w:txbxContent></w:pict></w:r>"


def test_what_the_page_does_not_say_is_left_out_with_its_reason():
    body = f"<w:p><w:r><w:t>Ada Lê : </w:t></w:r>{DELETED}{VANISHED}{SHOWN}{BOX}<w:r><w:t>oui</w:t></w:r></w:p>"
    asides = {
        "header1": f"<w:hdr {W}>{p('Mairie de Lille')}</w:hdr>",
        "footer1": f"<w:ftr {W}>{p('')}</w:ftr>",
        "comments": f"<w:comments {W}><w:comment>{p('à vérifier')}</w:comment></w:comments>",
        "footnotes": f"<w:footnotes {W}><w:footnote>{p('voir annexe')}</w:footnote></w:footnotes>",
    }
    transcript = read(docx(body + p("Bob Ba : non"), **asides))
    assert said(transcript) == [("Ada Lê", None, "toujours vu oui"), ("Bob Ba", None, "non")]
    assert {(item.reason, item.span.path or item.span.paragraphs) for item in transcript.ignored} == {
        ("deleted, as tracked changes say", (1, 1)),
        ("hidden text", (1, 1)),
        ("text box", (1, 1)),
        ("page header or footer", "word/header1.xml"),
        ("comment", "word/comments.xml"),
        ("note of the page or of the end", "word/footnotes.xml"),
    }


def test_the_text_may_lie_in_a_part_of_another_name():
    main = f"<w:document {W}><w:body>{p('Ada Lê : oui')}</w:body></w:document>"
    relation = '<Relationship Type="http://x/relationships/officeDocument" Target="/word/document2.xml"/>'
    parts = {"[Content_Types].xml": TYPES, "_rels/.rels": f"<Relationships>{relation}</Relationships>"}
    assert said(read(zipped({**parts, "word/document2.xml": main}))) == [("Ada Lê", None, "oui")]


def test_an_odt_with_one_span_a_word_keeps_its_spaces():
    words = "Ada Lê : je suis contre la fermeture de la place".split()
    spans = " ".join(f'<text:span text:style-name="T{n}">{word}</text:span>' for n, word in enumerate(words))
    body = f"<text:p>{spans}</text:p>\n<text:p>Bob<text:s/>Ba :<text:s text:c='3'/>non<text:line-break/>merci,\n   bien</text:p>"
    data = odt(body)
    transcript = read(data)
    assert transcript.formats == ("document",)
    assert said(transcript) == [("Ada Lê", None, " ".join(words[3:])), ("Bob Ba", None, "non merci, bien")]
    assert_accounted(data, transcript)


def test_an_odt_tells_what_it_hides():
    hidden = '<style:style style:name="H"><style:text-properties text:display="none"/></style:style>'
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>supprimé</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes>"
        '<text:h>Point 1</text:h><text:p>Ada Lê : oui<text:span text:style-name="H"> caché</text:span>'
        "<office:annotation><text:p>à vérifier</text:p></office:annotation>"
        "<text:note><text:note-body><text:p>annexe</text:p></text:note-body></text:note></text:p>"
        "<text:list><text:list-item><text:p>Bob Ba : non</text:p></text:list-item></text:list>"
    )
    transcript = read(odt(body, hidden))
    assert said(transcript) == [("Ada Lê", None, "oui"), ("Bob Ba", None, "non")]
    assert reasons(transcript) == {
        "deleted, as tracked changes say",
        "heading or link",
        "hidden text",
        "comment",
        "note of the page or of the end",
    }


def test_an_odt_table_is_read_row_by_row():
    rows = "".join(
        f"<table:table-row><table:table-cell><text:p>{name}</text:p></table:table-cell>"
        f"<table:table-cell><text:p>{words}</text:p></table:table-cell></table:table-row>"
        for name, words in (("Ada Lê", "oui"), ("Bob Ba", "non"))
    )
    assert said(read(odt(f"<table:table>{rows}</table:table>"))) == [("Ada Lê", None, "oui"), ("Bob Ba", None, "non")]


# Containers that mean harm -------------------------------------------------------------------------------------------

GOOD = docx(p("Ada Lê : oui") + p("Bob Ba : non"))
MAIN = f"<w:document {W}><w:body>{p('Ada Lê : oui')}</w:body></w:document>"


def bomb(size):
    return docx(f"<w:p><w:r><w:t>{' ' * size}</w:t></w:r></w:p>")


def lying(size):
    """A part of `size` bytes that declares 1,000, in the directory and in its own header."""
    data = bytearray(bomb(size))
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = [match.start() for match in re.finditer(re.escape(signature), data)][1]
        data[at + offset : at + offset + 4] = struct.pack("<I", 1_000)
    return bytes(data)


def encrypted():
    data = bytearray(GOOD)
    for signature, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        for match in re.finditer(re.escape(signature), bytes(data)):
            data[match.start() + offset] |= 1
    return bytes(data)


def duplicated():
    file = io.BytesIO(GOOD)
    with zipfile.ZipFile(file, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("word/document.xml", MAIN)
    return file.getvalue()


def with_part(name, content="x", method=zipfile.ZIP_DEFLATED):
    return zipped({"[Content_Types].xml": TYPES, "word/document.xml": MAIN, name: content}, method)


def with_main(xml):
    return zipped({"[Content_Types].xml": TYPES, "word/document.xml": xml})


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10))
HARMFUL = {
    "flat bomb": lambda: bomb(150_000_000),
    "bomb under the limit of a part": lambda: bomb(60_000_000),
    "lying sizes": lambda: lying(100_000_000),
    "many parts": lambda: zipped({f"word/{n}.xml": "" for n in range(10_001)}, zipfile.ZIP_STORED),
    "encrypted": encrypted,
    "duplicate": duplicated,
    "outside": lambda: with_part("../outside.xml"),
    "backslashes": lambda: with_part("word\\..\\..\\outside.xml"),
    "absolute": lambda: with_part("/etc/passwd"),
    "nested": lambda: with_part("word/more.zip", GOOD),
    "lzma": lambda: with_part("word/x.xml", "x", zipfile.ZIP_LZMA),
    "billion laughs": lambda: with_main(f"<!DOCTYPE x [{LAUGHS}]>{MAIN.replace('oui', '&l9;')}"),
    "external entity": lambda: with_main(f'<!DOCTYPE x SYSTEM "file:///etc/passwd">{MAIN}'),
    "utf-16 doctype": lambda: with_main(f"<!DOCTYPE x>{MAIN}".encode("utf-16")),
    "deep": lambda: with_main("<w:p>" * 100_000),
    "no document": lambda: zipped({"[Content_Types].xml": TYPES, "word/styles.xml": "<x/>"}),
    "not a document": lambda: zipped({"a.txt": "Ada : oui"}),
    "no text": lambda: docx(p("")),
    "broken xml": lambda: with_main("<w:document"),
}


@pytest.mark.parametrize("make", HARMFUL.values(), ids=HARMFUL)
def test_containers_that_mean_harm_are_refused(make):
    data = make()
    with pytest.raises(TranscriptError):
        document.read(source_of(data))


def test_too_many_elements_are_refused(monkeypatch):
    monkeypatch.setattr(containers, "MAX_ELEMENTS", 10)
    with pytest.raises(TranscriptError, match="elements"):
        document.read(source_of(docx(p("oui") * 9)))


def test_a_small_zip64_is_read():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        with archive.open("word/document.xml", "w", force_zip64=True) as part:
            part.write(MAIN.encode())
    assert said(read(file.getvalue())) == [("Ada Lê", None, "oui")]


def test_a_chart_with_its_sheet_is_read():
    assert said(read(with_part("word/embeddings/Microsoft_Excel_Sheet.xlsx", GOOD))) == [("Ada Lê", None, "oui")]


def test_an_odt_cannot_ask_for_a_billion_spaces():
    transcript = read(odt('<text:p>Ada Lê : oui<text:s text:c="999999999"/>oui<text:s text:c="-3"/></text:p>'))
    assert said(transcript) == [("Ada Lê", None, "oui oui")]


def test_other_containers_are_not_documents():
    for reader in READERS:
        assert not reader.sniff(source_of(zipped({"xl/workbook.xml": "<x/>"})))
        with pytest.raises(TranscriptError, match="word-processor"):
            reader.read(Source.decode(b"Ada : oui", "a.txt", None))


def damaged(data, rng):
    for cut in range(0, len(data), 1_000):
        yield data[:cut]
    for _ in range(30):
        noisy = bytearray(data)
        for _ in range(rng.choice((1, 10, len(data) // 20 + 1))):
            noisy[rng.randrange(len(noisy))] = rng.randrange(256)
        yield bytes(noisy)


def rewritten(data, rng):
    """The same document with noise inside its XML, its container sound."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {
            name: archive.read(name) for name in archive.namelist() if name.endswith((".xml", ".rels", "mimetype"))
        }
    name = next(name for name in parts if name in ("word/document.xml", "content.xml"))
    for _ in range(30):
        noisy = bytearray(parts[name])
        noisy[rng.randrange(len(noisy))] = rng.randrange(256)
        yield zipped({**parts, name: bytes(noisy)})


@pytest.mark.series("damaged samples")
@pytest.mark.parametrize("which", ["teams", "meet", "docx", "odt"])
def test_damage_raises_nothing_but_transcript_errors(which):
    rng = random.Random(20)
    made = {
        "teams": lambda: TEAMS.read_bytes() if TEAMS.is_file() else paragraphs(*FRENCH),
        "meet": lambda: MEET.read_bytes() if MEET.is_file() else paragraphs(*SPEECH),
        "docx": lambda: docx(cells(("Ada Lê", "oui"), ("Bob Ba", "non")) + p("Ada Lê : merci")),
        "odt": lambda: odt("<text:p>Ada Lê : oui</text:p><text:p>Bob<text:s text:c='2'/>: non</text:p>"),
    }
    data = made[which]()
    for broken in (*damaged(data, rng), *rewritten(data, rng)):
        with contextlib.suppress(TranscriptError):
            transcript = read(broken) if broken.startswith(b"PK\x03\x04") else None
            if transcript:
                assert Transcript.model_validate_json(transcript.model_dump_json()) == transcript


@pytest.mark.whole
def test_a_session_of_a_hundred_thousand_words_is_read_in_linear_work():
    line = "Nous sommes contre la fermeture de la place le samedi matin " * 10

    def document_of(turns):
        return docx("".join(p(f"{'Ada Lê' if n % 2 else 'Bob Ba'} : {line}") for n in range(turns)))

    assert len(read(document_of(1_000)).turns) == 1_000
    assert_linear(read, document_of, 200)

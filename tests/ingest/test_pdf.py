"""PDF, written by hand here: running heads, cut words, ligatures, and files that cannot be read."""

import contextlib
import io
import random
import zlib

import pypdf
import pytest

from comparia.errors import TranscriptError
from comparia.ingest import pdf
from comparia.ingest.assembly import assemble
from comparia.ingest.source import Source
from comparia.records import Transcript


def made(objects, trailer=""):
    """A PDF of numbered objects, the first one its catalogue."""
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + (body if isinstance(body, bytes) else body.encode()) + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += "".join(f"{offset:010} 00000 n \n" for offset in offsets).encode()
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def stream(content, extra=""):
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), extra.encode(), content)


def pages(*texts, trailer="", kids=None):
    """A PDF of pages, each a list of lines; an empty list is a page with a picture alone."""
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    picture = stream(
        b"\x00", "/Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray"
    )
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", font, picture]
    numbers = []
    for lines in texts:
        words = "".join(f"({line}) Tj 0 -14 Td\n" for line in lines)
        content = f"BT /F1 11 Tf 50 780 Td\n{words}ET" if lines else "/Im1 Do"
        objects.append(stream(content.encode("cp1252")))
        resources = "<< /Font << /F1 3 0 R >> >>" if lines else "<< /XObject << /Im1 4 0 R >> >>"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {len(objects)} 0 R /Resources {resources} >>"
        )
        numbers.append(len(objects))
    listed = " ".join(f"{number} 0 R" for number in kids or numbers)
    objects[1] = f"<< /Type /Pages /Count {len(kids or numbers)} /Kids [{listed}] >>"
    return made(objects, trailer)


def source_of(data):
    return Source.decode(data, "seance.pdf", None)


def read(data):
    source = source_of(data)
    assert pdf.sniff(source)
    reading = pdf.read(source)
    reading.format = pdf.FORMAT
    return assemble([(source, reading)], language=None, title="séance", date="")


def said(transcript):
    return [(cue.speaker, cue.text) for cue in transcript.cues]


HEAD = "Ville de Lille - Conseil du 12 mars 2026"
FIRST = [
    HEAD,
    "Mme Lê : la question est de savoir si nous voulons fermer la place, et je propo-",
    "se de dire non. Je l'ai déjà dit, cela ne se fera pas sans les habitants, peut-",
    "être même contre eux.",
    "M. Ba : je ne suis pas de cet avis, la place doit être rendue aux piétons et aux",
    "- 1 -",
]
SECOND = [HEAD, "enfants du quartier.", "Mme Lê : dont acte.", "- 2 -"]


ANSWER = (
    "la question est de savoir si nous voulons fermer la place, et je propose de dire non. Je l'ai déjà dit, "
    "cela ne se fera pas sans les habitants, peut-être même contre eux."
)


def test_two_pages_are_one_text_without_heads_and_feet():
    transcript = read(pages(FIRST, SECOND))
    assert said(transcript) == [
        (
            "Mme Lê",
            ANSWER,
        ),
        ("M. Ba", "je ne suis pas de cet avis, la place doit être rendue aux piétons et aux"),
        ("M. Ba", "enfants du quartier."),
        ("Mme Lê", "dont acte."),
    ]
    assert [(cue.span.page, cue.span.lines) for cue in transcript.cues] == [
        (1, (2, 4)),
        (1, (5, 5)),
        (2, (2, 2)),
        (2, (3, 3)),
    ]
    assert len(transcript.turns) == 3
    assert [(item.reason, item.span.page, item.span.lines[0]) for item in transcript.ignored] == [
        ("running head or foot", page, line) for page, line in ((1, 1), (1, 6), (2, 1), (2, 4))
    ]


def test_every_line_of_every_page_is_accounted_for():
    texts = [[HEAD, *(f"M. Ba : phrase {n} de la page {page}." for n in range(8)), f"{page}"] for page in range(1, 6)]
    transcript = read(pages(*texts))
    spans = [cue.span for cue in transcript.cues] + [item.span for item in transcript.ignored]
    told = {(span.page, n) for span in spans for n in range(span.lines[0], span.lines[1] + 1)}
    assert told == {(page, n) for page in range(1, 6) for n in range(1, 11)}


def test_a_word_cut_between_pages_is_whole_on_the_first():
    transcript = read(pages(["Mme Lê : nous atten-"], ["dons la réponse."]))
    assert [(cue.text, cue.span.page) for cue in transcript.cues] == [("nous attendons", 1), ("la réponse.", 2)]


def test_a_hyphen_the_document_writes_elsewhere_is_kept():
    lines = ["Mme Lê : le sous-sol est humide.", "M. Ba : oui, notre sous-", "sol aussi, et le conser-", "vatoire."]
    assert said(read(pages(lines)))[1] == ("M. Ba", "oui, notre sous-sol aussi, et le conservatoire.")


def test_ligatures_alone_are_undone():
    assert pdf._clean("o\ufb03ce \ufb01n  n\u00b0 m\u00b2 \u2026 \x00\ud800") == "office fin n\u00b0 m\u00b2 \u2026"


def test_prose_is_cut_at_the_ends_of_paragraphs():
    long = "La place sera rendue aux piétons et le marché restera le samedi sur la place,"
    transcript = read(pages([long, "c'est décidé.", long, "c'est dit."]))
    assert [cue.text for cue in transcript.cues] == [f"{long} c'est décidé.", f"{long} c'est dit."]


def test_scanned_pages_are_refused_with_a_cure():
    with pytest.raises(TranscriptError, match="OCR"):
        read(pages([], []))


def test_a_scanned_page_among_others_is_said():
    transcript = read(pages(["Mme Lê : oui, nous sommes d'accord."], []))
    assert "pages_without_text" in {notice.code for notice in transcript.notices}
    assert [(item.reason, item.span.page) for item in transcript.ignored] == [("page without text", 2)]


def test_an_encrypted_file_is_refused_with_a_cure():
    secret = f"/Encrypt << /Filter /Standard /V 1 /R 2 /O <{'41' * 32}> /U <{'42' * 32}> /P -44 >> /ID [<00> <00>]"
    with pytest.raises(TranscriptError, match="password"):
        read(pages(["Mme Lê : oui"], trailer=secret))


def test_a_file_locked_against_changes_alone_is_read():
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pages(["Mme Lê : oui"])))
    writer.encrypt("", "owner", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    assert said(read(out.getvalue())) == [("Mme Lê", "oui")]


def test_too_many_pages_are_refused():
    with pytest.raises(TranscriptError, match="2001 pages"):
        read(pages(["Mme Lê : oui"], kids=[6] * 2_001))


def test_what_is_no_pdf_is_refused():
    for data in (b"%PDF-1.4\nnothing", b"%PDF-1.4"):
        with pytest.raises(TranscriptError):
            read(data)
    with pytest.raises(TranscriptError, match="not a PDF"):
        pdf.read(Source.decode(b"Ada : oui", "a.txt", None))


def test_a_compressed_bomb_costs_a_message():
    squeezed = zlib.compress(b"(Ada : oui) Tj " * 15_000_000)
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>",
        stream(squeezed, "/Filter /FlateDecode"),
    ]
    with pytest.raises(TranscriptError):
        read(made(objects))


def test_damage_raises_nothing_but_transcript_errors():
    rng = random.Random(20)
    data = pages(FIRST, SECOND, [])
    broken = [data[:cut] for cut in range(8, len(data), 100)]
    for _ in range(80):
        noisy = bytearray(data)
        for _ in range(rng.choice((1, 10, 100))):
            noisy[rng.randrange(8, len(noisy))] = rng.randrange(256)
        broken.append(bytes(noisy))
    for one in broken:
        with contextlib.suppress(TranscriptError):
            transcript = read(one)
            assert Transcript.model_validate_json(transcript.model_dump_json()) == transcript

"""PDF, written by hand here: running heads, cut words, ligatures, and files that cannot be read."""

import contextlib
import io
import random
import zlib

import pypdf
import pytest

from comparia.errors import TranscriptError
from comparia.ingest import page_layout, pdf
from comparia.ingest.assembly import assemble
from comparia.ingest.source import Source
from comparia.records import Transcript
from tests.work import assert_linear


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


# Places of words -----------------------------------------------------------------------------------------------------


def drawn(*contents, font="/Encoding /WinAnsiEncoding"):
    """A PDF of pages, each drawn by its operations in Helvetica as `/F1`."""
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "",
        f"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica {font} >>",
    ]
    numbers = []
    for content in contents:
        objects.append(stream(content.encode("cp1252")))
        box = "/MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >>"
        objects.append(f"<< /Type /Page /Parent 2 0 R {box} /Contents {len(objects)} 0 R >>")
        numbers.append(len(objects))
    listed = " ".join(f"{number} 0 R" for number in numbers)
    objects[1] = f"<< /Type /Pages /Count {len(numbers)} /Kids [{listed}] >>"
    return made(objects)


def placed(*texts):
    """Operations that draw each text at its place, in this order."""
    return "".join(f"BT /F1 11 Tf {x} {y} Td ({text}) Tj ET\n" for x, y, text in texts)


def across(*columns, top=760, xs=(50, 320)):
    """Operations that draw columns line by line, from side to side."""
    most = max(map(len, columns))
    return placed(
        *(
            (x, top - 16 * n, column[n])
            for n in range(most)
            for x, column in zip(xs, columns, strict=False)
            if n < len(column)
        )
    )


def codes(transcript):
    return {notice.code for notice in transcript.notices}


LEFT = [
    "M. Bertin : La digue a dix ans",
    "et elle fuit. Je demande",
    "qu'on la relève.",
    "Mme Le Goff : Je suis contre.",
]
RIGHT = ["M. Bertin : Pourquoi ?", "Mme Le Goff : Elle cache la", "mer aux riverains.", "M. Bertin : Soit."]
IN_COLUMNS = [
    ("M. Bertin", "La digue a dix ans et elle fuit. Je demande qu'on la relève."),
    ("Mme Le Goff", "Je suis contre."),
    ("M. Bertin", "Pourquoi ?"),
    ("Mme Le Goff", "Elle cache la mer aux riverains."),
    ("M. Bertin", "Soit."),
]


def test_two_columns_drawn_from_side_to_side_are_read_down():
    transcript = read(drawn(across(LEFT, RIGHT)))
    assert said(transcript) == IN_COLUMNS
    assert [cue.span.lines for cue in transcript.cues] == [(1, 3), (4, 4), (5, 5), (6, 7), (8, 8)]
    assert "columns_doubted" not in codes(transcript)


def test_two_columns_drawn_one_after_the_other_are_read_down():
    down = placed(*((50, 760 - 16 * n, line) for n, line in enumerate(LEFT)))
    down += placed(*((320, 755 - 16 * n, line) for n, line in enumerate(RIGHT)))
    assert said(read(drawn(down))) == IN_COLUMNS


def test_columns_below_a_title_and_above_a_foot_keep_these_apart():
    head = "Compte rendu intégral de la réunion publique de Vattetot-sur-Mer du 12 mars"
    foot = placed((50, 60, "2026"), (420, 60, "Ville de Vattetot-sur-Mer"))
    content = placed((50, 800, head)) + across(LEFT, RIGHT) + foot
    number = placed((290, 696, "2"))
    transcript = read(drawn(content, content, placed((50, 800, head)) + across(LEFT, RIGHT) + number))
    assert said(transcript) == IN_COLUMNS * 3
    assert {item.reason for item in transcript.ignored} == {"running head or foot"}


def test_a_title_between_columns_parts_them():
    title = "Seconde partie de la réunion : le marché du samedi et la circulation du bourg"
    below = across(
        ["Mme Le Goff : Et le marché, on", "le garde ?"], ["M. Bertin : Bien sûr que", "oui, madame."], top=660
    )
    content = across(LEFT, RIGHT) + placed((50, 680, title)) + below
    turns = said(read(drawn(content)))
    assert turns[:4] == IN_COLUMNS[:4]
    assert turns[-2:] == [("Mme Le Goff", "Et le marché, on le garde ?"), ("M. Bertin", "Bien sûr que oui, madame.")]


def test_three_columns_are_read_down():
    left = ["Mme Lê : Je ne veux", "pas de cette digue,", "elle est trop haute."]
    middle = ["M. Ba : Elle nous", "protège de la mer, et", "de la tempête aussi."]
    right = ["Mme Lê : Elle cache", "la mer aux riverains", "et aux enfants."]
    assert said(read(drawn(across(left, middle, right, xs=(50, 220, 390))))) == [
        ("Mme Lê", "Je ne veux pas de cette digue, elle est trop haute."),
        ("M. Ba", "Elle nous protège de la mer, et de la tempête aussi."),
        ("Mme Lê", "Elle cache la mer aux riverains et aux enfants."),
    ]


def test_a_table_of_labels_and_values_is_read_row_by_row():
    labels = ["Conseillers", "Présents", "Votants", "Pour", "Contre", "Abstentions"]
    content = placed((50, 800, "Mme Lê : voici les nombres")) + across(labels, ["29", "27", "28", "20", "5", "3"])
    transcript = read(drawn(content))
    assert "Conseillers 29 Présents 27 Votants 28" in said(transcript)[0][1]
    assert "columns_doubted" not in codes(transcript)


def test_cells_that_are_drawn_one_after_the_other_stay_beside_one_another():
    cells = [
        ("Pourquoi voulez-vous une", "digue si haute ici ?", "Parce que la mer monte", "chaque année un peu plus."),
        ("Et pourquoi pas une dune", "plantée de roseaux ?", "Parce que le sable part", "à chaque grande marée."),
        ("Combien coûte la digue", "par habitant du bourg ?", "Douze euros par an pour", "chacun de nous, environ."),
    ]
    content = "".join(
        placed((50, 760 - 40 * n, a), (50, 744 - 40 * n, b), (320, 760 - 40 * n, c), (320, 744 - 40 * n, d))
        for n, (a, b, c, d) in enumerate(cells)
    )
    text = " ".join(cue.text for cue in read(drawn(content)).cues)
    assert text == " ".join(" ".join(cell) for cell in cells)


def test_columns_that_may_be_a_table_are_announced_with_their_page():
    left = [f"Proposition sur la rue {name}" for name in ("Haute", "Basse", "Longue", "Courte")]
    right = [f"Avis de la commission {n}" for n in range(4)]
    transcript = read(drawn(placed((50, 760, "Mme Lê : oui.")), across(left, right)))
    (notice,) = [notice for notice in transcript.notices if notice.code == "columns_doubted"]
    assert notice.values["pages"] == ("2",)
    assert "rue Haute Avis de la commission 0" in " ".join(cue.text for cue in transcript.cues)


def test_words_that_stretched_letters_cut_are_whole():
    """Letters are drawn half as wide again, which the reading of pypdf takes for gaps between words."""
    content = (
        "BT /F1 11 Tf 150 Tz 50 760 Td (Ada : the Coun) Tj 110.07 0 Td (cil woul) Tj 54.09 0 Td (d vote) Tj ET\n"
        "BT /F1 11 Tf 100 Tz 50 740 Td (Bob : no.) Tj ET"
    )
    assert "Coun cil" in pypdf.PdfReader(io.BytesIO(drawn(content))).pages[0].extract_text()
    assert said(read(drawn(content))) == [("Ada", "the Council would vote"), ("Bob", "no.")]


def test_kerning_parts_no_words_and_gaps_do():
    content = "BT /F1 11 Tf 50 760 Td [(A) 20 (da : T) 110 (o W) 80 (e) -278 (A) 70 (V) -20 (oid) -300 (it)] TJ ET"
    assert said(read(drawn(content, content))) == [("Ada", "To We AVoid it")] * 2


def test_words_that_only_one_reading_glues_stay_two():
    known = {"la", "place"}
    assert pdf._cuts(["la", "place"], ["laplace"], known) == 0
    assert pdf._cuts(["Co", "un", "cil,", "la", "place"], ["Council,", "la", "place"], known) == 1
    assert pdf._cuts(["Council"], ["Co", "uncil"], known) == 0


@pytest.mark.parametrize(
    "lines",
    [
        ["Une habitante du quartier des", "Lilas : Moi je suis contre."],
        ["Une habitante", "du quartier des", "Lilas : Moi je suis contre."],
        ["Une habitante du", "quartier des", "Lilas : Moi je suis contre."],
        ["Une habitante du quartier des Lilas", ": Moi je suis contre."],
        ["Je vous remercie beaucoup. Une habitante du quartier des", "Lilas : Moi je suis contre."],
    ],
)
def test_a_label_cut_at_the_end_of_a_line_is_whole(lines):
    turns = said(read(pages(["Mme Lê : la parole est à la salle, et à vous.", *lines, "Mme Lê : dont acte."])))
    assert ("Une habitante du quartier des Lilas", "Moi je suis contre.") in turns
    assert "habitante" not in turns[0][1]


def test_a_label_cut_in_a_column_is_whole():
    left = ["M. Bertin : La digue a dix ans", "et elle fuit, relevons-la.", "Une habitante du quartier des"]
    right = ["Lilas : Moi je suis contre ce", "projet de digue.", "M. Bertin : Je vous entends."]
    assert said(read(drawn(across(left, right)))) == [
        ("M. Bertin", "La digue a dix ans et elle fuit, relevons-la."),
        ("Une habitante du quartier des Lilas", "Moi je suis contre ce projet de digue."),
        ("M. Bertin", "Je vous entends."),
    ]


def test_an_office_cut_at_the_end_of_a_line_stays_with_its_name():
    lines = ["Mme Ilaria Casillo, vice-présidente de la", "Commission : Bonsoir à tous.", "M. Ba : Bonsoir."]
    assert said(read(pages(lines)))[0] == ("Mme Ilaria Casillo, vice-présidente de la Commission", "Bonsoir à tous.")


def test_a_name_cut_at_its_hyphen_keeps_it():
    lines = ["Mme Lê : la parole est à la salle, et à vous.", "M. Jean Dupont-", "Martin, adjoint au maire : Bonsoir."]
    assert said(read(pages(lines)))[1] == ("M. Jean Dupont-Martin, adjoint au maire", "Bonsoir.")


def test_names_one_below_the_other_are_not_one_label():
    lines = ["Mme Lê : je donne la parole à la salle et à tous ceux qui la veulent", "M. Martin", "Durand : Oui."]
    assert ("Durand", "Oui.") in said(read(pages(lines)))


def test_names_of_glyphs_are_no_words():
    font = "/Encoding << /Differences [1 /head2right /arrowdwnrt1 /bullet /eacute] >>"
    content = "BT /F1 11 Tf 50 760 Td (\x01\x01 Ada : \x02oui et/ou non, \x03 pav\x04 http://a.fr/bullet) Tj ET"
    (cue,) = read(drawn(content, font=font)).cues
    assert (cue.speaker, cue.text) == ("Ada", "oui et/ou non, • pavé http://a.fr/bullet")


def test_words_drawn_through_a_form_are_placed_too():
    inner = across(LEFT, RIGHT, top=700)
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    form = "/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Matrix [1 0 0 1 0 60] /Resources << /Font << /F1 4 0 R >> >>"
    resources = "/Resources << /Font << /F1 4 0 R >> /XObject << /Fm 5 0 R >> >>"
    data = made(
        [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 6 0 R {resources} >>",
            font,
            stream(inner.encode("cp1252"), form),
            stream(b"q 1 0 0 1 0 0 cm /Fm Do Q"),
        ]
    )
    assert said(read(data)) == IN_COLUMNS


def test_a_page_whose_places_are_not_known_is_read_as_it_is_drawn():
    content = placed((50, 760, "Ada : oui."), (50, 740, "Bob : non.")) + "BT /F1 Tf /F9 11 Tf 1 2 Tm (x) Tz ET"
    assert said(read(drawn(content)))[:2] == [("Ada", "oui."), ("Bob", "non.")]


def test_places_of_more_words_than_a_page_holds_are_not_kept():
    page = pypdf.PdfReader(io.BytesIO(drawn(f"BT /F1 11 Tf ({'a ' * (page_layout.MOST_PIECES + 1)}) Tj ET"))).pages[0]
    pen = page_layout.Pen(page, page_layout.Fonts())
    page.extract_text(visitor_operand_before=lambda operator, operands, *_: pen.follow(operator, operands))
    assert pen.is_lost
    assert not pen.pieces
    assert page_layout.arrange(pen) is None


def test_twice_the_words_of_a_page_are_twice_the_work():
    def attempt(content):
        read(drawn(content))

    lines = "[(Ada : o) 10 (ui, tout) -300 (à fait)] TJ 0 -1 Td "
    assert_linear(attempt, lambda size: f"BT /F1 1 Tf 50 700 Td {lines * size} ET", 300)
    words = "(mot) 30 (s) -300 "
    assert_linear(attempt, lambda size: f"BT /F1 1 Tf 50 700 Td (Ada : ) Tj [{words * size}] TJ ET", 300)

"""The documents for word processors: read again with a library that did not write it, and with a template."""

import base64
import io
import re
import zipfile
from itertools import pairwise

import docx
import pytest
from docx.oxml.ns import qn
from lxml import etree

from comparia import library
from comparia.errors import InputError, TranscriptError, UnknownName
from comparia.messages import speaking
from comparia.records import DocumentChoices, MemberCheckCounts, MemberCheckResult, Piece, now
from comparia.reports import minutes
from comparia.text.dates import iso_date

HOSTILE = (
    "# Top\n\n- **bold** and *soft*\n  - nested\n\n1. one\n\n> quoted\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
    "![x](http://far.example/x.png) [a](javascript:1) <script>x</script>\x0b\x00"
)


@pytest.fixture
def scored(make_run, make_variant, reference):
    return make_run(
        [make_variant("v1", "# Recap\n\n- The bench is needed."), make_variant("v2", HOSTILE)], reference=reference
    )


def opened(content):
    return docx.Document(io.BytesIO(content))


def headings(document):
    return [p.text for p in document.paragraphs if p.style.name == "Heading 1"]


def test_it_has_the_shape_of_minutes(scored):
    document = opened(library.render(scored, "docx"))
    assert document.paragraphs[0].style.name == "Title"
    assert headings(document) == [
        "What framed the exchange",
        "Who took part",
        "What was said",
        "In short: what stands out",
        "What comes next",
        "What became of each point of view",
        "How this document was made",
    ]
    assert document.core_properties.comments == scored.id
    assert document.core_properties.author == ""


def test_it_speaks_the_language_of_the_session(scored):
    french = scored.model_copy(update={"transcript": scored.transcript.model_copy(update={"language": "fr"})})
    with speaking("en"):
        assert headings(opened(library.render(french, "docx")))[0] == "Cadre des échanges"


def test_points_of_view_are_a_real_table(scored):
    document = opened(library.render(scored, "docx"))
    table = next(t for t in document.tables if t.rows[0].cells[0].text == "Point of view")
    assert len(table.columns) == 3
    assert len(table.rows) == 1 + len(scored.reference.key_points)
    assert table.rows[0]._tr.xpath("./w:trPr/w:tblHeader")
    said = {row.cells[0].text.split("\n")[0] for row in table.rows[1:]}
    assert said == {point.text for point in scored.reference.key_points}


def test_markdown_becomes_styles_and_nothing_acts(scored):
    content = library.render(scored, "docx")
    document = opened(content)
    styles = {p.text: p.style.name for p in document.paragraphs}
    assert styles["bold and soft"] == "List Bullet"
    assert styles["nested"] == "List Bullet 2"
    assert styles["one"] == "List Number"
    assert styles["quoted"] == "Quote"
    assert [c.text for c in next(t for t in document.tables if t.rows[0].cells[0].text == "a").rows[1].cells] == [
        "1",
        "2",
    ]
    bold = next(r for p in document.paragraphs for r in p.runs if r.text == "bold")
    assert bold.bold
    parts = zipfile.ZipFile(io.BytesIO(content))
    relations = b"".join(parts.read(name) for name in parts.namelist() if name.endswith(".rels"))
    assert b"far.example" not in relations
    assert b"javascript" not in relations


def test_a_recap_written_by_a_person_is_the_body(make_run, make_variant, reference):
    taken = Piece(text="The bench is needed, all say.", variant="v1", original="The bench is needed.")
    mine = make_variant(
        "h1", "The bench is needed, all say.\n\nMine.", author="human", backend="Awa", finished_at=now()
    )
    mine = mine.model_copy(update={"pieces": (taken, Piece(text="Mine."))})
    run = make_run([make_variant("v1", "The bench is needed. UNUSED."), mine], reference=reference)
    assert minutes.final(run).id == "h1"
    text = "\n".join(p.text for p in opened(library.render(run, "docx")).paragraphs)
    assert "Mine." in text
    assert "UNUSED" not in text
    assert "of which 1 changed by hand; 1 written by hand" in text


def test_many_recaps_turn_the_page(make_run, make_variant, reference):
    run = make_run([make_variant(f"v{n}", f"Recap {n}.") for n in range(1, 6)], reference=reference)
    document = opened(library.render(run, "docx"))
    turned = [s.page_width > s.page_height for s in document.sections]
    assert turned == [False, True, False]


def test_a_template_gives_its_styles_and_loses_its_text(scored, tmp_path):
    ours = docx.Document()
    ours.add_paragraph("LEFT OUT")
    ours.sections[0].header.paragraphs[0].text = "Town of Saint-Orlan"
    ours.styles["Title"].font.name = "Courier New"
    path = tmp_path / "ours.docx"
    ours.save(path)
    document = opened(library.render(scored, "docx", template=path))
    assert "LEFT OUT" not in "\n".join(p.text for p in document.paragraphs)
    assert document.sections[0].header.paragraphs[0].text == "Town of Saint-Orlan"
    assert document.styles["Title"].font.name == "Courier New"


def test_a_template_without_styles_will_do(scored, tmp_path):
    bare = docx.Document()
    for style in list(bare.styles):
        if style.name not in ("Normal", "Default Paragraph Font", "Normal Table", "No List"):
            style.delete()
    path = tmp_path / "bare.docx"
    bare.save(path)
    assert scored.transcript.title in opened(library.render(scored, "docx", template=path)).paragraphs[0].text


def test_a_hostile_or_foreign_template_is_refused(scored, tmp_path):
    bomb = tmp_path / "bomb.docx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("word/document.xml", b" " * 90_000_000)
    entity = tmp_path / "entity.docx"
    with zipfile.ZipFile(entity, "w") as parts:
        parts.writestr("word/document.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    text = tmp_path / "text.docx"
    text.write_text("not a document")
    for path in (bomb, entity, text):
        with pytest.raises(TranscriptError):
            library.render(scored, "docx", template=path)
    with pytest.raises(InputError):
        library.render(scored, "html", template=bomb)


def test_the_opendocument_says_the_same(scored):
    from odfdo import Document

    content = library.render(scored, "odt")
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert names[0] == "mimetype"
    document = Document(io.BytesIO(content))
    said = [header.text_recursive for header in document.body.get_headers() if str(header.level) == "1"]
    assert said == headings(opened(library.render(scored, "docx")))
    table = next(t for t in document.body.get_tables() if "Point of view" in t.get_cell("A1").text_recursive)
    assert table.height == 1 + len(scored.reference.key_points)
    assert table.get_elements("table:table-header-rows")
    assert document.meta.description == scored.id
    parts = zipfile.ZipFile(io.BytesIO(content))
    assert not [name for name in parts.namelist() if b"far.example" in parts.read(name)]


def test_the_figure_counts_every_verdict(scored):
    from xml.etree import ElementTree

    drawn = ElementTree.fromstring(library.render(scored, "svg"))
    described = next(e.text for e in drawn if e.tag.endswith("desc"))
    points = scored.reference.key_points
    few = sum(scored.reference.is_isolated(point) for point in points if scored.reference.is_minority(point))
    assert described.count(f"Isolated voices, one person each ({few})") == 2
    for part in described.split("; "):
        counts = [int(word) for word in part.rpartition(": ")[2].replace(",", "").split() if word.isdigit()]
        assert sum(counts) == int(part.partition("(")[2].partition(")")[0])


def test_a_figure_without_points_says_so(make_run, make_variant):
    assert "No key points were given" in library.render(make_run([make_variant("v1", "Recap.")]), "svg").decode()


def composed(make_run, make_variant, *texts, source="## Parking\n\nThe bench is needed. It rains. [T2]"):
    pieces = tuple(
        Piece(text=text, variant="v1" if text in source else "", original=text if text in source else "")
        for text in texts
    )
    mine = make_variant("h1", "\n\n".join(texts), author="human", backend="imported:Awa", finished_at=now())
    return make_run([make_variant("v1", source), mine.model_copy(update={"pieces": pieces})])


def paragraphs(run, **chosen):
    document = opened(library.render(run, "docx", choices=DocumentChoices(**chosen)))
    return [(p.text, p.style.name) for p in document.paragraphs]


def test_sentences_that_follow_each_other_are_one_paragraph(make_run, make_variant):
    run = composed(
        make_run, make_variant, "Parking", "The bench is needed.", "It rains. [T2]", "- One\n- Two", "Mine.", "## Next"
    )
    told = paragraphs(run, frame=False, points=False, method=False)[2:]
    assert told == [
        ("Parking", "Heading 1"),
        ("The bench is needed. It rains.", "Normal"),
        ("One", "List Bullet"),
        ("Two", "List Bullet"),
        ("Mine.", "Normal"),
        ("Next", "Heading 1"),
    ]


def test_marks_of_turns_are_left_out_or_told_as_times(make_run, make_variant):
    run = make_run([make_variant("v1", "**Bench** [T1]. Rain *[T2, chat]*, sun [T999].")])
    turns = tuple(
        turn.model_copy(update={"start": 60_000 * minutes})
        for turn, minutes in zip(run.transcript.turns, (18, 79, 80, 81), strict=False)
    )
    run = run.model_copy(update={"transcript": run.transcript.model_copy(update={"turns": turns})})
    alone = {"frame": False, "points": False, "method": False}
    assert paragraphs(run, **alone)[2][0] == "Bench. Rain, sun."
    assert paragraphs(run, times=True, **alone)[2][0] == (
        "Bench (at 0\u00a0h\u00a018). Rain (at 1\u00a0h\u00a019), sun."
    )


def test_what_is_not_chosen_is_not_there(scored):
    text = "\n".join(text for text, _style in paragraphs(scored, recap="v1", frame=False, points=False, method=False))
    assert text.splitlines()[2:] == ["Recap", "The bench is needed."]
    assert headings(opened(library.render(scored, "docx", choices=DocumentChoices(recap="v1", frame=False)))) == [
        "Recap",
        "What became of each point of view",
        "How this document was made",
    ]
    with pytest.raises(UnknownName):
        library.render(scored, "docx", choices=DocumentChoices(recap="v9"))
    with pytest.raises(InputError):
        library.render(scored, "html", choices=DocumentChoices())


def whole_text(content):
    parts = zipfile.ZipFile(io.BytesIO(content))
    return "\n".join(parts.read(name).decode() for name in parts.namelist() if name.endswith(".xml"))


@pytest.mark.parametrize("format", ["docx", "odt"])
def test_how_many_of_those_who_took_part_read_and_agreed_is_told_of_the_recap_that_is_sent(scored, format):
    counts = MemberCheckCounts(opened=12, agreed=7, disputed=2)
    result = MemberCheckResult(variant="v1", opened_at=now(), ends_at=now(), counts=counts)
    run = scored.model_copy(update={"member_checks": (result,)})
    said = "Of these 12 phones: 7 agreed, 2 disputed a sentence."
    with_it, without = (
        whole_text(library.render(run, format, choices=DocumentChoices(recap=recap))) for recap in ("v1", "v2")
    )
    assert said in with_it
    assert "Nobody else was asked." in with_it
    assert said not in without


@pytest.mark.parametrize("people", ["initials", "pseudonyms"])
@pytest.mark.parametrize("format", ["docx", "odt"])
def test_without_names_there_are_none(make_run, make_variant, reference, people, format):
    names = {speaker.name for speaker in make_run([]).transcript.speakers}
    first = min(names)
    mine = make_variant("h1", f"{first} spoke.", author="human", backend=f"imported:{first}", finished_at=now())
    run = make_run([mine], reference=reference)
    choices = DocumentChoices(people=people, title=f"Evening with {first}")
    text = whole_text(library.render(run, format, choices=choices))
    assert not [name for name in names if name in text]
    assert "Written by hand (1)" in text
    assert "imported" not in text
    if people == "initials":
        assert " ".join(f"{word[0]}." for word in first.split()) in text


def test_no_signature_stands_in_a_document(scored):
    for name in ("docx", "odt"):
        text = whole_text(library.render(scored, name))
        assert "matcher:" not in text
        assert not any(score.signature.partition("|")[0] + "|" in text for score in scored.scores)
    assert "matcher:" in library.render(scored, "html").decode()


def test_title_date_and_place_are_those_of_the_document_alone(scored):
    choices = DocumentChoices(title="Halle : l’avenir", date="14 mars 2026", place="Town hall")
    document = opened(library.render(scored, "docx", choices=choices))
    assert document.paragraphs[0].text == "Halle : l’avenir"
    assert "14 mars 2026 · Town hall" in document.paragraphs[1].text
    assert document.core_properties.title == "Halle : l’avenir"
    session = library.document_session(scored, choices)
    assert (session.title, session.date) == ("Halle : l’avenir", "14 mars 2026")


def inaccessible(content, language):
    """What of a Word document somebody who does not see it could not read, or not find: empty for nothing."""
    document = opened(content)
    body = document.element.body
    wrong = []
    spoken = document.styles.element.xpath("./w:docDefaults/w:rPrDefault/w:rPr/w:lang/@w:val")
    if spoken != [language] or document.core_properties.language != language:
        wrong.append("the language of the document")
    if [tag for tag in body.xpath(".//w:rPr/w:lang/@w:val") if not tag.startswith(language[:2])]:
        wrong.append("the language of some words")
    if not document.core_properties.title:
        wrong.append("the title of the document")
    names = [paragraph.style.name for paragraph in document.paragraphs]
    if names.count("Title") != 1 or names[0] != "Title":
        wrong.append("one title, first")
    levels = [int(name[-1]) for name in names if name.startswith("Heading")]
    if levels and (levels[0] != 1 or any(after > before + 1 for before, after in pairwise(levels))):
        wrong.append(f"headings in order: {levels}")
    wrong += [f"an empty {p.style.name}" for p in document.paragraphs if not p.text.strip()]
    for number, table in enumerate(document.tables, start=1):
        if not table.rows[0]._tr.xpath("./w:trPr/w:tblHeader"):
            wrong.append(f"the headings of table {number}")
        if not all(cell.text.strip() for cell in table.rows[0].cells):
            wrong.append(f"an empty heading of table {number}")
        if not "".join(table._tbl.tblPr.xpath("./w:tblDescription/@w:val")).strip():
            wrong.append(f"what table {number} is")
        look = table._tbl.tblPr.xpath("./w:tblLook")[0]
        if look.get(qn("w:firstRow")) != "1" or look.get(qn("w:firstColumn")) != "1":
            wrong.append(f"the first row and column of table {number}")
        if table._tbl.xpath(".//w:vMerge | .//w:gridSpan"):
            wrong.append(f"joined cells of table {number}")
    for part in document.part.package.iter_parts():
        if part.partname.endswith(".xml") and part.partname.startswith("/word/"):
            drawn = etree.fromstring(part.blob).iter(f"{{{DRAWING}}}docPr")
            wrong += [f"what a picture of {part.partname} shows" for one in drawn if not one.get("descr", "").strip()]
    return wrong


DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"


@pytest.mark.parametrize(
    "choices",
    [
        DocumentChoices(),
        DocumentChoices(recap="every"),
        DocumentChoices(frame=False, points=False, method=False),
        DocumentChoices(frame=False, people="pseudonyms", times=True),
    ],
    ids=["usual", "every recap", "recap alone", "annexes without names"],
)
@pytest.mark.parametrize(("language", "tag"), [("en", "en-GB"), ("fr", "fr-FR")])
def test_a_document_can_be_read_aloud(scored, choices, language, tag):
    run = scored.model_copy(update={"transcript": scored.transcript.model_copy(update={"language": language})})
    assert inaccessible(library.render(run, "docx", choices=choices), tag) == []


def test_headings_of_a_recap_that_leaves_levels_out_are_in_order(make_run, make_variant, reference):
    text = "# A\n\n#### B\n\nwords\n\n## C\n\n###### D\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\nEnd."
    run = make_run([make_variant("v1", text)], reference=reference)
    for choices in (DocumentChoices(), DocumentChoices(frame=False)):
        assert inaccessible(library.render(run, "docx", choices=choices), "en-GB") == []


def test_a_template_cannot_take_away_what_is_read_aloud(scored, tmp_path):
    template = docx.Document()
    template.styles["Normal"].element.get_or_add_rPr()
    template.add_table(rows=1, cols=1)
    path = tmp_path / "ours.docx"
    template.save(path)
    assert inaccessible(library.render(scored, "docx", template=path), "en-GB") == []


def test_what_cannot_be_read_aloud_is_found():
    """The check itself: each fault of a document is told."""
    bad = docx.Document()
    bad.add_heading("Too deep", 3)
    bad.add_paragraph("")
    bad.add_table(rows=1, cols=2)
    bad.add_picture(io.BytesIO(PIXEL))
    out = io.BytesIO()
    bad.save(out)
    told = " / ".join(inaccessible(out.getvalue(), "fr-FR"))
    for fault in ("language", "title of", "one title", "headings in order", "an empty Normal", "headings of table 1"):
        assert fault in told
    assert "what a picture of /word/document.xml shows" in told


PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def test_each_numbered_list_begins_from_one(make_run, make_variant):
    run = make_run([make_variant("v1", "1. a\n2. b\n\nThen:\n\n1. c\n2. d")])
    document = opened(library.render(run, "docx"))
    numbers = [
        p._p.xpath("./w:pPr/w:numPr/w:numId/@w:val")[0] for p in document.paragraphs if p.style.name == "List Number"
    ]
    assert numbers[0] == numbers[1] != numbers[2] == numbers[3]
    numbering = document.part.numbering_part.element
    for number in set(numbers):
        assert numbering.xpath(f"./w:num[@w:numId='{number}']/w:lvlOverride/w:startOverride/@w:val") == ["1"]


def test_a_template_gets_the_lists_and_headings_it_lacks(scored, tmp_path):
    bare = docx.Document()
    for style in list(bare.styles):
        if style.name not in ("Normal", "Default Paragraph Font", "Normal Table", "No List"):
            style.delete()
    bare.save(tmp_path / "bare.docx")
    stripped = io.BytesIO()
    with zipfile.ZipFile(tmp_path / "bare.docx") as parts, zipfile.ZipFile(stripped, "w") as written:
        for name in parts.namelist():
            if name == "word/numbering.xml":
                continue
            data = parts.read(name)
            if name.endswith("document.xml.rels"):
                data = re.sub(rb"<Relationship [^>]*numbering\.xml[^>]*/>", b"", data)
            if name == "[Content_Types].xml":
                data = re.sub(rb"<Override [^>]*numbering\.xml[^>]*/>", b"", data)
            written.writestr(name, data)
    (tmp_path / "bare.docx").write_bytes(stripped.getvalue())
    document = opened(library.render(scored, "docx", template=tmp_path / "bare.docx"))
    styles = {p.text: p.style for p in document.paragraphs}
    assert styles["What was said"].name == "Heading 1"
    assert styles["bold and soft"].name == "List Bullet"
    number = styles["bold and soft"].element.xpath("./w:pPr/w:numPr/w:numId/@w:val")[0]
    assert document.part.numbering_part.element.xpath(f"./w:num[@w:numId='{number}']")


def test_a_dotx_template_is_taken(scored, tmp_path):
    written = io.BytesIO()
    ours = docx.Document()
    ours.sections[0].header.paragraphs[0].text = "Town of Saint-Orlan"
    ours.save(written)
    path = tmp_path / "ours.dotx"
    with zipfile.ZipFile(written) as parts, zipfile.ZipFile(path, "w") as copied:
        for name in parts.namelist():
            data = parts.read(name).replace(
                b"wordprocessingml.document.main+xml", b"wordprocessingml.template.main+xml"
            )
            copied.writestr(name, data)
    document = opened(library.render(scored, "docx", template=path))
    assert document.sections[0].header.paragraphs[0].text == "Town of Saint-Orlan"


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-03-14", "2026-03-14"),
        ("samedi 14 mars 2026, 19 h", "2026-03-14"),
        ("1er août 2026", "2026-08-01"),
        ("14/03/2026", "2026-03-14"),
        ("March 14, 2026", "2026-03-14"),
        ("14th of March", ""),
        ("31/02/2026", ""),
        ("", ""),
    ],
)
def test_a_day_is_read_as_people_write_it(written, day):
    assert iso_date(written) == day

"""The documents for word processors: read again with a library that did not write it, and with a template."""

import io
import zipfile

import docx
import pytest

from comparia import library
from comparia.errors import InputError, TranscriptError
from comparia.messages import speaking
from comparia.records import Piece, now
from comparia.reports import minutes

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
    said = {row.cells[0].text.split()[0] for row in table.rows[1:]}
    assert said == {point.id for point in scored.reference.key_points}


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

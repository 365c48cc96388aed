"""The page of the document that is sent out, and what is done to recaps, without scripts."""

import io
import zipfile

import docx
import pytest

from comparia import library
from tests.web.conftest import refusal, words

RECAP = "## Parking\n\nCall Bea on 06 12 34 56 78. It was said [T2]."


@pytest.fixture
def written(web, compared, settings):
    """The address of a comparison with a recap by hand that holds personal data."""
    library.import_text(compared.rpartition("/")[2], RECAP, "Sophie Martin", settings=settings)
    return compared


def document_of(answer):
    return docx.Document(io.BytesIO(answer.content))


def whole_text(answer):
    return "\n".join(paragraph.text for paragraph in document_of(answer).paragraphs)


def chosen(**changed):
    usual = {"recap": "h1", "people": "kept", "title": "Our evening", "date": "14 March 2026", "place": "Hall"}
    return {**usual, "format": "docx", "action": "document", "personal": "stay", **changed}


def test_the_document_is_as_it_is_chosen_and_named(web, written):
    page = web.get(f"{written}/document")
    assert "Sophie Martin" in page.text
    answer = web.post(f"{written}/document", data=chosen())
    assert [step.status_code for step in answer.history] == [303]
    assert 'filename="our-evening-document-14-march-2026.docx"' in answer.headers["content-disposition"]
    document = document_of(answer)
    assert document.paragraphs[0].text == "Our evening"
    assert "14 March 2026 · Hall" in document.paragraphs[1].text
    assert [p.text for p in document.paragraphs[2:]] == ["Parking", "Call Bea on 06 12 34 56 78. It was said."]
    assert not document.tables


def test_choices_are_kept_for_the_comparison_and_the_session_stays(web, written, settings):
    before = library.read_run(written.rpartition("/")[2], settings=settings).transcript
    web.post(f"{written}/document", data=chosen(people="initials", points="on", action="keep"))
    page = web.get(f"{written}/document").text
    assert 'value="Our evening"' in page
    assert 'name="people" value="initials" checked' in page
    assert 'name="points" checked' in page
    assert 'name="method" checked' not in page
    assert library.read_run(written.rpartition("/")[2], settings=settings).transcript == before


def test_personal_data_is_told_and_masked_before_the_document_goes_out(web, written):
    web.post(f"{written}/document", data=chosen(action="keep"))
    page = web.get(f"{written}/document")
    assert "1 piece of personal data in this recap." in words(page)
    assert "<q>06 12 34 56 78</q>" in page.text
    mask = page.text.partition('value="mask:')[2].partition('"')[0]
    page = web.post(f"{written}/document", data=chosen(action=f"mask:{mask}"))
    assert "personal data in this recap" not in words(page)
    document = document_of(web.post(f"{written}/document", data=chosen(method="on")))
    text = "\n".join(p.text for p in document.paragraphs)
    assert "06 12" not in text
    assert "[phone]" in text
    assert "1 piece of personal data was masked by a person." in text


@pytest.fixture
def with_personal_points(web, compared, settings):
    """The address of a comparison of which a key point holds a telephone number."""
    run = compared.rpartition("/")[2]
    with library.open_store(settings) as store:
        before = store.runs.read(run)
        first, *others = before.reference.key_points
        points = (first.model_copy(update={"text": f"{first.text} Call 06 12 34 56 78."}), *others)
        changed = before.reference.model_copy(update={"id": "rf_fedcba9876543210", "key_points": points})
        store.scores.add_scores(run, changed, before.scores)
    assert "06 12" in library.read_run(run, settings=settings).reference.key_points[0].text
    return compared


@pytest.mark.parametrize("format", ["docx", "odt"])
def test_personal_data_of_the_annex_is_told_and_masked_in_the_document(web, with_personal_points, settings, format):
    place = f"{with_personal_points}/document"
    form = chosen(recap="every", points="on", method="on", format=format)
    page = web.post(place, data={**form, "action": "keep"})
    assert "1 piece of personal data in the points of view." in words(page)
    without = web.post(place, data={**chosen(recap="every", format=format), "action": "keep"})
    assert "personal data in the points of view" not in words(without)

    def text():
        answer = web.post(place, data=form)
        if format == "docx":
            document = document_of(answer)
            cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
            return "\n".join([*(p.text for p in document.paragraphs), *cells])
        with zipfile.ZipFile(io.BytesIO(answer.content)) as parts:
            return parts.read("content.xml").decode()

    assert "06 12 34 56 78" in text()
    mask = page.text.partition('value="mask:points:')[2].partition('"')[0]
    masked = web.post(place, data={**form, "action": f"mask:points:{mask}"})
    assert "personal data in the points of view" not in words(masked)
    assert "06 12" not in text()
    assert "[phone]" in text()
    assert "personal data was masked by a person" in text()
    run = library.read_run(with_personal_points.rpartition("/")[2], settings=settings)
    assert "06 12" in run.reference.key_points[0].text  # the points themselves stay as they are
    assert refusal(web.post(place, data={**form, "action": "mask:points:nope"}))


def test_personal_data_of_the_annex_may_stay(web, with_personal_points):
    place = f"{with_personal_points}/document"
    page = web.get(place)
    stay = page.text.partition('value="stay:points:')[2].partition('"')[0]
    answer = web.post(place, data=chosen(recap="every", points="on", action=f"stay:points:{stay}"))
    assert "personal data in the points of view" not in words(answer)


def test_what_is_said_to_stay_is_not_asked_again(web, written):
    page = web.post(f"{written}/document", data=chosen(action="keep"))
    stay = page.text.partition('value="stay:')[2].partition('"')[0]
    assert "personal data in this recap" not in words(
        web.post(f"{written}/document", data=chosen(action=f"stay:{stay}"))
    )


def test_a_document_with_personal_data_asks_once_what_becomes_of_it(web, written):
    place = f"{written}/document"
    page = web.get(place)
    assert 'name="personal" value="mask" required' in page.text  # a browser asks before anything is sent
    asked = web.post(place, data=chosen(personal=""))
    assert asked.url.path == place
    assert "would hold 1 piece of personal data: 06 12 34 56 78" in words(asked)
    asked = web.get(f"{place}.docx")  # nor by its address
    assert "would hold 1 piece of personal data" in words(asked)
    masked = whole_text(web.post(place, data=chosen(personal="mask")))
    assert "06 12" not in masked
    assert "Call Bea on" in masked
    again = web.get(place)
    assert 'name="personal"' not in again.text
    assert whole_text(web.post(place, data=chosen(personal=""))) == masked


def test_personal_data_that_may_stay_is_not_asked_about_again(web, written):
    place = f"{written}/document"
    assert "06 12 34 56 78" in whole_text(web.post(place, data=chosen()))
    assert "06 12 34 56 78" in whole_text(web.post(place, data=chosen(personal="")))
    assert "06 12 34 56 78" in whole_text(web.get(f"{place}.docx"))


def test_choices_that_are_kept_are_said_so(web, written):
    assert "These choices are kept" in words(web.post(f"{written}/document", data=chosen(action="keep", personal="")))


def test_a_document_for_libreoffice_and_without_names(web, written):
    answer = web.post(f"{written}/document", data=chosen(format="odt", people="pseudonyms", frame="on"))
    assert "our-evening-document" in answer.headers["content-disposition"]
    content = zipfile.ZipFile(io.BytesIO(answer.content)).read("content.xml").decode()
    assert "Ottilie" not in content
    assert "06 12" not in content
    assert "imported" not in content


def test_what_cannot_be_is_refused_on_the_page(web, written):
    assert refusal(web.post(f"{written}/document", data=chosen(people="nobody")))
    template = {"template": ("ours.docx", b"PK no document")}
    assert refusal(web.post(f"{written}/document", data=chosen(), files=template))
    assert refusal(web.post(f"{written}/document", data=chosen(format="odt"), files=template))
    web.post(f"{written}/document", data=chosen(recap="v99", action="keep"))
    assert web.get(f"{written}/document").status_code == 200
    assert web.get(f"{written}/document.pdf").status_code == 404


def test_a_recap_is_renamed_removed_and_put_back_on_the_page(web, written):
    page = web.post(f"{written}/recaps/change", data={"variant": "h1", "action": "rename", "name": "Awa Diop"})
    assert "Awa Diop" in page.text
    assert "imported:" not in page.text
    page = web.post(f"{written}/recaps/change", data={"variant": "h1", "action": "remove"})
    assert "Awa Diop is removed from this comparison" in words(page)
    assert "06 12 34 56 78" not in page.text
    page = web.post(f"{written}/recaps/change", data={"variant": "h1", "action": "put-back"})
    assert "06 12 34 56 78" in page.text
    web.post(f"{written}/votes", data={"variant": ["v1", "h1"]})
    assert "cannot be removed" in refusal(
        web.post(f"{written}/recaps/change", data={"variant": "h1", "action": "remove"})
    )
    assert refusal(web.post(f"{written}/recaps/change", data={"variant": "h1", "action": "else"}))

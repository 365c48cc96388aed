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


def chosen(**changed):
    usual = {"recap": "h1", "people": "kept", "title": "Our evening", "date": "14 March 2026", "place": "Hall"}
    return {**usual, "format": "docx", "action": "document", **changed}


def test_the_document_is_as_it_is_chosen_and_named(web, written):
    page = web.get(f"{written}/document")
    assert "Sophie Martin" in page.text
    answer = web.post(f"{written}/document", data=chosen())
    assert [step.status_code for step in answer.history] == [303]
    assert 'filename="2026-03-14-our-evening.docx"' in answer.headers["content-disposition"]
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


def test_what_is_said_to_stay_is_not_asked_again(web, written):
    page = web.post(f"{written}/document", data=chosen(action="keep"))
    stay = page.text.partition('value="stay:')[2].partition('"')[0]
    assert "personal data in this recap" not in words(
        web.post(f"{written}/document", data=chosen(action=f"stay:{stay}"))
    )


def test_a_document_for_libreoffice_and_without_names(web, written):
    answer = web.post(f"{written}/document", data=chosen(format="odt", people="pseudonyms", frame="on"))
    assert "our-evening.odt" in answer.headers["content-disposition"]
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

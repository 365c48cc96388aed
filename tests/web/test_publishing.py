"""What is published is chosen on a page of the comparison, then downloaded."""

import re

import pytest

from comparia import library
from comparia.records import Piece
from comparia.reports import picture
from tests.web.conftest import words
from tests.web.test_flags import flag_of

PHONE = "07700 900987"


def test_the_page_of_a_comparison_leads_to_what_is_published(web, compared):
    page = web.get(compared).text
    assert f'href="{compared}/publish"' in page
    chosen = web.get(f"{compared}/publish?format=poster")
    assert 'value="poster" checked' in chosen.text
    assert 'value="none" checked' in chosen.text
    assert "personal data would be published" not in words(chosen)


@pytest.mark.parametrize(
    ("format", "media_type", "suffix"),
    [("public", "text/html; charset=utf-8", "public.html"), ("poster", "image/svg+xml", "poster.svg")],
)
def test_what_is_published_is_a_file_without_names_in_it_or_in_its_own_name(web, compared, format, media_type, suffix):
    answer = web.get(f"{compared}/published", params={"format": format})
    assert answer.headers["content-type"] == media_type
    what = {"public": "page-to-publish", "poster": "poster"}[format]
    named = re.search(r'filename="([^"]*)"', answer.headers["content-disposition"])[1]
    assert re.fullmatch(rf"{what}(-\d+-[a-z]+-\d+)?\.{suffix.rpartition('.')[2]}", named)
    assert "<" in answer.text
    same = web.get(f"{compared}/report.{suffix}")
    assert same.content == answer.content


def test_personal_data_is_listed_and_published_only_when_that_is_chosen(web, compared, settings):
    text = f"Call the hub on {PHONE}."
    library.import_text(compared.rpartition("/")[2], text, "Awa", pieces=(Piece(text=text),), settings=settings)
    chosen = web.get(f"{compared}/publish")
    assert "1 piece of personal data would be published" in words(chosen)
    assert PHONE in words(chosen)
    asked = {"format": "public", "people": "kept"}
    refused = web.get(f"{compared}/published", params=asked)
    assert refused.status_code >= 400
    assert "Nothing was written" in words(refused)
    assert PHONE in web.get(f"{compared}/published", params={**asked, "personal_data": "keep"}).text
    assert PHONE not in web.get(f"{compared}/published", params={**asked, "personal_data": "mask"}).text
    assert PHONE not in web.get(f"{compared}/published", params={"format": "public"}).text


@pytest.mark.parametrize("asked", [{"format": "json"}, {"people": "all"}, {"people": "none", "personal_data": "x"}])
def test_other_choices_are_refused(web, compared, asked):
    answer = web.get(f"{compared}/published", params=asked)
    assert 400 <= answer.status_code < 500


def test_what_a_person_masked_is_published_nowhere(web, compared):
    web.post(f"{compared}/recaps", data={"author": "Awa", "text": f"The hub opens. Call Bea on {PHONE}."})
    page = web.get(compared)
    variant, flag, _offered = flag_of(page, PHONE)
    web.post(f"{compared}/flags", data={"variant": variant, "flag": flag, "answer": "masked"})
    asked = {"format": "public", "people": "kept", "personal_data": "keep"}
    assert PHONE not in web.get(f"{compared}/published", params=asked).text


def test_the_poster_is_a_picture_where_pictures_can_be_made(web, compared):
    offered = 'value="poster-png"' in web.get(f"{compared}/publish").text
    assert offered == picture.is_installed()
    answer = web.get(f"{compared}/published", params={"format": "poster-png"})
    if offered:
        assert answer.headers["content-type"] == "image/png"
        assert answer.content.startswith(b"\x89PNG")
    else:
        assert "optional package" in answer.text

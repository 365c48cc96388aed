"""Flags on the page of a comparison: answered, remembered, taken back; personal data masked everywhere at a click."""

import io
import re
import zipfile

import pytest

from comparia import library
from comparia.web.app import ROUTES
from tests.web.conftest import refusal, words

TEXT = "The hub costs 987,654 pounds. Call Bea on 07700 900987, or write to bea.t@example.org."


@pytest.fixture
def flagged(web, compared, settings):
    """The address of a comparison whose last recap, written by hand, holds personal data and a number nobody said."""
    web.post(f"{compared}/recaps", data={"author": "Awa", "text": TEXT})
    return compared


def forms(page):
    """The flags that a page shows: recap, id, answers it offers, and the words of the note."""
    found = {}
    for note in re.findall(r'<li id="n-[^"]+".*?</li>', page.text, re.DOTALL):
        variant, flag = (re.search(rf'name="{name}" value="([^"]+)"', note)[1] for name in ("variant", "flag"))
        offered = re.findall(r'name="answer" value="(\w*)"', note)
        found[flag] = (variant, offered, re.sub(r"<[^>]+>", " ", note))
    return found


def flag_of(page, text):
    return next((variant, flag, offered) for flag, (variant, offered, note) in forms(page).items() if text in note)


def answer(web, address, variant, flag, said):
    return web.post(f"{address}/flags", data={"variant": variant, "flag": flag, "answer": said})


def test_flags_are_underlined_and_answers_are_remembered(web, flagged):
    page = web.get(flagged)
    variant, flag, offered = flag_of(page, "987,654")
    assert offered == ["corrected", "right"]
    assert re.search(r'<mark class="flag f-number"[^>]*>987,654</mark>', page.text)
    assert f'id="p-n-{variant}-{flag}"' in page.text
    answered = answer(web, flagged, variant, flag, "right")
    assert [step.status_code for step in answered.history] == [303]
    assert "it is right" in words(answered)
    assert f'id="p-n-{variant}-{flag}"' not in answered.text
    assert flag_of(web.get(flagged), "987,654")[2] == [""]
    taken_back = answer(web, flagged, variant, flag, "")
    assert f'id="p-n-{variant}-{flag}"' in taken_back.text


def test_personal_data_is_masked_at_a_click_in_every_report_and_can_be_shown_again(web, flagged, settings):
    variant, flag, offered = flag_of(web.get(flagged), "07700 900987")
    assert offered == ["masked", "right"]
    before = library.read_run(flagged.rsplit("/", 1)[1], settings=settings)
    page = answer(web, flagged, variant, flag, "masked")
    assert "Call Bea on [phone], or write to" in words(page).replace(" , ", ", ")
    for form in ("html", "md", "docx", "odt", "json", "text"):
        content = web.get(f"{flagged}/report.{form}").content
        if form in ("docx", "odt"):
            parts = zipfile.ZipFile(io.BytesIO(content))
            content = b"".join(parts.read(name) for name in parts.namelist())
        assert b"900987" not in content, form
    for route in ("", "/compose", "/evidence?point=P01", "/support.json"):
        assert "900987" not in web.get(f"{flagged}{route}").text
    after = library.read_run(before.id, settings=settings)
    with library.open_store(settings) as store:
        assert store.runs.read(before.id).variants == before.variants  # as it was written
    values = {(s.metric, s.variants): s.value for s in before.scores}
    assert {(s.metric, s.variants): s.value for s in library.score(before.id, settings=settings).scores} == values
    assert after.variants != before.variants
    shown = answer(web, flagged, variant, flag, "")
    assert "07700 900987" in shown.text


def test_both_pieces_of_personal_data_are_masked_one_by_one(web, flagged):
    for text in ("07700 900987", "bea.t@example.org"):
        variant, flag, _offered = flag_of(web.get(flagged), text)
        answer(web, flagged, variant, flag, "masked")
    page = web.get(flagged)
    assert "[phone]" in page.text
    assert "[email]" in page.text
    assert sum(offered == [""] for _variant, offered, _note in forms(page).values()) == 2


@pytest.mark.parametrize(
    "given", [("v9", "fl_x", "right"), ("v1", "fl_x", "masked"), ("v1", "fl_x", "moon"), ("", "", "")]
)
def test_what_is_no_flag_is_refused_on_the_page(web, flagged, given):
    assert refusal(answer(web, flagged, *given))
    assert "/runs/{run}/flags" in {route.path for route in ROUTES}


def test_what_was_answered_goes_with_the_run(web, flagged, settings):
    variant, flag, _offered = flag_of(web.get(flagged), "07700 900987")
    answer(web, flagged, variant, flag, "masked")
    web.post(f"{flagged}/forget")
    outputs = [path.read_bytes() for path in settings.outputs.rglob("*") if path.is_file()]
    assert not [content for content in outputs if b"900987" in content]

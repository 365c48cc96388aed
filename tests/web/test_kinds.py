"""Kinds of session in the browser: taken on the page of a session, changed, sent and received as a file."""

import html
import re

from comparia import library
from tests.web.conftest import ended, refusal, words

PROMPTS = ["recap/01-faithful-synthesis.md", "recap/03-decisions-and-next-steps.md"]


def ticked(page, name):
    found = re.findall(rf'<input type="checkbox" name="{name}" value="([^"]*)" checked', re.sub(r"\s+", " ", page.text))
    return [html.unescape(value) for value in found]


def pressed(page):
    return re.findall(r'<button name="kind" value="([^"]*)"[^>]*aria-pressed="true"', page.text)


def test_a_click_ticks_what_is_chosen_and_keeps_what_was_typed(web, given):
    page = web.post(f"{given}/kind", data={"title": "Evening", "kind": "council", "backend": ["extractive:speakers"]})
    assert page.url.path == given
    assert "What “Council meeting” chooses is ticked." in words(page)
    assert ticked(page, "prompts") == PROMPTS
    assert ticked(page, "backend") == ["extractive:speakers"]
    assert pressed(page) == ["council"]
    assert "<h1>Evening</h1>" in page.text
    assert refusal(web.post(f"{given}/kind", data={"kind": "nope"}))


def test_the_document_and_the_composer_begin_as_the_kind_has_them(web, given, settings):
    web.post(f"{given}/kind", data={"kind": "public-inquiry", "backend": ["extractive:speakers"]})
    form = {"backend": ["extractive:speakers"], "policy": "local"}
    address = ended(web, web.post(f"{given}/compare", data=form).url.path)
    run = address.rsplit("/", 1)[1]
    kind = library.session_kind("public-inquiry", "en", settings=settings)
    assert library.document_choices(run, settings=settings) == kind.document
    document = web.get(f"{address}/document").text
    assert re.search(r'name="people" value="initials" checked', document)
    assert re.search(r'name="times" checked', document)
    composing = web.post(f"{address}/compose", data={"action": "start:outline", "known": ""})
    for heading in kind.document.outline:
        assert html.escape(heading) in composing.text
    kept = web.post(
        f"{address}/document", data={"recap": "every", "people": "kept", "format": "docx", "action": "keep"}
    )
    assert kept.status_code == 200
    assert library.document_choices(run, settings=settings).outline == kind.document.outline


def test_what_is_chosen_is_kept_as_a_kind_of_ones_own(web, given, settings):
    form = {"backend": ["extractive:speakers"], "prompts": PROMPTS[:1], "other": "m@http://127.0.0.1:9/v1"}
    assert "has a name" in refusal(web.post(f"{given}/kind/keep", data=form))
    page = web.post(f"{given}/kind/keep", data={**form, "kind_name": "Our council"})
    assert "“Our council” is kept." in words(page)
    assert "left out: m@http://127.0.0.1:9/v1" in words(page)
    assert pressed(page) == ["our-council"]
    kind = library.session_kind("our-council", "en", settings=settings)
    assert (kind.models, kind.prompts) == (("extractive:speakers",), tuple(PROMPTS[:1]))
    assert "Our council" in web.get("/preferences").text


def test_the_enter_key_after_a_name_keeps_the_kind_too(web, given, settings):
    page = web.post(given, data={"title": "Evening", "kind_name": "Ours", "backend": ["extractive:speakers"]})
    assert "“Ours” is kept." in words(page)
    assert "<h1>Evening</h1>" in page.text
    assert library.session_kind("ours", "en", settings=settings).models == ("extractive:speakers",)


def test_a_kind_is_changed_sent_received_and_removed(web, settings):
    page = web.get("/kinds/en/council")
    assert "Council meeting" in page.text
    form = {
        "name": "Town council",
        "prompts": PROMPTS[:1],
        "backend": ["extractive:speakers"],
        "other": "albert:x\nzzz:y",
    }
    form |= {"names": "always", "outline": "Votes\n\nNext", "people": "pseudonyms", "format": "odt", "points": "on"}
    kept = web.post("/kinds/en/council", data={**form, "action": "keep"})
    assert "left out: zzz:y" in words(kept)
    kind = library.session_kind("council", "en", settings=settings)
    assert (kind.name, kind.models, kind.names) == ("Town council", ("extractive:speakers", "albert:x"), "always")
    assert kind.document.outline == ("Votes", "Next")
    assert (kind.document.people, kind.document.format, kind.document.frame) == ("pseudonyms", "odt", False)
    sent = web.get("/kinds/en/council/file")
    assert 'filename="town-council-kind-of-session.toml"' in sent.headers["content-disposition"]
    received = web.post("/kinds", files={"file": ("council.en.toml", sent.content)})
    assert "is there already, with the same choices" in words(received)
    changed = sent.content.replace(b'"albert:x"', b'"albert:y"')
    received = web.post("/kinds", files={"file": ("council.en.toml", changed)})
    assert received.url.path == "/kinds/en/town-council"
    copy = library.session_kind("town-council", "en", settings=settings)
    told = {"id": "town-council", "name": "Town council (2)", "models": ("extractive:speakers", "albert:y")}
    assert copy == kind.model_copy(update=told)
    another = web.post("/kinds/en/town-council", data={**form, "name": "Third", "action": "another"})
    assert another.url.path == "/kinds/en/third"
    gone = web.post("/kinds/en/council/remove")
    assert gone.url.path == "/preferences"
    assert library.session_kind("council", "en", settings=settings).name == "Council meeting"


def test_a_file_that_names_a_server_is_refused_and_nothing_is_kept(web, settings):
    for content in (
        b'name = "X"\nlanguage = "en"\nmodels = ["m@http://evil.example/v1"]',
        b"\xff\xfe\x00",
        b"",
        b"x" * 200_000,
    ):
        assert refusal(web.post("/kinds", files={"file": ("sent.toml", content)}))
    assert refusal(web.post("/kinds", data={}))
    assert "an address or a file" in refusal(
        web.post(
            "/kinds/en/council",
            data={"name": "X", "other": "m@http://127.0.0.1/v1", "people": "kept", "format": "docx"},
        )
    )
    assert all(not kind.is_own for kind in library.session_kinds("en", settings=settings))
    assert web.get("/kinds/de/council").status_code == 404
    assert web.get("/kinds/en/nope").status_code == 404

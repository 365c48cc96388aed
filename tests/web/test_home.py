"""The first page: comparisons searched, sorted, renamed and removed; how long texts are kept; choices remembered."""

import html
import re

import pytest

from comparia import library
from comparia.config import load_settings
from comparia.web import home
from tests.web.conftest import served

SESSION = "Ann Lee: The bridge over the river is closed and we want it open.\n\nBob Ray: I am against opening it.\n"


def stored(settings, make_run, *titles):
    """Comparisons of these titles, the last the newest; their ids."""
    ids = []
    for n, title in enumerate(titles):
        run = make_run(())
        run = run.model_copy(
            update={
                "id": f"r{n:04d}",
                "created_at": run.created_at.replace(year=2000 + n),
                "transcript": run.transcript.model_copy(update={"title": title}),
                "scores": (),
            }
        )
        with library.open_store(settings) as store:
            store.runs.start(run)
        ids.append(run.id)
    return ids


def listed(page):
    return [html.unescape(title) for title in re.findall(r'<td[^>]*><a href="/runs/\w+">([^<]*)</a>', page.text)]


def test_comparisons_are_searched_and_sorted(web, settings, make_run):
    stored(settings, make_run, "Été à la mairie", "Budget", "Halle et mairie")
    assert listed(web.get("/")) == ["Halle et mairie", "Budget", "Été à la mairie"]
    assert listed(web.get("/?sort=oldest")) == ["Été à la mairie", "Budget", "Halle et mairie"]
    assert listed(web.get("/?sort=title")) == ["Budget", "Été à la mairie", "Halle et mairie"]
    assert listed(web.get("/?q=MAIRIE+ete")) == ["Été à la mairie"]
    nothing = web.get("/?q=%3Cscript%3E")
    assert listed(nothing) == []
    assert "<script>" not in nothing.text.split("<main", 1)[1].split("</main>")[0]
    assert "0 comparisons of these words" in nothing.text


def test_a_long_list_has_pages(web, settings, make_run, monkeypatch):
    monkeypatch.setattr(home, "MOST_RUNS", 2)
    stored(settings, make_run, "A one", "A two", "A three")
    assert listed(web.get("/")) == ["A three", "A two"]
    assert 'href="/?page=2#runs"' in web.get("/").text
    assert listed(web.get("/?page=2")) == ["A one"]
    assert 'href="/?q=A&amp;sort=title&amp;page=2#runs"' in web.get("/?q=A&sort=title").text
    for wrong in ("0", "-1", "x", "99999999", "7"):
        assert web.get(f"/?page={wrong}").status_code == 200


def test_a_comparison_is_renamed_and_removed_from_the_list(web, settings, make_run):
    one, other = stored(settings, make_run, "verbatim_final_v2", "Other")
    renamed = web.post(f"/runs/{one}/rename", data={"title": " Public   meeting of March "})
    assert "It is now called “Public meeting of March”." in renamed.text
    assert listed(renamed) == ["Other", "Public meeting of March"]
    run = library.read_run(one, settings=settings)
    assert run.transcript.title == "Public meeting of March"
    assert library.read_run(other, settings=settings).transcript.title == "Other"
    assert "a title has words" in web.post(f"/runs/{one}/rename", data={"title": "  "}).text
    removed = web.post(f"/runs/{one}/forget")
    assert "“Public meeting of March” is removed for good." in removed.text
    assert listed(removed) == ["Other"]


def test_how_long_texts_are_kept_is_asked_once(settings, tmp_path, monkeypatch):
    monkeypatch.setenv("COMPARIA_CONFIG", str(tmp_path / "mine.toml"))
    with served(settings) as web:
        assert "How long are texts kept?" in web.get("/").text
        assert "How long are texts kept?" not in web.post("/retention", data={"retention_days": "0"}).text
        assert load_settings().retention_days is None
        assert 'value=""' in web.get("/preferences").text
        web.post("/retention", data={"retention_days": "90"})
        assert load_settings().retention_days == 90
    with served(load_settings().model_copy(update={"outputs": settings.outputs})) as web:
        assert "How long are texts kept?" not in web.get("/").text


@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_was_chosen_is_ticked_for_the_next_session(web, settings, language):
    first = web.post("/sessions", files={"files": ("monday.txt", SESSION.encode())}).url.path
    page = web.get(first).text
    prompts = re.findall(r'name="prompts" value="([^"]+)"', page)
    prompt = next(name for name in reversed(prompts) if name.startswith("recap/"))
    chosen = {"backend": "extractive:diversity", "prompts": prompt, "policy": "world", "attempt": "0"}
    assert web.post(f"{first}/compare", data=chosen).url.path.startswith("/runs/")
    words = (
        SESSION
        if language == "en"
        else "Anne : Le pont est fermé et nous voulons le rouvrir.\n\nBob : Je suis contre.\n"
    )
    second = web.post("/sessions", files={"files": ("tuesday.txt", words.encode())})
    ticked = re.findall(r'value="([^"]+)"[^>]* checked', second.text)
    assert [name for name in ticked if name.startswith("extractive:")] == ["extractive:diversity"]
    if language == "en":
        assert prompt in ticked
    else:
        assert any(name.startswith("compte-rendu/") for name in ticked)
        assert not any(name.startswith("recap/") for name in ticked)
    policy = second.text.split('name="policy"')[1].split("</select>")[0]
    assert re.search(r'value="(\w+)" selected', policy)[1] == settings.policy


@pytest.mark.parametrize(("language", "word"), [("en", "Minority view"), ("fr", "Point de vue minoritaire")])
def test_words_are_explained_one_click_away(web, language, word):
    web.post("/preferences/language", data={"language": language, "back": "/"})
    assert 'href="/glossary"' in web.get("/").text
    page = html.unescape(web.get("/glossary").text)
    terms = re.findall(r"<dt[^>]*>([^<]+)</dt>", page)
    assert word in terms
    assert len(terms) == len(set(terms)) == page.count("<dd>")

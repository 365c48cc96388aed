"""Who moderates, asked on the page of a session before the first comparison; its title and date, proposed."""

import html
import re

from comparia import library
from tests.web.conftest import ended, words

SESSION = "".join(
    f"Lead: Who would like to speak about the square? Ben, Cleo, the floor is yours for this meeting.\n\n"
    f"{name}: {text}\n\n"
    for name, text in [
        ("Ben", "I want the square to stay open to the delivery vans in the morning, because my shop needs them."),
        ("Cleo", "I am against any car on the square after ten o'clock, the children cross it to go to school."),
        ("Ben", "I ask for two places for vans, and I would pay for them if the town paints the lines."),
        ("Dan", "I think the market should come back on Saturdays, as it did before the works of last year."),
        ("Cleo", "I would accept the market if the rubbish is taken away the same evening, not on Monday."),
        ("Dan", "I want benches under the lime trees, the old people have nowhere to sit down in summer."),
    ]
)


def give(web, name="notes.txt", text=SESSION):
    return web.post("/sessions", files={"files": (name, text.encode())})


def boxes(page):
    """Name of each person who may moderate, its value in the form, and whether it is ticked."""
    found = re.findall(r'name="moderator" value="([^"]*)"( checked)?>\s*(.*?) <span', page.text)
    return {name: (html.unescape(value), bool(ticked)) for value, ticked, name in found}


def ticked(page):
    return [name for name, (_value, is_ticked) in boxes(page).items() if is_ticked]


def send(web, page, *names, action="", **form):
    values = [boxes(page)[name][0] for name in names]
    given = {"title": "T", "with_moderators": "1", "moderator": values, "backend": ["extractive:centrality"], **form}
    return web.post(f"{page.url.path}{action}", data=given)


def test_who_leads_is_proposed_and_a_person_decides(web):
    page = give(web)
    assert "Who moderates?" in page.text
    assert ticked(page) == ["Lead"]
    assert "asks questions and gives the floor" in words(page)
    corrected = send(web, page, "Dan")
    assert ticked(corrected) == ["Dan"]
    assert "asks questions and gives the floor" not in words(corrected)
    assert ticked(send(web, corrected)) == []
    assert ticked(web.get(page.url.path)) == []


def test_what_is_understood_comes_before_the_recording(web):
    page = give(web).text
    assert page.index('id="understood"') < page.index('id="recording"') < page.index('id="choose"')
    assert page.count("<form") == len(re.findall("</form>", page))
    assert re.search(r'<input type="file" id="recording-file"[^>]*form="recording-form"', page)


def test_suggested_points_and_scores_know_who_moderates_from_the_first_comparison_on(web, settings):
    def compared(*names):
        page = give(web)
        address = ended(web, send(web, page, *names, action="/compare", policy="local").url.path)
        run = library.read_run(address.rsplit("/", 1)[1], settings=settings)
        return run, {run.transcript.speaker_name(speaker) for speaker in run.reference.moderators}

    run, leading = compared("Dan")
    assert leading == {"Dan"}
    assert run.reference.voices == 3
    holders = {run.transcript.speaker_name(s) for point in run.reference.key_points for s in point.holders}
    assert "Dan" not in holders
    run, leading = compared()
    assert leading == set()
    assert run.transcript.nobody_moderates
    assert run.reference.voices == 4
    _run, leading = compared("Lead")
    assert leading == {"Lead"}


def test_a_moderator_keeps_their_part_under_another_name(web):
    page = send(web, give(web), "Lead")
    labels = [html.unescape(value) for value in re.findall(r'name="labels" value="([^"]*)"', page.text)]
    names = [html.unescape(value) for value in re.findall(r'name="name" value="([^"]*)"', page.text)]
    renamed = ["Anne Le Goff" if name == "Lead" else name for name in names]
    assert ticked(send(web, page, "Lead", labels=labels, name=renamed)) == ["Anne Le Goff"]


def test_key_points_given_with_the_session_are_led_by_whom_a_person_names(web, given, settings):
    page = web.get(given)
    (before,) = ticked(page)
    other = next(name for name in boxes(page) if name != before)
    address = ended(web, send(web, page, other, action="/compare", policy="local").url.path)
    run = library.read_run(address.rsplit("/", 1)[1], settings=settings)
    assert [run.transcript.speaker_name(speaker) for speaker in run.reference.moderators] == [other]


def test_the_page_of_corrections_says_the_same(web):
    page = give(web)
    place = f"{page.url.path}/corrections"

    def leading():
        return re.findall(r'name="moderator" value="\w+" checked\s+aria-label="(\w+) moderates"', web.get(place).text)

    assert leading() == ["Lead"]
    send(web, page, "Dan")
    assert leading() == ["Dan"]
    ids = re.findall(r'name="speaker" value="(\w+)"', web.get(place).text)
    names = re.findall(r'<input name="name" value="([^"]*)"', web.get(place).text)
    web.post(place, data={"speaker": ids, "name": names, "with_moderators": "1", "place": "", "action": "people"})
    assert leading() == []
    assert ticked(web.get(page.url.path)) == []


def test_one_voice_has_no_moderator(web):
    assert "Who moderates?" not in give(web, text="Ann: We need a bench here, I would say.").text


def test_title_and_date_are_proposed_and_can_be_changed(web):
    page = give(web, "2026-10-08_place_du_marché.txt")
    assert "<h1>place du marché</h1>" in page.text
    assert re.search(r'id="date" name="date" value="8 October 2026"', page.text)
    kept = send(web, page, title="The square", date="8 October")
    assert "<h1>The square</h1>" in kept.text
    assert 'name="date" value="8 October"' in kept.text

"""Sessions of one cycle chosen in the browser: read as one, with the key points of each."""

import html
import re

from comparia import library

FIRST = "Ann Lee: The bridge over the river is closed and we want it open.\n\nBob Ray: I am against opening it.\n\nAnn Lee: Noted.\n"
SECOND = (
    "Bob Ray: I changed my mind about the bridge, open it.\n\nCy Low: The school needs a new roof.\n\nBob Ray: Yes.\n"
)
POINTS = (
    "language: en\nkey_points:\n  - {{id: P1, text: {text}, said: [{{turn: 1, speaker: {name}, quote: {quote}}}]}}\n"
)


def give(web, name, words, points=""):
    files = [("files", (f"{name}.txt", words.encode()))]
    if points:
        files.append(("files", ("reference.yaml", points.encode())))
    return web.post("/sessions", files=files).url.path.rpartition("/")[2]


def points(text, name, quote):
    return POINTS.format(text=text, name=name, quote=quote)


def test_two_sessions_are_given_and_compared_as_one(web, settings):
    assert "Give each session first" in web.get("/cycles").text
    first = give(web, "monday", FIRST, points("The bridge should open.", "Ann Lee", "we want it open"))
    second = give(web, "tuesday", SECOND, points("The bridge should be open.", "Bob Ray", "I changed my mind"))
    assert 'href="/cycles"' in web.get("/").text
    offered = re.findall(r'name="sessions" value="([^"]+)"', web.get("/cycles").text)
    assert offered == [f"session:{first}", f"session:{second}"]
    answer = web.post("/cycles", data={"sessions": offered, "title": "The bridge, in two evenings"})
    assert answer.status_code == 200
    assert "The bridge, in two evenings" in answer.text
    with library.workbench(settings) as bench:
        draft = bench.draft(answer.url.path.rpartition("/")[2])
    assert [part.title for part in draft.session.parts] == ["monday", "tuesday"]
    reference = library.parse_reference(draft.reference, draft.session)
    assert {quote.turn for point in reference.key_points for quote in point.said} == {1, 4}


def test_key_points_of_one_session_alone_are_left_aside(web, settings):
    first = give(web, "monday", FIRST, points("The bridge should open.", "Ann Lee", "we want it open"))
    second = give(web, "tuesday", SECOND)
    answer = web.post("/cycles", data={"sessions": [f"session:{first}", f"session:{second}"]})
    with library.workbench(settings) as bench:
        assert bench.draft(answer.url.path.rpartition("/")[2]).reference == ""


def test_what_makes_no_cycle_is_said_on_its_page(web):
    first = give(web, "monday", FIRST)
    second = give(web, "tuesday", SECOND)
    cycle = web.post("/cycles", data={"sessions": [f"session:{first}", f"session:{second}"]}).url.path
    for chosen, said in (
        ([f"session:{first}"], "two sessions or more"),
        ([f"session:{first}", f"session:{first}"], "given twice"),
        ([f"session:{first}", f"session:{cycle.rpartition('/')[2]}"], "is a cycle of sessions itself"),
        (["elsewhere"], "could not be read"),
    ):
        answer = web.post("/cycles", data={"sessions": chosen})
        assert answer.url.path == "/cycles"
        assert said in html.unescape(answer.text)


def test_a_compared_session_can_be_one_of_a_cycle(web, compared):
    second = give(web, "tuesday", SECOND)
    answer = web.post("/cycles", data={"sessions": [f"run:{compared.rpartition('/')[2]}", f"session:{second}"]})
    assert answer.url.path.startswith("/sessions/")
    assert "tuesday" not in answer.history[0].headers["location"]

"""The page of corrections, as a browser without scripts meets it."""

import re

import pytest

from comparia import library
from tests.web.conftest import ended, refusal, words

LINES = (
    "Ann Lee: Kergal needs a bridge over the river, everybody says so.\n\n"
    "Bob Ray: I am against any bridge in this valley, and so is my wife. I agree with him, says Eve.\n\n"
    "Ann Lee: The SIVAUM will pay for Kergal.\n\nBob Ray: Off the record, they have no money.\n\nAnn Lee: Thank you.\n"
)
REFERENCE = (
    "language: en\nkey_points:\n"
    "  - {id: P1, text: Kergal needs a bridge., said: [{turn: 1, quote: Kergal needs a bridge}]}\n"
    "  - {id: P2, text: Bob opposes the bridge., said: [{turn: 2, quote: I am against any bridge}]}\n"
)


@pytest.fixture
def place(web):
    files = [("files", ("s.txt", LINES.encode())), ("files", ("reference.yaml", REFERENCE.encode()))]
    return web.post("/sessions", files=files).url.path + "/corrections"


def said(web, place):
    text = web.get(place.removesuffix("/corrections") + "/text").text
    return [line.split("] ", 1)[1] for line in text.splitlines() if line.startswith("[T")]


def send(web, address, **fields):
    return web.post(address, data={"back": address, **fields})


def test_words_are_seen_before_they_are_replaced(web, place):
    seen = web.get(place, params={"words": "kergal", "by": "Kergall"})
    assert "2 places" in words(seen)
    assert "<del>Kergal</del> <ins>Kergall</ins> needs a bridge" in seen.text
    assert "Kergall" not in "".join(said(web, place))
    done = send(web, place, words="kergal", by="Kergall", action="replace")
    assert "“kergal” is replaced by “Kergall”" in words(done)
    assert done.history[0].status_code == 303
    assert said(web, place)[0].split(": ", 1)[1].startswith("Kergall needs")


def test_what_sounds_like_the_glossary_is_proposed_and_kept(web, place):
    send(web, place, glossary="Kergall\nSIVOM = SIVAUM", action="glossary")
    assert "The SIVOM will pay" in said(web, place)[2]
    proposed = web.get(place, params={"propose": "1"})
    (value,) = re.findall(r'name="heard" value="([^"]*)"', proposed.text)
    send(web, place, heard=value.replace("&#34;", '"'), action="heard")
    assert said(web, place)[2].endswith("The SIVOM will pay for Kergall.")


def test_turns_are_given_to_another_person_read_and_taken_back(web, place):
    done = send(web, place, turn="2", name="Eve", part="I agree", action="assign")
    assert "T2, from “I agree” on, is said by Eve" in words(done)
    assert said(web, place)[2].split(": ", 1)[1].startswith("I agree with him, says")
    alone = web.get(place, params={"who": "Eve"})
    assert alone.text.count('name="turn"') == 1
    send(web, place, action="remove:corrections.0")
    assert len(said(web, place)) == 5


def test_what_is_left_out_is_never_sent(web, place):
    send(web, place, turn=["4", "5"], reason="off the record", action="leave_out")
    assert len(said(web, place)) == 3
    assert "T4-5: left out (off the record)" in words(web.get(place))
    assert "left out" in words(web.get(place, params={"q": "no money"}))


def test_two_people_given_one_name_are_one_and_moderators_are_marked(web, place):
    page = web.get(place)
    ids = re.findall(r'name="speaker" value="([^"]*)"', page.text)
    names = re.findall(r'name="name" value="([^"]*)"', page.text)[: len(ids)]
    renamed = ["Bob Ray" if name == "Ann Lee" else name for name in names]
    send(web, place, speaker=ids, name=renamed, moderator=ids[:1], place="Town hall", action="people")
    assert len({line.split(":")[0] for line in said(web, place)}) == 1
    assert 'value="Town hall"' in web.get(place).text


def test_a_document_is_added_and_its_names_are_terms(web, place):
    agenda = ("agenda.txt", b"Agenda\nThe clerk presents Kergall.\n")
    web.post(place, data={"back": place, "action": "document"}, files=[("documents", agenda)])
    assert "agenda · 5 words" in words(web.get(place))
    assert "“Kergal” is “Kergall”" in words(web.get(place, params={"propose": "1"}))
    assert "[D1]" in web.get(place.removesuffix("/corrections") + "/text").text
    send(web, place, action="forget:0")
    assert "agenda ·" not in words(web.get(place))


def test_corrections_are_given_as_a_file_and_taken_from_one(web, place):
    send(web, place, turn="5", action="leave_out")
    file = web.get(place + ".yaml")
    assert "leave_out" in file.text
    send(web, place, action="remove:corrections.0")
    given = ("c.yaml", file.content)
    web.post(place, data={"back": place, "action": "file"}, files=[("file", given)])
    assert len(said(web, place)) == 4


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"action": "assign", "name": "X"}, "Nothing was chosen"),
        ({"action": "replace", "words": "", "by": "x"}, "Nothing was chosen"),
        ({"action": "assign", "turn": "2", "name": "X", "part": "never said"}, "does not hold these words"),
        ({"action": "leave_out", "turn": ["1", "2", "3", "4", "5"]}, "nothing would be left"),
        ({"action": "leave_out", "turn": "99"}, "there is no turn T99"),
        ({"action": "heard", "heard": "nonsense"}, "could not be read"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_lost(web, place, fields, told):
    before = said(web, place)
    assert told in refusal(send(web, place, **fields))
    assert said(web, place) == before


def test_a_compared_session_is_corrected_with_its_recaps(web, place, settings):
    draft = place.removesuffix("/corrections")
    run = ended(web, web.post(f"{draft}/compare", data={"backend": "extractive:speakers", "policy": "local"}).url.path)
    corrections = web.post(f"{run}/correct").url.path
    send(web, corrections, glossary="Kergall = Kergal", action="glossary")
    done = web.post(f"{corrections}/rescore")
    assert "scored against the corrected session" in words(done)
    assert done.url.path != run
    new = library.read_run(done.url.path.removeprefix("/runs/"), settings=settings)
    old = library.read_run(run.removeprefix("/runs/"), settings=settings)
    assert "Kergall" in new.transcript.turns[0].text
    assert new.reference.key_points[0].text == "Kergall needs a bridge."
    assert "Kergall" not in old.transcript.turns[0].text


def test_a_corrected_session_is_compared_with_its_key_points(web, place, settings):
    send(web, place, turn=["3"], action="leave_out")
    send(web, place, glossary="Kergall = Kergal", action="glossary")
    draft = place.removesuffix("/corrections")
    run = ended(web, web.post(f"{draft}/compare", data={"backend": "extractive:speakers", "policy": "local"}).url.path)
    stored = library.read_run(run.removeprefix("/runs/"), settings=settings)
    assert len(stored.transcript.turns) == 4
    assert stored.transcript.corrections.glossary[0].write == "Kergall"
    assert [point.text for point in stored.reference.key_points] == [
        "Kergall needs a bridge.",
        "Bob opposes the bridge.",
    ]


def test_a_table_says_who_people_are_and_no_model_is_sent_it(web, place, settings):
    table = ("people.csv", b"name,age\nAnn Lee,18-29\nBob Ray,60+\n")
    web.post(place, data={"back": place, "action": "attributes"}, files=[("table", table)])
    assert "2 people in the table" in words(web.get(place))
    assert "18-29" not in web.get(place.removesuffix("/corrections") + "/text").text
    draft = place.removesuffix("/corrections")
    run = ended(web, web.post(f"{draft}/compare", data={"backend": "extractive:speakers", "policy": "local"}).url.path)
    stored = library.read_run(run.removeprefix("/runs/"), settings=settings)
    assert {s.name: dict(s.attributes) for s in stored.transcript.speakers}["Bob Ray"] == {"age": "60+"}
    assert "holds names" in refusal(
        web.post(place, data={"action": "attributes"}, files=[("table", ("x.csv", b"a,b\n1,2\n"))])
    )

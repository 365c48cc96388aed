"""Panels: what raters see and send over days, and what the facilitator follows, settles and exports."""

import csv
import io
import re
from datetime import timedelta

import httpx
import pytest
from starlette.testclient import TestClient

from comparia import library, messages
from comparia.records import AnsweredFlag, now
from comparia.web.app import create_app
from comparia.web.ratings import CROWD, MOST_FROM_ONE_ADDRESS
from tests.web.conftest import PORT, refusal, words


@pytest.fixture
def run(library_hub, settings):
    transcript, reference = library_hub
    return library.compare(transcript, backends=["extractive"], reference=reference, settings=settings)


def client_of(settings, **options):
    app = create_app(settings, port=PORT, **{"room_host": "127.0.0.1", **options})
    return TestClient(app, base_url=f"http://127.0.0.1:{PORT}", headers={"accept-language": "en"})


@pytest.fixture
def web(settings, run):
    with client_of(settings) as client:
        yield client


@pytest.fixture
def raters():
    """Makes browsers of raters, closed at the end."""
    made = []

    def make(*arguments):
        made.append(Rater(*arguments))
        return made[-1]

    yield make
    for rater in made:
        rater.client.close()


def opened(web, run, **fields):
    """The page of a panel that was just opened, and the address of its raters."""
    form = {"kind": "verdicts", "cells": "sample", "most": "4", "wanted": "2", "minutes": "10080", **fields}
    page = web.post(f"/runs/{run.id}/panels", data=form)
    return page.url.path, link_of(page)


def link_of(page):
    return re.search(r"http://127\.0\.0\.1:\d+/panel/[a-z0-9]+", page.text)[0]


class Rater:
    """A browser that opened the address of a panel."""

    def __init__(self, link, address="127.0.0.1", language="en"):
        self.link = link
        transport = httpx.HTTPTransport(local_address=address)
        self.client = httpx.Client(
            follow_redirects=True, headers={"accept-language": language}, transport=transport, timeout=60
        )
        self.page = self.client.get(link)

    def begin(self):
        self.page = self.client.post(self.link, data={"action": "begin"})
        return self

    @property
    def item(self):
        found = re.search(r'name="item" value="(\w+)"', self.page.text)
        return found and found[1]

    def answer(self, answer, item=None):
        form = {"action": "rate", "item": item or self.item or "", "answer": answer}
        self.page = self.client.post(self.link, data=form)
        return self

    def rate_all(self, answer="kept"):
        while self.item:
            self.answer(answer(self.item) if callable(answer) else answer)
        return self


def test_raters_rate_what_lacks_raters_and_what_they_agree_on_is_settled(web, run, raters):
    panel, link = opened(web, run)
    assert "None of the 4 items has 2 ratings yet." in words(web.get(panel))
    first = raters(link).begin()
    assert "What became of this point in the recap?" in words(first.page)
    first.rate_all("absent")
    assert "Nothing is left for you to rate" in words(first.page)
    disputed = "i02"
    second = raters(link).begin().rate_all(lambda item: "kept" if item == disputed else "absent")
    assert "every other item has its ratings" in words(raters(link).begin().page)  # a third is not needed
    open_page = words(web.get(panel))
    assert "4 of 4 items have 2 ratings or more." in open_page
    assert "Krippendorff" not in open_page  # blind until it is closed
    closed = web.post(f"{panel}/close")
    said = words(closed)
    assert "3 verdicts settled, 1 disputed, 0 lacking ratings." in said
    assert "Krippendorff’s alpha for nominal data (2011)" in said
    settle = re.search(r'name="point" value="(\w+)">\s*<input type="hidden" name="variant" value="(\w+)"', closed.text)
    given = {"point": settle[1], "variant": settle[2], "verdict": "partly", "back": f"panel-{panel.split('/')[-1]}"}
    back = web.post(f"/runs/{run.id}/verdicts", data=given)
    assert (back.url.path, back.url.fragment) == (panel, "disputed")
    assert "Settled: partly" in words(back)
    audit = words(web.get(f"/runs/{run.id}/audit"))
    assert "of 4 settled verdicts" in audit
    assert "3 of the settled verdicts were settled blind by the raters of a panel." in audit
    for rater in (first, second):
        assert "The panel is closed" in words(rater.client.get(link))
        assert not [name for name in rater.client.cookies if name.startswith("comparia_rater_")]


def test_no_rater_is_told_who_wrote_or_what_a_machine_says(web, run, raters):
    _panel, link = opened(web, run, most="8", cells="first", wanted="1")
    rater, seen = raters(link).begin(), []
    while rater.item:
        seen.append(rater.page)
        rater.answer("kept")
    assert len(seen) == 8
    for page in [*seen, rater.page]:
        text = page.text.lower()
        assert not re.search(r"extractive|centrality|diversity|\bv[123]\b", text)
        assert "etag" not in page.headers
        assert page.headers["cache-control"] == "no-store"
    assert {page.text.count("<mark>") for page in seen} == {2}  # as many sentences whatever the verdict


def test_an_answer_can_be_changed_and_a_reload_keeps_the_item(web, run, raters):
    _panel, link = opened(web, run, wanted="1")
    rater = raters(link).begin()
    item = rater.item
    assert re.search(r'name="item" value="(\w+)"', rater.client.get(link).text)[1] == item
    assert "Nothing was kept" in words(rater.answer("").page)
    assert "Nothing was kept" in words(rater.answer("kept", item="i99").page)
    rater.answer("kept")
    before = rater.client.get(f"{link}?item={item}")
    assert re.search(r'value="kept" required\s+checked', before.text)
    rater.answer("softened", item=item)
    assert "softened" in words(rater.client.get(f"{link}?own=1"))
    assert len(library.ratings_of(_panel.split("/")[-1], settings=web.app.state.settings)) == 1


def test_two_recaps_are_compared_and_a_date_ends_it(web, run, raters):
    day = (now() + timedelta(days=5)).date()
    panel, link = opened(web, run, kind="preferences", wanted="2", until=str(day), question="Which is fairer?")
    assert f"Open until: {messages.day(str(day))}, 23:59" in words(web.get(panel))
    for _n in range(2):
        rater = raters(link).begin()
        assert "Which is fairer?" in words(rater.page)
        rater.rate_all("A")
    said = words(web.post(f"{panel}/close"))
    assert "Free-marginal kappa (Randolph 2005" in said
    assert "verdict" not in said.lower().replace("verdicts that were settled stay settled", "")


def test_the_address_is_the_same_after_a_restart_without_a_room(settings, run, raters):
    with client_of(settings, room_port=None) as web:
        panel, link = opened(web, run)
        rater = raters(link).begin().answer("kept")
        item = rater.item
        assert not web.app.state.audience.is_open
        assert (
            raters(link.rsplit("/panel", 1)[0] + "/").page.status_code == 200
        )  # the door, and no way in without a code
    with client_of(settings, room_port=None) as web:
        assert link_of(web.get(panel)) == link
        assert re.search(r'name="item" value="(\w+)"', rater.client.get(link).text)[1] == item
        assert "reach this machine at" in words(web.get("/room"))
        web.post("/room")
        assert web.app.state.audience.is_open
        web.post("/room/close")
        assert rater.client.get(link).status_code == 200  # the room closes, the panel does not
        web.post(f"{panel}/close")
    with client_of(settings, room_port=None) as web:
        assert not web.app.state.audience.is_serving


def test_no_code_is_no_way_in(web, run, raters):
    _panel, link = opened(web, run)
    root = link.rsplit("/panel", 1)[0]
    with httpx.Client(base_url=root, headers={"accept-language": "en"}) as client:
        assert client.get("/").status_code == 200  # no room: nobody is in it
        assert client.post("/", data={"code": ""}).headers["location"] == "/?wrong=1"
        assert client.get("/panel/aaaaaaaaaa").status_code == 404
        assert client.get("/panels").status_code == 404
        for path in ("/runs", f"/runs/{run.id}", _panel, f"{_panel}/ratings.csv"):
            assert client.get(path).status_code == 404
        tried = [client.get(f"/panel/bbbbbb{n:04d}").status_code for n in range(80)]
        assert tried[-1] == 429
        assert client.get(link).status_code == 429  # for a while, from this address
    assert raters(link, "127.0.0.2").page.status_code == 200


def test_one_device_fills_no_panel_and_is_pointed_out(web, run, monkeypatch, raters):
    panel, link = opened(web, run, wanted="3")
    for _n in range(CROWD):
        raters(link, "127.0.0.3").begin()
    said = words(web.get(f"{panel}/watch"))
    assert f"{CROWD} raters began from one device" in said
    raters(link, "127.0.0.3").begin().rate_all("absent")
    numbers = ",".join(str(n) for n in range(1, CROWD + 2))
    after = web.post(f"{panel}/aside", data={"rater": numbers})
    assert "None of the 4 items has" in words(after)
    assert "raters began from one device" not in words(after)
    web.post(f"{panel}/aside", data={"rater": str(CROWD + 1), "back": "1"})
    state = library.panel_state(panel.split("/")[-1], settings=web.app.state.settings)
    assert state.progress.ratings == 4
    monkeypatch.setattr("comparia.web.ratings.MOST_FROM_ONE_ADDRESS", CROWD + 1)
    assert MOST_FROM_ONE_ADDRESS > CROWD
    assert "Too many people begin from this connection" in words(raters(link, "127.0.0.3").begin().page)
    assert raters(link, "127.0.0.4").begin().item


def test_ratings_are_exported_once_the_panel_is_closed(web, run, raters):
    panel, link = opened(web, run)
    raters(link).begin().answer("=kept")  # no such answer: nothing is kept
    raters(link).begin().answer("kept")
    early = web.get(f"{panel}/ratings.csv")
    assert early.status_code == 400
    assert "Close it first" in words(early)
    web.post(f"{panel}/close")
    rows = list(csv.DictReader(io.StringIO(web.get(f"{panel}/ratings.csv").content.decode("utf-8-sig"))))
    assert [(row["rater"], row["position"], row["answer"]) for row in rows] == [("R02", "1", "kept")]
    assert rows[0]["sentences_1"]
    assert all(sentence in rows[0]["text_1"] for sentence in rows[0]["sentences_1"].split("\n"))
    assert web.get(f"{panel}/ratings.parquet").content[:4] == b"PAR1"


def test_masked_words_leave_the_raters_too(web, run, settings, raters):
    panel, link = opened(web, run, most="1", wanted="1")
    rater = raters(link).begin()
    rated = library.read_panel(panel.split("/")[-1], settings=settings)
    variant = rated.items[0].variants[0]
    sentence = rated.texts[variant][rated.items[0].nearest[0]]
    hidden = sentence.split()[0]
    assert hidden in words(rater.page)
    with library.workbench(settings) as bench:
        bench.answer_flag(
            run.id,
            AnsweredFlag(variant=variant, flag="f", answer="masked", words=hidden, replacement="[masked]"),
        )
    web.app.state.audience.panels.forget(run_id=run.id)
    assert "[masked]" in words(rater.client.get(link))


def test_a_rating_that_could_not_be_written_is_not_kept(web, run, monkeypatch, raters):
    from comparia.errors import StoreUnwritable
    from comparia.store.panels import Panels

    _panel, link = opened(web, run)
    rater = raters(link).begin()

    def full(*_anything):
        raise StoreUnwritable("/secret/place is full")

    monkeypatch.setattr(Panels, "rate", full)
    rater.answer("kept")
    assert "could not be kept" in words(rater.page)
    assert "/secret" not in rater.page.text


def test_what_cannot_be_opened_is_said_and_an_erased_panel_is_gone(web, run, raters):
    form = {"kind": "verdicts", "wanted": "4", "agreeing": "2", "minutes": "1440"}
    assert "must agree" in refusal(web.post(f"/runs/{run.id}/panels", data=form))
    assert "no date" in refusal(web.post(f"/runs/{run.id}/panels", data={**form, "until": "tomorrow"}))
    past = {**form, "agreeing": "", "until": "2020-01-01"}
    assert "five minutes" in refusal(web.post(f"/runs/{run.id}/panels", data=past))
    panel, link = opened(web, run)
    rater = raters(link).begin().answer("kept")
    assert "erased" in words(web.post(f"{panel}/erase"))
    assert rater.client.get(link).status_code == 404
    assert web.get(panel).status_code == 404


def test_a_browser_from_elsewhere_cannot_rate(web, run, raters):
    _panel, link = opened(web, run)
    rater = raters(link).begin()
    form = {"action": "rate", "item": rater.item, "answer": "kept"}
    for headers in ({"origin": "http://evil.example"}, {"host": "evil.example"}):
        assert rater.client.post(link, data=form, headers=headers).status_code in (403, 421)
    assert rater.client.post(link, content=b"x" * 60_000).status_code == 413
    assert "had not begun" in words(raters(link).client.post(link, data=form))

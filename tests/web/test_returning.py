"""A recap goes back to those who took part: what phones see and send, and what the facilitator decides of it."""

import csv
import io
import json
import re
from datetime import timedelta

import httpx
import pytest
from starlette.testclient import TestClient

from comparia import library
from comparia.errors import ConfigurationError
from comparia.library.member_checks import sentences_to_read
from comparia.records import Variant, now
from comparia.reports.flags import flag_id
from comparia.web.app import create_app
from comparia.web.member_checks import OpenMemberChecks
from tests.web.conftest import PORT, refusal, words

TEXT = "The market stays. A trader opposes it. Eight spaces are needed."


@pytest.fixture
def run(settings, make_run):
    """A stored run of one recap by a model and one composed by a person."""
    variants = (
        Variant(id="v1", prompt=None, backend="m", author="model", summary="Call 06 12 34 56 78.", finished_at=now()),
        Variant(id="h1", prompt=None, backend="by hand", author="human", summary=TEXT, finished_at=now()),
    )
    run = make_run(variants)
    with library.open_store(settings) as store:
        store.runs.start(run)
        store.runs.finish(run.id, "complete")
    return run


@pytest.fixture
def web(settings, run):
    app = create_app(settings, port=PORT, room_host="127.0.0.1")
    with TestClient(app, base_url=f"http://127.0.0.1:{PORT}", headers={"accept-language": "en"}) as client:
        yield client


def opened(web, run, **fields):
    """The address of a member check that was just opened and put before the phones of the room."""
    address = web.post(f"/runs/{run.id}/member-check", data={"variant": "h1", "minutes": "10", **fields}).url.path
    web.post(f"{address}/room")
    return address


def phone(web, address="127.0.0.1"):
    return httpx.Client(
        base_url=f"http://127.0.0.1:{web.app.state.audience.port}",
        follow_redirects=True,
        headers={"accept-language": "en"},
        transport=httpx.HTTPTransport(local_address=address),
    )


class Participant:
    """A phone that came in by the code."""

    def __init__(self, client, code):
        self.client, self.code = client, code
        self.sign = re.search(r'name="of" value="(\w+)"', client.get(f"/{code}").text)[1]

    def read(self):
        return self._post({"action": "open"})

    def send(self, **fields):
        return self._post({"action": "send", **fields})

    def _post(self, fields):
        return self.client.post(f"/{self.code}/member-check", data={"of": self.sign, **fields})


def participant(web, client):
    return Participant(client, web.app.state.audience.code)


def test_a_recap_goes_out_is_marked_and_comes_back(web, run):
    choice = words(web.get(f"/runs/{run.id}/member-check"))
    assert choice.index("by hand") < choice.index(" m ")  # what a person composed comes first
    address = opened(web, run)
    with phone(web) as first, phone(web) as second, phone(web) as third:
        one, two = participant(web, first), participant(web, second)
        assert "The market stays." not in first.get(f"/{one.code}").text  # nothing is read before it is opened
        assert "0 phones opened this recap." in words(web.get(address))
        assert "A trader opposes it." in one.read().text
        two.read()
        participant(web, third).read()
        thanks = one.send(disputed="1", **{"words-1": "I never opposed it."}, missing="The bus comes first.")
        assert "What you sent is kept." in thanks.text
        assert "I never opposed it." in thanks.text
        assert "Nothing was sent" in two.send().text
        assert "What you sent is kept." in two.send(agreed="1").text
        assert "I never opposed it." not in second.get(f"/{two.code}?change=1").text + second.get(f"/{two.code}").text
        page = words(web.get(address))
        assert "3 phones opened this recap. Of these 3 phones: 1 agreed, 1 disputed a sentence" in page
        assert "1 said that a view is missing, 1 sent nothing." in page
        assert "2 marks have not been read by the facilitator yet." in page
        assert "Nobody else was asked." in page
        changed = one.send(disputed="1", **{"words-1": "I asked for a study."}, missing="The bus comes first.")
        assert "I asked for a study." in changed.text
    settings = web.app.state.settings
    check = library.member_checks_of(run.id, settings=settings)[0]
    by_kind = {mark.kind: mark for mark in library.marks_of(check.id, settings=settings)}
    disputed, missing = by_kind["disputed"], by_kind["missing"]
    web.post(f"{address}/review", data={"mark": missing.id, "state": "shown", "words": missing.words})
    stale = web.post(f"{address}/review", data={"mark": disputed.id, "state": "shown", "words": "I never opposed it."})
    assert "changed these words meanwhile" in refusal(stale)
    web.post(f"{address}/review", data={"mark": disputed.id, "state": "shown", "words": disputed.words})
    page = words(web.get(address))
    assert "Nothing waits." in page
    assert "Sentences to settle" in page
    assert "Views that participants say are missing" in page
    assert "nothing of the transcript is behind them" in page
    marks = library.marks_of(check.id, settings=settings)
    assert [view.text for view in library.as_points(marks)] == ["The bus comes first."]
    assert [(flag.text, flag.is_settled) for flag in library.as_flags(check, marks)] == [
        ("A trader opposes it.", False)
    ]
    web.post(f"{address}/review", data={"mark": disputed.id, "state": "settled"})
    assert library.as_flags(check, library.marks_of(check.id, settings=settings))[0].is_settled
    web.post(f"{address}/review", data={"mark": disputed.id, "state": "set_aside"})
    counted = library.member_check_counts(check.id, settings=settings)
    assert (counted.disputed, counted.set_aside) == (1, 1)  # setting aside counts nobody out


def test_what_is_not_changed_stays_decided_and_what_is_changed_waits_again(web, run, settings):
    address = opened(web, run)
    check = address.rsplit("/", 1)[1]
    with phone(web) as client:
        one = participant(web, client)
        one.read()
        one.send(disputed="0", **{"words-0": "No."}, missing="The bus.")
        for mark in library.marks_of(check, settings=settings):
            web.post(f"{address}/review", data={"mark": mark.id, "state": "shown"})
        one.send(disputed="0", **{"words-0": "Not at all."}, missing="The bus.")
        states = {mark.kind: mark.state for mark in library.marks_of(check, settings=settings)}
        assert states == {"disputed": "waiting", "missing": "shown"}
        one.send(**{"words-0": "Not at all."}, missing="The bus.")  # the box is not ticked any more
        assert [mark.kind for mark in library.marks_of(check, settings=settings)] == ["missing"]
        assert "What you had sent is withdrawn." in one.send().text
        assert library.marks_of(check, settings=settings) == []
        assert library.member_check_counts(check, settings=settings).opened == 1


def test_a_label_is_a_claim_and_shown_so(web, run, settings):
    address = opened(web, run, labels="1")
    name = library.read_run(run.id, settings=settings).transcript.speakers[0].name
    with phone(web) as client:
        one = participant(web, client)
        assert name in one.read().text
        one.send(missing="The bus.", label="The mayor herself")  # no label of the session
        assert "anonymous" in words(web.get(address)).split("The bus.")[1]
        one.send(missing="The bus.", label=name)
        assert f"says “{name}” (not verified)" in words(web.get(address))
    web.post(f"{address}/close")
    anonymous = opened(web, run)
    with phone(web) as client:
        one = participant(web, client)
        assert "Who says so" not in one.read().text
        one.send(missing="The tram.", label=name)
        assert "not verified)" not in words(web.get(anonymous))


HOSTILE = '<script>alert(1)</script>=HYPERLINK("http://x")\u202e'


def test_hostile_words_are_escaped_and_are_no_formula(web, run):
    address = opened(web, run)
    with phone(web) as client:
        one = participant(web, client)
        one.read()
        assert "<script>alert" not in one.send(missing=HOSTILE, disputed="0", **{"words-0": "=1+1"}).text
        one.send(missing=HOSTILE, disputed="0", **{"words-0": "=1+1"})
    page = web.get(address).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    table = web.get(f"{address}/marks.csv")
    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert {row["words"] for row in rows} == {"'=1+1", HOSTILE.rstrip("\u202e")}
    assert {row["sentence"] for row in rows} == {"", "1"}
    told = json.loads(web.get(f"{address}/marks.json").content)
    assert told["counts"]["opened"] == 1
    assert len(told["marks"]) == 2
    assert "token" not in json.dumps(told)


def test_words_and_marks_are_bounded(web, run, settings):
    address = opened(web, run)
    check = address.rsplit("/", 1)[1]
    with phone(web) as client:
        one = participant(web, client)
        one.read()
        one.send(missing="x" * 5000, disputed=["7", "-1", "x", "0"])
        marks = library.marks_of(check, settings=settings)
        assert sorted((mark.kind, mark.sentence, len(mark.words)) for mark in marks if mark.kind == "disputed") == [
            ("disputed", 0, 0)
        ]
        assert [len(mark.words) for mark in marks if mark.kind == "missing"] == [1000]
        assert "more than one phone can send" in one.send(missing="x" * 300_000).text


def test_a_stranger_without_the_code_reads_and_sends_nothing(web, run, settings):
    address = opened(web, run)
    check = address.rsplit("/", 1)[1]
    with phone(web) as client:
        one = participant(web, client)
        sign = one.sign
    with phone(web) as stranger:
        for path in (
            "/ZZZZZ",
            "/ZZZZZ/member-check",
            "/member-check",
            f"/member-checks/{check}",
            f"/member-checks/{check}/marks.json",
        ):
            answer = stranger.get(path)
            assert answer.status_code in (404, 405)
            assert "market" not in answer.text
        sent = stranger.post("/ZZZZZ/member-check", data={"of": sign, "action": "open"})
        assert sent.status_code == 404
        code = web.app.state.audience.code
        unopened = stranger.post(f"/{code}/member-check", data={"of": sign, "action": "send", "missing": "The bus."})
        assert "had not opened the recap yet" in unopened.text
        stranger.cookies.set(f"comparia_reader_{sign}", "forged")
        assert "had not opened" in stranger.post(f"/{code}/member-check", data={"of": sign, "missing": "The bus."}).text
    assert library.member_check_counts(check, settings=settings).opened == 0


def test_one_device_does_not_fill_a_member_check(web, run, monkeypatch, settings):
    monkeypatch.setattr("comparia.web.member_checks.MOST_FROM_ONE_ADDRESS", 3)
    monkeypatch.setattr("comparia.library.member_checks.MOST_PHONES", 4)
    address = opened(web, run)
    for n in range(5):
        with phone(web, "127.0.0.9") as client:
            answer = participant(web, client).read()
            assert ("Too many phones" in answer.text) == (n >= 3)
    for n in range(2):
        with phone(web, f"127.0.0.{n + 10}") as client:
            assert ("Too many phones" in participant(web, client).read().text) == (n >= 1)
    assert library.member_check_counts(address.rsplit("/", 1)[1], settings=settings).opened == 4


def test_a_closed_member_check_takes_nothing_and_erases_tokens_and_an_erased_one_is_nowhere(web, run, settings):
    address = opened(web, run)
    check = address.rsplit("/", 1)[1]
    with phone(web) as client:
        one = participant(web, client)
        one.read()
        one.send(missing="Hippocampe of the bus.")
        cookie = f"comparia_reader_{one.sign}"
        assert cookie in client.cookies
        assert "The bus" not in web.post(f"{address}/close").text
        late = one.send(missing="Too late.")
        assert "was closed before this was sent" in late.text
        assert cookie not in client.cookies
        assert "The reading is closed" in client.get(f"/{one.code}").text
    assert [mark.words for mark in library.marks_of(check, settings=settings)] == ["Hippocampe of the bus."]
    with library.open_store(settings) as store:
        assert store.member_checks.opened(check) == 1
        with store._engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM readers WHERE token IS NOT NULL").scalar() == 0
    erased = web.post(f"{address}/erase")
    assert erased.url.path == f"/runs/{run.id}/member-check"
    assert web.get(address).status_code == 404
    assert b"Hippocampe" not in b"".join(path.read_bytes() for path in settings.outputs.rglob("*") if path.is_file())
    with phone(web) as client:
        assert "You are in the room" in client.get(f"/{web.app.state.audience.code}").text


def test_it_closes_by_itself_when_its_time_is_over(web, run, settings, monkeypatch):
    address = opened(web, run)
    with phone(web) as client:
        one = participant(web, client)
        one.read()
        after = now() + timedelta(minutes=11)
        for place in (
            "comparia.web.opened.now",
            "comparia.library.member_checks.now",
            "comparia.store.member_checks.now",
        ):
            monkeypatch.setattr(place, lambda: after)
        assert "was closed before this was sent" in one.send(missing="The bus.").text
    check = library.member_checks_of(run.id, settings=settings)[0]
    assert check.closed_at == check.closes_at
    assert "Close the reading" not in web.get(address).text


def test_a_vote_in_its_place_does_not_lose_what_is_being_written(web, run, settings):
    address = opened(web, run)
    with phone(web) as client:
        one = participant(web, client)
        one.read()
        vote = web.post(f"/runs/{run.id}/votes", data={"variant": ["v1", "h1"]}).url.path
        assert "The market stays." in client.get(f"/{one.code}").text  # a new vote does not push it away by itself
        web.post(f"{vote}/room")
        assert "Recap A" in client.get(f"/{one.code}").text
        one.send(missing="The bus.")
        assert [mark.words for mark in library.marks_of(address.rsplit("/", 1)[1], settings=settings)] == ["The bus."]
        web.post(f"{address}/room")
        assert "The bus." in client.get(f"/{one.code}").text
        assert f'href="{address}"' in web.get("/room").text


def test_a_restarted_program_finds_the_member_check_and_its_phones_for_two_weeks(settings, run, monkeypatch):
    def application():
        app = create_app(settings, port=PORT, room_host="127.0.0.1")
        return TestClient(app, base_url=f"http://127.0.0.1:{PORT}", headers={"accept-language": "en"})

    with application() as web:
        opened(web, run, minutes="20160")
        with phone(web) as client:
            one = participant(web, client)
            one.read()
            one.send(missing="The bus.")
            cookies = {cookie.name: cookie.value for cookie in client.cookies.jar}
    later = now() + timedelta(days=3)
    monkeypatch.setattr("comparia.web.audience.now", lambda: later)  # the room alone is kept for half a day
    with application() as web:
        assert web.app.state.audience.code == one.code
        with phone(web) as client:
            client.cookies.update(cookies)
            assert "The bus." in client.get(f"/{one.code}").text


def test_masked_words_leave_the_phones(web, run):
    opened(web, run, variant="v1")
    with phone(web) as client:
        one = participant(web, client)
        assert "06 12 34 56 78" in one.read().text
        flag = flag_id("personal", "06 12 34 56 78")
        web.post(f"/runs/{run.id}/flags", data={"variant": "v1", "flag": flag, "answer": "masked"})
        assert "06 12 34 56 78" not in client.get(f"/{one.code}").text


def test_what_cannot_be_opened_is_said(web, run):
    assert "no such recap" in refusal(web.post(f"/runs/{run.id}/member-check", data={"variant": "v9", "minutes": "10"}))
    assert "a minute to two weeks" in refusal(web.post(f"/runs/{run.id}/member-check", data={"variant": "v1"}))
    assert web.get("/member-checks/0123").status_code == 404


def test_a_purged_run_takes_its_member_checks_along(web, run, settings):
    address = opened(web, run)
    with phone(web) as client:
        one = participant(web, client)
        one.read()
        one.send(missing="Hippocampe.")
        web.post(f"/runs/{run.id}/forget")
        assert "market" not in client.get(f"/{one.code}").text
    assert web.get(address).status_code == 404
    assert b"Hippocampe" not in b"".join(path.read_bytes() for path in settings.outputs.rglob("*") if path.is_file())


def test_member_checks_are_read_once_and_let_go(settings):
    member_checks = OpenMemberChecks(settings)
    member_checks.forget("nobody")
    assert member_checks.count_phone("r", "127.0.0.1")


def decide(web, address, settings, state="shown"):
    """Decide the same of every mark that has words or a sentence."""
    for mark in library.marks_of(address.rsplit("/", 1)[1], settings=settings):
        if mark.kind != "agreed":
            web.post(f"{address}/review", data={"mark": mark.id, "state": state})


def test_an_accepted_dispute_is_a_flag_of_its_sentence_and_is_settled_with_it(web, run, settings):
    address = opened(web, run)
    with phone(web) as client:
        one = participant(web, client)
        one.read()
        one.send(disputed="1", **{"words-1": "Hippocampe."})
    assert "Disputed by participants" not in web.get(f"/runs/{run.id}").text  # the facilitator has not read it yet
    decide(web, address, settings)
    page = web.get(f"/runs/{run.id}").text
    assert "Disputed by participants" in page
    assert "A participant says: this is not what I said." in page
    assert "Hippocampe" not in page  # their words stay on the page of the member check
    flag = flag_id("participant", "A trader opposes it.")
    web.post(f"/runs/{run.id}/flags", data={"variant": "h1", "flag": flag, "answer": "corrected"})
    (mark,) = library.marks_of(address.rsplit("/", 1)[1], settings=settings)
    assert mark.state == "settled"
    web.post(f"/runs/{run.id}/flags", data={"variant": "h1", "flag": flag, "answer": ""})
    (mark,) = library.marks_of(address.rsplit("/", 1)[1], settings=settings)
    assert mark.state == "shown"


def test_documents_say_how_many_where_it_is_wanted_and_never_the_words(web, run, settings):
    address = opened(web, run)
    with phone(web) as client:
        one = participant(web, client)
        one.read()
        one.send(missing="Hippocampe.", agreed="1")
    web.post(f"{address}/close")
    decide(web, address, settings)
    assert "1 phone opened this recap." in words(web.get(f"/runs/{run.id}"))
    assert "opened this recap" not in web.get(f"/runs/{run.id}/report.md").text
    web.post(f"{address}/tell", data={"told": "1"})
    for form in ("md", "html", "json"):
        report = web.get(f"/runs/{run.id}/report.{form}").text
        assert "Hippocampe" not in report
        if form != "json":
            assert "1 phone opened this recap." in report
            assert "1 agreed but for a mark, 1 said that a view is missing" in report
            assert "Nobody else was asked." in report
    assert library.read_run(run.id, settings=settings).member_checks[0].counts.missing == 1
    web.post(f"{address}/tell")
    assert "opened this recap" not in web.get(f"/runs/{run.id}/report.md").text


def test_the_phones_page_bears_the_policy_and_no_script_of_its_own(web, run):
    opened(web, run)
    with phone(web) as client:
        one = participant(web, client)
        page = one.read()
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert re.findall(r"<script[^>]*>", page.text) == ['<script src="/static/comparia.js" defer>']
        assert " style=" not in page.text
        cookies = [header for step in (page, *page.history) for header in step.headers.get_list("set-cookie")]
        assert all("HttpOnly" in cookie and "SameSite=lax" in cookie for cookie in cookies)
        other_site = client.post(
            f"/{one.code}/member-check", data={"of": one.sign, "missing": "x"}, headers={"origin": "http://elsewhere"}
        )
        assert other_site.status_code == 403


def given(check, token="0123456789abcdef0123", **changes):
    return json.dumps({"format": "comparia-answers-1", "check": check, "token": token, **changes})


def test_answers_of_people_who_were_away_come_back_in_files_and_count_once(web, run, settings):
    address = opened(web, run, labels="1")
    check = library.member_checks_of(run.id, settings=settings)[0]
    page = web.get(f"{address}/page.html")
    assert "attachment" in page.headers["content-disposition"]
    assert "A trader opposes it." in page.text
    assert "http://" not in page.text.replace("http://www.w3.org", "")  # it reaches no address
    disputed = given(check.id, disputed=[{"sentence": 1, "words": "I never opposed it."}], missing="The bus first.")
    agreed = given(check.id, "fedcba9876543210fedc", agreed=True)
    files = [("answers", ("a.json", disputed.encode(), "application/json"))] * 2
    files.append(("answers", ("b.json", agreed.encode(), "application/json")))
    said = words(web.post(f"{address}/answers", files=files))
    assert "3 answers are taken back." in said
    counts = library.member_check_counts(check.id, settings=settings)
    assert (counts.opened, counts.by_file, counts.agreed, counts.disputed, counts.missing) == (2, 2, 1, 1, 1)
    assert "2 of them are answers in files" in words(web.get(address))
    changed = given(check.id, missing="The bus comes first.")
    assert "1 answer is taken back." in words(web.post(f"{address}/answers", data={"pasted": changed}))
    marks = library.marks_of(check.id, settings=settings)
    assert [(mark.kind, mark.words) for mark in marks if mark.by_file and mark.kind != "agreed"] == [
        ("missing", "The bus comes first.")
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{}", "no file of answers"),
        ("not json", "no file of answers"),
        (given("another", agreed=True), "answers to another recap"),
        (given("CHECK"), "nothing in these answers"),
        (given("CHECK", "short", agreed=True), "no file of answers"),
        (given("CHECK", agreed=True, other=1), "no file of answers"),
        (given("CHECK", missing="x" * 1001), "no file of answers"),
        ("[" * 100_000, "no file of answers"),
        ("x" * 200_001, "too large"),
    ],
)
def test_what_is_no_answer_is_said_and_nothing_is_kept(web, run, settings, content, said):
    address = opened(web, run)
    check = library.member_checks_of(run.id, settings=settings)[0]
    file = ("a.json", content.replace("CHECK", check.id).encode(), "application/json")
    answer = words(web.post(f"{address}/answers", files=[("answers", file)]))
    assert "0 answers are taken back." in answer
    assert said in answer
    assert library.member_check_counts(check.id, settings=settings).opened == 0


def test_a_label_that_is_none_of_the_session_and_a_sentence_that_is_not_there_are_left_out(web, run, settings):
    opened(web, run, labels="1")
    check = library.member_checks_of(run.id, settings=settings)[0]
    content = given(check.id, label="Somebody else", agreed=True, disputed=[{"sentence": 99}])
    (mark,) = library.take_answers(check, content, settings=settings)
    assert (mark.kind, mark.label) == ("agreed", "")


def test_a_closed_member_check_takes_no_answers(web, run, settings):
    address = opened(web, run)
    check = library.member_checks_of(run.id, settings=settings)[0]
    web.post(f"{address}/close")
    assert "The page to send" not in web.get(address).text
    with pytest.raises(ConfigurationError):
        library.take_answers(check, given(check.id, agreed=True), settings=settings)


def test_headings_are_read_and_a_quotation_stays_with_who_said_it():
    recap = (
        "## Keep the hall\n\nEight people want it. “There is no consensus. I refuse the word.” (Didier Fonvielle) The mayor "
        "proposes workshops.\n\n- Needs: a market (on Saturdays)"
    )
    assert sentences_to_read(recap) == (
        "Keep the hall",
        "Eight people want it.",
        "“There is no consensus. I refuse the word.” (Didier Fonvielle) The mayor proposes workshops.",
        "Needs: a market (on Saturdays)",
    )

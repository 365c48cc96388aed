"""What is read beside the files of a session: corrections, documents, the other sessions of a cycle."""

import json

import pytest

FIRST = "Ann Lee: The bridge over the river is closed and we want it open.\n\nBob Ray: I am against opening it.\n\nAnn Lee: Noted.\n"
SECOND = "Bob Ray: I changed my mind about the bridge, open it.\n\nSpeaker 1: The school needs a new roof.\n\nBob Ray: Yes.\n"


@pytest.fixture
def cycle(tmp_path):
    (tmp_path / "first.txt").write_text(FIRST, "utf-8")
    second = tmp_path / "second"
    second.mkdir()
    (second / "meeting.txt").write_text(SECOND, "utf-8")
    (second / "notes.md").write_text("mine", "utf-8")
    return tmp_path / "first.txt", second


def test_the_sessions_of_a_cycle_are_one_with_its_parts(comparia, cycle):
    first, second = cycle
    session = json.loads(comparia("ingest", first, "--next", second, "--title", "The cycle", "--json"))
    assert session["title"] == "The cycle"
    assert [(part["title"], part["turns"]) for part in session["parts"]] == [("first", [1, 3]), ("meeting", [4, 6])]
    assert [speaker["name"] for speaker in session["speakers"]] == ["Ann Lee", "Bob Ray", "Speaker 1 (2)"]
    turns = {turn["number"]: turn["speaker"] for turn in session["turns"]}
    assert turns[2] == turns[4] == "s2"


def test_a_cycle_is_compared_as_one_under_one_veil(comparia, cycle):
    first, second = cycle
    shown = comparia("compare", first, "--next", second, "-p", "recap", "-b", "m@http://127.0.0.1:9/v1", "--preview")
    assert "[S1] Session 1: first" in shown
    assert "[S2] Session 2: meeting" in shown
    assert shown.index("[S1]") < shown.index("bridge over") < shown.index("[S2]") < shown.index("changed my mind")
    comparia("compare", first, "--next", second, "-b", "extractive:speakers")
    run = json.loads(comparia("report", "last", "-f", "json"))
    assert len(run["transcript"]["parts"]) == 2


POINTS = """language: en
status: reviewed
reviewed_by: A. Reader
key_points:
  - id: P1
    text: {text}
    said: [{{turn: {turn}, speaker: {name}, quote: {quote}}}]
"""


def test_key_points_beside_each_session_are_those_of_the_cycle(comparia, cycle, command):
    first, second = cycle
    before = first.with_name("first.reference.yaml")
    turns = json.loads(comparia("ingest", first, "--json"))["turns"]
    others = json.loads(comparia("ingest", second / "meeting.txt", "--json"))["turns"]
    one, other = turns[0], others[0]

    def points(text, turn, name):
        quote = " ".join(turn["text"].split()[:5]).rstrip(".,")
        return POINTS.format(text=text, turn=turn["number"], name=name, quote=quote)

    before.write_text(points("Kergal needs a bridge over the river.", one, "Ann Lee"), "utf-8")
    code, _out, err = command("compare", first, "--next", second, "-b", "extractive:speakers")
    assert code == 0
    assert "Key points lie beside some sessions only" in err
    told = points("Kergal needs a bridge over its river.", other, "Bob Ray")
    (second / "meeting.reference.yaml").write_text(told, "utf-8")
    comparia("compare", first, "--next", second, "-b", "extractive:speakers")
    run = json.loads(comparia("report", "last", "-f", "json"))
    assert (run["reference"]["origin"], run["reference"]["reviewed_by"]) == ("reviewed", "A. Reader")
    (point,) = run["reference"]["key_points"]
    assert [(quote["turn"], quote["speaker"]) for quote in point["said"]] == [(1, "s1"), (len(turns) + 1, "s2")]


def test_documents_are_offered_to_models(comparia, cycle, tmp_path):
    (tmp_path / "agenda.txt").write_text("Agenda\nThe Kergall bridge\n", "utf-8")
    shown = comparia(
        "compare", cycle[0], "--context", tmp_path / "agenda.txt", "-p", "recap", "-b", "m@http://127.0.0.1:9/v1",
        "--pseudonyms", "never", "--preview",
    )  # fmt: skip
    assert "[D1] The Kergall bridge" in shown
    assert shown.index("[D1] The") < shown.index("bridge over")


def test_a_session_is_read_as_it_was_where_asked(comparia, cycle):
    cycle[0].with_suffix(".corrections.yaml").write_text("corrections: [{leave_out: [2]}]\n", "utf-8")
    assert len(json.loads(comparia("ingest", cycle[0], "--json"))["turns"]) == 2
    assert len(json.loads(comparia("ingest", cycle[0], "--no-corrections", "--json"))["turns"]) == 3


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--next", "first.txt"), "one session was given twice"),
        (("--next", "second", "--corrections", "x.yaml"), "of one session"),
        (("--next", "empty"), "holds no file of a session"),
        (("--context", "none.txt"), "cannot be read"),
        (("--corrections", "none.yaml"), "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_said(command, cycle, tmp_path, options, told):
    (tmp_path / "empty").mkdir()
    code, _out, err = command("ingest", cycle[0], *options)
    assert code == 1
    assert told in err
    assert "Traceback" not in err

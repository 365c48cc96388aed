"""`comparia correct`: what would change is shown, and kept beside the session where asked."""

import json

import pytest

LINES = "Ann: Kergal is ours.\nBob: No, Kergal is not.\nAnn: Yes, the SIVAUM said so.\nBob: Off the record, no.\nAnn: Fine.\n"


@pytest.fixture
def session(tmp_path):
    file = tmp_path / "session.txt"
    file.write_text(LINES, "utf-8")
    return file


def test_what_would_change_is_shown_and_nothing_is_written(comparia, session):
    out = comparia("correct", session, "--heard", "Kergal=Kergall", "--term", "SIVOM")
    assert "Kergall: 2 places" in out
    assert "T2  Kergal → Kergall" in out
    assert "'SIVAUM'='SIVOM'" in out
    assert "Nothing is written yet" in out
    assert [file.name for file in session.parent.glob("*.yaml")] == []


def test_corrections_are_kept_and_added_to(comparia, session):
    comparia("correct", session, "--heard", "Kergal=Kergall", "--keep")
    comparia("correct", session, "--leave-out", "4", "--rename", "Bob=Robert", "--keep")
    kept = session.with_name("session.corrections.yaml").read_text("utf-8")
    assert "Kergall" in kept
    assert "leave_out" in kept
    read = json.loads(comparia("ingest", session, "--json"))
    assert [turn["text"] for turn in read["turns"]] == [
        "Kergall is ours.", "No, Kergall is not.", "Yes, the SIVAUM said so.", "Fine.",
    ]  # fmt: skip
    assert [speaker["name"] for speaker in read["speakers"]] == ["Ann", "Robert"]
    assert session.read_text("utf-8") == LINES


def test_names_of_a_document_are_proposed(comparia, session, tmp_path):
    (tmp_path / "agenda.md").write_text("Agenda\nThe clerk presents Kergall and the SIVOM.\n", "utf-8")
    out = comparia("correct", session, "--context", tmp_path / "agenda.md")
    assert "'Kergal'='Kergall'" in out
    assert "'SIVAUM'='SIVOM'" in out


def test_a_machine_reads_every_place(comparia, session):
    document = json.loads(comparia("correct", session, "--heard", "Kergal=Kergall", "--leave-out", "4-5", "--json"))
    assert [effect["turn"] for effect in document["effects"]["glossary.0"]] == [1, 2]
    assert document["turns"] == {"1": [1], "2": [2], "3": [3], "4": [], "5": []}
    assert document["parent"].startswith("tr_")


def test_the_sentences_of_one_person_are_read(comparia, session):
    assert comparia("correct", session, "--said-by", "Bob").splitlines() == [
        "T2  No, Kergal is not.", "T4  Off the record, no.",
    ]  # fmt: skip


def test_a_stored_run_is_corrected_apart(comparia, session, tmp_path):
    session.write_text(
        LINES.replace("Yes,", "Yes, and we want the bridge rebuilt before next winter, because"), "utf-8"
    )
    comparia("compare", session, "--no-reference", "-b", "extractive:speakers")
    file = tmp_path / "c.yaml"
    file.write_text("corrections: [{leave_out: [4]}]\n", "utf-8")
    comparia("correct", "--run", "last", "--with", file)
    assert comparia("runs").count("session") >= 2
    new = json.loads(comparia("report", "last", "-f", "json"))
    assert len(new["transcript"]["turns"]) == 4
    assert new["transcript"]["corrections"]["corrections"][0]["kind"] == "leave_out"


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (("--assign", "x=Bob"), 2, "no turn"),
        (("--rename", "Bob"), 2, "two values"),
        (("--rename", "Zoe=Ann"), 1, "nobody in the transcript is named Zoe"),
        (("--leave-out", "77"), 1, "there is no turn T77"),
    ],
)
def test_what_cannot_be_done_is_said(command, session, options, code, told):
    ended, _out, err = command("correct", session, *options)
    assert ended == code
    assert told in err
    assert "Traceback" not in err

"""`comparia references`, as a user calls it."""

import json

import pytest


@pytest.fixture
def session(tmp_path):
    file = tmp_path / "s.txt"
    file.write_text(
        "Anne: We should keep the market on the square, because traders depend on it every Saturday.\n\n"
        "Bruno: I am against closing the square to cars, my customers carry cement bags.\n\n"
        "Chloé: We need eight disabled parking spaces near the doctor's office before June.\n",
        "utf-8",
    )
    return file


def test_suggest_writes_yaml_that_check_accepts_and_diff_compares(comparia, session, tmp_path):
    file = tmp_path / "reference.yaml"
    comparia("references", "suggest", session, "-f", file)
    assert "key points" in comparia("references", "check", file, session)
    assert comparia("references", "suggest", session) == file.read_text("utf-8")
    assert "0 changed, 0 gone, 0 new" in comparia("references", "diff", file, file, session)
    assert json.loads(comparia("references", "diff", file, file, session, "--json")) == []


def test_diff_shows_what_a_person_changed(comparia, session, tmp_path):
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    comparia("references", "suggest", session, "-f", first)
    text = first.read_text("utf-8").replace("status: suggested", "status: reviewed")
    lines = text.splitlines()
    cut = max(n for n, line in enumerate(lines) if line.lstrip().startswith("- id:"))
    second.write_text("\n".join(lines[:cut]) + "\n", "utf-8")
    out = comparia("references", "diff", first, second, session)
    assert "1 gone, 0 new" in out
    assert out.startswith("- P")


def test_a_reference_is_never_overwritten(comparia, session, tmp_path):
    file = tmp_path / "reference.yaml"
    file.write_text("mine", "utf-8")
    comparia("references", "suggest", session, "-f", file, code=1)
    assert file.read_text("utf-8") == "mine"


def test_suggest_needs_one_source(comparia, session):
    comparia("references", "suggest", code=2)
    comparia("references", "suggest", session, "--from-run", "last", code=2)


def test_votes_make_minority_views(comparia, session, tmp_path):
    votes = tmp_path / "votes.json"
    rows = [
        {"turn": 1, "by_group": {"A": [40, 2, 1], "B": [12, 1, 0]}},  # both agree
        {"turn": 2, "by_group": {"A": [5, 40, 2], "B": [12, 1, 0]}},  # the smaller agrees, the larger does not
    ]
    votes.write_text(json.dumps(rows), "utf-8")
    written = comparia("references", "suggest", session, "--votes", votes)
    assert written.count("\n    minority: true") == 1
    assert written.count("\n    minority: false") == 1
    votes.write_text("[{}]", "utf-8")
    comparia("references", "suggest", session, "--votes", votes, code=1)

"""Files of corrections: read, written, refused with the line at fault."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparia import correcting, library
from comparia.errors import InputError
from comparia.records import Assign, Corrections, Join, LeaveOut, Rename, Replace, Term

TEXT = """\
title: "Réunion publique : la place"
date: 2026-03-12
place: Salle des fêtes
moderators: ["Anne Le Goff"]
glossary:
  - write: Kergall
    heard: [Kergal, "quart gall"]
  - SIVOM
corrections:
  - replace: deux cents
    by: douze cents
    turns: [12, 14-16]
  - rename: GT
    name: Guillaume Tatu
  - join: [G. Tatu, GT]
    name: Guillaume Tatu
  - assign: [20-21]
    name: Mme Durand
  - leave_out: [30]
    words: mots exacts
    reason: hors séance
"""


def test_every_kind_of_correction_is_read():
    read = correcting.parse(TEXT)
    assert (read.title, read.date, read.place) == ("Réunion publique : la place", "2026-03-12", "Salle des fêtes")
    assert read.glossary == (Term(write="Kergall", heard=("Kergal", "quart gall")), Term(write="SIVOM"))
    assert read.corrections == (
        Replace(words="deux cents", by="douze cents", turns=(12, 14, 15, 16)),
        Rename(speaker="GT", name="Guillaume Tatu"),
        Join(speakers=("G. Tatu", "GT"), name="Guillaume Tatu"),
        Assign(turns=(20, 21), name="Mme Durand"),
        LeaveOut(turns=(30,), words="mots exacts", reason="hors séance"),
    )


TEXTS = (
    st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" "), min_size=1, max_size=20)
    .filter(str.strip)
    .map(lambda text: " ".join(text.split()))
)
NUMBERS = st.lists(st.integers(1, 999), min_size=1, max_size=5, unique=True).map(tuple)


@given(
    st.builds(
        Corrections,
        title=st.just("") | TEXTS,
        glossary=st.lists(st.builds(Term, write=TEXTS, heard=st.lists(TEXTS, max_size=2).map(tuple)), max_size=2).map(
            tuple
        ),
        moderators=st.lists(TEXTS, max_size=2).map(tuple),
        corrections=st.lists(
            st.one_of(
                st.builds(Replace, words=TEXTS, by=TEXTS, turns=st.just(()) | NUMBERS),
                st.builds(Assign, turns=NUMBERS, name=TEXTS, words=st.just("") | TEXTS),
                st.builds(LeaveOut, turns=NUMBERS, reason=st.just("") | TEXTS),
                st.builds(Rename, speaker=TEXTS, name=TEXTS),
            ),
            max_size=4,
        ).map(tuple),
    )
)
def test_what_is_written_is_read_back(corrections):
    assert correcting.parse(correcting.to_yaml(corrections)) == corrections


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("corrections:\n  - rename: A\n    nam: B\n", 3, "is not a field"),
        ("title: T\ncorrections:\n  - assign: [x]\n    name: B\n", 3, "“x” is no turn"),
        ("corrections:\n  - swap: A\n", 2, "begins with one of"),
        ("corrections: [\n", 2, "not valid YAML"),
        ("corrections:\n  - assign: [9-2]\n    name: B\n", 2, "“9-2” is no turn"),
        ("glossary:\n  - heard: [a]\n", 2, "is missing"),
        ("- a\n- b\n", None, "not of the shape"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(text, line, told):
    with pytest.raises(InputError, match=told) as refused:
        correcting.parse(text, "c.yaml")
    assert refused.value.line == line


def test_corrections_beside_a_session_hold_for_every_reader(tmp_path):
    (tmp_path / "s.txt").write_text("Ann: Kergal is ours.\nBob: No.\nAnn: Yes.\nBob: No, Kergal is not.\n", "utf-8")
    original = library.read_transcript(tmp_path / "s.txt")
    (tmp_path / "s.corrections.yaml").write_text("glossary: [{write: Kergall, heard: [Kergal]}]\n", "utf-8")
    read = library.read_transcript(tmp_path / "s.txt")
    assert "Kergall is ours." in read.turns[0].text
    assert read.parent == original.id
    assert [notice.code for notice in read.notices if notice.code == "corrected"] == ["corrected"]
    assert library.read_transcript(tmp_path / "s.txt", corrections=False) == original


def test_an_empty_file_corrects_nothing(tmp_path):
    assert correcting.parse("") == Corrections()
    assert correcting.to_yaml(Corrections()) == ""

"""What is written is read back equal, and tells the reader what to do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparia.errors import ReferenceFileError
from comparia.records import KeyPoint, Quote, Reference, Speaker, content_id
from comparia.references.files import parse
from comparia.references.suggesting import suggest
from comparia.references.votes import Votes, suggest_from_votes
from comparia.references.writing import to_yaml

WORD = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
LINE = st.lists(WORD, min_size=1, max_size=30).map(lambda words: " ".join(" ".join(words).split()))
SPOKEN = st.lists(
    st.sampled_from("the market: stays - « ici » #1 'no' \"yes\" @all %50 é … {a} [b] & *c* | > \\n \t".split(" ")),
    min_size=1,
    max_size=40,
)


def same(reference, session):
    read = parse(to_yaml(reference, session), session)
    assert read.key_points == reference.key_points
    assert (read.origin, read.reviewed_by, read.language) == (
        reference.origin,
        reference.reviewed_by,
        reference.language,
    )
    assert (read.moderators, read.minority_threshold) == (reference.moderators, reference.minority_threshold)
    return read


def test_the_samples_come_back_equal(foirail, library_hub):
    for session, reviewed in (foirail, library_hub):
        for reference in (reviewed, suggest(session)):
            read = same(reference, session)
            assert (read.id, read.voices) == (reference.id, reference.voices)


@st.composite
def points(draw):
    return [
        {
            "text": draw(LINE.filter(bool)),
            "topic": draw(LINE),
            "kind": draw(st.sampled_from(["view", "fact"])),
            "minority": draw(st.sampled_from([None, True, False])),
            "turns": draw(st.lists(st.integers(0, 5), min_size=1, max_size=3)),
        }
        for _ in range(draw(st.integers(1, 4)))
    ]


@given(drawn=points(), spoken=st.lists(SPOKEN, min_size=6, max_size=6), title=LINE, name=LINE, led=st.booleans())
def test_any_reference_comes_back_equal(make_transcript, drawn, spoken, title, name, led):
    names = ["Anne", None, f"{name} 2", "anne", "Chloé: d'Été", "no"]
    session = make_transcript(
        [(who, "said " + " ".join(words)) for who, words in zip(names, spoken, strict=True)], title=title
    )
    found = []
    for n, point in enumerate(drawn, start=1):
        turns = [session.turns[k] for k in point["turns"]]
        said = tuple(Quote(turn=t.number, speaker=t.speaker or "", words=t.text) for t in turns)
        kept = {k: v for k, v in point.items() if k != "turns"}
        found.append(KeyPoint(id=f"P{n:02d}", said=said, **kept))
    moderators = (session.turns[4].speaker,) if led else ()
    reference = Reference(
        id=content_id("rf", title), origin="suggested", reviewed_by=name, language="fr", moderators=moderators,
        minority_threshold=0.25, voices=len(session.speakers), key_points=tuple(found),
    )  # fmt: skip
    same(reference, session)


@pytest.mark.parametrize("awkward", ['"', "\\", "😅", "\u2028", "\ufeff", "\x85", "'", ": #"])
def test_folding_adds_no_space(make_transcript, awkward):
    for length in range(60, 75):
        words = "we want trees " + "x" * length + awkward + "y z" + " and benches" * 6
        session = make_transcript([("Anne", words)])
        quote = Quote(turn=1, speaker="s1", words=words)
        point = KeyPoint(id="P01", text=words.replace("\u2028", "").replace("\x85", ""), said=(quote,))
        same(suggest(session).model_copy(update={"key_points": (point,)}), session)


def test_namesakes_are_told_apart_by_the_turn(make_transcript):
    session = make_transcript([("Anne", "We should keep the market."), ("Anne B.", "We should move the market.")])
    twins = tuple(Speaker(id=s.id, name="Anne", labels=("Anne",), words=5, turns=1) for s in session.speakers)
    session = session.model_copy(update={"speakers": twins})
    same(suggest(session), session)


def test_the_comment_speaks_the_language_of_the_session(foirail, library_hub):
    written = to_yaml(suggest(library_hub[0]), library_hub[0], title="Tonight: the library")
    assert written.startswith("# Key points of the session")
    assert "reviewed_by" in written.split("title:")[0]
    assert 'title: "Tonight: the library"' in written
    assert "nobody has reviewed" not in to_yaml(library_hub[1], library_hub[0])
    assert all(len(line) <= 140 for line in written.splitlines())
    assert to_yaml(suggest(foirail[0]), foirail[0]).startswith("# ")


def test_a_facilitator_can_edit_it_and_sign_it(library_hub):
    session, _reviewed = library_hub
    written = to_yaml(suggest(session), session)
    edited = written.replace("status: suggested", "status: reviewed").replace('reviewed_by: ""', 'reviewed_by: "Me"')
    edited = edited.replace("    said:\n", "    minority: true\n    said:\n", 1)
    reference = parse(edited, session)
    assert (reference.origin, reference.reviewed_by, reference.key_points[0].minority) == ("reviewed", "Me", True)


def test_marks_by_votes_are_written(transcript):
    reference = suggest_from_votes(transcript, [Votes(turn=2, by_group={"a": (5, 40, 5), "b": (18, 1, 1)})])
    assert "    minority: true\n" in to_yaml(reference, transcript)
    same(reference, transcript)


def test_an_empty_suggestion_is_written_and_asks_for_points(make_transcript):
    session = make_transcript([("Anne", "Hello!")])
    written = to_yaml(suggest(session), session)
    assert "key_points: []" in written
    with pytest.raises(ReferenceFileError):
        parse(written, session)

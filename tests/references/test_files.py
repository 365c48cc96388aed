"""References: every quote tied to a turn, holders computed, errors with their line."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from comparia.config import shipped
from comparia.errors import ReferenceFileError
from comparia.references import beside, load, parse
from comparia.references.files import locate
from comparia.text.quotes import fragments, normalise, stand_in
from comparia.text.yaml_lines import MAX_BYTES

GOOD = """title: "A small meeting"
language: en
status: reviewed
reviewed_by: "A Tester"
minority_threshold: 0.25
moderators: ["Anne"]
key_points:
  - id: P01
    topic: market
    text: "The market
      stays."
    said:
      - speaker: "Anne"
        quote: "The market should stay on the square"
      - speaker: "david"
        turn: 99
        quote: "market should stay […] agree with Anne"
  - id: P02
    kind: fact
    minority: true
    text: "It costs 3.4 million."
    said:
      - quote: "costs 3,400,000 pounds"
"""


def test_quotes_find_their_turns_and_holders_are_computed(transcript):
    reference = parse(GOOD, transcript)
    first, second = reference.key_points
    assert [(quote.turn, quote.speaker) for quote in first.said] == [(1, "s1"), (4, "s4")]
    assert first.text == "The market stays."
    assert first.holders == ("s1", "s4")
    assert (second.kind, second.minority, second.holders) == ("fact", True, ("s5",))
    assert (reference.origin, reference.reviewed_by, reference.moderators) == ("reviewed", "A Tester", ("s1",))
    assert reference.voices == 4
    assert reference.prevalence(first) == 0.25


def test_a_reference_is_suggested_unless_it_says_it_was_reviewed(transcript):
    assert parse(GOOD.replace("status: reviewed\n", ""), transcript).origin == "suggested"


def test_the_id_changes_with_the_points_and_the_threshold_only(transcript):
    same = parse(GOOD.replace("A Tester", "Another"), transcript)
    assert same.id == parse(GOOD, transcript).id
    for old, new in (("0.25", "0.3"), ("It costs", "It would cost"), ('moderators: ["Anne"]', "moderators: []")):
        assert parse(GOOD.replace(old, new), transcript).id != same.id


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("The market should stay on the square", "The market must leave the square", 13, "Anne"),
        ('speaker: "Anne"\n', 'speaker: "Bruno"\n', 13, "Bruno"),
        ('"david"', '"Zoe"', 15, "named Zoe"),
        ('moderators: ["Anne"]', 'moderators: ["Zoe"]', 6, "named Zoe"),
        ("id: P02", "id: P01", 18, "twice"),
        ("kind: fact", "kind: rumour", 19, "kind"),
        ("    minority: true", "    minorité: true", 20, "minorité"),
        ("minority_threshold: 0.25", "minority_threshold: 2", 5, "minority_threshold"),
        ("minority_threshold: 0.25", "minority_threshold: .nan", 5, "minority_threshold"),
        ("status: reviewed", "status: perfect", 3, "status"),
        ('title: "A small meeting"', 'title: "A small', 4, "YAML"),
    ],
)
def test_a_wrong_reference_is_refused_with_its_line(transcript, old, new, line, said):
    assert GOOD.count(old) >= 1
    with pytest.raises(ReferenceFileError) as caught:
        parse(GOOD.replace(old, new, 1), transcript, "r.yaml")
    assert said in str(caught.value)
    assert caught.value.line == line


def test_a_quote_out_of_order_or_said_by_a_system_line_was_not_said(make_transcript):
    session = make_transcript([("A", "We want trees, then benches."), (None, "Bob has joined the meeting", "system")])
    assert locate("trees […] benches", session).number == 1
    assert locate("benches […] trees", session) is None
    assert locate("Bob has joined", session) is None
    assert locate("[…]", session) is None
    assert locate("trees", session, turn=2) is None


def test_files_that_cannot_be_references(tmp_path, transcript):
    (tmp_path / "latin.yaml").write_bytes("é: 1".encode("latin-1"))
    (tmp_path / "big.yaml").write_bytes(b"#" * (MAX_BYTES + 1))
    for path in (tmp_path / "latin.yaml", tmp_path / "big.yaml", tmp_path / "absent.yaml", tmp_path):
        with pytest.raises(ReferenceFileError):
            load(path, transcript)


@settings(max_examples=40)
@example(at=416, byte="?")  # a list as a key
@given(at=st.integers(0, len(GOOD) - 1), byte=st.sampled_from(list("\0[]{}:&*!|>-\"'\t\n%@`#?é,0")))
def test_one_wrong_character_is_a_reference_error_or_harmless(transcript, at, byte):
    with contextlib.suppress(ReferenceFileError):
        assert parse(GOOD[:at] + byte + GOOD[at + 1 :], transcript).key_points


@pytest.mark.parametrize(
    "text",
    ["", "[]", "1", "key_points: []", "[" * 400, "a: &a [*a]", "? [a]\n: b", "? [a, {b: c}]\n: 1", "--- a\n--- b"],
)
def test_other_documents_are_refused(transcript, text):
    with pytest.raises(ReferenceFileError):
        parse(text, transcript)


def test_the_reference_beside_a_session_is_found(tmp_path):
    session = tmp_path / "tonight.vtt"
    assert beside(session) is None
    (tmp_path / "reference.yaml").touch()
    assert beside(session) == tmp_path / "reference.yaml"
    (tmp_path / "tonight.reference.yaml").touch()
    assert beside(session) == tmp_path / "tonight.reference.yaml"


def test_the_references_of_the_samples_tie_to_their_sessions(foirail, library_hub):
    for session, reference in (foirail, library_hub):
        turns = {turn.number: turn for turn in session.turns}
        assert reference.origin == "reviewed"
        assert reference.language == session.language
        for point in reference.key_points:
            for quote in point.said:
                assert turns[quote.turn].speaker == quote.speaker
                assert stand_in(fragments(quote.words), normalise(turns[quote.turn].text))
            assert 0 <= reference.prevalence(point) <= 1
        assert sum(map(reference.is_minority, reference.key_points)) >= 6


def test_the_french_sample_is_a_long_meeting_with_many_voices_and_a_chat(foirail):
    session, reference = foirail
    assert session.language == "fr"
    assert session.words >= 9000
    assert sum(s.kind == "person" and s.words > 0 for s in session.speakers) >= 12
    assert sum(turn.channel == "chat" for turn in session.turns) >= 10
    assert len(reference.key_points) >= 40


def test_every_sample_session_has_its_files():
    for folder in filter(Path.is_dir, shipped("transcripts").iterdir()):
        files = {file.name for file in folder.iterdir()}
        assert {"session.txt", "reference.yaml"} <= files or {"session.vtt", "chat.txt", "reference.yaml"} <= files


def test_a_session_takes_the_title_and_date_of_its_file(tmp_path, transcript):
    from comparia.references import titled

    points = "key_points: [{id: P1, text: The market stays., said: [{quote: The market should stay on the square}]}]"

    def named(head):
        file = tmp_path / "reference.yaml"
        file.write_text(head, "utf-8")
        found = titled(file, transcript.model_copy(update={"date": ""}))
        return found.title, found.date

    assert named(f'title: "Réunion\u00a0: la place"\ndate: 2026-10-08\n{points}') == (
        "Réunion\u00a0: la place",
        "2026-10-08",
    )
    assert named(f"{points}\ntitle: After\n") == ("After", "")
    assert named(f"{{title: T, {points}}}") == ("T", "")
    assert named(points) == (transcript.title, "")
    assert named(f"date: [1, 2]\n{points}")[1] == ""
    assert named(f"date: !!python/name:os.system x\n{points}")[1] == ""
    assert named(f'title: "a\\u202eb\\0c"\n{points}')[0] == "abc"

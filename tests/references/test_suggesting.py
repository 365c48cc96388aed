"""The offline suggestion: words that were said, no voice merged away, the same list every time."""

import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comparia.errors import ReferenceFileError
from comparia.references.leading import likely_moderators
from comparia.references.statements import LONGEST, MOST, statements
from comparia.references.suggesting import closeness, groups, suggest, tidied
from comparia.text.quotes import fragments, normalise, stand_in
from tests.work import assert_linear

DEBATE = [
    ("Lead", "Good evening everyone, can you hear me? Anne, would you like to start?"),
    ("Anne", "Good evening. We should keep the market on the square, because traders depend on it."),
    ("Bruno", "I agree with Anne, we must keep the market on the square."),
    ("Lead", "Thank you Bruno. Chloé, what do you think?"),
    ("Chloé", "We should not keep the market on the square, the noise is unbearable for people nearby."),
    ("Lead", "Thank you Chloé. David, do you have a question?"),
    ("David", "Nobody speaks of the river. I am afraid the new paving will flood every cellar in Mill Lane."),
    ("Lead", "Thank you David. Is there anything else, Anne? Shall we close?"),
    ("Anne", "Write to me at anne@example.org or ring 01632 960417 if you want to help."),
    ("Erin", "The council voted a budget of 340,000 pounds and the works will begin on 12 March.", "chat"),
    (None, "Fred has joined the meeting", "system"),
]


def check(reference, session, limit=60):
    """What holds of every suggestion."""
    turns = {turn.number: turn for turn in session.turns}
    assert reference.origin == "suggested"
    assert len(reference.key_points) <= limit
    assert [p.id for p in reference.key_points] == [f"P{n:02d}" for n in range(1, len(reference.key_points) + 1)]
    firsts = [min(quote.turn for quote in point.said) for point in reference.key_points]
    assert firsts == sorted(firsts)
    for point in reference.key_points:
        assert point.text.strip()
        for quote in point.said:
            turn = turns[quote.turn]
            assert turn.channel != "system"
            assert (turn.speaker or "") == quote.speaker
            assert quote.speaker not in reference.moderators
            assert stand_in(fragments(quote.words), normalise(turn.text))
            assert len(quote.words.split()) <= LONGEST


def texts(reference):
    return " | ".join(point.text for point in reference.key_points)


def test_moderators_greetings_and_contact_details_are_left_out(make_transcript):
    session = make_transcript(DEBATE)
    reference = suggest(session)
    check(reference, session)
    assert [session.speaker_name(s) for s in reference.moderators] == ["Lead"]
    assert reference.voices == 5
    said = " ".join(quote.words for point in reference.key_points for quote in point.said)
    for left_out in ("Good evening", "anne@", "01632", "has joined", "question"):
        assert left_out not in said


def test_who_agrees_holds_the_point_and_who_opposes_has_their_own(make_transcript):
    session = make_transcript(DEBATE)
    reference = suggest(session)
    names = [{session.speaker_name(s) for s in point.holders} for point in reference.key_points]
    assert {"Anne", "Bruno"} in names
    assert {"Chloé"} in names
    assert {"David"} in names


def test_a_fact_is_told_from_a_view(make_transcript):
    reference = suggest(make_transcript(DEBATE))
    kinds = {point.text.split()[1]: point.kind for point in reference.key_points}
    assert kinds["council"] == "fact"
    assert sorted(kinds.values()).count("fact") == 1


def test_a_single_voice_is_not_merged_away(make_transcript):
    crowd = [(f"Voice {n}", f"We want more trees on the square, plant trees in row {n}.") for n in range(30)]
    lone = ("Zoe", "We want fewer trees on the square, their roots break the pipes of my house.")
    session = make_transcript([*crowd[:15], lone, *crowd[15:]])
    reference = suggest(session, limit=31)
    check(reference, session, 31)
    point = next(p for p in reference.key_points if "fewer" in p.text)
    assert [session.speaker_name(s) for s in point.holders] == ["Zoe"]
    assert reference.is_minority(point)


@pytest.mark.parametrize(
    ("language", "said", "denied"),
    [
        (
            "en",
            "We should open the library on Sunday afternoons.",
            "We should not open the library on Sunday afternoons.",
        ),
        ("fr", "Il faut fermer la rue des Écoles le matin.", "Il ne faut pas fermer la rue des Écoles le matin."),
    ],
)
def test_one_negation_keeps_the_same_words_apart(make_transcript, language, said, denied):
    session = make_transcript([("A", said), ("B", denied), ("C", said)], language=language)
    found = statements(session)
    grouped = groups(found, closeness(found))
    assert sorted(map(len, grouped)) == [1, 2]
    assert [1] in grouped


def test_everyone_who_states_something_has_a_point(foirail, library_hub):
    for session, reviewed in (foirail, library_hub):
        limit = reviewed.voices
        reference = suggest(session, limit=limit)
        check(reference, session, limit)
        heard = {s for point in reference.key_points for s in point.holders}
        assert heard == {s.speaker for s in statements(session, reviewed.moderators) if s.alone}


def test_the_moderators_of_the_samples_are_found(foirail, library_hub):
    for session, reviewed in (foirail, library_hub):
        assert likely_moderators(session) == reviewed.moderators


def test_moderators_may_be_given_by_id_or_by_name(make_transcript):
    session = make_transcript(DEBATE)
    anne = next(s.id for s in session.speakers if s.name == "Anne")
    assert suggest(session, moderators=["anne"]).moderators == (anne,)
    assert suggest(session, moderators=[anne]).moderators == (anne,)
    with pytest.raises(ReferenceFileError, match="Zoe"):
        suggest(session, moderators=["Zoe"])


def test_nobody_leads_a_conversation_of_two(make_transcript):
    lines = [("A", "And what do you think, B? Can you hear me?"), ("B", "The square must stay open to cars.")] * 5
    assert likely_moderators(make_transcript(lines)) == ()


@pytest.mark.parametrize(("name", "floor", "minority_floor"), [("foirail", 0.4, 0.38), ("library_hub", 0.8, 0.8)])
def test_most_reviewed_points_are_found_in_the_samples(request, name, floor, minority_floor):
    session, reviewed = request.getfixturevalue(name)
    reference = suggest(session)
    check(reference, session)

    def found(point):
        for suggested in reference.key_points:
            text = set(normalise(suggested.text).split())
            for quote in point.said:
                words = set(normalise(quote.words).split())
                if quote.turn in {q.turn for q in suggested.said} and 2 * len(words & text) >= len(words):
                    return True
        return False

    minority = [point for point in reviewed.key_points if reviewed.is_minority(point)]
    assert sum(map(found, reviewed.key_points)) / len(reviewed.key_points) >= floor
    assert sum(map(found, minority)) / len(minority) >= minority_floor


def test_speech_without_punctuation_is_read_by_windows(make_transcript):
    words = (
        "so i think we should keep the swimming pool open in winter because the children of the valley have nowhere else to go "
        "and the school bus passes there twice a day but the council will not pay for the heating and that worries me a lot "
    )
    session = make_transcript(
        [("A", words * 3), ("B", "we need a cheaper ticket for the pool and a warm room for parents")]
    )
    reference = suggest(session)
    check(reference, session)
    assert len(reference.key_points) >= 3


@pytest.mark.parametrize(
    ("lines", "fewest"),
    [
        ([], 0),
        ([("A", "Hello!")], 0),
        ([("A", "We should plant forty lime trees along the canal.")], 1),
        (
            [
                (None, "We should plant forty lime trees along the canal."),
                (None, "The canal path must be lit at night."),
            ],
            2,
        ),
        ([("A", "We need a crossing by the school."), ("B", "Yes."), ("A", "The council will paint it in June.")], 2),
        ([(None, "Fred has joined the meeting", "system")], 0),
        ([("A", "… !!! « »"), ("B", "12 000")], 0),
    ],
)
def test_small_and_empty_sessions(make_transcript, lines, fewest):
    session = make_transcript(lines)
    reference = suggest(session)
    check(reference, session)
    assert len(reference.key_points) >= fewest
    assert (reference.key_points == ()) == (fewest == 0)


@pytest.mark.parametrize("limit", [0, 1, 2, 5])
def test_the_limit_holds(library_hub, limit):
    check(suggest(library_hub[0], limit=limit), library_hub[0], limit)


@settings(max_examples=40)
@given(
    lines=st.lists(
        st.tuples(
            st.sampled_from([None, "Anne", "Bruno", "Chloé"]),
            st.lists(
                st.sampled_from(
                    "we should not keep the market, agree with Anne! pas d'accord. il faut fermer la rue ? 12 000 € [laughs] "
                    "… « oui » **trees** - # x@y.z 06 12 34 56 78 school river yes no et mais \n \u2028 😀".split(" ")
                ),
                max_size=60,
            ).map(" ".join),
            st.sampled_from(["speech", "chat", "system"]),
        ),
        max_size=12,
    ),
    language=st.sampled_from(["fr", "en"]),
)
def test_whatever_was_said_quotes_are_verbatim(make_transcript, lines, language):
    session = make_transcript(lines, language=language)
    check(suggest(session, limit=7), session, 7)


@pytest.mark.whole
def test_the_list_does_not_depend_on_the_seed_of_hashes(library_hub):
    program = (
        "import sys; from comparia.records import Transcript; from comparia.references.suggesting import suggest;"
        "print(suggest(Transcript.model_validate_json(sys.stdin.buffer.read())).id)"
    )
    ids = {
        subprocess.run(
            [sys.executable, "-c", program],
            input=library_hub[0].model_dump_json().encode(),
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout.strip()
        for seed in ("0", "1")
    }
    assert ids == {suggest(library_hub[0]).id.encode()}


@pytest.mark.whole
def test_a_day_of_speech_is_read_in_bounded_work(make_transcript, foirail):
    words = [word for turn in foirail[0].turns for word in turn.text.split()]

    def session_of(turns):
        lines = [(f"V{n % 40}", " ".join(words[(n * 31) % 9000 :][:30]) + ".") for n in range(turns)]
        return make_transcript(lines, language="fr")

    suggest(session_of(150))  # what is read of each turn is kept: both sizes are then measured without it
    assert_linear(suggest, session_of, 75)
    session = session_of(2400)
    assert session.words > 65_000
    reference = suggest(session)
    check(reference, session)
    assert len(statements(session)) == MOST
    assert {s for p in reference.key_points for s in p.holders} == {s.id for s in session.speakers}


def test_a_crowd_that_says_the_same_is_one_point(make_transcript):
    session = make_transcript([(f"V{n}", "Yes, we want public toilets on the square.") for n in range(300)])
    reference = suggest(session)
    assert len(reference.key_points) == 1
    assert len(reference.key_points[0].holders) == 300


@pytest.mark.parametrize(
    ("language", "words", "text"),
    [
        ("fr", "Alors, euh, donc moi je demande une navette le soir", "Moi je demande une navette le soir."),
        ("fr", "Et le, le toit, euh, il prend l'eau !", "Le toit, il prend l'eau !"),
        ("en", "[laughs] So, um, I'd, I'd keep the pool, so,", "I'd keep the pool."),
        ("en", "No. Not one hour without staff.", "No. Not one hour without staff."),
    ],
)
def test_hesitations_go_and_nothing_is_added(language, words, text):
    assert tidied(words, language) == text


@pytest.mark.parametrize(
    "words",
    [
        "Let's just take a breath. Councillor Pettifer, go ahead.",
        "Good evening everybody, and thank you for coming tonight.",
        "Through the chair, please. You had something on prices anyway.",
    ],
)
def test_what_only_speaks_of_the_meeting_is_no_point(make_transcript, words):
    session = make_transcript(
        [
            ("Ann", words),
            ("Ben", "I want the pool kept open until ten because I work late."),
            ("Cy", "I refuse any closure."),
        ]
    )
    assert all(words[:20] not in statement.words for statement in statements(session))


def test_lines_of_nobody_are_no_points_where_most_lines_are_somebody_s(make_transcript):
    session = make_transcript([("Ann", "I want the pool kept open."), ("Ben", "I refuse any closure of it.")])
    stray = session.turns[0].model_copy(
        update={"number": 3, "speaker": None, "text": "We must close the whole library."}
    )
    mixed = session.model_copy(update={"turns": (*session.turns, stray)})
    assert not any("library" in statement.words for statement in statements(mixed))
    alone = session.model_copy(update={"turns": (stray,)})
    assert any("library" in statement.words for statement in statements(alone))

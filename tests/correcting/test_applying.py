"""Corrections of a session: what changes, what stays, and where each turn went."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparia import correcting, library
from comparia.errors import InputError
from comparia.records import Assign, Corrections, Join, LeaveOut, Rename, Replace, Term

LINES = [
    ("Anne Le Goff", "Good evening, who wants to speak about Kergal?"),
    ("Speaker 1", "I live in kergal. The wall must stay. And I am against the road, said my neighbour."),
    ("GT", "The road costs two million, and KERGAL'S budget is small."),
    ("G. Tatu", "I said it already: Kergal-Nord is not Kergal."),
    ("Speaker 1", "Kergalois say no."),
]


@pytest.fixture
def session(make_transcript):
    return make_transcript(LINES)


def corrected(session, *changes, **told):
    return correcting.apply(session, Corrections(corrections=changes, **told))


def said(result):
    return [(result.transcript.speaker_name(turn.speaker), turn.text) for turn in result.transcript.turns]


def test_a_misheard_name_is_written_right_everywhere_whole_words_in_any_case(session):
    result = corrected(session, glossary=(Term(write="Kergall", heard=("kergal",)),))
    texts = [text for _name, text in said(result)]
    assert texts[0].endswith("about Kergall?")
    assert texts[1].startswith("I live in Kergall.")
    assert "Kergall'S budget" in texts[2]
    assert texts[3] == "I said it already: Kergall-Nord is not Kergall."
    assert texts[4] == "Kergalois say no."
    assert [effect.turn for effect in result.effects["glossary.0"]] == [1, 2, 3, 4, 4]
    assert result.changed == {1, 2, 3, 4}


def test_the_original_stays_and_the_corrected_session_is_another_with_its_parent(session):
    before = session.model_dump()
    result = corrected(session, Replace(words="road", by="bypass"))
    assert session.model_dump() == before
    assert result.transcript.id not in ("", session.id)
    assert result.transcript.parent == session.id
    assert result.transcript.id == result.transcript.content_id
    assert result.transcript.corrections.corrections == (Replace(words="road", by="bypass"),)


def test_words_are_replaced_in_the_turns_named_alone(session):
    result = corrected(session, Replace(words="road", by="bypass", turns=(3,)))
    texts = [text for _name, text in said(result)]
    assert "the road" in texts[1]
    assert texts[2].startswith("The bypass")


def test_apostrophes_hyphens_and_spaces_are_those_of_any_typist(make_transcript):
    session = make_transcript([("A", "L’école de la Croix-Verte, l'école  ouverte.")], language="fr")
    result = corrected(
        session, Replace(words="l'école", by="le collège"), Replace(words="croix‑verte", by="Croix-Bleue")
    )
    assert said(result)[0][1] == "Le collège de la Croix-Bleue, le collège  ouverte."


def test_two_people_under_one_name_are_told_apart_from_some_words_on(session):
    result = corrected(session, Assign(turns=(2,), name="A neighbour", words="And I am against"))
    assert said(result)[1:3] == [
        ("Speaker 1", "I live in kergal. The wall must stay."),
        ("A neighbour", "And I am against the road, said my neighbour."),
    ]
    assert result.turns[2] == (2, 3)
    assert result.turns[5] == (6,)
    people = {speaker.name: speaker for speaker in result.transcript.speakers}
    assert people["A neighbour"].words == 9
    assert people["Speaker 1"].words == 8 + 3
    assert people["A neighbour"].kind == "person"


def test_labels_of_one_person_are_joined(session):
    result = corrected(session, Join(speakers=("GT", "G. Tatu"), name="Guillaume Tatu"))
    speakers = {speaker.name: speaker for speaker in result.transcript.speakers}
    assert set(speakers) == {"Anne Le Goff", "Speaker 1", "Guillaume Tatu"}
    assert speakers["Guillaume Tatu"].labels == ("GT", "G. Tatu")
    assert speakers["Guillaume Tatu"].turns == 2


def test_a_renamed_speaker_keeps_what_others_were_assigned(session):
    result = corrected(session, Assign(turns=(5,), name="Mme Le Bihan"), Rename(speaker="Speaker 1", name="M. Corre"))
    assert [name for name, _text in said(result)] == ["Anne Le Goff", "M. Corre", "GT", "G. Tatu", "Mme Le Bihan"]


def test_what_is_left_out_is_no_speech_and_is_told(session):
    result = corrected(
        session, LeaveOut(turns=(3, 4), reason="off the record"), LeaveOut(turns=(2,), words="The wall must stay.")
    )
    assert [text for _name, text in said(result)] == [
        LINES[0][1],
        "I live in kergal.",
        "And I am against the road, said my neighbour.",
        "Kergalois say no.",
    ]
    assert result.turns[3] == ()
    assert [line.reason for line in result.transcript.ignored] == ["left out by a person"] * 3
    assert {speaker.name for speaker in result.transcript.speakers} == {"Anne Le Goff", "Speaker 1"}


def test_moderators_title_date_and_place_are_told(session):
    result = corrected(session, moderators=("Anne Le Goff",), title="T", date="1 May", place="Town hall")
    one = result.transcript
    assert (one.title, one.date, one.place, one.moderators) == ("T", "1 May", "Town hall", ("s1",))
    assert library.suggest_reference(one)[0].moderators == ("s1",)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (Assign(turns=(9,), name="X"), "no turn T9"),
        (Rename(speaker="Nobody", name="X"), "nobody in the transcript is named Nobody"),
        (Assign(turns=(2,), name="X", words="never said"), "T2 does not hold these words"),
        (Assign(turns=(2, 3), name="X", words="road"), "one turn, not 2"),
        (LeaveOut(turns=(1, 2, 3, 4, 5)), "nothing would be left"),
    ],
)
def test_what_is_not_there_is_said_with_its_cure(session, change, told):
    with pytest.raises(InputError, match=told):
        corrected(session, change)


def test_a_correction_that_changes_nothing_is_told(session):
    result = corrected(session, Replace(words="unsaid", by="x"), Replace(words="road", by="bypass"))
    assert result.idle == ["corrections.0"]


def test_words_over_two_captions_are_replaced_and_the_captions_still_make_the_turn():
    vtt = (
        "WEBVTT\n\n00:00:01.000 --> 00:00:03.000\n<v Ann>We met in Saint\n\n"
        "00:00:03.000 --> 00:00:06.000\n<v Ann>Orlan yesterday and it rained.\n"
    )
    session = ingest_text(vtt)
    result = corrected(
        session, Replace(words="Saint Orlan", by="Saint-Orlan-sur-Mer"), Assign(turns=(1,), name="Bob", words="and it")
    )
    one = result.transcript
    assert [turn.text for turn in one.turns] == ["We met in Saint-Orlan-sur-Mer yesterday", "and it rained."]
    for turn in one.turns:
        assert " ".join(one.cues[n].text for n in turn.cues if one.cues[n].text) == turn.text
    first, second = one.turns
    assert first.start == 1000
    assert 3000 < second.start < 6000
    assert second.end == 6000
    assert first.end == second.start


def ingest_text(text):
    from comparia.ingest import read_bytes

    return read_bytes(text.encode(), "session.vtt")


WORDS = st.sampled_from(["road", "Kergal", "the", "I", "said", "budget", "wall must"])
NAMES = st.sampled_from(["Anne Le Goff", "Speaker 1", "GT", "G. Tatu"])
TURNS = st.lists(st.integers(1, 5), min_size=1, max_size=3, unique=True).map(tuple)
CHANGES = st.lists(
    st.one_of(
        st.builds(Replace, words=WORDS, by=st.sampled_from(["x", "two words", "Kergal"])),
        st.builds(Rename, speaker=NAMES, name=st.sampled_from(["A", "B"])),
        st.builds(Assign, turns=TURNS, name=st.sampled_from(["A", "C", "GT"])),
        st.builds(LeaveOut, turns=TURNS),
    ),
    max_size=5,
)


@given(changes=CHANGES)
def test_any_corrections_make_a_whole_session(make_transcript, changes):
    session = make_transcript(LINES)
    try:
        result = corrected(session, *changes)
    except InputError:
        return
    one = result.transcript
    assert [turn.number for turn in one.turns] == list(range(1, len(one.turns) + 1))
    assert sorted(n for numbers in result.turns.values() for n in numbers) == [turn.number for turn in one.turns]
    assert {turn.speaker for turn in one.turns} == {speaker.id for speaker in one.speakers}
    for turn in one.turns:
        assert " ".join(one.cues[n].text for n in turn.cues) == turn.text
    assert sum(speaker.words for speaker in one.speakers) == one.words
    for number in set(range(1, 6)) - result.changed:
        (new,) = result.turns[number]
        assert one.turns[new - 1].text == session.turns[number - 1].text

"""Key points, recaps and verdicts of a session that is corrected."""

import pytest

from comparia import correcting, library
from comparia.records import Assign, Corrections, LeaveOut, Rename, Replace, Term


def test_quotations_are_located_again_and_those_left_out_are_told(transcript, reference):
    corrections = Corrections(
        glossary=(Term(write="Market Hall", heard=("market",)),), corrections=(LeaveOut(turns=(3,)),)
    )
    result = correcting.apply(transcript, corrections)
    moved, lost = correcting.moved_reference(reference, transcript, result)
    assert lost == ["P3"]
    assert [point.id for point in moved.key_points] == ["P1", "P2", "P4"]
    first = moved.key_points[0]
    assert first.text == "The Market Hall should stay on the square."
    assert [quote.words for quote in first.said] == ["The Market Hall should stay on the square"] * 2
    assert [quote.turn for quote in first.said] == [1, 3]
    assert moved.voices == 4
    turns = {turn.number: turn for turn in result.transcript.turns}
    for point in moved.key_points:
        for quote in point.said:
            assert quote.words in turns[quote.turn].text
            assert quote.speaker == turns[quote.turn].speaker


def test_who_holds_a_point_follows_who_said_it(transcript, reference):
    result = correcting.apply(transcript, Corrections(corrections=(Assign(turns=(4,), name="Somebody new"),)))
    moved, lost = correcting.moved_reference(reference, transcript, result)
    assert not lost
    holders = [result.transcript.speaker_name(speaker) for speaker in moved.key_points[0].holders]
    assert holders[1] == "Somebody new"


def test_a_file_of_key_points_written_before_is_read_of_the_corrected_session(tmp_path):
    lines = [f"{who}: {words}" for who, words in (
        ("Ann", "Kergal needs a bridge over the river."),
        ("Bob", "I am against any bridge in this valley."),
        ("GT", "The bridge would cost four million euros."),
        ("Ann", "We shall count the votes in the spring."),
        ("Bob", "Then count mine as a no, please."),
        ("GT", "It is written down."),
    )]  # fmt: skip
    (tmp_path / "s.txt").write_text("\n\n".join(lines) + "\n", "utf-8")
    (tmp_path / "reference.yaml").write_text(
        "language: en\nmoderators: [GT]\nkey_points:\n"
        "  - {id: P1, text: Kergal needs a bridge., said: [{turn: 1, speaker: Ann, quote: Kergal needs a bridge}]}\n"
        "  - {id: P2, text: Bob is against., said: [{turn: 2, speaker: Bob, quote: I am against any bridge}]}\n",
        "utf-8",
    )
    (tmp_path / "s.corrections.yaml").write_text(
        "glossary: [{write: Kergall, heard: [Kergal]}]\ncorrections:\n"
        "  - {rename: Bob, name: Robert}\n  - {leave_out: [4]}\n  - {rename: GT, name: Guillaume Tatu}\n",
        "utf-8",
    )
    session = library.read_transcript(tmp_path / "s.txt")
    reference, left_aside = library.reference_beside([tmp_path / "s.txt"], session)
    assert left_aside == ""
    assert [point.text for point in reference.key_points] == ["Kergall needs a bridge.", "Robert is against."]
    assert [session.speaker_name(point.holders[0]) for point in reference.key_points] == ["Ann", "Robert"]
    assert [session.speaker_name(speaker) for speaker in reference.moderators] == ["Guillaume Tatu"]


@pytest.fixture
def stored(transcript, reference, settings):
    run = library.compare(transcript, (), ["extractive:speakers"], reference=reference, settings=settings)
    text = "A trader is against closing the square to cars, and the market stays."
    return library.import_text(run.id, text, "Me", settings=settings)


def test_a_run_is_corrected_apart_with_its_recaps_and_the_verdicts_that_hold(stored, settings):
    with library.open_store(settings) as store:
        points = {point.id: point for point in stored.reference.key_points}
        store.workbench.settle(stored.id, points["P1"], "h1", "kept")
        store.workbench.settle(stored.id, points["P2"], "h1", "kept")
        store.workbench.settle(stored.id, points["P3"], "h1", "absent")
    corrections = Corrections(corrections=(Replace(words="eight", by="eighty"),))
    done = library.correct_run(stored.id, corrections, settings=settings)
    assert done.run.id != stored.id
    assert done.run.transcript.parent == stored.transcript.id
    assert done.carried == 2
    assert done.reopened == (("P3", "h1"),)
    assert done.run.scores
    old = library.read_run(stored.id, settings=settings)
    assert old.transcript == stored.transcript
    verdicts = {
        (item.key_point, score.variants[0]): item.note == "settled"
        for score in done.run.scores
        if score.metric == "key_point_coverage"
        for item in score.evidence
    }
    assert verdicts["P2", "h1"]
    assert not verdicts["P3", "h1"]


def test_a_name_put_right_is_put_right_in_recaps_too_and_told(stored, settings):
    done = library.correct_run(
        stored.id, Corrections(glossary=(Term(write="plaza", heard=("square",)),)), settings=settings
    )
    recap = next(variant for variant in done.run.variants if variant.id == "h1")
    assert recap.summary == "A trader is against closing the plaza to cars, and the market stays."
    assert "words_corrected" in recap.warnings
    assert done.carried == 0


def test_a_whole_name_that_stands_already_is_not_doubled():
    corrections = Corrections(corrections=(Rename(speaker="Martin", name="Jean Martin"),))
    text = "Martin spoke; then Jean Martin left."
    assert correcting.words_corrected(text, corrections, names=True) == "Jean Martin spoke; then Jean Martin left."
    assert correcting.words_corrected(text, corrections) == text

"""Turns, speakers, chat among speech, and what the reader is warned of."""

import gc

import pytest

from comparia import ingest
from comparia.errors import TranscriptError


def vtt(*cues):
    blocks = (f"00:{start // 60:02}:{start % 60:02}.000 --> 01:00:00.000\n{text}\n" for start, text in cues)
    return "WEBVTT\n\n" + "\n".join(blocks)


def read(tmp_path, *contents, **options):
    paths = []
    for n, content in enumerate(contents):
        path = tmp_path / f"part_{n}.txt"
        path.write_bytes(content.encode())
        paths.append(path)
    return ingest.read(paths, **options)


def codes(transcript):
    return {notice.code for notice in transcript.notices}


SPEECH = vtt((0, "<v Ada>un</v>"), (10, "<v Ada>deux</v>"), (20, "<v Bob>trois</v>"), (30, "<v Ada>quatre</v>"))
CHAT = "00:00:05\tCy:\tun mot\r\n00:00:25\tDee:\tdeux mots\r\n00:00:50\tCy:\tfin\r\n"


def test_consecutive_cues_of_one_speaker_are_one_turn(tmp_path):
    transcript = read(tmp_path, SPEECH)
    assert [(turn.number, turn.text, turn.cues) for turn in transcript.turns] == [
        (1, "un deux", (0, 1)),
        (2, "trois", (2,)),
        (3, "quatre", (3,)),
    ]
    assert [(s.id, s.name, s.words, s.turns) for s in transcript.speakers] == [("s1", "Ada", 3, 2), ("s2", "Bob", 1, 1)]


def test_chat_is_placed_by_its_time_and_cuts_nobody_short(tmp_path):
    transcript = read(tmp_path, SPEECH, CHAT)
    assert [turn.text for turn in transcript.turns] == ["un deux", "un mot", "trois", "deux mots", "quatre", "fin"]
    assert transcript.formats == ("webvtt", "zoom-chat")
    assert [cue.span.file for cue in transcript.cues] == ["part_0.txt"] * 2 + [
        "part_1.txt",
        "part_0.txt",
        "part_1.txt",
        "part_0.txt",
        "part_1.txt",
    ]


@pytest.mark.parametrize("chat", [CHAT.replace("00:00", "21:58"), "Cy : un mot\nDee : deux mots\n"])
def test_a_chat_whose_times_do_not_fit_is_placed_after_the_speech(tmp_path, chat):
    transcript = read(tmp_path, SPEECH, chat)
    assert [turn.text for turn in transcript.turns][:3] == ["un deux", "trois", "quatre"]
    assert "not_aligned" in codes(transcript)


def test_a_speaker_of_speech_and_chat_is_one(tmp_path):
    transcript = read(tmp_path, SPEECH, CHAT.replace("Cy", "ada (Guest)"))
    assert [speaker.labels for speaker in transcript.speakers] == [("Ada", "ada (Guest)"), ("Bob",), ("Dee",)]


def test_monsieur_and_madame_of_one_surname_are_two_speakers(tmp_path):
    transcript = read(tmp_path, "M. Martin : oui\nMme Martin : non\nMonsieur Martin : si\nMme Martin : bon\n")
    assert [speaker.labels for speaker in transcript.speakers] == [("M. Martin", "Monsieur Martin"), ("Mme Martin",)]


def test_unknown_speakers_are_never_gathered_into_one_voice(tmp_path):
    text = "Unknown Speaker  0:00\nun\n\nUnknown Speaker  0:10\ndeux\n\nAda  0:20\ntrois\n"
    transcript = read(tmp_path, text)
    assert len(transcript.turns) == 3
    assert "unknown_speakers" in codes(transcript)


def test_machines_are_announced(tmp_path):
    transcript = read(tmp_path, SPEECH, CHAT.replace("Dee", "read.ai meeting notes"))
    assert [speaker.kind for speaker in transcript.speakers] == ["person", "person", "person", "machine"]
    assert "machine_speaker" in codes(transcript)


def test_a_file_with_few_named_words_is_announced(tmp_path):
    transcript = read(tmp_path, "Un long préambule sans personne qui parle ici.\n\nAda : oui\nBob : non\n")
    (notice,) = [notice for notice in transcript.notices if notice.code == "few_attributed"]
    assert notice.line == 1


def test_captions_without_speaker_are_gathered_into_turns_of_readable_length(tmp_path):
    transcript = read(tmp_path, vtt(*((n, f"mot{n} deux trois quatre.") for n in range(59))))
    assert all(len(turn.text.split()) <= 84 for turn in transcript.turns)
    assert len(transcript.turns) == 3
    assert "no_speakers" in codes(transcript)


def test_title_language_and_date(tmp_path):
    transcript = read(tmp_path, SPEECH)
    assert (transcript.title, transcript.date) == ("part 0", "")
    given = read(tmp_path, SPEECH, title="Conseil", date="12 mai", language="en")
    assert (given.title, given.date, given.language) == ("Conseil", "12 mai", "en")


def test_the_id_depends_on_what_is_said_and_not_on_how_it_was_saved(tmp_path):
    first = read(tmp_path, SPEECH)
    assert first.id == read(tmp_path, "\ufeff" + SPEECH.replace("\n", "\r\n"), title="autre").id
    assert first.id != read(tmp_path, SPEECH.replace("Bob", "Rob")).id
    assert first.id != read(tmp_path, SPEECH.replace("trois", "quatre")).id


def test_every_cue_is_in_exactly_one_turn(tmp_path):
    transcript = read(tmp_path, SPEECH, CHAT)
    assert sorted(n for turn in transcript.turns for n in turn.cues) == list(range(len(transcript.cues)))


def test_the_collector_runs_again_after_a_reading_even_a_failed_one(tmp_path):
    (tmp_path / "session.txt").write_text("Ada : bonjour à tous\nBob : merci à vous\n", encoding="utf-8")
    ingest.read([tmp_path / "session.txt"])
    assert gc.isenabled()
    with pytest.raises(TranscriptError):
        ingest.read([tmp_path / "absent.txt"])
    assert gc.isenabled()

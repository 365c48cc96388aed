"""Real files: what is read equals counts made without any parser."""

import json
from collections import Counter
from pathlib import Path

import pytest

from comparia import ingest

SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the real samples are not beside this repository")

READ = "teams_vtt zoom_vtt srt txt_fr md otter_txt noscribe whisper_json whisperx_json albert_json".split()
ELSEWHERE = (
    "teams_docx gmeet_docx an_html elan praat an_tei akomantoso decidim_csv polis_csv consul_csv aws_json azure_json "
    "assemblyai_json deepgram_json linto_json speechmatics_json"
).split()
"""Read too; their counts are checked beside their readers."""
MANIFEST = json.loads((SAMPLES / "manifest.json").read_text(encoding="utf-8"))["files"] if SAMPLES.is_dir() else []
COUNTS = {entry["file"]: entry["independent_counts"] for entry in MANIFEST}
CHAT = "zoom_chat/zoom_chat_acdc_184.txt"
FILES = [entry["file"] for entry in MANIFEST if entry["format"] in READ]
REFUSED = [entry["file"] for entry in MANIFEST if entry["format"] not in (*READ, *ELSEWHERE, "zoom_chat")]
TIMED = [file for file in FILES if "timing_lines" in COUNTS[file]]


def read(file):
    return ingest.read([SAMPLES / file])


def places(transcript):
    return {(cue.span.lines, cue.span.pointer) for cue in transcript.cues}


def per_speaker(transcript):
    return dict(Counter(cue.speaker for cue in transcript.cues))


@pytest.mark.parametrize("file", TIMED)
def test_one_cue_a_timing_line(file):
    transcript = read(file)
    counts = COUNTS[file]
    empty = sum(item.reason in ("empty caption", "repeated caption") for item in transcript.ignored)
    assert len(places(transcript)) + empty == counts["timing_lines"]
    assert empty == 0
    assert transcript.cues[0].start == pytest.approx(counts["first_start_s"] * 1000)
    assert max(cue.end for cue in transcript.cues) == pytest.approx(counts["last_end_s"] * 1000)
    assert sum("time_backwards" in cue.flags for cue in transcript.cues) == counts["start_goes_back"]


@pytest.mark.parametrize("file", [file for file in FILES if file.startswith("zoom_vtt")])
def test_zoom_captions_have_the_speakers_of_the_file(file):
    assert per_speaker(read(file)) == COUNTS[file]["speakers_regex"]


def test_teams_voices():
    file = "teams_vtt/teams_real_anonymised_guid_ids.vtt"
    transcript = read(file)
    assert per_speaker(transcript) == {**COUNTS[file]["voice_names"], None: 1}
    assert sum("no_speaker" in cue.flags for cue in transcript.cues) == 1
    assert not any("</v>" in cue.text for cue in transcript.cues)


def test_noscribe_overlaps_belong_to_who_spoke_over():
    transcript = read("noscribe/noscribe_interview.vtt")
    assert {speaker.name for speaker in transcript.speakers} == {"S00", "S01", "S02"}
    first = [(cue.speaker, cue.text) for cue in transcript.cues if cue.start == 34570]
    assert ("S02", "Ist das herrlich.") in first
    assert ("S00", "Das ist doch Wunderbar.") in first
    assert not any("//" in cue.text for cue in transcript.cues)


@pytest.mark.parametrize("file", [file for file in FILES if {"turns", "turn_lines", "headers"} & set(COUNTS[file])])
def test_labelled_text_has_the_turns_and_speakers_of_the_file(file):
    counts = COUNTS[file]
    transcript = read(file)
    assert len(transcript.cues) == next(counts[key] for key in ("turns", "turn_lines", "headers") if key in counts)
    assert per_speaker(transcript) == counts["speakers"]
    assert len(transcript.speakers) == len(counts["speakers"])


@pytest.mark.parametrize("file", [file for file in FILES if "segments" in COUNTS[file]])
def test_json_segments_and_their_words(file):
    counts = COUNTS[file]
    transcript = read(file)
    assert len(places(transcript)) == counts["segments"] - counts["empty_text_segments"]
    named = {name for name in counts["word_speakers"] if name != "None"}
    assert {cue.speaker for cue in transcript.cues if cue.speaker} == named
    assert abs(transcript.words - counts["words_in_segments"]) <= 0.02 * counts["words_in_segments"]


def test_albert_windows_that_restart_are_flagged():
    transcript = read("albert_json/DERIVED_test_audio_transcriptions_mp3.json")
    assert [(cue.start, cue.end) for cue in transcript.cues] == [(0, 29980), (0, 120)]


def test_zoom_chat_messages_authors_and_reactions():
    counts = COUNTS[CHAT]
    transcript = read(CHAT)
    assert len(transcript.cues) + len(transcript.ignored) == counts["message_headers"]
    assert len({cue.speaker for cue in transcript.cues}) == counts["authors"]
    reacted = [cue for cue in transcript.cues if cue.text.startswith("Reacted to")]
    assert len(reacted) == counts["reacted_to"]
    assert {cue.channel for cue in reacted} == {"system"}
    assert not any(cue.text.startswith("Replying to") for cue in transcript.cues)


def test_speech_and_chat_of_one_meeting_are_read_together():
    transcript = ingest.read([SAMPLES / "zoom_vtt/zoom_acdc_184.vtt", SAMPLES / CHAT])
    assert len(transcript.cues) == 668 + 751
    assert "not_aligned" not in {notice.code for notice in transcript.notices}


def test_every_sample_is_read():
    assert REFUSED == []
    for entry in MANIFEST:
        assert read(entry["file"]).words

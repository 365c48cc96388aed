"""Recordings: checked, read in pieces, found again, said to be missing, removed with the last that uses them."""

import hashlib
import os
import stat
import struct
import tracemalloc
import zipfile
from io import BytesIO

import pytest

from comparia import library
from comparia.config import Settings
from comparia.errors import InputError, StoreUnwritable, UnknownName
from comparia.library import media_lengths, recordings
from comparia.library.recordings import (
    RecordingWriter,
    attach_recording,
    find_recording,
    media_type_of,
    playable,
    read_recording,
    record_run,
    recording_beside,
    recording_noted,
    remove_entries,
    remove_unused,
    set_recording_of_run,
    with_recording,
)
from comparia.library.reports_to_hear import report_archive, report_with_recording
from comparia.records import Draft, Recording
from tests.sounds import VTT, silence, tone


@pytest.fixture
def settings(tmp_path):
    return Settings(outputs=tmp_path / "outputs", policy="local", models_list_points=False, models_judge=False)


@pytest.fixture
def files(tmp_path):
    """A session of nine seconds, and its recording."""
    (tmp_path / "session.vtt").write_text(VTT, "utf-8")
    return tmp_path / "session.vtt", tone(tmp_path / "evening.wav", 9)


def entries(settings):
    folder = settings.outputs / "recordings"
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def told(transcript):
    return [notice.code for notice in transcript.notices if notice.code.startswith("recording_")]


def test_a_recording_is_attached_and_stays_where_it_is(files, settings):
    session, sound = files
    transcript = library.read_transcript(session, recording=sound, settings=settings)
    digest = hashlib.sha256(sound.read_bytes()).hexdigest()
    assert transcript.recording == Recording(file="evening.wav", bytes=sound.stat().st_size, digest=digest, seconds=9.0)
    assert told(transcript) == []
    assert transcript.id == library.read_transcript(session).id
    entry = settings.outputs / "recordings" / digest
    assert entry.is_symlink()
    assert find_recording(transcript.recording, settings) == sound.resolve()
    if os.name == "posix":
        assert stat.S_IMODE(entry.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"RF64\xff\xff\xff\xffWAVEds64", "audio/wav"),
        (b"ID3\x04", "audio/mpeg"),
        (b"\xff\xfb\x90\x64", "audio/mpeg"),
        (b"\xff\xf1\x50\x80", "audio/aac"),
        (b"\xff\xf9\x50\x80", "audio/aac"),
        (b"\x00\x00\x00\x20ftypM4A ", "audio/mp4"),
        (b"\x00\x00\x00\x20ftypisom", "video/mp4"),
        (b"\x00\x00\x00\x14ftypqt  ", "video/quicktime"),
        (b"\x00\x00\x00\x08moov", "video/quicktime"),
        (b"OggS\x00\x02", "audio/ogg"),
        (b"fLaC\x00", "audio/flac"),
        (b"\x1aE\xdf\xa3\x01\x00\x00\x00\x00\x00\x00\x1fB\x86\x81\x01B\x82\x84webm", "video/webm"),
        (b"\x1aE\xdf\xa3\x01\x00\x00\x00\x00\x00\x00#B\x82\x88matroska", "video/x-matroska"),
        (b"", ""),
        (b"WEBVTT\n\n00:00", ""),
        (b"\xff\xfeW\x00E\x00B\x00", ""),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", ""),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", ""),
        (b"\x00\x00\x00\x18ftypheic", ""),
        (b"PK\x03\x04", ""),
        (b"<!doctype html><script>", ""),
        (b"%PDF-1.7", ""),
    ],
)
def test_a_recording_is_told_by_its_first_bytes(head, kind):
    assert media_type_of(head) == kind


@pytest.mark.parametrize("content", [b"", b"WEBVTT\n", b"\xff", b"<html>", None, "folder"])
def test_what_is_no_recording_is_refused_with_its_cure(tmp_path, content):
    path = tmp_path / "given.mp3"
    if content == "folder":
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as refused:
        read_recording(path)
    assert "given.mp3" in str(refused.value)
    assert refused.value.cure
    assert refused.value.on_page


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() == 0, reason="an administrator reads every file")
def test_a_file_that_cannot_be_read_is_refused(files):
    files[1].chmod(0)
    with pytest.raises(InputError, match=r"cannot be read"):
        read_recording(files[1])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_is_refused_and_never_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.mp3")
    with pytest.raises(InputError):
        read_recording(tmp_path / "pipe.mp3")


def test_a_damaged_recording_has_no_length(tmp_path):
    for name, content in {
        "cut.mp4": b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00" + b"\xff\xff\xff\xffmoov" + b"\xff" * 40,
        "cut.flac": b"fLaC\x00\xff\xff\xff",
        "cut.ogg": b"OggS\x00\x02" + b"\xff" * 60,
        "cut.webm": b"\x1aE\xdf\xa3" + b"\x00" * 10 + b"webm",
        "cut.aac": b"\xff\xf1\x50\x80" * 20,
    }.items():
        (tmp_path / name).write_bytes(content)
        assert read_recording(tmp_path / name).seconds is None, name


def element(name, content, size=None):
    """An EBML element; of unknown size for -1."""
    length = b"\x01" + b"\xff" * 7 if size == -1 else (len(content) | 1 << 56).to_bytes(8, "big")
    return bytes.fromhex(name) + length + content


def webm(*, header=True, live=False):
    """A film of two minutes and a half in clusters of a minute, its scale that of WebM."""
    info = element("2ad7b1", (1_000_000).to_bytes(3, "big"))
    if header:
        info += element("4489", struct.pack(">d", 150_250.0))
    size = -1 if live else None
    clusters = b"".join(
        element("1f43b675", element("e7", ms.to_bytes(4, "big")) + element("a3", b"\xff" * 500), size)
        for ms in (0, 60_000, 120_000)
    )
    start = element("1a45dfa3", element("4282", b"webm"))
    return start + element("18538067", element("1549a966", info) + element("ec", b"\0" * 90) + clusters, size)


def aac(seconds):
    """Frames of AAC at 48 kHz, of 40 bytes."""
    frame = bytes([0xFF, 0xF1, 0x4C, 0x80, 40 >> 3, (40 & 7) << 5, 0xFC]) + b"\x21" * 33
    return frame * round(seconds * 48_000 / 1024)


@pytest.mark.parametrize(
    ("name", "content", "seconds"),
    [
        ("film.webm", webm(), 150.25),
        ("recorder.webm", webm(header=False, live=True), 120.0),
        ("cut.webm", webm(header=False)[:900], 60.0),
        ("sound.aac", aac(64), 64.0),
        ("cut.aac", aac(64) + b"\xff\xf1", 64.0),
    ],
)
def test_webm_matroska_and_aac_say_how_long_they_are(tmp_path, name, content, seconds):
    (tmp_path / name).write_bytes(content)
    assert read_recording(tmp_path / name).seconds == pytest.approx(seconds, abs=0.01)


def test_a_film_that_lies_about_its_length_costs_no_more_than_its_heads(tmp_path):
    path = tmp_path / "hostile.webm"
    empty = element("ec", b"")
    path.write_bytes(element("1a45dfa3", b"\x42\x82\x84webm") + element("18538067", empty * 400_000, -1))
    with path.open("rb") as file:
        assert media_lengths.of_matroska(file) is None
        assert file.tell() < len(empty) * 210_000


@pytest.mark.parametrize(
    ("seconds", "expected"), [(9, []), (9.1, []), (12, ["recording_length"]), (4, ["recording_length"])]
)
def test_another_length_than_the_session_s_is_told(files, settings, tmp_path, seconds, expected):
    transcript = library.read_transcript(files[0], recording=tone(tmp_path / "other.wav", seconds), settings=settings)
    assert told(transcript) == expected


def test_a_long_recording_may_differ_by_a_minute_and_no_more(files):
    session = library.read_transcript(files[0])
    last = session.turns[-1].model_copy(update={"start": 7_190_000, "end": 7_200_000})
    long = session.model_copy(update={"turns": (*session.turns[:-1], last)})
    recording = Recording(file="a.mp3", bytes=1, digest="0" * 64, seconds=7_259)
    assert told(with_recording(long, recording)) == []
    assert told(with_recording(long, recording.model_copy(update={"seconds": 7_261}))) == ["recording_length"]
    assert told(with_recording(long, recording.model_copy(update={"seconds": None}))) == []


def test_a_session_without_times_says_that_nothing_can_be_played(files, settings, tmp_path):
    (tmp_path / "untimed.txt").write_text("Ann: A bench here.\nBen: A tree there.\n", "utf-8")
    transcript = library.read_transcript(tmp_path / "untimed.txt", recording=files[1], settings=settings)
    assert told(transcript) == ["recording_untimed"]
    assert told(with_recording(transcript, None)) == []


def test_attaching_never_holds_the_file_in_memory(files, settings, tmp_path):
    large = silence(tmp_path / "large.wav", 80_000_000)
    session = library.read_transcript(files[0])
    attach_recording(session, files[1], settings)  # what is loaded once is loaded
    tracemalloc.start()
    attached = attach_recording(session, large, settings)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert attached.recording.bytes == 80_000_000
    assert attached.recording.seconds == pytest.approx((80_000_000 - 44) / 32_000, abs=0.01)
    assert peak < 4_000_000


def test_a_recording_that_went_or_changed_is_said_with_its_cure(files, settings):
    recording = attach_recording(library.read_transcript(files[0]), files[1], settings).recording
    files[1].rename(files[1].with_name("moved.wav"))
    with pytest.raises(InputError, match=r"not there any more") as missing:
        find_recording(recording, settings)
    assert "--recording" in missing.value.cure
    assert "--" not in missing.value.on_page
    files[1].write_bytes(b"RIFF\x00\x00\x00\x00WAVE")
    with pytest.raises(InputError, match=r"another size"):
        find_recording(recording, settings)
    attach_recording(library.read_transcript(files[0]), files[1].with_name("moved.wav"), settings)
    assert find_recording(recording, settings).name == "moved.wav"


@pytest.mark.parametrize("digest", ["../../etc/passwd", "", "0" * 63, "/etc/passwd", "A" * 64])
def test_a_digest_of_somebody_else_s_file_leads_nowhere(settings, digest):
    recording = Recording(file="a.mp3", bytes=1, digest=digest)
    with pytest.raises(InputError):
        find_recording(recording, settings)
    remove_entries([recording], settings)


def compared(files, settings, **options):
    return library.compare(files[0], recording=files[1], settings=settings, **options)


def test_a_run_keeps_its_recording_and_another_run_of_the_session_has_none(files, settings):
    bare = library.compare(files[0], settings=settings)
    heard = compared(files, settings)
    assert bare.transcript.id == heard.transcript.id
    read = [library.read_run(run.id, settings=settings).transcript for run in (bare, heard)]
    assert read[0].recording is None
    assert read[1] == heard.transcript
    assert read[1].recording is not None


def test_a_recording_is_given_to_a_run_that_is_stored_and_taken_away(files, settings, tmp_path):
    run = library.compare(library.read_transcript(files[0]), settings=settings)
    given = record_run(run.id, files[1], settings)
    assert given.transcript.id == run.transcript.id
    stored = library.read_run(run.id, settings=settings)
    assert stored.transcript.recording.file == "evening.wav"
    assert stored.scores == run.scores
    assert find_recording(stored.transcript.recording, settings) == files[1]
    other = tone(tmp_path / "other.wav", 30)
    assert told(record_run(run.id, other, settings).transcript) == ["recording_length"]
    assert len(entries(settings)) == 1
    set_recording_of_run(run.id, None, settings)
    stored = library.read_run(run.id, settings=settings)
    assert (stored.transcript.recording, told(stored.transcript), entries(settings)) == (None, [], [])
    assert files[1].exists()
    with pytest.raises(UnknownName):
        record_run("nothing", files[1], settings)
    assert entries(settings) == []


def test_a_recording_goes_with_the_last_run_that_uses_it_and_the_user_s_file_stays(files, settings):
    first, second = compared(files, settings), compared(files, settings)
    done, _folders = library.purge(run=first.id, settings=settings)
    assert done.recordings == ()
    assert len(entries(settings)) == 1
    rehearsed, _folders = library.purge(run=second.id, rehearse=True, settings=settings)
    assert rehearsed.recordings == (second.transcript.recording,)
    assert len(entries(settings)) == 1
    done, _folders = library.purge(run=second.id, settings=settings)
    assert done.recordings == (second.transcript.recording,)
    assert entries(settings) == []
    assert files[1].is_file()


def test_a_session_not_sent_keeps_the_recording_of_a_run_that_is_removed(files, settings):
    run = compared(files, settings)
    with library.workbench(settings) as bench:
        bench.keep(Draft(id="d1", files=(), session=run.transcript, recording=run.transcript.recording))
    library.purge(run=run.id, settings=settings)
    assert len(entries(settings)) == 1
    library.forget_draft("d1", settings)
    assert entries(settings) == []


def test_retention_removes_what_nothing_refers_to(files, settings):
    compared(files, settings)
    kept = entries(settings)
    orphan = settings.outputs / "recordings" / ("f" * 64)
    orphan.write_bytes(b"x")
    remove_unused(settings, 0)
    assert orphan.exists()
    remove_unused(settings, orphan.stat().st_mtime + 10)
    assert entries(settings) == kept


def written(settings, content, **options):
    with RecordingWriter("given.wav", settings, **options) as writer:
        for start in range(0, len(content), 1000):
            writer.write(content[start : start + 1000])
        return writer.finish()


def test_a_recording_in_pieces_is_kept_for_this_account_alone(files, settings):
    content = files[1].read_bytes()
    recording = written(settings, content)
    found = playable(recording, settings)
    assert found.path.read_bytes() == content
    assert found.media_type == "audio/wav"
    assert recording.seconds == 9.0
    assert stat.S_IMODE(found.path.stat().st_mode) == 0o600 or os.name != "posix"
    attach_recording(library.read_transcript(files[0]), files[1], settings)
    assert not (settings.outputs / "recordings" / recording.digest).is_symlink()  # the copy that is kept stays


@pytest.mark.parametrize("content", [b"", b"RIFF", b"<html>" * 400, b"RIFF\x00\x00\x00\x00WAVE" * 9000])
def test_nothing_stays_of_a_recording_that_is_refused(settings, content):
    with pytest.raises(InputError):
        written(settings, content, most=50_000)
    assert entries(settings) == []


def test_a_recording_larger_than_the_disk_is_refused_before_it_is_written(settings):
    with pytest.raises(StoreUnwritable, match=r"not enough space"):
        RecordingWriter("large.wav", settings, size=10**15, most=10**16)
    assert entries(settings) == []


def test_a_note_beside_a_transcript_leads_to_its_recording(files, settings):
    session, sound = files
    recordings.note_recording(session, sound)
    assert recording_noted([session]) == sound
    assert library.read_transcript(session, settings=settings).recording.file == "evening.wav"
    assert library.read_transcript(session, recording=False).recording is None
    tone(sound, 8)
    with pytest.raises(InputError):
        recording_noted([session])
    with pytest.warns(UserWarning, match=r"not there any more, or has changed"):
        assert library.read_transcript(session, settings=settings).recording is None


def test_a_note_of_somebody_else_opens_no_other_file(files, tmp_path):
    secret = tone(tmp_path / "secret.wav", 1)
    note = files[0].with_name("session.vtt.recording")
    told = Recording(file="x.wav", bytes=secret.stat().st_size, digest="0" * 64).model_dump() | {"path": str(secret)}
    note.write_text(str(told).replace("'", '"').replace("None", "null"), "utf-8")
    with pytest.raises(InputError):
        recording_noted([files[0]])
    note.write_text("{", "utf-8")
    assert recording_noted([files[0]]) is None


def test_a_recording_of_the_same_name_is_offered(files, tmp_path, settings):
    assert recording_beside([files[0]]) is None
    with pytest.raises(InputError):
        library.read_transcript(files[0], recording="auto", settings=settings)
    files[1].rename(tmp_path / "session.WAV")
    assert recording_beside([files[0]]) == tmp_path / "session.WAV"
    assert recording_beside([tmp_path / "session.transcript.json"]) == tmp_path / "session.WAV"
    assert library.read_transcript(files[0], recording="auto", settings=settings).recording.file == "session.WAV"


def test_a_report_has_its_recording_beside_it(files, settings, tmp_path):
    run = compared(files, settings)
    folder = tmp_path / "out"
    folder.mkdir()
    page, sound = report_with_recording(run, folder / "The evening.html", settings)
    assert sound.read_bytes() == files[1].read_bytes()
    text = page.read_text("utf-8")
    assert 'href="The%20evening.wav#t=0.5,3.5"' in text
    assert "<script" not in text
    assert "http" not in text.partition("The%20evening.wav")[2].partition('"')[0]
    report_with_recording(run, folder / "The evening.html", settings)  # once more: its own files are in its way
    sound.unlink()
    sound.write_bytes(b"something else")
    with pytest.raises(StoreUnwritable, match=r"nothing is overwritten"):
        report_with_recording(run, folder / "The evening.html", settings)
    assert sound.read_bytes() == b"something else"


def test_without_asking_nothing_of_the_recording_is_in_a_report(files, settings):
    tone(files[1], 12)  # so that there is something to tell of it
    run = compared(files, settings)
    assert told(run.transcript)
    for content in (library.render(run, "html"), library.render(run, "json", pseudonyms=True)):
        assert b"evening.wav" not in content
        assert b'class="play"' not in content


def test_an_archive_holds_the_page_and_the_recording_and_is_made_in_pieces(files, settings, tmp_path):
    large = silence(tmp_path / "large.wav", 40_000_000)
    run = library.compare(files[0], recording=large, settings=settings)
    list(report_archive(run, settings))
    tracemalloc.start()
    size = sum(len(piece) for piece in report_archive(run, settings))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 40_000_000
    assert peak < 12_000_000
    archive = zipfile.ZipFile(BytesIO(b"".join(report_archive(run, settings))))
    assert archive.testzip() is None
    assert archive.namelist() == ["report.html", "report.wav"]
    assert b'href="report.wav#t=' in archive.read("report.html")

"""Recordings on the command line: given, offered, noted by `transcribe`, put beside a report, removed."""

import json

import pytest

from comparia import library
from comparia.config import Settings
from tests.sounds import VTT, tone
from tests.test_transcribing import SpeechServer


@pytest.fixture
def session(tmp_path):
    (tmp_path / "session.vtt").write_text(VTT, "utf-8")
    return tmp_path / "session.vtt"


@pytest.fixture
def sound(tmp_path):
    return tone(tmp_path / "evening.wav", 9)


SENTENCES = [
    "We need a bench here, in the shade of the old tree.",
    "And I would keep the buses running late on weekdays.",
    "The square is too loud on Saturdays, and nobody says so.",
]
ANSWER = json.dumps(
    {
        "text": " ".join(SENTENCES),
        "language": "english",
        "duration": 9.0,
        "segments": [{"id": n, "start": 3.0 * n, "end": 3.0 * n + 3, "text": s} for n, s in enumerate(SENTENCES)],
    }
).encode()


def recordings(tmp_path):
    folder = tmp_path / "outputs" / "recordings"
    return list(folder.iterdir()) if folder.exists() else []


def test_a_comparison_takes_its_recording(comparia, session, sound, tmp_path):
    run = json.loads(comparia("compare", session, "--recording", sound, "--json"))
    assert run["transcript"]["recording"]["file"] == "evening.wav"
    assert recordings(tmp_path)[0].resolve() == sound.resolve()
    comparia("report", "last", "-f", "html", "--recording", "--to", "out.html")
    assert (tmp_path / "out.wav").samefile(sound)
    assert 'href="out.wav#t=' in (tmp_path / "out.html").read_text("utf-8")
    told = comparia("purge", "last", "--dry-run")
    assert "recording: evening.wav" in told
    comparia("purge", "last", "--yes")
    assert recordings(tmp_path) == []
    assert sound.exists()


def test_looking_stores_nothing(comparia, session, sound, tmp_path):
    told = comparia("ingest", session, "--recording", sound)
    assert "evening.wav · 0:00:09" in told
    comparia("compare", session, "--recording", sound, "--dry-run")
    assert recordings(tmp_path) == []


def test_a_recording_of_the_same_name_is_offered_and_taken_on_demand(comparia, session, sound, tmp_path):
    assert "--recording auto" not in comparia("ingest", session)
    sound.rename(tmp_path / "session.wav")
    assert "session.wav lies beside it" in comparia("ingest", session)
    assert "session.wav · 0:00:09" in comparia("ingest", session, "--recording", "auto")
    run = json.loads(comparia("compare", session, "--json"))
    assert run["transcript"]["recording"] is None
    run = json.loads(comparia("compare", session, "--recording", "auto", "--json"))
    assert run["transcript"]["recording"]["file"] == "session.wav"


def test_a_cycle_has_no_recording(comparia, command, session, sound, tmp_path):
    other = tmp_path / "second"
    other.mkdir()
    (other / "second.vtt").write_text(VTT.replace("bench", "fountain"), "utf-8")
    tone(other / "second.wav", 1)
    run = json.loads(comparia("compare", session, "--next", other, "--json"))
    assert (len(run["transcript"]["parts"]), run["transcript"]["recording"]) == (2, None)
    code, _out, err = command("compare", session, "--next", other, "--recording", sound)
    assert (code, "a recording is of one session" in err) == (1, True)


@pytest.mark.parametrize("name", ["nothing.mp3", "session.vtt", "auto", "."])
def test_what_is_no_recording_is_said(command, session, name):
    code, _out, err = command("compare", session, "--recording", name)
    assert code == 1
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) <= 3
    assert "recording" in err


def test_a_transcribed_session_finds_its_recording_by_itself(comparia, command, sound, tmp_path):
    with SpeechServer(answer=ANSWER) as server:
        comparia("transcribe", sound, "-b", f"whisper-1@{server.url}", "--policy", "local")
    answer = tmp_path / "evening.transcript.json"
    run = json.loads(comparia("compare", answer, "--json"))
    assert run["transcript"]["recording"]["file"] == "evening.wav"
    run = json.loads(comparia("compare", answer, "--recording", "none", "--json"))
    assert run["transcript"]["recording"] is None
    sound.unlink()
    code, out, err = command("compare", answer, "--json")
    assert code == 0
    assert "--recording FILE" in err
    assert json.loads(out)["transcript"]["recording"] is None


@pytest.mark.parametrize(
    "options", [["-f", "html"], ["-f", "csv", "--to", "x.csv"], ["-f", "html", "--to", "x.html", "--pseudonyms"]]
)
def test_a_recording_goes_beside_a_page_with_names_only(command, comparia, session, sound, tmp_path, options):
    comparia("compare", session, "--recording", sound)
    code, _out, err = command("report", "last", "--recording", *options)
    assert code == 2, err
    assert not (tmp_path / "x.wav").exists()


def test_a_run_without_recording_says_so(command, comparia, session, sound, tmp_path):
    comparia("compare", session)
    code, _out, err = command("report", "last", "-f", "html", "--recording", "--to", "x.html")
    assert (code, "no recording was given" in err) == (1, True)
    run = library.compare(session, recording=sound, settings=Settings(outputs=tmp_path / "outputs"))
    sound.unlink()
    code, _out, err = command("report", run.id, "-f", "html", "--recording", "--to", "x.html")
    assert (code, "not there any more" in err) == (1, True)
    assert not (tmp_path / "x.html").exists()

"""Recordings in the browser, without scripts: given, sent in ranges, missing, forgotten, kept out of rooms."""

import io
import os
import re
import tracemalloc
import zipfile
from pathlib import Path

import httpx
import pytest

from comparia import library
from comparia.library import recordings
from comparia.web import app as application
from tests.sounds import VTT, silence, tone
from tests.web.conftest import ended, refusal, served, words
from tests.web.serving import Serving
from tests.work import PATIENCE


@pytest.fixture
def sound(tmp_path):
    return tone(tmp_path / "Soirée du 3.wav", 9)


@pytest.fixture
def session(web):
    """The address of a session of nine seconds, given and not sent."""
    return web.post("/sessions", files={"files": ("session.vtt", VTT.encode())}).url.path


def give(web, session, sound, name=None):
    with sound.open("rb") as file:
        return web.post(f"{session}/recording", files={"recording": (name or sound.name, file)})


def sent_raw(web, session, content, name="evening.wav"):
    return web.post(f"{session}/recording", content=content, headers={"x-file-name": name})


@pytest.fixture
def heard(web, session, sound):
    """The address of a comparison whose session has its recording."""
    give(web, session, sound)
    return ended(web, web.post(f"{session}/compare", data={"backend": "extractive:centrality"}).url.path)


def entries(settings):
    folder = settings.outputs / "recordings"
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


@pytest.mark.parametrize("way", ["form", "script"])
def test_a_recording_is_given(web, session, sound, settings, way):
    content = sound.read_bytes()
    answer = give(web, session, sound) if way == "form" else sent_raw(web, session, content, "Soir%C3%A9e%20du%203.wav")
    assert answer.history[0].status_code == 303
    page = words(answer)
    assert "The recording is kept on this computer." in page
    assert "Soirée du 3.wav · 0:00:09" in page
    sent = web.get(f"{session}/recording")
    assert sent.content == content
    assert sent.headers["content-type"] == "audio/wav"
    assert "inline" in sent.headers["content-disposition"]
    (entry,) = entries(settings)
    assert (settings.outputs / "recordings" / entry).stat().st_mode & 0o777 == 0o600 or os.name != "posix"


def test_what_is_no_recording_is_refused_and_nothing_stays(web, session, settings):
    assert "not a recording" in refusal(sent_raw(web, session, b"<html>" * 500_000))
    assert "empty" in refusal(sent_raw(web, session, b""))
    assert "no file was given" in refusal(web.post(f"{session}/recording", files={"other": ("a.wav", b"RIFF")}))
    assert web.post("/sessions/nowhere/recording", content=b"RIFF").status_code == 404
    assert entries(settings) == []


def test_a_recording_may_be_larger_than_a_form_and_never_larger_than_the_limit(settings, monkeypatch):
    small = tuple(each._replace(most=200_000) for each in application.RECORDINGS)
    monkeypatch.setattr(application, "RECORDINGS", small)
    with served(settings) as web:
        session = web.post("/sessions", files={"files": ("session.vtt", VTT.encode())}).url.path
        answer = sent_raw(web, session, b"x" * 200_001)
        assert answer.history[0].status_code == 303
        assert "more than a recording can be" in refusal(answer)
        assert web.post(f"{session}/forget", content=b"x" * 200_001).status_code == 200
    assert {each.most < recordings.MAX_BYTES + 1_000_000 for each in application.RECORDINGS} == {True}


def test_the_page_of_a_form_of_another_site_does_nothing(web, session, settings):
    answer = web.post(f"{session}/recording", content=b"RIFF", headers={"origin": "http://elsewhere.example"})
    assert answer.status_code == 403
    assert entries(settings) == []


def test_a_recording_is_sent_in_ranges(web, heard, sound):
    content, address = sound.read_bytes(), f"{heard}/recording"
    part = web.get(address, headers={"range": "bytes=1000-1999"})
    assert (part.status_code, part.content) == (206, content[1000:2000])
    assert part.headers["content-range"] == f"bytes 1000-1999/{len(content)}"
    assert web.get(address, headers={"range": "bytes=-10"}).content == content[-10:]
    beyond = web.get(address, headers={"range": f"bytes={len(content)}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(content)}")
    head = web.head(address)
    assert (head.status_code, head.content, head.headers["accept-ranges"]) == (200, b"", "bytes")
    assert head.headers["content-length"] == str(len(content))
    assert head.headers["cache-control"] == "no-store"
    assert "script-src" not in head.headers["content-security-policy"]


def bytes_read():
    return int(re.search(r"rchar: (\d+)", Path("/proc/self/io").read_text())[1])


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="this system does not count what a process reads")
def test_a_range_of_a_long_recording_reads_that_range(web, session, settings, tmp_path):
    give(web, session, silence(tmp_path / "long.wav", 60_000_000))
    address = f"{session}/recording"
    web.get(address, headers={"range": "bytes=0-9"})
    before = bytes_read()
    tracemalloc.start()
    part = web.get(address, headers={"range": "bytes=30000000-30099999"})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(part.content) == 100_000
    assert bytes_read() - before < 2_000_000
    assert peak < 4_000_000


def most_memory(process):
    """Bytes of memory that a process has held at one time."""
    return 1000 * int(re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())[1])


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="this system does not tell what a process holds")
@pytest.mark.parametrize("way", ["form", "script"])
def test_the_application_never_holds_a_recording_in_memory(tmp_path, way):
    large = silence(tmp_path / "long.wav", 150_000_000)
    serving = Serving(tmp_path / "outputs")

    def pieces():
        with large.open("rb") as file:
            while piece := file.read(60_000):
                yield piece

    try:
        with httpx.Client(base_url=serving.address, timeout=PATIENCE, follow_redirects=True) as web:
            web.headers["accept-language"] = "en"
            session = web.post("/sessions", files={"files": ("session.vtt", VTT.encode())}).url.path
            sent_raw(web, session, tone(tmp_path / "short.wav", 9).read_bytes())
            before = most_memory(serving.process.pid)
            answer = sent_raw(web, session, pieces()) if way == "script" else give(web, session, large)
            assert "The recording is kept" in words(answer)
            part = web.get(f"{session}/recording", headers={"range": "bytes=100000000-100009999"})
            assert len(part.content) == 10_000
            assert most_memory(serving.process.pid) - before < 50_000_000
    finally:
        serving.stop()


def test_words_lead_to_their_seconds(web, heard, session):
    page = web.get(f"{heard}/session").text
    assert f'href="{heard}/recording#t=0.5,3.5" aria-label="Play 0:00:00 to 0:00:03"' in page
    assert f'<audio preload="none" controls src="{heard}/recording"' in page
    assert "autoplay" not in page
    for path in (f"{heard}/points", f"{heard}/compose", f"{heard}/audit"):
        assert '<audio preload="none"' in web.get(path).text, path
    assert f'href="{session}/recording#t=' in web.get(session).text
    assert f'href="{session}/recording#t=4.0,5.5"' in web.get(f"{session}/corrections").text


def test_a_reader_of_french_is_told_in_french(web, heard):
    page = web.get(f"{heard}/session", headers={"accept-language": "fr"}).text
    assert 'aria-label="Écouter de 0:00:00 à 0:00:03"' in page


def test_a_session_without_recording_has_nothing_to_play(web, compared):
    page = web.get(compared).text
    assert "<audio" not in page
    assert 'class="play"' not in page
    assert "recording.js" not in page
    assert web.get(f"{compared}/recording").status_code == 404
    assert web.get("/runs/nowhere/recording").status_code == 404


def test_a_recording_that_is_missing_is_said_in_place(web, heard, settings):
    (entry,) = entries(settings)
    (settings.outputs / "recordings" / entry).unlink()
    for path in (heard, f"{heard}/points"):
        page = web.get(path)
        assert re.search(r'role="status">[^<]*not there any more', page.text), path
        assert "<audio" not in page.text
    answer = web.get(f"{heard}/recording")
    assert answer.status_code == 404
    assert "not there any more" in words(answer)


def test_a_recording_is_taken_away_replaced_and_forgotten(web, session, sound, settings, tmp_path):
    give(web, session, sound)
    give(web, session, tone(tmp_path / "other.wav", 8))
    assert len(entries(settings)) == 1
    page = words(web.post(f"{session}/recording/forget"))
    assert "The recording is taken away." in page
    assert entries(settings) == []
    give(web, session, sound)
    web.post(f"{session}/forget")
    assert entries(settings) == []


def test_forgetting_a_run_removes_the_recording_that_only_it_used(web, heard, settings):
    again = web.post(f"{heard}/again").url.path
    assert "Soirée du 3.wav" in web.get(again).text
    web.post(f"{heard}/forget")
    assert len(entries(settings)) == 1
    web.post(f"{again}/forget")
    assert entries(settings) == []


def test_a_session_that_is_corrected_keeps_its_recording(web, session, sound, settings):
    give(web, session, sound)
    web.post(f"{session}/corrections", data={"action": "replace", "words": "bench", "by": "fountain"})
    assert "Soirée du 3.wav" in web.get(session).text
    address = ended(web, web.post(f"{session}/compare", data={"backend": "extractive:centrality"}).url.path)
    run = library.read_run(address.rsplit("/", 1)[1], settings=settings)
    assert "fountain" in run.transcript.turns[0].text
    assert run.transcript.recording.file == sound.name
    assert f'href="{address}/recording#t=0.5,3.5"' in web.get(f"{address}/session").text


def test_the_length_of_another_session_is_warned_of(web, session, tmp_path):
    page = words(give(web, session, tone(tmp_path / "other.wav", 30)))
    assert "The recording lasts 0:00:30, and the words of this session end at 0:00:09" in page


def test_a_page_goes_out_with_its_recording_only_when_that_is_asked(web, heard, sound):
    assert "recording" not in web.get(f"{heard}/report.html").headers["content-type"]
    assert b'class="play"' not in web.get(f"{heard}/report.html").content
    answer = web.get(f"{heard}/report.html", params={"recording": "1"})
    assert answer.headers["content-type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.namelist() == ["report.html", "report.wav"]
    assert archive.read("report.wav") == sound.read_bytes()
    hidden = web.get(f"{heard}/report.html", params={"recording": "1", "pseudonyms": "1"})
    assert hidden.headers["content-type"].startswith("text/html")
    assert b"recording" not in hidden.content
    assert "Soir" not in hidden.text


def test_a_room_of_voters_does_not_have_it(web, heard, settings):
    run = library.read_run(heard.rsplit("/", 1)[1], settings=settings)
    web.post(f"{heard}/recaps", data={"author": "Ann", "text": "A bench is wanted."})
    run = library.read_run(run.id, settings=settings)
    judging = web.post(f"{heard}/votes", data={"variant": [v.id for v in run.variants]})
    assert judging.status_code == 200
    for place in (judging.url.path, f"{judging.url.path}/ballot"):
        page = web.get(place).text
        assert "<audio" not in page, place
        assert "recording" not in page.lower(), place
    web.post(f"{judging.url.path}/room")
    room = web.app.state.audience
    with httpx.Client(base_url=f"http://127.0.0.1:{room.port}") as phone:
        assert "<audio" not in phone.get(f"/{room.code}").text
        for address in (f"{heard}/recording", "/recording", f"/{room.code}/recording", "/static/recording.js"):
            assert phone.get(address).status_code == 404, address


@pytest.mark.parametrize("way", ["form", "script"])
def test_a_recording_is_given_to_a_run_that_was_compared_without(web, compared, sound, settings, way):
    page = f"{compared}/session"
    assert "Give this recording" in web.get(page).text
    if way == "form":
        answer = web.post(f"{compared}/recording", files={"recording": ("evening.wav", sound.read_bytes())})
    else:
        answer = web.post(
            f"{compared}/recording",
            content=sound.read_bytes(),
            headers={"content-type": "application/octet-stream", "x-file-name": "evening.wav"},
        )
    assert answer.url.path == page
    assert "evening.wav" in answer.text
    assert web.get(f"{compared}/recording").content == sound.read_bytes()
    taken = web.post(f"{compared}/recording/forget")
    assert "The recording is taken away" in taken.text
    assert entries(settings) == []
    assert web.post("/runs/nothing/recording", files={"recording": ("a.wav", sound.read_bytes())}).status_code == 404
    assert entries(settings) == []

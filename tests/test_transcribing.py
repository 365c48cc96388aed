"""Recordings sent to a speech-to-text server: through the gate, kept as answered, read like any transcript."""

import asyncio
import email
import hashlib
import json
import os
import threading
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from comparia import ingest, library, transcribing
from comparia.backends import audio as room
from comparia.cli.transcribe import command
from comparia.config import BackendSettings, Settings
from comparia.errors import BackendError, ConfigurationError, InputError, MissingKey, OutboundRefused, StoreUnwritable
from comparia.records import Backend
from tests.fault_server import KEY

SOUND = b"ID3\x04" + bytes(range(256)) * 40
ANSWER = json.dumps(
    {
        "task": "transcribe",
        "language": "french",
        "duration": 4.0,
        "text": "Bonjour à tous. Merci à vous.",
        "segments": [
            {"id": 0, "start": 0.0, "end": 2.0, "text": " Bonjour à tous."},
            {"id": 1, "start": 2.0, "end": 4.0, "text": " Merci à vous."},
        ],
    },
    ensure_ascii=False,
    indent=3,
).encode()


class SpeechServer:
    """A server on loopback that keeps what it is sent; each arrival takes the next fault, then all is well."""

    def __init__(self, *faults, refused=(), answer=ANSWER):
        self.faults, self.refused, self.answer = list(faults), refused, answer
        self.bodies, self.fields, self.keys, self.paths = [], [], [], []

    def __enter__(self):
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                outer.answer_to(self)

            def log_message(self, *arguments):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def answer_to(self, handler):
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        self.bodies.append(body)
        self.paths.append(handler.path)
        self.keys.append(handler.headers["Authorization"])
        head = f"Content-Type: {handler.headers['Content-Type']}\r\n\r\n".encode()
        parts = email.message_from_bytes(head + body, policy=HTTP).iter_parts()
        fields = {part.get_param("name", header="content-disposition"): part for part in parts}
        self.sound = fields.pop("file")
        self.fields.append({name: part.get_content().strip() for name, part in fields.items()})
        fault = self.faults.pop(0) if self.faults else ""
        if not fault and self.fields[-1].get("response_format") in self.refused:
            fault = "400"
        said = json.dumps({"error": {"message": f"fault {fault} for {self.keys[-1]}"}}).encode()
        if fault.isdigit():
            self._send(handler, int(fault), said, ("Retry-After", "0.01"))
        elif fault == "html":
            self._send(handler, 200, b"<html>Log in</html>", ("Content-Type", "text/html"))
        elif fault == "cut":
            self._send(handler, 200, self.answer[: len(self.answer) // 2])
        elif fault == "broken":
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(self.answer)))
            handler.end_headers()
            handler.wfile.write(self.answer[:20])
            handler.close_connection = True
        else:
            self._send(handler, 200, b'{"ok": true}' if fault == "other" else self.answer)

    def _send(self, handler, status, data, *headers):
        handler.send_response(status)
        for name, value in headers:
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)


@pytest.fixture
def recording(tmp_path):
    file = tmp_path / "Réunion de M. Dupont.mp3"
    file.write_bytes(SOUND)
    return file


@pytest.fixture
def settings(tmp_path):
    return Settings(outputs=tmp_path / "outputs", policy="local")


def transcribe(file, url, settings, **options):
    name = options.pop("name", f"whisper-1@{url}")
    with library.open_store(settings) as store:
        work = transcribing.transcribe_file(
            file, name, store, settings, policy=options.pop("policy", settings.policy), environ={}, **options
        )
        return asyncio.run(work), list(store.journal.sendings())


def test_a_recording_is_sent_journalled_kept_and_read(recording, settings):
    with SpeechServer() as server:
        kept, journal = transcribe(recording, server.url, settings, language="fr")
    assert kept == recording.with_name("Réunion de M. Dupont.transcript.json")
    assert kept.read_bytes() == ANSWER
    assert server.paths == ["/v1/audio/transcriptions"]
    assert server.fields == [{"model": "whisper-1", "response_format": "verbose_json", "language": "fr"}]
    assert server.sound.get_payload(decode=True) == SOUND
    assert (server.sound.get_filename(), server.sound.get_content_type()) == ("audio.mp3", "audio/mpeg")
    [line] = journal
    assert (line.size, line.sha256) == (len(server.bodies[0]), hashlib.sha256(server.bodies[0]).hexdigest())
    assert (line.zone, line.host) == ("local", server.url + "/audio/transcriptions")
    transcript = ingest.read([kept])
    assert [(c.start, c.end, c.text) for c in transcript.cues] == [
        (0, 2000, "Bonjour à tous."),
        (2000, 4000, "Merci à vous."),
    ]


def test_the_name_of_the_file_stays_here(recording, settings):
    with SpeechServer() as server:
        transcribe(recording, server.url, settings)
    assert b"Dupont" not in server.bodies[0]


@pytest.mark.parametrize("status", ["400", "422"])
def test_a_server_without_verbose_answers_is_asked_for_plain_ones(recording, settings, status):
    with SpeechServer(status, answer=b'{"text": "Bonjour."}') as server:
        kept, journal = transcribe(recording, server.url, settings)
    assert [fields["response_format"] for fields in server.fields] == ["verbose_json", "json"]
    assert kept.read_bytes() == b'{"text": "Bonjour."}'
    assert len(journal) == 2


def test_a_recording_that_is_refused_in_every_form_is_an_error(recording, settings):
    with SpeechServer("400", "400") as server, pytest.raises(BackendError) as caught:
        transcribe(recording, server.url, settings)
    assert caught.value.kind == "rejected"
    assert len(server.bodies) == 2
    assert not list(recording.parent.glob("*.json"))


@pytest.mark.parametrize("fault", ["429", "500", "503", "cut", "broken"])
def test_what_heals_is_asked_again(recording, settings, fault):
    with SpeechServer(fault) as server:
        kept, journal = transcribe(recording, server.url, settings)
    assert kept.read_bytes() == ANSWER
    assert len(server.bodies) == len(journal) == 2
    assert server.bodies[0] == server.bodies[1]


@pytest.mark.parametrize(
    ("fault", "kind", "cure"),
    [("html", "bad_response", "base_url"), ("413", "too_long", "ffmpeg"), ("401", "auth", "key")],
)
def test_what_does_not_heal_is_told_once_with_a_cure(recording, settings, fault, kind, cure):
    with SpeechServer(fault) as server, pytest.raises(BackendError) as caught:
        transcribe(recording, server.url, settings)
    assert caught.value.kind.startswith(kind)
    assert cure in caught.value.cure
    assert len(server.bodies) == 1


def test_an_answer_in_another_shape_was_paid_for_and_is_kept(recording, settings):
    with SpeechServer("other") as server:
        kept, _journal = transcribe(recording, server.url, settings)
    assert json.loads(kept.read_bytes())


def test_the_policy_refuses_before_a_byte_is_sent(recording, settings):
    with SpeechServer() as server:
        far = BackendSettings(base_url=server.url, model="m", zone="world")
        settings = settings.model_copy(update={"backends": {"far": far}})
        with pytest.raises(OutboundRefused):
            transcribe(recording, server.url, settings, name="far", policy="eu")
        assert server.bodies == []
    with library.open_store(settings) as store:
        assert list(store.journal.sendings()) == []


def test_a_key_is_sent_and_never_told(recording, settings):
    with SpeechServer("401") as server:
        own = BackendSettings(
            preset="openai", base_url=server.url, model="m", zone="local", key_variable="SPEECH_API_KEY"
        )
        settings = settings.model_copy(update={"backends": {"own": own}})
        with pytest.raises(MissingKey, match="SPEECH_API_KEY"):
            transcribe(recording, server.url, settings, name="own")
        with library.open_store(settings) as store:
            environ = {"SPEECH_API_KEY": KEY}
            with pytest.raises(BackendError) as caught:
                asyncio.run(transcribing.transcribe(recording, "own", store, settings, policy="local", environ=environ))
    assert server.keys == [f"Bearer {KEY}"]
    assert KEY not in str(caught.value)
    assert KEY.encode() not in (settings.outputs / "comparia.db").read_bytes()


def test_speakers_are_asked_of_servers_that_can_tell():
    own = Backend(name="m", kind="openai_compatible", model="m", zone="local")
    formats = [form["response_format"] for form in room.forms(own, language="", speakers=True)]
    assert formats == ["diarized_json", "verbose_json", "json"]
    mistral = own.model_copy(update={"preset": "mistral"})
    assert room.forms(mistral, language="fr", speakers=True) == (
        {"timestamp_granularities": "segment", "diarize": "true"},
        {"timestamp_granularities": "segment"},
        {"language": "fr"},
    )


# Files ---------------------------------------------------------------------------------------------------------------


def test_nothing_is_overwritten(recording, settings, tmp_path):
    with SpeechServer() as server:
        first, _journal = transcribe(recording, server.url, settings)
        first.write_text("corrected by hand")
        second, _journal = transcribe(recording, server.url, settings)
        assert (first.read_text(), second.name) == ("corrected by hand", "Réunion de M. Dupont.transcript-2.json")
        with pytest.raises(StoreUnwritable, match="exists"):
            transcribe(recording, server.url, settings, out=first)
        with pytest.raises(StoreUnwritable, match="not a folder"):
            transcribe(recording, server.url, settings, out=tmp_path / "nowhere" / "a.json")
        assert len(server.bodies) == 2


def test_an_answer_paid_for_is_kept_somewhere(tmp_path):
    place = tmp_path / "taken" / "a.json"
    (tmp_path / "taken").write_text("a file where a folder was")
    kept = transcribing.keep(b"{}", place, tmp_path / "outputs")
    assert kept == tmp_path / "outputs" / "a.json"
    assert transcribing.keep(b"[]", kept, tmp_path).name == "a-2.json"
    assert kept.read_bytes() == b"{}"


def test_a_file_that_is_too_large_is_refused_unread_with_a_cure(tmp_path, settings):
    file = tmp_path / "long.wav"
    with file.open("wb") as sparse:
        sparse.write(b"RIFF")
        sparse.truncate(transcribing.MAX_BYTES + 1)
    with pytest.raises(InputError, match="ffmpeg"):
        transcribe(file, "http://127.0.0.1:9/v1", settings)


@pytest.mark.parametrize("content", [b"WEBVTT\n\n", b"", b"PK\x03\x04", b"\xff\xfea\x00", b"Ada : oui"])
def test_what_is_no_recording_never_leaves(tmp_path, settings, content):
    file = tmp_path / "notes.mp3"
    file.write_bytes(content)
    with pytest.raises(InputError, match="not a recording"):
        transcribe(file, "http://127.0.0.1:9/v1", settings)


STARTS = [
    b"\xff\xfb\x90\x00",
    b"\xff\xf1\x50\x80",
    b"RIFF\0\0\0\0WAVE",
    b"OggS",
    b"fLaC",
    b"\0\0\0\x20ftypM4A ",
    b"\x1aE\xdf\xa3",
]


@pytest.mark.parametrize("start", STARTS)
def test_usual_recordings_are_known_by_their_first_bytes(tmp_path, settings, start):
    file = tmp_path / "sans suffixe"
    file.write_bytes(start + bytes(50))
    with SpeechServer() as server:
        transcribe(file, server.url, settings)
        assert server.sound.get_filename() == "audio"


@pytest.mark.parametrize("name", ["extractive", "extractive:speakers"])
def test_what_cannot_hear_is_told(recording, settings, name):
    with pytest.raises(ConfigurationError, match="does not transcribe"):
        transcribe(recording, "", settings, name=name)


# The command ---------------------------------------------------------------------------------------------------------


def run(recording, server, *arguments):
    from click.testing import CliRunner

    return CliRunner().invoke(
        command,
        [str(recording), "-b", f"whisper-1@{server.url}", "-o", str(recording.parent / "outputs"), *arguments],
        catch_exceptions=False,
        env={**os.environ, "COLUMNS": "200"},
    )


def test_the_command_says_where_the_answer_is_and_what_is_understood(recording, tmp_path):
    out = tmp_path / "answer.json"
    with SpeechServer() as server:
        result = run(recording, server, "-f", str(out), "--language", "fr")
    assert result.exit_code == 0
    assert str(out) in result.stdout
    assert "Bonjour à tous. Merci à vous." in result.stdout
    assert out.read_bytes() == ANSWER


def test_the_command_prints_the_transcript_as_json(recording):
    with SpeechServer() as server:
        result = run(recording, server, "--json")
    assert json.loads(result.stdout)["turns"][0]["text"].startswith("Bonjour à tous.")
    assert "transcript.json" in result.stderr

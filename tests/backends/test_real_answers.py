"""What servers really answer, played as they sent it: each file of `servers/` is one answer, each row says what becomes of it."""

import asyncio
import socket
import threading
from pathlib import Path

import pytest

from comparia import comparing, library
from comparia.backends import resolve
from comparia.config import BackendSettings, Settings
from comparia.ingest import read_bytes
from comparia.prompts import parse
from comparia.reports import wording
from comparia.store import open_store
from tests.work import RECAPS_ALONE

CASES = Path(__file__).parent / "servers"
SESSION = (
    "Nadia Ferrand : Je refuse la suppression des places de livraison sur la place des Tilleuls.\n\n"
    "Inès Oualid : Et moi je voudrais un banc près de la fontaine, pour les personnes âgées.\n"
).encode()


class Player:
    """A server that plays whole answers, the last one again and again, and keeps what it was asked."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}/v1"
        threading.Thread(target=self._play, daemon=True).start()

    def _play(self):
        while True:
            try:
                link, _address = self._server.accept()
            except OSError:
                return
            with link:
                try:
                    head, _mark, body = self._read(link)
                except OSError:
                    continue
                self.asked.append((head.split(b"\r\n")[0].decode(), body))
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                answer = answer(head, body) if callable(answer) else answer
                try:
                    link.sendall(answer)
                except OSError:
                    continue

    @staticmethod
    def _read(link):
        data = b""
        while b"\r\n\r\n" not in data:
            data += link.recv(65536) or b"\r\n\r\n"
        head, mark, body = data.partition(b"\r\n\r\n")
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        while lengths and len(body) < int(lengths[0].split(b":")[1]):
            body += link.recv(65536)
        return head, mark, body

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self._server.close()


def case(name):
    (file,) = CASES.glob(f"{name}*.http")
    return file.read_bytes()


def asked(url, tmp_path, monkeypatch, *, stream=False, prompt="Résume : {{ transcript }}", layout=2, **settings):
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda _seconds: None)
    monkeypatch.setattr("comparia.backends.queue.LONGEST_WAIT", 0.01)
    own = BackendSettings(model="stub-a", base_url=url, **settings)
    backends = resolve(["b"], Settings(backends={"b": own}))
    run = comparing.plan(read_bytes(SESSION, "s.txt"), [parse(prompt)], backends, policy="local")
    run = run.model_copy(update={"layout": layout})
    store = open_store(f"sqlite:///{tmp_path}/comparia.db")
    try:
        shown = []

        def observe(event):
            if event.kind == "restart":
                shown.clear()
            elif event.kind == "delta":
                shown.append(event.text)

        done = asyncio.run(comparing.execute(run, store, observe, stream=stream))
        return done.variants[0], "".join(shown)
    finally:
        store.close()


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("name", "requests", "kind", "words", "warnings"),
    [
        ("41", 1, None, "La réunion a porté", ()),
        ("47", 1, "too_long", "9120", ()),
        ("50", None, "overloaded", "Ce contenu a été signalé (502)", ()),
        ("53", 1, "thinking", "spent its answer thinking", ()),
        ("54", 1, "thinking", "field of the model's thinking", ()),
        ("56", 1, None, "La réunion a porté", ("thinking_removed",)),
        ("58", 1, "thinking", "spent its answer thinking", ()),
        ("59", 1, None, "La réunion a porté", ("thinking_removed",)),
        ("63", 1, "rejected", "max_completion_tokens", ()),
        ("69", 1, "too_long", "larger than the account's minute (48,211 tokens of 30,000)", ()),
        ("71", 1, "too_long", "65500", ()),
        ("79", 1, None, "La réunion a porté", ()),
        ("81", 1, None, "La réunion a porté", ("perhaps_cut",)),
        ("83", 1, "bad_response", "holds no message", ()),
    ],
)
def test_an_answer_is_what_it_is(tmp_path, monkeypatch, name, requests, kind, words, warnings, stream):
    with Player(case(name)) as server:
        variant, _shown = asked(server.url, tmp_path, monkeypatch, stream=stream)
        assert requests is None or len(server.asked) == requests
    if kind is None:
        assert variant.failure is None
        assert variant.summary.startswith(words)
    else:
        assert variant.failure.kind == kind
        assert words in str(variant.failure.message)
        assert str(variant.failure.cure)
    assert variant.warnings == warnings


def test_what_a_failed_call_read_wrote_and_cost_is_kept(tmp_path, monkeypatch):
    with Player(case("83")) as server:
        variant, _shown = asked(server.url, tmp_path, monkeypatch)
    assert (variant.failure.usage.input_tokens, variant.failure.usage.output_tokens) == (600, 4096)
    assert variant.failure.usage.cost == 0.0123
    with Player(case("53")) as server:
        variant, _shown = asked(server.url, tmp_path / "other", monkeypatch)
    assert variant.failure.usage.output_tokens == 4096


OK = (
    b'{"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":'
    b'"Nadia Ferrand refuse la suppression des places de livraison."},"finish_reason":"stop"}]}'
)


def http(status, body, kind=b"application/json", more=b""):
    return b"HTTP/1.1 %d X\r\nContent-Type: %s\r\nContent-Length: %d\r\n%sConnection: close\r\n\r\n%s" % (
        status,
        kind,
        len(body),
        more,
        body,
    )


def test_the_answer_of_a_refused_length_field_is_asked_once_more_in_its_other_name(tmp_path, monkeypatch):
    def answer(_head, body):
        return http(200, OK) if b"max_completion_tokens" in body else case("63")

    with Player(answer) as server:
        variant, _shown = asked(server.url, tmp_path, monkeypatch, max_tokens=500)
        assert len(server.asked) == 2
    assert variant.summary
    assert variant.warnings == ()  # nothing of what was asked changed


@pytest.mark.parametrize(
    ("said", "refused", "warning"),
    [
        (b"System role not supported", b'"role":"system"', "system_in_user"),
        (b"Unsupported value: 'temperature' does not support 0 with this model.", b'"temperature"', "no_temperature"),
        (b"Unrecognized request argument supplied: stream_options", b"stream_options", None),
    ],
)
def test_a_refused_parameter_is_adapted_and_said(tmp_path, monkeypatch, said, refused, warning):
    def answer(_head, body):
        error = b'{"error":{"message":"%s"}}' % said
        return http(400, error) if refused in body else http(200, OK)

    prompt = "# system\n\nRestitue tout.\n\n# user\n\nRésume : {{ transcript }}"
    with Player(answer) as server:
        variant, _shown = asked(server.url, tmp_path, monkeypatch, stream=True, prompt=prompt, layout=1, temperature=0)
        assert len(server.asked) == 2
        assert "Restitue tout." in server.asked[1][1].decode()
    assert variant.summary
    assert variant.warnings == ((warning,) if warning else ())


def test_instructions_stand_with_the_user_where_the_settings_say_so(tmp_path, monkeypatch):
    prompt = "# system\n\nRestitue tout.\n\n# user\n\nRésume : {{ transcript }}"
    with Player(http(200, OK)) as server:
        variant, _shown = asked(server.url, tmp_path, monkeypatch, prompt=prompt, layout=1, system_role="user")
        body = server.asked[0][1]
    assert b'"role":"system"' not in body
    assert "Restitue tout." in body.decode()
    assert variant.warnings == ("system_in_user",)


@pytest.mark.parametrize("end", ["", "/", "/v1", "/v1/", "/v1/chat/completions", "/chat/completions"])
def test_addresses_work_in_every_form(tmp_path, monkeypatch, end):
    def answer(head, _body):
        right = head.startswith(b"POST /v1/chat/completions ")
        return http(200, OK) if right else case("78-html")

    with Player(answer) as server:
        root = server.url.removesuffix("/v1").replace("http://", "HTTP://")
        variant, _shown = asked(root + end, tmp_path, monkeypatch)
    assert variant.summary


def test_an_address_that_is_wrong_is_named(tmp_path, monkeypatch):
    with Player(case("78-html")) as server:
        root = server.url.removesuffix("/v1")
        variant, _shown = asked(f"{root}/api", tmp_path, monkeypatch)
    assert f"{root}/api/chat/completions" in str(variant.failure.cure)
    assert "/v1" in str(variant.failure.cure)


THINKING = {
    "closing alone": "SECRET Paul a dit non.\n</think>\n\n{}",
    "thinking": "<thinking>\nSECRET\n</thinking>\n\n{}",
    "capitals": "<THINK>SECRET</THINK>\n\n{}",
    "two": "<think>SECRET</think>\n<think>SECRET</think>\n{}",
    "nested": "<think>SECRET <think>SECRET</think> SECRET</think>\n{}",
    "attributes": "<think duration=3>SECRET</think>\n{}",
    "brackets": "[THINK]SECRET[/THINK]\n{}",
    "channels": "<|channel|>analysis<|message|>SECRET<|end|><|start|>assistant<|channel|>final<|message|>{}",
    "unused": "<unused94>thought\nSECRET<unused95>{}",
    "reasoning": "<reasoning>SECRET</reasoning>\n{}",
    "lozenges": "◁think▷SECRET◁/think▷{}",
    "cohere": "<|START_THINKING|>SECRET<|END_THINKING|><|START_RESPONSE|>{}<|END_RESPONSE|>",
}
RECAP = "La séance a porté sur la place. Nadia Ferrand refuse la suppression des livraisons."


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("dress", THINKING.values(), ids=THINKING)
def test_thinking_is_in_no_recap_no_column_and_no_next_step(tmp_path, monkeypatch, dress, stream):
    import json

    text = dress.format(RECAP)

    def answer(_head, body):
        if not json.loads(body).get("stream"):
            whole = {"choices": [{"index": 0, "message": {"content": text}, "finish_reason": "stop"}]}
            return http(200, json.dumps(whole).encode())
        pieces = [text[n : n + 4] for n in range(0, len(text), 4)]
        events = [{"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in pieces]
        events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        return http(200, b"".join(b"data: " + json.dumps(e).encode() + b"\n\n" for e in events), b"text/event-stream")

    prompt = "Résume : {{ transcript }}\n\n# step: revision\n\nRelis."
    with Player(answer) as server:
        variant, shown = asked(server.url, tmp_path, monkeypatch, stream=stream, prompt="# user\n\n" + prompt)
        assert all(b"SECRET" not in body for _line, body in server.asked)
        assert len(server.asked) == 2
    assert variant.summary == RECAP
    assert "thinking_removed" in variant.warnings
    assert "SECRET" not in shown
    assert shown.endswith(RECAP) or not stream


def test_a_word_between_angles_is_a_word(tmp_path, monkeypatch):
    from comparia.text.thinking import without_thinking

    for text in (
        "Il a dit que <think> est une balise.\nLa séance a porté sur la place.",
        "Un [T12] et <b>gras</b>, 3 < 4 > 2.",
        "La pensée (thinking) compte.",
    ):
        assert without_thinking(text).text == text


@pytest.mark.parametrize(
    ("finish", "warnings"),
    [
        ("stop", ()),
        ("eos", ()),
        (None, ()),
        ("length", ("cut_output",)),
        ("max_tokens", ("cut_output",)),
        ("content_filter", ("filtered",)),
        ("SAFETY", ("filtered",)),
        ("something_new", ("ended_oddly", "perhaps_cut")),
    ],
)
def test_every_end_but_a_normal_one_is_said(tmp_path, monkeypatch, finish, warnings):
    import json

    text = "La séance a porté sur la" if warnings else "La séance a porté sur la place."
    document = {"choices": [{"index": 0, "message": {"content": text}, "finish_reason": finish}]}
    with Player(http(200, json.dumps(document).encode())) as server:
        variant, _shown = asked(server.url, tmp_path, monkeypatch)
    assert variant.warnings == warnings


TOO_LONG = [
    (400, "The decoder prompt (length 9001) is longer than the maximum model length of 8192."),
    (500, "context shift is disabled"),
    (422, "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 9000 `inputs` tokens"),
    (400, "Please reduce the length of the messages or completion."),
    (400, "Input length exceeds the maximum allowed input length"),
    (422, "Max tokens exceeded."),
    (400, "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length"),
    (400, "the request exceeds the available context size, try increasing it"),
    (400, "prompt is too long: 9000 tokens > 4096 maximum"),
]


@pytest.mark.parametrize(("status", "words"), TOO_LONG)
def test_too_long_is_too_long_in_every_wording(tmp_path, monkeypatch, status, words):
    import json

    with Player(http(status, json.dumps({"error": {"message": words}}).encode())) as server:
        variant, _shown = asked(server.url, tmp_path, monkeypatch)
        assert len(server.asked) == 1
    assert variant.failure.kind == "too_long"
    assert "context" in str(variant.failure.cure)


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        (429, "Rate limit reached: too many tokens per minute. Please try again in 1s.", "rate_limited"),
        (400, "max_tokens is too large: 100000. This model supports at most 16384 completion tokens", "rejected"),
        (429, "You exceeded your current quota, please check your plan", "rejected"),
    ],
)
def test_what_only_sounds_too_long_is_not(tmp_path, monkeypatch, status, words, kind):
    import json

    body = json.dumps({"error": {"message": words}}).encode()
    with Player(http(status, body, more=b"Retry-After: 0\r\n")) as server:
        variant, _shown = asked(server.url, tmp_path, monkeypatch, max_tokens=100000)
    assert variant.failure.kind == kind


def test_a_server_that_asks_for_a_long_pause_is_asked_once_and_says_until_when(tmp_path, monkeypatch):
    with Player(http(429, b'{"error":{"message":"slow down"}}', more=b"Retry-After: 600\r\n")) as server:
        variant, _shown = asked(server.url, tmp_path, monkeypatch)
        assert len(server.asked) == 1
    assert "asks to wait until" in str(variant.failure.message)
    assert variant.failure.kind == "rate_limited"


def test_nothing_a_server_says_acts_in_a_terminal(tmp_path, monkeypatch):
    words = '{"error":{"message":"\\u001b[2J\\u001b]0;TITLE\\u0007 \\u001b]52;c;ZXZpbA==\\u0007 \\u202egpj [bold]x[/bold]"}}'
    with Player(http(400, words.encode())) as server:
        variant, _shown = asked(server.url, tmp_path, monkeypatch)
    assert not set(str(variant.failure.message)) & set("\x1b\x07\u202e\x9b")
    assert "TITLE" not in str(variant.failure.message)


def test_a_request_that_is_echoed_is_not_kept(tmp_path, monkeypatch):
    import json

    def answer(_head, body):
        return http(422, json.dumps({"detail": [{"loc": ["body"], "msg": "bad", "input": json.loads(body)}]}).encode())

    with Player(answer) as server:
        variant, _shown = asked(server.url, tmp_path, monkeypatch)
    assert "bad" in str(variant.failure.message)
    assert "livraison" not in str(variant.failure.message)

    def repeated(_head, body):
        return http(400, json.dumps({"error": {"message": "cannot parse: " + body.decode()}}).encode())

    with Player(repeated) as server:
        variant, _shown = asked(server.url, tmp_path / "other", monkeypatch)
    assert "cannot parse" in str(variant.failure.message)
    assert "suppression des places de livraison" not in str(variant.failure.message)


def test_a_mark_of_bytes_and_a_second_choice_lose_and_mix_nothing(tmp_path, monkeypatch):
    import json

    events = [
        {
            "choices": [
                {"index": 0, "delta": {"content": "A dit non à la fermeture"}},
                {"index": 1, "delta": {"content": "B"}},
            ]
        },
        {"choices": [{"index": 0, "delta": {"content": " de la place."}, "finish_reason": "stop"}]},
    ]
    body = (
        b"\xef\xbb\xbf" + b"".join(b"data: " + json.dumps(e).encode() + b"\n\n" for e in events) + b"data: [DONE]\n\n"
    )
    for kind in (b"text/event-stream", b"application/json"):
        with Player(http(200, body, kind)) as server:
            variant, shown = asked(server.url, tmp_path / kind.decode().replace("/", "-"), monkeypatch, stream=True)
            assert len(server.asked) == 1
        assert variant.summary == "A dit non à la fermeture de la place."
        assert shown == variant.summary


def test_a_packed_stream_that_swells_is_refused_within_its_bounds(tmp_path, monkeypatch):
    import gzip

    packed = gzip.compress(b"a" * 60_000_000)
    with Player(http(200, packed, b"text/event-stream", b"Content-Encoding: gzip\r\n")) as server:
        variant, _shown = asked(server.url, tmp_path, monkeypatch, stream=True)
        assert b"accept-encoding: identity" in server.asked[0][0].lower().encode() or len(server.asked) == 1
    assert variant.failure.kind == "bad_response"
    assert "far too long" in str(variant.failure.message)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("encoding", [b"br", b"zstd", b"compress", b"gzip, br", b"no-such"])
def test_an_answer_packed_in_a_way_nobody_asked_for_is_refused_and_said(tmp_path, monkeypatch, encoding, stream):
    header = b"Content-Encoding: " + encoding + b"\r\n"
    kind = b"text/event-stream" if stream else b"application/json"
    with Player(http(200, b"\x8b\x00\x80" * 50_000, kind, header)) as server:
        variant, _shown = asked(server.url, tmp_path, monkeypatch, stream=stream)
    assert variant.failure.kind in ("bad_response", "connection")
    assert len(str(variant.failure.message)) < 400
    assert "\x00" not in str(variant.failure.message)


def test_what_a_server_refused_is_learnt_and_in_the_next_plan(tmp_path):
    def answer(_head, body):
        if b'"temperature"' in body:
            return http(400, b'{"error":{"message":"Unsupported value: no \'temperature\'"}}')
        return http(200, OK)

    prompt = parse("# system\n\nRestitue tout.\n\n# user\n\nRésume : {{ transcript }}")
    session = read_bytes(SESSION, "s.txt")
    with Player(answer) as server:
        own = BackendSettings(model="stub-a", base_url=server.url, temperature=0)
        settings = Settings(outputs=tmp_path, backends={"b": own}, policy="local", **RECAPS_ALONE)
        for told in (False, True):
            run = library.prepare(session, [prompt], ["b"], settings=settings)
            lines = " ".join(wording.plan_lines(run))
            before = len(server.asked)
            done = library.carry_out(run, settings=settings)
            assert ("takes no temperature: it will answer with its own." in lines) is told
            assert len(server.asked) - before == (1 if told else 2)  # nothing is refused a second time
            assert sorted(done.variants[0].warnings) == ["no_temperature"]


def test_what_is_published_of_a_model_is_in_the_plan_before_it_was_ever_asked(tmp_path):
    backends = {
        "o": BackendSettings(model="o3-mini", base_url="http://127.0.0.1:9/v1", temperature=0.2),
        "g": BackendSettings(model="gemma-2-9b-it", base_url="http://127.0.0.1:9/v1"),
    }
    settings = Settings(outputs=tmp_path, backends=backends, policy="local")
    prompt = parse("# system\n\nRestitue tout.\n\n# user\n\nRésume : {{ transcript }}")
    run = library.prepare(read_bytes(SESSION, "s.txt"), [prompt], ["o", "g"], settings=settings)
    assert {b.name: b.not_taken for b in run.backends} == {"o": ("no_temperature",), "g": ()}
    assert not tmp_path.joinpath("comparia.db").exists()  # planning writes nothing

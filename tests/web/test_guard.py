"""The guard of the application, attacked."""

import os
import re
import socket
import subprocess
import sys

import pytest
from starlette.routing import Route
from starlette.testclient import TestClient

from comparia.web import peers
from comparia.web.app import ROUTES, create_app
from comparia.web.guard import MAX_BODY
from tests.web.conftest import PORT, ended, refusal, words
from tests.web.serving import Serving

HOSTILE = (
    "<script>window.hit=1</script>\n\n![x](http://far.example/x.png) [a](javascript:window.hit=2) "
    "[b](http://far.example/) <img src=x onerror=window.hit=3> </script><!-- <style>*{display:none}</style>"
)


@pytest.mark.parametrize(
    "host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1", "127.0.0.1:9999", "", "localhost.evil.example:8420"]
)
def test_another_host_is_refused(web, host):
    answer = web.get("/", headers={"host": host})
    assert answer.status_code == 421
    assert "Comparia" not in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://["},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": f"http://evil.example/?http://127.0.0.1:{PORT}"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_form_of_another_site_does_nothing(web, headers):
    answer = web.post("/sessions/sample", data={"language": "en"}, headers=headers, follow_redirects=False)
    assert answer.status_code == 403
    assert "None yet." in web.get("/").text
    assert "Not sent yet" not in web.get("/").text


def test_own_forms_pass(web):
    own = {"origin": f"http://127.0.0.1:{PORT}", "sec-fetch-site": "same-origin"}
    assert web.post("/sessions/sample", data={"language": "en"}, headers=own).status_code == 200


def test_every_answer_lets_nothing_in_or_out(web, compared):
    pages = [
        "/",
        "/journal",
        "/preferences",
        compared,
        f"{compared}/points",
        f"{compared}/compose",
        "/nowhere",
        "/style.css",
    ]
    for address in pages:
        answer = web.get(address)
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none';"), address
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        if "text/html" in answer.headers["content-type"]:
            assert not re.findall(r"<script(?! (?:src=\"/static/|type=\"application/json\"))", answer.text), address
            assert not re.findall(r"\sstyle=|\son[a-z]+=|<style", answer.text), address
            assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', answer.text), address


def test_no_form_answers_a_plain_link():
    for route in ROUTES:
        methods = getattr(route, "methods", None) or set()
        assert not ({"GET", "POST"} <= methods), route


def test_beyond_this_machine_a_token_is_needed(settings):
    app = create_app(settings, port=PORT, token="the-token-of-this-server", hosts=("192.0.2.7",))
    with TestClient(app, base_url=f"http://192.0.2.7:{PORT}") as client:
        assert client.get("/").status_code == 401
        assert client.get("/?token=another").status_code == 401
        assert client.get("/", headers={"cookie": "comparia_token=another"}).status_code == 401
        assert client.get("/?token=é").status_code == 401
        assert client.post("/sessions/sample", data={}).status_code == 401
        assert client.get("/static/comparia.js").status_code == 401
        opened = client.get("/?token=the-token-of-this-server", follow_redirects=False)
        assert opened.status_code == 303
        assert "httponly" in opened.headers["set-cookie"].lower()
        assert "samesite=strict" in opened.headers["set-cookie"].lower()
        assert client.get("/").status_code == 200


def test_what_is_too_large_is_refused_before_it_is_read(web):
    answer = web.post("/sessions", content=b"", headers={"content-length": str(MAX_BODY + 1)})
    assert "more than a transcript can be" in refusal(answer)


def test_a_body_without_length_is_counted(web):
    def endless():
        yield b"--x\r\nContent-Disposition: form-data; name=files; filename=a.txt\r\n\r\n"
        for _n in range(MAX_BODY // 1_000_000 + 2):
            yield b"a" * 1_000_000

    headers = {"content-type": "multipart/form-data; boundary=x"}
    answer = web.post("/sessions", content=endless(), headers=headers)
    assert "more than a transcript can be" in refusal(answer)
    assert "Not sent yet" not in web.get("/").text


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("../../../../tmp/<script>alert(1)</script>.vtt", b"\x00\x01\x02\x03 not a transcript"),
        ("empty.vtt", b" "),
        ("page.vtt", b"<!doctype html><html><body>Log in</body></html>"),
        ("damaged.docx", b"PK\x03\x04" + b"\x00" * 200),
        ("film.mp4", b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 100),
        ("a" * 4000 + ".txt", b"\xff\xfe\x00"),
    ],
)
def test_hostile_files_get_a_message_and_leave_nothing(web, tmp_path, name, content):
    before = {path for path in tmp_path.rglob("*") if "outputs" not in path.parts}
    answer = web.post("/sessions", files={"files": (name, content)})
    assert refusal(answer)
    assert "<script>alert" not in answer.text
    assert "Traceback" not in answer.text
    assert "Not sent yet" not in web.get("/").text
    assert {path for path in tmp_path.rglob("*") if "outputs" not in path.parts} == before


def test_a_hostile_name_of_a_good_file_is_only_a_name(web, tmp_path):
    good = b"Ann: We need a bench.\nBen: We need a tree, and a bench too.\n"
    answer = web.post("/sessions", files={"files": ("../../up/<b>x</b>.txt", good)})
    assert answer.status_code == 200
    assert "<b>x</b>" not in answer.text
    assert not list(tmp_path.rglob("up"))


def test_hostile_recaps_and_sessions_are_inert(web):
    said = b"Ann: We need </script><script>window.hit=1</script> a bench.\nBen: <img src=x onerror=alert(1)> A tree please.\n"
    session = web.post("/sessions", files={"files": ("s.txt", said)}).url.path
    address = ended(web, web.post(f"{session}/compare", data={"backend": "extractive:centrality"}).url.path)
    web.post(f"{address}/recaps", data={"author": "<i>me</i>", "text": HOSTILE})
    for place in (address, f"{address}/points", f"{address}/compose"):
        page = web.get(place).text
        assert not re.findall(r'<(?:img(?! src="/runs/[-\w]+/figure\.svg")|iframe|i|b)[ >]', page), place
        scripts = re.findall(r"<script[^>]*>", page)
        assert len(scripts) == page.count("<script") <= 2, place
        assert all(re.match(r'<script src="/static/\w+\.js"', script) for script in scripts), place
        assert 'href="http' not in page
        assert 'href="javascript' not in page


def test_no_key_is_ever_in_a_page_or_the_database(web, settings, given, monkeypatch):
    monkeypatch.setenv("MISTRAL_API_KEY", "before")
    secret = "sk-never-to-be-seen-0123456789"
    answer = web.post("/preferences/keys", data={"variable": "MISTRAL_API_KEY", "key": secret})
    assert answer.status_code == 200
    pages = [answer, web.get("/preferences"), web.get(given), web.get("/"), web.get("/journal")]
    pages.append(web.post(f"{given}/plan", data={"backend": "mistral:mistral-small-latest", "policy": "eu"}))
    assert all(secret not in page.text for page in pages)
    for path in settings.outputs.rglob("*"):
        if path.is_file():
            assert secret.encode() not in path.read_bytes(), path


def test_a_key_is_taken_only_under_a_name_that_is_known(web, monkeypatch):
    monkeypatch.setenv("PATH", "unchanged")
    assert refusal(web.post("/preferences/keys", data={"variable": "PATH", "key": "/evil"}))
    assert os.environ["PATH"] == "unchanged"


def test_the_language_button_does_not_lead_elsewhere(web):
    for back in ("//evil.example/", "http://evil.example/", "/\\evil.example"):
        answer = web.post("/preferences/language", data={"language": "fr", "back": back}, follow_redirects=False)
        assert answer.headers["location"] in ("/", "/%5Cevil.example"), back


def test_another_application_s_cookie_does_not_hide_ours(web):
    page = web.get("/", headers={"cookie": 'x={"a":1}; comparia_lang=fr'})
    assert '<html lang="fr">' in page.text


def test_a_file_is_no_run(web, compared, settings, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.json").write_text(web.get(f"{compared}/report.json").text)
    assert web.get("/runs/x.json").status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "/runs/nope",
        "/sessions/nope",
        "/runs/nope/points",
        "/runs/nope/report.docx",
        "/static/../app.py",
        "/static/%2e%2e/app.py",
    ],
)
def test_what_is_not_there_is_said_without_a_trace(web, address):
    answer = web.get(address)
    assert answer.status_code == 404
    assert "Traceback" not in answer.text


def test_a_backend_outside_the_policy_is_refused_on_the_page(web, given, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    answer = web.post(f"{given}/plan", data={"backend": "openai:gpt-4o-mini", "policy": "eu"})
    assert refusal(answer)
    assert "openai" in words(answer)
    assert "None yet." in web.get("/").text


ASK = """
import encodings.idna, os, socket, sys
if len(sys.argv) > 3:
    os.setgid(int(sys.argv[3]))
    os.setuid(int(sys.argv[3]))
link = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
link.sendall(f"GET {sys.argv[2]} HTTP/1.1\\r\\nHost: 127.0.0.1:{sys.argv[1]}\\r\\nConnection: close\\r\\n\\r\\n".encode())
answer = b""
while piece := link.recv(65536):
    answer += piece
sys.stdout.write(answer.decode("utf-8", "replace"))
"""


NOBODY = "65534"


def asked(port, path, *account):
    command = [sys.executable, "-I", "-c", ASK, str(port), path, *account]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.whole
@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can play another account")
@pytest.mark.skipif(not peers.can_tell(), reason="this system does not say whose a connection is")
def test_another_account_of_the_machine_needs_the_token(tmp_path):
    served = Serving(tmp_path / "outputs")
    try:
        port = int(served.address.rsplit(":", 1)[1].strip("/"))
        other = served.process.stdout.readline()
        token = re.search(r"\?token=(\S+)", other).group(1)
        assert asked(port, "/").startswith("HTTP/1.1 200")
        refused = asked(port, "/", NOBODY)
        assert refused.startswith("HTTP/1.1 401")
        assert "Comparia is" not in refused
        assert asked(port, f"/?token={token}", NOBODY).startswith("HTTP/1.1 303")
    finally:
        served.stop()


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
@pytest.mark.skipif(not peers.can_tell(), reason="this system does not say whose a connection is")
def test_the_account_at_the_other_end_is_known(family):
    host = "127.0.0.1" if family == socket.AF_INET else "::1"
    with socket.socket(family) as listening:
        try:
            listening.bind((host, 0))
        except OSError:
            pytest.skip("no IPv6 here")
        listening.listen()
        with socket.create_connection(listening.getsockname()[:2]) as link:
            ends = link.getsockname()[:2], link.getpeername()[:2]
            assert peers.account_of(*ends) == os.getuid()
        assert peers.account_of(*ends) is None  # closed: listed as root's, whoever opened it
        assert peers.account_of((host, 1), ends[1]) is None
    assert peers.account_of(("testclient", 1), ("testserver", 80)) is None


def test_where_nobody_can_tell_the_token_is_asked_of_everybody(settings):
    app = create_app(settings, port=PORT, token="secret", own_account=True)
    with TestClient(app, base_url=f"http://127.0.0.1:{PORT}") as web:
        assert web.get("/").status_code == 401
        assert web.get("/?token=secret").status_code == 200
        assert web.get("/").status_code == 200


@pytest.mark.parametrize("name", ["a\x00b.txt", "../../etc/passwd", "réunion nº3 — Évry.txt", "<b>.txt", "\x00"])
def test_a_hostile_file_name_is_a_name(web, name):
    told = "Alice: Hello there, we meet again.\nBob: We do, and it rains.\n"
    answer = web.post("/sessions", files={"files": (name, told.encode(), "text/plain")})
    assert answer.status_code == 200
    assert "Alice" in answer.text


@pytest.mark.parametrize(("language", "said"), [("fr", "imprévu"), ("en", "unforeseen")])
def test_a_crash_is_told_in_the_language_of_the_reader(settings, monkeypatch, language, said):
    routes = [route for route in ROUTES if getattr(route, "path", "") != "/"]
    monkeypatch.setattr("comparia.web.app.ROUTES", [Route("/", lambda _request: 1 / 0), *routes])
    app = create_app(settings, port=PORT, room_host="127.0.0.1")
    with TestClient(app, base_url=f"http://127.0.0.1:{PORT}", raise_server_exceptions=False) as client:
        page = client.get("/", headers={"accept-language": language})
    assert page.status_code == 500
    assert said in page.text
    assert f'<html lang="{language}">' in page.text

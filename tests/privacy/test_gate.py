"""The outbound gate: nested zones, refusals before anything is sent, a journal without text."""

import asyncio
import hashlib

import pytest

from comparia.config import is_loopback, true_zone, zone_names
from comparia.errors import OutboundRefused
from comparia.privacy import Gate, allows, check
from comparia.records import ZONES, Backend


def backend(zone, name="b"):
    return Backend(name=name, kind="openai_compatible", zone=zone)


@pytest.mark.parametrize("policy", ZONES)
@pytest.mark.parametrize("zone", ZONES)
def test_zones_are_nested(policy, zone):
    # rows: policy; columns: local, fr, eu, world
    table = {"local": "1000", "fr": "1100", "eu": "1110", "world": "1111"}
    assert allows(policy, zone) == (table[policy][ZONES.index(zone)] == "1")


def test_every_zone_has_a_name():
    assert set(zone_names()) == set(ZONES)
    assert all(zone_names().values())


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://localhost:11434/v1", True),
        ("http://127.0.0.1:8000/v1", True),
        ("http://127.8.9.1/v1", True),
        ("http://[::1]:8000/v1", True),
        ("http://LOCALHOST/v1", True),
        ("http://127.0.0.1.evil.example/v1", False),
        ("http://localhost.evil.example/v1", False),
        ("http://localhost@evil.example/v1", False),
        ("http://evil.example/#@localhost", False),
        ("http://0.0.0.0/v1", False),
        ("http://192.168.1.4/v1", False),
        ("http://[::1", False),
        ("", False),
    ],
)
def test_only_a_loopback_address_is_this_machine(url, expected):
    assert is_loopback(url) is expected


@pytest.mark.parametrize(
    ("declared", "url", "stated", "expected"),
    [
        ("local", "http://127.0.0.1:1/v1", False, "local"),
        ("local", "http://gpu.example/v1", False, "world"),
        ("local", "http://gpu.example/v1", True, "local"),
        ("local", "", False, "local"),
        ("eu", "https://api.example/v1", False, "eu"),
        ("world", "http://127.0.0.1:1/v1", False, "world"),
    ],
)
def test_a_local_server_elsewhere_is_not_local_unless_the_user_says_so(declared, url, stated, expected):
    assert true_zone(declared, url, stated_by_user=stated) == expected


def test_a_plan_is_refused_whole_with_names_zones_and_cure():
    with pytest.raises(OutboundRefused) as caught:
        check("fr", [backend("local", "mine"), backend("eu", "theirs"), backend("world", "far")])
    assert "mine" not in caught.value.message
    assert "theirs (eu: European Union), far (world: anywhere)" in caught.value.message
    assert "--policy world" in caught.value.cure
    check("world", [backend(zone) for zone in ZONES])


def admit(policy, zone, url, body=b"the words of the session"):
    lines = []

    async def journal(line):
        lines.append(line)

    try:
        asyncio.run(Gate(policy, "run1", journal).admit(backend(zone), url, body, 7))
    except OutboundRefused:
        return lines, False
    return lines, True


def test_a_refused_sending_leaves_no_line():
    assert admit("eu", "world", "https://api.example/v1") == ([], False)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://api.example/v1/chat?key=SECRET#SECRET", "https://api.example/v1/chat"),
        ("https://user:SECRET@api.example:8443/v1", "https://api.example:8443/v1"),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1"),
    ],
)
def test_an_admitted_sending_is_journalled_without_text_or_secret(url, host):
    body = b"the words of the session"
    ((line,), admitted) = admit("world", "eu", url, body)
    assert admitted
    assert (line.host, line.size, line.tokens, line.zone, line.policy, line.run) == (host, 24, 7, "eu", "world", "run1")
    assert line.sha256 == hashlib.sha256(body).hexdigest()
    assert "words" not in line.model_dump_json()
    assert "SECRET" not in line.model_dump_json()

"""Model servers that run on this machine: found by asking the usual local addresses for their list of models."""

from __future__ import annotations

import json
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import httpx

from comparia.config import catalogue, is_loopback

TIMEOUT = 0.5
"""Seconds a server of this machine is given to answer."""
REMEMBERED = 20.0
"""Seconds an answer is remembered, so that pages opened one after the other ask once."""
MOST_BYTES = 1_000_000
"""Bytes of a list of models that are read."""
MOST_MODELS = 30
"""Models of one server that are offered."""
NOT_WRITERS = ("embed", "rerank", "whisper", "bge-", "clip")
"""Parts of the names of models that write no text."""

_lock = Lock()
_last_answer: tuple[float, dict[str, tuple[str, ...]]] = (0.0, {})


def running_models() -> dict[str, tuple[str, ...]]:
    """Return the models of each keyless preset whose server answers on this machine, by name of the preset.

    Each server is asked once, by a short GET of its list of models: no key, no redirect, nothing of any session. The
    answer is remembered for `REMEMBERED` seconds.
    """
    global _last_answer
    with _lock:
        asked_at, models = _last_answer
        if asked_at and time.monotonic() - asked_at < REMEMBERED:
            return models
        addresses = {
            name: preset.base_url
            for name, preset in catalogue().items()
            if preset.kind == "openai_compatible" and not preset.key_variable and is_loopback(preset.base_url)
        }
        with ThreadPoolExecutor(len(addresses)) as pool:
            answers = pool.map(_models_at, addresses.values())
            models = {name: names for name, names in zip(addresses, answers, strict=True) if names}
        _last_answer = (time.monotonic(), models)
        return models


_NO_AUTHORITY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody: the servers looked for speak in clear, and reading the machine's authorities is slower than asking."""


def forget_running_models() -> None:
    """Ask the servers again at the next look."""
    global _last_answer
    with _lock:
        _last_answer = (0.0, {})


def _models_at(address: str) -> tuple[str, ...]:
    """Return the names of the models that an address lists; empty where no such server answers."""
    try:
        with (
            httpx.Client(timeout=TIMEOUT, trust_env=False, follow_redirects=False, verify=_NO_AUTHORITY) as client,
            client.stream("GET", f"{address}/models", headers={"accept-encoding": "identity"}) as answer,
        ):
            if answer.status_code != 200 or "content-encoding" in answer.headers:
                return ()
            body = b""
            for piece in answer.iter_raw():
                body += piece
                if len(body) > MOST_BYTES:
                    return ()
        entries = json.loads(body)["data"]
        names = [str(item["id"])[:200] for item in entries if isinstance(item["id"], str) and item["id"].isprintable()]
    except (httpx.HTTPError, ValueError, KeyError, TypeError, RecursionError):
        return ()
    writers = [name for name in names if name and not any(mark in name.lower() for mark in NOT_WRITERS)]
    return tuple(dict.fromkeys(writers))[:MOST_MODELS]

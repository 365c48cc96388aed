"""A model file on this machine as a backend: `gguf:PATH`.

It answers in a child process, so that a crash takes nothing with it. The library is llama.cpp, by its binding for
Python (the extra `gguf`). The process stays while Comparia runs, so that what it read of a session is in its cache for
the next question; at most `MOST_PROCESSES` are kept.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from comparia.backends.answers import completion_of, parameters_sent
from comparia.errors import BackendError
from comparia.messages import sentence as _
from comparia.records import Backend, Completion, Request, Usage

WORKER = Path(__file__).with_name("gguf_worker.py")
MOST_PROCESSES = 2
"""Models that are kept in memory at once."""
ANSWER_TOKENS = 1500
"""Longest answer, where none is set."""
EXTRA_FIELDS = frozenset(
    (
        "top_k min_p typical_p stop presence_penalty frequency_penalty repeat_penalty mirostat_mode mirostat_tau "
        "mirostat_eta"
    ).split()
)
"""Extra fields that the library takes."""


class _Process:
    """One model file, loaded."""

    def __init__(self, path: str, context: int) -> None:
        self.lock = threading.Lock()
        self._child = subprocess.Popen(  # noqa: S603 - our own script, and a path that is no option
            [sys.executable, "-P", str(WORKER), path, str(context)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        if self._child.stdin is None or self._child.stdout is None:
            raise OSError("no pipe")
        self._requests, self._answers = self._child.stdin, self._child.stdout
        first = self._line()
        if "ready" not in first:
            self.stop()
            raise _not_loaded(Path(path).name, first)

    @property
    def alive(self) -> bool:
        return self._child.poll() is None

    def stop(self) -> None:
        """End the process, whatever it does."""
        self._child.kill()
        self._child.wait()
        for pipe in (self._requests, self._answers):
            with contextlib.suppress(OSError):
                pipe.close()

    def ask(self, request: dict[str, Any], on_piece: Callable[[str], None]) -> dict[str, Any]:
        """Send a request, pass its pieces on, and return its last line.

        It is `done` or `error`, and empty where the process died.
        """
        with self.lock:
            try:
                self._requests.write(json.dumps(request) + "\n")
                self._requests.flush()
                while piece := (line := self._line()).get("piece"):
                    on_piece(piece)
            except (OSError, ValueError):
                return {}
            return line

    def _line(self) -> dict[str, Any]:
        try:
            line = json.loads(self._answers.readline() or "{}")
        except ValueError:
            return {}
        return line if isinstance(line, dict) else {}


_PROCESSES: dict[tuple[str, int], _Process] = {}
_STARTING = threading.Lock()


def _process(path: str, context: int) -> _Process:
    """Return the process of a model file, started where there is none. The one unused for longest makes room for it."""
    with _STARTING:
        process = _PROCESSES.pop((path, context), None)
        if process is not None and not process.alive:
            process.stop()
            process = None
        if process is None:
            while len(_PROCESSES) >= MOST_PROCESSES:
                oldest = next(iter(_PROCESSES))
                _PROCESSES.pop(oldest).stop()
            process = _Process(path, context)
        _PROCESSES[path, context] = process
        return process


def stop_all() -> None:
    """End the processes of every model file."""
    with _STARTING:
        while _PROCESSES:
            _PROCESSES.popitem()[1].stop()


atexit.register(stop_all)


class ModelInFile:
    """A model in a file.

    Args:
        backend: `model` is the path of the file, `context` the window that it is opened with.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def generate(self, request: Request, on_delta: Callable[[str], None] | None = None) -> Completion:
        """Answer one request. Raises BackendError: the library is not there, the file is damaged, the process died."""
        start = time.monotonic()
        backend, loop = self._backend, asyncio.get_running_loop()
        pieces: list[str] = []

        def on_piece(piece: str) -> None:
            pieces.append(piece)
            if on_delta is not None:
                loop.call_soon_threadsafe(on_delta, piece)

        context = backend.context or 2048
        if unknown := [name for name in backend.extra if name not in EXTRA_FIELDS]:
            raise BackendError(
                "rejected",
                _("a model file takes no {field}").format(field=unknown[0]),
                _("Take `{name}` out of `extra` for this backend.").format(name=unknown[0]),
            )
        parameters: dict[str, Any] = {
            "temperature": 0.7 if backend.temperature is None else backend.temperature,
            "max_tokens": min(backend.max_tokens or ANSWER_TOKENS, context // 2),
            **({"top_p": backend.top_p} if backend.top_p is not None else {}),
            **({"seed": seed} if (seed := backend.seed_of(request.repeat)) is not None else {}),
            **backend.extra,
        }
        asked = {
            "messages": [{"role": message.role, "content": message.content} for message in request.messages],
            "parameters": parameters,
            "schema": dict(request.answer_schema) if request.answer_schema is not None else None,
        }
        process = await asyncio.to_thread(_process, backend.model, context)
        try:
            ended = await asyncio.to_thread(process.ask, asked, on_piece)
        except asyncio.CancelledError:
            process.stop()  # it would go on writing for nobody
            raise
        if "done" not in ended:
            raise _failed(Path(backend.model).name, ended)
        usage = Usage(input_tokens=ended.get("read"), output_tokens=ended.get("written"))
        completion = completion_of(
            "".join(pieces),
            finish=ended["done"],
            usage=usage,
            model=Path(backend.model).name,
            adjusted=("no_reasoning_effort",) if backend.reasoning_effort else (),
        )
        seconds = round(time.monotonic() - start, 3)
        return completion.model_copy(update={"seconds": seconds, "parameters": parameters_sent(parameters, backend)})

    async def close(self) -> None:
        """Do nothing: the process stays, with what it has read, for the next question."""


def _not_loaded(file: str, line: dict[str, Any]) -> BackendError:
    if "lacking" in line:
        return BackendError(
            "rejected",
            _("the library that reads model files is not there, or cannot be loaded ({error})").format(
                error=str(line["lacking"])[:200]
            ),
            _('Install it: pip install "comparia[gguf]"'),
        )
    if "damaged" in line:
        return BackendError(
            "rejected",
            _("{file} cannot be loaded: it is damaged, or newer than the library").format(file=file),
            _("Fetch it again, or choose another model."),
        )
    return BackendError(
        "connection", _("{file} stopped while it was being loaded").format(file=file), _("Choose a smaller model.")
    )


def _failed(file: str, line: dict[str, Any]) -> BackendError:
    said = str(line.get("error", ""))
    if "context window" in said:
        return BackendError(
            "too_long", said[:300], _("Set `context` for this backend so that the session is read in parts.")
        )
    if said:
        return BackendError("server_error", said[:300], _("Choose another model."))
    return BackendError(
        "connection",
        _("{file} stopped in the middle of its answer").format(file=file),
        _("Ask again; if it stops again, choose a smaller model."),
        retryable=True,
    )

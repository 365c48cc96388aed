"""Speech to text by any server that speaks OpenAI's `/audio/transcriptions`: Albert, Mistral, local whisper servers.

The connection, the gate and the errors are those of chat completions; only the body and a few cures differ.
"""

from __future__ import annotations

import json
import mimetypes
import secrets
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import httpx

from comparia.backends.openai_compatible import OpenAICompatible
from comparia.errors import BackendError
from comparia.messages import sentence as _
from comparia.records import Backend

PATH = "/audio/transcriptions"

MAX_ANSWER_BYTES = 100_000_000
"""A longer answer is not a transcript."""


class FormRefused(BackendError):
    """The server does not take a field of the form; another form may do."""


class Transcriber(OpenAICompatible):
    """One server, one speech-to-text model.

    Args:
        backend: what to ask, and where.
        key: its key, sent as a bearer token and kept nowhere else.
        admit: the outbound gate.
    """

    def __init__(
        self, backend: Backend, key: str | None, admit: Callable[[Backend, str, bytes, int], Awaitable[None]]
    ) -> None:
        super().__init__(backend, key, admit)
        self._boundary = secrets.token_hex(24)
        self._headers["Content-Type"] = f"multipart/form-data; boundary={self._boundary}"

    def body(self, audio: bytes, suffix: str, fields: Mapping[str, str]) -> bytes:
        """Return the form that is sent. The file's own name stays here: it may name people."""
        kind = mimetypes.guess_type(f"audio{suffix}")[0] or "application/octet-stream"
        form = httpx.Request(
            "POST",
            self._backend.base_url,
            headers={"Content-Type": self._headers["Content-Type"]},
            data={"model": self._backend.model, **fields},
            files={"file": (f"audio{suffix}", audio, kind)},
        )
        return form.read()

    async def transcribe(self, body: bytes) -> bytes:
        """Send a form once; the answer as it came, which is JSON. Raises BackendError."""
        async with self._exchange("POST", PATH, body, 0) as response:
            content = await _read_within_bounds(response)
            page = "html" in response.headers.get("content-type", "") or content.lstrip()[:1] == b"<"
        if page:
            raise BackendError(
                "bad_response", _("the server answered with a web page"), _("Correct `base_url` for this backend.")
            )
        try:
            document = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise BackendError("bad_response", _("the answer is cut or is not JSON"), retryable=True) from error
        if isinstance(document, dict) and document.get("error"):
            raise self._error_in(document)
        return content  # whatever else it holds was paid for: it is kept, and reading it says what is wrong

    def _error_of(
        self,
        response: httpx.Response,
        content: bytes,
        body: bytes = b"",
        options: Mapping[str, Any] | None = None,
        url: str = "",
    ) -> BackendError:
        error = super()._error_of(response, content, url=url)
        if response.status_code == 413:
            cure = _("Make the file smaller: ffmpeg -i IN -ac 1 -ar 16000 -b:a 32k OUT.mp3, or cut it.")
            return BackendError("too_long", error.message, cure)
        if response.status_code in (400, 422) and error.kind == "rejected":
            return FormRefused(error.kind, error.message, error.cure)
        return error


def forms(backend: Backend, *, language: str, speakers: bool) -> tuple[dict[str, str], ...]:
    """Return the fields to ask with, the fullest first: each next one is tried when a server refuses the one before.

    Args:
        backend: Mistral has names of its own for times and speakers.
        language: of the speech, empty to let the model hear it.
        speakers: whether to ask who speaks.
    """
    language_field = {"language": language} if language else {}
    if backend.preset == "mistral":
        # Mistral gives times only where the language is left for the model to hear.
        segments = {"timestamp_granularities": "segment"}
        return ({**segments, "diarize": "true"} if speakers else segments), segments, language_field
    formats = (*(("diarized_json",) if speakers else ()), "verbose_json", "json")
    return tuple({"response_format": name, **language_field} for name in formats)


def suffix_of(file: Path) -> str:
    """Return the suffix of a file if it is a plain one, by which servers tell formats apart."""
    suffix = file.suffix.lower()
    return suffix if suffix[1:].isascii() and suffix[1:].isalnum() and len(suffix) <= 6 else ""


async def _read_within_bounds(response: httpx.Response) -> bytes:
    pieces, size = [], 0
    async for piece in response.aiter_bytes():
        pieces.append(piece)
        size += len(piece)
        if size > MAX_ANSWER_BYTES:
            raise BackendError("bad_response", _("the answer is far too long for a transcript"))
    return b"".join(pieces)

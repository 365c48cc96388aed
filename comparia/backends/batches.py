"""Batches of requests, as OpenAI and Mistral take them: one file sent, a batch made of it, its answers read back.

Both keep files at `/files` (`POST`, `GET ?purpose=batch`, `GET /{id}/content`, `DELETE /{id}`) and answer with lines of
JSON, in any order: `{"custom_id", "response": {"status_code", "body"}, "error"}`. The batch is `/batches` at OpenAI
(developers.openai.com/api/docs/guides/batch) and `/batch/jobs` at Mistral (docs.mistral.ai/capabilities/batch); both
stop one at `POST …/{id}/cancel`.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

import httpx

from comparia.backends.answers import parameters_sent
from comparia.backends.openai_compatible import (
    MAX_ANSWER_BYTES,
    OpenAICompatible,
    adjustments_of,
    body_of,
    read_whole,
)
from comparia.backends.refusals import adjustment, refusal, said_of, status_in
from comparia.errors import BackendError
from comparia.messages import sentence as _
from comparia.records import ENDED, Backend, Batch, BatchItem, Completion, Request

ENDPOINT = "/v1/chat/completions"
MOST_REQUESTS = 50_000
MOST_BYTES = 90_000_000
"""Requests and bytes of one batch: OpenAI takes 50,000 and 200 MB, Mistral more; a file is held in memory."""
HOURS = 24
"""Hours within which a batch is answered, or expires."""

_STATUSES = {
    "QUEUED": "validating",
    "RUNNING": "in_progress",
    "SUCCESS": "completed",
    "FAILED": "failed",
    "TIMEOUT_EXCEEDED": "expired",
    "CANCELLATION_REQUESTED": "cancelling",
    "CANCELLED": "cancelled",
}
"""Mistral's statuses in OpenAI's words."""

_PAGE = 100
_MOST_PAGES = 50
_CLOCKS = timedelta(days=1)
"""How far the clocks of a server and of this machine may differ."""


class NotThere(BackendError):
    """The server does not know a batch, or a file."""


class ServerBatch(NamedTuple):
    """A batch as its server tells of it."""

    id: str
    """Its id at the server."""
    status: str
    """Its status, in OpenAI's words."""
    answered: int
    """Requests answered, failures among them."""
    inputs: tuple[str, ...]
    """Ids of the files it was made of."""
    outputs: tuple[str, ...]
    """Ids of the files of answers and of failures."""
    told: str
    """What the server says is wrong with it, empty if nothing."""


class Answers(NamedTuple):
    """What came of a batch."""

    completions: dict[str, Completion]
    """Answers, by request."""
    failures: dict[str, BackendError]
    """Why the others have none, by request: every request that has no answer is here."""
    learnt: list[str]
    """How requests must be changed for this server, as refusals show."""


def form_of(backend: Backend, request: Request, adjustments: Sequence[str]) -> tuple[bytes, BatchItem]:
    """Return the bytes of a request in a batch, the same as those of a request that is sent alone, and its item."""
    body, options = body_of(backend, request, adjustments, stream=False)
    field = next((name for name in ("max_tokens", "max_completion_tokens") if name in options), "")
    sent = parameters_sent(options, backend, max_tokens=field)
    return body, BatchItem(request=request.id, question=request.question, parameters=sent)


def line_of(protocol: str | None, request_id: str, body: bytes) -> bytes:
    """Return the line of a request in the file of a batch."""
    head = json.dumps(
        {"custom_id": request_id} | ({} if protocol == "mistral" else {"method": "POST", "url": ENDPOINT})
    )
    return head.encode()[:-1] + b', "body": ' + body + b"}\n"


def name_of(batch: Batch) -> str:
    """Return the name of the file of a batch at the server."""
    return f"comparia-{batch.id}.jsonl"


class BatchServer(OpenAICompatible):
    """A server that takes batches. Everything it is sent, and each look at it, passes the gate.

    Args:
        backend: what to ask, where, and by which protocol.
        key: its key.
        admit: the outbound gate.
    """

    def __init__(
        self, backend: Backend, key: str | None, admit: Callable[[Backend, str, bytes, int], Awaitable[None]]
    ) -> None:
        super().__init__(backend, key, admit)
        self._path = "/batch/jobs" if backend.batch == "mistral" else "/batches"
        if urlsplit(self._base).path in ("", "/"):
            self._base = f"{self._base}/v1"

    def adjusted(self, learnt: Sequence[str]) -> tuple[str, ...]:
        """Return how requests are changed for this server, with what earlier batches have shown."""
        return tuple(dict.fromkeys([*adjustments_of(self._backend), *learnt]))

    async def admit(self, body: bytes, tokens: int) -> None:
        """Have the gate check one request of a batch and write it in the journal, before any of the batch is sent.

        Raises:
            OutboundRefused: it must not leave.
        """
        await self._admit(self._backend, f"{self._base}/files", body, tokens)

    async def upload(self, batch: Batch, lines: Sequence[bytes]) -> str:
        """Send the file of a batch, whose requests the gate has admitted one by one, and return its id.

        Raises:
            BackendError: it was not taken.
        """
        boundary = f"comparia-{batch.sha256}"
        part = f'--{boundary}\r\nContent-Disposition: form-data; name="'
        head = f'{part}purpose"\r\n\r\nbatch\r\n{part}file"; filename="{name_of(batch)}"\r\n'
        content = b"".join(
            [head.encode(), b"Content-Type: application/jsonl\r\n\r\n", *lines, f"\r\n--{boundary}--\r\n".encode()]
        )
        form = f"multipart/form-data; boundary={boundary}"
        async with self._sent("POST", "/files", content, content_type=form) as response:
            return _id_of(await self._document(response))

    async def file_of(self, batch: Batch) -> str:
        """Return the id of the file of a batch, found by its name and size; empty where the server lists none.

        A server without a list of files (404) is taken to have none.

        Raises:
            BackendError: the server does not answer.
        """
        async for entry in self._listed("/files", {"purpose": "batch"}):
            size = entry.get("bytes", entry.get("size_bytes"))
            if (
                entry.get("filename") == name_of(batch)
                and size in (None, batch.size)
                and isinstance(entry.get("id"), str)
            ):
                return str(entry["id"])
            if _is_older(entry, batch):
                break
        return ""

    async def create(self, batch: Batch) -> ServerBatch:
        """Make the batch at the server of a file that is there. Raises BackendError."""
        about = {"comparia": batch.id, "sha256": batch.sha256}
        if self._backend.batch == "mistral":
            asked: dict[str, Any] = {"input_files": [batch.file], "model": self._backend.model, "timeout_hours": HOURS}
        else:
            asked = {"input_file_id": batch.file, "completion_window": f"{HOURS}h"}
        body = json.dumps({**asked, "endpoint": ENDPOINT, "metadata": about}).encode()
        async with self._exchange("POST", self._path, body, 0) as response:
            return _server_batch(await self._document(response))

    async def find(self, batch: Batch) -> ServerBatch | None:
        """Return the batch as the server has it, found by its metadata or its file; None where it lists none.

        A server without a list of batches (404) is taken to have none: after an interruption, a batch that it took may
        be sent to it again.

        Raises:
            BackendError: the server does not answer.
        """
        async for entry in self._listed(self._path, {}):
            about = entry.get("metadata")
            named = isinstance(about, dict) and about.get("comparia") == batch.id
            if named or (batch.file and batch.file in _server_batch(entry).inputs):
                return _server_batch(entry)
            if _is_older(entry, batch):
                break
        return None

    async def look(self, batch: Batch) -> ServerBatch:
        """Return what the server says of a batch. Raises NotThere, BackendError."""
        async with self._exchange("GET", f"{self._path}/{quote(batch.server_id, safe='')}", b"", 0) as response:
            return _server_batch(await self._document(response))

    async def cancel(self, batch: Batch) -> ServerBatch:
        """Have the server stop a batch, and return what it says of it; one that is over already is told as it is.

        Raises:
            NotThere: the server does not know it.
            BackendError: it refuses, or does not answer.
        """
        path = f"{self._path}/{quote(batch.server_id, safe='')}"
        try:
            async with self._exchange("POST", f"{path}/cancel", b"", 0) as response:
                return _server_batch(await self._document(response))
        except NotThere:
            raise
        except BackendError as error:
            if error.kind != "rejected":
                raise
            found = await self.look(batch)  # servers refuse to cancel what is over, or is being cancelled
            if found.status in ENDED or found.status == "cancelling":
                return found
            raise

    async def answers(self, batch: Batch, found: ServerBatch, *, whole: bool = True) -> Answers:
        """Read what came of a batch that has ended, by request: an order of lines is not relied on.

        Args:
            batch: the batch.
            found: the batch as the server tells of it.
            whole: whether a file whose last line is cut is read again later; if not, what can be read of it counts.

        Raises:
            BackendError: a file of answers could not be read now, or is cut, and may be whole later.
        """
        if whole and found.answered and not found.outputs:
            raise BackendError("bad_response", _("the file of answers is not there yet"), retryable=True)
        self._adjustments = list(batch.adjustments)  # answers tell how their requests were changed
        answers = Answers({}, {}, [])
        gone = False
        for file in found.outputs:
            try:
                content = await self._content(file, len(batch.items))
            except NotThere:
                gone = True
                continue
            lines, cut = _lines(content)
            if cut and whole:
                raise BackendError("bad_response", _("the file of answers is cut"), retryable=True)
            self._take(lines, batch, answers)
            await asyncio.sleep(0)
        for item in batch.items:
            if item.request not in answers.completions and item.request not in answers.failures:
                answers.failures[item.request] = _unanswered(found, gone=gone)
        return answers

    def _take(self, lines: Sequence[Mapping[str, Any]], batch: Batch, answers: Answers) -> None:
        """Add the lines of one file to the answers; of several lines about a request, an answer counts."""
        items = {item.request: item for item in batch.items}
        for line in lines:
            item = items.get(str(line.get("custom_id")))
            if item is None or item.request in answers.completions:
                continue
            try:
                answer = self._answer(line, item, answers.learnt)
            except BackendError as error:
                answers.failures[item.request] = error
                continue
            about = {"parameters": item.parameters, "batch": batch.id, "price_share": batch.price_share}
            answers.completions[item.request] = answer.model_copy(update=about)
            answers.failures.pop(item.request, None)

    async def remove(self, file: str) -> None:
        """Remove a file at the server; one that is not there is removed. Raises BackendError."""
        try:
            async with self._exchange("DELETE", f"/files/{quote(file, safe='')}", b"", 0) as response:
                await read_whole(response)
        except NotThere:
            return

    async def _content(self, file: str, items: int) -> bytes:
        longest = MAX_ANSWER_BYTES * min(max(items, 1), 50)
        path = f"/files/{quote(file, safe='')}/content"
        await self._admit(self._backend, self._base + path, b"", 0)
        async with self._sent("GET", path, b"", longest=longest, silence=self._backend.timeout) as response:
            return await read_whole(response, longest)

    def _answer(self, line: Mapping[str, Any], item: BatchItem, learnt: list[str]) -> Completion:
        """Return the answer in one line. Raises BackendError: it holds a failure."""
        response, error = line.get("response"), line.get("error")
        response = response if isinstance(response, dict) else {}
        status, body = response.get("status_code"), response.get("body")
        if status == 200 and isinstance(body, dict):
            return self._completion(json.dumps(body).encode(), None)
        content = body if isinstance(body, dict | str) and body else {"error": error} if error else {}
        said = said_of(content)
        if said.code == "batch_expired":
            raise _expired()
        if said.code == "batch_cancelled":
            raise _cancelled()
        words = self._server_words(json.dumps(content, ensure_ascii=False).encode("utf-8", "replace"))
        if not isinstance(status, int) or status == 200:
            status = status_in(words)
        if status in (400, 404, 422, 500, 501) and (how := adjustment(words, item.parameters, system=True)):
            learnt.append(how)
        raise refusal(status, words, key_variable=self._backend.key_variable, address=self._base)

    async def _listed(self, path: str, query: Mapping[str, str]) -> Any:
        """Yield the entries of a list, page after page, as the protocol counts them."""
        mistral, after = self._backend.batch == "mistral", ""
        for page in range(_MOST_PAGES):
            place = (
                {"page": page, "page_size": _PAGE}
                if mistral
                else {"limit": _PAGE, **({"after": after} if after else {})}
            )
            await self._admit(self._backend, self._base + path, b"", 0)
            try:
                async with self._sent("GET", f"{path}?{urlencode({**query, **place})}", b"") as response:
                    document = await self._document(response)
            except NotThere:  # it lists nothing
                return
            entries = [entry for entry in document.get("data") or [] if isinstance(entry, dict)]
            for entry in entries:
                yield entry
            after = str(entries[-1].get("id", "")) if entries else ""
            if len(entries) < _PAGE and not document.get("has_more"):
                return
            if not after:
                return

    async def _document(self, response: httpx.Response) -> dict[str, Any]:
        try:
            document = json.loads((await read_whole(response)).decode("utf-8-sig", "replace"))
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise BackendError("bad_response", _("the answer is cut or is not JSON"), retryable=True)
        return document

    def _error_of(
        self,
        response: httpx.Response,
        content: bytes,
        body: bytes = b"",
        options: Mapping[str, Any] | None = None,
        url: str = "",
    ) -> BackendError:
        if response.status_code == 404:
            words = self._server_words(content, body)
            cure = _("Its batches are asked for at {url}: does this server take any?").format(url=url)
            return NotThere("rejected", f"HTTP 404: {words.message}" if words.message else "HTTP 404", cure)
        return super()._error_of(response, content, body, options, url)


def _is_older(entry: Mapping[str, Any], batch: Batch) -> bool:
    """Return whether an entry of a list, newest first, was there before a batch was written down."""
    made = entry.get("created_at")
    return isinstance(made, int | float) and made < (batch.made_at - _CLOCKS).timestamp()


def _server_batch(document: Mapping[str, Any]) -> ServerBatch:
    """Return a batch of either protocol. Raises BackendError: it has no id."""
    counts = document.get("request_counts")
    counts = counts if isinstance(counts, dict) else document
    done = (
        [counts.get(name) for name in ("completed", "failed")]
        if counts is not document
        else [counts.get("completed_requests")]
    )
    inputs = document.get("input_files") or [document.get("input_file_id")]
    files = [document.get(f"{kind}_file_id") or document.get(f"{kind}_file") for kind in ("output", "error")]
    errors = document.get("errors")
    errors = errors.get("data") if isinstance(errors, dict) else errors
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    status = str(document.get("status") or "")
    return ServerBatch(
        id=_id_of(document),
        status=_STATUSES.get(status, status.lower()),
        answered=sum(n for n in done if isinstance(n, int)),
        inputs=tuple(str(file) for file in (inputs if isinstance(inputs, list) else []) if file),
        outputs=tuple(str(file) for file in files if file),
        told=str(first.get("message") or "")[:300],
    )


def _id_of(document: Mapping[str, Any]) -> str:
    found = document.get("id")
    if not isinstance(found, str) or not found:
        raise BackendError("bad_response", _("the server gives no id"), retryable=True)
    return found


def _lines(content: bytes) -> tuple[list[dict[str, Any]], bool]:
    """Return the lines of a file of answers that can be read, and whether its last line is cut."""
    found: list[dict[str, Any]] = []
    cut = False
    for line in content.splitlines():
        try:
            document = json.loads(line)
        except (ValueError, RecursionError):
            cut = bool(line.strip())
            continue
        cut = False
        if isinstance(document, dict):
            found.append(document)
    return found, cut and not content.endswith(b"\n")


def _expired() -> BackendError:
    cure = _("Ask for what is missing, in a batch or without.")
    return BackendError("timeout", _("the batch expired before this request was answered"), cure)


def _cancelled() -> BackendError:
    return BackendError("cancelled", _("the batch was cancelled at the provider's"), _("Ask for it again."))


def _unanswered(found: ServerBatch, *, gone: bool) -> BackendError:
    """Return why a request of a batch that has ended has no answer."""
    if gone:
        return BackendError("server_error", _("the server has lost the file of answers"), _("Ask for it again."))
    if found.status == "expired":
        return _expired()
    if found.status == "cancelled":
        return _cancelled()
    if found.status == "failed":
        if found.told:
            return BackendError("rejected", _("the batch was refused: {answer}").format(answer=found.told))
        return BackendError("rejected", _("the batch was refused"))
    return BackendError("bad_response", _("the batch holds no answer to this request"), _("Ask for it again."))


def sha256_of(lines: Sequence[bytes]) -> str:
    """Return the hash of the file of a batch."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line)
    return digest.hexdigest()

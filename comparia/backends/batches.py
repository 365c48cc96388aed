"""Batches of requests, as OpenAI and Mistral take them: one file sent, a job made of it, its answers read back.

Both keep files at `/files` (`POST`, `GET ?purpose=batch`, `GET /{id}/content`, `DELETE /{id}`) and answer with lines of
JSON, in any order: `{"custom_id", "response": {"status_code", "body"}, "error"}`. The job is `/batches` at OpenAI
(developers.openai.com/api/docs/guides/batch) and `/batch/jobs` at Mistral (docs.mistral.ai/capabilities/batch).
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

import httpx

from comparia.backends.answers import parameters_sent
from comparia.backends.openai_compatible import (
    MAX_ANSWER_BYTES,
    OpenAICompatible,
    adaptations_of,
    body_of,
    read_whole,
)
from comparia.backends.refusals import adaptation, refusal, said_of, status_in
from comparia.errors import BackendError
from comparia.messages import sentence as _
from comparia.records import Backend, Batch, BatchItem, Completion, Request

ENDPOINT = "/v1/chat/completions"
MOST_REQUESTS = 50_000
MOST_BYTES = 90_000_000
"""Requests and bytes of one batch: OpenAI takes 50,000 and 200 MB, Mistral more; a file is held in memory."""
HOURS = 24
"""Hours within which a batch is answered, or expires."""

ENDED = frozenset(("completed", "failed", "expired", "cancelled"))
"""Statuses after which nothing more comes."""
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


class Job(NamedTuple):
    """A batch as the server tells of it."""

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

    completions: Mapping[str, Completion]
    """Answers, by request."""
    failures: Mapping[str, BackendError]
    """Why the others have none, by request: every request that has no answer is here."""
    learnt: tuple[str, ...]
    """How requests must be changed for this server, as refusals show."""


def form_of(backend: Backend, request: Request, adaptations: Sequence[str]) -> tuple[bytes, BatchItem]:
    """Return the bytes of a request in a batch, the same as those of a request that is sent alone, and its item."""
    body, options = body_of(backend, request, adaptations, stream=False)
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
        self._jobs = "/batch/jobs" if backend.batch == "mistral" else "/batches"
        if urlsplit(self._base).path in ("", "/"):
            self._base = f"{self._base}/v1"

    def adapted(self, learnt: Sequence[str]) -> tuple[str, ...]:
        """Return how requests are changed for this server, with what earlier batches have shown."""
        return tuple(dict.fromkeys([*adaptations_of(self._backend), *learnt]))

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

    async def create(self, batch: Batch) -> Job:
        """Make the job of a batch whose file is there. Raises BackendError."""
        about = {"comparia": batch.id, "sha256": batch.sha256}
        if self._backend.batch == "mistral":
            asked: dict[str, Any] = {"input_files": [batch.file], "model": self._backend.model, "timeout_hours": HOURS}
        else:
            asked = {"input_file_id": batch.file, "completion_window": f"{HOURS}h"}
        body = json.dumps({**asked, "endpoint": ENDPOINT, "metadata": about}).encode()
        async with self._exchange("POST", self._jobs, body, 0) as response:
            return _job(await self._document(response))

    async def find(self, batch: Batch) -> Job | None:
        """Return the job of a batch, found by its metadata or its file; None where the server lists none.

        A server without a list of batches (404) is taken to have none: after an interruption, a batch that it took may
        be sent to it again.

        Raises:
            BackendError: the server does not answer.
        """
        async for entry in self._listed(self._jobs, {}):
            about = entry.get("metadata")
            named = isinstance(about, dict) and about.get("comparia") == batch.id
            if named or (batch.file and batch.file in _job(entry).inputs):
                return _job(entry)
            if _is_older(entry, batch):
                break
        return None

    async def look(self, batch: Batch) -> Job:
        """Return what the server says of a batch. Raises NotThere, BackendError."""
        async with self._exchange("GET", f"{self._jobs}/{quote(batch.server_id, safe='')}", b"", 0) as response:
            return _job(await self._document(response))

    async def answers(self, batch: Batch, job: Job) -> Answers:
        """Read what came of a batch that has ended, by request: an order of lines is not relied on.

        Raises:
            BackendError: a file of answers could not be read now, and may be later.
        """
        self._adaptations = list(batch.adaptations)  # answers tell how their requests were changed
        items = {item.request: item for item in batch.items}
        completions: dict[str, Completion] = {}
        failures: dict[str, BackendError] = {}
        learnt: list[str] = []
        gone = False
        for file in job.outputs:
            try:
                content = await self._content(file, len(items))
            except NotThere:
                gone = True
                continue
            for line in _lines(content):
                item = items.get(str(line.get("custom_id")))
                if item is None or item.request in completions:
                    continue
                try:
                    answer = self._answer(line, item, learnt)
                except BackendError as error:
                    failures[item.request] = error
                    continue
                about = {"parameters": item.parameters, "batch": batch.id, "price_share": batch.price_share}
                completions[item.request] = answer.model_copy(update=about)
                failures.pop(item.request, None)
            await asyncio.sleep(0)
        for request in items.keys() - completions.keys() - failures.keys():
            failures[request] = _unanswered(job, gone=gone)
        return Answers(
            completions, failures, tuple(dict.fromkeys(how for how in learnt if how not in batch.adaptations))
        )

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
        words = self._server_words(json.dumps(content, ensure_ascii=False).encode("utf-8", "replace"))
        if not isinstance(status, int) or status == 200:
            status = status_in(words)
        if status in (400, 404, 422, 500, 501) and (how := adaptation(words, item.parameters, system=True)):
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


def _job(document: Mapping[str, Any]) -> Job:
    """Return a job of either protocol. Raises BackendError: it has no id."""
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
    return Job(
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


def _lines(content: bytes) -> Iterator[dict[str, Any]]:
    """Yield the lines of a file of answers that can be read; a cut line is none."""
    for line in content.splitlines():
        try:
            document = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(document, dict):
            yield document


def _expired() -> BackendError:
    cure = _("Ask for what is missing, in a batch or without.")
    return BackendError("timeout", _("the batch expired before this request was answered"), cure)


def _unanswered(job: Job, *, gone: bool) -> BackendError:
    """Return why a request of a batch that has ended has no answer."""
    if gone:
        return BackendError("server_error", _("the server has lost the file of answers"), _("Ask for it again."))
    if job.status == "expired":
        return _expired()
    if job.status == "cancelled":
        return BackendError("cancelled", _("the batch was cancelled at the provider's"), _("Ask for it again."))
    if job.status == "failed":
        if job.told:
            return BackendError("rejected", _("the batch was refused: {answer}").format(answer=job.told))
        return BackendError("rejected", _("the batch was refused"))
    return BackendError("bad_response", _("the batch holds no answer to this request"), _("Ask for it again."))


def sha256_of(lines: Sequence[bytes]) -> str:
    """Return the hash of the file of a batch."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line)
    return digest.hexdigest()

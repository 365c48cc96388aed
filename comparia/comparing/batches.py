"""The batches of one run: written down, sent, matched with those of the server, read back.

A run is carried out in passes. In each, cells go as far as their answers are there; what they ask next is taken into a
batch, and they wait for the next pass. Everything that a pass rests on is in the store: a process that was killed at
any moment is followed by another that finds what the server has, by the id that stands in the metadata of a batch and
in the name of its file.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any, NamedTuple

from comparia import privacy
from comparia.asking import Channel
from comparia.backends import Admit
from comparia.backends.batches import (
    ENDED,
    MOST_BYTES,
    MOST_REQUESTS,
    BatchServer,
    Job,
    NotThere,
    form_of,
    line_of,
    sha256_of,
)
from comparia.backends.openai_compatible import body_of, without_echo
from comparia.errors import BackendError, CompariaError, OutboundRefused
from comparia.keys import ENVIRONMENT
from comparia.messages import Sentence
from comparia.messages import sentence as _
from comparia.records import Backend, Batch, BatchItem, Request, Run, content_id, now
from comparia.store import Store

AT_ONCE = 200
"""Requests that the gate looks at together."""


class _Form(NamedTuple):
    """One request as it is sent."""

    body: bytes
    tokens: int
    line: bytes
    item: BatchItem


class Waiting(Exception):
    """A cell goes no further before a batch is answered."""


class Batching:
    """How one run is asked in batches, over all passes of one command.

    Args:
        run: the run, as it is stored.
        store: where batches and answers are kept.
        endpoints: its backends as they are now, by name: what they say of batches counts.
        new: whether what is asked now goes into batches; if not, only those that were sent earlier are read.
        environ: holds the keys.
    """

    def __init__(
        self,
        run: Run,
        store: Store,
        endpoints: Sequence[Backend] = (),
        *,
        new: bool = False,
        environ: Mapping[str, str] = ENVIRONMENT,
    ) -> None:
        told = {backend.name: (backend.batch, backend.batch_price) for backend in (*run.backends, *endpoints)}
        self._backends = {
            backend.name: backend.model_copy(
                update={"batch": told[backend.name][0], "batch_price": told[backend.name][1]}
            )
            for backend in run.backends
        }
        self._run = run
        self._store = store
        self._new = new
        self._environ = environ
        self._veil = privacy.veil_of(run.pseudonyms, run.transcript) if run.pseudonyms else None
        self._asked: dict[str, dict[str, Request]] = {}
        self._failures: dict[str, BackendError | OutboundRefused] = {}
        self._in_flight: frozenset[str] = frozenset()
        self.waiting: set[str] = set()
        """Ids of the variants that wait for a batch, as the last pass left them."""
        self.unreachable = ""
        """What the last look at a server that did not answer said; empty where all answered."""
        self.looked = False
        """Whether the servers were asked since the last pass."""

    @property
    def open(self) -> list[Batch]:
        """The batches of the run that are not read yet."""
        return [batch for batch in self._store.batches.of(self._run.id, open_only=True) if batch.in_flight]

    @property
    def left(self) -> bool:
        """Whether a batch of the run is not read, or its files are still at the server."""
        return bool(self._store.batches.of(self._run.id, open_only=True))

    # Asking -----------------------------------------------------------------------------------------------------------

    def ask(self, backend: Backend, request: Request) -> None:
        """Take a request that is not answered; return where it is to be asked alone.

        Raises:
            Waiting: it is in a batch.
            BackendError, OutboundRefused: its batch has failed it, in this command.
        """
        if (error := self._failures.get(request.id)) is not None:
            raise self._told(error, backend, request)
        if request.id in self._in_flight:
            raise Waiting
        if self._new and self._backends[backend.name].batch is not None:
            self._asked.setdefault(backend.name, {})[request.id] = request
            raise Waiting

    def _told(self, error: CompariaError, backend: Backend, request: Request) -> CompariaError:
        """Return a failure without what the server repeats of the request."""
        if isinstance(error, BackendError) and not isinstance(error.message, Sentence):
            error.message = without_echo(error.message, body_of(backend, request, (), stream=False)[0])
        return error

    # Sending ----------------------------------------------------------------------------------------------------------

    async def submit(self) -> bool:
        """Send what was taken since the last time, a batch a backend and more where it is large.

        Returns:
            Whether a request has failed at once: its cell is to be told.
        """
        asked, self._asked = self._asked, {}
        before = len(self._failures)
        for name, requests in asked.items():
            async with self._channel(name) as channel:
                learnt = [how for batch in self._earlier(name) for how in (*batch.adaptations, *batch.learnt)]
                adaptations = channel.client.adapted(learnt)
                async for forms in self._admitted(channel, list(requests.values()), adaptations):
                    await self._send(channel, name, forms, adaptations)
        self._note_in_flight()
        return len(self._failures) > before

    async def _admitted(
        self, channel: Channel[BatchServer], requests: Sequence[Request], adaptations: Sequence[str]
    ) -> AsyncIterator[list[_Form]]:
        """Have the gate look at every request by itself; yield what may leave, in files of a size that is taken."""
        file: list[_Form] = []
        size = 0
        for start in range(0, len(requests), AT_ONCE):
            forms = [_form(channel.backend, request, adaptations) for request in requests[start : start + AT_ONCE]]
            found = await asyncio.gather(
                *(channel.client.admit(form.body, form.tokens) for form in forms), return_exceptions=True
            )
            for form, refused in zip(forms, found, strict=True):
                if isinstance(refused, OutboundRefused):
                    self._failures[form.item.request] = refused
                    continue
                if refused is not None:
                    raise refused
                if file and (size + len(form.line) > MOST_BYTES or len(file) == MOST_REQUESTS):
                    yield file
                    file, size = [], 0
                file.append(form)
                size += len(form.line)
        if file:
            yield file

    async def _send(
        self,
        channel: Channel[BatchServer],
        name: str,
        forms: Sequence[_Form],
        adaptations: tuple[str, ...],
    ) -> None:
        """Write a batch down, send its file, make its job; what is refused fails each of its requests."""
        lines = [form.line for form in forms]
        identity = [self._run.id, name, [form.item.request for form in forms], len(self._earlier(name))]
        batch = Batch(
            id=content_id("bt", identity),
            run=self._run.id,
            backend=name,
            items=tuple(form.item for form in forms),
            sha256=sha256_of(lines),
            size=sum(map(len, lines)),
            price_share=channel.backend.batch_price,
            adaptations=adaptations,
            made_at=now(),
        )
        self._store.batches.keep(batch)

        async def upload(attempt: int) -> str:
            if attempt > 1:
                if there := await channel.client.file_of(batch):
                    return there
                await asyncio.gather(*(channel.client.admit(form.body, form.tokens) for form in forms))
            return await channel.client.upload(batch, lines)

        try:
            batch = self._kept(batch, file=await channel.paced(0, upload))
            self._kept(batch, **_of(await self._created(channel, batch)))
        except BackendError as error:
            self._failures.update({item.request: error for item in batch.items})
            if not error.retryable:  # the server has refused it; of another error, it may have it all the same
                await self._clear(channel, self._kept(batch, state="read", left=(batch.file,) if batch.file else ()))

    async def _created(self, channel: Channel[BatchServer], batch: Batch) -> Job:
        async def create(attempt: int) -> Job:
            there = await channel.client.find(batch) if attempt > 1 else None
            return there or await channel.client.create(batch)

        return await channel.paced(0, create)

    # Reading ----------------------------------------------------------------------------------------------------------

    async def look(self) -> bool:
        """Ask the servers about the batches of the run, and read those that have ended.

        Returns:
            Whether one has ended: the cells that wait can go on.

        Raises:
            BackendError: a server refuses to tell, and asking again would not help.
        """
        ended, self.unreachable, self.looked = False, "", True
        async with AsyncExitStack() as stack:
            channels: dict[str, Channel[BatchServer]] = {}
            for batch in self._store.batches.of(self._run.id, open_only=True):
                if batch.backend not in channels:
                    channels[batch.backend] = await stack.enter_async_context(self._channel(batch.backend))
                try:
                    ended |= await self._look_at(channels[batch.backend], batch)
                except BackendError as error:
                    if not error.retryable:
                        raise
                    self.unreachable = str(error)
        self._note_in_flight()
        return ended

    async def _look_at(self, channel: Channel[BatchServer], batch: Batch) -> bool:
        server = channel.client
        if not batch.in_flight:
            await self._clear(channel, batch)
            return False
        if not batch.server_id:
            job = await self._matched(channel, batch)
        else:
            try:
                job = await channel.paced(0, lambda _attempt: server.look(batch))
            except NotThere:
                lost = _("the server does not know the batch {batch} any more").format(batch=batch.server_id)
                failure = BackendError("server_error", lost, _("Ask for it again."))
                self._failures.update({item.request: failure for item in batch.items})
                await self._clear(channel, self._kept(batch, state="read", left=(batch.file,) if batch.file else ()))
                return True
        if job is None:
            self._store.batches.remove(batch.id)
            return False
        batch = self._kept(batch, **_of(job))
        if job.status not in ENDED:
            return False
        answers = await channel.paced(0, lambda _attempt: server.answers(batch, job))
        questions = {item.request: item.question for item in batch.items}
        await asyncio.gather(
            *(
                self._store.answers.add_completion(self._run.id, request, questions[request], batch.backend, completion)
                for request, completion in answers.completions.items()
            )
        )
        self._failures.update(answers.failures)
        files = tuple(dict.fromkeys(filter(None, (batch.file, *job.inputs, *job.outputs))))
        await self._clear(channel, self._kept(batch, state="read", learnt=answers.learnt, left=files))
        return True

    async def _matched(self, channel: Channel[BatchServer], batch: Batch) -> Job | None:
        """Return the job of a batch that was written down, and of which nothing more is known.

        It is the one that the server has; else it is made of the file that the server has; None where it has neither.
        """
        server = channel.client
        if (job := await channel.paced(0, lambda _attempt: server.find(batch))) is not None:
            return job
        file = await channel.paced(0, lambda _attempt: server.file_of(batch))
        if not file:
            return None
        try:
            return await self._created(channel, self._kept(batch, file=file))
        except BackendError as error:
            if error.retryable:
                raise
            return None  # the file is no longer good: it is sent anew

    async def _clear(self, channel: Channel[BatchServer], batch: Batch) -> None:
        """Remove the files of a batch at the server; what cannot be removed now is tried at the next look."""
        left = []
        for file in batch.left:
            try:
                await channel.client.remove(file)
            except BackendError:
                left.append(file)
        self._kept(batch, left=tuple(left), state="read" if left else "cleared")

    # ------------------------------------------------------------------------------------------------------------------

    def _channel(self, name: str) -> Channel[BatchServer]:
        def make(backend: Backend, admit: Admit) -> BatchServer:
            return BatchServer(backend, self._environ.get(backend.key_variable) or None, admit)

        backend, run = self._backends[name], self._run
        return Channel(
            backend, self._store, make, policy=run.policy, environ=self._environ, run=run.id, veil=self._veil
        )

    def _earlier(self, name: str) -> list[Batch]:
        return [batch for batch in self._store.batches.of(self._run.id) if batch.backend == name]

    def _kept(self, batch: Batch, **changes: Any) -> Batch:
        """Return a batch with changes, once it is on disk."""
        changed = batch.model_copy(update=changes)
        self._store.batches.keep(changed)
        return changed

    def _note_in_flight(self) -> None:
        self._in_flight = frozenset(item.request for batch in self.open for item in batch.items)


def _form(backend: Backend, request: Request, adaptations: Sequence[str]) -> _Form:
    body, item = form_of(backend, request, adaptations)
    return _Form(body, request.input_tokens, line_of(backend.batch, item.request, body), item)


def _of(job: Job) -> dict[str, Any]:
    """Return what a batch keeps of its job."""
    about = {"server_id": job.id, "status": job.status, "answered": job.answered, "seen_at": now(), "state": "sent"}
    return about | ({"file": job.inputs[0]} if job.inputs else {})

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
from typing import Any, Literal, NamedTuple

from comparia import privacy
from comparia.asking import Channel
from comparia.backends import Admit
from comparia.backends.batches import (
    MOST_BYTES,
    MOST_REQUESTS,
    BatchServer,
    NotThere,
    ServerBatch,
    form_of,
    line_of,
    sha256_of,
)
from comparia.backends.openai_compatible import body_of, without_echo
from comparia.errors import BackendError, CompariaError, OutboundRefused
from comparia.keys import ENVIRONMENT
from comparia.messages import Sentence
from comparia.messages import sentence as _
from comparia.records import ENDED, Backend, Batch, BatchItem, Leftover, Reason, Request, Run, content_id, now
from comparia.store import Store

AT_ONCE = 200
"""Requests that the gate looks at together."""

Asking = Literal["alone", "in_batches", "nothing"]
"""How what has no answer is asked: each request alone, in batches where the server takes them, or not at all."""


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
        asking: how what has no answer is asked; batches that were sent earlier are read in any case.
        environ: holds the keys.
    """

    def __init__(
        self,
        run: Run,
        store: Store,
        endpoints: Sequence[Backend] = (),
        *,
        asking: Asking = "alone",
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
        self._asking = asking
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

    def take(self, backend: Backend, request: Request) -> None:
        """Take a request that has no answer into the next batch; return where it is to be asked alone.

        Raises:
            Waiting: it is in a batch, will be in the next, or is not to be asked.
            BackendError, OutboundRefused: its batch has failed it, in this command.
        """
        if (error := self._failures.get(request.id)) is not None:
            raise self._without_echo(error, backend, request)
        if request.id in self._in_flight or self._asking == "nothing":
            raise Waiting
        if self._asking == "in_batches" and self._backends[backend.name].batch is not None:
            self._asked.setdefault(backend.name, {})[request.id] = request
            raise Waiting

    def _without_echo(self, error: CompariaError, backend: Backend, request: Request) -> CompariaError:
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
                learnt = [how for batch in self._earlier(name) for how in (*batch.adjustments, *batch.learnt)]
                adjustments = channel.client.adjusted(learnt)
                async for forms in self._admitted(channel, list(requests.values()), adjustments):
                    await self._send(channel, self._written_down(channel.backend, forms, adjustments), forms)
        self._note_in_flight()
        return len(self._failures) > before

    async def _admitted(
        self, channel: Channel[BatchServer], requests: Sequence[Request], adjustments: Sequence[str]
    ) -> AsyncIterator[list[_Form]]:
        """Have the gate look at every request by itself; yield what may leave, in files of a size that is taken."""
        file: list[_Form] = []
        size = 0
        for start in range(0, len(requests), AT_ONCE):
            forms = [_form(channel.backend, request, adjustments) for request in requests[start : start + AT_ONCE]]
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

    def _written_down(self, backend: Backend, forms: Sequence[_Form], adjustments: tuple[str, ...]) -> Batch:
        """Return a batch of requests, once it is on disk: nothing of it is sent yet."""
        lines = [form.line for form in forms]
        identity = [
            self._run.id, backend.name, [form.item.request for form in forms], len(self._earlier(backend.name))
        ]  # fmt: skip
        batch = Batch(
            id=content_id("bt", identity),
            run=self._run.id,
            backend=backend.name,
            items=tuple(form.item for form in forms),
            sha256=sha256_of(lines),
            size=sum(map(len, lines)),
            price_share=backend.batch_price,
            adjustments=adjustments,
            made_at=now(),
        )
        self._store.batches.keep(batch)
        return batch

    async def _send(self, channel: Channel[BatchServer], batch: Batch, forms: Sequence[_Form]) -> None:
        """Send the file of a batch, and have it made; what is refused fails each of its requests."""
        lines = [form.line for form in forms]

        async def upload(attempt: int) -> str:
            if attempt > 1:
                if there := await channel.client.file_of(batch):
                    return there
                await asyncio.gather(*(channel.client.admit(form.body, form.tokens) for form in forms))
            return await channel.client.upload(batch, lines)

        try:
            batch = self._kept(batch, file=await channel.paced(0, upload))
            self._kept(batch, **_facts(await self._created(channel, batch)))
        except BackendError as error:
            self._failures.update({item.request: error for item in batch.items})
            if not error.retryable:  # the server has refused it; of another error, it may have it all the same
                await self._close(channel, batch)

    async def _created(self, channel: Channel[BatchServer], batch: Batch) -> ServerBatch:
        async def create(attempt: int) -> ServerBatch:
            there = await channel.client.find(batch) if attempt > 1 else None
            return there or await channel.client.create(batch)

        return await channel.paced(0, create)

    # Reading ----------------------------------------------------------------------------------------------------------

    async def look(self, *, cancel: bool = False) -> bool:
        """Ask the servers about the batches of the run, and read those that have ended.

        Every batch is looked at, also where the server of another refuses.

        Args:
            cancel: have the servers stop those that have not ended. What they have answered by then is read as any
                other answer; a batch that is being cancelled is read by a later look.

        Returns:
            Whether one has ended: the cells that wait can go on.

        Raises:
            BackendError: a server refuses, and asking again would not help.
        """
        ended, self.unreachable, self.looked = False, "", True
        refusal: BackendError | None = None
        async with AsyncExitStack() as stack:
            channels: dict[str, Channel[BatchServer]] = {}
            for batch in self._store.batches.of(self._run.id, open_only=True):
                if batch.backend not in channels:
                    channels[batch.backend] = await stack.enter_async_context(self._channel(batch.backend))
                try:
                    ended |= await self._look_at(channels[batch.backend], batch, cancel=cancel)
                except BackendError as error:
                    if error.retryable:
                        self.unreachable = str(error)
                    else:
                        refusal = refusal or error
        self._note_in_flight()
        if refusal is not None:
            raise refusal
        return ended

    async def _look_at(self, channel: Channel[BatchServer], batch: Batch, *, cancel: bool) -> bool:
        """Look at one batch, read it if it has ended, and return whether it has."""
        server = channel.client
        if not batch.in_flight:
            await self._clear(channel, batch)
            return False
        try:
            if batch.server_id:
                found: ServerBatch | None = await channel.paced(0, lambda _attempt: server.look(batch))
            else:
                found = await self._matched(channel, batch, make=not cancel)
            if found is not None and cancel and found.status not in ENDED and found.status != "cancelling":
                batch = self._kept(batch, **_facts(found))
                found = await channel.paced(0, lambda _attempt: server.cancel(batch))
        except NotThere:
            lost = _("the server does not know the batch {batch} any more").format(batch=batch.server_id)
            failure = BackendError("server_error", lost, _("Ask for it again."))
            self._failures.update({item.request: failure for item in batch.items})
            await self._close(channel, batch)
            return True
        if found is None:
            return False
        batch = self._kept(batch, **_facts(found))
        if found.status not in ENDED:
            return False
        await self._read(channel, batch, found, whole=not cancel)
        return True

    async def _read(self, channel: Channel[BatchServer], batch: Batch, found: ServerBatch, *, whole: bool) -> None:
        """Keep the answers of a batch that has ended; its files are removed at the server once they are on disk."""
        answers = await channel.paced(0, lambda _attempt: channel.client.answers(batch, found, whole=whole))
        questions = {item.request: item.question for item in batch.items}
        await asyncio.gather(
            *(
                self._store.answers.add_completion(self._run.id, request, questions[request], batch.backend, completion)
                for request, completion in answers.completions.items()
            )
        )
        self._failures.update(answers.failures)
        learnt = tuple(dict.fromkeys(how for how in answers.learnt if how not in batch.adjustments))
        await self._close(channel, batch, *found.inputs, *found.outputs, learnt=learnt)

    async def _matched(self, channel: Channel[BatchServer], batch: Batch, *, make: bool) -> ServerBatch | None:
        """Return what the server has of a batch that was written down, and of which nothing more is known.

        It is the batch that the server has; else one made of the file that it has. Where it has neither, the batch is
        forgotten: its requests are asked anew.

        Args:
            channel: the way to the server.
            batch: the batch.
            make: whether it is to be made of its file; if not, the file is removed.
        """
        server = channel.client
        if (found := await channel.paced(0, lambda _attempt: server.find(batch))) is not None:
            return found
        file = batch.file or await channel.paced(0, lambda _attempt: server.file_of(batch))
        if file and not make:
            await self._close(channel, self._kept(batch, file=file))
            return None
        if file:
            try:
                return await self._created(channel, self._kept(batch, file=file))
            except BackendError as error:
                if error.retryable:
                    raise
        self._store.batches.remove(batch.id)  # the server has nothing, or its file is no longer good
        return None

    # Removing ---------------------------------------------------------------------------------------------------------

    async def _close(
        self, channel: Channel[BatchServer], batch: Batch, *files: str, learnt: tuple[str, ...] = ()
    ) -> None:
        """Write down that nothing more is awaited of a batch, then remove its files at the server, and these."""
        left = tuple(dict.fromkeys(filter(None, (batch.file, *files))))
        await self._clear(channel, self._kept(batch, state="read", learnt=learnt or batch.learnt, left=left))

    async def _clear(self, channel: Channel[BatchServer], batch: Batch) -> None:
        """Remove the files of a batch at the server; what cannot be removed now is tried at the next look."""
        left: list[str] = []
        refusal: Reason | None = None
        for file in batch.left:
            try:
                await channel.client.remove(file)
            except BackendError as error:
                left.append(file)
                refusal = Reason.of(error.message)
        self._kept(batch, left=tuple(left), refusal=refusal, state="read" if left else "cleared")

    async def abandon(self) -> list[Leftover]:
        """Cancel the batches of a run that is about to be removed, and remove its files at the servers; read nothing.

        Returns:
            What could not be removed there, and why.
        """
        for name in dict.fromkeys(batch.backend for batch in self._store.batches.of(self._run.id, open_only=True)):
            try:
                async with self._channel(name) as channel:
                    for batch in self._earlier(name):
                        if batch.state != "cleared":
                            await self._abandon(channel, batch)
            except CompariaError as error:  # no key, or a server that the policy does not allow any more
                for batch in self._earlier(name):
                    if batch.state != "cleared":
                        self._kept(batch, refusal=Reason.of(error.message))
        return self.leftovers()

    async def _abandon(self, channel: Channel[BatchServer], batch: Batch) -> None:
        server = channel.client
        try:
            if batch.in_flight and (found := await self._stopped(server, batch)) is not None:
                batch = self._kept(batch, **_facts(found))
                if found.status not in ENDED:
                    self._kept(batch, refusal=Reason.of(_("it is being cancelled, and may still give answers")))
                    return
                await self._close(channel, batch, *found.inputs, *found.outputs)
            elif batch.in_flight:
                await self._close(channel, self._kept(batch, file=batch.file or await server.file_of(batch)))
            else:
                await self._clear(channel, batch)
        except BackendError as error:
            self._kept(batch, refusal=Reason.of(error.message))

    async def _stopped(self, server: BatchServer, batch: Batch) -> ServerBatch | None:
        """Have the server stop a batch, and return what it says of it; None where it does not know it."""
        try:
            if not batch.server_id:
                found = await server.find(batch)
                if found is None or found.status in ENDED:
                    return found
                batch = self._kept(batch, **_facts(found))
            return await server.cancel(batch)
        except NotThere:
            return None

    def leftovers(self) -> list[Leftover]:
        """Return what lies at the providers' of the batches of the run, as far as is known here; nobody is asked."""
        return [
            Leftover(
                run=self._run.id,
                backend=batch.backend,
                address=self._backends[batch.backend].base_url,
                server_id=batch.server_id if batch.in_flight else "",
                requests=len(batch.items) if batch.in_flight else 0,
                files=tuple(dict.fromkeys(filter(None, (batch.file, *batch.left)))) if batch.in_flight else batch.left,
                reason=batch.refusal,
            )
            for batch in self._store.batches.of(self._run.id, open_only=True)
        ]

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


def _form(backend: Backend, request: Request, adjustments: Sequence[str]) -> _Form:
    body, item = form_of(backend, request, adjustments)
    return _Form(body, request.input_tokens, line_of(backend.batch, item.request, body), item)


def _facts(found: ServerBatch) -> dict[str, Any]:
    """Return what a batch keeps of what its server says."""
    about = {
        "server_id": found.id, "status": found.status, "answered": found.answered, "seen_at": now(), "state": "sent"
    }  # fmt: skip
    return about | ({"file": found.inputs[0]} if found.inputs else {})

"""Carry out a plan: cells in parallel, calls at the pace of each server; an answer is stored before it is shown."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Collection, Mapping
from typing import Literal, NamedTuple

from comparia import asking
from comparia.asking import Channel
from comparia.backends import Generator
from comparia.comparing.batches import Batching, Waiting
from comparia.comparing.content import SessionWords, warnings_of
from comparia.comparing.outgoing import Outgoing
from comparia.errors import BackendError, OutboundRefused
from comparia.prompts import merged_parts
from comparia.records import (
    Backend,
    Call,
    Cell,
    Completion,
    Failure,
    Prompt,
    Reason,
    Request,
    Run,
    RunStatus,
    Usage,
    Variant,
    content_id,
    now,
)
from comparia.store import Store
from comparia.text.controls import readable
from comparia.text.size import estimate_tokens
from comparia.text.thinking import Restart

CUT_INPUT_SHARE = 0.6
"""Ratio of reported to expected input tokens under which a backend has not read the whole session.

Estimates err by up to a quarter.
"""


_NOT_OF_THE_NETWORK = frozenset(("rejected", "too_long", "refused", "not_recorded"))
"""Failures that the rehearsal would have met too, or that say that something else was asked."""


class Event(NamedTuple):
    """Something that happened to one cell."""

    kind: Literal["sent", "delta", "restart", "retry", "done"]
    """A call went out, a piece came, what had come was thinking, an attempt failed, or the variant is on disk."""
    cell: Cell
    """Which cell."""
    text: str = ""
    """The piece, or the reason of the retry."""
    variant: Variant | None = None
    """The variant, when done."""


Observer = Callable[[Event], None]

Rehearsed = Mapping[tuple[str, str], Completion]
"""Answers of a rehearsal, by backend and by the hash of what was asked."""


class Execution:
    """One run being carried out.

    Args:
        run: the run, with the variants it has already.
        store: where answers are kept.
        open_channel: opens the way to a backend.
        observer: told of events.
        stream: whether to ask for pieces.
        secrets: keys that no failure may repeat, whatever a server says.
        batching: what is asked in batches; None where every request is sent alone.
        rehearsed: answers that stand in where a backend does not answer the same question now.
    """

    def __init__(
        self,
        run: Run,
        store: Store,
        open_channel: Callable[[Backend], Channel[Generator]],
        observer: Observer | None,
        *,
        stream: bool,
        secrets: tuple[str, ...] = (),
        batching: Batching | None = None,
        rehearsed: Rehearsed | None = None,
    ) -> None:
        self._run = run
        self._store = store
        self._open_channel = open_channel
        self._notify = observer or (lambda _event: None)
        self._stream = stream
        self._secrets = secrets
        self._batching = batching
        self._rehearsed = rehearsed or {}
        self._stored = store.answers.completions(run.id)
        self._backends = {backend.name: backend for backend in run.backends}
        self._prompts = {prompt.id: prompt for prompt in run.prompts}
        self._channels: dict[str, Channel[Generator]] = {}
        self._prefix_read: dict[tuple[str, tuple[str, ...]], asyncio.Event] = {}
        self._outgoing = Outgoing(run)
        self._session_words = SessionWords(run.transcript)
        self._succeeded = {variant.id: variant for variant in run.variants if variant.failure is None}

    async def run_all(self, only: Collection[str] | None = None) -> None:
        """Write every missing variant, or those named, as far as batches are answered.

        The first store error stops everything; a failed call stops nothing.
        """
        missing = [
            cell
            for cell in self._run.plan.cells
            if cell.variant not in self._succeeded and (only is None or cell.variant in only)
        ]
        try:
            async with asyncio.TaskGroup() as group:
                for cell in missing:
                    group.create_task(self._write(cell))
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None
        finally:
            for channel in self._channels.values():
                await channel.close()

    def status(self) -> RunStatus:
        """complete, partial or failed, by what has arrived."""
        good = sum(cell.variant in self._succeeded for cell in self._run.plan.cells)
        if good == len(self._run.plan.cells):
            return "complete"
        return "partial" if good else "failed"

    async def _write(self, cell: Cell) -> None:
        """Make the recap of one cell, store it or its failure, and notify the observer.

        A cell that waits for a batch is left as it is.
        """
        if self._batching is not None:
            self._batching.waiting.discard(cell.variant)
        backend = self._backends[cell.backend]
        calls: list[Call] = []
        summary: str | None = None
        failure: Failure | None = None
        try:
            if cell.prompt is None:
                summary = await self._extract(cell, backend, calls)
            else:
                summary = await self._converse(cell, backend, self._prompts[cell.prompt], calls)
        except Waiting:
            if self._batching is not None:
                self._batching.waiting.add(cell.variant)
            return
        except BackendError as error:
            message, cure = self._said(error.message), self._said(error.cure)
            failure = Failure.model_validate(
                {
                    "kind": error.kind,
                    "message": message,
                    "cure": cure,
                    "attempts": error.attempts,
                    "usage": error.usage or Usage(),
                }
            )
        except OutboundRefused as error:
            failure = Failure(kind="refused", message=Reason.of(error.message), cure=Reason.of(error.cure))
        variant = Variant(
            id=cell.variant,
            prompt=cell.prompt,
            backend=cell.backend,
            repeat=cell.repeat,
            author=backend.author,
            summary=summary,
            failure=failure,
            calls=tuple(calls),
            warnings=self._warnings(cell, summary, calls),
            finished_at=now(),
        )
        await self._store.runs.add_variant(self._run.id, variant)
        if failure is None:
            self._succeeded[variant.id] = variant
        self._notify(Event("done", cell, variant=variant))

    def _warnings(self, cell: Cell, summary: str | None, calls: list[Call]) -> tuple[str, ...]:
        """What a reader must know of a variant: of its calls, then of its words."""
        found = [*_call_warnings(calls)]
        if summary is not None and cell.prompt is not None:
            told = warnings_of(summary, self._session_words, self._prompts[cell.prompt])
            ended = {"cut_output", "filtered"} & {*found}  # the server said so itself
            found += [code for code in told if not (code == "perhaps_cut" and ended)]
        return tuple(dict.fromkeys(found))

    def _said(self, text: str) -> Reason:
        """Return what an error says, without a secret."""
        said = Reason.of(text)
        values = {name: self._without_secrets(value) for name, value in said.values.items()}
        return Reason(template=self._without_secrets(said.template), values=values)

    def _without_secrets(self, text: str) -> str:
        text = readable(text)
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text

    async def _extract(self, cell: Cell, backend: Backend, calls: list[Call]) -> str:
        request = Request(
            id=content_id("rq", [backend.name, self._run.transcript.id, cell.repeat]),
            question=content_id("qu", [self._run.transcript.id, cell.repeat]),
            backend=backend.name,
            model=backend.model,
            messages=(),
            repeat=cell.repeat,
            transcript=self._run.transcript,
        )
        return await self._ask(cell, backend, request, "extracts", calls)

    async def _converse(self, cell: Cell, backend: Backend, prompt: Prompt, calls: list[Call]) -> str:
        """The steps of a prompt in one conversation, over the whole session or over the recaps of its parts."""
        out = self._outgoing
        session, tokens = out.parts[0]
        if len(out.parts) > 1:
            session = out.hidden(await self._read_parts(cell, backend, prompt, calls))
            tokens = estimate_tokens(session, prompt.language)
        messages = out.opening(prompt, session)
        answer = ""
        for n in range(len(prompt.steps)):
            if n:
                messages += out.next_step(prompt, n, answer)
            role = f"step {n + 1}/{len(prompt.steps)}" if len(prompt.steps) > 1 else "recap"
            request = out.request(backend, prompt, messages, cell.repeat, session, tokens, role)
            answer = await self._ask(cell, backend, request, role, calls)
        return out.restored(answer)

    async def _read_parts(self, cell: Cell, backend: Backend, prompt: Prompt, calls: list[Call]) -> str:
        partial: list[str] = []
        waiting: Waiting | None = None
        for n, (part, tokens) in enumerate(self._outgoing.parts, start=1):
            messages = self._outgoing.part_opening(prompt, n)
            role = f"part {n}/{len(self._outgoing.parts)}"
            request = self._outgoing.request(backend, prompt, messages, cell.repeat, part, tokens, role)
            try:
                partial.append(await self._ask(cell, backend, request, role, calls))
            except Waiting as error:  # the other parts go into the same batch
                waiting = error
                continue
            if not re.search(r"\w+\W+\w+\W+\w+", partial[-1]):  # fewer than three words say nothing of an hour of talk
                calls[-1] = calls[-1].model_copy(update={"warnings": (*calls[-1].warnings, "empty_part")})
        if waiting is not None:
            raise waiting
        return merged_parts(prompt, partial)

    async def _ask(self, cell: Cell, backend: Backend, request: Request, role: str, calls: list[Call]) -> str:
        """One call of a cell: from the record if it was answered before, else sent, retried and recorded."""
        completion = self._stored.get(request.id) or await self._send(cell, backend, request)
        calls.append(
            Call(
                request=request.id,
                role=role,
                expected_tokens=request.input_tokens,
                reported_tokens=completion.usage.input_tokens,
                cached_tokens=completion.usage.cached_tokens,
                output_tokens=completion.usage.output_tokens,
                model=completion.model,
                seconds=completion.seconds,
                attempts=completion.attempts,
                finish_reason=completion.finish_reason,
                warnings=completion.warnings,
                cost=completion.usage.cost,
                energy=completion.usage.energy,
                carbon=completion.usage.carbon,
                parameters=completion.parameters,
                fingerprint=completion.fingerprint,
                response_id=completion.response_id,
                batch=completion.batch,
                price_share=completion.price_share,
            )
        )
        return completion.text

    async def _send(self, cell: Cell, backend: Backend, request: Request) -> Completion:
        """Send one request until it is answered or has failed for good.

        The call keeps its place until its answer is on disk, so no more answers than there are places are ever at risk.
        """
        if self._batching is not None:
            self._batching.take(backend, request)
        channel = self._channels.get(backend.name)
        if channel is None:
            channel = self._channels[backend.name] = self._open_channel(backend)

        async def keep(completion: Completion) -> None:
            await self._store.answers.add_completion(
                self._run.id, request.id, request.question, backend.name, completion
            )

        leads, read = await self._wait_for_prefix(backend, request)
        known = self._rehearsed.get((backend.name, request.question))

        def retry(error: BackendError) -> None:
            if known is not None:  # a room does not wait for what was rehearsed
                raise error
            self._notify(Event("retry", cell, self._without_secrets(str(error))))

        def show(text: str) -> None:
            read.set()
            self._notify(Event("restart" if isinstance(text, Restart) else "delta", cell, text))

        try:
            return await asking.ask(
                channel,
                request,
                keep,
                on_send=lambda: self._notify(Event("sent", cell)),
                on_delta=show if self._stream else None,
                on_retry=retry,
            )
        except BackendError as error:
            if known is None or error.kind in _NOT_OF_THE_NETWORK:
                raise
            usage = known.usage.model_copy(update={"cost": None, "energy": None})  # nothing was paid now
            warned = tuple(dict.fromkeys((*known.warnings, "rehearsed")))
            completion = known.model_copy(update={"usage": usage, "warnings": warned})
            await keep(completion)
            return completion
        finally:
            if leads:
                read.set()

    async def _wait_for_prefix(self, backend: Backend, request: Request) -> tuple[bool, asyncio.Event]:
        """Let the first request over a session go ahead, and hold the others until its server has read the session.

        This is for servers that cache what they read.

        Returns:
            Whether this request goes ahead, and what to set once its first piece, its answer or its failure has come.
        """
        if not backend.caches_prefix or self._run.layout == 1:
            return False, asyncio.Event()
        prefix = backend.name, request.messages[0].parts[:3]
        if prefix in self._prefix_read:
            await self._prefix_read[prefix].wait()
            return False, self._prefix_read[prefix]
        self._prefix_read[prefix] = asyncio.Event()
        return True, self._prefix_read[prefix]


def _call_warnings(calls: list[Call]) -> tuple[str, ...]:
    found: list[str] = []
    for call in calls:
        if call.reported_tokens is not None and call.reported_tokens < CUT_INPUT_SHARE * call.expected_tokens:
            found.append("cut_input")
        found.extend(call.warnings)
    return tuple(dict.fromkeys(found))

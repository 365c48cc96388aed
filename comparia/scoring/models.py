"""The models a matcher may ask: sentence embeddings, and a judge. Through the gate, at their pace, each answer kept.

Both are handed to the metrics as plain objects that answer at once: the metrics see neither a backend nor a network.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from comparia import privacy
from comparia.backends import check_keys, connect, resolve
from comparia.backends.asking import Asker, finished
from comparia.backends.embedding_folder import EmbeddingFolder
from comparia.backends.openai_compatible import OpenAICompatible, distinct_models
from comparia.config import Settings
from comparia.errors import BackendError, ConfigurationError
from comparia.keys import ENVIRONMENT
from comparia.matching.judge import Answer, Language, Question, Ruling, instruction, understood
from comparia.messages import gettext as _
from comparia.records import Backend, Completion, Message, Request, Run, content_id
from comparia.store import Store
from comparia.text.size import estimate_tokens

BATCH = 64
"""Texts of one request for embeddings."""

FOLDER = "folder:"
"""How a local folder of an embedding model is named."""


class Asked(NamedTuple):
    """What is about to be asked, or has been answered so far."""

    what: str
    """`judge` or `embeddings`."""
    model: str
    """Name of the model."""
    zone: str
    """Zone of its server."""
    done: int
    """Answers that are there."""
    total: int
    """Answers there will be."""
    tokens: int
    """Estimated input tokens of all of them."""
    cost: float | None
    """Estimated cost of reading them, in US dollars; None if the price is unknown."""


Progress = Callable[[Asked], None]
"""Told of what will be asked before anything is sent (`done` is 0), then of each answer; what it raises stops the asking."""


@dataclass(frozen=True)
class Models:
    """What a matcher may ask."""

    embedder: Embeddings | None = None
    """Sentence embeddings, tier B."""
    judge: StoredJudge | None = None
    """A judge, tier C."""


def open_models(
    run: Run,
    store: Store,
    settings: Settings,
    *,
    embedder: str = "",
    judge: str = "",
    environ: Mapping[str, str] = ENVIRONMENT,
    progress: Progress | None = None,
    hiding: privacy.Hiding = privacy.AUTO,
) -> Models:
    """Make ready what a matcher asks, by names as on the command line.

    Args:
        run: the run to be scored; its policy holds.
        store: keeps every answer.
        settings: names of backends.
        embedder: an embedding model (`mistral:mistral-embed`, `bge-m3@http://127.0.0.1:8080/v1`) or `folder:PATH`; none if empty.
        judge: a model; none if empty.
        environ: holds the keys.
        progress: told of answers as they come.
        hiding: how names are hidden from a model that is not on this machine.

    Raises:
        UnknownName, ConfigurationError, MissingKey: the name cannot be asked.
        OutboundRefused: it lies outside the session's policy.
    """
    what = _("the recaps and key points")
    tell = progress or (lambda _asked: None)

    def backend(name: str) -> Backend:
        found = resolve([name], settings, privacy.true_zone)
        if len(found) != 1 or found[0].author != "model":
            raise ConfigurationError(_("{name} is not a model.").format(name=name))
        privacy.check(run.policy, found, what)
        check_keys(found, environ)
        return found[0]

    def gate(asked: Backend) -> privacy.Gate:
        veil = None
        if privacy.hides(hiding.mode, [asked]):
            veil = privacy.veil_of(run.pseudonyms or hiding.of(run.transcript), run.transcript)
        return privacy.Gate(run.policy, run.id, store.add_sending, veil, what)

    vectors = None
    if embedder.startswith(FOLDER):
        local = EmbeddingFolder(Path(embedder.removeprefix(FOLDER)))
        vectors = Embeddings(local.name, run, store, lambda: _local(local), tell, "local", 0.0)
    elif embedder:
        asked = backend(embedder)
        if asked.kind != "openai_compatible":
            raise ConfigurationError(
                _("{name} gives no embeddings.").format(name=embedder),
                _("Name a model of a server that speaks OpenAI's `/embeddings`, or folder:PATH."),
                on_page=_("Choose another model."),
            )
        way_out = gate(asked)
        vectors = Embeddings(
            signed_name(asked),
            run,
            store,
            lambda: _endpoint(asked, environ, way_out, run.transcript.language),
            tell,
            asked.zone,
            asked.input_price,
            way_out.veil,
        )
    if not judge:
        return Models(vectors)
    judging = backend(judge)
    return Models(vectors, StoredJudge(judging, run, store, gate(judging), environ, tell))


def signed_name(backend: Backend) -> str:
    """A model as signatures and stored answers name it: its name, and a hash of what decides its answers.

    A name of one's own may point to another model tomorrow, and two servers may give one name to two models.
    """
    label = Run.backend_label(backend.name).replace("|", "_")[:120]
    asked = [backend.model, backend.base_url, backend.temperature, backend.max_tokens]
    return f"{label}-{content_id('bk', asked).removeprefix('bk_')[:8]}"


Send = Callable[[Sequence[str]], Awaitable[Any]]
"""Gives one vector a text."""


@asynccontextmanager
async def _local(folder: EmbeddingFolder) -> AsyncIterator[Send]:
    yield lambda texts: asyncio.to_thread(folder.embed, texts)


@asynccontextmanager
async def _endpoint(
    backend: Backend, environ: Mapping[str, str], gate: privacy.Gate, language: Language
) -> AsyncIterator[Send]:
    key = environ.get(backend.key_variable) if backend.key_variable else None
    server, queue = OpenAICompatible(backend, key, gate.admit), Asker(backend)

    async def send(texts: Sequence[str]) -> list[list[float]]:
        tokens = sum(estimate_tokens(text, language) for text in texts)
        return await queue.ask(tokens, lambda _attempt: server.embed(texts, tokens))

    try:
        yield send
    finally:
        await server.close()


@dataclass(frozen=True)
class Embeddings:
    """Sentence embeddings of one model, asked for once a text."""

    name: str
    """The model, as signatures name it."""
    run: Run
    store: Store
    open: Callable[[], AbstractAsyncContextManager[Send]]
    tell: Progress
    zone: str
    price: float | None
    veil: privacy.Veil | None = None
    _known: dict[str, NDArray[np.float32]] = field(default_factory=dict)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of shape (texts, dimensions). Raises BackendError."""
        transcript = self.run.transcript.id
        if not self._known:
            stored = self.store.embeddings(transcript, self.name)
            self._known.update({text: np.frombuffer(vector, dtype=np.float32) for text, vector in stored.items()})
        if self.veil is not None:
            texts = [self.veil.apply(text) for text in texts]
        wanted = {content_id("tx", text): text for text in texts}
        missing = {key: text for key, text in wanted.items() if key not in self._known}
        if missing:
            finished(self._ask(missing))
        return np.array([self._known[content_id("tx", text)] for text in texts], dtype=np.float32)

    async def _ask(self, missing: Mapping[str, str]) -> None:
        keys = list(missing)
        batches = [keys[n : n + BATCH] for n in range(0, len(keys), BATCH)]
        done = 0
        tokens = sum(estimate_tokens(text, self.run.transcript.language) for text in missing.values())
        cost = None if self.price is None else tokens * self.price / 1_000_000
        self.tell(Asked("embeddings", self.name, self.zone, 0, len(keys), tokens, cost))

        async def one(send: Send, batch: Sequence[str]) -> None:
            nonlocal done
            vectors = [np.asarray(v, dtype=np.float32) for v in await send([missing[key] for key in batch])]
            sizes = {len(v) for v in (*vectors, *itertools.islice(self._known.values(), 1))}
            if len(sizes) > 1:
                raise BackendError("bad_response", _("the vectors of {name} changed size").format(name=self.name))
            await self.store.add_embeddings(
                self.run.transcript.id, self.name, {k: v.tobytes() for k, v in zip(batch, vectors, strict=True)}
            )
            self._known.update(zip(batch, vectors, strict=True))
            done += len(batch)
            self.tell(Asked("embeddings", self.name, self.zone, done, len(keys), tokens, cost))

        async with self.open() as send:
            await one(send, batches[0])  # alone, so that a server that is not there is asked once
            await _all([one(send, batch) for batch in batches[1:]])


class StoredJudge:
    """A judge whose answers are kept with the run: what it said once is never asked again.

    Args:
        backend: the model.
        run: whose policy, variants and answers count.
        store: keeps the answers.
        gate: the way out.
        environ: holds the key.
        tell: told of answers.
    """

    def __init__(
        self, backend: Backend, run: Run, store: Store, gate: privacy.Gate, environ: Mapping[str, str], tell: Progress
    ) -> None:
        self._backend = backend.model_copy(update={"temperature": 0.0}) if backend.temperature is None else backend
        self._run = run
        self._store = store
        self._gate = gate
        self._environ = environ
        self._tell = tell
        self._names: frozenset[str] | None = None

    @property
    def name(self) -> str:
        """The model, as signatures name it."""
        return signed_name(self._backend)

    def refuses(self, variant: str) -> str:
        """Why it may not judge a variant: the model that wrote it is the judge itself, by this name or another."""
        if self._names is None:
            self._names = finished(self._own_names())
        written = next((v for v in self._run.variants if v.id == variant), None)
        if written is None or written.author != "model":
            return ""
        author = next((b.model for b in self._run.backends if b.name == written.backend), "")
        names = {_plain(name) for name in (author, *(call.model for call in written.calls)) if name}
        return _("The judge wrote this recap.") if names & self._names else ""

    def ask(self, questions: Sequence[Question], language: Language) -> Sequence[Answer]:
        """Both answers to each question; a ruling is None where no answer came or it could not be understood.

        Raises:
            BackendError: the judge does not answer at all, or refuses the key or the account.
        """
        return finished(self._ask(questions, language)) if questions else ()

    async def _own_names(self) -> frozenset[str]:
        """The judge's model under all its names: an alias and what it points to are one author."""
        names = {self._backend.model}
        if self._backend.kind == "openai_compatible":
            key = self._environ.get(self._backend.key_variable) if self._backend.key_variable else None
            server = OpenAICompatible(self._backend, key, self._gate.admit)
            try:
                for entry in distinct_models(await server.models()):
                    if self._backend.model in (entry["id"], *entry["aliases"]):
                        names |= {entry["id"], *entry["aliases"]}
            except BackendError:
                pass  # a server without a list of models has no aliases either
            finally:
                await server.close()
        return frozenset(_plain(name) for name in names)

    def _answered_as(self, completion: Completion) -> None:
        """A server may say another name than it was asked by: that name is the judge too, from then on."""
        if completion.model and self._names is not None:
            self._names |= {_plain(completion.model)}

    async def _ask(self, questions: Sequence[Question], language: Language) -> list[Answer]:
        generator = connect(self._backend, self._gate.admit, self._environ)
        queue = Asker(self._backend)
        known = self._store.completions(self._run.id)
        requests = [self._request(question, language, swapped) for question in questions for swapped in (False, True)]
        mine = [known[request.id] for request in requests if request.id in known]
        for completion in mine[:1]:
            self._answered_as(completion)
        missing = {request.id: request for request in requests if request.id not in known}
        done = 0
        tokens, price = sum(request.input_tokens for request in missing.values()), self._backend.input_price
        cost = None if price is None else tokens * price / 1_000_000
        plan = Asked("judge", self.name, self._backend.zone, 0, len(missing), tokens, cost)
        if missing:
            self._tell(plan)

        async def one(request: Request) -> None:
            nonlocal done

            async def send(attempt: int) -> None:
                completion = (await generator.generate(request)).model_copy(update={"attempts": attempt})
                await self._store.add_completion(
                    self._run.id, request.id, request.question, self._backend.name, completion
                )
                known[request.id] = completion
                self._answered_as(completion)

            await queue.ask(request.input_tokens, send)
            done += 1
            self._tell(plan._replace(done=done))

        async def or_unscored(request: Request) -> None:
            try:
                await one(request)
            except BackendError as error:
                if error.kind == "authentication" or "quota" in error.message:
                    raise
                # one answer that did not come leaves one key point unscored

        try:
            pending = list(missing.values())
            if pending:
                # one alone first, so that a judge that is not there is asked once; a judge that answered before is there
                await (or_unscored if mine else one)(pending[0])
                await _all([or_unscored(request) for request in pending[1:]])
        finally:
            await generator.close()
        rulings = [_ruling(known.get(request.id), len(questions[n // 2][1])) for n, request in enumerate(requests)]
        came = [request.id in known for request in requests]
        return [
            Answer(rulings[n], rulings[n + 1], silent=not (came[n] and came[n + 1])) for n in range(0, len(requests), 2)
        ]

    def _request(self, question: Question, language: Language, swapped: bool) -> Request:
        opening, asked = instruction(question, language, swapped=swapped)
        if self._gate.veil is not None:
            opening, asked = self._gate.veil.apply(opening), self._gate.veil.apply(asked)
        key = content_id("qu", [opening, asked])
        asker = [self._backend.name, self._backend.model, self._backend.base_url, self._backend.temperature]
        return Request(
            id=content_id("rq", [key, *asker]),
            question=key,
            backend=self._backend.name,
            model=self._backend.model,
            messages=(Message(role="user", parts=(opening, asked)),),
            input_tokens=estimate_tokens(opening + asked, language),
        )


def _ruling(completion: Completion | None, sentences: int) -> Ruling | None:
    return understood(completion.text, sentences) if completion else None


def _plain(model: str) -> str:
    """A model's name without the organisation before it and the tag that means nothing."""
    return model.rsplit("/", 1)[-1].lower().removesuffix(":latest")


async def _all(work: Sequence[Any]) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            for coroutine in work:
                group.create_task(coroutine)
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None

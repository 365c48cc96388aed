"""The models a matcher may ask: sentence embeddings, and a judge. Through the gate, at their pace, each answer kept.

Both are handed to the metrics as plain objects that answer at once: the metrics see neither a backend nor a network.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from comparia import asking, privacy
from comparia.asking import C, Channel, generator_of, model_named, models_of, request_of, server_of, veil_for
from comparia.backends import Admit, Generator
from comparia.backends.embedding_folder import EmbeddingFolder
from comparia.backends.openai_compatible import OpenAICompatible
from comparia.backends.queue import run_sync
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

    def channel(backend: Backend, make: Callable[[Admit], C]) -> Channel[C]:
        veil = veil_for(run.transcript, [backend], hiding, run.pseudonyms)
        return Channel(backend, store, make, policy=run.policy, environ=environ, run=run.id, veil=veil, what=what)

    vectors = None
    if embedder.startswith(FOLDER):
        local = EmbeddingFolder(Path(embedder.removeprefix(FOLDER)))
        vectors = Embeddings(local.name, run, store, lambda: _local(local), tell, "local", 0.0)
    elif embedder:
        asked = model_named(embedder, settings)
        if asked.kind != "openai_compatible":
            raise ConfigurationError(
                _("{name} gives no embeddings.").format(name=embedder),
                _("Name a model of a server that speaks OpenAI's `/embeddings`, or folder:PATH."),
                on_page=_("Choose another model."),
            )
        way_out = channel(asked, server_of(asked, environ))
        vectors = Embeddings(
            signed_name(asked),
            run,
            store,
            lambda: _endpoint(way_out, run.transcript.language),
            tell,
            asked.zone,
            asked.input_price,
            way_out.veil,
        )
    if not judge:
        return Models(vectors)
    found = model_named(judge, settings)
    judging = found.model_copy(update={"temperature": 0.0}) if found.temperature is None else found
    answers = channel(judging, generator_of(judging, environ))
    return Models(vectors, StoredJudge(run, store, answers, channel(judging, server_of(judging, environ)), tell))


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
async def _endpoint(channel: Channel[OpenAICompatible], language: Language) -> AsyncIterator[Send]:
    async def send(texts: Sequence[str]) -> list[list[float]]:
        tokens = sum(estimate_tokens(text, language) for text in texts)
        return await channel.paced(tokens, lambda _attempt: channel.client.embed(texts, tokens))

    async with channel:
        yield send


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
            stored = self.store.answers.embeddings(transcript, self.name)
            self._known.update({text: np.frombuffer(vector, dtype=np.float32) for text, vector in stored.items()})
        if self.veil is not None:
            texts = [self.veil.apply(text) for text in texts]
        wanted = {content_id("tx", text): text for text in texts}
        missing = {key: text for key, text in wanted.items() if key not in self._known}
        if missing:
            run_sync(self._ask(missing))
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
            await self.store.answers.add_embeddings(
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
        run: whose policy, variants and answers count.
        store: keeps the answers.
        channel: the way to the model.
        server: the way to its server's list of models.
        tell: told of answers.
    """

    def __init__(
        self,
        run: Run,
        store: Store,
        channel: Channel[Generator],
        server: Channel[OpenAICompatible],
        tell: Progress,
    ) -> None:
        self._run = run
        self._store = store
        self._channel = channel
        self._server = server
        self._backend = channel.backend
        self._tell = tell
        self._names: frozenset[str] | None = None

    @property
    def name(self) -> str:
        """The model, as signatures name it."""
        return signed_name(self._backend)

    def refuses(self, variant: str) -> str:
        """Return the code of why it may not judge a variant: the judge wrote it, under this name or another; empty where it may."""
        if self._names is None:
            self._names = run_sync(self._own_names())
        written = next((v for v in self._run.variants if v.id == variant), None)
        if written is None or written.author != "model":
            return ""
        author = next((b.model for b in self._run.backends if b.name == written.backend), "")
        names = {_plain(name) for name in (author, *(call.model for call in written.calls)) if name}
        return "judge_is_author" if names & self._names else ""

    def ask(self, questions: Sequence[Question], language: Language) -> Sequence[Answer]:
        """Both answers to each question; a ruling is None where no answer came or it could not be understood.

        Raises:
            BackendError: the judge does not answer at all, or refuses the key or the account.
        """
        return run_sync(self._ask(questions, language)) if questions else ()

    async def _own_names(self) -> frozenset[str]:
        """The judge's model under all its names: an alias and what it points to are one author."""
        names = {self._backend.model}
        if self._backend.kind == "openai_compatible":
            async with self._server as server:
                with contextlib.suppress(BackendError):  # a server without a list of models has no aliases either
                    for entry in await models_of(server):
                        if self._backend.model in (entry["id"], *entry["aliases"]):
                            names |= {entry["id"], *entry["aliases"]}
        return frozenset(_plain(name) for name in names)

    def _answered_as(self, completion: Completion) -> None:
        """A server may say another name than it was asked by: that name is the judge too, from then on."""
        if completion.model and self._names is not None:
            self._names |= {_plain(completion.model)}

    async def _ask(self, questions: Sequence[Question], language: Language) -> list[Answer]:
        known = self._store.answers.completions(self._run.id)
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

            async def keep(completion: Completion) -> None:
                await self._store.answers.add_completion(
                    self._run.id, request.id, request.question, self._backend.name, completion
                )
                known[request.id] = completion
                self._answered_as(completion)

            await asking.ask(self._channel, request, keep)
            done += 1
            self._tell(plan._replace(done=done))

        async def or_unscored(request: Request) -> None:
            try:
                await one(request)
            except BackendError as error:
                if error.kind == "authentication" or "quota" in error.message:
                    raise
                # one answer that did not come leaves one key point unscored

        pending = list(missing.values())
        if pending:
            async with self._channel:
                # one alone first, so that a judge that is not there is asked once; a judge that answered before is there
                await (or_unscored if mine else one)(pending[0])
                await _all([or_unscored(request) for request in pending[1:]])
        rulings = [_ruling(known.get(request.id), len(questions[n // 2][1])) for n, request in enumerate(requests)]
        came = [request.id in known for request in requests]
        return [
            Answer(rulings[n], rulings[n + 1], silent=not (came[n] and came[n + 1])) for n in range(0, len(requests), 2)
        ]

    def _request(self, question: Question, language: Language, swapped: bool) -> Request:
        opening, asked = map(self._channel.hide, instruction(question, language, swapped=swapped))
        message = Message(role="user", parts=(opening, asked))
        return request_of(
            self._backend, (message,), language, identity=[opening, asked], recipe=[self._backend.temperature]
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

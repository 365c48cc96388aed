"""The models a matcher may ask: sentence embeddings, and judges. Through the gate, at their pace, each answer kept.

Both are handed to the metrics as plain objects that answer at once: the metrics see neither a backend nor a network.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comparia import privacy
from comparia.asking import (
    C,
    Channel,
    Make,
    SessionText,
    generator_of,
    model_named,
    models_at_hand,
    server_of,
    veil_for,
)
from comparia.backends.embedding_folder import EmbeddingFolder
from comparia.backends.openai_compatible import OpenAICompatible
from comparia.backends.queue import run_sync
from comparia.config import Settings
from comparia.errors import BackendError, ConfigurationError
from comparia.keys import ENVIRONMENT
from comparia.matching.judge import Language
from comparia.messages import gettext as _
from comparia.records import Backend, Run, content_id, short_name
from comparia.scoring.judges import AskedModel, Judges, all_of
from comparia.scoring.progress import Asked, Progress
from comparia.store import Store
from comparia.text.size import estimate_tokens

BATCH = 64
"""Texts of one request for embeddings."""

OF_THE_RUN = "models"
"""Names as judges the models of the run: each recap is judged by those that did not write it."""

FOLDER = "folder:"
"""How a local folder of an embedding model is named."""


@dataclass(frozen=True)
class Models:
    """What a matcher may ask."""

    embedder: Embeddings | None = None
    """Sentence embeddings, tier B."""
    judge: Judges | None = None
    """Judges, tier C."""


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
    own: bool = False,
    again: bool = False,
) -> Models:
    """Make ready what a matcher asks, by names as on the command line.

    Args:
        run: the run to be scored; its policy holds.
        store: keeps every answer.
        settings: names of backends.
        embedder: an embedding model (`mistral:mistral-embed`, `bge-m3@http://127.0.0.1:8080/v1`) or `folder:PATH`; none
            if empty.
        judge: a model; `models` for those of the run, each for the recaps it did not write; none if empty.
        environ: holds the keys.
        progress: told of answers as they come.
        hiding: how names are hidden from a model that is not on this machine.
        own: whether judges are asked about their own recaps alone, to see whether they prefer them.
        again: whether judges are asked again what they failed to answer at an earlier command.

    Raises:
        UnknownName, ConfigurationError, MissingKey: the name cannot be asked.
        OutboundRefused: it lies outside the session's policy.
    """
    what = _("the recaps and key points")
    tell = progress or (lambda _asked: None)

    def channel(backend: Backend, make: Make[C]) -> Channel[C]:
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
        way_out = channel(asked, server_of(environ))
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
    models = []
    for backend in judges_named(judge, run, settings):
        answers, server = (
            channel(backend, generator_of(environ)),
            channel(backend, server_of(environ)),
        )
        models.append(AskedModel(signed_name(backend), backend, answers, server))
    session = SessionText(run.transcript, run.fence, models[0].channel.veil)
    alone = judge != OF_THE_RUN
    return Models(vectors, Judges(run, store, models, session, tell, own=own, again=again, alone=alone))


def earlier_judges(run: Run, store: Store, settings: Settings, judge: str = OF_THE_RUN) -> Judges | None:
    """Return the judges of a run for what they answered before: nobody is asked. None if nothing was judged.

    Args:
        run: the run.
        store: where their answers are.
        settings: names of backends.
        judge: a model, or `models` for those of the run.
    """
    if not store.answers.rulings(run.id):
        return None
    try:
        backends = judges_named(judge, run, settings)
    except ConfigurationError:
        return None
    models = [AskedModel(signed_name(backend), backend) for backend in backends]
    return Judges(run, store, models, None, lambda _asked: None)


def earlier_named_judges(run: Run, store: Store, settings: Settings) -> dict[str, Judges]:
    """Return the judges that a person named and that answered about a run, by their names: nobody is asked.

    They are those who answered and are no model of the run. One whose name stands for nothing any more is left out.
    """
    known = {backend.name for backend in run.backends}
    names = dict.fromkeys(backend for _id, _question, backend, _answer in store.answers.recorded(run.id))
    found = {name: earlier_judges(run, store, settings, name) for name in names if name not in known}
    return {name: judges for name, judges in found.items() if judges is not None}


def earlier_embeddings(run: Run, store: Store) -> list[StoredEmbeddings]:
    """Return the embedding models that gave vectors of a run's session, for what they gave before: nobody is asked."""
    hidden = [run.pseudonyms] if run.pseudonyms is not None else [privacy.AUTO.of(run.transcript)]
    veils = [None, *(privacy.veil_of(pseudonyms, run.transcript) for pseudonyms in hidden)]
    points = [point.text for point in run.reference.key_points] if run.reference else []
    found = []
    for name in store.answers.embedding_models(run.transcript.id):
        vectors = {
            text: np.frombuffer(vector, dtype=np.float32)
            for text, vector in store.answers.embeddings(run.transcript.id, name).items()
        }
        ways = [StoredEmbeddings(name, vectors, veil) for veil in veils]
        found.append(next((way for way in ways if way.holds(points)), ways[0]))
    return found


def judges_named(judge: str, run: Run, settings: Settings) -> list[Backend]:
    """Return the models that a name of judges stands for, asked without chance where nothing else is set.

    Args:
        judge: a model, or `models`.
        run: whose models `models` stands for: those that can be asked within its policy.
        settings: names of backends.

    Raises:
        UnknownName, ConfigurationError: nobody is named.
    """
    backends = models_at_hand(run) if judge == OF_THE_RUN else [model_named(judge, settings)]
    if not backends:
        raise ConfigurationError(
            _("No model of this run can be asked to judge."),
            _("Name a judge: --judge mistral:mistral-large-latest"),
            on_page=_("Choose a judge."),
        )
    return [b.model_copy(update={"temperature": 0.0}) if b.temperature is None else b for b in backends]


def signed_name(backend: Backend) -> str:
    """A model as signatures and stored answers name it: its name, and a hash of what decides its answers.

    A name of one's own may point to another model tomorrow, and two servers may give one name to two models.
    """
    recorded = backend.name.startswith("replay:") and "/" in backend.name
    # As earlier versions wrote it in English: what was kept under this name is found again, in any language.
    label = f"{short_name(backend.name.partition('/')[2])} (recorded)" if recorded else short_name(backend.name)
    label = label.replace("|", "_")[:120]
    asked = [backend.model, backend.base_url, backend.temperature, backend.max_tokens]
    further = [backend.further_parameters] if backend.further_parameters else []
    return f"{label}-{content_id('bk', [*asked, *further]).removeprefix('bk_')[:8]}"


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
class StoredEmbeddings:
    """Sentence embeddings of one model, as far as they were asked for before."""

    name: str
    """The model, as signatures name it."""
    vectors: Mapping[str, NDArray[np.float32]]
    """By text id."""
    veil: privacy.Veil | None = None
    """What hid the names of the texts; None where nothing did."""

    def holds(self, texts: Sequence[str]) -> bool:
        """Return whether the vectors of all these texts are there."""
        return all(key in self.vectors for key in self._keys(texts))

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return vectors of shape (texts, dimensions). Raises BackendError: one of them was never asked for."""
        if not self.holds(texts):
            raise BackendError("not_recorded", _("the vectors of {name} do not cover this run").format(name=self.name))
        return np.array([self.vectors[key] for key in self._keys(texts)], dtype=np.float32)

    def _keys(self, texts: Sequence[str]) -> list[str]:
        return [content_id("tx", self.veil.apply(text) if self.veil else text) for text in texts]


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
            await all_of([one(send, batch) for batch in batches[1:]])

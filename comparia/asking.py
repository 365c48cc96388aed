"""The one way to ask a model anything.

Recaps, questions about them, judges, embeddings, suggested points, probes and transcriptions are all asked through a
`Channel`: the policy and the key are checked before it opens, names are hidden, the gate reads the very bytes that
leave, the pace of the server is kept, what may heal is asked again, and every answer is kept before anybody uses it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

from comparia import privacy, prompts
from comparia.backends import Admit, Generator, check_keys, connect, resolve
from comparia.backends.forms import FORM_CODES
from comparia.backends.openai_compatible import OpenAICompatible, distinct_models
from comparia.backends.presets import plugin_of
from comparia.backends.queue import Queue
from comparia.backends.replay import Rhythm
from comparia.config import Settings
from comparia.errors import BackendError, ConfigurationError
from comparia.keys import ENVIRONMENT
from comparia.messages import gettext as _
from comparia.records import Backend, Completion, Message, Pseudonyms, Request, Run, Transcript, Zone, content_id
from comparia.store import Store
from comparia.text.size import estimate_tokens

CONTEXT_USED = 0.9
"""Share of a context window that is used, since token counts are estimates."""

T = TypeVar("T")


class Closable(Protocol):
    """What speaks to a server."""

    async def close(self) -> None:
        """Release connections."""
        ...


C = TypeVar("C", bound=Closable)
Make = Callable[[Backend, Admit], C]
"""Makes what speaks to the server of a backend, given the gate's `admit`."""


def model_named(name: str, settings: Settings, *, max_tokens: int | None = None) -> Backend:
    """Return the one model that a name stands for, as on the command line.

    Args:
        name: `preset:model`, `model@http://host/v1`, or a name of comparia.toml.
        settings: names of backends of one's own.
        max_tokens: longest answer, where the backend sets none.

    Raises:
        UnknownName: nobody has this name.
        ConfigurationError: it is no model.
    """
    found = resolve([name], settings)
    if len(found) != 1 or found[0].author != "model":
        raise ConfigurationError(_("{name} is not a model.").format(name=name))
    return found[0].model_copy(update={"max_tokens": found[0].max_tokens or max_tokens})


def models_at_hand(run: Run) -> list[Backend]:
    """Return the models of a run that can be asked anything within its policy, each once.

    Those of plug-ins only write recaps.
    """
    kinds = ("openai_compatible", "litellm", "gguf")
    asked = [backend for backend in run.backends if backend.kind in kinds and plugin_of(backend) is None]
    return [backend for backend in asked if privacy.allows(run.policy, backend.zone)]


def veil_for(
    transcript: Transcript,
    backends: Sequence[Backend],
    hiding: privacy.Hiding = privacy.AUTO,
    pseudonyms: Pseudonyms | None = None,
) -> privacy.Veil | None:
    """Return what hides the names of a session from these backends; None where they may read them.

    Args:
        transcript: the session.
        backends: who will read it.
        hiding: when and how names are hidden.
        pseudonyms: those that a run of this session uses; every backend then reads them, as the recaps of the run did.
    """
    if pseudonyms is None and not privacy.hides(hiding.mode, backends):
        return None
    return privacy.veil_of(pseudonyms or hiding.of(transcript), transcript)


def generator_of(environ: Mapping[str, str]) -> Make[Generator]:
    """Return what makes the adapter that writes texts, once it is given the gate."""
    return lambda backend, admit: connect(backend, admit, environ)


class Channel(Generic[C]):
    """An open way to one backend, for one session: an asynchronous context manager, which always releases connections.

    Args:
        backend: whom to ask.
        store: keeps the journal of what leaves.
        make: makes what speaks to the server, given the gate's `admit`; made when first needed.
        policy: how far the text may travel.
        environ: holds the keys.
        run: id of the run that the sendings belong to, empty for none.
        veil: what must have been hidden of every text; None where names may leave.
        what: what is sent, in the reader's language; the transcript when empty.

    Raises:
        OutboundRefused: the backend lies outside the policy.
        MissingKey: its key is not in the environment.
    """

    def __init__(
        self,
        backend: Backend,
        store: Store,
        make: Make[C],
        *,
        policy: Zone,
        environ: Mapping[str, str] = ENVIRONMENT,
        run: str = "",
        veil: privacy.Veil | None = None,
        what: str = "",
    ) -> None:
        privacy.check(policy, [backend], what)
        check_keys([backend], environ)
        known = store.answers.not_taken(backend.base_url, backend.model) if backend.base_url else ()
        self.backend = backend.model_copy(update={"not_taken": tuple(dict.fromkeys((*backend.not_taken, *known)))})
        self.veil = veil
        self._store = store
        self._gate = privacy.Gate(policy, run, store.journal.add_sending, veil, what)
        self._make = make
        self._client: C | None = None
        self._queue = Queue(backend)

    async def __aenter__(self) -> Self:
        self._queue = Queue(self.backend)  # its places belong to the loop that runs now
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Release connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    @property
    def client(self) -> C:
        """What speaks to the server."""
        if self._client is None:
            self._client = self._make(self.backend, self._gate.admit)
        return self._client

    async def learn(self, completion: Completion) -> None:
        """Keep what the answer showed that the server does not take, so that it is not asked for again."""
        learnt = [code for code in completion.warnings if code in FORM_CODES]
        if learnt and self.backend.base_url:
            await self._store.answers.add_not_taken(self.backend.base_url, self.backend.model, learnt)

    def hide(self, text: str) -> str:
        """Return what may leave of a text."""
        return self.veil.apply(text) if self.veil else text

    def restore(self, text: str) -> str:
        """Return an answer with the names put back."""
        return self.veil.restore(text) if self.veil else text

    async def paced(
        self,
        tokens: int,
        send: Callable[[int], Awaitable[T]],
        on_retry: Callable[[BackendError], None] | None = None,
    ) -> T:
        """Send at the pace of the server, again where that may help, until it is answered or has failed for good.

        Args:
            tokens: input tokens of the call.
            send: makes one attempt, given its number; the call keeps its place until it returns.
            on_retry: told of each failed attempt that is followed by another.

        Raises:
            BackendError: with the attempts made.
        """
        return await self._queue.ask(tokens, send, on_retry)


class SessionText:
    """A session as the requests about it begin: byte for byte as those of the recaps, so that servers read it once.

    Args:
        transcript: the session.
        fence: drawn for the session; no session is sent without one.
        veil: hides names; None where they may leave.
    """

    def __init__(self, transcript: Transcript, fence: str, veil: privacy.Veil | None) -> None:
        text = "\n".join(prompts.transcript_lines(transcript))
        self.text = veil.apply(text) if veil else text
        self.tokens = estimate_tokens(self.text, transcript.language)
        self._transcript = transcript
        self._fence = fence

    def fits(self, backend: Backend, tokens: int) -> bool:
        """Return whether a backend can read the session and this many tokens more."""
        return backend.context is None or self.tokens + tokens <= backend.context * CONTEXT_USED

    def first(self, asked: str) -> Message:
        """Return a message that asks something after the session."""
        return prompts.session_first(self.text, self._fence, self._transcript.language, asked)

    def before(self, asked: str, backend: Backend, answer_tokens: int) -> tuple[Message, list[str]]:
        """Return a message that asks something, after the session if the backend can read both, and what identifies it.

        Args:
            asked: the question, names hidden; it can be answered without the session.
            backend: whom to ask.
            answer_tokens: room for the answer.
        """
        needed = estimate_tokens(asked, self._transcript.language) + answer_tokens
        if not self._fence or not self.fits(backend, needed):
            return Message(role="user", parts=(asked,)), [asked]
        return self.first(asked), [self._transcript.id, asked]


async def ask(
    channel: Channel[Generator],
    request: Request,
    keep: Callable[[Completion], Awaitable[None]] | None = None,
    *,
    on_send: Callable[[], None] | None = None,
    on_delta: Callable[[str], None] | None = None,
    on_retry: Callable[[BackendError], None] | None = None,
) -> Completion:
    """Send one request until it is answered, and return the answer once it is kept.

    Args:
        channel: the way to the model.
        request: what to ask, names hidden.
        keep: writes the answer down; the call keeps its place until it returns, so no more answers than there are
            places are at risk.
        on_send: told of each attempt.
        on_delta: told of each piece as it comes; None to ask for the answer whole.
        on_retry: told of each failed attempt that is followed by another.

    Raises:
        BackendError: no answer came.
        OutboundRefused: a name was still in it.
    """

    async def send(attempt: int) -> Completion:
        if on_send is not None:
            on_send()
        rhythm = Rhythm(on_delta) if on_delta is not None else None
        answer = await channel.client.generate(request, rhythm)
        beats = tuple(rhythm.beats) if rhythm is not None else ()
        completion = answer.model_copy(update={"attempts": attempt, "rhythm": beats})
        if keep is not None:
            await keep(completion)
        await channel.learn(completion)
        return completion

    return await channel.paced(request.input_tokens, send, on_retry)


def request_of(
    backend: Backend,
    messages: Sequence[Message],
    language: str,
    *,
    identity: Sequence[Any] | None = None,
    recipe: Sequence[Any] = (),
    answer_schema: Mapping[str, Any] | None = None,
) -> Request:
    """Return the request that puts messages to a backend; its id hashes all that can change its answer.

    Args:
        backend: whom to ask.
        messages: the conversation, names hidden.
        language: of the messages, for the estimate of their tokens.
        identity: what is hashed instead of the messages, where these hold something drawn at random.
        recipe: what else changes the answer, such as a temperature.
        answer_schema: JSON Schema that the answer must follow, where the server can be held to one.
    """
    asked = [[m.role, m.content] for m in messages] if identity is None else list(identity)
    question = content_id("qu", asked)
    further = [backend.further_parameters] if backend.further_parameters else []
    return Request(
        id=content_id("rq", [question, backend.name, backend.model, backend.base_url, *recipe, *further]),
        question=question,
        backend=backend.name,
        model=backend.model,
        messages=tuple(messages),
        answer_schema=answer_schema,
        input_tokens=sum(estimate_tokens(m.content, language) for m in messages),
    )


async def models_of(channel: Channel[OpenAICompatible]) -> tuple[dict[str, Any], ...]:
    """Return the models that a server lists, each once: `{"id", "aliases"}`. Raises BackendError, OutboundRefused."""
    return distinct_models(await channel.client.models())


def server_of(environ: Mapping[str, str]) -> Make[OpenAICompatible]:
    """Return what makes a client of a server that speaks OpenAI's protocol, once it is given the gate."""

    def make(backend: Backend, admit: Admit) -> OpenAICompatible:
        if (plugin := plugin_of(backend)) is not None:
            raise plugin.refused(_("a backend of a plug-in writes texts, and nothing else"))
        return OpenAICompatible(backend, environ.get(backend.key_variable) or None, admit)

    return make

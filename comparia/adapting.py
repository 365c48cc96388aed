"""A recap rewritten in plain language or translated by a model, within the policy and the pseudonyms of its run.

The model reads the recap alone, never the session. The requests are documented prompt files, which anybody may edit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from comparia import asking, privacy, prompts
from comparia.asking import Channel, generator_of, model_named, request_of, veil_for
from comparia.config import Settings, shipped
from comparia.errors import ConfigurationError
from comparia.keys import ENVIRONMENT
from comparia.messages import gettext as _
from comparia.messages import speaking
from comparia.records import AdaptationKind, Backend, Completion, Message, Request, Run, Variant
from comparia.reports.languages import language_name
from comparia.store import Store
from comparia.text import fences
from comparia.text.size import estimate_tokens

LANGUAGES = ("ar", "de", "en", "es", "fr", "it", "nl", "pl", "pt", "ro", "ru", "tr", "uk", "zh")
"""Languages that a recap can be translated into, ISO 639-1."""
WRITTEN_PER_READ = 1.6
"""Tokens that an adaptation takes for each token of the recap: plain language and other languages take more words."""
LEAST_TOKENS = 1000
"""Room for an answer to a short recap, in tokens."""


class Adapted(NamedTuple):
    """What a model wrote."""

    text: str
    """The adaptation, names put back."""
    request: str
    """Id of the request."""
    model: str
    """The model that answered, as the server resolved it; empty if unknown."""
    not_restored: int
    """Hidden names of the recap that the answer does not hold as they were sent."""


class Prepared(NamedTuple):
    """A request that is ready, and whom it goes to."""

    backend: Backend
    """The model."""
    request: Request
    """The request, names hidden."""
    veil: privacy.Veil | None
    """What hid the names; None where they may leave."""
    output_tokens: int
    """Estimated tokens of the answer."""


def request_file(kind: AdaptationKind, language: str) -> Path:
    """Return the file of a request: the one under `prompts/questions` in the current folder, else the shipped one.

    Args:
        kind: plain language or a translation.
        language: language of the session, in which the model is asked.
    """
    name = f"questions/{kind}.{language}.md"
    local = Path("prompts") / name
    return local if local.is_file() else shipped("prompts") / name


def prepare(
    run: Run, variant: Variant, kind: AdaptationKind, language: str, backend_name: str, settings: Settings
) -> Prepared:
    """Return the request for an adaptation; nothing is sent.

    Args:
        run: whose policy and pseudonyms hold.
        variant: the recap.
        kind: plain language or a translation.
        language: language to write in, of `LANGUAGES`.
        backend_name: the model, as on the command line.
        settings: names of backends; how names are hidden.

    Raises:
        UnknownName, ConfigurationError: no such model or language, no recap, or one that is too long for the model.
        PromptError: the file of the request is not valid.
    """
    if language not in LANGUAGES:
        raise ConfigurationError(
            _("Recaps are not translated into {language}.").format(language=language),
            _("Choose one of these: {names}.").format(names=", ".join(LANGUAGES)),
        )
    if kind == "plain" and language != run.transcript.language:
        raise ConfigurationError(
            _("Plain language is in the language of the session."), _("Translate it, or leave the language out.")
        )
    if not variant.summary:
        raise ConfigurationError(_("There is no such recap."), _("Choose one of those that were written."))
    asked_in = run.transcript.language
    read = estimate_tokens(variant.summary, asked_in)
    written = max(LEAST_TOKENS, round(read * WRITTEN_PER_READ))
    backend = model_named(backend_name, settings, max_tokens=2 * written)
    hiding = privacy.AUTO._replace(mode=settings.pseudonyms)
    veil = veil_for(run.transcript, [backend], hiding, run.pseudonyms)
    line = fences.fence_of(variant.summary)
    with speaking(asked_in):
        named = language_name(language).lower() if asked_in == "fr" else language_name(language)
    values = {"recap": f"{line}\n{variant.summary}\n{line}", "language": named}
    messages = prompts.load_question(request_file(kind, asked_in), values)
    hidden = tuple(
        Message(role=m.role, parts=tuple(veil.apply(part) if veil else part for part in m.parts)) for m in messages
    )
    request = request_of(backend, hidden, asked_in)
    if backend.context is not None and request.input_tokens + written > backend.context:
        raise ConfigurationError(
            _("This recap is too long for {name} to be rewritten at once.").format(name=backend_name),
            _("Choose a model with a longer context."),
        )
    return Prepared(backend, request, veil, written)


async def adapt(
    run: Run,
    prepared: Prepared,
    store: Store,
    *,
    on_delta: Callable[[str], None] | None = None,
    environ: Mapping[str, str] = ENVIRONMENT,
) -> Adapted:
    """Ask for an adaptation, and return it. The answer is kept with the run: the same request is not sent again.

    Raises:
        OutboundRefused, MissingKey, BackendError: the model may not, or cannot, be asked, or wrote nothing.
    """
    backend, request, veil, _written = prepared
    channel = Channel(backend, store, generator_of(environ), policy=run.policy, environ=environ, run=run.id, veil=veil)
    answer = store.answers.completions(run.id).get(request.id)
    if answer is None:

        async def keep(completion: Completion) -> None:
            await store.answers.add_completion(run.id, request.id, request.question, backend.name, completion)

        async with channel:
            answer = await asking.ask(channel, request, keep, on_delta=on_delta)
    text = channel.restore(answer.text).strip()
    return Adapted(text, request.id, answer.model, _not_restored(request, answer.text, veil))


def _not_restored(request: Request, answer: str, veil: privacy.Veil | None) -> int:
    """Return how many of the pseudonyms that were sent are not words of the answer; capitals do not count."""
    if veil is None:
        return 0
    sent = "\n".join(message.content for message in request.messages)
    names = {alias.pseudonym for alias in veil.pseudonyms.aliases}
    return sum(_holds(sent, name) and not _holds(answer, name) for name in names)


def _holds(text: str, name: str) -> bool:
    """Return whether a text holds a name as words of its own: `Philiberte` does not hold `Philibert`."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None

"""Questions to a model about a prompt (what it may lose) or about a recap (what it lost).

The questions are documented prompt files, which anybody may edit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from comparia import asking, privacy, prompts
from comparia.asking import Channel, generator_of, model_named, request_of, veil_for
from comparia.config import Settings, shipped
from comparia.errors import ConfigurationError
from comparia.keys import ENVIRONMENT
from comparia.messages import gettext as _
from comparia.records import Asked, Completion, Message, Run, Variant, now
from comparia.store import Store
from comparia.text import fences
from comparia.trying.changes import prompt_of

Kind = Literal["critique", "challenge"]
KINDS: tuple[Kind, ...] = ("critique", "challenge")

ANSWER_TOKENS = 2000
"""Most tokens of an answer, kept free for it in the context window."""


def question_file(kind: Kind, language: Literal["fr", "en"]) -> Path:
    """Return the file of a question: the one under `prompts/questions` in the current folder, else the shipped one."""
    name = f"questions/{kind}.{language}.md"
    local = Path("prompts") / name
    return local if local.is_file() else shipped("prompts") / name


def messages_for(kind: Kind, run: Run, variant: Variant | None, text: str = "") -> tuple[Message, ...]:
    """Return the messages of a question, before names are replaced by pseudonyms.

    Args:
        kind: critique of a prompt, or challenge of a recap.
        run: the run it is about.
        variant: the recap that is challenged.
        text: the prompt that is criticised, as typed; the run's own when empty.

    Raises:
        ConfigurationError: there is no prompt, or no recap, to ask about.
        PromptError: the file of the question is not valid.
    """
    language = run.transcript.language
    prompt_text = _prompt_text(run, text)
    line = fences.line(run.fence)
    values = {"prompt": f"{line}\n{prompt_text}\n{line}"}
    if kind == "critique" and not prompt_text:
        raise ConfigurationError(_("There is no prompt to speak of."))
    if kind == "challenge":
        if variant is None or not variant.summary:
            raise ConfigurationError(_("There is no recap to challenge."))
        session = "\n".join(prompts.transcript_lines(run.transcript))
        values |= {"recap": f"{line}\n{variant.summary}\n{line}", "transcript": prompts.ABOVE[language]}
        instructions = [m.content for m in prompts.load_question(question_file(kind, language), values)]
        return (prompts.session_first(session, run.fence, language, *instructions),)
    return prompts.load_question(question_file(kind, language), values)


async def ask(
    kind: Kind,
    run: Run,
    backend_name: str,
    store: Store,
    settings: Settings,
    *,
    variant: Variant | None = None,
    text: str = "",
    on_delta: Callable[[str], None] | None = None,
    on_kept: Callable[[], None] | None = None,
    environ: Mapping[str, str] = ENVIRONMENT,
) -> Asked:
    """Ask a backend a question, under the policy and the pseudonyms of a stored run, and return the answer.

    The answer is stored with the run; the same question is not sent again: `on_kept` is then told.

    Raises:
        OutboundRefused, MissingKey, BackendError: the model may not, or cannot, be asked.
        ConfigurationError: the backend is no model, there is nothing to ask about, or the session is too long for it.
    """
    backend = model_named(backend_name, settings, max_tokens=ANSWER_TOKENS)
    veil = veil_for(run.transcript, [backend], privacy.AUTO._replace(mode=settings.pseudonyms), run.pseudonyms)
    channel = Channel(backend, store, generator_of(environ), policy=run.policy, environ=environ, run=run.id, veil=veil)
    messages = tuple(
        Message(role=m.role, parts=tuple(map(channel.hide, m.parts))) for m in messages_for(kind, run, variant, text)
    )
    identity = [[m.role, m.content.replace(run.fence, "") if run.fence else m.content] for m in messages]
    request = request_of(backend, messages, run.transcript.language, identity=identity)
    if backend.context is not None and request.input_tokens + ANSWER_TOKENS > backend.context:
        raise ConfigurationError(
            _("This session is too long for {name} to be asked about it at once.").format(name=backend_name),
            _("Choose a model with a longer context."),
        )
    answer = store.answers.completions(run.id).get(request.id)
    if answer is not None and on_kept is not None:
        on_kept()
    if answer is None:

        async def keep(completion: Completion) -> None:
            await store.answers.add_completion(run.id, request.id, request.question, backend.name, completion)

        async with channel:
            answer = await asking.ask(channel, request, keep, on_delta=on_delta)
    return Asked(
        kind=kind,
        of=run.id,
        variant=variant.id if variant is not None and kind == "challenge" else "",
        backend=backend.name,
        at=now(),
        text=channel.restore(answer.text),
        prompt=_prompt_text(run, text) if kind == "critique" else "",
        request=request.id,
    )


def _prompt_text(run: Run, typed: str) -> str:
    """Return the prompt that is criticised: as typed, else the run's own; empty where there is none."""
    prompt = prompt_of(run)
    return typed or (prompts.as_text(prompt) if prompt else "")

"""Questions put about a prompt or a recap: what it will lose, what it lost. Documented meta-prompts, files anybody may edit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from comparia import privacy, prompts
from comparia.backends import check_keys, connect, resolve
from comparia.backends.asking import Asker
from comparia.config import Settings, shipped
from comparia.errors import ConfigurationError
from comparia.keys import ENVIRONMENT
from comparia.messages import gettext as _
from comparia.records import Asked, Message, Request, Run, Variant, content_id, now
from comparia.store import Store
from comparia.text.size import estimate_tokens
from comparia.trying.changes import prompt_of

Kind = Literal["critique", "challenge"]
KINDS: tuple[Kind, ...] = ("critique", "challenge")

ANSWER_TOKENS = 2000
"""Tokens an answer may take, and room left for it in the context window."""


def question_file(kind: Kind, language: Literal["fr", "en"]) -> Path:
    """The file of a question: one's own under `prompts/questions`, or the shipped one."""
    name = f"questions/{kind}.{language}.md"
    own = Path("prompts") / name
    return own if own.is_file() else shipped("prompts") / name


def messages_for(kind: Kind, run: Run, variant: Variant | None, text: str = "") -> tuple[Message, ...]:
    """The question as it is before names are hidden.

    Args:
        kind: critique of a prompt, or challenge of a recap.
        run: the run it is about.
        variant: the recap that is challenged.
        text: the prompt that is criticised, as typed; the run's own when empty.

    Raises:
        ConfigurationError: there is no prompt, or no recap, to speak of.
        PromptError: the file of the question is wrong.
    """
    language = run.transcript.language
    prompt = prompt_of(run)
    typed = text or (prompts.as_text(prompt) if prompt else "")
    line = f"====={run.fence}====="
    values = {"prompt": f"{line}\n{typed}\n{line}"}
    if kind == "critique" and not typed:
        raise ConfigurationError(_("There is no prompt to speak of."))
    if kind == "challenge":
        if variant is None or not variant.summary:
            raise ConfigurationError(_("There is no recap to challenge."))
        above, below = prompts.fenced(run.fence, language)
        session = "\n".join(prompts.transcript_lines(run.transcript))
        values |= {"recap": f"{line}\n{variant.summary}\n{line}", "transcript": f"{above}{session}{below}"}
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
    environ: Mapping[str, str] = ENVIRONMENT,
) -> Asked:
    """Put a question to a backend, under the policy and the pseudonyms of a stored run; an answer is kept with it, and not asked again.

    Raises:
        OutboundRefused, MissingKey, BackendError: the model may not, or cannot, be asked.
        ConfigurationError: it is no model, there is nothing to ask about, or the session is too long for it.
    """
    chosen = resolve([backend_name], settings, privacy.true_zone)
    if len(chosen) != 1 or chosen[0].author != "model":
        raise ConfigurationError(_("{name} is not a model.").format(name=backend_name))
    privacy.check(run.policy, chosen)
    check_keys(chosen, environ)
    backend = chosen[0].model_copy(update={"max_tokens": chosen[0].max_tokens or ANSWER_TOKENS})
    hidden = run.pseudonyms
    if hidden is None and privacy.hides(settings.pseudonyms, chosen):
        hidden = privacy.AUTO.of(run.transcript)
    veil = privacy.veil_of(hidden, run.transcript) if hidden else None
    asked = messages_for(kind, run, variant, text)
    if veil is not None:
        asked = tuple(Message(role=m.role, parts=tuple(veil.apply(part) for part in m.parts)) for m in asked)
    tokens = sum(estimate_tokens(m.content, run.transcript.language) for m in asked)
    if backend.context is not None and tokens + ANSWER_TOKENS > backend.context:
        raise ConfigurationError(
            _("This session is too long for {name} to be asked about it at once.").format(name=backend_name),
            _("Choose a model with a longer context."),
        )
    said = (
        [[m.role, m.content.replace(run.fence, "")] for m in asked]
        if run.fence
        else [[m.role, m.content] for m in asked]
    )
    question = content_id("qu", said)
    request = Request(
        id=content_id("rq", [question, backend.name, backend.model, backend.base_url]),
        question=question,
        backend=backend.name,
        model=backend.model,
        messages=asked,
        input_tokens=tokens,
    )
    known = store.completions(run.id).get(request.id)
    answer = known.text if known else None
    if answer is None:
        gate = privacy.Gate(run.policy, run.id, store.add_sending, veil)
        generator = connect(backend, gate.admit, environ)

        async def send(_attempt: int) -> str:
            completion = await generator.generate(request, on_delta)
            await store.add_completion(run.id, request.id, question, backend.name, completion)
            return completion.text

        try:
            answer = await Asker(backend).ask(tokens, send)
        finally:
            await generator.close()
    return Asked(
        kind=kind,
        of=run.id,
        variant=variant.id if variant is not None and kind == "challenge" else "",
        backend=backend.name,
        at=now(),
        text=veil.restore(answer) if veil else answer,
    )

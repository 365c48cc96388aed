"""What a server answers, made a completion: thinking taken out, why it ended, what it read, why there is no recap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from comparia.backends.forms import FORM_CODES
from comparia.errors import BackendError
from comparia.messages import sentence as _
from comparia.records import Backend, Completion, Usage
from comparia.text.controls import readable
from comparia.text.thinking import without_thinking

ENDED_WELL = frozenset(
    (
        "",
        "stop",
        "eos",
        "eos_token",
        "stop_sequence",
        "stop_token",
        "end_turn",
        "completed",
        "complete",
        "finished",
        "finish",
        "done",
    )
)
"""Why an answer ends when it is whole."""
ENDED_BY_LENGTH = frozenset(("length", "max_tokens", "max_output_tokens", "model_length", "token_limit", "max_length"))
ENDED_BY_FILTER = frozenset(
    (
        "content_filter content_filtered filtered safety recitation blocklist prohibited_content spii language refusal "
        "guardrail_intervened image_safety sensitive moderation"
    ).split()
)
ENDED_BY_ERROR = frozenset(
    ("error", "abort", "aborted", "cancelled", "insufficient_system_resource", "failed", "other")
)
LEAST_WORDS = 3
"""An answer of fewer words than this, once its thinking is out, is no recap."""


def completion_of(
    text: str,
    *,
    finish: Any,
    usage: Usage,
    model: str = "",
    reasoning: str = "",
    refused: str = "",
    adjusted: tuple[str, ...] = (),
    fingerprint: Any = "",
    response_id: Any = "",
) -> Completion:
    """Return what a server answered as a completion, with what a reader must know of it.

    Args:
        text: the answer as it came.
        finish: why it ended, as the server says.
        usage: what it read and wrote.
        model: that answered.
        reasoning: what stood in a field of its own: it is looked at only where there is no answer.
        refused: the model's words where it refuses to answer.
        adjusted: how the request had to be changed for this server.
        fingerprint: what the server calls the state of its model.
        response_id: that the server gave its answer.

    Raises:
        BackendError: there is no recap in it; says why, and what was paid.
    """
    answer = without_thinking(text)
    ending = finish.strip().lower() if isinstance(finish, str) else ""
    short = len(answer.text.split()) < LEAST_WORDS
    if (answer.unclosed and short) or (short and not answer.text and ending in ENDED_BY_LENGTH):
        raise BackendError(
            "thinking" if answer.unclosed or reasoning else "empty",
            _("the model spent its answer thinking: nothing is left for the recap")
            if answer.unclosed or reasoning
            else _("the answer is empty: its length limit was reached at once"),
            _("Raise `max_tokens` for this backend, or switch its thinking off."),
            usage=usage,
        )
    if ending in ENDED_BY_ERROR and (short or ending == "error"):
        message = _("the server stopped in the middle of its answer ({reason})").format(reason=ending)
        raise BackendError(
            "server_error", message, _("The server failed; try again later."), retryable=True, usage=usage
        )
    if not answer.text.strip():
        raise _empty(ending, reasoning, refused, usage)
    codes = [
        *(["thinking_removed"] if answer.removed else []),
        *(["may_hold_thinking"] if answer.unknown else []),
        *(["cut_output"] if ending in ENDED_BY_LENGTH or answer.unclosed else []),
        *(["filtered"] if ending in ENDED_BY_FILTER else []),
        *(["ended_oddly"] if ending not in ENDED_WELL | ENDED_BY_LENGTH | ENDED_BY_FILTER else []),
        *adjusted,
    ]
    return Completion(
        text=encodable(answer.text).strip(),
        model=encodable(model),
        usage=usage,
        finish_reason=encodable(ending),
        warnings=tuple(codes),
        fingerprint=_label(fingerprint),
        response_id=_label(response_id),
    )


def _label(value: Any) -> str:
    """Return a name that a server gives, without what acts in a terminal, at most 200 characters of it."""
    return encodable(readable(value))[:200] if isinstance(value, str) else ""


def _empty(ending: str, reasoning: str, refusal_words: str, usage: Usage) -> BackendError:
    """Return why an answer is empty; asking again is worth it only where nothing tells why."""
    if refusal_words:
        message = _("the model refuses to answer: {words}").format(words=refusal_words[:200])
        return BackendError("filtered", message, _("Change the prompt, or choose another model."), usage=usage)
    if ending in ENDED_BY_FILTER:
        message = _("the provider's filter held the answer back ({reason})").format(reason=ending)
        return BackendError("filtered", message, _("Change the prompt, or choose another model."), usage=usage)
    if reasoning:
        message = _("the answer is empty: its words stand in the field of the model's thinking")
        cure = _("Switch the thinking of this model off, or correct the chat template of its server.")
        return BackendError("thinking", message, cure, usage=usage)
    if ending in ("tool_calls", "function_call"):
        message = _("the model calls a tool instead of answering")
        return BackendError("rejected", message, _("Choose a model, or a template, without tools."), usage=usage)
    paid = bool(usage.output_tokens)
    return BackendError("empty", _("the answer is empty"), retryable=not paid, usage=usage)


def usage_of(document: Any) -> Usage:
    """Return what an answer says of its tokens, cost and energy, in the words of any known server."""
    usage = document.get("usage") if isinstance(document, Mapping) else None
    usage = usage if isinstance(usage, Mapping) else {}
    details = usage.get("prompt_tokens_details")
    timings = document.get("timings") if isinstance(document, Mapping) else None
    read = count(usage.get("prompt_tokens")) or count(usage.get("input_tokens"))
    from_cache = max(
        count(details.get("cached_tokens")) or 0 if isinstance(details, Mapping) else 0,
        (count(usage.get("cache_read_input_tokens")) or 0) + (count(usage.get("cache_creation_input_tokens")) or 0),
        count(timings.get("cache_n")) or 0 if isinstance(timings, Mapping) else 0,
    )
    if read is not None and from_cache > read:  # counted apart: they were read all the same
        read += from_cache
    return Usage(
        input_tokens=read,
        cached_tokens=from_cache or None,
        output_tokens=count(usage.get("completion_tokens")) or count(usage.get("output_tokens")),
        cost=cost(usage.get("cost")),
        energy=reported_range(usage.get("carbon"), "kWh"),
        carbon=reported_range(usage.get("carbon"), "kgCO2eq"),
    )


def encodable(text: str) -> str:
    """Return a text that can be kept: half an emoji, which JSON can escape, is none."""
    return text.encode("utf-8", "replace").decode("utf-8")


def count(value: Any) -> int | None:
    """Return tokens as a server counts them; zero is how some say that they do not count."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**9 else None


def cost(value: Any) -> float | None:
    """Return a cost as a server gives it; None for what is no number."""
    is_cost = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 10**9
    return float(value) if is_cost else None


def reported_range(carbon: Any, unit: str) -> tuple[float, float] | None:
    """Return energy (kWh) or gases (kgCO2eq) as OpenGateLLM reports them; zero is how it says that it does not know."""
    told = carbon.get(unit) if isinstance(carbon, Mapping) else None
    low, high = (cost(told.get("min")), cost(told.get("max"))) if isinstance(told, Mapping) else (None, None)
    return (low, high) if low is not None and high else None


CHANGED = ("system_in_user", "no_temperature", "no_top_p", "no_seed", "no_reasoning_effort")
"""Adaptations that change what the model was asked; those of `FORM_CODES` only change how its answer is held."""


def adjustments_to_tell(adjustments: Sequence[str], backend: Backend) -> tuple[str, ...]:
    """Return the adjustments told with an answer: those that a reader must know, and forms that were found out now."""
    shown = [how for how in adjustments if how in CHANGED]
    found_out = [how for how in adjustments if how in FORM_CODES and how not in backend.not_taken]
    return (*shown, *found_out)


def parameters_sent(sent: Mapping[str, Any], backend: Backend, *, max_tokens: str = "max_tokens") -> dict[str, Any]:
    """Return the generation parameters among the fields of a request, those of `extra` under that name.

    Args:
        sent: fields of the request.
        backend: whom it asks.
        max_tokens: name of the field of the longest answer.
    """
    names = ("temperature", "top_p", backend.seed_field, max_tokens, "reasoning_effort")
    found = {name: sent[name] for name in names if name in sent}
    extra = {name: sent[name] for name in backend.extra if name in sent and name not in found}
    return found | ({"extra": extra} if extra else {})

"""How an answer is held to a JSON Schema: every way that servers know, tried in one order until a server takes one.

What a server refuses, or takes without keeping to it, is kept (`Channel.learn`), so that it is tried once. The schema
stands in words in the request all the same, for servers that take none.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from comparia.records import Backend, Request

FORMS = ("json_schema", "structured_outputs", "guided_json", "format", "tool", "json_object")
"""The ways, in the order in which they are tried.

`json_schema`: OpenAI's `response_format` with the schema. `structured_outputs` and `guided_json`: guided decoding of
vLLM, from 0.11 on and before. `format`: of Ollama's own `/api/chat`. `tool`: a forced call of one function whose
parameters are the schema; after the others, since templates put functions before the session, which is then read again.
`json_object`: JSON of any shape.
"""

HELD = frozenset(FORMS) - {"json_object"}
"""The ways that hold an answer to the schema."""

UNUSUAL = frozenset(FORMS) - {"json_schema", "json_object"}
"""The ways that few servers know, so that a refused request is sent again without them, whatever the refusal says."""

ADJUSTED_BY_LITELLM = ("json_schema", "json_object")
"""The ways that litellm puts into the words of each provider by itself."""

FORM_CODES = tuple(f"no_{form}" for form in FORMS)
"""What a server was found not to take, a code a way."""

FUNCTION = "answer"
"""Name of the function whose call is forced."""

_OF_EARLIER_VERSIONS = {"json_object": ("no_json_schema",), "no_schema": ("no_json_schema", "no_json_object")}


def form_of(
    request: Request, not_taken: Sequence[str], backend: Backend | None = None, forms: Sequence[str] = FORMS
) -> str:
    """Return the way an answer is held to the schema of a request; empty for a text, or where none is left.

    Args:
        request: the request.
        not_taken: codes of what its server does not take.
        backend: whom it asks: `format` is for Ollama, and for servers at an address of one's own.
        forms: the ways that its adapter knows.
    """
    if request.answer_schema is None:
        return ""
    refused = {new for code in not_taken for new in _OF_EARLIER_VERSIONS.get(code, (code,))}
    if backend is None or backend.preset not in ("", "ollama", "openai-compatible"):
        refused.add("no_format")
    return next((form for form in forms if f"no_{form}" not in refused), "")


def fields_of(form: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a body that hold its answer to a schema in one way."""
    function = {"name": FUNCTION, "description": "Give the answer.", "parameters": dict(schema)}
    fields: Mapping[str, dict[str, Any]] = {
        "json_schema": {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": FUNCTION, "strict": True, "schema": dict(schema)},
            }
        },
        "structured_outputs": {"structured_outputs": {"json": dict(schema)}},
        "guided_json": {"guided_json": dict(schema)},
        "format": {"format": dict(schema)},
        "tool": {
            "tools": [{"type": "function", "function": function}],
            "tool_choice": {"type": "function", "function": {"name": FUNCTION}},
        },
        "json_object": {"response_format": {"type": "json_object"}},
    }
    return fields.get(form, {})


def form_sent(sent: Mapping[str, Any]) -> str:
    """Return the way that the fields of a request hold its answer to a schema; empty for none."""
    if "response_format" in sent:
        return "json_schema" if sent["response_format"].get("type") == "json_schema" else "json_object"
    fields = {"tools": "tool", "structured_outputs": "structured_outputs", "guided_json": "guided_json"}
    return next((form for field, form in {**fields, "format": "format"}.items() if field in sent), "")


def of_ollama(options: Mapping[str, Any], schema: Mapping[str, Any], own: Collection[str]) -> dict[str, Any]:
    """Return the fields of a request to Ollama's `/api/chat`, from those of one to `/chat/completions`.

    Args:
        options: the fields.
        schema: that the answer must follow.
        own: names of the fields that a person set by hand, which are sent as they are.
    """
    names = {"temperature": "temperature", "top_p": "top_p", "seed": "seed", "max_tokens": "num_predict"}
    generation = {name: options[field] for field, name in names.items() if field in options}
    as_they_are = {name: options[name] for name in own if name in options and name not in names}
    return {"model": options["model"], "stream": False, **as_they_are, "format": dict(schema), "options": generation}


def in_openai_words(document: Any) -> Any:
    """Return an answer of Ollama's `/api/chat` as one of `/chat/completions`; any other document as it is."""
    if not isinstance(document, dict) or "choices" in document or not isinstance(document.get("message"), dict):
        return document
    if not document.get("done"):
        return document
    usage = {"prompt_tokens": document.get("prompt_eval_count"), "completion_tokens": document.get("eval_count")}
    choice = {"message": document["message"], "finish_reason": document.get("done_reason") or "stop"}
    return {"model": document.get("model"), "choices": [choice], "usage": usage}


def arguments_in(message: Any) -> str:
    """Return the arguments of the function that a message, or a piece of one, calls, as JSON; empty for none."""
    calls = message.get("tool_calls") if isinstance(message, dict) else None
    function = calls[0].get("function") if isinstance(calls, list) and calls and isinstance(calls[0], dict) else None
    arguments = function.get("arguments") if isinstance(function, dict) else None
    if isinstance(arguments, dict):
        return json.dumps(arguments, ensure_ascii=False)
    return arguments if isinstance(arguments, str) else ""


def is_held(text: str, *, whole: bool) -> bool:
    """Return whether a text is one JSON object and nothing else, as it is where a server keeps to a schema.

    Args:
        text: the answer.
        whole: whether it ended by itself; of one that was cut, only the beginning tells.
    """
    if not whole:
        return text.lstrip().startswith("{")
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False

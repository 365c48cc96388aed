"""Every other provider (Anthropic, Gemini, Bedrock...), through litellm, imported only when it is used.

Its price map is the one it ships with and its telemetry and logging are off: nothing goes out but the request.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import os
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from comparia.errors import BackendError
from comparia.messages import gettext as _
from comparia.records import Backend, Completion, FailureKind, Request, Usage

_KINDS: dict[int, tuple[FailureKind, bool]] = {
    400: ("rejected", False),
    401: ("authentication", False),
    403: ("authentication", False),
    404: ("rejected", False),
    408: ("timeout", True),
    413: ("too_long", False),
    422: ("rejected", False),
    424: ("overloaded", True),
    429: ("rate_limited", True),
    500: ("server_error", True),
    502: ("overloaded", True),
    503: ("overloaded", True),
    504: ("timeout", True),
    529: ("overloaded", True),
}


class LiteLLM:
    """One model behind litellm.

    Args:
        backend: `model` carries litellm's provider prefix.
        key: the key, passed to each call and kept nowhere else.
        admit: the outbound gate.
    """

    def __init__(
        self, backend: Backend, key: str | None, admit: Callable[[Backend, str, bytes, int], Awaitable[None]]
    ) -> None:
        self._backend = backend
        self._key = key
        self._admit = admit

    async def generate(self, request: Request, on_delta: Callable[[str], None] | None = None) -> Completion:
        """Ask once. Raises BackendError, each foreign error mapped to ours."""
        backend = self._backend
        messages = [{"role": m.role, "content": m.content} for m in request.messages]
        provider = backend.model.partition("/")[0]
        await self._admit(backend, f"litellm://{provider}", json.dumps(messages).encode(), request.input_tokens)
        litellm = await asyncio.to_thread(_load)
        options: dict[str, Any] = {
            "model": backend.model,
            "messages": messages,
            "timeout": backend.timeout,
            "num_retries": 0,
        }
        options |= {"api_key": self._key} if self._key else {}
        options |= {"api_base": backend.base_url} if backend.base_url else {}
        options |= {"temperature": backend.temperature} if backend.temperature is not None else {}
        options |= {"max_tokens": backend.max_tokens} if backend.max_tokens is not None else {}
        begun = time.monotonic()
        try:
            if on_delta is None:
                answer = await litellm.acompletion(**options)
                text, finish = answer.choices[0].message.content or "", answer.choices[0].finish_reason
            else:
                text, finish, answer = await _streamed(litellm, options, on_delta)
        except BackendError:
            raise
        except Exception as error:
            raise self._translated(error) from error
        if not text.strip():
            raise BackendError("empty", _("the answer is empty"), retryable=True)
        usage = getattr(answer, "usage", None)
        return Completion(
            text=text.encode("utf-8", "replace").decode("utf-8").strip(),
            model=str(getattr(answer, "model", "") or ""),
            usage=Usage(
                input_tokens=getattr(usage, "prompt_tokens", None),
                output_tokens=getattr(usage, "completion_tokens", None),
            ),
            finish_reason=str(finish or ""),
            seconds=round(time.monotonic() - begun, 3),
        )

    async def close(self) -> None:
        """Close litellm's cached connections, if it was ever used."""
        loaded: Any = sys.modules.get("litellm")
        if loaded is not None:
            await loaded.close_litellm_async_clients()

    def _translated(self, error: Exception) -> BackendError:
        status = getattr(error, "status_code", None)
        name = type(error).__name__
        if "ContextWindow" in name:
            return BackendError(
                "too_long", name, _("Set `context` for this backend so that the session is read in parts.")
            )
        kind, retryable = _KINDS.get(status if isinstance(status, int) else 0, ("server_error", True))
        if "Connection" in name:
            kind, retryable = "connection", True
        elif "Timeout" in name:
            kind, retryable = "timeout", True
        text = str(error).replace(self._key, "***") if self._key else str(error)
        text = " ".join(text.split())[:300]
        cure = ""
        if kind == "authentication":
            cure = _("Check the key in {variable}.").format(variable=self._backend.key_variable or "-")
        return BackendError(kind, f"{name}: {text}", cure, retryable=retryable)


async def _streamed(litellm: Any, options: dict[str, Any], on_delta: Callable[[str], None]) -> tuple[str, str, Any]:
    pieces: list[str] = []
    finish = ""
    last = None
    stream = await litellm.acompletion(**options, stream=True, stream_options={"include_usage": True})
    async for chunk in stream:
        last = chunk if getattr(chunk, "usage", None) or last is None else last
        for choice in chunk.choices:
            finish = choice.finish_reason or finish
            if choice.delta.content:
                pieces.append(choice.delta.content)
                on_delta(choice.delta.content)
    return "".join(pieces), finish, last


def _load() -> Any:
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else it fetches a price list at import
    for loud in ("LITELLM_LOG", "LITELLM_DEBUG", "DEBUG"):
        os.environ.pop(loud, None)  # at debug level it prints prompts and keys
    litellm: Any = importlib.import_module("litellm")
    litellm.telemetry = False
    litellm.set_verbose = False
    litellm.turn_off_message_logging = True
    litellm.callbacks, litellm.success_callback, litellm.failure_callback = [], [], []
    litellm.suppress_debug_info = True
    litellm.drop_params = True
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return litellm

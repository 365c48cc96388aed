"""Backends that other packages add: a preset and one function, handed the client that passes the gate.

A plug-in opens no connection of its own: while its function runs, a connection that its client does not make is
refused.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from functools import cache
from typing import Any

from comparia.backends.answers import completion_of
from comparia.backends.openai_compatible import OpenAICompatible, read_whole
from comparia.backends.presets import presets
from comparia.errors import BackendError, CompariaError, PluginError
from comparia.messages import sentence as _
from comparia.plugins import Plugin
from comparia.records import Backend, Completion, Request

_running: ContextVar[Plugin | None] = ContextVar("_running", default=None)
"""The plug-in whose function runs, outside its client."""


class GatedClient(OpenAICompatible):
    """The one way out for a plug-in: to the address of its backend, each request through the gate and in the journal.

    The key is sent as a bearer token; the plug-in never holds it. Time limits, proxies, the size of answers and the
    errors are those of every other backend.
    """

    async def post(self, path: str, body: bytes, tokens: int = 0) -> bytes:
        """Send a body once, and return the answer as it came.

        Args:
            path: what is added to the address of the backend, from its `/` on.
            body: what leaves; JSON, in most cases.
            tokens: estimated input tokens, for the journal.

        Raises:
            BackendError: no answer came, or one that says an error.
            OutboundRefused: the policy does not allow it, or a name was left in it; nothing was sent.
        """
        if not path.startswith("/"):
            raise BackendError("rejected", _("a path starts with /: {path}").format(path=path[:80]))
        token = _running.set(None)
        try:
            async with self._exchange("POST", path, body, tokens) as response:
                return await read_whole(response)
        finally:
            _running.reset(token)

    def _elsewhere(self, error: BackendError, url: str) -> BackendError:
        return error


class Added:
    """A backend of a plug-in, connected.

    Args:
        plugin: where its function lies.
        backend: what is asked.
        key: its key.
        admit: the outbound gate.
    """

    def __init__(
        self,
        plugin: Plugin,
        backend: Backend,
        key: str | None,
        admit: Callable[[Backend, str, bytes, int], Awaitable[None]],
    ) -> None:
        presets()[plugin.name]  # raises PluginError
        self._plugin = plugin
        self._backend = backend
        self._generate = plugin.load().generate
        self._client = GatedClient(backend, key, admit)
        _watch()

    async def generate(self, request: Request, on_delta: Callable[[str], None] | None = None) -> Completion:
        """Ask the function of the plug-in. Whatever it raises is a BackendError that names its package."""
        token = _running.set(self._plugin)
        try:
            answer = await self._generate(request, self._backend, self._client)
            if isinstance(answer, str):
                answer = Completion(text=answer, finish_reason="stop")
            completion = completion_of(
                answer.text,
                finish=answer.finish_reason or "stop",
                usage=answer.usage,
                model=answer.model,
                fingerprint=answer.fingerprint,
                response_id=answer.response_id,
            ).model_copy(update={"parameters": answer.parameters})
        except PluginError as error:
            raise BackendError("rejected", error.message, error.cure) from error
        except CompariaError:
            raise
        except Exception as error:
            problem = self._plugin.failed(error)
            raise BackendError("bad_response", problem.message, problem.cure) from error
        finally:
            _running.reset(token)
        if on_delta is not None:
            on_delta(completion.text)
        return completion

    async def close(self) -> None:
        """Close the connections of its client."""
        await self._client.close()


@cache
def _watch() -> None:
    """Refuse, from now on, the connections that a plug-in opens by itself."""
    sys.addaudithook(_refuse_connection)


def _refuse_connection(event: str, _arguments: Any) -> None:
    if event in ("socket.connect", "socket.sendto") and (plugin := _running.get()) is not None:
        raise plugin.refused(_("it opened a connection by itself, past the gate"))

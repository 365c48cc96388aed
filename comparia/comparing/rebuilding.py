"""The requests of a run, rebuilt from its session, prompts and fence, and from the answers that were kept.

Nothing is sent. A run carried out again with its own answers asks the very same requests: their ids, and the hashes of
their bytes, show it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

from comparia.asking import Channel
from comparia.backends import Generator, request_bytes
from comparia.comparing.execution import Execution
from comparia.errors import BackendError
from comparia.messages import gettext as _
from comparia.records import Backend, Call, Cell, Completion, Request, Run
from comparia.store import Store


class Rebuilt(NamedTuple):
    """A request, rebuilt."""

    variant: str
    """The recap it was asked for."""
    role: str
    """What it was asked: `recap`, `step 1/2`, `part 3/7`."""
    request: Request
    """The request."""
    answered: bool
    """Whether an answer to it was kept."""


class _Rebuilding(Execution):
    """An execution that answers from what was kept, writes nothing down, and notes every request."""

    def __init__(self, run: Run, store: Store, answers: Mapping[str, Completion]) -> None:
        super().__init__(run.model_copy(update={"variants": ()}), store, _no_channel, None, stream=False)
        self._answers = answers
        self.rebuilt: list[Rebuilt] = []
        self.summaries: dict[str, str] = {}

    async def rebuild(self, cell: Cell, backend: Backend) -> None:
        """Note the requests of one cell, and what its answers make of it."""
        calls: list[Call] = []
        try:
            if cell.prompt is not None:
                self.summaries[cell.variant] = await self._converse(cell, backend, self._prompts[cell.prompt], calls)
        except BackendError:
            return

    async def _ask(self, cell: Cell, backend: Backend, request: Request, role: str, calls: list[Call]) -> str:
        completion = self._answers.get(request.id)
        self.rebuilt.append(Rebuilt(cell.variant, role, request, completion is not None))
        if completion is None:
            raise BackendError("not_recorded", _("This answer was not kept."))
        calls.append(Call(request=request.id, role=role, expected_tokens=request.input_tokens))
        return completion.text


def _no_channel(_backend: Backend) -> Channel[Generator]:
    raise BackendError("not_recorded", _("This answer was not kept."))


async def rebuilt(run: Run, store: Store, answers: Mapping[str, Completion]) -> tuple[list[Rebuilt], dict[str, str]]:
    """Return the requests of a run, and the text that its answers make of each recap.

    Args:
        run: the run; its recaps are not looked at.
        store: where it, and its answers, may be kept; nothing is read of it but its answers, nothing is written.
        answers: every answer, by request id.
    """
    rebuilding = _Rebuilding(run, store, answers)
    backends = {backend.name: backend for backend in run.backends}
    for cell in run.plan.cells:
        backend = backends[cell.backend]
        if cell.prompt is not None and backend.kind != "replay":
            await rebuilding.rebuild(cell, backend)
    return rebuilding.rebuilt, rebuilding.summaries


def hashes_of(backend: Backend, request: Request, warnings: tuple[str, ...]) -> set[str]:
    """Return the SHA-256 of the bytes of a request, as they may have been sent: streamed or whole.

    Empty for a backend whose bytes another library makes.

    Args:
        backend: who was asked.
        request: the request.
        warnings: of the recap, which tell what the server did not take.
    """
    return {hashlib.sha256(body).hexdigest() for body in request_bytes(backend, request, warnings)}

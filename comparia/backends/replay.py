"""Answers recorded in an earlier run, for a stage without network."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from comparia.errors import BackendError
from comparia.messages import gettext as _
from comparia.records import Backend, Completion, Request


class Replay:
    """A backend whose answers are all known.

    Args:
        backend: the replayed backend's record.
        answers: completions by the question they answered (`Request.question`).
    """

    def __init__(self, backend: Backend, answers: Mapping[str, Completion]) -> None:
        self._backend = backend
        self._answers = answers

    async def generate(self, request: Request, on_delta: Callable[[str], None] | None = None) -> Completion:
        """The recorded answer. Raises BackendError `not_recorded` for a question that was never asked."""
        answer = self._answers.get(request.question)
        if answer is None:
            raise BackendError(
                "not_recorded",
                _("this request is not in the recorded run"),
                _("Replay needs the same transcript, prompts and repeats."),
            )
        if on_delta is not None:
            on_delta(answer.text)
        return answer

    async def close(self) -> None:
        """Nothing to release."""

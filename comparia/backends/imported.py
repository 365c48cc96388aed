"""A recap written by hand or elsewhere, answered as it is."""

from __future__ import annotations

from collections.abc import Callable

from comparia.records import Backend, Completion, Request


class Imported:
    """A recap that exists already.

    Args:
        backend: carries the author's name.
        text: the recap.
    """

    def __init__(self, backend: Backend, text: str) -> None:
        self._backend = backend
        self._text = text

    async def generate(self, request: Request, on_delta: Callable[[str], None] | None = None) -> Completion:
        """The recap, whatever is asked."""
        if on_delta is not None:
            on_delta(self._text)
        return Completion(text=self._text, finish_reason="stop")

    async def close(self) -> None:
        """Nothing to release."""


def backend(author: str) -> Backend:
    """The backend that stands for a person."""
    return Backend(name=f"imported:{author}", kind="imported", zone="local", author="human")

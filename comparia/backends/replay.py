"""Answers recorded in an earlier run, for a stage without network: in the rhythm in which they came."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from comparia.errors import BackendError
from comparia.messages import sentence as _
from comparia.records import Backend, Completion, Request

BEAT = 50
"""Shortest time between two beats that are kept, in ms: nobody sees more."""

LONGEST_PAUSE = 20.0
"""Longest silence that is played again, in seconds."""


class Rhythm:
    """Passes the pieces of an answer on, and keeps when they came.

    Args:
        on_delta: receives each piece.
        clock: seconds; only differences count.
    """

    def __init__(self, on_delta: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._on_delta = on_delta
        self._clock = clock
        self._start = clock()
        self._characters = 0
        self.beats: list[tuple[int, int]] = []
        """ms since the sending, characters that had come."""

    def __call__(self, text: str) -> None:
        """Receive one piece."""
        self._characters += len(text)
        at = int(1000 * (self._clock() - self._start))
        if len(self.beats) > 1 and at - self.beats[-2][0] < BEAT:
            self.beats[-1] = (at, self._characters)
        else:
            self.beats.append((at, self._characters))
        self._on_delta(text)


class Replay:
    """A backend whose answers are all known.

    Args:
        backend: the replayed backend's record.
        answers: completions by the question they answered (`Request.question`).
        speed: how many times faster than they came they are played; 0 for at once.
        places: the same by prompt id, repeat and place in the conversation: a version that writes the same request in
            other words finds them so.
    """

    def __init__(
        self,
        backend: Backend,
        answers: Mapping[str, Completion],
        speed: float = 1.0,
        places: Mapping[tuple[str, int, str], Completion] | None = None,
    ) -> None:
        self._backend = backend
        self._answers = answers
        self._places = places or {}
        self._speed = speed

    async def generate(self, request: Request, on_delta: Callable[[str], None] | None = None) -> Completion:
        """Return the recorded answer, piece by piece in its own rhythm where somebody watches.

        Raises:
            BackendError: `not_recorded`, for a question that was never asked.
        """
        place = (request.prompt, request.repeat, request.role)
        answer = self._answers.get(request.question) or self._places.get(place)
        if answer is None:
            raise BackendError(
                "not_recorded",
                _("this request is not in the recorded run"),
                _("Replay needs the same transcript, prompts and repeats."),
            )
        if on_delta is not None:
            clock = asyncio.get_running_loop().time
            start, n_shown = clock(), 0
            for at, characters in _beats(answer) if self._speed else ():
                pause = at / 1000 / self._speed - (clock() - start)
                if pause > LONGEST_PAUSE:
                    start -= pause - LONGEST_PAUSE  # what is cut of a silence is cut of all that follows
                    pause = LONGEST_PAUSE
                await asyncio.sleep(max(pause, 0.0))
                on_delta(answer.text[n_shown:characters])
                n_shown = max(n_shown, characters)
            on_delta(answer.text[n_shown:])
        return answer

    async def close(self) -> None:
        """Do nothing: there is nothing to release."""


def _beats(answer: Completion) -> tuple[tuple[int, int], ...]:
    """Return when each piece is due; an answer that came whole is spread over the time it took."""
    if answer.rhythm:
        return answer.rhythm
    steps = max(1, min(int(1000 * answer.seconds / BEAT), len(answer.text)))
    return tuple((int(1000 * answer.seconds * n / steps), len(answer.text) * n // steps) for n in range(1, steps + 1))

"""Asking a backend: at its pace, and again when that may help."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import CancelledError, ThreadPoolExecutor
from typing import Any, TypeVar

import tenacity

from comparia.backends.pace import Pace
from comparia.errors import BackendError
from comparia.records import Backend, Usage

ATTEMPTS = 8
"""Attempts of one call before its failure is recorded."""

ATTEMPTS_BY_KIND = {"connection": 3, "timeout": 3, "empty": 3}
"""Failures of these kinds seldom heal by asking again, and cost long waits."""

LONGEST_WAIT = 30.0
"""Longest wait between attempts that the server did not ask for, in seconds."""

LONGEST_ASKED_WAIT = 120.0
"""A server that asks for a longer pause has failed the call."""

T = TypeVar("T")


class Queue:
    """The one queue to one backend: its pace is shared by everybody who asks it.

    Args:
        backend: its limits.
    """

    def __init__(self, backend: Backend) -> None:
        self._pace = Pace(backend)

    async def ask(
        self, tokens: int, send: Callable[[int], Awaitable[T]], on_retry: Callable[[BackendError], None] | None = None
    ) -> T:
        """Send until it is answered or has failed for good.

        Args:
            tokens: input tokens of the call, for the pace.
            send: makes one attempt, whose number it is given; the call keeps its place until it returns, so what it
                writes to disk is written before anything else is sent.
            on_retry: told of each failed attempt that is followed by another.

        Raises:
            BackendError: with the attempts made.
        """
        failures: dict[str, int] = {}

        def worth_retrying(error: BaseException) -> bool:
            if not isinstance(error, BackendError) or not error.retryable:
                return False
            failures[error.kind] = failures.get(error.kind, 0) + 1
            too_long = error.retry_after is not None and error.retry_after > LONGEST_ASKED_WAIT
            return not too_long and failures[error.kind] < ATTEMPTS_BY_KIND.get(error.kind, ATTEMPTS)

        def wait(state: tenacity.RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            server_wait = error.retry_after if isinstance(error, BackendError) else None
            backoff = tenacity.wait_random_exponential(multiplier=0.5, max=LONGEST_WAIT)(state)
            if server_wait is not None:
                self._pace.hold(server_wait)
            return (server_wait or 0.0) + backoff

        def before_sleep(state: tenacity.RetryCallState) -> None:
            error = state.outcome.exception() if state.outcome else None
            if on_retry is not None and isinstance(error, BackendError):
                on_retry(error)

        usages: list[Usage] = []

        async def attempt_once(number: int) -> T:
            async with self._pace.turn(tokens):
                try:
                    return await send(number)
                except BackendError as error:
                    usages.extend([error.usage] if error.usage else [])
                    raise

        try:
            return await attempt_once(1)
        except BackendError as error:
            first = error
        attempts = 1
        try:  # most calls are answered at once: what decides about further attempts is set up for the others alone
            async for attempt in tenacity.AsyncRetrying(
                retry=tenacity.retry_if_exception(worth_retrying),
                stop=tenacity.stop_after_attempt(ATTEMPTS),
                wait=wait,
                before_sleep=before_sleep,
                reraise=True,
            ):
                with attempt:
                    attempts = attempt.retry_state.attempt_number
                    if attempts == 1:
                        raise first
                    answer = await attempt_once(attempts)
        except BackendError as error:
            error.attempts, error.usage = attempts, _sum(usages)
            raise
        return answer


def _sum(usages: list[Usage]) -> Usage | None:
    """Return what several attempts read, wrote and cost, as far as they said."""
    if not usages:
        return None

    def total(values: list[Any]) -> Any:
        numbers = [value for value in values if value is not None]
        return sum(numbers) if numbers else None

    return Usage(
        input_tokens=total([usage.input_tokens for usage in usages]),
        cached_tokens=total([usage.cached_tokens for usage in usages]),
        output_tokens=total([usage.output_tokens for usage in usages]),
        cost=total([usage.cost for usage in usages]),
    )


def run_sync(work: Coroutine[Any, Any, T]) -> T:
    """Return the result of asynchronous work.

    Where a loop is running already (a notebook), it is done in a thread of its own.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    loop = asyncio.new_event_loop()
    task = loop.create_task(work)
    with ThreadPoolExecutor(1) as aside:
        running = aside.submit(contextvars.copy_context().run, loop.run_until_complete, task)
        try:
            return running.result()
        except KeyboardInterrupt:
            loop.call_soon_threadsafe(task.cancel)
            with contextlib.suppress(asyncio.CancelledError, CancelledError):
                running.result()
            raise
        finally:
            loop.close()

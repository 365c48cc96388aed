"""Rate limits over a sliding window."""

import asyncio

import pytest

from comparia.backends.pace import Pace
from comparia.records import Backend
from tests import virtual_time


def moments(backend, sizes, window=0.3):
    async def run():
        pace = Pace(backend, window)
        clock = asyncio.get_running_loop().time
        taken = []

        async def one(tokens):
            async with pace.turn(tokens):
                taken.append(clock())

        await asyncio.gather(*(one(tokens) for tokens in sizes))
        return taken

    return virtual_time.run(run())


def backend(**limits):
    return Backend(name="b", kind="openai_compatible", concurrency=50, **limits)


def within(taken, window, sizes=None):
    """The largest load of any window."""
    sizes = sizes or [1] * len(taken)
    return max(
        sum(s for t, s in zip(taken, sizes, strict=True) if start <= t < start + window - 0.01) for start in taken
    )


def test_requests_never_exceed_the_limit_in_any_window():
    taken = moments(backend(requests_per_minute=3), [1] * 8)
    assert within(taken, 0.3) <= 3


def test_input_tokens_never_exceed_the_limit_in_any_window():
    taken = moments(backend(input_tokens_per_minute=100), [40] * 6)
    assert within(taken, 0.3, [40] * 6) <= 100


def test_a_request_larger_than_the_limit_goes_alone():
    assert len(moments(backend(input_tokens_per_minute=10), [50, 50])) == 2


def test_without_limits_nothing_waits():
    assert moments(backend(), [1000] * 50) == [0] * 50


def test_a_pause_holds_everything_back():
    async def run():
        pace = Pace(backend())
        pace.hold(0.2)
        async with pace.turn(1):
            return asyncio.get_running_loop().time()

    assert virtual_time.run(run()) == pytest.approx(0.2)

"""Bounds on work that hold on any machine: counted lines of Python, growth between two sizes, conditions waited for.

No test reads a clock: a slow or busy machine executes the same lines. Seconds are measured in `tests/benchmarks`.
"""

import sys
import time

PATIENCE = 120
"""Seconds after which a process, or a page, is taken to hang: it never tells a slow machine from a fast one."""
POLL = 0.02
"""Seconds between two looks at a condition."""
MOST_POLLS = 30_000
"""Looks after which a condition will never hold: some ten minutes, for a test that hangs to say what it waited for."""


def lines_of(act, *arguments):
    """Return how many lines of Python `act(*arguments)` executes in this thread: the same number on every machine."""
    lines = 0

    def trace(frame, event, _argument):
        nonlocal lines
        lines += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        act(*arguments)
    finally:
        sys.settrace(before)
    return lines


def assert_linear(act, make, size, *, most=2.5):
    """Assert that `act` does at most `most` times the work when `make(size)` becomes `make(2 * size)`.

    Work that grows with the square of its input does 4 times as much. What C code does is not counted in lines: give
    inputs so long that a quadratic pattern would not end.
    """
    act(make(size))  # tables that are built once are no work of the second size
    once, twice = lines_of(act, make(size)), lines_of(act, make(2 * size))
    assert twice <= most * once + 500, f"{once} lines at size {size}, {twice} at size {2 * size}"


def until(condition, what="a condition"):
    """Wait until `condition()` is true, and return what it gave; fail with `what` after `MOST_POLLS` looks."""
    for _look in range(MOST_POLLS):
        if result := condition():
            return result
        time.sleep(POLL)
    raise AssertionError(f"waited for {what}, which never came")


RECAPS_ALONE = {"models_list_points": False, "models_judge": False}
"""Settings with which models are asked for recaps, and for nothing beside them."""

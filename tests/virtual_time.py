"""An event loop whose clock moves only when everybody sleeps: hours pass at once, and no test waits for them."""

import asyncio
import selectors


class _Jump(selectors.DefaultSelector):
    """Never waits: what would have been waited is added to the clock of the loop."""

    loop = None

    def select(self, timeout=None):
        events = super().select(0)
        if not events and timeout:
            self.loop.moment += timeout
        return events


class Loop(asyncio.SelectorEventLoop):
    """An event loop that starts at second 0 and jumps to the next thing that is due."""

    def __init__(self):
        selector = _Jump()
        self.moment = 0.0
        super().__init__(selector)
        selector.loop = self

    def time(self):
        return self.moment


def run(work):
    """Return the result of `work`, carried out in virtual time."""
    with asyncio.Runner(loop_factory=Loop) as runner:
        return runner.run(work)

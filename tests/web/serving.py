"""`comparia serve` as a process, as a user starts it."""

import os
import signal
import subprocess
import sys

from tests.work import PATIENCE


class Serving:
    """`comparia serve` as a process."""

    def __init__(self, outputs, *options, verb="serve"):
        self.outputs = outputs
        environment = {**os.environ, "COMPARIA_LANG": "en", "PYTHONUNBUFFERED": "1"}
        command = [sys.executable, "-m", "comparia", verb, "--no-browser", "--port", "0", "--outputs", str(outputs)]
        command += options
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        )
        self.address = self.process.stdout.readline().strip()
        assert self.address.startswith("http://"), self.address

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.communicate(timeout=PATIENCE)[0]


def reach(page, selector, most=300):
    """Press Tab until what has the focus is `selector`."""
    for _n in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"the keyboard does not reach {selector}")

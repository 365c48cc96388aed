"""How long heavy and hostile files take to be read or refused, beside `json.loads` of ten hours of words on the same machine.

Usage: python -m tests.benchmarks.heavy
"""

import contextlib
import json
import time

from comparia import ingest
from comparia.errors import TranscriptError
from tests.ingest.test_hostile_files import ACCEPTED, REFUSED, json_words


def seconds(act):
    begun = time.process_time()
    act()
    return time.process_time() - begun


def attempt(content):
    with contextlib.suppress(TranscriptError):
        ingest.read_bytes(content if isinstance(content, bytes) else content.encode(), "session")


def main():
    words = json_words(30_000)
    unit = min(seconds(lambda: json.loads(words)) for _n in range(3))
    print(f"json.loads of {len(words) // 1_000_000} MB: {unit:.2f} s of CPU, the unit of what follows")
    for outcome, table in (("refused", REFUSED), ("read", ACCEPTED)):
        rows = []
        for name, make in table.items():
            content = make()
            rows.append((seconds(lambda content=content: attempt(content)), name))
        for spent, name in sorted(rows, reverse=True)[:8]:
            print(f"{outcome:8} {spent / unit:6.1f} x  {spent:6.2f} s  {name}")


if __name__ == "__main__":
    main()

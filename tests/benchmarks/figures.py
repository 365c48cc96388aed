"""Run a benchmark, and write the tables it prints between its marks in `docs/figures`: `make figures NAME=bench-web`."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs" / "figures").glob("*.md"))


def tables_of(printed: str) -> list[str]:
    """Return the tables in Markdown that a benchmark printed, in order."""
    return [match[0].rstrip("\n") for match in re.finditer(r"(?m)(?:^\|.*\|$\n?)+", printed)]


def written(page: str, name: str, tables: list[str]) -> str:
    """Return a page with each pair of marks of a benchmark around the next of its tables.

    Raises:
        ValueError: the page has another number of marks than there are tables.
    """
    marks = re.compile(rf"(<!-- begin {re.escape(name)} -->\n).*?(\n<!-- end {re.escape(name)} -->)", re.DOTALL)
    found = marks.findall(page)
    if found and len(found) != len(tables):
        raise ValueError(f"{name} printed {len(tables)} tables, and its page has {len(found)} places")
    waiting = iter(tables)
    return marks.sub(lambda match: f"{match[1]}{next(waiting)}{match[2]}", page)


def main(name: str) -> None:
    """Run `make NAME` and write what it prints."""
    done = subprocess.run(["make", "-s", name], cwd=ROOT, capture_output=True, text=True, check=True)
    sys.stdout.write(done.stdout)
    for page in PAGES:
        page.write_text(written(page.read_text("utf-8"), name, tables_of(done.stdout)), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1])

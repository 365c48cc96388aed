"""How good key points listed by a language model are, one list and two united, beside the list made without a model: `make bench-listed`.

    PYTHONPATH=. python -m tests.benchmarks.listed

The answers in `tests/labelled/listed` are those of a large language model to the request that the product sends, recorded once: a thorough
list (a) and a hurried one (b) a session. A point of the reference is *found* when a listed one quotes a turn that it quotes and shares
words with it (0.3 of the IDF mass). Precision: listed points that find at least one; the references that were only suggested hold twenty
points a session, so a good point may find none: precision is given for the two references that people reviewed. No claim about any
named model rests on this.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import numpy as np

from comparia import __version__, suggesting
from comparia.records import KeyPoint
from comparia.references.asking import Believed, believed, united
from tests.labelled.meetings import HERE, MEETINGS, Meeting, meeting

sys.path.insert(0, str(Path(__file__).parent))
from suggested import agreement

LISTS = HERE / "listed"


def lists_of(found: Meeting) -> dict[str, Believed]:
    """Return what stands of each recorded list of a session, and of both united."""
    lists = {
        name: believed([(LISTS / f"{found.name}.{name}.json").read_text("utf-8")], found.transcript)
        for name in ("a", "b")
    }
    return lists | {"a + b": united(list(lists.values()), found.transcript)}


def main() -> None:
    """Print the table."""
    print(f"Comparia {__version__}, {date.today()}.\n")
    rows: dict[tuple[str, str], list[tuple[float, ...]]] = {}
    for name, known in MEETINGS.items():
        if "set" in known:
            continue
        found = meeting(name)
        ways: dict[str, tuple[tuple[KeyPoint, ...], int, int]] = {
            "without a model": (suggesting.offline(found.transcript).key_points, 0, 0)
        }
        for way, listed in lists_of(found).items():
            ways[f"list {way}"] = (listed.points, listed.unsaid, listed.dropped)
        for way, (points, unsaid, dropped) in ways.items():
            score = agreement(found.transcript, found.reference, points, False)
            own = (len(points), score.all, score.minority, score.majority, score.precision, unsaid, dropped)
            for group in {name if found.reference.origin == "reviewed" else "", f"suggested, {known['language']}"} - {
                ""
            }:
                if group == name or found.reference.origin == "suggested":
                    rows.setdefault((group, way), []).append(own)
    headings = ("reference", "points listed by", "sessions", "points", "found", "minority views", "others", "precision")
    print("| " + " | ".join((*headings, "invented quotes", "points dropped")) + " |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for (group, way), values in sorted(rows.items()):
        points, every, minority, others, precision, unsaid, dropped = np.nanmean(np.array(values), axis=0)
        shown = f"{precision:.2f}" if not group.startswith("suggested") else "–"
        print(
            f"| {group} | {way} | {len(values)} | {points:.0f} | {every:.2f} | {minority:.2f} | {others:.2f} | {shown} | "
            f"{unsaid:.1f} | {dropped:.1f} |"
        )


if __name__ == "__main__":
    main()

"""How much of what tells who somebody is gets hidden, and how much of what is hidden did not tell.

    python tests/benchmarks/hidden.py [--seed 7] [--misses 0]

Labels: every mention in the two sample sessions, over a thousand texts of public meetings made from templates, and some 700 written by
hand (`tests/personal/`), by people who had not seen the code. *recall*: mentions of which no telling word is left as it was (particles
may stay). *precision*: replaced pieces that touch a mention. Mentions that only somebody who follows the whole talk can find are said
apart (*hard*).
Intervals are 95 % Wilson.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import NamedTuple

from ruamel.yaml import YAML

from comparia import __version__, ingest, privacy
from comparia.privacy.people import PARTICLES, key_of
from comparia.records import Speaker, Transcript, Turn, content_id

HOME = Path(__file__).parents[2]
sys.path.insert(0, str(HOME))

from tests.personal import generated, written  # noqa: E402

SESSIONS = ("place-du-foirail", "library-and-hub")


class Label(NamedTuple):
    """A labelled mention of one text."""

    start: int
    end: int
    kind: str
    row: str
    """Row of the table it counts in."""


def session_labels(name: str) -> tuple[Transcript, dict[int, list[Label]], dict[int, list[Label]]]:
    """The session, its mentions by turn, and what may be hidden or not."""
    folder = HOME / "transcripts" / name
    session = ingest.read([folder / "session.vtt", folder / "chat.txt"])
    written = YAML(typ="safe", pure=True).load((HOME / "tests" / "personal" / f"{name}.yaml").read_text("utf-8"))
    entries = written if isinstance(written, list) else written["mentions"]
    texts = {turn.number: turn.text for turn in session.turns}
    found: dict[int, list[Label]] = defaultdict(list)
    either: dict[int, list[Label]] = defaultdict(list)

    def place(entry: dict) -> tuple[int, int]:
        start = -1
        for _n in range(entry.get("nth", 1)):
            start = texts[entry["turn"]].index(entry["text"], start + 1)
        return start, start + len(entry["text"])

    for entry in entries:
        row = "hard" if entry.get("hard") else "roster" if entry.get("roster") else entry["kind"]
        found[entry["turn"]].append(Label(*place(entry), entry["kind"], row))
    for entry in (written.get("either") or []) if isinstance(written, dict) else []:
        either[entry["turn"]].append(Label(*place(entry), entry["kind"], "either"))
    return session, found, either


def meeting(item: generated.Item) -> Transcript:
    """A generated text as a session whose speakers are its roster; none of them says it."""
    speakers = tuple(Speaker(id=f"s{n}", name=name) for n, name in enumerate(item.roster, 1))
    turns = (Turn(number=1, speaker=None, text=item.text),)
    return Transcript(
        id=content_id("tr", [item.text]),
        title="-",
        language=item.language,
        formats=("text",),
        encodings=("utf-8",),
        speakers=speakers,
        turns=turns,
    )


def hidden(text: str, label: Label, pieces: list[privacy.Replaced]) -> bool:
    """Whether no telling word of a mention is left."""
    for match in re.finditer(r"[^\W\d_]+" if label.kind == "person" else r"[^\W_]+", text[label.start : label.end]):
        a, b = label.start + match.start(), label.start + match.end()
        if label.kind == "person" and (key_of(match.group()) in PARTICLES or len(match.group()) < 2):
            continue
        if not any(p.start <= a and b <= p.end for p in pieces):
            return False
    return True


class Count:
    """Of how many, how many."""

    def __init__(self) -> None:
        self.good: Counter[str] = Counter()
        self.all: Counter[str] = Counter()

    def add(self, row: str, good: bool) -> None:
        self.all[row] += 1
        self.good[row] += good

    def line(self, row: str, aim: str = "") -> str:
        n, k = self.all[row], self.good[row]
        if not n:
            return f"  {row:<34} -"
        p, z = k / n, 1.96
        middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        low, high = ((middle + s * half) / (1 + z * z / n) for s in (-1, 1))
        return f"  {row:<34} {p:.3f} [{low:.3f}, {high:.3f}]  {k} of {n}   {aim}".rstrip()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seed", type=int, default=7)
    arguments.add_argument("--misses", type=int, default=0, help="print so many misses and strays")
    options = arguments.parse_args()
    print(f"Comparia {__version__}, {date.today()}, seed {options.seed}")
    left = options.misses

    def shown(what: str, text: str, start: int, end: int, kind: str) -> None:
        nonlocal left
        if left > 0:
            left -= 1
            print(f"    {what} {kind}: {text[max(0, start - 40) : start]}>>{text[start:end]}<<{text[end : end + 40]}")

    both, kept = Count(), Count()
    for name in SESSIONS:
        session, found, either = session_labels(name)
        veil = privacy.veil_of(privacy.pseudonyms_of(session), session)
        recall, precision = Count(), Count()
        for turn in session.turns:
            pieces = veil.replaced(turn.text)
            for label in found[turn.number]:
                good = hidden(turn.text, label, pieces)
                recall.add(label.row, good)
                both.add(label.row if label.row in ("roster", "hard") else "all", good)
                if not good:
                    shown("missed", turn.text, label.start, label.end, label.row)
            for piece in pieces:
                touched = any(m.start < piece.end and piece.start < m.end for m in found[turn.number])
                if touched or not any(m.start < piece.end and piece.start < m.end for m in either[turn.number]):
                    precision.add("all", touched)
                    kept.add("precision", touched)
                if not touched and not any(m.start < piece.end and piece.start < m.end for m in either[turn.number]):
                    shown("stray", turn.text, piece.start, piece.end, piece.kind)
        print(f"\n{name} ({session.language}), recall:")
        for row in sorted(recall.all):
            print(recall.line(row, ">= .99" if row == "roster" else ""))
        print(precision.line("all", ">= .95").replace("  all", "  precision"))

    print("\nboth sessions:")
    for row, aim in (("roster", ">= .99"), ("all", ">= .95"), ("hard", "")):
        print(both.line(row, aim).replace("  all ", "  the rest "))
    print(kept.line("precision", ">= .95"))
    hand = written.items()
    measured(
        "made from templates, seen while the rules were written",
        generated.items(options.seed),
        shown,
        organisations=True,
    )
    measured("written by hand, seen while the rules were written", [item for item in hand if not item.held], shown)
    measured("written by hand, never looked at", [item for item in hand if item.held], None)


def measured(
    title: str,
    items: list[generated.Item],
    shown: Callable[[str, str, int, int, str], None] | None,
    *,
    organisations: bool = False,
) -> None:
    """Print recall and precision over texts, each with its row."""
    recall, precision = Count(), Count()
    for item in items:
        session = meeting(item)
        veil = privacy.veil_of(privacy.pseudonyms_of(session, organisations=organisations), session)
        pieces = veil.replaced(item.text)
        for mention in item.mentions:
            absent = "person, absent" if mention.kind == "person" else mention.kind
            row = "person of the roster" if mention.roster else absent
            label = Label(mention.start, mention.end, mention.kind, row)
            good = hidden(item.text, label, pieces)
            recall.add(f"{item.language} {row}", good)
            if mention.kind != "organisation":
                recall.add("roster" if mention.roster else "all", good)
            if not good and shown:
                shown("missed", item.text, mention.start, mention.end, f"{item.language} {row}")
        for piece in pieces:
            touched = any(m.start < piece.end and piece.start < m.end for m in item.mentions)
            precision.add("precision", touched)
            if not touched and shown:
                shown("stray", item.text, piece.start, piece.end, piece.kind)
    print(f"\n{title}: {len(items)} texts; recall (organisations are hidden on request and counted apart):")
    for row in sorted(recall.all, key=lambda row: (row not in ("roster", "all"), row)):
        print(recall.line(row, {"roster": ">= .99", "all": ">= .95"}.get(row, "")).replace("  all ", "  the rest "))
    print(precision.line("precision", ">= .97"))


if __name__ == "__main__":
    main()

"""What is read of transcripts of many kinds: how many files, how much of the words has a speaker and a time, what is told.

    python tests/benchmarks/ingested.py [FOLDER…] [--files]

Reads the cases of the tests, and every file of the folders given. A file that is refused counts with its reason. Nothing is sent.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

from comparia import __version__
from comparia.errors import CompariaError
from comparia.ingest import read
from comparia.records import Transcript

HOME = Path(__file__).parents[1] / "ingest"
CASES = (HOME / "cases", HOME / "cases_files")


def shares(transcript: Transcript) -> tuple[int, int, int]:
    """Return the words of a transcript, those of somebody, and those with a time; lines of the system left out."""
    spoken = [turn for turn in transcript.turns if turn.channel != "system"]
    words = [len(turn.text.split()) for turn in spoken]
    named = sum(n for n, turn in zip(words, spoken, strict=True) if turn.speaker is not None)
    timed = sum(n for n, turn in zip(words, spoken, strict=True) if turn.start is not None)
    return sum(words), named, timed


def main() -> None:
    """Print one row a kind of file."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folders", nargs="*", type=Path)
    arguments.add_argument("--files", action="store_true", help="print one line a file too")
    options = arguments.parse_args()
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    refusals: Counter[str] = Counter()
    told: Counter[str] = Counter()
    paths = sorted(path for folder in (*CASES, *options.folders) for path in folder.rglob("*") if path.is_file())
    for path in paths:
        row = counts[path.suffix.lower() or "none"]
        row["files"] += 1
        try:
            transcript = read([path])
        except CompariaError as error:
            row["refused"] += 1
            refusals[str(error.message)[:90]] += 1
            continue
        words, named, timed = shares(transcript)
        row.update(words=words, named=named, timed=timed, speakers=len(transcript.speakers))
        told.update(notice.code for notice in transcript.notices)
        if options.files:
            print(
                f"{path.name}: {len(transcript.speakers)} speakers, {words} words, {named} of somebody, {timed} timed"
            )
    print(f"Comparia {__version__}, {date.today()}, {len(paths)} files\n")
    print("| kind | files | refused | words | of somebody | with a time |\n|---|---|---|---|---|---|")
    for kind, row in sorted(counts.items()):
        of, at = (f"{row[key] / row['words']:.0%}" if row["words"] else "–" for key in ("named", "timed"))
        print(f"| {kind} | {row['files']} | {row['refused'] or ''} | {row['words']} | {of} | {at} |")
    print("\nTold:", ", ".join(f"{code} {n}" for code, n in told.most_common()))
    for reason, n in refusals.most_common(12):
        print(f"refused {n}: {reason}")


if __name__ == "__main__":
    main()

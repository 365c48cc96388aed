"""Fill the column *other half* of `docs/figures/scoring.md` from a table that the maintainers give.

    python tests/benchmarks/other_half.py FILE --version 0.1.0

FILE is Markdown with a table whose heading holds `other half`: one row a check, several figures separated by ` / `. The column is
left blank when the version it was measured on is not the one here: figures of another program are no figures of this one.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from comparia import __version__

PAGE = Path(__file__).parents[2] / "docs" / "figures" / "scoring.md"
ROWS: dict[str, tuple[str, int | None]] = {
    "key point in a summary, SummHay, AUC": ("SummHay AUC / per-summary r / bullet", 0),
    "same, mean per summary, Pearson r": ("SummHay AUC / per-summary r / bullet", 1),
    "same, right bullet found": ("SummHay AUC / per-summary r / bullet", 2),
    "same, words and a judge (tier C), cross-validated": ("same with a judge, cross-validated", None),
    "content unit in a summary, REALSumm, AUC": ("REALSumm AUC", None),
    "argument to key point, ArgKP (train and dev), AUC": ("ArgKP contrastive AUC", None),
    "a view left out of a recap, ArgKP, AUC, all / minority": ("view left out, all / minority", None),
    "sentence of the session behind a summary's, FREDSum (French), first / among five": (
        "FREDSum evidence, near-extractive first / in five; free",
        None,
    ),
    "another debate's sentence, FREDSum, AUC": ("other debate, wrong number, swapped speaker", 0),
    "invented facts / all errors, DiaSumFact meetings, AUC": ("DiaSumFact invented / all", None),
}
"""Each row of the page, the row of FILE that holds its figure, and which of the figures there; all of them for None."""


def given(text: str) -> dict[str, str]:
    """Return the column *other half* of FILE, by check."""
    found: dict[str, str] = {}
    column = None
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            column = None
        elif "other half" in cells:
            column = cells.index("other half")
        elif column is not None and len(cells) > column and not set(cells[0]) <= set("-: "):
            found[cells[0]] = re.sub(r"(?<!\d)\.(?=\d)", "0.", cells[column].replace("*", ""))
    return found


def filled(page: str, figures: dict[str, str]) -> str:
    """Return the page with its column filled; a check without a figure is left blank."""
    lines = page.split("\n")
    for n, line in enumerate(lines):
        cells = line.split("|")
        if len(cells) == 7 and cells[1].strip() in ROWS:
            name, place = ROWS[cells[1].strip()]
            values = re.split(r"\s*[/,]\s*", figures.get(name, "")) if place is not None else [figures.get(name, "")]
            value = values[place or 0] if len(values) > (place or 0) else ""
            lines[n] = "|".join([*cells[:5], f" {value} " if value else " ", cells[6]])
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--version", required=True, help="the version that FILE was measured on")
    options = parser.parse_args()
    figures = given(options.file.read_text("utf-8")) if options.version == __version__ else {}
    PAGE.write_text(filled(PAGE.read_text("utf-8"), figures), "utf-8")


if __name__ == "__main__":
    main()

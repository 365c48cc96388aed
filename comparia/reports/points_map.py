"""The map of a comparison: a square for each key point and recap, in lines that fit on a screen.

A column is a key point, isolated voices first; a line is a recap. Squares bear marks, and the same is told as a list.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from comparia.reports.cells import Row
from comparia.reports.findings import Findings, VoicesKind
from comparia.reports.verdicts import DRAWN, marked, verdict_name
from comparia.reports.view import View
from comparia.reports.wording import findings as wording

NARROW, WIDE = 30, 50
"""Points on a line of the map: of up to `MANY` points, and of more."""
MANY = 120


class Band(NamedTuple):
    """A line of the map: points of one kind, as many as fit side by side."""

    name: str
    """The kind of the points, with their number; empty where the line goes on with that of the line before."""
    rows: tuple[Row, ...]
    """The points, from left to right."""


class PointsMap:
    """The map of a run. Everything is computed when it is first asked for, once."""

    def __init__(self, view: View, findings: Findings) -> None:
        self._view, self._findings = view, findings

    @property
    def dense(self) -> bool:
        """Whether there are so many points that its lines are long and its squares small."""
        return len(self._view.rows) > MANY

    @cached_property
    def bands(self) -> tuple[Band, ...]:
        """The lines of the map; none where there are no key points, or no recap."""
        if not self._view.recaps:
            return ()
        width = WIDE if self.dense else NARROW
        by_kind: dict[VoicesKind, list[Row]] = {"isolated": [], "few": [], "others": []}
        for row in (*self._view.open_rows, *self._view.kept_rows):
            by_kind[self._findings.kind_of(row)].append(row)
        return tuple(
            Band(wording.voices_name(kind, len(rows)) if start == 0 else "", tuple(rows[start : start + width]))
            for kind, rows in by_kind.items()
            for start in range(0, len(rows), width)
        )

    @cached_property
    def verdicts(self) -> tuple[str, ...]:
        """The verdicts that are on the map, in the order of the bars of a figure."""
        met = {self._verdict(row, n) for row in self._view.rows for n in range(len(self._view.recaps))}
        return tuple(verdict for verdict in DRAWN if verdict in met)

    def told_of(self, row: Row) -> str:
        """Return a column in words: `P12: A kept, B not found`."""
        parts = (
            f"{letter} {verdict_name(self._verdict(row, n))}" for n, letter in enumerate(self._view.letters.values())
        )
        return wording.told_of_point(row.point.id, ", ".join(parts))

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The map as a list: for each recap and verdict, the points that have it there."""
        lines = []
        for n, variant in enumerate(self._view.recaps):
            parts = []
            for verdict in self.verdicts:
                ids = [row.point.id for band in self.bands for row in band.rows if self._verdict(row, n) == verdict]
                if ids:
                    parts.append(wording.told_of_point(f"{marked(verdict)} ({len(ids)})", ", ".join(ids)))
            lines.append(wording.told_of_point(self._view.lettered(variant.id), "; ".join(parts)))
        return tuple(lines)

    @staticmethod
    def _verdict(row: Row, recap: int) -> str:
        return cell.verdict if (cell := row.cells[recap]) else "unscored"

"""A figure for a slide (SVG 1.1): what each recap made of minority views and of other key points, as stacked bars.

Bars are lengths of counts on one scale, each with its number; the table of the report says the same in words.
"""

from __future__ import annotations

from typing import NamedTuple

from comparia.messages import gettext as _
from comparia.messages import labelled, language
from comparia.records import Run
from comparia.reports.html import environment
from comparia.reports.verdicts import DRAWN, VERDICTS, verdict_name
from comparia.reports.view import View
from comparia.text.controls import shown_text

MEDIA_TYPE = "image/svg+xml"
SUFFIX = "svg"
DESCRIPTION = "a figure for a slide: verdicts on the points of view, by recap"

WIDTH, LEFT, RIGHT, TOP, BAR, GAP, GROUP = 1280, 250, 40, 178, 34, 6, 46
"""Lengths in units of the drawing."""


class _Part(NamedTuple):
    x: float
    width: float
    number: int
    verdict: str


class _Bar(NamedTuple):
    y: float
    name: str
    parts: tuple[_Part, ...]


class _Group(NamedTuple):
    y: float
    label: str
    bars: tuple[_Bar, ...]


def write(run: Run) -> bytes:
    """Return the figure, in the reader's language; without key points it says so."""
    view = View(run)
    groups = []
    y = float(TOP)
    kinds = [(True, _("minority views")), (False, _("other points"))]
    counted = {few: [row for row in view.rows if row.minority is few] for few, _name in kinds}
    unit = (WIDTH - LEFT - RIGHT) / max(1, *(len(found) for found in counted.values()))
    for column, variant in enumerate(view.recaps if view.rows else []):
        bars = []
        for n, (few, name) in enumerate(kinds):
            verdicts = view.verdict_counts(column, counted[few])
            x = float(LEFT)
            parts = []
            for verdict in DRAWN:
                if verdicts[verdict]:
                    parts.append(_Part(x, verdicts[verdict] * unit, verdicts[verdict], verdict))
                    x += verdicts[verdict] * unit
            bars.append(_Bar(y + n * (BAR + GAP), f"{name} ({len(counted[few])})", tuple(parts)))
        label = view.label(variant.id)
        groups.append(_Group(y, label if len(label) <= 34 else label[:33] + "…", tuple(bars)))
        y += 2 * (BAR + GAP) + GROUP
    seen = {part.verdict for group in groups for bar in group.bars for part in bar.parts}
    drawn = (
        environment()
        .get_template("figure.svg")
        .render(
            lang=language(),
            title=run.transcript.title,
            subtitle=_("What became of the points of view in each recap"),
            groups=groups,
            width=WIDTH,
            left=LEFT,
            bar=BAR,
            height=y + 60,
            looks=VERDICTS,
            legend=[(verdict, verdict_name(verdict)) for verdict in DRAWN if verdict in seen],
            absent=_("No key points were given: coverage and minority views are not scored."),
            source=labelled(_("Comparison"), f"{run.id} · {run.created_at:%Y-%m-%d} · Comparia {run.software}"),
            described="; ".join(
                f"{group.label}, {bar.name}: "
                + ", ".join(f"{verdict_name(part.verdict)} {part.number}" for part in bar.parts)
                for group in groups
                for bar in group.bars
            ),
        )
    )
    return shown_text(drawn).encode("utf-8", "replace")

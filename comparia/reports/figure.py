"""A figure for a slide (SVG 1.1): what each recap made of isolated voices, few voices and other points, as bars.

Every bar is 100 % of its points, so that kinds of points compare; each part bears its mark and its number, and the text
alternative says them all. On a page, the figure also has a form for phones and one for dark screens.
"""

from __future__ import annotations

from typing import NamedTuple

from comparia.messages import day, labelled, language
from comparia.messages import gettext as _
from comparia.records import Run
from comparia.reports.findings import Findings
from comparia.reports.html import environment
from comparia.reports.verdicts import DRAWN, VERDICTS, look_of, verdict_name
from comparia.reports.view import View
from comparia.reports.wording.references import status_note
from comparia.text.controls import shown_text

MEDIA_TYPE = "image/svg+xml"
SUFFIX = "svg"
DESCRIPTION = "a figure for a slide: verdicts on the points of view, by recap"


LETTER = 0.6
"""Width of a letter as a share of the size of its font, at most on average."""


class Form(NamedTuple):
    """Lengths of a drawing, in its units."""

    width: int
    """Width of the drawing."""
    left: int
    """Where bars begin."""
    edge: int
    """Empty space at its edges."""
    top: int
    """Height of the title."""
    bar: int
    """Height of a bar."""
    step: int
    """From a bar to the next one."""
    group: int
    """Height of the name of a recap, with the space above it."""
    title: int
    """Size of the title; other sizes follow it."""
    text: int
    """Size of the other words."""
    abreast: int
    """Verdicts on a line of the legend."""
    names_above: bool
    """Whether the name of a bar stands above it; else at its left."""

    def shortened(self, text: str, size: int) -> str:
        """Return a text as far as it fits on one line of the drawing, in letters of `size`."""
        most = int((self.width - 2 * self.edge) / (LETTER * size))
        return text if len(text) <= most else text[: most - 1] + "…"


SLIDE = Form(1280, 350, 40, 116, 34, 40, 56, 30, 16, 6, names_above=False)
"""The form for a slide or a screen."""
PHONE = Form(390, 14, 14, 82, 26, 50, 44, 18, 13, 2, names_above=True)
"""The form for a phone."""


class Colours(NamedTuple):
    """Colours of a drawing, but for those of verdicts (CSS)."""

    paper: str
    """Behind everything."""
    ink: str
    """Of titles."""
    soft: str
    """Of other words."""


LIGHT = Colours("#ffffff", "#1d2226", "#545c63")
"""The colours of paper."""
DARK = Colours("#1e2226", "#e9e7e2", "#a9b0b6")
"""The colours for dark screens."""


class _Part(NamedTuple):
    x: float
    width: float
    told: str
    verdict: str


class _Bar(NamedTuple):
    y: float
    name: str
    parts: tuple[_Part, ...]


class _Group(NamedTuple):
    y: float
    label: str
    bars: tuple[_Bar, ...]


def write(run: Run, *, phone: bool = False, dark: bool = False) -> bytes:
    """Return the figure, in the reader's language; without key points it says so.

    Args:
        run: the run.
        phone: whether it is drawn for a phone: narrow, with the names above the bars.
        dark: whether it is drawn in light colours on a dark ground.
    """
    form = PHONE if phone else SLIDE
    findings = Findings(View(run))
    source = labelled(_("Comparison"), f"{run.id} · {day(f'{run.created_at:%Y-%m-%d}')} · Comparia {run.software}")
    groups, legend, height = _laid_out(findings, form)
    drawn = (
        environment()
        .get_template("figure.svg")
        .render(
            lang=language(),
            title=form.shortened(run.transcript.title, form.title),
            subtitle=form.shortened(_subtitle(run), form.text),
            groups=groups,
            form=form,
            colours=DARK if dark else LIGHT,
            height=height,
            looks=VERDICTS,
            legend=legend,
            absent=_("No key points were given: coverage and minority views are not scored."),
            source=form.shortened(source, form.text - 2),
            described=described(findings),
        )
    )
    return shown_text(drawn).encode("utf-8", "replace")


def _subtitle(run: Run) -> str:
    return _("What became of the points of view in each recap") + status_note(run.reference)


def described(findings: Findings) -> str:
    """Return the figure in words, with every number; empty where nothing was scored."""
    return "; ".join(
        f"{headline.label}, {labelled(bar.name, ', '.join(f'{verdict_name(p.verdict)} {p.points}' for p in bar.parts))}"
        for headline in findings.headlines
        for bar in headline.bars
    )


def _laid_out(findings: Findings, form: Form) -> tuple[list[_Group], list[tuple[str, str, float, float]], float]:
    """Return the groups of bars, the legend (verdict, name, x, y), and the height of the drawing."""
    seen = {part.verdict for told in findings.headlines for bar in told.bars for part in bar.parts}
    column = (form.width - 2 * form.edge) / form.abreast
    legend = []
    for n, verdict in enumerate(verdict for verdict in DRAWN if verdict in seen):
        x, y = form.edge + n % form.abreast * column, form.top + n // form.abreast * 1.6 * form.text
        legend.append((verdict, verdict_name(verdict), x, y))
    y = (legend[-1][3] if legend else float(form.top)) + form.text
    unit = form.width - form.left - form.edge
    groups = []
    for told in findings.headlines:
        y += form.group
        label_y = y - (form.text if form.names_above else 0) - 10
        bars = []
        for bar in told.bars:
            parts = (
                _Part(form.left + part.start * unit, part.share * unit, _told(part.verdict, part.points), part.verdict)
                for part in bar.parts
            )
            bars.append(_Bar(y, bar.name, tuple(parts)))
            y += form.step
        groups.append(_Group(label_y, form.shortened(told.label, form.text), tuple(bars)))
    return groups, legend, y + (30 if groups else 120) + form.text


def _told(verdict: str, points: int) -> str:
    return f"{look_of(verdict).mark} {points}"

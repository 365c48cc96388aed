"""A poster (SVG 1.1, 16:9): what the recaps of a session kept and lost, for a slide or a wall.

Three figures in words, a bar of 100 % for each recap whose parts bear their marks, lost views in words, and the source.
A text alternative says it all. Names are taken out before, by the layer above (`library.publish`).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from comparia import messages
from comparia.messages import gettext as _
from comparia.messages import labelled, language, ngettext, number
from comparia.records import Run
from comparia.reports.findings import Findings
from comparia.reports.html import environment
from comparia.reports.public import recap_name, speaking
from comparia.reports.verdicts import DRAWN, VERDICTS, look_of, verdict_name
from comparia.reports.view import View
from comparia.reports.wording import published as words
from comparia.text.controls import shown_text

MEDIA_TYPE = "image/svg+xml"
SUFFIX = "poster.svg"
DESCRIPTION = "a poster for a slide or a wall: what the recaps kept and lost, in large type; without names"
PUBLISHED = True

WIDTH, HEIGHT, EDGE = 1600, 900, 60
"""Lengths of the drawing, in its units."""
MOST_BARS = 5
"""Recaps that have a bar; the title says of how many, and the page tells the others."""
MOST_LOST = 2
"""Lost views that are told in words; the title says of how many."""
LETTER, BOLD = 0.56, 0.68
"""Width of a letter, and of a bold one, as a share of the size of its font, at most on average."""
SPACING = 1.3
"""From a line of words to the next one, as a share of the size of their font."""
_LEFT, _RIGHT, _TOP = 860, 620, 400
"""Width of the bars, width of the lost views, and where both begin."""


class Line(NamedTuple):
    """A line of words."""

    x: float
    """Where it begins."""
    y: float
    """Its baseline."""
    text: str
    """The words."""


class Figure(NamedTuple):
    """A number, and what it counts."""

    x: float
    """Where it begins."""
    value: str
    """The number."""
    lines: tuple[Line, ...]
    """What it counts, in words."""


class BarPart(NamedTuple):
    """A part of a bar."""

    x: float
    """Where it begins."""
    width: float
    """Its length."""
    verdict: str
    """The verdict of its points."""
    points: str
    """The number of its points."""
    told: str
    """Its mark and its number, as far as there is place."""


class PosterBar(NamedTuple):
    """What became of the points in one recap."""

    y: float
    """Its upper edge."""
    name: str
    """Name of the recap, and who wrote it."""
    parts: tuple[BarPart, ...]
    """Its parts."""


def write(run: Run, *, with_names: bool = False) -> bytes:
    """Return the poster, in the reader's language; without key points it says so.

    Args:
        run: the run, its texts as they are to be published.
        with_names: whether those who hold a lost view are named.
    """
    view = View(run)
    findings = Findings(view)
    session = run.transcript
    facts = (words.date_of(session.date), session.place, words.people_phrase(speaking(session)))
    bars_title, bars, seen = _bars(view, findings)
    lost_title, lost = _lost(findings, with_names=with_names)
    figures = _figures(view, findings)
    source = _("Comparia, {date}. {checked} No figure says which recap is best.").format(
        date=messages.day(f"{run.created_at:%Y-%m-%d}"), checked=_checked(run)
    )
    drawn = (
        environment()
        .get_template("poster.svg")
        .render(
            lang=language(),
            title=session.title,
            title_lines=_wrapped(session.title, EDGE, 88, 48, WIDTH - 2 * EDGE, 2, BOLD),
            facts=_wrapped(" · ".join(filter(None, facts)), EDGE, 206, 28, WIDTH - 2 * EDGE, 1),
            figures=figures,
            bars_title=bars_title,
            bars=bars,
            legend=_legend(seen),
            lost_title=_wrapped(lost_title, EDGE + _LEFT, _TOP, 28, _RIGHT, 4, BOLD),
            lost=lost,
            source=_wrapped(source, EDGE, HEIGHT - 50, 20, WIDTH - 2 * EDGE, 2),
            absent=_("No list of points of view was made: nothing is said of what each recap kept."),
            described=_described(figures, bars_title, bars, lost_title, lost),
            looks=VERDICTS,
            top=_TOP,
        )
    )
    return shown_text(drawn).encode("utf-8", "replace")


def _figures(view: View, findings: Findings) -> tuple[Figure, ...]:
    """Return the three figures: points of view, minority views among them, minority views that no recap keeps."""
    if not view.rows:
        return ()
    many, few = len(view.rows), len(view.minority_rows)
    told = [
        (many, ngettext("point of view said in the session", "points of view said in the session", many)),
        (few, ngettext("minority view, held by few people", "minority views, held by few people", few)),
    ]
    if findings.lost_sentence:
        lost = len(findings.lost)
        told.append((lost, ngettext("minority view kept by no recap", "minority views kept by no recap", lost)))
    column = (WIDTH - 2 * EDGE) / 3
    figures = []
    for n, (value, counted) in enumerate(told):
        x = EDGE + n * column
        shown = number(value)
        beside = x + 20 + 64 * len(shown)
        figures.append(Figure(x, shown, _wrapped(counted, beside, 252, 26, x + column - beside - 20, 3)))
    return tuple(figures)


def _bars(view: View, findings: Findings) -> tuple[str, tuple[PosterBar, ...], tuple[str, ...]]:
    """Return the title of the bars, the bars, and the verdicts that are in them."""
    if not findings.headlines:
        return "", (), ()
    rows = view.minority_rows or view.rows
    title = _("Minority views in each recap") if view.minority_rows else _("Points of view in each recap")
    recaps = view.recaps[:MOST_BARS]
    if len(recaps) < len(view.recaps):
        few = _("Minority views in the first {shown} of {total} recaps")
        title = few if view.minority_rows else _("Points of view in the first {shown} of {total} recaps")
        title = title.format(shown=number(len(recaps)), total=number(len(view.recaps)))
    step = min(96, 392 / len(recaps))
    bars, seen = [], set()
    for n, recap in enumerate(recaps):
        counts = view.verdict_counts(n, rows)
        x, parts = float(EDGE), []
        for verdict in DRAWN:
            if counts[verdict]:
                seen.add(verdict)
                width = counts[verdict] / len(rows) * (_LEFT - 60)
                told = f"{look_of(verdict).mark} {number(counts[verdict])}"
                fitting = (text for text in (told, look_of(verdict).mark) if width > 26 * len(text) * LETTER + 4)
                parts.append(BarPart(x, width, verdict, number(counts[verdict]), next(fitting, "")))
                x += width
        name = f"{recap_name(view, recap)} – {words.writer(view.run, recap)}"
        bars.append(PosterBar(_TOP + 56 + n * step, _cut(name, 20, _LEFT - 20), tuple(parts)))
    return title, tuple(bars), tuple(verdict for verdict in DRAWN if verdict in seen)


def _legend(seen: tuple[str, ...]) -> list[tuple[str, str, float, float]]:
    """Return the legend: verdict, mark and name, x, y."""
    legend, x, y = [], float(EDGE), 366.0
    for verdict in seen:
        told = f"{look_of(verdict).mark} {verdict_name(verdict)}"
        legend.append((verdict, told, x, y))
        x += 70 + 24 * LETTER * len(told)
    return legend


def _lost(findings: Findings, *, with_names: bool) -> tuple[str, list[tuple[Line, ...]]]:
    """Return what is said of lost minority views, and `MOST_LOST` of them in words at most."""
    if not findings.lost_sentence:
        return "", []
    told: list[tuple[Line, ...]] = []
    x, y = EDGE + _LEFT + 24, float(_TOP + 70)
    for row in findings.lost[:MOST_LOST]:
        who = words.holders(row.holders, with_names=with_names)
        lines = _wrapped(row.point.text, x, y, 26, _RIGHT - 84, 4)
        if who:
            below = y + 26 * SPACING * len(lines)
            lines += _wrapped(labelled(_("Held by"), who), x, below, 26, _RIGHT - 84, 1)
        told.append(lines)
        y += 26 * SPACING * len(lines) + 26
    if not told:
        return findings.lost_sentence, told
    if len(told) == len(findings.lost):
        return _("Kept by no recap"), told
    title = _("Kept by no recap: {shown} of {total}")
    return title.format(shown=number(len(told)), total=number(len(findings.lost))), told


def _checked(run: Run) -> str:
    reference = run.reference
    if reference is not None and reference.origin == "reviewed":
        return _("Points of view reviewed by people, looked for in the recaps by a machine.")
    return _("Points of view suggested by a machine, and looked for in the recaps by a machine.")


def _described(
    figures: tuple[Figure, ...],
    title: str,
    bars: tuple[PosterBar, ...],
    lost_title: str,
    lost: list[tuple[Line, ...]],
) -> str:
    """Return the poster in words."""
    said = [f"{figure.value} {' '.join(line.text for line in figure.lines)}." for figure in figures]
    for bar in bars:
        parts = ", ".join(f"{verdict_name(part.verdict)} {part.points}" for part in bar.parts)
        said.append(labelled(bar.name, parts) + ".")
    if title:
        said.insert(len(figures), title + ".")
    if lost_title:
        said.append(lost_title)
    said += [" ".join(line.text for line in lines) for lines in lost]
    return " ".join(said)


def _wrapped(
    text: str, x: float, y: float, size: int, width: float, most: int, letter: float = LETTER
) -> tuple[Line, ...]:
    """Return a text on as many lines of this width as it takes, `most` at most; what does not fit is cut."""
    room = max(8, int(width / (letter * size)))
    lines = [""]
    for word in re.split(r"[ \t\n]+", text.strip()):  # not at a no-break space
        word = word if len(word) <= room else word[: room - 1] + "…"
        if lines[-1] and len(lines[-1]) + 1 + len(word) > room:
            if len(lines) == most:
                lines[-1] = lines[-1][: room - 1].rstrip(" ,;:.") + "…"
                break
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return tuple(Line(x, y + n * size * SPACING, line) for n, line in enumerate(lines) if line)


def _cut(text: str, size: int, width: float) -> str:
    most = int(width / (LETTER * size))
    return text if len(text) <= most else text[: most - 1] + "…"

"""A poster (SVG 1.1, 16:9): what the recaps of a session kept and lost, for a slide or a wall.

Three figures in words, a bar of 100 % for each recap whose parts bear their marks, lost views in words, and the source.
A text alternative says it all. Names are taken out before, by the layer above (`library.publish`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from comparia import messages
from comparia.messages import gettext as _
from comparia.messages import labelled, language, ngettext, number
from comparia.records import Run
from comparia.reports.cells import Row
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
FIGURE_SIZE = 80
"""Size of the numbers in large type."""
TOLD_SIZE = 24
"""Size of the numbers in a bar, at most."""
MOST_BARS = 6
"""Recaps that have a bar; the title says of how many, and the page tells the others."""
MOST_LOST = 2
"""Lost views that are told in words; the title says of how many."""
LETTER, BOLD = 0.56, 0.66
"""Width of a letter, and of a bold one, as a share of the size of its font, at most on average."""
SPACING = 1.3
"""From a line of words to the next one, as a share of the size of their font."""
_TITLES = ((46, 1), (42, 2), (36, 2), (32, 3))
"""Sizes of the title, the largest first, and the lines it may take at each."""
_VIEWS = (26, 24, 22, 20)
"""Sizes of the words of lost views, the largest first."""
_LEFT, _RIGHT = 800, 620
"""Width of the bars beside lost views, and width of these."""
_BETWEEN = 60
"""Between the bars and the lost views."""


class TextLine(NamedTuple):
    """A line of words."""

    x: float
    """Where it begins."""
    y: float
    """Its baseline."""
    text: str
    """The words."""
    size: int
    """Size of its letters."""


class Figure(NamedTuple):
    """A number, and what it counts."""

    x: float
    """Where it begins."""
    y: float
    """Baseline of the number."""
    value: str
    """The number."""
    lines: tuple[TextLine, ...]
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
    """Baseline of its name, under which it is drawn."""
    height: float
    """Its height."""
    size: float
    """Size of the numbers in it."""
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
    title = _title(session.title)
    facts = (messages.day_as_given(session.date), session.place, words.people_phrase(speaking(session)))
    facts_lines = _wrapped(" · ".join(filter(None, facts)), EDGE, title[-1].y + 46, 26, WIDTH - 2 * EDGE, 1)
    status = _wrapped(_status(view), EDGE, facts_lines[-1].y + 38, 26, WIDTH - 2 * EDGE, 1, BOLD)
    figures = _figures(view, (status or facts_lines)[-1].y + 92)
    source = _("Comparia, {date}. {checked} No figure says which recap is best.").format(
        date=messages.day(f"{run.created_at:%Y-%m-%d}"),
        checked=words.checked_sentence(run, in_words=view.in_words_alone),
    )
    lines = len(_wrapped(source, EDGE, 0, 20, WIDTH - 2 * EDGE, 3))
    foot = _wrapped(source, EDGE, HEIGHT - 24 - (lines - 1) * 20 * SPACING, 20, WIDTH - 2 * EDGE, 3)
    top = max((y for figure in figures for y in (figure.y, figure.lines[-1].y)), default=0.0) + 96
    bottom = foot[0].y - 20 - 24
    lost_title, lost = _lost(findings, top, bottom, with_names=with_names)
    bars_title, bars, seen = _bars(view, findings, top, bottom, _LEFT if lost_title else WIDTH - 2 * EDGE)
    drawn = (
        environment()
        .get_template("poster.svg")
        .render(
            lang=language(),
            title=session.title,
            title_lines=title,
            facts=facts_lines,
            status=status,
            figures=figures,
            bars_title=bars_title,
            bars=bars,
            legend=_legend(seen, top - 36),
            lost_title=lost_title,
            lost=lost,
            source=foot,
            absent=_("No list of points of view was made: nothing is said of what each recap kept."),
            described=_described(status, figures, bars_title, bars, lost_title, lost),
            looks=VERDICTS,
        )
    )
    return shown_text(drawn).encode("utf-8", "replace")


def _title(text: str) -> tuple[TextLine, ...]:
    """Return the title in the largest letters in which all of it fits; what does not fit in the smallest is cut."""
    for size, most in _TITLES:
        lines = _wrapped(text, EDGE, 40 + size, size, WIDTH - 2 * EDGE, most, BOLD)
        if not lines[-1].text.endswith("…"):
            break
    return lines


def _status(view: View) -> str:
    """Return what the list of points is, where nobody reviewed it, as a line of its own."""
    return view.status[:1].upper() + view.status[1:] if view.rows else ""


def _below(lines: Sequence[TextLine]) -> float:
    """Return where the next line of the same size would have its baseline."""
    return lines[-1].y + lines[-1].size * SPACING if lines else 0.0


def _figures(view: View, y: float) -> tuple[Figure, ...]:
    """Return the figures: points of view, minority views among them, minority views that no recap keeps.

    The last two are left out where there is no minority view, and the last one where no recap was looked at.
    """
    if not view.rows:
        return ()
    many, few = len(view.rows), len(view.minority_rows)
    told = [(many, ngettext("point of view said in the session", "points of view said in the session", many))]
    if few:
        told.append((few, ngettext("minority view, held by few people", "minority views, held by few people", few)))
    if view.lost_sentence and view.open_lost:
        lost = len(view.lost_views)
        told.append(
            (
                lost,
                ngettext(
                    "minority view not found, in words, in any recap",
                    "minority views not found, in words, in any recap",
                    lost,
                ),
            )
        )
    elif view.lost_sentence:
        lost = len(view.lost_views)
        told.append((lost, ngettext("minority view kept by no recap", "minority views kept by no recap", lost)))
    column = (WIDTH - 2 * EDGE) / max(2, len(told))
    figures = []
    for n, (value, counted) in enumerate(told):
        x = EDGE + n * column
        shown = number(value)
        beside = x + 20 + FIGURE_SIZE * BOLD * len(shown)
        figures.append(Figure(x, y, shown, _wrapped(counted, beside, y - 42, 24, x + column - beside - 16, 3)))
    return tuple(figures)


def _bars(
    view: View, findings: Findings, top: float, bottom: float, width: float
) -> tuple[tuple[TextLine, ...], tuple[PosterBar, ...], tuple[str, ...]]:
    """Return the title of the bars, the bars between `top` and `bottom`, and the verdicts that are in them."""
    if not findings.headlines:
        return (), (), ()
    rows = view.minority_rows or view.rows
    title = _("Minority views in each recap") if view.minority_rows else _("Points of view in each recap")
    recaps = view.recaps[:MOST_BARS]
    if len(recaps) < len(view.recaps):
        few = _("Minority views in the first {shown} of {total} recaps")
        title = few if view.minority_rows else _("Points of view in the first {shown} of {total} recaps")
        title = title.format(shown=number(len(recaps)), total=number(len(view.recaps)))
    lines = _wrapped(title, EDGE, top + 18, 28, width, 2, BOLD)
    first = _below(lines) + 6
    step = min(96.0, (bottom - first + 20) / len(recaps))
    height = min(42.0, step - 32)
    size = min(TOLD_SIZE, 0.85 * height)
    bars, seen = [], set()
    for n, recap in enumerate(recaps):
        counts = view.verdict_counts(n, rows)
        x, parts = float(EDGE), []
        for verdict in DRAWN:
            if counts[verdict]:
                seen.add(verdict)
                length = counts[verdict] / len(rows) * width
                told = f"{look_of(verdict).mark} {number(counts[verdict])}"
                fitting = (text for text in (told, look_of(verdict).mark) if length > size * len(text) * BOLD + 8)
                parts.append(BarPart(x, length, verdict, number(counts[verdict]), next(fitting, "")))
                x += length
        name = f"{recap_name(view, recap)} – {words.writer(view.run, recap)}"
        bars.append(PosterBar(first + n * step, height, size, _cut(name, 20, width), tuple(parts)))
    return lines, tuple(bars), tuple(verdict for verdict in DRAWN if verdict in seen)


def _legend(seen: tuple[str, ...], y: float) -> list[tuple[str, str, float, float]]:
    """Return the legend: verdict, mark and name, x, y."""
    legend, x = [], float(EDGE)
    for verdict in seen:
        told = f"{look_of(verdict).mark} {verdict_name(verdict)}"
        legend.append((verdict, told, x, y))
        x += 70 + 24 * LETTER * len(told)
    return legend


def _lost(
    findings: Findings, top: float, bottom: float, *, with_names: bool
) -> tuple[tuple[TextLine, ...], list[tuple[TextLine, ...]]]:
    """Return what is said of lost minority views, and those told in words, the surest first.

    There are `MOST_LOST` of them at most, in the largest letters in which they fit between `top` and `bottom`.
    """
    if not findings.lost_sentence:
        return (), []
    x, lost = float(WIDTH - EDGE - _RIGHT), findings.surest_lost
    if not lost:
        return _wrapped(findings.lost_sentence, x, top + 18, 28, _RIGHT, 8, BOLD), []
    for n in range(min(MOST_LOST, len(lost)), 0, -1):
        heading = _wrapped(_lost_title(findings, n), x, top + 18, 26, _RIGHT, 3, BOLD)
        first = _below(heading) + 12
        for size in _VIEWS:
            told = _told(lost[:n], x + 24, first, size, with_names=with_names)
            if told[-1][-1].y <= bottom:
                return heading, told
    return heading, _told(lost[:1], x + 24, first, size, with_names=with_names, most=_lines_in(first, bottom, size))


def _lost_title(findings: Findings, shown: int) -> str:
    """Return the title over the lost views of which `shown` are told in words."""
    total = len(findings.lost)
    if findings.open_sentence:
        title = _("Not found, in words, in any recap: to look at")
        if shown < total:
            title = _("Not found, in words, in any recap: {shown} of {total}, to look at")
    else:
        title = _("Kept by no recap: {shown} of {total}") if shown < total else _("Kept by no recap")
    return title.format(shown=number(shown), total=number(total))


def _lines_in(first: float, bottom: float, size: int) -> int:
    """Return how many lines of a view fit, with one left for those who hold it."""
    return max(1, int((bottom - first) / (size * SPACING)))


def _told(
    rows: Sequence[Row], x: float, y: float, size: int, *, with_names: bool, most: int = 99
) -> list[tuple[TextLine, ...]]:
    """Return views in words, one below the other, each with those who hold it."""
    told: list[tuple[TextLine, ...]] = []
    for row in rows:
        who = words.holders(row.holders, with_names=with_names)
        lines = _wrapped(row.point.text, x, y, size, _RIGHT - 24, most)
        if who:
            lines += _wrapped(labelled(_("Held by"), who), x, _below(lines), size, _RIGHT - 24, 2)
        told.append(lines)
        y = _below(lines) + size
    return told


def _described(
    status: tuple[TextLine, ...],
    figures: tuple[Figure, ...],
    title: tuple[TextLine, ...],
    bars: tuple[PosterBar, ...],
    lost_title: tuple[TextLine, ...],
    lost: list[tuple[TextLine, ...]],
) -> str:
    """Return the poster in words."""
    said = [f"{line.text}." for line in status]
    said += [f"{figure.value} {' '.join(line.text for line in figure.lines)}." for figure in figures]
    for bar in bars:
        parts = ", ".join(f"{verdict_name(part.verdict)} {part.points}" for part in bar.parts)
        said.append(labelled(bar.name, parts) + ".")
    if title:
        said.insert(len(status) + len(figures), " ".join(line.text for line in title) + ".")
    if lost_title:
        said.append(" ".join(line.text for line in lost_title))
    said += [" ".join(line.text for line in lines) for lines in lost]
    return " ".join(said)


def _wrapped(
    text: str, x: float, y: float, size: int, width: float, most: int, letter: float = LETTER
) -> tuple[TextLine, ...]:
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
    return tuple(TextLine(x, y + n * size * SPACING, line, size) for n, line in enumerate(lines) if line)


def _cut(text: str, size: int, width: float) -> str:
    most = int(width / (LETTER * size))
    return text if len(text) <= most else text[: most - 1] + "…"

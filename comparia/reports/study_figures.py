"""Figures of a study (SVG 1.1), each with its data as CSV: contrasts, shares by group, models beside models.

Nothing is told by colour alone: outcomes have a shape and a name, curves a shape and a line of their own, cells of a
map their number. Colours follow the theme of the reader. Each figure says its data in its description too.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from comparia.messages import N_, labelled, language, number
from comparia.messages import gettext as _
from comparia.reports.html import environment
from comparia.reports.picture import ZOOM, png_of
from comparia.reports.reasons import worded
from comparia.statistics.equivalence import Contrast
from comparia.statistics.groups import GroupShare
from comparia.statistics.homogeneity import Homogeneity
from comparia.text.controls import one_line, shown_text, table_cell

WIDTH = 960
"""Width of every figure, in units of the drawing."""

OUTCOMES = {
    "different": N_("different"),
    "equivalent": N_("no meaningful difference"),
    "undecided": N_("not told apart"),
    "too_few_sessions": N_("too few sessions"),
}
"""What can be said of a contrast, for people."""

COLOURS = (
    ("paper", "#ffffff", "#16191c"),
    ("ink", "#1d2226", "#e9ecee"),
    ("muted", "#545c63", "#b3bbc2"),
    ("rule", "#c9ced3", "#4a5158"),
    ("band", "#e3f2e8", "#1f3a2b"),
    ("mark", "#14643f", "#7fd0a6"),
)
"""Each colour by its role: on a light page, on a dark page."""

STEPS = (
    ("#eef5f0", "#1d2226"),
    ("#cfe5d8", "#1d2226"),
    ("#a3cdb6", "#1d2226"),
    ("#2f7d55", "#ffffff"),
    ("#14643f", "#ffffff"),
)
"""Fills of a map from the lowest to the highest value, and the ink of the number on each; the same in both themes."""

DASHES = ("", "8 4", "2 4", "12 4 2 4", "1 3", "16 6")
"""Lines of curves, one after the other."""

_LIGHT = {role: light for role, light, _dark in COLOURS}
_LONGEST = 31
"""Characters of a label; more are cut in the drawing alone."""


class Figure(NamedTuple):
    """A drawing and its data."""

    svg: str
    csv: str
    """One line a thing drawn, with a point for decimals; names of columns are not translated."""

    def png(self, zoom: float = ZOOM) -> bytes:
        """Return the drawing as PNG, `zoom` dots for each of its units across and down. Raises MissingExtra."""
        return png_of(self.svg, zoom=zoom)


class ForestRow(NamedTuple):
    """One contrast of a forest plot."""

    label: str
    value: float | None
    """The difference; None where there is none."""
    low: float | None
    high: float | None
    outcome: str
    """A key of `OUTCOMES`; empty for none."""
    sessions: int
    p: float | None = None
    """Corrected p-value."""
    reason: str = ""
    """Code of `reports.reasons`."""


class CurvePoint(NamedTuple):
    """One group of a curve."""

    group: str
    share: float | None
    """In [0, 1]; None where the group is not shown."""
    low: float | None
    high: float | None
    cells: int | None
    reason: str = ""
    """Code of `reports.reasons`."""


class Curve(NamedTuple):
    """The shares that one model keeps, group after group."""

    name: str
    points: tuple[CurvePoint, ...]


class _Shape(NamedTuple):
    tag: str
    attributes: dict[str, object]
    text: str = ""


def forest_rows(contrasts: Iterable[Contrast]) -> tuple[ForestRow, ...]:
    """Return the rows of a forest plot, one a contrast, in the order given."""
    return tuple(
        ForestRow(
            f"{each.first} − {each.second}",
            each.difference,
            each.low,
            each.high,
            each.outcome,
            each.sessions,
            each.p_adjusted,
            each.reason,
        )
        for each in contrasts
    )


def curve_of(name: str, groups: Iterable[GroupShare], labels: dict[str, str] | None = None) -> Curve:
    """Return the curve of one model.

    Args:
        name: of the model.
        groups: its shares, in the order to draw them.
        labels: names of groups for people, by their codes; the code itself where there is none.
    """
    named = labels or {}
    return Curve(
        name,
        tuple(
            CurvePoint(named.get(each.group, each.group), each.share, each.low, each.high, each.cells, each.reason)
            for each in groups
        ),
    )


def agreement_table(found: Homogeneity, names: Sequence[str]) -> list[list[float | None]]:
    """Return the agreement of each pair of models, in the order of names; None where nothing compares them."""
    values = {(pair.first, pair.second): pair.agreement.value for pair in found.pairs}
    return [[values.get((min(one, other), max(one, other))) for other in names] for one in names]


def forest(
    rows: Sequence[ForestRow], title: str, measure: str, margin: float | None = None, name: str = "forest"
) -> Figure:
    """Return a forest plot: each difference with its interval, a line at zero, a band for what does not matter.

    Args:
        rows: from top to bottom.
        title: of the figure, in the reader's language.
        measure: what is compared, in the reader's language.
        margin: smallest difference that matters; None draws no band.
        name: identifier of the figure, other than those of the same page.
    """
    left, right, top, step = 290, 690, 92, 36
    bounds = [x for row in rows for x in (row.value, row.low, row.high) if x is not None] + [0.0]
    bounds += [margin, -margin] if margin is not None else []
    ticks = _ticks(min(bounds), max(bounds))
    bottom = top + step * max(1, len(rows))

    def across(value: float) -> float:
        return round(left + (value - ticks[0]) / (ticks[-1] - ticks[0]) * (right - left), 1)

    shapes = [*_heading(title, measure)]
    if margin is not None:
        band = across(-margin)
        shapes.append(_rect(band, top - 8, across(margin) - band, bottom - top + 8, "band"))
        shapes.append(_text(across(0), top - 14, _("± {margin}: too small to matter").format(margin=_figure(margin)),
                            13, "middle", "muted"))  # fmt: skip
    shapes += _axis(ticks, across, top - 8, bottom)
    shapes.append(_line(across(0), top - 8, across(0), bottom, "ink", 1.5))
    for place, row in enumerate(rows):
        y = top + step * place + step // 2
        shapes.append(_text(left - 14, y + 5, _cut(row.label), 14, "end"))
        if row.low is not None and row.high is not None:
            shapes.append(_line(across(row.low), y, across(row.high), y, "mark", 2.5))
            shapes += [_line(across(end), y - 6, across(end), y + 6, "mark", 2.5) for end in (row.low, row.high)]
        if row.value is not None:
            shapes.append(
                _marker(list(OUTCOMES).index(row.outcome) if row.outcome in OUTCOMES else 2, across(row.value), y)
            )
        shapes.append(_text(right + 16, y - 2, _estimate(row.value, row.low, row.high), 13))
        shapes.append(_text(right + 16, y + 14, _cut(_outcome(row)), 13, "start", "muted"))
    if not rows:
        shapes.append(_text(left, top + 24, _("Nothing to measure."), 15))
    shapes += _legend(
        [(n, _(said)) for n, (code, said) in enumerate(OUTCOMES.items()) if any(row.outcome == code for row in rows)],
        bottom + 52,
    )
    described = "; ".join(
        labelled(row.label, f"{_estimate(row.value, row.low, row.high)}, {_outcome(row)}") for row in rows
    )
    table = [
        (row.label, row.value, row.low, row.high, row.outcome, row.sessions, row.p, margin, row.reason) for row in rows
    ]
    return Figure(
        _drawn(name, title, described, bottom + 74, shapes),
        _csv(("contrast", "difference", "low", "high", "outcome", "sessions", "p_adjusted", "margin", "reason"), table),
    )


def retention_curves(curves: Sequence[Curve], title: str, grouping: str, measure: str, name: str = "curves") -> Figure:
    """Return curves of the share kept, group after group, with intervals; a group that is not shown leaves a gap.

    Args:
        curves: one a model; all with the same groups.
        title: of the figure, in the reader's language.
        grouping: what the groups are (place in the session, share of speech), in the reader's language.
        measure: what is kept, in the reader's language.
        name: identifier of the figure, other than those of the same page.

    Raises:
        ValueError: two curves have other groups.
    """
    groups = [point.group for point in curves[0].points] if curves else []
    if any([point.group for point in curve.points] != groups for curve in curves):
        raise ValueError("curves must have the same groups")
    left, right, top, bottom = 90, WIDTH - 40, 92, 392
    ticks = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    wide = (right - left) / max(1, len(groups))

    def up(share: float) -> float:
        return round(bottom - share * (bottom - top), 1)

    shapes = [*_heading(title, measure)]
    for tick in ticks:
        shapes.append(_line(left, up(tick), right, up(tick), "rule", 1))
        shapes.append(_text(left - 10, up(tick) + 5, _figure(tick, 1), 13, "end", "muted"))
    for place, group in enumerate(groups):
        shapes.append(_text(left + wide * (place + 0.5), bottom + 22, _cut(group, max(6, int(wide / 8))), 14, "middle"))
    shapes.append(_text((left + right) / 2, bottom + 46, grouping, 14, "middle", "muted"))
    for n, curve in enumerate(curves):
        # curves stand side by side within a group, so that intervals do not hide each other
        shift = (n - (len(curves) - 1) / 2) * min(16.0, 0.6 * wide / max(1, len(curves)))
        before: tuple[float, float] | None = None
        lines, marks = [], []
        for place, point in enumerate(curve.points):
            x = round(left + wide * (place + 0.5) + shift, 1)
            if point.share is None:
                before = None
                continue
            y = up(point.share)
            if before is not None:
                lines.append(_line(*before, x, y, "mark", 2, DASHES[n % len(DASHES)]))
            if point.low is not None and point.high is not None:
                lines.append(_line(x, up(point.low), x, up(point.high), "muted", 1.5))
            marks.append(_marker(n, x, y))
            before = (x, y)
        shapes += lines + marks
    shapes += _legend([(n, curve.name) for n, curve in enumerate(curves)], bottom + 78, dashed=True)
    rows_of_legend = math.ceil(len(curves) / 4)
    described = "; ".join(
        labelled(curve.name, ", ".join(f"{point.group} {_point(point)}" for point in curve.points)) for curve in curves
    )
    table = [
        (curve.name, point.group, point.share, point.low, point.high, point.cells, point.reason)
        for curve in curves
        for point in curve.points
    ]
    return Figure(
        _drawn(name, title, described, bottom + 78 + 24 * rows_of_legend, shapes),
        _csv(("model", "group", "share", "low", "high", "cells", "reason"), table),
    )


def model_map(
    names: Sequence[str], values: Sequence[Sequence[float | None]], title: str, measure: str, name: str = "map"
) -> Figure:
    """Return a map of models beside models: the number of each pair, on a shade that follows it.

    Args:
        names: of the models, in the order to show them (`statistics.homogeneity.similar_order`).
        values: of each pair, shape (models, models), of repeats on the diagonal; None where nothing compares them.
        title: of the figure, in the reader's language.
        measure: what the numbers are, in the reader's language.
        name: identifier of the figure, other than those of the same page.

    Raises:
        ValueError: the table is not square.
    """
    k = len(names)
    if len(values) != k or any(len(row) != k for row in values):
        raise ValueError("values must have a row and a column for each model")
    left, top = 250, 116
    side = min(64.0, (WIDTH - left - 40) / max(1, k))
    given = [value for row in values for value in row if value is not None]
    low, high = (math.floor(10 * min(given)) / 10, math.ceil(10 * max(given)) / 10) if given else (0.0, 1.0)
    wide = (high - low or 0.1) / len(STEPS)
    shapes = [*_heading(title, measure)]
    decimals = 2 if side >= 40 else 1
    for row, label in enumerate(names):
        y = top + side * row
        shapes.append(_text(left - 10, y + side / 2 + 5, f"{_cut(label, 24)} · {row + 1}", 14, "end"))
        shapes.append(_text(left + side * (row + 0.5), top - 10, str(row + 1), 14, "middle"))
        for column, value in enumerate(values[row]):
            x = left + side * column
            fill, ink = STEPS[min(len(STEPS) - 1, int((value - low) / wide + 1e-9))] if value is not None else ("", "")
            box: dict[str, object] = {"x": _place(x), "y": _place(y), "width": _place(side), "height": _place(side)}
            if value is None:
                shapes.append(_Shape("rect", {**box, **_coloured("paper", "rule")}))
                shapes.append(_text(x + side / 2, y + side / 2 + 5, "–", 13, "middle", "muted"))
                continue
            shapes.append(_Shape("rect", {**box, "fill": fill, **_coloured(stroke="paper")}))
            written = {"x": _place(x + side / 2), "y": _place(y + side / 2 + 5), "font-size": 13 if side >= 28 else 11}
            shapes.append(_Shape("text", {**written, "text-anchor": "middle", "fill": ink}, _figure(value, decimals)))
    bottom = top + side * k
    for n, (fill, _ink) in enumerate(STEPS if given else ()):
        x = 30 + 180 * n
        ends = {"low": _figure(low + n * wide), "high": _figure(low + (n + 1) * wide)}
        square = {
            "x": x,
            "y": _place(bottom + 26),
            "width": 18,
            "height": 18,
            "fill": fill,
            **_coloured(stroke="rule"),
        }
        shapes.append(_Shape("rect", square))
        shapes.append(_text(x + 26, bottom + 40, _("{low} to {high}").format(**ends), 13))
    pairs = [(row, column) for row in range(k) for column in range(row, k)]
    described = "; ".join(
        labelled(
            names[row] if row == column else f"{names[row]}, {names[column]}",
            _("not compared") if (value := values[row][column]) is None else _figure(value),
        )
        for row, column in pairs
    )
    table = [(names[row], names[column], values[row][column]) for row in range(k) for column in range(k)]
    return Figure(_drawn(name, title, described, bottom + 64, shapes), _csv(("first", "second", "value"), table))


def _drawn(name: str, title: str, described: str, height: float, shapes: Sequence[_Shape]) -> str:
    drawn = (
        environment()
        .get_template("study_figure.svg")
        .render(
            lang=language(),
            name=name,
            title=title,
            described=described or _("Nothing to measure."),
            width=WIDTH,
            height=round(height),
            colours=COLOURS,
            shapes=shapes,
        )
    )
    return shown_text(drawn)


def _csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([table_cell(cell) for cell in row] for row in rows)
    return out.getvalue()


def _coloured(fill: str = "", stroke: str = "") -> dict[str, object]:
    """Return the attributes of a fill and a stroke by their roles; another style is for dark pages."""
    attributes: dict[str, object] = {}
    if fill:
        attributes["fill"] = _LIGHT[fill]
    if stroke:
        attributes["stroke"] = _LIGHT[stroke]
    classes = [f"study-{role}-{kind}" for role, kind in ((fill, "fill"), (stroke, "line")) if role]
    return {**attributes, "class": " ".join(classes)}


def _place(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _text(x: float, y: float, text: str, size: int, anchor: str = "start", role: str = "ink") -> _Shape:
    at = {"x": _place(x), "y": _place(y), "font-size": size, "text-anchor": anchor}
    return _Shape("text", {**at, **_coloured(role)}, text)


def _line(x: float, y: float, to_x: float, to_y: float, role: str, width: float, dashes: str = "") -> _Shape:
    ends = {"x1": _place(x), "y1": _place(y), "x2": _place(to_x), "y2": _place(to_y), "stroke-width": width}
    return _Shape("line", {**ends, **({"stroke-dasharray": dashes} if dashes else {}), **_coloured(stroke=role)})


def _rect(x: float, y: float, width: float, height: float, role: str) -> _Shape:
    box = {"x": _place(x), "y": _place(y), "width": _place(width), "height": _place(height)}
    return _Shape("rect", {**box, **_coloured(role)})


def _marker(kind: int, x: float, y: float) -> _Shape:
    """Return the mark of an outcome or a curve: disc, square, ring, cross, triangle, rhombus."""
    r = 6
    paths = (
        "",
        f"M{x - r} {y - r}h{2 * r}v{2 * r}h{-2 * r}z",
        "",
        f"M{x - r} {y - r}l{2 * r} {2 * r}M{x - r} {y + r}l{2 * r} {-2 * r}",
        f"M{x} {y - r}L{x + r} {y + r}H{x - r}z",
        f"M{x} {y - r - 1}L{x + r + 1} {y}L{x} {y + r + 1}L{x - r - 1} {y}z",
    )
    kind %= len(paths)
    if kind in (0, 2):
        disc = {"cx": _place(x), "cy": _place(y), "r": r, "stroke-width": 2}
        return _Shape("circle", {**disc, **_coloured("mark" if kind == 0 else "paper", "mark")})
    if kind == 3:
        return _Shape("path", {"d": paths[kind], "stroke-width": 3, **_coloured(stroke="mark")})
    return _Shape("path", {"d": paths[kind], **_coloured("mark")})


def _heading(title: str, measure: str) -> tuple[_Shape, _Shape]:
    return _text(30, 36, _cut(title, 84), 20), _text(30, 60, _cut(measure, 120), 14, "start", "muted")


def _legend(entries: Sequence[tuple[int, str]], top: float, dashed: bool = False) -> list[_Shape]:
    """Return marks with what they mean, four to a line."""
    shapes = []
    for place, (kind, said) in enumerate(entries):
        x, y = 44 + 228 * (place % 4), top + 24 * (place // 4)
        if dashed:
            shapes.append(_line(x - 14, y, x + 14, y, "mark", 2, DASHES[kind % len(DASHES)]))
        shapes += [_marker(kind, x, y), _text(x + 22, y + 5, _cut(said, 29), 13)]
    return shapes


def _axis(ticks: Sequence[float], across: Callable[[float], float], top: float, bottom: float) -> list[_Shape]:
    shapes = []
    for tick in ticks:
        x = across(tick)
        shapes.append(_line(x, top, x, bottom, "rule", 1))
        shapes.append(_text(x, bottom + 20, _figure(tick), 13, "middle", "muted"))
    return shapes


def _ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Return round numbers from at or under `low` to at or over `high`, 1, 2 or 5 times a power of ten apart."""
    span = (high - low) or 1.0
    power = 10.0 ** math.floor(math.log10(span / most))
    step = next(power * m for m in (1, 2, 5, 10) if span / (power * m) <= most)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(n * step, 10) for n in range(first, max(last, first + 1) + 1)]


def _figure(value: float, decimals: int = 2) -> str:
    return number(value + 0.0 if round(value, decimals) else 0.0, decimals)


def _estimate(value: float | None, low: float | None, high: float | None) -> str:
    if value is None:
        return "–"
    if low is None or high is None:
        return _figure(value)
    return _("{value} (from {low} to {high})").format(value=_figure(value), low=_figure(low), high=_figure(high))


def _outcome(row: ForestRow) -> str:
    if row.outcome in OUTCOMES:
        return _(OUTCOMES[row.outcome])
    return worded(row.reason)


def _point(point: CurvePoint) -> str:
    return worded(point.reason) if point.share is None else _estimate(point.share, point.low, point.high)


def _cut(text: str, longest: int = _LONGEST) -> str:
    line = one_line(text)
    return line if len(line) <= longest else line[: longest - 1] + "…"

"""What `comparia study analyse` shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from comparia.cli.console import console
from comparia.messages import gettext as _
from comparia.messages import ngettext, number
from comparia.reports import wording
from comparia.reports.reasons import worded
from comparia.reports.study_figures import OUTCOMES

if TYPE_CHECKING:
    from rich.table import Table

    from comparia.studies.analysis import Analysis, MetricAnalysis


def show_analysis(found: Analysis) -> None:
    """Print means, ties, contrasts and probes, and what the recaps took."""
    from rich.text import Text

    from comparia.studies.wording import taken_cells, taken_headings

    out = console()
    facts = [
        ngettext("{n} recap", "{n} recaps", found.recaps).format(n=number(found.recaps)),
        _("{n} missing").format(n=number(found.missing)),
    ]
    out.print(Text(" · ".join([found.study, *facts]), style="bold"))
    for metric in found.metrics:
        _show_metric(metric)
    for name, recipes in found.signatures.items():
        if len(recipes) > 1:
            said = _("{metric}: scores of {n} recipes were averaged: score the study again.")
            out.print(Text(said.format(metric=wording.metric_name(name), n=len(recipes)), style="yellow"))
    if found.probes:
        _show_probes(found)
    _show_corrected(found)
    table = _table_of(_("What the recaps took"), taken_headings())
    for taken in found.taken:
        table.add_row(Text(taken.model), *taken_cells(taken))
    out.print(table)


def _show_corrected(found: Analysis) -> None:
    from rich.text import Text

    from comparia.studies.wording import corrected_cells, corrected_headings, corrected_reasons

    out = console()
    for metric in dict.fromkeys(one.metric for one in found.corrected):
        title = _("{metric}, corrected by what people settled").format(metric=wording.metric_name(metric))
        table = _table_of(title, corrected_headings())
        for one in found.corrected:
            if one.metric == metric:
                table.add_row(Text(one.model), *corrected_cells(one))
        out.print(table)
    for reason in corrected_reasons(found.corrected):
        out.print(Text(reason, style="yellow"))


def _table_of(title: str, headings: Sequence[str]) -> Table:
    from rich.table import Table

    table = Table(title=title, title_justify="left", expand=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _show_metric(metric: MetricAnalysis) -> None:
    from rich.table import Table
    from rich.text import Text

    out = console()
    title = wording.metric_name(metric.metric)
    letters: dict[str, list[str]] = {}
    for tied in metric.ties:
        for member in tied.members:
            letters.setdefault(member, []).append(tied.letter)
    table = Table(title=title, title_justify="left", expand=False)
    for heading in (_("Model"), _("Mean"), _("Interval (95 %)"), _("Sessions"), _("Not told apart")):
        table.add_column(heading, overflow="fold")
    for mean in metric.means:
        estimate = mean.estimate
        table.add_row(
            Text(mean.model), _figure(estimate.value), _interval(estimate.low, estimate.high),
            number(estimate.sessions), " ".join(letters.get(mean.model, ())),
        )  # fmt: skip
    out.print(table)
    for reason in dict.fromkeys(mean.estimate.reason for mean in metric.means if mean.estimate.reason):
        out.print(Text(worded(reason), style="yellow"))
    for tied in metric.ties:
        if tied.equivalent:
            out.print(_("No meaningful difference: {models}").format(models=", ".join(tied.members)), markup=False)
    rows = Table(
        title=_("Planned contrasts") if metric.planned else _("Explored contrasts"), title_justify="left", expand=False
    )
    headings = (_("Contrast"), _("Difference"), _("Interval (95 %)"), "p", _("Outcome"), _("At equal length"))
    for heading in headings:
        rows.add_column(heading, overflow="fold")
    for one, equal in zip(metric.contrasts, metric.equal_length, strict=True):
        rows.add_row(
            Text(f"{one.first} − {one.second}"), _figure(one.difference), _interval(one.low, one.high),
            _p(one.p_adjusted), _(OUTCOMES[one.outcome]), _figure(equal.at_equal_length),
        )  # fmt: skip
    out.print(rows)


def _show_probes(found: Analysis) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=_("Probes"), title_justify="left", expand=False)
    headings = (_("Probe"), _("Figure"), _("Model"), _("Before"), _("After"), _("Difference"), _("Interval (95 %)"))
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for one in found.probes:
        figure = {"retention": _("kept as held"), "position": _("place in the recap")}[one.figure]
        difference = one.difference
        table.add_row(
            Text(one.probe), figure, Text(one.model), _figure(one.original), _figure(one.changed),
            _figure(difference.value), _interval(difference.low, difference.high),
        )  # fmt: skip
    console().print(table)


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _interval(low: float | None, high: float | None) -> str:
    return "–" if low is None or high is None else f"[{low:.3f}, {high:.3f}]"


def _p(value: float | None) -> str:
    return "–" if value is None else "< 0.001" if value < 0.001 else f"{value:.3f}"

"""The report of a study: one self-contained web page, its figures as SVG and PNG, and their data as CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from comparia.messages import gettext as _
from comparia.messages import language
from comparia.reports import html, picture
from comparia.reports.reasons import worded
from comparia.reports.study_figures import (
    OUTCOMES,
    Figure,
    agreement_table,
    curve_of,
    forest,
    forest_rows,
    model_map,
    retention_curves,
)
from comparia.reports.wording import metric_name
from comparia.statistics.clusters import ClusterEstimate
from comparia.statistics.equivalence import Contrast
from comparia.statistics.groups import GroupShare
from comparia.studies import wording
from comparia.studies.analysis import Analysis, GroupAnalysis, MetricAnalysis
from comparia.studies.files import Study

CURVES = ("position", "speaker_share", "support")
"""Groupings that are drawn as curves: their groups have an order."""


@dataclass(frozen=True)
class NamedFigure:
    """A figure of the report."""

    name: str
    """Name of its files, without suffix."""
    caption: str
    """What it shows."""
    figure: Figure
    """The drawing and its data."""

    @property
    def markup(self) -> Markup:
        """The drawing, as a page holds it: made here, of escaped texts."""
        return Markup(self.figure.svg)  # noqa: S704


@dataclass(frozen=True)
class StudyReport:
    """Everything that the report of a study shows."""

    study: Study
    """The study."""
    found: Analysis
    """Its analysis."""
    methods: Markup
    """Its methods, as HTML."""
    figures: Sequence[NamedFigure]
    """Its figures."""

    def of(self, prefix: str) -> list[NamedFigure]:
        """Return the figures whose name begins so."""
        return [figure for figure in self.figures if figure.name.startswith(prefix)]

    @property
    def attributes(self) -> set[str]:
        """Attributes of people that group points."""
        return {one.grouping for one in self.found.groups} - {*CURVES, "channel"}

    @staticmethod
    def letters(metric: MetricAnalysis, model: str) -> str:
        """Return the letters of the sets of models that one belongs to."""
        return " ".join(tied.letter for tied in metric.ties if model in tied.members)


def write_report(study: Study, found: Analysis, methods: str) -> dict[str, bytes]:
    """Return the files of a report by name: `report.html`, and each figure as SVG, PNG where it can be made, and CSV.

    Args:
        study: the study.
        found: its analysis.
        methods: its methods, Markdown.
    """
    figures = list(_figures(study, found))
    report = StudyReport(study, found, html.markdown(methods), figures)
    page = (
        html.environment()
        .get_template("study.html")
        .render(
            report=report,
            lang=language(),
            css=Markup(html.css()),  # noqa: S704 - our own sheet
            p_value=_p_value,
            study=study,
            found=found,
            wording=wording,
            metric_name=metric_name,
            outcome=lambda code: _(OUTCOMES[code]),
            worded=worded,
            figure=_figure,
            interval=_interval,
            grouping=grouping_name,
            group=group_name,
        )
    )
    files = {"report.html": page.encode("utf-8", "replace")}
    for named in figures:
        files[f"{named.name}.svg"] = named.figure.svg.encode()
        if picture.is_installed():
            files[f"{named.name}.png"] = named.figure.png()
        files[f"{named.name}.csv"] = named.figure.csv.encode()
    return files


def grouping_name(name: str) -> str:
    """Return a way to group points for people; an attribute of people under its own name."""
    return {
        "position": _("Place in the session"),
        "channel": _("Speech or chat"),
        "speaker_share": _("Share of speech of who holds it"),
        "support": _("Number of people who hold it"),
    }.get(name, name)


def group_name(name: str) -> str:
    """Return a group of points for people; the value of an attribute as it stands."""
    return _group_names().get(name, name)


def _group_names() -> Mapping[str, str]:
    return {
        "first": _("first third"),
        "middle": _("middle third"),
        "last": _("last third"),
        "speech": _("speech"),
        "chat": _("chat"),
        "under_5": _("under a twentieth"),
        "5_to_15": _("a twentieth to a seventh"),
        "over_15": _("over a seventh"),
        "one": _("one"),
        "two": _("two"),
        "three_or_more": _("three or more"),
    }


def _figures(study: Study, found: Analysis) -> list[NamedFigure]:
    figures = []
    for metric in found.metrics:
        name = metric_name(metric.metric)
        title = _("Planned contrasts") if metric.planned else _("Explored contrasts")
        drawn = forest(forest_rows(metric.contrasts), title, name, study.analysis.margin, f"forest-{metric.metric}")
        figures.append(NamedFigure(f"contrasts-{metric.metric}", f"{title}: {name}", drawn))
    for grouping in CURVES:
        groups: list[GroupAnalysis] = [one for one in found.groups if one.grouping == grouping]
        curves = [curve_of(one.model, one.shares, dict(_group_names())) for one in groups]
        same = len({tuple(point.group for point in curve.points) for curve in curves}) == 1
        if same and any(point.share is not None for curve in curves for point in curve.points):
            name = grouping_name(grouping)
            drawn = retention_curves(curves, _("What is kept, by group"), name, _("share kept"), f"curves-{grouping}")
            figures.append(NamedFigure(f"kept-{grouping}", name, drawn))
    if found.homogeneity is not None and any(pair.first != pair.second for pair in found.homogeneity.pairs):
        met = {name for pair in found.homogeneity.pairs for name in (pair.first, pair.second)}
        names = [model.id for model in study.models if model.id in met]
        title = _("How alike recaps are in what they keep")
        drawn = model_map(names, agreement_table(found.homogeneity, names), title, found.homogeneity.measure)
        figures.append(NamedFigure("alike", title, drawn))
    return figures


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _interval(estimate: ClusterEstimate | Contrast | GroupShare) -> str:
    if estimate.low is None or estimate.high is None:
        return "–"
    return f"[{estimate.low:.3f}, {estimate.high:.3f}]"


def _p_value(value: float | None) -> str:
    return "–" if value is None else "< 0.001" if value < 0.001 else f"{value:.3f}"

"""The scores of a run for notebooks: a data frame of pandas or polars, and a table in HTML.

No word of the session is in them.
"""

from __future__ import annotations

import html
import importlib
import importlib.util
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from comparia.errors import MissingExtra, UnknownName
from comparia.messages import gettext as _
from comparia.messages import number
from comparia.records import Run, Score
from comparia.reports.wording.labels import recap_label
from comparia.reports.wording.scores import metric_name, value_text

Library = Literal["pandas", "polars"]

LIBRARIES = ("pandas", "polars")
"""What makes data frames, the first that is installed."""

COLUMNS: dict[str, str] = {
    "run": "id of the run",
    "metric": "name of the metric",
    "recap": "id of the recap; of the first, for a pair or a set",
    "other_recap": "id of the second recap of a pair; empty otherwise",
    "recaps": "ids of all the recaps the score is of, joined by +",
    "backend": "who wrote the recap",
    "prompt": "name of the prompt, empty for an extract",
    "repeat": "which repeat it is, from 1",
    "value": "the value; missing when unscored",
    "low": "lower end of the interval, missing where there is none",
    "high": "upper end of the interval",
    "reason": "why it is unscored; empty otherwise",
    "words": "words of the recap; missing for a pair or a set",
    "language": "language of the session",
    "recipe": "eight digits that stand for the signature",
    "signature": "the whole recipe: compare values of equal signatures only",
}
"""Columns of a frame, and what each holds. The counts and the measures of each metric follow, as `count_kept` and
`measure_floor`, or missing."""


def to_frame(run: Run, library: Library | None = None) -> Any:
    """Return the scores of a run as a data frame, one row a score.

    Args:
        run: the run.
        library: what makes the frame; pandas where it is installed, else polars, when None.

    Returns:
        A frame with the columns of `comparia.reports.frames.COLUMNS`, then a column `count_NAME` for each count and
        `measure_NAME` for each measure.

    Raises:
        MissingExtra: neither is installed, or not the one asked for.
        UnknownName: another library.
    """
    return frame_of(columns_of(run), library)


def frame_of(columns: Mapping[str, Sequence[object]], library: Library | None = None) -> Any:
    """Return columns of one length as a data frame; see `to_frame`."""
    if library is not None and library not in LIBRARIES:
        raise UnknownName(_("library of data frames"), library, LIBRARIES)
    asked = LIBRARIES if library is None else (library,)
    for name in asked:
        if importlib.util.find_spec(name) is not None:
            return importlib.import_module(name).DataFrame(columns)
    raise MissingExtra(_("A data frame"), f"pip install {library or 'pandas'}")


def columns_of(run: Run) -> dict[str, list[str | float | None]]:
    """Return the columns of the frame of a run, each with one value a score."""
    rows = [_row(run, score) for score in run.scores]
    names = dict.fromkeys((*COLUMNS, *(name for row in rows for name in row)))
    return {name: [row.get(name) for row in rows] for name in names}


def _row(run: Run, score: Score) -> dict[str, str | float | None]:
    first = next((variant for variant in run.variants if variant.id == score.variants[0]), None)
    low, high = score.interval or (None, None)
    alone = first is not None and len(score.variants) == 1
    return {
        "run": run.id,
        "metric": score.metric,
        "recap": score.variants[0],
        "other_recap": score.variants[1] if len(score.variants) == 2 else "",
        "recaps": "+".join(score.variants),
        "backend": first.backend if first else "",
        "prompt": run.prompt_named(first.prompt) if first else "",
        "repeat": first.repeat if first else None,
        "value": score.value,
        "low": low,
        "high": high,
        "reason": score.reason,
        "words": first.words if first and alone else None,
        "language": run.transcript.language,
        "recipe": score.recipe,
        "signature": score.signature,
        **{f"count_{name}": float(value) for name, value in score.counts.items()},
        **{f"measure_{name}": value for name, value in score.measures.items()},
    }


def run_html(run: Run) -> str:
    """Return what a notebook shows of a run: its state, and a row a metric and a column a recap."""
    recaps = [variant for variant in run.variants if variant.summary is not None]
    values = {(s.metric, s.variants[0]): value_text(s) for s in run.scores if len(s.variants) == 1}
    rows = [
        [metric_name(metric), *(values.get((metric, variant.id), "") for variant in recaps)]
        for metric in dict.fromkeys(metric for metric, _variant in values)
    ]
    head = ["", *(f"{variant.id} · {recap_label(run, variant)}" for variant in recaps)]
    state = f"{run.id} · {run.status} · {number(len(recaps))} / {number(len(run.plan.cells))}"
    return f"<p>{html.escape(state)}</p>{_table(head, rows)}"


def score_html(score: Score) -> str:
    """Return what a notebook shows of a score: value, interval, counts and recipe, without its evidence."""
    rows = [[metric_name(score.metric), value_text(score)], [_("Recaps"), ", ".join(score.variants)]]
    if score.interval is not None:
        rows.append([_("Interval"), " – ".join(number(end, 3) for end in score.interval)])
    rows += [[name, f"{value:g}"] for name, value in score.figures.items()]
    rows.append([_("Signature"), f"{score.recipe} · {score.signature}"])
    return _table([], rows)


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [[f"<th>{html.escape(cell)}</th>" for cell in head]] if head else []
    lines += [[f"<td>{html.escape(cell)}</td>" for cell in row] for row in rows]
    return "<table>" + "".join(f"<tr>{''.join(line)}</tr>" for line in lines) + "</table>"


def teach_records(frame: Callable[..., Any] = to_frame) -> None:
    """Give `Run` and `Score` what notebooks look for: `to_frame()` and `_repr_html_()`.

    Args:
        frame: what makes the data frame of a run.
    """
    for record, name, act in (
        (Run, "to_frame", frame),
        (Run, "_repr_html_", run_html),
        (Score, "_repr_html_", score_html),
    ):
        setattr(record, name, act)

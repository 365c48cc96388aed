"""The terminal: variants side by side, scores, and the points of view that were lost."""

from __future__ import annotations

import io
import re

from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from comparia.messages import gettext as _
from comparia.messages import labelled, ngettext
from comparia.records import Run, Variant
from comparia.reports import wording
from comparia.reports.cells import Column
from comparia.reports.findings import Findings
from comparia.reports.verdicts import DRAWN, look_of, marked, verdict_name
from comparia.reports.view import View
from comparia.reports.wording.labels import backend_label
from comparia.text.controls import shown_text

MEDIA_TYPE = "text/plain; charset=utf-8"
SUFFIX = "txt"
DESCRIPTION = "what the terminal shows"

WIDTH = 120
PREVIEW_WORDS = 70
BRIEF_FROM = 4
"""With more variants than this a verdict is a mark alone, explained under the table."""
MOST_COLUMNS = 8
"""More variants than this are not a table any more: the report has it."""
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
"""Where raw HTML would begin: rich would leave it out, and a person must see what a recap holds."""


def write(run: Run) -> bytes:
    """Return what the terminal shows, as plain text of 120 columns."""
    page = io.StringIO()
    show(run, Console(file=page, width=WIDTH, no_color=True, force_terminal=False))
    return page.getvalue().encode("utf-8", "replace")


def show(run: Run, console: Console, *, whole: bool = False) -> None:
    """Print a run: recaps side by side (their beginning, unless `whole`), scores, key points, notice."""
    view = View(run)
    console.print()
    console.print(_plain(run.transcript.title, style="bold"))
    for text in lost_lines(view):
        console.print(text)
    console.print(side_by_side(run, console.width, whole=whole))
    console.print(scores_table(view))
    if view.checks:
        console.print(checks_table(view))
    for line in flag_lines(view):
        console.print(_plain("  " + line, style="yellow"))
    for line in pair_lines(view):
        console.print(_plain("  " + line))
    console.print(_plain(wording.reference_sentence(run.reference), style="dim"))
    table = minority_table(view)
    if table is not None:
        console.print(table)
    for table in groups_tables(view):
        console.print(table)
    for line in wording.use_notice(run):
        console.print(_plain("• " + line, style="dim"))


def lost_lines(view: View, limit: int = 6) -> list[Text]:
    """Return what no recap kept, to be read first: how many minority views, the first ones, what each recap lost."""
    lines = []
    if view.lost_sentence:
        lines.append(_plain(view.lost_sentence, style="bold"))
    findings = Findings(view)
    rows = findings.lost
    for row in rows[:limit]:
        holders = ", ".join(row.holders)
        lines.append(_plain(f"  {look_of('absent').mark} {row.point.text} ({holders}; {verdict_name(row.fate)})"))
    if len(rows) > limit:
        more = ngettext("{n} more in the report", "{n} more in the report", len(rows) - limit)
        lines.append(_plain("  … " + more.format(n=len(rows) - limit), style="dim"))
    if findings.open_sentence:
        lines.append(_plain(findings.open_sentence, style="dim"))
    lines += [_plain(f"  {variant.id}  {loss}") for variant, loss in view.losses[:MOST_COLUMNS]]
    if provenance := wording.provenance(view.run):
        lines.append(_plain(provenance, style="dim"))
    return lines


def side_by_side(run: Run, width: int, *, whole: bool) -> RenderableType:
    """One panel a variant, as many abreast as fit."""
    variants = run.variants if whole or len(run.variants) <= BRIEF_FROM else run.variants[:3]
    abreast = max(1, min(len(run.variants) or 1, 3, width // 34))
    panels = [
        Panel(
            Group(*_asked(run, v), _body(v, whole)),
            title=_plain(backend_label(v.backend)),
            subtitle=_plain(_foot(v)),
            width=(width - abreast) // abreast,
        )
        for v in variants
    ]
    more = len(run.variants) - len(variants)
    if more:
        note = ngettext("{n} more recap in the report", "{n} more recaps in the report", more).format(n=more)
        return Group(Columns(panels, expand=False, equal=False), Text(f"… {note}", style="dim"))
    return Columns(panels, expand=False, equal=False) if panels else Text(_("No variant yet."))


def scores_table(view: View) -> Table:
    """Return recaps × scores, with counts and intervals."""
    table = Table(title=_("Scores"), title_justify="left", expand=False)
    table.add_column(_("Recap"), overflow="fold")
    for column in view.columns:
        table.add_column(_plain(column.name))
    for variant in view.run.variants:
        cells = [_score_cell(view, column, variant) for column in view.columns]
        table.add_row(_plain(f"{variant.id}  {view.label(variant.id)}"), *cells)
    return table


def checks_table(view: View) -> Table:
    """Return checks × recaps: there are many checks and few recaps."""
    table = Table(title=_("Checks"), title_justify="left", expand=False)
    table.add_column(_("Check"), overflow="fold")
    for variant in view.run.variants:
        table.add_column(_plain(variant.id))
    for column in view.checks:
        cells = [_score_cell(view, column, variant) for variant in view.run.variants]
        table.add_row(_plain(column.name), *cells)
    return table


def pair_lines(view: View) -> list[str]:
    """Return the scores of pairs and of sets, one line each."""
    lines = []
    for score in view.pair_scores:
        cell = view.cell_of(score)
        pair = " / ".join(f"{variant} ({view.label(variant)})" for variant in score.variants)
        detail = f" ({' · '.join(cell.details)})" if cell.details else ""
        lines.append(labelled(wording.metric_name(score.metric), f"{pair} → {cell.value}") + detail)
    most = 12 if len(view.run.variants) <= BRIEF_FROM else 3
    lines = lines if len(lines) <= most else [*lines[:most], "…"]
    if view.pairs_sentence:
        lines.append(view.pairs_sentence)
    for score in view.set_scores:
        cell = view.cell_of(score)
        lines.append(labelled(view.set_name(score), f"{cell.value} ({cell.counts})"))
    return lines


def flag_lines(view: View, limit: int = 8) -> list[str]:
    """Return the first `limit` sentences to check."""
    lines = [
        f"⚑ {variant.id}: « {item.sentence[:90]}{'…' if len(item.sentence) > 90 else ''} » "
        + wording.flag_sentence(metric, item)
        for variant in view.recaps
        for metric, item in view.flags(variant.id)
    ]
    return lines if len(lines) <= limit else [*lines[:limit], f"… +{len(lines) - limit}"]


def minority_table(view: View, limit: int = 12) -> Table | None:
    """Return minority views × recaps, those kept by some but not all first; None without any, or with many recaps."""
    rows = sorted(view.minority_rows, key=lambda row: len({cell.verdict for cell in row.cells if cell}) < 2)
    if not rows or len(view.recaps) > MOST_COLUMNS:
        return None
    brief = len(view.recaps) > BRIEF_FROM
    more = len(rows) - limit
    notes = [ngettext("{n} more in the report", "{n} more in the report", more).format(n=more)] if more > 0 else []
    if brief:
        met = {cell.verdict for row in rows[:limit] for cell in row.cells if cell}
        notes.append("  ".join(marked(verdict) for verdict in DRAWN if verdict in met))
    caption = " · ".join(notes) or None
    table = Table(
        title=_("Minority views") + wording.status_note(view.run.reference),
        title_justify="left",
        caption=caption,
        caption_justify="left",
        expand=False,
    )
    table.add_column("")
    table.add_column(_("Key point"), overflow="fold", ratio=3)
    table.add_column(_("Held by"), overflow="fold", ratio=1)
    for variant in view.recaps:
        table.add_column(_plain(variant.id))
    for row in rows[:limit]:
        marks = [_verdict(cell.verdict, brief=brief) if cell else Text("–") for cell in row.cells]
        table.add_row(_plain(row.point.id), _plain(row.point.text), _plain(", ".join(row.holders)), *marks)
    return table


def groups_tables(view: View) -> list[Table]:
    """Return groups × recaps, one table a way to group; none with many recaps."""
    if len(view.recaps) > MOST_COLUMNS:
        return []
    tables = []
    for grouped in view.groups:
        table = Table(title=_plain(grouped.title), title_justify="left", expand=False)
        table.caption = wording.suppressed_sentence(grouped) or None
        table.add_column(_("Group"), overflow="fold")
        table.add_column(_("Points"))
        for variant in view.recaps:
            table.add_column(_plain(variant.id), overflow="fold")
        for line in grouped.lines:
            if line.is_shown:
                cells = [_plain(wording.group_cell(line, variant.id)) for variant in view.recaps]
                table.add_row(_plain(line.group), str(line.points), *cells)
        tables.append(table)
    return tables


def _verdict(verdict: str, *, brief: bool) -> Text:
    look = look_of(verdict)
    return _plain((look.mark or "?") if brief else marked(verdict), style=look.style)


def _body(variant: Variant, whole: bool) -> RenderableType:
    parts: list[RenderableType] = [
        _plain(f"⚠ {wording.warning_text(code)}", style="yellow") for code in variant.warnings
    ]
    if variant.failure is not None:
        parts.append(_plain(labelled(_("No recap"), wording.failure_text(variant.failure)), style="red"))
        parts.append(_plain(wording.reason_text(variant.failure.cure), style="dim"))
        return Group(*parts)
    text = variant.summary or ""
    if not whole:
        text = _beginning(text)
    from rich.markdown import Markdown

    parts.append(Markdown(_TAG.sub(r"\\<", shown_text(text)), hyperlinks=False))
    return Group(*parts)


def _beginning(text: str) -> str:
    kept: list[str] = []
    left = PREVIEW_WORDS
    for line in text.split("\n"):
        words = line.split()
        if len(words) > left:
            return "\n".join(
                [*kept, " ".join(words[:left]), "", "…"] if left > PREVIEW_WORDS // 2 else [*kept, "", "…"]
            )
        kept.append(line)
        left -= len(words)
    return text


def _asked(run: Run, variant: Variant) -> list[RenderableType]:
    if variant.prompt is None:
        return []
    repeat = f" #{variant.repeat}" if run.repeats > 1 else ""
    return [Text(run.prompt_named(variant.prompt) + repeat, style="italic dim")]


def _foot(variant: Variant) -> str:
    return f"{variant.id} · {wording.author_name(variant)}"


def _score_cell(view: View, column: Column, variant: Variant) -> Text:
    cell = view.cell(column, variant.id)
    if cell is None:
        return Text("–")
    value = _plain(cell.value, style="dim" if cell.doubtful else "bold")
    if len(view.run.variants) > BRIEF_FROM or not cell.details:
        return value
    return value.append(_plain("\n" + "\n".join(cell.details), style="not bold dim"))


def _plain(text: str, style: str = "") -> Text:
    return Text(shown_text(text), style=style)

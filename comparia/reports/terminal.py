"""The terminal: variants side by side, scores, and the points of view that were lost."""

from __future__ import annotations

import io
import re

from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.markdown import Markdown
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from comparia.messages import gettext as _
from comparia.messages import labelled, ngettext
from comparia.records import Run, Variant
from comparia.reports import wording

WIDTH = 120
PREVIEW_WORDS = 70
BRIEF_FROM = 4
"""With more variants than this a verdict is a mark alone, explained under the table."""
MOST_COLUMNS = 8
"""More variants than this are not a table any more: the report has it."""
STYLES = {
    "kept": "green",
    "partly": "yellow",
    "softened": "yellow",
    "uncertain": "yellow",
    "contradicted": "red",
    "absent": "red",
    "unscored": "dim",
}

_TAG = re.compile(r"<(?=[A-Za-z/!?])")
"""Where raw HTML would begin: rich would leave it out, and a person must see what a recap holds."""


def render(run: Run) -> bytes:
    """What the terminal shows, as plain text."""
    page = io.StringIO()
    show(run, Console(file=page, width=WIDTH, no_color=True, force_terminal=False))
    return page.getvalue().encode("utf-8", "replace")


def show(run: Run, console: Console, *, whole: bool = False) -> None:
    """Print a run: recaps side by side (their beginning, unless `whole`), scores, key points, notice."""
    console.print()
    console.print(_plain(run.transcript.title, style="bold"))
    for text in lost_lines(run):
        console.print(text)
    console.print(side_by_side(run, console.width, whole=whole))
    console.print(scores_table(run))
    if wording.columns(run, checks=True):
        console.print(scores_table(run, checks=True))
    for line in flag_lines(run):
        console.print(_plain("  " + line, style="yellow"))
    for line in pair_lines(run):
        console.print(_plain("  " + line))
    console.print(_plain(wording.reference_sentence(run.reference), style="dim"))
    table = minority_table(run)
    if table is not None:
        console.print(table)
    for line in wording.use_notice(run):
        console.print(_plain("• " + line, style="dim"))


def lost_lines(run: Run, limit: int = 6) -> list[Text]:
    """Return what no recap kept, to be read first: how many minority views, the words of the first ones, what each lost."""
    lines = []
    if sentence := wording.lost_sentence(run):
        lines.append(_plain(sentence, style="bold"))
    rows = [row for row in wording.lost(run) if row.minority]
    for row in rows[:limit]:
        verdict = wording.verdict_name("uncertain" if wording.unsure(row) else "absent")
        lines.append(_plain(f"  ○ {row.point.text} ({', '.join(row.holders)}; {verdict})"))
    if len(rows) > limit:
        more = ngettext("{n} more in the report", "{n} more in the report", len(rows) - limit)
        lines.append(_plain("  … " + more.format(n=len(rows) - limit), style="dim"))
    lines += [_plain(f"  {variant.id}  {said}") for variant, said in wording.losses(run)[:MOST_COLUMNS]]
    if provenance := wording.provenance(run):
        lines.append(_plain(provenance, style="dim"))
    return lines


def side_by_side(run: Run, width: int, *, whole: bool) -> RenderableType:
    """One panel a variant, as many abreast as fit."""
    variants = run.variants if whole or len(run.variants) <= BRIEF_FROM else run.variants[:3]
    abreast = max(1, min(len(run.variants) or 1, 3, width // 34))
    panels = [
        Panel(
            Group(*_asked(run, v), _body(v, whole)),
            title=_plain(run.backend_label(v.backend)),
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


def scores_table(run: Run, *, checks: bool = False) -> Table:
    """Variants × metrics, with counts and intervals: the scores, or the checks."""
    columns = wording.columns(run, checks=checks)
    table = Table(title=_("Checks") if checks else _("Scores"), title_justify="left", expand=False)
    if checks:  # many checks, few recaps: one line a check
        table.add_column(_("Check"), overflow="fold")
        for variant in run.variants:
            table.add_column(_plain(variant.id))
        for column in columns:
            table.add_row(
                _plain(wording.column_name(column)), *(_score_cell(run, column, variant) for variant in run.variants)
            )
        return table
    table.add_column(_("Variant"), overflow="fold")
    for column in columns:
        table.add_column(_plain(wording.column_name(column)))
    for variant in run.variants:
        table.add_row(
            _plain(f"{variant.id}  {run.label(variant)}"), *(_score_cell(run, column, variant) for column in columns)
        )
    return table


def pair_lines(run: Run) -> list[str]:
    """Divergences, one line a pair."""
    labels = {v.id: run.label(v) for v in run.variants}
    lines = []
    for score in wording.pair_scores(run):
        a, b = (f"{v} ({labels.get(v, v)})" for v in score.variants)
        detail = " · ".join(part for part in (wording.counts_sentence(score), wording.interval_sentence(score)) if part)
        lines.append(
            labelled(wording.metric_name(score.metric), f"{a} / {b} → {wording.percent(score.value)}")
            + (f" ({detail})" if detail else "")
        )
    most = 12 if len(run.variants) <= BRIEF_FROM else 3
    lines = lines if len(lines) <= most else [*lines[:most], "…"]
    for score in wording.set_scores(run):
        said = f"{wording.value_text(score)} ({wording.counts_sentence(score)})"
        lines.append(labelled(wording.set_name(run, score), said))
    return lines


def flag_lines(run: Run, limit: int = 8) -> list[str]:
    """Sentences to check, the first few."""
    found = [
        f"⚑ {variant.id}: « {item.sentence[:90]}{'…' if len(item.sentence) > 90 else ''} » {wording.flag_sentence(metric, item)}"
        for variant in wording.shown(run)
        for metric, item in wording.flags(run, variant.id)
    ]
    return found if len(found) <= limit else [*found[:limit], f"… +{len(found) - limit}"]


def minority_table(run: Run, limit: int = 12) -> Table | None:
    """Minority views × variants, those kept by some but not all first; None without a reference."""
    rows = [row for row in wording.rows(run) if row.minority]
    if not rows or len(wording.shown(run)) > MOST_COLUMNS:
        return None
    rows.sort(key=lambda row: len({cell.verdict for cell in row.cells if cell}) < 2)
    more = len(rows) - limit
    notes = [ngettext("{n} more in the report", "{n} more in the report", more).format(n=more)] if more > 0 else []
    if len(wording.shown(run)) > BRIEF_FROM:
        notes.append("  ".join(_verdict(verdict) for verdict in ("kept", "partly", "absent")))
    caption = " · ".join(notes) or None
    table = Table(
        title=_("Minority views"), title_justify="left", caption=caption, caption_justify="left", expand=False
    )
    rows = rows[:limit]
    table.add_column("")
    table.add_column(_("Key point"), overflow="fold", ratio=3)
    table.add_column(_("Held by"), overflow="fold", ratio=1)
    brief = len(wording.shown(run)) > BRIEF_FROM
    for variant in wording.shown(run):
        table.add_column(_plain(variant.id))
    for row in rows:
        marks = [
            _plain(
                wording.VERDICT_MARKS.get(c.verdict, "?") if brief else _verdict(c.verdict),
                style=STYLES.get(c.verdict, ""),
            )
            if c
            else Text("–")
            for c in row.cells
        ]
        table.add_row(_plain(row.point.id), _plain(row.point.text), _plain(", ".join(row.holders)), *marks)
    return table


def _verdict(verdict: str) -> str:
    return f"{wording.VERDICT_MARKS.get(verdict, '?')} {wording.verdict_name(verdict)}"


def _body(variant: Variant, whole: bool) -> RenderableType:
    parts: list[RenderableType] = [
        _plain(f"⚠ {wording.warning_text(code)}", style="yellow") for code in variant.warnings
    ]
    if variant.failure is not None:
        parts.append(_plain(labelled(_("No recap"), variant.failure.message), style="red"))
        parts.append(_plain(variant.failure.cure, style="dim"))
        return Group(*parts)
    text = variant.summary or ""
    if not whole:
        text = _beginning(text)
    parts.append(Markdown(_TAG.sub(r"\\<", wording.shown_text(text)), hyperlinks=False))
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


def _score_cell(run: Run, column: wording.Column, variant: Variant) -> Text:
    score = wording.cell(run, column, variant.id)
    if score is None:
        return Text("–")
    value = _plain(wording.value_text(score), style="dim" if wording.doubtful(score) else "bold")
    if len(run.variants) > BRIEF_FROM:
        return value
    detail = "\n".join(part for part in (wording.counts_sentence(score), *wording.beside(score)) if part)
    return value.append(_plain(f"\n{detail}", style="not bold dim")) if detail else value


def _plain(text: str, style: str = "") -> Text:
    return Text(wording.shown_text(text), style=style)

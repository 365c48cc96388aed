"""Markdown: one file a variant, or everything in one text."""

from __future__ import annotations

import re
import unicodedata

from comparia.errors import with_cure
from comparia.messages import gettext as _
from comparia.messages import labelled, moment_in_utc
from comparia.records import Run, Variant
from comparia.reports import wording
from comparia.reports.cells import Column
from comparia.reports.findings import Findings
from comparia.reports.verdicts import marked, verdict_name
from comparia.reports.view import View
from comparia.reports.wording.labels import recap_label
from comparia.text.controls import shown_text

MEDIA_TYPE = "text/markdown; charset=utf-8"
SUFFIX = "md"
DESCRIPTION = "everything as one Markdown text"
MENU = "Markdown"

_ACTIVE = re.compile(r"<(?=[A-Za-z/!?])")
_LINK = re.compile(r"(?<=\])(?=[(\[])|(?<=!)(?=\[)|^(?=[ >]*\[[^\]\n]*\]:)", re.MULTILINE)


def write(run: Run) -> bytes:
    """Return the whole run: notice, scores, key points × variants, and each recap."""
    view = View(run)
    title = _("Comparison")
    out = [f"# {_text(run.transcript.title)}", ""]
    out += [
        f"*{title} {_text(run.id)} · {moment_in_utc(run.created_at)} · {wording.status_of(run)}*",
        "",
    ]
    out += [f"- {_text(line)}" for line in wording.use_notice(run)]
    out += _lost(view)
    out += _participants(view)
    out += ["", "## " + _("Scores"), "", _text(wording.reference_sentence(run.reference)), "", *_score_table(view)]
    out += _between(view)
    out += _key_points(view)
    out += _groups(view)
    for variant in run.variants:
        out += ["---", "", f"## {_text(recap_label(run, variant))}", "", *_recap(variant), ""]
    out += ["## " + _("What these scores do not see"), "", *(f"- {line}" for line in wording.score_limits(run)), ""]
    out += ["## " + _("Signatures"), "", *(f"- `{signature}`" for signature in view.signatures), ""]
    return "\n".join(out).encode("utf-8", "replace")


def _lost(view: View) -> list[str]:
    """Return what no recap kept, and what each recap lost; nothing without minority views."""
    if not view.lost_sentence:
        return []
    lines = ["", "## " + _("What was found in no recap"), "", f"**{_text(view.lost_sentence)}**", ""]
    findings = Findings(view)
    if findings.open_sentence:
        lines += [findings.open_sentence, ""]
    for row in findings.lost:
        told = [", ".join(row.holders), verdict_name(row.fate)]
        if row.point.id in findings.to_look_at:
            told.append(_("to look at first"))
        lines.append(f"- {_text(row.point.text)} ({_text('; '.join(told))})")
    return [*lines, "", *(f"- {_text(labelled(view.label(v.id), loss))}" for v, loss in view.losses)]


def _participants(view: View) -> list[str]:
    """Return how many of those who took part read a recap and agreed; nothing where it did not go back to them."""
    lines: list[str] = []
    for check in view.run.member_checks:
        label = _text(view.label(check.variant))
        lines += [f"- {labelled(label, _text(' '.join(wording.told_sentences(check))))}"]
    return ["", "## " + _("What those who took part said of it"), "", *lines] if lines else []


def _between(view: View) -> list[str]:
    """Return the scores of pairs and of sets, one line each."""
    if not view.pair_scores and not view.set_scores:
        return []
    lines = ["## " + _("Between recaps"), ""]
    if view.pairs_sentence:
        lines += [view.pairs_sentence, ""]
    for score in view.pair_scores:
        cell = view.cell_of(score)
        a, b = map(view.label, score.variants)
        pair = f"{_text(a)} / {_text(b)} → {cell.value} {_text(cell.counts)}".rstrip()
        lines.append(f"- {labelled(_text(wording.metric_name(score.metric)), pair)}")
    for score in view.set_scores:
        cell = view.cell_of(score)
        lines.append(f"- {labelled(view.set_name(score), f'{cell.value} ({_text(cell.counts)})')}")
    return [*lines, ""]


def variant_files(run: Run) -> dict[str, bytes]:
    """Return one Markdown file a variant, by file name."""
    files = {}
    title = _("Comparison")
    for variant in run.variants:
        head = [
            f"# {_text(run.transcript.title)}",
            "",
            f"*{_text(recap_label(run, variant))} · {wording.written_by(run, variant)} · {title} {_text(run.id)}*",
            "",
        ]
        name = f"{slug(variant.id)}-{slug(f'{variant.backend} {run.prompt_named(variant.prompt)}')}.md"
        files[name] = "\n".join([*head, *_recap(variant), ""]).encode("utf-8", "replace")
    return files


LONGEST_SLUG = 60
"""Characters of a piece of a file name."""


def slug(text: str) -> str:
    """Return `text` as a piece of a file name: ASCII letters, digits and dashes, at most 60."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-").lower()[:LONGEST_SLUG] or "variant"


def _score_table(view: View) -> list[str]:
    """Return recaps × scores, then checks × recaps."""
    variants, labels = view.run.variants, [_text(label) for label in view.labels.values()]
    lines = _head("", [_text(column.name) for column in view.columns])
    for variant, label in zip(variants, labels, strict=True):
        cells = [_score_cell(view, column, variant) for column in view.columns]
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    if view.checks:
        lines += ["", *_head(_("Check"), labels)]
    for column in view.checks:
        cells = [_score_cell(view, column, variant) for variant in variants]
        lines.append(f"| {_text(column.name)} | " + " | ".join(cells) + " |")
    return [*lines, *(["", view.split_reason] if view.split_reason else []), ""]


def _head(first: str, names: list[str]) -> list[str]:
    """Return the head of a table whose first column is `first`, and the line under it."""
    return [f"| {first} | ".replace("|  |", "| |") + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]


def _score_cell(view: View, column: Column, variant: Variant) -> str:
    cell = view.cell(column, variant.id)
    if cell is None:
        return "–"
    return f"{cell.value} ({_text(' · '.join(cell.details))})" if cell.details else cell.value


def _key_points(view: View) -> list[str]:
    if not view.rows:
        return []
    labels = [_text(view.label(variant.id)) for variant in view.recaps]
    out = [
        "## " + _("Key points"),
        "",
        *(f"- {line}" for line in view.spread),
        *([""] if view.spread else []),
        *_head("", [_("Key point"), _("Held by"), *labels]),
    ]
    for row in view.rows:
        marks = [_text(marked(cell.verdict)) if cell else "–" for cell in row.cells]
        minority = " **(" + _("minority") + ")**" if row.minority else ""
        holders = _text(", ".join(row.holders))
        out.append(
            f"| {_text(row.point.id)} | {_text(row.point.text)}{minority} | {holders} | " + " | ".join(marks) + " |"
        )
    return [*out, ""]


def _groups(view: View) -> list[str]:
    lines: list[str] = []
    labels = [_text(view.label(variant.id)) for variant in view.recaps]
    for table in view.groups:
        lines += [f"### {_text(table.title)}", "", *_head(_text(table.title), [_("Points"), *labels])]
        for line in table.lines:
            cells = [_text(wording.group_cell(line, variant.id)) for variant in view.recaps]
            points = str(line.points) if line.points is not None else "–"
            lines.append(f"| {_text(line.group)} | {points} | " + " | ".join(cells) + " |")
        lines.append("")
    return ["## " + _("By group"), "", wording.groups_sentence(), "", *lines] if lines else []


def _recap(variant: Variant) -> list[str]:
    lines = [f"> ⚠ {_text(wording.warning_text(code))}" for code in variant.warnings]
    if variant.failure is not None:
        said = with_cure(wording.failure_text(variant.failure), wording.reason_text(variant.failure.cure))
        return [*lines, labelled("**" + _("No recap") + "**", _text(said))]
    return [*lines, *([""] if lines else []), inert((variant.summary or "").strip())]


def _text(text: str) -> str:
    return inert(" ".join(text.replace("|", "\\|").replace("<", "&lt;").split()))


def inert(text: str) -> str:
    """Return Markdown that does nothing when it is read: no raw HTML, no image to fetch, no link to follow."""
    return _LINK.sub(r"\\", _ACTIVE.sub("&lt;", shown_text(text)))

"""Markdown: one file a variant, or everything in one text."""

from __future__ import annotations

import re
import unicodedata

from comparia.messages import gettext as _
from comparia.messages import labelled
from comparia.records import Run, Variant
from comparia.reports import wording

_ACTIVE = re.compile(r"<(?=[A-Za-z/!?])")
_LINK = re.compile(r"(?<=\])(?=[(\[])|(?<=!)(?=\[)|^(?=[ >]*\[[^\]\n]*\]:)", re.MULTILINE)


def render(run: Run) -> bytes:
    """The whole run: notice, scores, key points × variants, and each recap."""
    title = _("Comparison")
    out = [f"# {_text(run.transcript.title)}", ""]
    out += [
        f"*{title} {_text(run.id)} · {run.created_at:%Y-%m-%d %H:%M} UTC · {wording.status_of(run)}*",
        "",
    ]
    out += [f"- {_text(line)}" for line in wording.use_notice(run)]
    if sentence := wording.lost_sentence(run):
        out += ["", "## " + _("What no recap kept"), "", f"**{_text(sentence)}**", ""]
        for row in wording.lost(run):
            verdict = wording.verdict_name("uncertain" if wording.unsure(row) else "absent")
            if row.minority:
                out.append(f"- {_text(row.point.text)} ({_text(', '.join(row.holders))}; {verdict})")
        out += ["", *(f"- {_text(labelled(run.label(variant), said))}" for variant, said in wording.losses(run))]
    out += ["", "## " + _("Scores"), "", _text(wording.reference_sentence(run.reference)), "", *_score_table(run)]
    pairs = wording.pair_scores(run)
    if pairs or wording.set_scores(run):
        labels = {v.id: run.label(v) for v in run.variants}
        out += ["## " + _("Between variants"), ""]
        for score in pairs:
            a, b = (labels.get(v, v) for v in score.variants)
            value = wording.value_text(score)
            pair = f"{_text(a)} / {_text(b)} → {value} {_text(wording.counts_sentence(score))}".rstrip()
            out.append(f"- {labelled(_text(wording.metric_name(score.metric)), pair)}")
        for score in wording.set_scores(run):
            said = f"{wording.value_text(score)} ({_text(wording.counts_sentence(score))})"
            out.append(f"- {labelled(wording.set_name(run, score), said)}")
        out.append("")
    out += _key_points(run)
    for variant in run.variants:
        out += ["---", "", f"## {_text(run.label(variant))}", "", *_recap(variant), ""]
    out += ["## " + _("What these scores do not see"), "", *(f"- {line}" for line in wording.not_covered(run)), ""]
    out += ["## " + _("Signatures"), "", *(f"- `{signature}`" for signature in wording.signatures(run)), ""]
    return "\n".join(out).encode("utf-8", "replace")


def variant_files(run: Run) -> dict[str, bytes]:
    """One Markdown file a variant, by file name."""
    files = {}
    title = _("Comparison")
    for variant in run.variants:
        head = [
            f"# {_text(run.transcript.title)}",
            "",
            f"*{_text(run.label(variant))} · {wording.written_by(run, variant)} · {title} {_text(run.id)}*",
            "",
        ]
        name = f"{slug(variant.id)}-{slug(f'{variant.backend} {run.prompt_named(variant.prompt)}')}.md"
        files[name] = "\n".join([*head, *_recap(variant), ""]).encode("utf-8", "replace")
    return files


def slug(text: str) -> str:
    """`text` as a piece of a file name: ASCII letters, digits and dashes, at most 60."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-").lower()[:60] or "variant"


def _score_table(run: Run) -> list[str]:
    """Variants × scores, then checks × variants."""
    columns = wording.columns(run, checks=False)
    lines = [
        "| | " + " | ".join(_text(wording.column_name(c)) for c in columns) + " |",
        "|---" * (len(columns) + 1) + "|",
    ]
    for variant in run.variants:
        cells = [_score_cell(run, column, variant) for column in columns]
        lines.append(f"| {_text(run.label(variant))} | " + " | ".join(cells) + " |")
    checks = wording.columns(run, checks=True)
    if checks:
        lines += ["", "| " + _("Check") + " | " + " | ".join(_text(run.label(v)) for v in run.variants) + " |"]
        lines.append("|---" * (len(run.variants) + 1) + "|")
    for column in checks:
        cells = [_score_cell(run, column, variant) for variant in run.variants]
        lines.append(f"| {_text(wording.column_name(column))} | " + " | ".join(cells) + " |")
    return [*lines, *(["", wording.split_reason(run)] if wording.split_reason(run) else []), ""]


def _score_cell(run: Run, column: wording.Column, variant: Variant) -> str:
    score = wording.cell(run, column, variant.id)
    if score is None:
        return "–"
    detail = " · ".join(part for part in (wording.counts_sentence(score), wording.interval_sentence(score)) if part)
    return f"{wording.value_text(score)} ({_text(detail)})" if detail else wording.value_text(score)


def _key_points(run: Run) -> list[str]:
    rows = wording.rows(run)
    if not rows:
        return []
    labels = [_text(run.label(v)) for v in wording.shown(run)]
    out = [
        "## " + _("Key points"),
        "",
        *(f"- {line}" for line in wording.spread(run)),
        *([""] if wording.spread(run) else []),
        "| | " + " | ".join([_("Key point"), _("Held by"), *labels]) + " |",
    ]
    out.append("|---" * (len(labels) + 3) + "|")
    for row in rows:
        marks = [
            f"{wording.VERDICT_MARKS.get(c.verdict, '')} {_text(wording.verdict_name(c.verdict))}" if c else "–"
            for c in row.cells
        ]
        minority = " **(" + _("minority") + ")**" if row.minority else ""
        holders = _text(", ".join(row.holders))
        out.append(
            f"| {_text(row.point.id)} | {_text(row.point.text)}{minority} | {holders} | " + " | ".join(marks) + " |"
        )
    return [*out, ""]


def _recap(variant: Variant) -> list[str]:
    lines = [f"> ⚠ {_text(wording.warning_text(code))}" for code in variant.warnings]
    if variant.failure is not None:
        return [
            *lines,
            labelled("**" + _("No recap") + "**", f"{_text(variant.failure.message)} {_text(variant.failure.cure)}"),
        ]
    return [*lines, *([""] if lines else []), inert((variant.summary or "").strip())]


def _text(text: str) -> str:
    return inert(" ".join(text.replace("|", "\\|").replace("<", "&lt;").split()))


def inert(text: str) -> str:
    """Markdown that is read and does nothing: no raw HTML, no image to fetch, no link to follow."""
    return _LINK.sub(r"\\", _ACTIVE.sub("&lt;", wording.shown_text(text)))

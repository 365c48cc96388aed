"""The minutes (*compte rendu*) of a session as blocks, for word processors.

In the shape that facilitators send out: what framed the exchange, who took part, what was said, what stands out, what
comes next; then what became of each point of view, and how the document was made. What only a person knows is left as a
marked gap.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token

from comparia.messages import duration, gettext, labelled, ngettext, number
from comparia.messages import gettext as _
from comparia.records import Run, Variant
from comparia.reports import wording
from comparia.reports.verdicts import look_of, marked
from comparia.reports.view import View
from comparia.text.controls import shown_text

MAX_MARKDOWN = 200_000
"""Characters of a recap that are laid out."""

MAX_LOST = 12
"""Minority views said again before the table."""

Kind = Literal["title", "subtitle", "heading", "paragraph", "bullet", "numbered", "quote", "gap", "small"]


@dataclass(frozen=True, slots=True)
class Span:
    """Words in one style."""

    text: str
    bold: bool = False
    italic: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph and what it is."""

    kind: Kind
    spans: tuple[Span, ...]
    level: int = 1
    """Of a heading from 1, or of a list from 1."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table; what a shade says, the text says too."""

    text: str
    shade: str = ""
    """Six hexadecimal digits, empty for none."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a row of headings, and its first column as headings of rows."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    widths: tuple[float, ...] = field(default=())
    """Share of the line that each column takes."""
    wide: bool = False
    """Whether it wants a page on its side."""


def blocks(run: Run) -> Iterator[Block | Table]:
    """The minutes of a session: the recap that a person wrote last, or else every recap in turn."""
    view, session = View(run), run.transcript
    yield _said("title", session.title)
    facts = [_("Minutes"), session.date or "", duration(session.seconds) if session.seconds else ""]
    yield _said("subtitle", " · ".join(fact for fact in facts if fact))

    yield _heading(_("What framed the exchange"))
    yield _gap(_("who convened it, why, within which process, where or by videoconference"))

    people = [s for s in session.speakers if s.turns and s.kind != "machine"]
    yield _heading(_("Who took part"))
    yield _said(
        "paragraph",
        ngettext("{n} person spoke or wrote.", "{n} people spoke or wrote.", len(people)).format(n=number(len(people))),
    )
    yield _gap(_("how many were there or registered, who they are, who was missing"))
    for speaker in sorted(people, key=lambda s: -s.words):
        turns = ngettext("{n} turn", "{n} turns", speaker.turns).format(n=number(speaker.turns))
        yield Block("bullet", (Span(speaker.name, bold=True), Span(f" – {turns}")))

    body = final(run)
    yield _heading(_("What was said"))
    if body is None:
        yield _gap(_("keep one of these recaps, or compose yours from them, and read it again"))
    for variant in [body] if body else view.recaps:
        if body is None:
            yield _heading(f"{view.label(variant.id)} – {wording.written_by(run, variant)}", 2)
        yield from _laid_out(variant.summary or "", 2 if body else 3)

    yield _heading(_("In short: what stands out"))
    yield _gap(_("needs, open questions, disagreements, limits of the session"))
    yield _heading(_("What comes next"))
    yield _gap(_("next dates, calls for contributions, contacts, resources"))

    yield from _points(view, body)
    yield from _making(view, body)


def final(run: Run) -> Variant | None:
    """The recap that a person wrote last, None where there is none."""
    written = [v for v in wording.shown(run) if v.author == "human"]
    return max(written, key=lambda v: v.finished_at) if written else None


def dated(container: bytes, run: Run) -> bytes:
    """A zip container with the time of the run on its parts, so that the same run gives the same bytes.

    A part named `mimetype` comes first and uncompressed, as OpenDocument asks (ISO/IEC 26300, part 3, section 3.3).
    """
    at = run.created_at.timetuple()[:6]
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(container)) as parts, zipfile.ZipFile(out, "w") as written:
        for name in sorted(parts.namelist(), key=lambda name: name != "mimetype"):
            entry = zipfile.ZipInfo(name, (max(1980, at[0]), *at[1:]))
            entry.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            written.writestr(entry, parts.read(name))
    return out.getvalue()


def _points(view: View, body: Variant | None) -> Iterator[Block | Table]:
    rows, recaps = view.rows, view.recaps
    if not rows:
        return
    yield _heading(_("What became of each point of view"))
    yield _said("paragraph", wording.reference_sentence(view.run.reference))
    if body is not None:
        column = recaps.index(body)
        lost = [row for row in view.minority_rows if (cell := row.cells[column]) and cell.verdict == "absent"]
        if lost:
            yield _said("paragraph", _("Minority views that these minutes were not found to carry:"))
        for row in lost[:MAX_LOST]:
            yield Block("bullet", (Span(row.point.text), Span(f" ({', '.join(row.holders)})", italic=True)))
        if more := lost[MAX_LOST:]:
            said = ngettext("{n} more, in the table below.", "{n} more, in the table below.", len(more))
            yield _said("paragraph", said.format(n=number(len(more))))
    lines = []
    for row in rows:
        who = ", ".join(row.holders)
        point = Cell(
            f"{row.point.id} {row.point.text}", detail=f"{who} · {gettext('minority view')}" if row.minority else who
        )
        marks = [Cell(marked(cell.verdict), look_of(cell.verdict).shade) if cell else Cell("–") for cell in row.cells]
        lines.append((point, *marks))
    share = 0.46 if len(recaps) <= 3 else 0.34
    yield Table(
        _("Points of view of the session, and what became of them in each recap"),
        (_("Point of view"), *(view.label(v.id) for v in recaps)),
        tuple(lines),
        (share, *((1 - share) / len(recaps) for _v in recaps)) if recaps else (),
        wide=len(recaps) > 3,
    )


def _making(view: View, body: Variant | None) -> Iterator[Block | Table]:
    run = view.run
    yield _heading(_("How this document was made"))
    for line in wording.use_notice(run):
        yield _said("bullet", line)
    if body is not None and body.pieces:
        yield _said("bullet", wording.composed_sentence(run, body))
    for prompt in run.prompts:
        yield _said("bullet", labelled(_("Prompt"), f"{prompt.name} ({prompt.id})"))
    yield _said(
        "bullet", labelled(_("Comparison"), f"{run.id}, {run.created_at:%Y-%m-%d %H:%M} UTC, Comparia {run.software}")
    )
    lines = []
    for variant in view.recaps:
        cells = [view.cell(column, variant.id) for column in view.columns]
        texts = [Cell(cell.value, detail=cell.counts) if cell else Cell(_("not scored")) for cell in cells]
        lines.append((Cell(view.label(variant.id), detail=wording.written_by(run, variant)), *texts))
    if view.columns and lines:
        yield Table(
            _("Each number with its counts. No number says which recap is best: people decide."),
            (_("Variant"), *(column.name for column in view.columns)),
            tuple(lines),
        )
    for line in wording.score_limits(run):
        yield _said("small", line)
    for signature in view.signatures:
        yield _said("small", signature)


# Markdown -------------------------------------------------------------------------------------------------------------


def _laid_out(text: str, level: int) -> Iterator[Block | Table]:
    """The Markdown of a recap, its highest heading at `level`; links and images are words."""
    if len(text) > MAX_MARKDOWN:
        text = text[:MAX_MARKDOWN] + "\n\n[…]"
    tokens = MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable("table").parse(text)
    top = min((int(t.tag[1]) for t in tokens if t.type == "heading_open"), default=1)
    lists: list[Kind] = []
    quoted = heading = 0
    first = False
    table: list[list[str]] | None = None
    for token in tokens:
        match token.type:
            case "heading_open":
                heading = min(6, int(token.tag[1]) - top + level)
            case "heading_close":
                heading = 0
            case "bullet_list_open" | "ordered_list_open":
                lists.append("bullet" if token.type.startswith("bullet") else "numbered")
            case "bullet_list_close" | "ordered_list_close":
                lists.pop()
            case "list_item_open":
                first = True
            case "blockquote_open":
                quoted += 1
            case "blockquote_close":
                quoted -= 1
            case "table_open":
                table = []
            case "tr_open" if table is not None:
                table.append([])
            case "table_close" if table:
                width = len(table[0])
                rows = tuple(tuple(Cell(c) for c in (row + [""] * width)[:width]) for row in table[1:])
                yield Table("", tuple(table[0]), rows)
                table = None
            case "inline" if table is not None:
                table[-1].append("".join(span.text for span in _spans(token)))
            case "inline" if heading:
                yield Block("heading", _spans(token), heading)
            case "inline" if lists and first:
                first = False
                yield Block(lists[-1], _spans(token), len(lists))
            case "inline":
                yield Block("quote" if quoted else "paragraph", _spans(token))
            case "code_block" | "fence":
                yield _said("paragraph", token.content.strip())
            case _:
                pass


def _spans(token: Token) -> tuple[Span, ...]:
    found: list[Span] = []
    bold = italic = 0
    for child in token.children or ():
        match child.type:
            case "strong_open":
                bold += 1
            case "strong_close":
                bold -= 1
            case "em_open":
                italic += 1
            case "em_close":
                italic -= 1
            case "softbreak" | "hardbreak":
                found.append(Span(" ", bold > 0, italic > 0))
            case _ if child.content:
                found.append(Span(shown_text(child.content), bold > 0, italic > 0))
            case _:
                pass
    return tuple(found)


def _said(kind: Kind, text: Any) -> Block:
    return Block(kind, (Span(shown_text(str(text))),))


def _heading(text: str, level: int = 1) -> Block:
    return Block("heading", (Span(shown_text(text)),), level)


def _gap(text: str) -> Block:
    return Block("gap", (Span("[" + labelled(_("To be completed"), text) + "]", italic=True),))

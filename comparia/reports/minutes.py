"""The minutes (*compte rendu*) of a session as blocks, for word processors.

In the shape that facilitators send out: what framed the exchange, who took part, what was said, what stands out, what
comes next; then what became of each point of view, and how the document was made. What only a person knows is left as a
marked gap.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token

from comparia.messages import day, duration, gettext, labelled, moment_in_utc, ngettext, number
from comparia.messages import gettext as _
from comparia.records import EVERY_RECAP, DocumentChoices, Run, Transcript, Variant
from comparia.reports import wording
from comparia.reports.cells import is_settled
from comparia.reports.markdown import slug
from comparia.reports.verdicts import look_of, marked
from comparia.reports.view import View
from comparia.reports.wording import making
from comparia.reports.wording.making import names_sentence
from comparia.text.citations import Citations
from comparia.text.controls import shown_text
from comparia.text.dates import iso_date
from comparia.text.recaps import blocks as recap_blocks

MAX_MARKDOWN = 200_000
"""Characters of a recap that are laid out."""

MAX_LOST = 12
"""Minority views said again before the table."""

MOST_MOMENTS = 3
"""Most moments told in the place of one mark."""

AS_USUAL = DocumentChoices()
"""What a document holds where nobody chose."""

_BLANK_LINE = re.compile(r"\n[ \t]*\n\s*")
_MARKED = re.compile(r"#|[-*+] |\d+[.)] |>|\||```|~~~| {4}")
"""Matches the beginning of a block of Markdown that is no paragraph."""

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
    first: bool = False
    """Whether it is the first item of its list: numbers begin again."""


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


def blocks(run: Run, choices: DocumentChoices = AS_USUAL, masked: int = 0) -> Iterator[Block | Table]:
    """The minutes of a session.

    Args:
        run: with the title, the date, the place and the names that the document tells.
        choices: what it holds.
        masked: number of pieces of personal data that were masked in its recaps.
    """
    view, session = View(run), run.transcript
    recaps = recaps_of(run, choices)
    yield _said("title", session.title)
    date = day(session.date) if session.date and iso_date(session.date) == session.date else session.date
    facts = [_("Minutes"), date, session.place, duration(session.seconds) if session.seconds else ""]
    yield _said("subtitle", " · ".join(fact for fact in facts if fact))
    if choices.people != "kept":
        yield _said("small", names_sentence(choices.people))
    if choices.frame:
        yield from _opening(session)
    level = 1
    if choices.frame or len(recaps) != 1:
        level = 2
        yield _heading(_("What was said"))
    if len(recaps) > 1:
        level = 3
        yield _gap(_("keep one of these recaps, or compose yours from them, and read it again"))
    for variant in recaps:
        if len(recaps) > 1:
            yield _heading(f"{view.label(variant.id)} – {wording.written_by(run, variant)}", 2)
        text = _without_title(composed_text(run, variant), session.title)
        yield from _laid_out(text, level, Citations(text, _moments(session) if choices.times else _nothing))
    if choices.frame:
        yield _heading(_("In short: what stands out"))
        yield _gap(_("needs, open questions, disagreements, limits of the session"))
        yield _heading(_("What comes next"))
        yield _gap(_("next dates, calls for contributions, contacts, resources"))
    if choices.points:
        yield from _points(view, recaps, choices)
    if choices.method:
        yield from _making(view, recaps, masked)


def recaps_of(run: Run, choices: DocumentChoices) -> list[Variant]:
    """Return the recaps that a document holds: the chosen one, or all of them."""
    shown = wording.shown(run)
    if choices.recap == EVERY_RECAP:
        return shown
    chosen = next((variant for variant in shown if variant.id == choices.recap), None) or final(run)
    return [chosen] if chosen else shown


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


def composed_text(run: Run, variant: Variant) -> str:
    """Return a recap as Markdown; where it was composed, sentences that follow each other stand in one paragraph.

    A passage that was a heading in the recap it was taken from is one again.
    """
    text = (variant.summary or "").strip()
    passages = [piece for piece in variant.pieces if piece.text.strip()]
    parts = [_BLANK_LINE.split(piece.text.strip()) for piece in passages]
    found = _BLANK_LINE.split(text)
    if not passages or sum(map(len, parts)) != len(found):
        return text
    headings = {v.id: {b.text for b in recap_blocks(v.summary or "") if b.kind == "heading"} for v in run.variants}
    paragraphs: list[str] = []
    goes_on = False
    remaining = iter(found)
    for piece, part in zip(passages, parts, strict=True):
        for place, paragraph in enumerate(islice(remaining, len(part))):
            is_heading = piece.original in headings.get(piece.variant, ()) and not paragraph.startswith("#")
            is_prose = not is_heading and not _MARKED.match(paragraph)
            if is_prose and goes_on and place == 0:
                paragraphs[-1] += f" {paragraph}"
            else:
                paragraphs.append(f"## {paragraph}" if is_heading else paragraph)
            goes_on = is_prose
    return "\n\n".join(paragraphs)


def _without_title(text: str, title: str) -> str:
    """Return a recap without a first heading that says the title of the document again."""
    first, _newline, rest = text.partition("\n")
    said = first.lstrip("# ")
    return rest.strip() if first.startswith("#") and slug(title) in slug(said) else text


def _opening(session: Transcript) -> Iterator[Block | Table]:
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


def _moments(session: Transcript) -> Callable[[Sequence[int]], str]:
    """Return what tells when turns were said: `at 0 h 18`; empty for turns without times."""
    starts = {turn.number: turn.start for turn in session.turns if turn.start is not None}

    def told(turns: Sequence[int]) -> str:
        minutes = dict.fromkeys(starts[turn] // 60_000 for turn in turns if turn in starts)
        times = [f"{minute // 60}\u00a0h\u00a0{minute % 60:02d}" for minute in islice(minutes, MOST_MOMENTS)]
        return _("at {times}").format(times=", ".join(times)) if times else ""

    return told


def _nothing(_turns: Sequence[int]) -> str:
    return ""


def _points(view: View, recaps: Sequence[Variant], choices: DocumentChoices) -> Iterator[Block | Table]:
    rows = view.rows
    if not rows or not recaps:
        return
    columns = [view.recaps.index(recap) for recap in recaps]
    yield _heading(_("What became of each point of view") + wording.status_note(view.run.reference))
    yield _said("paragraph", wording.reference_sentence(view.run.reference))
    if len(recaps) == 1:
        lost = [row for row in view.minority_rows if (cell := row.cells[columns[0]]) and cell.verdict == "absent"]
        if lost:
            title = _("Minority views{status} that were not found, in words, in these minutes:")
            if all(is_settled(row.cells[columns[0]]) for row in lost):
                title = _("Minority views{status} that these minutes do not carry:")
            yield _said("paragraph", title.format(status=wording.status_note(view.run.reference)))
        for row in lost[:MAX_LOST]:
            yield Block("bullet", (Span(row.point.text), Span(f" ({', '.join(row.holders)})", italic=True)))
        if more := lost[MAX_LOST:]:
            said = ngettext("{n} more, in the table below.", "{n} more, in the table below.", len(more))
            yield _said("paragraph", said.format(n=number(len(more))))
    moments = _moments(view.run.transcript) if choices.times else _nothing
    lines = []
    for row in rows:
        told = (
            ", ".join(row.holders),
            gettext("minority view") if row.minority else "",
            moments([quote.turn for quote in row.point.said]),
        )
        point = Cell(row.point.text, detail=" · ".join(filter(None, told)))
        cells = [row.cells[column] for column in columns]
        marks = [Cell(marked(cell.verdict), look_of(cell.verdict).shade) if cell else Cell("–") for cell in cells]
        lines.append((point, *marks))
    share = 0.7 if len(recaps) == 1 else 0.46 if len(recaps) <= 3 else 0.34
    yield Table(
        _("Points of view of the session, and what became of them in these minutes")
        if len(recaps) == 1
        else _("Points of view of the session, and what became of them in each recap"),
        (_("Point of view"), *([_("In these minutes")] if len(recaps) == 1 else [view.label(v.id) for v in recaps])),
        tuple(lines),
        (share, *((1 - share) / len(recaps) for _v in recaps)),
        wide=len(recaps) > 3,
    )


def _making(view: View, recaps: Sequence[Variant], masked: int) -> Iterator[Block | Table]:
    run = view.run
    yield _heading(_("How this document was made"))
    for title, sentences in making.sections(view, recaps, masked):
        if sentences:
            yield _heading(title, 2)
        for sentence in sentences:
            yield _said("bullet", sentence)
    lines = []
    for variant in recaps:
        cells = [view.cell(column, variant.id) for column in view.columns]
        texts = [Cell(cell.value, detail=cell.counts) if cell else Cell(_("not scored")) for cell in cells]
        lines.append((Cell(view.label(variant.id), detail=wording.written_by(run, variant)), *texts))
    if view.columns and lines:
        yield Table(
            _("Each number with its counts. No number says which recap is best: people decide."),
            (_("Recap"), *(column.name for column in view.columns)),
            tuple(lines),
        )
    yield _said(
        "small",
        labelled(_("Comparison"), f"{run.id}, {moment_in_utc(run.created_at)}, Comparia {run.software}"),
    )


# Markdown -------------------------------------------------------------------------------------------------------------


def _laid_out(text: str, level: int, citations: Citations) -> Iterator[Block | Table]:
    """The Markdown of a recap, its highest heading at `level` and no level left out; links and images are words."""
    if len(text) > MAX_MARKDOWN:
        text = text[:MAX_MARKDOWN] + "\n\n[…]"
    tokens = MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable("table").parse(text)
    used = sorted({int(t.tag[1]) for t in tokens if t.type == "heading_open"})
    lists: list[Kind] = []
    quoted = heading = 0
    above = level - 1
    first = fresh = False
    table: list[list[str]] | None = None
    for token in tokens:
        match token.type:
            case "heading_open":
                heading = above = min(6, used.index(int(token.tag[1])) + level, above + 1)
            case "heading_close":
                heading = 0
            case "bullet_list_open" | "ordered_list_open":
                lists.append("bullet" if token.type.startswith("bullet") else "numbered")
                fresh = True
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
                table[-1].append("".join(span.text for span in _spans(token, citations)))
            case "inline" if heading:
                yield Block("heading", _spans(token, citations), heading)
            case "inline" if lists and first:
                yield Block(lists[-1], _spans(token, citations), len(lists), fresh)
                first = fresh = False
            case "inline":
                yield Block("quote" if quoted else "paragraph", _spans(token, citations))
            case "code_block" | "fence":
                yield _said("paragraph", token.content.strip())
            case _:
                pass


def _spans(token: Token, citations: Citations) -> tuple[Span, ...]:
    """The words of a paragraph by style, with the marks of turns replaced."""
    spans: list[Span] = []
    for span in _styled(token):
        text = citations.replaced(span.text)
        if spans and (not text or text[0] in " .,;)") and spans[-1].text.endswith(" "):
            spans[-1] = replace(spans[-1], text=spans[-1].text.rstrip())
        if text:
            spans.append(replace(span, text=text))
    return tuple(spans)


def _styled(token: Token) -> list[Span]:
    found: list[Span] = []

    def add(text: str) -> None:
        span = Span(text, bold > 0, italic > 0)
        if found and (found[-1].bold, found[-1].italic) == (span.bold, span.italic):
            span = replace(span, text=found.pop().text + text)
        found.append(span)

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
                add(" ")
            case _ if child.content:
                add(shown_text(child.content))
            case _:
                pass
    return found


def _said(kind: Kind, text: Any) -> Block:
    return Block(kind, (Span(shown_text(str(text))),))


def _heading(text: str, level: int = 1) -> Block:
    return Block("heading", (Span(shown_text(text)),), level)


def _gap(text: str) -> Block:
    return Block("gap", (Span("[" + labelled(_("To be completed"), text) + "]", italic=True),))

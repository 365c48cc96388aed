"""One self-contained HTML page: opens from disk, needs no network and no script, prints well."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import nh3
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

from comparia import messages
from comparia.messages import N_, day_as_given, duration, gettext, labelled, language, moment_in_utc, ngettext, number
from comparia.records import AnsweredFlag, KeyPoint, Run, Score, Turn, Variant
from comparia.reports import wording
from comparia.reports.cells import Pair
from comparia.reports.findings import Bar, Findings
from comparia.reports.flags import PersonalData, any_open, flags_of, open_count
from comparia.reports.hearing import Hearing, Passage
from comparia.reports.marking import Note, underlined
from comparia.reports.notices import notice_text
from comparia.reports.points_map import PointsMap
from comparia.reports.readings import reading_of
from comparia.reports.selection import Choice, Selection, select
from comparia.reports.verdicts import look_of
from comparia.reports.view import View
from comparia.reports.wording.flags import answer_name, flags_sentence
from comparia.text.controls import shown_text

MEDIA_TYPE = "text/html; charset=utf-8"
SUFFIX = "html"
DESCRIPTION = "one self-contained page, opens from disk"
MENU = N_("Web page (HTML)")

MAX_MARKDOWN = 200_000
"""Longer model output is cut before it is rendered, so that hostile nesting costs little."""

MAX_PAIRS = 60
"""More pairs than this are in the CSV only: nobody reads them on a page."""

_TAGS = {
    "p", "br", "strong", "em", "ul", "ol", "li", "blockquote", "code", "pre", "hr",
    "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td", "del",
}  # fmt: skip


class MarkedRecap(NamedTuple):
    """The text of a recap with its flags."""

    page: Markup
    """The text as a page, the passages of open flags underlined."""
    groups: tuple[tuple[str, tuple[Note, ...]], ...]
    """Each kind of flags, and the notes on them."""
    sentence: str
    """How many flags there are to look at, by kind; empty where there is none."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What the templates of a run read: those of the report, and those of the page of a comparison."""

    run: Run
    """The run."""
    view: View
    """What every format shows of it."""
    findings: Findings
    """What it found."""
    shown: list[Variant]
    """The recaps that exist, in the order of the plan."""
    failed: list[Variant]
    """The recaps that failed."""
    missing: int
    """Number of planned recaps that were not written yet."""
    pairs: list[Pair]
    """The pairs of recaps, `MAX_PAIRS` at most."""
    unshown_pairs: int
    """Number of pairs besides these."""
    points: dict[str, KeyPoint]
    """The key points, by id."""
    heard: Callable[..., Passage | None]
    """What of the recording can be played."""
    settled_names: dict[str, str]
    """Verdicts that a person may settle here, and their names; empty where nothing is settled."""
    marked: dict[str, MarkedRecap]
    """The text of each recap with its flags, by id."""
    points_map: PointsMap
    """What became of each point in each recap, at a glance."""
    selection: Selection
    """The key points that the table shows."""
    page_address: str
    """Address of the page of the run, under which its evidence is; empty in a file, which holds it all."""
    session_address: str
    """Address of the page of the session; empty where it is on the same page."""


def shown_of(
    run: Run,
    recording: str = "",
    *,
    page_address: str = "",
    choice: Choice | None = None,
    settled_names: Mapping[str, str] | None = None,
    personal: Mapping[str, Sequence[PersonalData]] | None = None,
    answered: Mapping[tuple[str, str], AnsweredFlag] | None = None,
    disputed: Mapping[str, Sequence[str]] | None = None,
    with_recaps: bool = True,
) -> Shown:
    """Return what the templates of a run read.

    Args:
        run: the run.
        recording: address of the recording of its session; empty where it is not to be played.
        page_address: address of the page of the run, under which its evidence and its session are; empty for a file.
        choice: the key points that are chosen; all of them, on one page, when None.
        settled_names: verdicts that a person may settle there, and their names; None for none.
        personal: the personal data in each recap, by id.
        answered: what people answered to flags, by (variant, flag).
        disputed: sentences of each recap that participants dispute, by its id.
        with_recaps: whether the texts of the recaps are among it: rendering them takes most of the time.
    """
    view = View(run)
    findings = Findings(view)
    points = run.reference.key_points if run.reference else ()
    recaps = view.recaps if with_recaps else []
    return Shown(
        run=run,
        view=view,
        findings=findings,
        shown=view.recaps,
        failed=[variant for variant in run.variants if variant.failure is not None],
        missing=max(0, len(run.plan.cells) - sum(v.author != "human" for v in run.variants)),
        pairs=view.pairs[:MAX_PAIRS],
        unshown_pairs=max(0, len(view.pairs) - MAX_PAIRS),
        points={point.id: point for point in points},
        heard=Hearing(run.transcript, recording).of,
        settled_names=dict(settled_names or {}),
        marked={
            v.id: marked_recap(view, v, (personal or {}).get(v.id, ()), answered, (disputed or {}).get(v.id, ()))
            for v in recaps
        },
        points_map=PointsMap(view, findings),
        selection=select(view, choice),
        page_address=page_address,
        session_address=f"{page_address}/session" if page_address else "",
    )


def marked_recap(
    view: View,
    variant: Variant,
    personal: Sequence[PersonalData] = (),
    answered: Mapping[tuple[str, str], AnsweredFlag] | None = None,
    disputed: Sequence[str] = (),
) -> MarkedRecap:
    """Return the text of a recap as a page, its flags underlined, and the notes on them.

    Args:
        view: of the run.
        variant: the recap.
        personal: the personal data in it.
        answered: what people answered to flags, by (variant, flag).
        disputed: sentences of it that participants dispute.
    """
    groups = flags_of(view, variant, personal, answered, disputed)
    flags = [flag for group in groups for flag in group.flags]
    page, notes = underlined(markdown(variant.summary), flags, f"n-{variant.id}", gettext("Note"))
    listed = tuple((group.name, tuple(notes[flag.id] for flag in group.flags)) for group in groups)
    said = flags_sentence(open_count(groups), len(flags)) if flags else ""
    kinds = ", ".join(
        f"{group.name} {sum(flag.is_open for flag in group.flags)}" for group in groups if any_open(group)
    )
    return MarkedRecap(page, listed, labelled(said, kinds) if kinds else said)


def write(run: Run, *, recording: str = "") -> bytes:
    """Return the page, in the reader's language.

    Args:
        run: the run.
        recording: address of the recording of its session, which words lead to; empty for a page without it.
    """
    shown = shown_of(run, recording)
    read = {field.name: getattr(shown, field.name) for field in fields(shown)}
    page = environment().get_template("report.html").render(css=Markup(css()), lang=language(), **read)
    return shown_text(page).encode("utf-8", "replace")


def markdown(text: str | None) -> Markup:
    """Return model output as safe HTML: no raw HTML, no active link, no image, headings under the page's own."""
    text = text or ""
    if len(text) > MAX_MARKDOWN:
        text = text[:MAX_MARKDOWN] + "\n\n[…]"
    html = _markdown().render(text)
    return Markup(nh3.clean(html, tags=_TAGS, attributes={}))


def clock(turn: Turn) -> str:
    """Return the start of a turn as h:mm:ss, empty when it has none."""
    return "" if turn.start is None else messages.clock(turn.start / 1000)


def bar(score: Score) -> Markup:
    """Return a score as a small picture: the value and the interval around it. The number stands beside it."""
    if score.value is None:
        return Markup("")
    return span(score.value, *(score.interval or (score.value, score.value)))


def stacked(bar: Bar) -> Markup:
    """Return the parts of a bar as a small picture; its words stand beside it."""
    drawn = Markup("").join(
        Markup('<rect fill="{fill}" x="{x:.2f}" width="{width:.2f}" height="8"/>').format(
            fill=look_of(part.verdict).fill, x=100 * part.start, width=100 * part.share
        )
        for part in bar.parts
    )
    return Markup(
        '<svg class="stacked" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        "{drawn}</svg>"
    ).format(drawn=drawn)


def span(value: float, low: float, high: float) -> Markup:
    """Return a share and its interval, all in [0, 1], as a small picture."""
    return Markup(
        '<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect class="track" width="100" height="8" rx="2"/>'
        '<rect class="band" x="{low:.1f}" width="{band:.1f}" height="8"/>'
        '<rect class="value" width="{value:.1f}" height="8" rx="2"/></svg>'
    ).format(low=100 * low, band=100 * (high - low), value=100 * value)


@cache
def _markdown() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "maxNesting": 20}).enable("table")

    def heading(self: RendererHTML, tokens: list[Token], index: int, options: Any, env: Any) -> str:
        level = min(6, int(tokens[index].tag[1]) + 3)
        return f"<h{level}>" if tokens[index].nesting == 1 else f"</h{level}>\n"

    def image(self: RendererHTML, tokens: list[Token], index: int, options: Any, env: Any) -> str:
        return str(Markup.escape(tokens[index].content))

    parser.add_render_rule("heading_open", heading)
    parser.add_render_rule("heading_close", heading)
    parser.add_render_rule("image", image)
    return parser


@cache
def environment(*folders: Path) -> Environment:
    """Return the templates of the reports, after those of other folders that show runs too."""
    made = Environment(
        loader=FileSystemLoader([*folders, Path(__file__).parent / "templates"]),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.globals |= {
        "answer_name": answer_name,
        "bar": bar,
        "clock": clock,
        "day_as_given": day_as_given,
        "duration": duration,
        "labelled": labelled,
        "look_of": look_of,
        "markdown": markdown,
        "moment_in_utc": moment_in_utc,
        "notice_text": notice_text,
        "number": number,
        "reading_of": reading_of,
        "stacked": stacked,
        "wording": wording,
    }
    made.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    return made


@cache
def css() -> str:
    """Return the style of a report (CSS)."""
    return (Path(__file__).parent / "templates" / "report.css").read_text("utf-8")

"""A page to publish: a comparison for readers who were not there, with how to read it and how it was made.

It holds no script, no outside address, no id and no signature. Names and personal data are taken out before, by the
layer above (`library.publish`); without names, those who hold a view are counted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from comparia import messages
from comparia.config import stays_here
from comparia.messages import gettext as _
from comparia.messages import language
from comparia.records import Backend, Prompt, Run, Transcript, Variant
from comparia.reports import wording
from comparia.reports.cells import Row
from comparia.reports.findings import Bar, Findings
from comparia.reports.html import environment, markdown
from comparia.reports.view import View
from comparia.reports.wording import published as words
from comparia.text.controls import shown_text

MEDIA_TYPE = "text/html; charset=utf-8"
SUFFIX = "public.html"
DESCRIPTION = "a page to publish, for any reader: what each recap kept, how to read it, how it was made; without names"
PUBLISHED = True

MOST_QUOTES = 2
"""Quotations shown of one point."""

MOST_OPEN = 10
"""Points of a group that is shown open."""

_TURN_MARKS = re.compile(r"[ \u00a0]?\\?\[\s*T\d+(?:\s*[,;–-]\s*T?\d+)*\s*\\?\]")
"""Marks of turns in a recap (`[T12, T14]`), which lead nowhere here."""


class PublicPoint(NamedTuple):
    """A point of view as the page tells it."""

    text: str
    """The point."""
    minority: bool
    """Whether few people hold it."""
    who: str
    """Who holds it: names, or how many people."""
    quotes: tuple[str, ...]
    """Words of the session that say it."""
    fates: tuple[tuple[str, str], ...]
    """Each recap, and the verdict on the point there."""


class PublicGroup(NamedTuple):
    """Points that as many recaps keep: none, some or all of them."""

    name: str
    """Which points, in words."""
    id: str
    """Place on the page."""
    points: tuple[PublicPoint, ...]
    """The points."""
    is_folded: bool = False
    """Whether the page shows them when they are asked for: there are many, and others are before them."""


class PublicRecap(NamedTuple):
    """What one recap keeps, and how it was made."""

    name: str
    """`Recap A`."""
    sentence: str
    """What it keeps; empty where nothing was scored."""
    bars: tuple[Bar, ...]
    """The same as bars."""
    writer: str
    """Who or what wrote it."""
    place: str
    """Where the session was sent for it."""
    prompt: str
    """Name of its prompt."""
    settings: str
    """How the model was asked."""


def write(run: Run, *, with_names: bool = False) -> bytes:
    """Return the page, in the reader's language.

    Args:
        run: the run, its texts as they are to be published.
        with_names: whether those who hold a view are named; else they are counted.
    """
    view = View(run)
    findings = Findings(view)
    final = final_recap(run)
    session = run.transcript
    page = (
        environment()
        .get_template("public.html")
        .render(
            lang=language(),
            css=Markup(_css()),
            session=session,
            date=messages.day_as_given(session.date),
            people=words.people_phrase(speaking(session)),
            final=plain_markdown(final.summary) if final else None,
            composed=words.composed_sentence(final) if final else "",
            findings=findings,
            recaps=recaps_of(view, findings),
            groups=groups_of(view, findings, with_names=with_names),
            guide=words.reading_guide(run, scored=bool(findings.headlines)),
            prompts=[(prompt, _texts(prompt)) for prompt in _used(run)],
            provenance=wording.provenance(run),
            names_sentence=words.names_sentence(run, with_names=with_names),
            left_out=words.left_out(session),
            failed=sum(v.failure is not None for v in run.variants),
            made_on=messages.day(f"{run.created_at:%Y-%m-%d}"),
            version=run.software,
        )
    )
    return shown_text(page).encode("utf-8", "replace")


def final_recap(run: Run) -> Variant | None:
    """Return the recap that a person composed last; None where nobody composed one."""
    composed = [variant for variant in wording.shown(run) if variant.pieces]
    return max(composed, key=lambda variant: variant.finished_at) if composed else None


def speaking(session: Transcript) -> int:
    """Return how many people spoke or wrote."""
    return sum(speaker.turns > 0 and speaker.kind != "machine" for speaker in session.speakers)


def plain_markdown(text: str | None) -> Markup:
    """Return a recap as safe HTML, without marks of turns."""
    return markdown(_TURN_MARKS.sub("", text or ""))


def recap_name(view: View, recap: Variant) -> str:
    """Return the name of a recap for readers who know no model: `Recap A`."""
    return _("Recap {letter}").format(letter=view.letters[recap.id])


def recaps_of(view: View, findings: Findings) -> list[PublicRecap]:
    """Return every recap: what it keeps, and how it was made."""
    run = view.run
    told = {headline.recap.id: headline for headline in findings.headlines}
    backends = {backend.name: backend for backend in run.backends}
    found = []
    for recap in view.recaps:
        headline, backend = told.get(recap.id), backends.get(recap.backend)
        found.append(
            PublicRecap(
                recap_name(view, recap),
                headline.sentence if headline else "",
                headline.bars if headline else (),
                words.writer(run, recap),
                _place(run, recap, backend),
                run.prompt_named(recap.prompt),
                words.settings_of(backend, recap) if backend and recap.author == "model" else "",
            )
        )
    return found


def groups_of(view: View, findings: Findings, *, with_names: bool) -> list[PublicGroup]:
    """Return the points of the session: those that no recap keeps, those that some keep, those that all keep."""
    if not view.rows:
        return []
    if not findings.headlines:
        points = tuple(_point(view, row, with_names=with_names, fates=False) for row in view.rows)
        return [PublicGroup(_("Points of view of the session"), "all-views", points)]
    recaps = len(view.recaps)
    by_group: dict[str, list[Row]] = {"none": [], "some": [], "all": []}
    in_words = any(row.lost and not row.settled for row in view.rows)
    for row in view.rows:
        by_group["none" if row.lost else "all" if row.kept == recaps else "some"].append(row)
    return [
        PublicGroup(
            words.group_name(group, recaps, len(rows), in_words=in_words),
            f"kept-by-{group}",
            tuple(_point(view, row, with_names=with_names, fates=True) for row in rows),
            is_folded=group != "none" and len(rows) > MOST_OPEN,
        )
        for group, rows in by_group.items()
        if rows
    ]


def _point(view: View, row: Row, *, with_names: bool, fates: bool) -> PublicPoint:
    quotes = dict.fromkeys(_TURN_MARKS.sub("", quote.words).strip() for quote in row.point.said)
    told = zip(view.recaps, row.cells, strict=True) if fates else ()
    return PublicPoint(
        row.point.text,
        row.minority,
        words.holders(row.holders, with_names=with_names),
        tuple(quote for quote in quotes if quote)[:MOST_QUOTES],
        tuple((recap_name(view, recap), cell.verdict if cell else "unscored") for recap, cell in told),
    )


def _place(run: Run, recap: Variant, backend: Backend | None) -> str:
    hosts = {s.host: s.zone for s in run.sendings if s.backend == recap.backend}
    if recap.author != "model" or backend is None or backend.written_on:
        return ""
    if not hosts and backend.base_url:
        hosts = {backend.base_url: backend.zone}
    told = [words.sent_to("" if stays_here(zone, host) else _host(host), zone) for host, zone in hosts.items()]
    return ", ".join(dict.fromkeys(told)) or words.sent_to("", "local")


def _host(address: str) -> str:
    return address.partition("://")[2].partition("/")[0] or address


def _used(run: Run) -> Sequence[Prompt]:
    used = {variant.prompt for variant in run.variants}
    return [prompt for prompt in run.prompts if prompt.id in used]


def _texts(prompt: Prompt) -> list[str]:
    return [text for text in (prompt.system, *prompt.steps) if text]


@cache
def _css() -> str:
    return (Path(__file__).parent / "templates" / "public.css").read_text("utf-8")

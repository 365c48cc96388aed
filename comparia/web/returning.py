"""A recap that goes back to those who took part, as the facilitator sees it.

It is opened, followed, its words read and decided on; it is closed, exported, erased.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from anyio import from_thread
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from comparia import library
from comparia.library.readings import DisputedSentence, ParticipantView
from comparia.messages import N_
from comparia.messages import gettext as _
from comparia.records import Mark, MarkState, Reading, ReadingCounts, Run, Variant
from comparia.reports import participants, wording
from comparia.web.audience import Audience, audience_of
from comparia.web.notices import Notice, noticed
from comparia.web.pages import page, run_of, settings_of, text_of, to
from comparia.web.readings import OpenReadings

DURATIONS = (
    ("10", N_("10 minutes")),
    ("30", N_("30 minutes")),
    ("120", N_("2 hours")),
    ("1440", N_("1 day")),
    ("4320", N_("3 days")),
    ("10080", N_("1 week")),
    ("20160", N_("2 weeks")),
)
"""How long a reading may be open: minutes, and their name."""


@dataclass(frozen=True)
class Followed:
    """A reading, and what was marked on it."""

    reading: Reading
    """The reading."""
    counts: ReadingCounts
    """How many phones opened it, and what they marked."""
    sentences: Sequence[str]
    """The counts in words."""


@dataclass(frozen=True)
class ReturningPage:
    """Everything the page shows on which a recap is chosen that goes back to those who took part."""

    run: Run
    """The run."""
    recaps: Sequence[tuple[Variant, str]]
    """The recaps and their names, those that a person composed first."""
    durations: Sequence[tuple[str, str]]
    """How long it may be open."""
    readings: Sequence[tuple[Followed, str]]
    """The readings of the run, the newest first, and the names of their recaps."""


@dataclass(frozen=True)
class ReturnedPage:
    """Everything the page of a reading shows to the facilitator."""

    reading: Reading
    """The reading."""
    recap: str
    """Name of the recap."""
    audience: Audience
    """The room."""
    put: bool
    """Whether phones have it before them."""
    counts: Sequence[str]
    """How many phones opened it, and what they marked, in words."""
    scope: str
    """What the counts are worth."""
    waiting: Sequence[tuple[Mark, str]]
    """Marks that the facilitator has not decided on, and their sentences."""
    flags: Sequence[DisputedSentence]
    """Sentences disputed, as the facilitator accepted it."""
    views: Sequence[ParticipantView]
    """Missing views that the facilitator accepted."""
    aside: Sequence[tuple[Mark, str]]
    """Marks set aside, and their sentences."""


def choose(request: Request) -> Response:
    """Show the recaps that may go back to those who took part, and the readings there were."""
    run, settings = run_of(request), settings_of(request)
    labels = {variant.id: run.label(variant) for variant in run.variants}
    recaps = sorted(wording.shown(run), key=lambda variant: variant.author != "human")
    found = [(reading, library.reading_counts(reading.id, settings=settings)) for reading in _of_run(request, run)]
    view = ReturningPage(
        run=run,
        recaps=[(variant, labels[variant.id]) for variant in recaps],
        durations=[(minutes, _(name)) for minutes, name in DURATIONS],
        readings=[
            (Followed(reading, counts, wording.reading_sentences(counts)), labels.get(reading.variant, ""))
            for reading, counts in found
        ],
    )
    return page(request, "returning.html", view)


def begin(request: Request, form: FormData) -> Response:
    """Open a recap to those who took part; where the room is open and shows nothing open, phones get it at once."""
    run = run_of(request)
    minutes = text_of(form, "minutes", 6)
    duration = timedelta(minutes=int(minutes) if minutes.isdecimal() else 0)
    opened = library.open_reading(
        run,
        text_of(form, "variant", 80),
        duration,
        with_labels=bool(form.get("labels")),
        settings=settings_of(request),
    )
    from_thread.run(audience_of(request).put_reading_first, opened.id)
    return to(f"/readings/{opened.id}")


async def show(request: Request) -> Response:
    """Show a reading: how phones come to it, how many opened and marked it, the words that wait."""
    return page(request, "returned.html", await _followed(request))


async def watch(request: Request) -> Response:
    """Show the part of the page that changes while people read."""
    return page(request, "_marked.html", await _followed(request))


async def room(request: Request) -> Response:
    """Put the reading before the phones of the room, which is opened where it is not."""
    reading = await _reading(request)
    if reading.closed_at is None:
        await audience_of(request).open()
        await audience_of(request).put_reading(reading.id)
    return to(f"/readings/{reading.id}")


async def review(request: Request) -> Response:
    """Keep what the facilitator decides of a mark."""
    reading = await _reading(request)
    states: dict[str, MarkState] = {
        "shown": "shown",
        "set_aside": "set_aside",
        "settled": "settled",
        "waiting": "waiting",
    }
    async with request.form(max_fields=10, max_files=0) as form:
        mark, state = text_of(form, "mark", 40), states.get(text_of(form, "state", 20))
        given = form.get("words")
    words = given if isinstance(given, str) else None
    if state is not None:
        settings = settings_of(request)
        await run_in_threadpool(partial(library.review_mark, reading.id, mark, state, words, settings=settings))
    return to(f"/readings/{reading.id}#marks")


async def tell(request: Request) -> Response:
    """Keep whether reports say how many read and agreed."""
    reading = await _reading(request)
    async with request.form(max_fields=5, max_files=0) as form:
        told = bool(form.get("told"))
    _readings(request).keep(
        await run_in_threadpool(partial(library.tell_reading, reading.id, told, settings=settings_of(request)))
    )
    return to(f"/readings/{reading.id}#told")


async def close(request: Request) -> Response:
    """Close the reading for good."""
    reading = await _reading(request)
    closed = await run_in_threadpool(partial(library.close_reading, reading.id, settings=settings_of(request)))
    _readings(request).keep(closed)
    return to(f"/readings/{reading.id}")


async def erase(request: Request) -> Response:
    """Remove the reading for good, with every mark on it."""
    reading = await _reading(request)
    await run_in_threadpool(partial(library.erase_reading, reading.id, settings=settings_of(request)))
    _readings(request).forget(reading.id)
    return noticed(request, f"/runs/{reading.run}/reading", Notice(_("The reading is erased."), good=True))


async def export_csv(request: Request) -> Response:
    """The marks as CSV."""
    reading, _counts, marks = await _all_of(request)
    return _file(reading, "csv", participants.marks_csv(reading, marks), "text/csv; charset=utf-8")


async def export_json(request: Request) -> Response:
    """The reading, its counts and its marks as JSON."""
    reading, counts, marks = await _all_of(request)
    return _file(reading, "json", participants.marks_json(reading, counts, marks), "application/json")


def _file(reading: Reading, suffix: str, content: bytes, media_type: str) -> Response:
    disposition = f'attachment; filename="reading-{reading.id}.{suffix}"'
    return Response(content, headers={"content-disposition": disposition}, media_type=media_type)


async def _all_of(request: Request) -> tuple[Reading, ReadingCounts, list[Mark]]:
    reading, settings = await _reading(request), settings_of(request)
    counts = await run_in_threadpool(partial(library.reading_counts, reading.id, settings=settings))
    return reading, counts, await run_in_threadpool(partial(library.marks_of, reading.id, settings=settings))


async def _followed(request: Request) -> ReturnedPage:
    reading, settings, audience = await _reading(request), settings_of(request), audience_of(request)

    def looked_up() -> tuple[str, ReadingCounts, list[Mark]]:
        run = library.read_run(reading.run, settings=settings)
        recap = next((run.label(variant) for variant in run.variants if variant.id == reading.variant), "")
        counts = library.reading_counts(reading.id, settings=settings)
        return recap, counts, library.marks_of(reading.id, settings=settings)

    recap, counts, marks = await run_in_threadpool(looked_up)

    def in_state(state: MarkState) -> list[tuple[Mark, str]]:
        chosen = [mark for mark in marks if mark.state == state and mark.kind != "agreed"]
        return [(m, "" if m.sentence is None else reading.sentences[m.sentence]) for m in chosen]

    return ReturnedPage(
        reading=reading,
        recap=recap,
        audience=audience,
        put=audience.is_open and audience.room is not None and audience.room.reading == reading.id,
        counts=wording.reading_sentences(counts),
        scope=wording.scope_sentence(),
        waiting=in_state("waiting"),
        flags=library.as_flags(reading, marks),
        views=library.as_points(marks),
        aside=in_state("set_aside"),
    )


def _of_run(request: Request, run: Run) -> list[Reading]:
    return library.readings_of(run.id, settings=settings_of(request))


def _readings(request: Request) -> OpenReadings:
    return audience_of(request).readings


async def _reading(request: Request) -> Reading:
    return await _readings(request).of(request.path_params["reading"])

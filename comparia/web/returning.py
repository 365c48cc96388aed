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
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from comparia import library
from comparia.errors import InputError
from comparia.library.member_checks import MOST_ANSWER_BYTES, DisputedSentence, ParticipantView
from comparia.messages import N_, ngettext
from comparia.messages import gettext as _
from comparia.records import Mark, MarkState, MemberCheck, MemberCheckCounts, Run, Variant
from comparia.reports import answering, participants, wording
from comparia.reports.wording.labels import recap_label
from comparia.web.audience import Audience, audience_of
from comparia.web.downloads import download_name, file_of
from comparia.web.member_checks import OpenMemberChecks
from comparia.web.notices import Notice, noticed
from comparia.web.pages import page, run_of, settings_of, text_of, to

DURATIONS = (
    ("10", N_("10 minutes")),
    ("30", N_("30 minutes")),
    ("120", N_("2 hours")),
    ("1440", N_("1 day")),
    ("4320", N_("3 days")),
    ("10080", N_("1 week")),
    ("20160", N_("2 weeks")),
)
"""How long a member check may be open: minutes, and their name."""


@dataclass(frozen=True)
class Followed:
    """A member check, and what was marked on it."""

    check: MemberCheck
    """The member check."""
    counts: MemberCheckCounts
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
    member_checks: Sequence[tuple[Followed, str]]
    """The member checks of the run, the newest first, and the names of their recaps."""


@dataclass(frozen=True)
class ReturnedPage:
    """Everything the page of a member check shows to the facilitator."""

    check: MemberCheck
    """The member check."""
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
    """Show the recaps that may go back to those who took part, and the member checks there were."""
    run, settings = run_of(request), settings_of(request)
    labels = {variant.id: recap_label(run, variant) for variant in run.variants}
    recaps = sorted(wording.shown(run), key=lambda variant: variant.author != "human")
    found = [(check, library.member_check_counts(check.id, settings=settings)) for check in _of_run(request, run)]
    view = ReturningPage(
        run=run,
        recaps=[(variant, labels[variant.id]) for variant in recaps],
        durations=[(minutes, _(name)) for minutes, name in DURATIONS],
        member_checks=[
            (Followed(check, counts, wording.member_check_sentences(counts)), labels.get(check.variant, ""))
            for check, counts in found
        ],
    )
    return page(request, "returning.html", view)


def begin(request: Request, form: FormData) -> Response:
    """Open a recap to those who took part; where the room is open and shows nothing open, phones get it at once."""
    run = run_of(request)
    minutes = text_of(form, "minutes", 6)
    duration = timedelta(minutes=int(minutes) if minutes.isdecimal() else 0)
    opened = library.open_member_check(
        run,
        text_of(form, "variant", 80),
        duration,
        with_labels=bool(form.get("labels")),
        settings=settings_of(request),
    )
    from_thread.run(audience_of(request).put_member_check_first, opened.id)
    return to(f"/member-checks/{opened.id}")


async def show(request: Request) -> Response:
    """Show a member check: how phones come to it, how many opened and marked it, the words that wait."""
    return page(request, "returned.html", await _followed(request))


async def watch(request: Request) -> Response:
    """Show the part of the page that changes while people read."""
    return page(request, "_marked.html", await _followed(request))


async def room(request: Request) -> Response:
    """Put the member check before the phones of the room, which is opened where it is not."""
    check = await _check(request)
    if check.closed_at is None:
        await audience_of(request).open()
        await audience_of(request).put_member_check(check.id)
    return to(f"/member-checks/{check.id}")


async def review(request: Request) -> Response:
    """Keep what the facilitator decides of a mark."""
    check = await _check(request)
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
        await run_in_threadpool(partial(library.review_mark, check.id, mark, state, words, settings=settings))
    return to(f"/member-checks/{check.id}#marks")


async def tell(request: Request) -> Response:
    """Keep whether reports say how many read and agreed."""
    check = await _check(request)
    async with request.form(max_fields=5, max_files=0) as form:
        told = bool(form.get("told"))
    _member_checks(request).keep(
        await run_in_threadpool(partial(library.tell_member_check, check.id, told, settings=settings_of(request)))
    )
    return to(f"/member-checks/{check.id}#told")


async def close(request: Request) -> Response:
    """Close the member check for good."""
    check = await _check(request)
    closed = await run_in_threadpool(partial(library.close_member_check, check.id, settings=settings_of(request)))
    _member_checks(request).keep(closed)
    return to(f"/member-checks/{check.id}")


async def erase(request: Request) -> Response:
    """Remove the member check for good, with every mark on it."""
    check = await _check(request)
    await run_in_threadpool(partial(library.erase_member_check, check.id, settings=settings_of(request)))
    _member_checks(request).forget(check.id)
    return noticed(request, f"/runs/{check.run}/member-check", Notice(_("The reading is erased."), good=True))


async def answer_file(request: Request) -> Response:
    """The recap as a page that people who were not there read and answer; what they write comes back as a file."""
    check = await _check(request)
    return _file(check, "html", answering.answer_page(check), "text/html; charset=utf-8")


async def take_back(request: Request) -> Response:
    """Keep answers that came back in files, or as text that was pasted; say how many, and which could not be read."""
    check, settings = await _check(request), settings_of(request)
    async with request.form(max_fields=5, max_files=200) as form:
        pasted = form.get("pasted")
        given = [
            await item.read(MOST_ANSWER_BYTES + 1) for item in form.getlist("answers") if isinstance(item, UploadFile)
        ]
    contents = [content for content in given if content]
    contents += [pasted.encode()] if isinstance(pasted, str) and pasted.strip() else []
    taken, failed = 0, []
    for content in contents:
        try:
            await run_in_threadpool(partial(library.take_answers, check, content, settings=settings))
            taken += 1
        except InputError as error:
            failed.append(str(error))
    said = ngettext("{n} answer is taken back.", "{n} answers are taken back.", taken).format(n=taken)
    notice = Notice(said if taken or failed else _("Choose a file of answers, or paste its text."))
    lines = " ".join(dict.fromkeys(failed))
    return noticed(request, f"/member-checks/{check.id}", notice._replace(cure=lines, good=bool(taken) and not failed))


async def export_csv(request: Request) -> Response:
    """The marks as CSV."""
    check, _counts, marks = await _all_of(request)
    return _file(check, "csv", participants.marks_csv(check, marks), "text/csv; charset=utf-8")


async def export_json(request: Request) -> Response:
    """The member check, its counts and its marks as JSON."""
    check, counts, marks = await _all_of(request)
    return _file(check, "json", participants.marks_json(check, counts, marks), "application/json")


def _file(check: MemberCheck, suffix: str, content: bytes, media_type: str) -> Response:
    return file_of(
        content, media_type, download_name(_("return to the participants"), suffix, check.title, check.opened_at)
    )


async def _all_of(request: Request) -> tuple[MemberCheck, MemberCheckCounts, list[Mark]]:
    check, settings = await _check(request), settings_of(request)
    counts = await run_in_threadpool(partial(library.member_check_counts, check.id, settings=settings))
    return check, counts, await run_in_threadpool(partial(library.marks_of, check.id, settings=settings))


async def _followed(request: Request) -> ReturnedPage:
    check, settings, audience = await _check(request), settings_of(request), audience_of(request)

    def looked_up() -> tuple[str, MemberCheckCounts, list[Mark]]:
        run = library.read_run(check.run, settings=settings)
        recap = next((recap_label(run, variant) for variant in run.variants if variant.id == check.variant), "")
        counts = library.member_check_counts(check.id, settings=settings)
        return recap, counts, library.marks_of(check.id, settings=settings)

    recap, counts, marks = await run_in_threadpool(looked_up)

    def in_state(state: MarkState) -> list[tuple[Mark, str]]:
        chosen = [mark for mark in marks if mark.state == state and mark.kind != "agreed"]
        return [(m, "" if m.sentence is None else check.sentences[m.sentence]) for m in chosen]

    return ReturnedPage(
        check=check,
        recap=recap,
        audience=audience,
        put=audience.is_open and audience.room is not None and audience.room.member_check == check.id,
        counts=wording.member_check_sentences(counts),
        scope=wording.scope_sentence(),
        waiting=in_state("waiting"),
        flags=library.as_flags(check, marks),
        views=library.as_points(marks),
        aside=in_state("set_aside"),
    )


def _of_run(request: Request, run: Run) -> list[MemberCheck]:
    return library.member_checks_of(run.id, settings=settings_of(request))


def _member_checks(request: Request) -> OpenMemberChecks:
    return audience_of(request).member_checks


async def _check(request: Request) -> MemberCheck:
    return await _member_checks(request).of(request.path_params["check"])

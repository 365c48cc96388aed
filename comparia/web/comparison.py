"""The page of a run: watched while it is written, compared when it is.

Verdicts are settled there, points corrected, recaps added.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache, partial
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from comparia import library, references, reports
from comparia.errors import InputError
from comparia.messages import gettext as _
from comparia.metrics import Case, Matcher
from comparia.records import (
    SETTLED,
    Cell,
    FlagAnswer,
    Judging,
    KeyPoint,
    MemberCheck,
    Quote,
    Reference,
    Run,
    Variant,
    content_id,
)
from comparia.reports import Format, figure, html, wording
from comparia.reports.hearing import Hearing
from comparia.reports.view import View
from comparia.reports.wording.labels import recap_label
from comparia.web.downloads import session_file, what_of
from comparia.web.evidence import Filters, filters_of, shown_on_page
from comparia.web.guide import CHOOSE, READ, step_of
from comparia.web.notices import Notice, noticed
from comparia.web.pages import page, run_of, settings_of, text_of, texts_of, to
from comparia.web.recordings import Player, player_of
from comparia.web.samples import link_of_run

_TURN = re.compile(r"\[T\d+\]")


@dataclass(frozen=True, kw_only=True)
class ComparisonPage(html.Shown):
    """Everything the page of a comparison shows: what a report shows, and what can be done with it."""

    player: Player
    """What plays the recording of the session."""
    filters: Filters
    """What the table can be narrowed to."""
    formats: list[Format]
    """The reports that the menu offers, besides the document."""
    removed: list[Variant]
    """The recaps that were removed from it, and can be put back."""
    missing_cells: list[Cell]
    """The planned recaps that are not there."""
    judgings: list[Judging]
    """The blind votes on it."""
    beside: list[Run]
    """The other comparisons of its session, whose recaps may be voted on with its own; where they are asked for."""
    others: int
    """Number of these; 0 where they are shown."""
    shares: list[tuple[str, float, dict[str, int | None]]]
    """Each speaker: share of the talk, and how often each recap gives the name; None for labels that name nobody."""
    stopped: str
    """Why it stopped; empty where it ended."""
    figure_name: str
    """Name of the figure as a picture, when it is downloaded."""
    described: str
    """The figure in words."""
    guide: int
    """The step of a first visit that stands there; 0 for none."""
    link: str
    """Its address, for a slide."""
    returned: list[tuple[MemberCheck, list[str]]]
    """Its recaps that went back to those who took part, and how many read and marked each, in words."""


@dataclass(frozen=True)
class RunningPage:
    """Everything the page of a run that is being carried out shows."""

    run: Run
    """The run."""
    guide: int
    """The step of a first visit that stands there; 0 for none."""
    cells: list[tuple[Cell, dict[str, Any]]]
    """Each recap, and what is there of it."""


def show(request: Request) -> Response:
    """Columns while the run goes on; the comparison when it has ended."""
    run_id = request.path_params["run"]
    running = request.app.state.running.of(run_id)
    if running is not None and not running.ended:
        cells = [
            (cell, running.shown(cell.variant)) for cell in running.run.plan.cells if cell.variant in running.cells
        ]
        return page(request, "running.html", RunningPage(running.run, step_of(request, CHOOSE, run=run_id), cells))
    run = run_of(request)
    shown, player = shown_on_page(request, run, with_recaps=True)
    with_others = "others" in request.query_params  # each is read whole: only where they are asked for
    view = ComparisonPage(
        **{field.name: getattr(shown, field.name) for field in fields(shown)},
        player=player,
        filters=filters_of(shown.view),
        formats=[form for form in reports.FORMATS.values() if form.menu and not form.is_document],
        removed=library.removed_recaps(run.id, settings=settings_of(request)),
        missing_cells=[cell for cell in run.plan.cells if all(v.id != cell.variant or v.failure for v in run.variants)],
        judgings=library.judgings_of(run.id, settings=settings_of(request)),
        beside=library.runs_beside(run, settings=settings_of(request)) if with_others else [],
        others=0 if with_others else len(library.run_ids_beside(run, settings=settings_of(request))),
        shares=_shares(run),
        stopped=running.error if running is not None and running.error != "stopped" else "",
        figure_name=session_file(what_of("png"), "png", run.transcript),
        described=figure.described(shown.findings),
        guide=step_of(request, READ, run=run.id),
        link=link_of_run(request, run),
        returned=[
            (
                check,
                wording.member_check_sentences(library.member_check_counts(check.id, settings=settings_of(request))),
            )
            for check in library.member_checks_of(run.id, settings=settings_of(request))
        ],
    )
    return page(request, "comparison.html", view)


def support(request: Request) -> Response:
    """What each sentence of each recap rests on, for the page to light up.

    It is long to find, so asked for once the page is shown.
    """
    return JSONResponse(_support(run_of(request)))


def resume(request: Request, form: FormData) -> Response:
    """Ask again for what is missing, or for one variant."""
    run = run_of(request)
    only = [text_of(form, "variant")] if text_of(form, "variant") else None
    request.app.state.running.begin(run, only=only)
    return to(f"/runs/{run.id}")


def stop(request: Request) -> Response:
    """Stop asking; what has arrived is kept."""
    running = request.app.state.running.of(request.path_params["run"])
    if running is not None:
        running.stop()
        running.join(5.0)
    return to(f"/runs/{request.path_params['run']}")


def settle(request: Request, form: FormData) -> Response:
    """Settle a verdict by hand, or give it back; scores follow at once."""
    settings, run = settings_of(request), run_of(request)
    points = {point.id: point for point in (run.reference.key_points if run.reference else ())}
    point = points.get(text_of(form, "point"))
    variant = next((v for v in wording.shown(run) if v.id == text_of(form, "variant")), None)
    if point is None or variant is None:
        raise InputError(_("There is no such point of view, or no such recap."), cure=_("Open the page again."))
    verdict = next((name for name in SETTLED if name == text_of(form, "verdict")), None)
    with library.workbench(settings) as bench:
        bench.settle(run.id, point, variant.id, verdict)
    library.score(run.id, settings=settings)
    back = text_of(form, "back", 60)
    if back.startswith("audit"):
        return to(f"/runs/{run.id}/audit#first")
    if panel := re.fullmatch(r"panel-([0-9a-f]+)", back):
        return to(f"/panels/{panel[1]}#disputed")
    return to(f"/runs/{run.id}#{point.id}")


def answer_flag(request: Request, form: FormData) -> Response:
    """Keep what a person says of a passage that a check points at: corrected, right, masked, or taken back."""
    run_id, variant = request.path_params["run"], text_of(form, "variant")
    answers: dict[str, FlagAnswer] = {"": "", "corrected": "corrected", "right": "right", "masked": "masked"}
    answer = answers.get(text_of(form, "answer"))
    if answer is None:
        raise InputError(_("There is no such passage to look at in this recap."), cure=_("Open the page again."))
    library.answer_flag(run_id, variant, text_of(form, "flag"), answer, settings=settings_of(request))
    request.app.state.audience.member_checks.forget(run_id=run_id)  # masked words leave the phones too
    request.app.state.audience.panels.forget(run_id=run_id)
    return to(f"/runs/{run_id}#{variant}")


def add_recap(request: Request, form: FormData) -> Response:
    """A recap written by hand, pasted: scored beside the others."""
    text = text_of(form, "text", 200_000)
    if not text:
        raise InputError(_("the file holds no text."))
    run = run_of(request)
    if not any(v.author == "human" and v.summary == text for v in run.variants):  # a second click adds nothing
        library.import_text(run.id, text, text_of(form, "author", 80) or _("by hand"), settings=settings_of(request))
    return to(f"/runs/{run.id}#recaps")


def change_recap(request: Request, form: FormData) -> Response:
    """Rename a recap, remove it from the comparison, or put it back."""
    run, settings, variant = run_of(request), settings_of(request), text_of(form, "variant")
    action = text_of(form, "action")
    if action == "rename":
        library.rename_recap(run.id, variant, text_of(form, "name", 80), settings=settings)
        return to(f"/runs/{run.id}#{variant}")
    if action == "put-back":
        library.put_back_recap(run.id, variant, settings=settings)
        return to(f"/runs/{run.id}#{variant}")
    if action != "remove":
        raise InputError(_("There is no such recap in this comparison."), cure=_("Open the page again."))
    name = next((recap_label(run, found) for found in run.variants if found.id == variant), variant)
    library.remove_recap(run.id, variant, settings=settings)
    said = _("{recap} is removed from this comparison, and scores are computed without it.").format(recap=name)
    notice = Notice(said, _("It can be put back, under the recaps."), good=True)
    return noticed(request, f"/runs/{run.id}#removed", notice)


async def forget(request: Request) -> Response:
    """Remove the texts of a run for good; the votes on its recaps go too, and phones wait for another."""
    run = await run_in_threadpool(run_of, request)
    request.app.state.ballot_views.forget(run.id)
    request.app.state.audience.member_checks.forget(run_id=run.id)
    request.app.state.audience.panels.forget(run_id=run.id)
    await run_in_threadpool(request.app.state.running.forget, run.id)
    await run_in_threadpool(partial(library.purge, run=run.id, settings=settings_of(request)))
    said = Notice(_("“{title}” is removed for good.").format(title=run.transcript.title), good=True)
    return noticed(request, "/#runs", said)


# Points of view -------------------------------------------------------------------------------------------------------


def points(request: Request) -> Response:
    """The key points, to be corrected by a person."""
    run = run_of(request)
    chosen = request.query_params.get("turn", "")
    player = player_of(run.transcript, f"/runs/{run.id}/recording", settings_of(request))
    context: dict[str, Any] = {
        "run": run,
        "player": player,
        "heard": Hearing(run.transcript, player.address).of,
        "chosen_turn": int(chosen) if chosen.isdecimal() and len(chosen) < 9 else 0,
        "chosen_words": request.query_params.get("words", "")[:2000],
        "points": run.reference.key_points if run.reference else (),
        "earlier": library.references_of(run.id, settings=settings_of(request))[1:31] if run.reference else (),
        "minority": {p.id: run.reference.is_minority(p) for p in run.reference.key_points} if run.reference else {},
        "turns": [t for t in run.transcript.turns if t.channel != "system"],
        "names_of": lambda point: ", ".join(run.transcript.speaker_name(holder) for holder in point.holders) or "–",
    }
    return page(request, "points.html", context)


def edit_points(request: Request, form: FormData) -> Response:
    """Keep the corrected list as reviewed by a person, and score against it; the earlier one stays in the history."""
    settings = settings_of(request)
    run = run_of(request)
    action = text_of(form, "action")
    if action == "undo":
        earlier = library.earlier_reference(run.id, settings=settings)
        if earlier is not None:
            library.score(run.id, earlier, settings=settings)
        return to(f"/runs/{run.id}/points")
    if action.startswith("back:"):
        known = {ref.id: ref for _at, ref in library.references_of(run.id, settings=settings)}
        if chosen := known.get(action.removeprefix("back:")):
            library.score(run.id, chosen, settings=settings)
        return to(f"/runs/{run.id}/points")
    if action == "file":
        given = form.get("file")
        text = (
            given.file.read().decode("utf-8-sig", "replace") if given is not None and not isinstance(given, str) else ""
        )
        library.score(run.id, references.parse(text, run.transcript, "reference.yaml"), settings=settings)
        return to(f"/runs/{run.id}/points")
    if run.reference is not None and text_of(form, "base") != run.reference.id:
        raise InputError(
            _("These points of view were changed elsewhere since this page was opened."),
            cure=_("Go back, copy what you wrote, and open the page again."),
        )
    library.score(run.id, _edited(run, form), settings=settings)
    return to(f"/runs/{run.id}/points#saved")


def _edited(run: Run, form: FormData) -> Reference:
    """The reference that a form holds: texts changed, points removed, merged into others, marked, added from turns."""
    old = run.reference
    names = _names({point.id for point in (old.key_points if old else ())})
    kept: dict[str, KeyPoint] = {}
    into: dict[str, str] = {}
    for point in old.key_points if old else ():
        text = " ".join(text_of(form, f"text-{point.id}", 600).split())
        if form.get(f"remove-{point.id}"):
            continue
        if not text:
            kept[point.id] = point
            continue
        if target := text_of(form, f"into-{point.id}"):
            into[point.id] = target
        mark = text_of(form, f"minority-{point.id}")
        minority = {"yes": True, "no": False}.get(mark)
        said = tuple(q for n, q in enumerate(point.said) if not form.get(f"split-{point.id}-{n}"))
        split = tuple(q for n, q in enumerate(point.said) if form.get(f"split-{point.id}-{n}"))
        kept[point.id] = point.model_copy(update={"text": text, "minority": minority, "said": said or point.said})
        if split and said:
            name = next(names)
            kept[name] = KeyPoint(id=name, text=split[0].words[:300], topic=point.topic, kind=point.kind, said=split)
    for source in into:
        target = _last(source, into)
        if target in kept and source in kept and target != source:
            extra = tuple(q for q in kept[source].said if q not in kept[target].said)
            kept[target] = kept[target].model_copy(update={"said": (*kept[target].said, *extra)})
            del kept[source]
    added = _added(run, form, names)
    found = (*kept.values(), *added)
    base = old or Reference(id="", origin="reviewed", language=run.transcript.language, voices=0, key_points=())
    reviewer = _reviewers(base.reviewed_by, text_of(form, "reviewed_by", 80) or _("an unnamed person"))
    voices = base.voices or sum(s.kind != "machine" and s.turns > 0 for s in run.transcript.speakers)
    threshold = base.minority_threshold
    identity = [threshold, [p.model_dump(mode="json") for p in found]]
    return base.model_copy(
        update={
            "id": content_id("rf", identity),
            "origin": "reviewed",
            "reviewed_by": reviewer,
            "voices": voices,
            "key_points": found,
        }
    )


def _added(run: Run, form: FormData, names: Iterator[str]) -> tuple[KeyPoint, ...]:
    """A new point from the words selected in one or several turns."""
    text = " ".join(text_of(form, "new_text", 600).split())
    numbers = [int(value) for value in texts_of(form, "new_turn") if value.isdecimal() and len(value) < 9]
    turns = {t.number: t for t in run.transcript.turns}
    words = " ".join(text_of(form, "new_words", 2000).split())
    said = tuple(
        Quote(
            turn=n, speaker=turns[n].speaker or "", words=words if words and words in turns[n].text else turns[n].text
        )
        for n in numbers
        if n in turns
    )
    if not text:
        return ()
    if not said:
        raise InputError(
            _("Nothing in the session says the new point yet."),
            cure=_("Go back and choose the turns that say it; your other changes are still on the page."),
        )
    return (KeyPoint(id=next(names), text=text, said=said),)


def _last(source: str, into: Mapping[str, str]) -> str:
    """Where a point ends that is merged into another that is merged in turn; itself where that goes in circles."""
    seen = [source]
    while (following := into.get(seen[-1])) is not None:
        if following in seen:
            return source
        seen.append(following)
    return seen[-1]


def _reviewers(before: str, now: str) -> str:
    """Everybody who reviewed, in order."""
    return now if not before or before == now else before if now in before.split(", ") else f"{before}, {now}"


def _names(used: Collection[str]) -> Iterator[str]:
    return (name for number in itertools.count(1) if (name := f"P{number:02d}") not in used)


# What the page lights up ----------------------------------------------------------------------------------------------


def _support(run: Run) -> dict[str, list[dict[str, Any]]]:
    """Each sentence of each recap with the turns that best carry it, and the points it was found for."""
    coverage = View(run).coverage
    found: dict[str, list[dict[str, Any]]] = {}
    for variant, sentences in _carried(_Texts.of(run)).items():
        evidence = coverage[variant].points if variant in coverage else ()
        told = [e for e in evidence if e.verdict not in ("absent", "unscored")]
        found[variant] = [
            {"text": text, "turns": turns, "points": [e.key_point for e in told if text in e.sentence]}
            for text, turns in sentences
        ]
    return found


@dataclass(frozen=True)
class _Texts:
    """The texts of a run, known by what they are."""

    identity: tuple[str, ...]
    run: Run = field(compare=False)

    @classmethod
    def of(cls, run: Run) -> _Texts:
        return cls((run.transcript.id, *(f"{v.id} {v.summary}" for v in wording.shown(run))), run)


@lru_cache(maxsize=4)
def _carried(texts: _Texts) -> dict[str, list[tuple[str, list[int]]]]:
    """The sentences of each recap, each with the turns that best carry it; looked for once, and shown many times."""
    run = texts.run
    case = Case(run.transcript, tuple(wording.shown(run)), run.reference, Matcher(), run.software)
    return {
        variant.id: [
            (s.text, list(dict.fromkeys(p.turn for p in case.session.evidence(s.text, most=3))))
            for s in case.sentences[variant.id]
        ]
        for variant in case.variants
    }


def _shares(run: Run) -> list[tuple[str, float, dict[str, int | None]]]:
    """Each speaker: share of the talk, and how often each recap gives the name; None for labels that name nobody."""
    people = [s for s in run.transcript.speakers if s.kind != "machine" and s.words]
    total = sum(s.words for s in people) or 1
    said = {v.id: _TURN.sub("", v.summary or "") for v in wording.shown(run)}
    surnames = Counter(s.name.split()[-1] for s in people if s.name.split())
    rows: list[tuple[str, float, dict[str, int | None]]] = []
    for speaker in sorted(people, key=lambda s: -s.words):
        parts = speaker.name.split()
        last = parts[-1] if parts and parts[-1].isalpha() and len(parts[-1]) > 2 and surnames[parts[-1]] == 1 else ""
        wanted = None if speaker.kind == "anonymous" else last or (speaker.name if speaker.name.strip() else None)
        pattern = re.compile(rf"(?<!\w){re.escape(wanted)}(?!\w)") if wanted else None
        named = {variant: len(pattern.findall(text)) if pattern else None for variant, text in said.items()}
        rows.append((speaker.name, speaker.words / total, named))
    return rows

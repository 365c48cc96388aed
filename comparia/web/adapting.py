"""Recaps in plain language or in other languages: chosen, priced, written in sight, checked, exported."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from comparia import library
from comparia.adapting import LANGUAGES
from comparia.config import Settings
from comparia.errors import CompariaError, ConfigurationError, UnknownName, with_cure
from comparia.library.offers import Offer, offers
from comparia.messages import gettext as _
from comparia.privacy import allows
from comparia.records import Adaptation, AdaptationKind, AdaptedPoint, KeyPoint, PlanLine, Run, Variant
from comparia.reports import html, wording
from comparia.reports.languages import language_name
from comparia.reports.view import View
from comparia.web.downloads import file_of, session_file
from comparia.web.notices import Notice, noticed
from comparia.web.pages import page, run_of, settings_of, text_of, to
from comparia.web.running import Answered, Answering, stream

FORMATS = {"docx": "docx", "odt": "odt", "md": "markdown"}
"""Formats an adaptation is downloaded in, by the suffix of the file."""
FROM_RIGHT = ("ar", "fa", "he", "ur")
"""Languages that are written from right to left."""


@dataclass(frozen=True)
class Chosen:
    """What a person chose of an adaptation to be written."""

    recap: str
    """Id of the recap."""
    kind: AdaptationKind
    """Plain language or a translation."""
    language: str
    """Language to write in."""
    backend: str
    """The model that writes; empty where none is chosen."""
    judge: str
    """The model that judges; empty for words alone."""


@dataclass(frozen=True)
class Row:
    """A key point that an adaptation lost or changed, or of which nobody could tell."""

    point: KeyPoint
    """The point."""
    became: AdaptedPoint
    """What became of it."""
    minority: bool
    """Whether it is a minority view."""


@dataclass(frozen=True)
class ShownAdaptation:
    """An adaptation as its page shows it."""

    adaptation: Adaptation
    """The adaptation."""
    recap: str
    """Name of the recap."""
    html: Markup
    """Its words."""
    direction: str
    """`rtl` or `ltr`."""
    stale: bool
    """Whether the recap was changed, or removed, since."""
    lost: list[Row]
    """Points that it does not say any more."""
    changed: list[Row]
    """Points that it says otherwise."""
    doubtful: list[Row]
    """Points of which nobody could tell."""


@dataclass(frozen=True)
class AdaptingPage:
    """Everything the page of the adaptations of a run shows."""

    run: Run
    """The run."""
    recaps: Sequence[tuple[Variant, str]]
    """Its recaps with their names, those that people wrote first."""
    writers: list[Offer]
    """Models that can be asked, within the policy of the run."""
    languages: Sequence[tuple[str, str]]
    """Languages that a recap can be translated into, with their names."""
    target: str
    """Language that a translation is offered in first."""
    chosen: Chosen
    """What is chosen."""
    lines: list[PlanLine]
    """What it takes; none before it is asked for."""
    problem: str
    """Why it cannot be written; empty where it can."""
    shown: list[ShownAdaptation]
    """Adaptations there are, the newest first."""
    live: dict[str, Any] | None
    """What is being written now; None where nothing is."""
    live_name: str
    """Who writes it."""


def show(request: Request) -> Response:
    """Show the adaptations of a run; what one would take, where it is chosen."""
    run = run_of(request)
    settings = settings_of(request)
    view = View(run)
    recaps = sorted((v for v in run.variants if v.summary), key=lambda v: v.author != "human")
    writers = [o for o in offers(settings) if o.writes and o.ready and allows(run.policy, o.zone)]
    asked = request.query_params
    chosen = _chosen(asked.get, run, recaps[0].id if recaps else "", writers)
    lines: list[PlanLine] = []
    problem = ""
    if asked.get("plan"):
        try:
            lines = _planned(run, chosen, settings)
        except CompariaError as error:
            problem = with_cure(error.message, error.on_page)
    answering = _under_way(request, run)
    writing = answering is not None and not answering.ended
    return page(
        request,
        "adapting.html",
        AdaptingPage(
            run=run,
            recaps=[(v, view.label(v.id)) for v in recaps],
            writers=writers,
            languages=[(code, language_name(code)) for code in LANGUAGES],
            target=chosen.language if chosen.kind == "translation" else _other(run),
            chosen=chosen,
            lines=lines,
            problem=problem or (answering.error if answering is not None else ""),
            shown=[_shown(run, view, a) for a in library.adaptations_of(run.id, settings=settings)],
            live=answering.shown(answering.CELL) if answering is not None and writing else None,
            live_name=answering.backend if answering is not None and writing else "",
        ),
    )


def write(request: Request, form: FormData) -> Response:
    """Have a recap adapted, unless one of this run is being adapted already."""
    run, settings, running = run_of(request), settings_of(request), request.app.state.running
    here = f"/runs/{run.id}/adapted"
    with running.sending:
        under_way = _under_way(request, run)
        if under_way is not None and not under_way.ended:
            return to(here)

        def get(name: str, default: str = "") -> str:
            return text_of(form, name, 300) or default

        chosen = _chosen(get, run, "", [])
        _planned(run, chosen, settings)

        async def work(on_delta: Callable[[str], None]) -> Answered:
            done = await library.adapting_recap(
                run,
                chosen.recap,
                chosen.kind,
                chosen.language,
                chosen.backend,
                judge=chosen.judge,
                on_delta=on_delta,
                settings=settings,
            )
            return Answered(done.text, done.request, kept=False)  # the page shows the version itself

        running.answers[_key(run)] = Answering(work, run.id, chosen.recap, chosen.backend)
    return to(here)


def stop(request: Request) -> Response:
    """Stop what is being written; nothing of it is kept. A text that is complete is kept, and its check goes on."""
    run = run_of(request)
    under_way = _under_way(request, run)
    if under_way is not None:
        under_way.stop()
    return to(f"/runs/{run.id}/adapted")


def events(request: Request) -> Response:
    """One stream: what is being written."""
    return stream(request, [request.app.state.running.answers.get(f"adapted:{request.path_params['run']}")])


def judge(request: Request, form: FormData) -> Response:
    """Check an adaptation again: with another judge, or against key points that were corrected since."""
    adaptation = library.read_adaptation(request.path_params["adaptation"], settings=settings_of(request))
    library.check_adaptation(adaptation, judge=text_of(form, "judge", 300), settings=settings_of(request))
    return to(f"/runs/{adaptation.run}/adapted#{adaptation.id}")


def remove(request: Request) -> Response:
    """Remove an adaptation for good."""
    settings = settings_of(request)
    adaptation = library.read_adaptation(request.path_params["adaptation"], settings=settings)
    library.remove_adaptation(adaptation.id, settings=settings)
    return noticed(request, f"/runs/{adaptation.run}/adapted", Notice(_("The version is removed."), good=True))


def download(request: Request) -> Response:
    """Answer with an adaptation as a document."""
    settings = settings_of(request)
    adaptation = library.read_adaptation(request.path_params["adaptation"], settings=settings)
    suffix = request.path_params["suffix"]
    if suffix not in FORMATS:
        raise UnknownName(_("format"), suffix, FORMATS)
    run = library.read_run(adaptation.run, settings=settings)
    content = library.adapted_document(run, adaptation, FORMATS[suffix])
    name = session_file(wording.adaptation_name(adaptation.kind, adaptation.language), suffix, run.transcript)
    return file_of(content, "application/octet-stream", name)


def _chosen(get: Callable[..., Any], run: Run, recap: str, writers: Sequence[Offer]) -> Chosen:
    """Return what is chosen, from a form or from the address; the usual choices where nothing is."""
    kind: AdaptationKind = "translation" if get("kind", "") == "translation" else "plain"
    backend = get("backend", "") or (writers[0].name if writers else "")
    usual = next((offer.name for offer in writers if offer.name != backend), "") if not get("plan", "") else ""
    return Chosen(
        recap=get("recap", "") or recap,
        kind=kind,
        language=get("language", "") or _other(run) if kind == "translation" else run.transcript.language,
        backend=backend,
        judge=get("judge", usual),
    )


def _other(run: Run) -> str:
    return "en" if run.transcript.language == "fr" else "fr"


def _planned(run: Run, chosen: Chosen, settings: Settings) -> list[PlanLine]:
    if chosen.judge and chosen.judge == chosen.backend:
        raise ConfigurationError(_("The writer does not judge its own text."), _("Choose another judge, or none."))
    return library.plan_adaptation(
        run, chosen.recap, chosen.kind, chosen.language, chosen.backend, judge=chosen.judge, settings=settings
    )


def _shown(run: Run, view: View, adaptation: Adaptation) -> ShownAdaptation:
    recap = next((v for v in run.variants if v.id == adaptation.variant), None)
    reference = run.reference
    points = {point.id: point for point in reference.key_points} if reference is not None else {}
    outcome = adaptation.outcome

    def rows(chosen: Sequence[AdaptedPoint]) -> list[Row]:
        known = [(points[p.key_point], p) for p in chosen if p.key_point in points]
        found = [Row(point, p, reference is not None and reference.is_minority(point)) for point, p in known]
        return sorted(found, key=lambda row: not row.minority)

    return ShownAdaptation(
        adaptation=adaptation,
        recap=view.label(adaptation.variant) if recap is not None else "",
        html=html.markdown(adaptation.text),
        direction="rtl" if adaptation.language in FROM_RIGHT else "ltr",
        stale=recap is None or recap.text_id != adaptation.source,
        lost=rows(outcome.lost),
        changed=rows(outcome.changed),
        doubtful=rows(outcome.doubtful),
    )


def _key(run: Run) -> str:
    return f"adapted:{run.id}"


def _under_way(request: Request, run: Run) -> Answering | None:
    found: Answering | None = request.app.state.running.answers.get(_key(run))
    return found

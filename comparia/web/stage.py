"""The stage: what a trainer does before a room with a prompt: run it, stop, ask about it, hide the names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from comparia import comparing, library, trying
from comparia.errors import ConfigurationError
from comparia.messages import gettext as _
from comparia.prompts import as_text, written
from comparia.records import Asked, Choices, Run, Stage
from comparia.web.notices import Notice, noticed
from comparia.web.pages import page, run_of, settings_of, text_of, texts_of, to
from comparia.web.running import Answered, Answering, stream
from comparia.web.versions import (
    MOST_COLUMNS,
    base_of,
    checks_of,
    mark_of,
    number_of,
    recorded_runs,
    seen,
    shown,
    stage_of,
    unsigning,
)

MOST_TYPED = 50_000
"""Characters of a prompt."""

MOST_MINUTES = 120.0
"""Longest time to read that can be given, in minutes."""


def begin(request: Request) -> Response:
    """Open a stage on a run, which is its first version."""
    return to(f"/stages/{library.open_stage(run_of(request), settings=settings_of(request)).id}")


def begin_rehearsed(request: Request) -> Response:
    """Open a stage before the room, of which this one was the rehearsal: its address can be given beforehand."""
    stage = library.begin_rehearsed(request.path_params["stage"], settings=settings_of(request))
    said = _("This stage is ready for the room: its versions wait under the prompt, and nothing was run yet.")
    return noticed(request, f"/stages/{stage.id}", Notice(said, good=True))


def show(request: Request) -> Response:
    """The prompt, the recaps of one version, and all that changed."""
    return shown(request)


def check(request: Request, form: FormData) -> Response:
    """Keep the prompt as it is being typed, and go to its checklist: alone for a script, else in the whole page."""
    stage = _kept_typed(request, form)
    return to(f"/stages/{stage.id}/check?part=1" if form.get("part") else _here(stage, form))


def checks(request: Request) -> Response:
    """Show the checklist of the prompt as last typed; the whole page where a browser comes back to this address."""
    if not request.query_params.get("part"):
        return shown(request)
    stage = stage_of(request)
    return page(
        request, "checklist.html", {"checks": checks_of(stage.draft, base_of(request, stage).transcript.language)}
    )


def run(request: Request, form: FormData) -> Response:
    """Run the prompt as a new version.

    A second click, or another tab, runs nothing and loses nothing that was typed.
    """
    running = request.app.state.running
    with running.sending:
        stage = stage_of(request)
        if text_of(form, "known", 10) != str(len(stage.runs)):
            last = trying.prompt_of(base_of(request, stage))
            typed = text_of(form, "text", MOST_TYPED)
            if text_of(form, "action") != "foil" and last is not None and trying.same_words(as_text(last), typed):
                return to(f"/stages/{stage.id}")  # the same click twice
            _kept_typed(request, form)
            said = _("Another version was run meanwhile. What you typed is still here: run it if you still wish to.")
            return noticed(request, f"/stages/{stage.id}?draft=1", Notice(said))
        stage = _kept_typed(request, form)
        planned = _planned(request, stage, form)
        comparing.check_keys(planned)
        last = running.of(stage.runs[-1]) if stage.runs else None
        if last is not None and last.written:
            last.stop()  # its judging makes way: what models had answered counts, words tell the rest
        with library.open_store(settings_of(request)) as store:
            store.runs.start(planned)
            foiled = text_of(form, "action") == "foil"
            kept = {
                "runs": (*stage.runs, planned.id),
                "draft": stage.draft if foiled else "",
                "emptied": False,
                "choices": None,
            }
            store.workbench.keep_stage(stage.model_copy(update=kept))
        running.begin(planned, rehearsals=stage.rehearsed)
    return to(f"/stages/{stage.id}")


def _planned(request: Request, stage: Stage, form: FormData) -> Run:
    """The next version: the prompt as typed, or the habit of another tool.

    Raises:
        CompariaError: a prompt with a fault, nobody to write, a zone beyond the policy.
    """
    base, settings = base_of(request, stage), settings_of(request)
    number, text = len(stage.runs) + 1, text_of(form, "text", MOST_TYPED)
    backends: list[str]
    if text_of(form, "action") == "foil":
        name = text_of(form, "foil", 200)
        if name not in library.shipped_prompts():
            raise ConfigurationError(_("Choose a prompt first."))
        prompt, backends = library.shipped_prompts()[name], _asked_of(form)
    elif stage.recorded:
        runs = recorded_runs(request, stage)
        following = trying.next_recorded(stage, runs)
        prompt, recorded = trying.recorded_as(text, runs, following[0] if following else None)
        backends = [f"replay:{recorded.id}"]
    elif not text:
        raise ConfigurationError(_("The prompt is empty."))
    else:
        name = _("version {n}").format(n=number)
        prompt, backends = written(text, base.transcript.language, name=name, version=str(number)), _asked_of(form)
    planned = library.prepare(
        base.transcript,
        (prompt,),
        backends,
        reference=base.reference,
        policy=base.policy,
        hiding=library.hiding_by(settings),
        settings=settings,
    )
    if len(planned.plan.cells) > MOST_COLUMNS:
        said = _("{n} recaps are more than a room can read at once ({most}).")
        raise ConfigurationError(said.format(n=len(planned.plan.cells), most=MOST_COLUMNS))
    return planned


def names(request: Request, form: FormData) -> Response:
    """Hide who writes what, and the scores, from those who look at the stage; or show them again.

    What is typed stays.
    """
    stage = stage_of(request)
    _kept(request, hidden=not stage.hidden, draft=text_of(form, "text", MOST_TYPED) or stage.draft)
    return to(f"/stages/{stage.id}")


def stop(request: Request) -> Response:
    """Stop writing the last version; what has arrived is kept, and the stage stays where it is."""
    stage = stage_of(request)
    running = request.app.state.running.of(stage.runs[-1]) if stage.runs else None
    if running is not None:
        running.stop()
        running.join(5.0)
    return to(f"/stages/{stage.id}")


def countdown(request: Request, form: FormData) -> Response:
    """Give the room some minutes to read, shown on every screen of the stage, or take them back."""
    stage = stage_of(request)
    typed = "" if form.get("over") else text_of(form, "minutes", 5).replace(",", ".")
    minutes = float(typed) if typed.replace(".", "", 1).isdecimal() else 0.0
    request.app.state.running.give(stage.id, min(minutes, MOST_MINUTES))
    return to(_here(stage, form))


def state(request: Request) -> Response:
    """What the pages of a stage ask again and again: whether something else is to be shown, seconds left to read."""
    stage = stage_of(request)
    return JSONResponse({"mark": mark_of(request, stage), "left": request.app.state.running.left(stage.id)})


def resume(request: Request, form: FormData) -> Response:
    """Ask again for what a version lacks."""
    stage = stage_of(request)
    about = _version(request, stage, text_of(form, "version", 10))
    comparing.check_keys(about)
    request.app.state.running.begin(about, rehearsals=stage.rehearsed)
    return to(f"/stages/{stage.id}?v={stage.runs.index(about.id) + 1}")


def ask(request: Request, form: FormData) -> Response:
    """Put a question about the prompt as typed, or about a recap.

    Its answer streams beside, and what is typed stays.
    """
    settings, running = settings_of(request), request.app.state.running
    text, variant = text_of(form, "text", MOST_TYPED), text_of(form, "challenge", 80)
    stage = _kept_typed(request, form)
    kind: trying.Kind = "challenge" if variant else "critique"
    here = _here(stage, form)
    under_way = running.answers.get(stage.id)
    if under_way is not None and not under_way.ended:
        said = _("A question is being answered. Stop it, or wait for its answer, to put another one.")
        return noticed(request, here, Notice(said))
    about = _version(request, stage, text_of(form, "version", 10))
    if stage.recorded:
        _keep_answer(request, stage.id, trying.recorded_answer(stage, about, kind, variant, text))
        return to(here)
    backend = text_of(form, "whom", 300)

    async def work(on_delta: Callable[[str], None]) -> Answered:
        kept: list[bool] = []
        answer = await library.asking_about(
            kind,
            about,
            backend,
            variant=variant,
            text="" if variant else text,
            on_delta=on_delta,
            on_kept=lambda: kept.append(True),
            settings=settings,
        )
        _keep_answer(request, stage.id, answer)
        return Answered(answer.text, answer.request, bool(kept))

    running.answers[stage.id] = Answering(work, about.id, variant, backend)
    return to(here)


def stop_asking(request: Request, form: FormData) -> Response:
    """Stop the question that is being answered; what is typed stays."""
    stage = _kept_typed(request, form)
    under_way = request.app.state.running.answers.get(stage.id)
    if under_way is not None:
        under_way.stop()
    return to(_here(stage, form))


def rewrite(request: Request, form: FormData) -> Response:
    """Put the rewriting that a critique proposes into the prompt as typed; nothing is run."""
    stage, text = _kept_typed(request, form), text_of(form, "text", MOST_TYPED)
    number = text_of(form, "critique", 6)
    asked = stage.asked[int(number)] if number.isdecimal() and int(number) < len(stage.asked) else None
    found = trying.rewriting_in(asked.text, text) if asked is not None else None
    if found is None:
        raise ConfigurationError(_("This critique proposes no rewriting that the prompt does not hold already."))
    _kept(request, draft=trying.rewritten(text, found)[:MOST_TYPED], emptied=False)
    said = _("The rewriting is in the prompt, which was not run yet.")
    return noticed(request, _here(stage, form), Notice(said, found.new, good=True))


def events(request: Request) -> Response:
    """One stream: the version being written, and the question being answered."""
    stage, running = stage_of(request), request.app.state.running
    last = running.of(stage.runs[-1]) if stage.runs else None
    return stream(request, [last, running.answers.get(stage.id)], seen(unsigning(stage, last.run) if last else None))


# What it rests on -----------------------------------------------------------------------------------------------------


def _kept(request: Request, **changed: Any) -> Stage:
    """The stage with something of it changed, kept."""
    with request.app.state.running.changing, library.workbench(settings_of(request)) as bench:
        stage = bench.stage(request.path_params["stage"]).model_copy(update=changed)
        bench.keep_stage(stage)
        return stage


def _kept_typed(request: Request, form: FormData) -> Stage:
    """Keep what a form of the stage holds: the prompt as it is typed, and who is chosen."""
    chosen = Choices(backends=tuple(texts_of(form, "backend")), other=text_of(form, "other"))
    text = text_of(form, "text", MOST_TYPED)
    return _kept(request, draft=text, emptied=not text, choices=chosen)


def _here(stage: Stage, form: FormData) -> str:
    """Return the address of the version that a form was on, with what is being typed."""
    number = number_of(text_of(form, "version", 10), len(stage.runs))
    return f"/stages/{stage.id}" + (f"?v={number}&draft=1" if stage.runs and number < len(stage.runs) else "")


def _version(request: Request, stage: Stage, version: str) -> Run:
    if not stage.runs:
        raise ConfigurationError(_("Nothing was run on this stage yet."))
    return library.read_run(stage.runs[number_of(version, len(stage.runs)) - 1], settings=settings_of(request))


def _asked_of(form: FormData) -> list[str]:
    """Who writes the next version."""
    typed = [line.strip() for line in text_of(form, "other").splitlines() if line.strip()]
    names = [*texts_of(form, "backend"), *typed]
    if not names:
        raise ConfigurationError(
            _("Nobody was chosen to write."), _("Choose at least one model: extracts read no prompt.")
        )
    return names


def _keep_answer(request: Request, stage_id: str, answer: Asked) -> None:
    with request.app.state.running.changing, library.workbench(settings_of(request)) as bench:
        stage = bench.stage(stage_id)
        same = [known for known in stage.asked if known == answer or _same_question(known, answer)]
        others = tuple(known for known in stage.asked if known not in same)
        bench.keep_stage(stage.model_copy(update={"asked": (*others, same[-1] if same else answer)}))


def _same_question(one: Asked, other: Asked) -> bool:
    """Return whether two answers are to the same question, about the same version: the second was not asked again."""
    return bool(one.request) and (one.request, one.of) == (other.request, other.of)

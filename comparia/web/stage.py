"""The stage: a prompt edited and run before a room, version after version, beside what each one changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from comparia import comparing, library, privacy, trying
from comparia.errors import ConfigurationError
from comparia.messages import gettext as _
from comparia.prompts import as_text, written
from comparia.prompts.checklist import checklist
from comparia.records import Asked, Prompt, Run, Stage
from comparia.reports import html, wording
from comparia.web.drafts import DEFAULT_PROMPTS, SETS, offered_backends
from comparia.web.pages import page, run_of, settings_of, text_of, texts_of, to
from comparia.web.running import Answering, stream

MOST_COLUMNS = 4
"""Recaps side by side that can still be read from the back of a room."""


def begin(request: Request) -> Response:
    """Open a stage on a run, which is its first version."""
    return to(f"/stages/{library.open_stage(run_of(request), settings=settings_of(request)).id}")


def show(request: Request) -> Response:
    """The prompt, the recaps of one version, and all that changed."""
    return _shown(request)


def check(request: Request, form: FormData) -> Response:
    """The same with the prompt as it is being typed, and its checklist."""
    return _shown(request, typed=text_of(form, "text", 50_000), form=form)


def run(request: Request, form: FormData) -> Response:
    """Run the prompt as a new version; a second click runs nothing."""
    settings, running = settings_of(request), request.app.state.running
    with running.sending:
        stage = _stage(request)
        if text_of(form, "known") != str(len(stage.runs)):
            return to(f"/stages/{stage.id}")
        base = _base(request, stage)
        foil = text_of(form, "foil", 200) if text_of(form, "action") == "foil" else ""
        number = len(stage.runs) + 1
        if foil:
            if foil not in _known_prompts():
                raise ConfigurationError(_("Choose a prompt first."))
            prompt = _known_prompts()[foil]
        else:
            text = text_of(form, "text", 50_000)
            if not text:
                raise ConfigurationError(_("The prompt is empty."))
            prompt = written(
                text, base.transcript.language, name=_("version {n}").format(n=number), version=str(number)
            )
        planned = library.prepare(
            base.transcript,
            (prompt,),
            _asked_of(request, stage, prompt, form),
            reference=base.reference,
            policy=base.policy,
            hiding=library.hiding_by(settings),
            settings=settings,
        )
        if len(planned.plan.cells) > MOST_COLUMNS:
            raise ConfigurationError(
                _("{n} recaps are more than a room can read at once ({most}).").format(
                    n=len(planned.plan.cells), most=MOST_COLUMNS
                )
            )
        comparing.check_keys(planned)
        store = library.open_store(settings)
        try:
            store.start(planned)
            store.workbench.keep_stage(stage.model_copy(update={"runs": (*stage.runs, planned.id)}))
        finally:
            store.close()
        running.begin(planned)
    return to(f"/stages/{stage.id}")


def ask(request: Request, form: FormData) -> Response:
    """Put a question about the prompt, or about a recap; its answer streams beside."""
    settings, running = settings_of(request), request.app.state.running
    stage = _stage(request)
    variant = text_of(form, "challenge", 80)
    kind: trying.Kind = "challenge" if variant else "critique"
    version = text_of(form, "version", 10)
    here = f"/stages/{stage.id}" + (f"?v={version}" if version.isdecimal() else "")
    under_way = running.answers.get(stage.id)
    if under_way is not None and not under_way.ended:
        return to(here)
    about = _version(request, stage, version)
    backend = text_of(form, "whom", 300)
    text = "" if variant else text_of(form, "text", 50_000)
    if stage.recorded:
        found = _recorded_answer(stage, about, kind, variant)
        _keep_answer(request, stage.id, found.model_copy(update={"of": about.id}))
        return to(here)

    def work(on_delta: Callable[[str], None]) -> str:
        answer = library.ask_about(
            kind, about, backend, variant=variant, text=text, on_delta=on_delta, settings=settings
        )
        _keep_answer(request, stage.id, answer)
        return answer.text

    running.answers[stage.id] = Answering(work)
    return to(here)


def events(request: Request) -> Response:
    """One stream: the version being written, and the question being answered."""
    stage, running = _stage(request), request.app.state.running
    last = running.of(stage.runs[-1]) if stage.runs else None
    return stream(request, [last, running.answers.get(stage.id)])


# What is shown --------------------------------------------------------------------------------------------------------


def _shown(request: Request, typed: str = "", form: FormData | None = None) -> Response:
    settings, running = settings_of(request), request.app.state.running
    # What is under way is looked at before what is kept: what ends meanwhile is then in both, never in neither.
    answering = running.answers.get(request.path_params["stage"])
    answering = answering if answering is not None and (not answering.ended or answering.error) else None
    under_way = {name: running.of(name) for name in running.live()}
    stage = _stage(request)
    runs = [library.read_run(name, settings=settings) for name in stage.runs]
    chosen = request.query_params.get("v", "") or (text_of(form, "version", 10) if form else "")
    number = int(chosen) if chosen.isdecimal() and 0 < int(chosen[:6]) <= len(runs) else len(runs)
    current = runs[number - 1] if runs else None
    base = current or _base(request, stage)
    live = under_way.get(current.id) if current is not None else None
    prompt = _next_prompt(request, stage, current, "v" in request.query_params, request.query_params.get("from", ""))
    text = typed or (as_text(prompt) if prompt else "")
    language = base.transcript.language
    offered = [
        item for item in offered_backends(settings) if item["ready"] and not item["name"].startswith("extractive")
    ]
    used = [b.name for b in base.backends if b.reads_prompts]
    own = texts_of(form, "backend") if form else used
    if not stage.recorded:
        known = {item["name"] for item in offered}
        offered += [
            {"name": b.name, "label": base.backend_label(b.name), "zone": b.zone}
            for b in base.backends
            if b.reads_prompts and b.name not in known
        ]
    context: dict[str, Any] = {
        "stage": stage,
        "run": base,
        "current": current,
        "shown_version": number,
        "text": text,
        "checks": _checks(text, language),
        "offered": offered,
        "used": own,
        "other": text_of(form, "other") if form else "",
        "zones": privacy.zone_names(),
        "foils": [(f"baselines/{p.file}", p.name) for p in library.load_prompt_set("baselines")],
        "starts": [(name, p.name) for name, p in _known_prompts().items() if p.language == language],
        "live": live,
        "cells": [(cell, live.shown(cell.variant)) for cell in live.run.plan.cells if cell.variant in live.cells]
        if live
        else [],
        "answering": answering,
        "columns": wording.shown(current)[:MOST_COLUMNS] if current and not live else [],
        "failed": [v for v in current.variants if v.failure] if current and not live else [],
        "coverage": {s.variants[0]: s for s in current.scores if s.metric == "key_point_coverage"} if current else {},
        "minority": {s.variants[0]: s for s in current.scores if s.metric == "minority_retention"} if current else {},
        "answers": [a for a in reversed(stage.asked) if current and a.of == current.id],
        "timeline": _timeline([run for run in runs if run.id not in under_way]),
        "markdown": html.markdown,
        "next_recorded": len(stage.runs) + 1 if stage.recorded and len(stage.runs) < len(stage.recorded) else 0,
    }
    return page(request, "stage.html", context)


def _timeline(runs: list[Run]) -> list[dict[str, Any]]:
    """Every version, the latest first, with what it changed of the one before."""
    found = []
    for n, run in enumerate(runs):
        told = trying.changes(runs[n - 1], run) if n else []
        before = runs[n - 1] if n else None
        prompt = trying.prompt_of(run)
        pieces = trying.prompt_changes(trying.prompt_of(before), prompt) if before and prompt else []
        found.append(
            {
                "number": n + 1,
                "run": run,
                "name": prompt.name if prompt and prompt.file else "",
                "pieces": trying.shortened(pieces),
                "changes": told,
                "measured": any(change.before and change.after for change in told),
                "words": [(run.label(v), v.words) for v in wording.shown(run)],
            }
        )
    return list(reversed(found))


def _checks(text: str, language: str) -> list[Any]:
    if not text.strip():
        return []
    from comparia.errors import PromptError

    try:
        return checklist(written(text, "fr" if language == "fr" else "en", name="typed"))
    except PromptError:  # said when it is run, with its line
        prompt = Prompt(id="", name="", language="fr" if language == "fr" else "en", steps=(text,))
        return checklist(prompt)


def _next_prompt(request: Request, stage: Stage, current: Run | None, asked: bool, start: str) -> Prompt | None:
    """What the editor holds: the version gone back to, a shipped prompt, the next recorded one, or the last one run."""
    if start in _known_prompts():
        return _known_prompts()[start]
    if stage.recorded and not asked and len(stage.runs) < len(stage.recorded):
        return trying.prompt_of(library.read_run(stage.recorded[len(stage.runs)], settings=settings_of(request)))
    found = trying.prompt_of(current) if current is not None else None
    if found is None and current is not None:
        return library.load_prompt_set(DEFAULT_PROMPTS[current.transcript.language])[0]
    return found


# What it rests on -----------------------------------------------------------------------------------------------------


def _stage(request: Request) -> Stage:
    with library.workbench(settings_of(request)) as bench:
        return bench.stage(request.path_params["stage"])


def _base(request: Request, stage: Stage) -> Run:
    """The run whose session, key points and policy hold for the next version."""
    return library.read_run((*stage.recorded[:1], *stage.runs)[-1], settings=settings_of(request))


def _version(request: Request, stage: Stage, version: str) -> Run:
    number = int(version) if version.isdecimal() and 0 < int(version[:6]) <= len(stage.runs) else len(stage.runs)
    if not number:
        raise ConfigurationError(_("Nothing was run on this stage yet."))
    return library.read_run(stage.runs[number - 1], settings=settings_of(request))


def _known_prompts() -> dict[str, Prompt]:
    return {f"{name}/{prompt.file}": prompt for name in SETS for prompt in library.load_prompt_set(name)}


def _asked_of(request: Request, stage: Stage, prompt: Prompt, form: FormData) -> list[str]:
    """Who writes the next version: those chosen, or, on a stage that is replayed, those that were recorded."""
    if stage.recorded:
        recorded = [library.read_run(name, settings=settings_of(request)) for name in stage.recorded]
        found = next((run for run in recorded if prompt.id in {p.id for p in run.prompts}), None)
        if found is None:
            raise ConfigurationError(
                _("This prompt is not in the recording, and a recording answers only what it was asked."),
                _("Take the next recorded version, or open a stage with a model that answers."),
            )
        return [f"replay:{found.id}"]
    typed = [line.strip() for line in text_of(form, "other").splitlines() if line.strip()]
    names = [*texts_of(form, "backend"), *typed]
    if not names:
        raise ConfigurationError(_("No backend was named."), _("Choose at least one model: extracts read no prompt."))
    return names


def _recorded_answer(stage: Stage, about: Run, kind: trying.Kind, variant: str) -> Asked:
    played = {b.name.removeprefix("replay:").partition("/")[0] for b in about.backends if b.kind == "replay"}
    chosen = next((v for v in about.variants if v.id == variant), None)
    for asked in stage.asked:
        same = not chosen or asked.variant == chosen.id
        if asked.kind == kind and asked.of in played and same:
            return asked
    raise ConfigurationError(_("This question is not in the recording."))


def _keep_answer(request: Request, stage_id: str, answer: Asked) -> None:
    with request.app.state.running.sending, library.workbench(settings_of(request)) as bench:
        stage = bench.stage(stage_id)
        if answer not in stage.asked:
            bench.keep_stage(stage.model_copy(update={"asked": (*stage.asked, answer)}))

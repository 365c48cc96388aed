"""The stage: a prompt edited and run before a room, version after version, beside what each one changed."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, TypeVar

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from comparia import comparing, judging, library, privacy, trying
from comparia.errors import CompariaError, ConfigurationError, PromptError
from comparia.messages import gettext as _
from comparia.prompts import as_text, written
from comparia.prompts.checklist import checklist
from comparia.records import Asked, Prompt, Run, Score, Stage
from comparia.reports import html, wording
from comparia.web.drafts import DEFAULT_PROMPTS, SETS, offered_backends
from comparia.web.pages import page, run_of, settings_of, text_of, texts_of, to
from comparia.web.running import Answering, Running, stream

MOST_TYPED = 50_000
"""Characters of a prompt."""

MOST_COLUMNS = 4
"""Recaps side by side that can still be read from the back of a room."""


def begin(request: Request) -> Response:
    """Open a stage on a run, which is its first version."""
    return to(f"/stages/{library.open_stage(run_of(request), settings=settings_of(request)).id}")


def show(request: Request) -> Response:
    """The prompt, the recaps of one version, and all that changed."""
    return _shown(request)


def check(request: Request, form: FormData) -> Response:
    """The checklist of the prompt as it is being typed, which is kept; alone for a script, in the whole page otherwise."""
    typed = text_of(form, "text", MOST_TYPED)
    stage = _kept(request, draft=typed)
    if form.get("part"):
        base = _base(request, stage)
        return page(request, "checklist.html", {"checks": _checks(typed, base.transcript.language)})
    return _shown(request, typed=typed, form=form)


def run(request: Request, form: FormData) -> Response:
    """Run the prompt as a new version; a second click, or another tab, runs nothing and loses nothing that was typed."""
    running = request.app.state.running
    with running.sending:
        stage = _stage(request)
        if text_of(form, "known") != str(len(stage.runs)):
            last = trying.prompt_of(_base(request, stage))
            if (
                text_of(form, "action") != "foil"
                and last is not None
                and _same(as_text(last), text_of(form, "text", MOST_TYPED))
            ):
                return to(f"/stages/{stage.id}")  # the same click twice
            said = _("Another version was run meanwhile. What you typed is still here: run it if you still wish to.")
            return _shown(request, typed=text_of(form, "text", MOST_TYPED), form=form, said=said)
        try:
            planned = _planned(request, stage, form)
            comparing.check_keys(planned)
        except CompariaError as error:
            return _shown(request, typed=text_of(form, "text", MOST_TYPED), form=form, said=str(error), status=400)
        store = library.open_store(settings_of(request))
        try:
            store.start(planned)
            foiled = text_of(form, "action") == "foil"
            kept = {"runs": (*stage.runs, planned.id), "draft": text_of(form, "text", MOST_TYPED) if foiled else ""}
            store.workbench.keep_stage(stage.model_copy(update=kept))
        finally:
            store.close()
        running.begin(planned)
    return to(f"/stages/{stage.id}")


def _planned(request: Request, stage: Stage, form: FormData) -> Run:
    """The next version: the prompt as typed, or the habit of another tool.

    Raises:
        CompariaError: a prompt with a fault, nobody to write, a zone beyond the policy.
    """
    base, settings = _base(request, stage), settings_of(request)
    number, text = len(stage.runs) + 1, text_of(form, "text", MOST_TYPED)
    backends: list[str]
    if text_of(form, "action") == "foil":
        name = text_of(form, "foil", 200)
        if name not in _known_prompts():
            raise ConfigurationError(_("Choose a prompt first."))
        prompt, backends = _known_prompts()[name], _asked_of(form)
    elif stage.recorded:
        prompt, backends = _recorded_as(request, stage, text)
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
    """Hide who writes what, and the scores, from those who look at the stage; or show them again. What is typed stays."""
    stage = _stage(request)
    _kept(request, hidden=not stage.hidden, draft=text_of(form, "text", MOST_TYPED) or stage.draft)
    return to(f"/stages/{stage.id}")


def stop(request: Request) -> Response:
    """Stop writing the last version; what has arrived is kept, and the stage stays where it is."""
    stage = _stage(request)
    running = request.app.state.running.of(stage.runs[-1]) if stage.runs else None
    if running is not None:
        running.stop()
        running.join(5.0)
    return to(f"/stages/{stage.id}")


def resume(request: Request, form: FormData) -> Response:
    """Ask again for what a version lacks."""
    stage = _stage(request)
    about = _version(request, stage, text_of(form, "version", 10))
    comparing.check_keys(about)
    request.app.state.running.begin(about)
    return to(f"/stages/{stage.id}?v={stage.runs.index(about.id) + 1}")


def ask(request: Request, form: FormData) -> Response:
    """Put a question about the prompt as typed, or about a recap; its answer streams beside, and what is typed stays."""
    settings, running = settings_of(request), request.app.state.running
    text, variant = text_of(form, "text", MOST_TYPED), text_of(form, "challenge", 80)
    stage = _kept(request, draft=text)
    kind: trying.Kind = "challenge" if variant else "critique"
    under_way = running.answers.get(stage.id)
    if under_way is not None and not under_way.ended:
        return to(f"/stages/{stage.id}")
    try:
        about = _version(request, stage, text_of(form, "version", 10))
        if stage.recorded:
            found = _recorded_answer(stage, about, kind, variant)
            _keep_answer(request, stage.id, found.model_copy(update={"of": about.id}))
    except CompariaError as error:
        return _shown(request, typed=text, form=form, said=str(error), status=400)
    here = f"/stages/{stage.id}" + (
        f"?v={stage.runs.index(about.id) + 1}&draft=1" if about.id != stage.runs[-1] else ""
    )
    if stage.recorded:
        return to(here)
    backend = text_of(form, "whom", 300)

    def work(on_delta: Callable[[str], None]) -> str:
        asked = "" if variant else text
        answer = library.ask_about(
            kind, about, backend, variant=variant, text=asked, on_delta=on_delta, settings=settings
        )
        _keep_answer(request, stage.id, answer)
        return answer.text

    running.answers[stage.id] = Answering(work)
    return to(here)


def events(request: Request) -> Response:
    """One stream: the version being written, and the question being answered."""
    stage, running = _stage(request), request.app.state.running
    last = running.of(stage.runs[-1]) if stage.runs else None
    return stream(
        request, [last, running.answers.get(stage.id)], _seen(stage, last.run) if last else lambda shown: shown
    )


# What is shown --------------------------------------------------------------------------------------------------------


def _shown(
    request: Request, typed: str | None = None, form: FormData | None = None, said: str = "", status: int = 200
) -> Response:
    settings, running = settings_of(request), request.app.state.running
    # What is under way is looked at before what is kept: what ends meanwhile is then in both, never in neither.
    answering = running.answers.get(request.path_params["stage"])
    answering = answering if answering is not None and (not answering.ended or answering.error) else None
    under_way = {name: running.of(name) for name in running.live()}
    stage = _stage(request)
    runs = [library.read_run(name, settings=settings) for name in stage.runs]
    chosen = request.query_params.get("v", "") or (text_of(form, "version", 10) if form else "")
    number = _number(chosen, len(runs))
    current = runs[number - 1] if runs else None
    base = current or _base(request, stage)
    live = under_way.get(current.id) if current is not None else None
    gone_back = "v" in request.query_params and "draft" not in request.query_params
    start = request.query_params.get("from", "")
    prompt = _next_prompt(request, stage, current, gone_back, start)
    text = typed if typed is not None else as_text(prompt) if prompt else ""
    if stage.draft and typed is None and not gone_back and not start:
        text = stage.draft
    told = [run for run in runs if run.id not in under_way]
    seen = _seen(stage, base)
    unsign = judging.unsigning(base) if stage.hidden else str
    offered, used = _offered(request, [*runs, base], base, stage)
    context: dict[str, Any] = {
        "stage": stage,
        "run": base,
        "current": current,
        "shown_version": number,
        "said": said,
        "text": text,
        "unsent": stage.draft if (gone_back or start) and not _same(stage.draft, text) else "",
        "checks": _checks(text, base.transcript.language),
        "offered": offered,
        "used": texts_of(form, "backend") if form else used,
        "other": text_of(form, "other") if form else "",
        "zones": privacy.zone_names(),
        "foils": _foils(base.transcript.language),
        "starts": [(name, p.name) for name, p in _known_prompts().items() if p.language == base.transcript.language],
        "live": live,
        "cells": _shuffled(stage, base, [(cell, seen(shown)) for cell, shown in _cells(live)]),
        "answer_shown": seen(answering.shown(answering.CELL)) if answering else None,
        "unsigned": unsign,
        "answering": answering,
        "columns": _shuffled(stage, base, wording.shown(current)[:MOST_COLUMNS]) if current and not live else [],
        "missing": _missing(current) if current and not live else [],
        "coverage": _scores_of(current, "key_point_coverage"),
        "minority": _scores_of(current, "minority_retention"),
        "moved": _moved(runs, number) if not live and not stage.hidden else {},
        "answers": [a for a in reversed(stage.asked) if current and a.of == current.id],
        "timeline": [] if stage.hidden else _timeline(told),
        "compared": _beside(runs, number, request.query_params.get("with", "")) if not stage.hidden else None,
        "markdown": html.markdown,
        "next_recorded": len(stage.runs) + 1 if _next_recorded(stage) is not None else 0,
    }
    return page(request, "stage.html", context, status=status)


def _seen(stage: Stage, run: Run) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """What is shown of a cell: while names are hidden, none is in its text, nor in what a server says of itself."""
    if not stage.hidden:
        return lambda shown: shown
    unsign = judging.unsigning(run)

    def hidden(shown: dict[str, Any]) -> dict[str, Any]:
        changed = dict(shown)
        if "text" in shown:
            changed["text"] = unsign(shown["text"])
        if "html" in shown:
            changed["html"] = html.markdown(unsign(shown["source"]))
        if shown["note"]:
            changed["note"] = _("It did not answer.") if shown["state"] == "failed" else _("It is asked again.")
        return changed

    return hidden


def _offered(request: Request, runs: list[Run], base: Run, stage: Stage) -> tuple[list[dict[str, Any]], list[str]]:
    """Models that can be asked, those of every version among them, and those that the version shown asked."""
    if stage.recorded:
        return [], []
    known = [item for item in offered_backends(settings_of(request)) if item["ready"]]
    found = {item["name"]: item for item in known if not item["name"].startswith("extractive")}
    for run in runs:
        for backend in run.backends:
            if backend.reads_prompts:
                label = {"name": backend.name, "label": run.backend_label(backend.name), "zone": backend.zone}
                found.setdefault(backend.name, label)
    return list(found.values()), [b.name for b in base.backends if b.reads_prompts]


def _cells(live: Running | None) -> list[tuple[Any, dict[str, Any]]]:
    if live is None:
        return []
    return [(cell, live.shown(cell.variant)) for cell in live.run.plan.cells if cell.variant in live.cells]


def _missing(run: Run) -> list[tuple[str, str]]:
    """Who has not written, and why."""
    by_id = {variant.id: variant for variant in run.variants}
    found = []
    for cell in run.plan.cells:
        variant = by_id.get(cell.variant)
        if variant is None:
            found.append((run.backend_label(cell.backend), _("stopped before it was written")))
        elif variant.failure is not None:
            found.append((run.backend_label(cell.backend), f"{variant.failure.message} {variant.failure.cure}".strip()))
    return found


def _scores_of(run: Run | None, metric: str) -> dict[str, Score]:
    return {s.variants[0]: s for s in run.scores if s.metric == metric} if run else {}


def _moved(runs: list[Run], number: int) -> dict[str, trying.Change]:
    """What the version shown changed of the one before, by recap: told beside it, so that nobody has to look for it."""
    if number < 2:
        return {}
    found = trying.changes(runs[number - 2], runs[number - 1])
    return {change.after.id: change for change in found if change.before and change.after}


def _foils(language: str) -> list[tuple[str, str]]:
    """The habits of other tools, those in the language of the session first."""
    found = sorted(library.load_prompt_set("baselines"), key=lambda prompt: prompt.language != language)
    return [(f"baselines/{p.file}", p.name) for p in found]


T = TypeVar("T")


def _shuffled(stage: Stage, run: Run, columns: list[T]) -> list[T]:
    """The columns of a version, in an order that says nothing while names are hidden; the same at each look."""
    if not stage.hidden:
        return columns
    drawn = list(columns)
    random.Random(f"{stage.id} {run.id}").shuffle(drawn)  # noqa: S311 - hides names from eyes, not from an attacker
    return drawn


def _beside(runs: list[Run], number: int, other: str) -> dict[str, Any] | None:
    """The version shown beside any other."""
    if not other or len(runs) < 2:
        return None
    before = _number(other, len(runs))
    return None if before == number else {**_change(runs[before - 1], runs[number - 1], number), "before": before}


def _timeline(runs: list[Run]) -> list[dict[str, Any]]:
    """Every version, the latest first, with what it changed of the one before."""
    found = [_change(runs[n - 1] if n else None, run, n + 1) for n, run in enumerate(runs)]
    return list(reversed(found))


def _change(before: Run | None, run: Run, number: int) -> dict[str, Any]:
    """A version, and what it changed of an earlier one."""
    prompt, old = trying.prompt_of(run), trying.prompt_of(before) if before else None
    told = trying.changes(before, run) if before else []
    return {
        "number": number,
        "run": run,
        "name": prompt.name if prompt and prompt.file else "",
        "pieces": trying.shortened(trying.prompt_changes(old, prompt)) if before and prompt else [],
        "changes": told,
        "same": bool(old and prompt and _same(as_text(old), as_text(prompt))),
        "measured": any(change.before and change.after for change in told),
        "words": [(run.label(v), v.words) for v in wording.shown(run)],
    }


def _checks(text: str, language: str) -> list[Any]:
    if not text.strip():
        return []
    try:
        return checklist(written(text, "fr" if language == "fr" else "en", name="typed"))
    except PromptError:  # said when it is run, with its line
        prompt = Prompt(id="", name="", language="fr" if language == "fr" else "en", steps=(text,))
        return checklist(prompt)


def _next_prompt(request: Request, stage: Stage, current: Run | None, gone_back: bool, start: str) -> Prompt | None:
    """What the editor holds: the version gone back to, a shipped prompt, the next recorded one, or the last one run."""
    if start in _known_prompts():
        return _known_prompts()[start]
    following = _next_recorded(stage)
    if following is not None and not gone_back:
        return trying.prompt_of(library.read_run(following, settings=settings_of(request)))
    found = trying.prompt_of(current) if current is not None else None
    if found is None and current is not None:
        return library.load_prompt_set(DEFAULT_PROMPTS[current.transcript.language])[0]
    return found


# What it rests on -----------------------------------------------------------------------------------------------------


def _stage(request: Request) -> Stage:
    with library.workbench(settings_of(request)) as bench:
        return bench.stage(request.path_params["stage"])


def _kept(request: Request, **changed: Any) -> Stage:
    """The stage with something of it changed, kept."""
    with request.app.state.running.sending, library.workbench(settings_of(request)) as bench:
        stage = bench.stage(request.path_params["stage"]).model_copy(update=changed)
        bench.keep_stage(stage)
        return stage


def _base(request: Request, stage: Stage) -> Run:
    """The run whose session, key points and policy hold for the next version."""
    return library.read_run((*stage.recorded[:1], *stage.runs)[-1], settings=settings_of(request))


def _number(version: str, most: int) -> int:
    """A version as its address names it, the last one where it names none that is there."""
    number = int(version) if version.isdecimal() and len(version) < 6 else 0
    return number if 0 < number <= most else most


def _version(request: Request, stage: Stage, version: str) -> Run:
    if not stage.runs:
        raise ConfigurationError(_("Nothing was run on this stage yet."))
    return library.read_run(stage.runs[_number(version, len(stage.runs)) - 1], settings=settings_of(request))


def _next_recorded(stage: Stage) -> str | None:
    """The recorded run that is played next."""
    played = len(stage.runs) - stage.given
    return stage.recorded[played] if played < len(stage.recorded) else None


def _same(a: str, b: str) -> bool:
    return a.split() == b.split()


def _known_prompts() -> dict[str, Prompt]:
    return {f"{name}/{prompt.file}": prompt for name in SETS for prompt in library.load_prompt_set(name)}


def _asked_of(form: FormData) -> list[str]:
    """Who writes the next version."""
    typed = [line.strip() for line in text_of(form, "other").splitlines() if line.strip()]
    names = [*texts_of(form, "backend"), *typed]
    if not names:
        raise ConfigurationError(_("No backend was named."), _("Choose at least one model: extracts read no prompt."))
    return names


def _recorded_as(request: Request, stage: Stage, text: str) -> tuple[Prompt, list[str]]:
    """The recorded prompt that reads as what was typed, and who answered it then."""
    for name in (_next_recorded(stage), *stage.recorded):
        if name is None:
            continue
        run = library.read_run(name, settings=settings_of(request))
        prompt = next((p for p in run.prompts if _same(as_text(p), text) or _same(as_text(p), _completed(text))), None)
        if prompt is not None:
            return prompt, [f"replay:{run.id}"]
    raise ConfigurationError(
        _("This prompt is not in the recording, and a recording answers only what it was asked."),
        _("Take the next recorded version, or open a stage with a model that answers."),
    )


def _completed(text: str) -> str:
    return f"{text}\n\n{{{{ transcript }}}}"


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

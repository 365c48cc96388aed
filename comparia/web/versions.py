"""What the stage shows: the prompt being typed, the recaps of one version, and what every version changed."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, NamedTuple

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from comparia import library, trying, voting
from comparia.config import Settings, zone_names
from comparia.errors import PromptError
from comparia.library.offers import Offer, offers
from comparia.messages import duration, ngettext
from comparia.messages import gettext as _
from comparia.messages import number as written_number
from comparia.prompts import DEFAULT_SETS, as_text, written
from comparia.prompts.checklist import Check, checklist
from comparia.records import Cell, Prompt, Run, Score, Stage, Turn, Variant, Zone, content_id
from comparia.reports import html, wording
from comparia.reports.marking import Lit, lit
from comparia.reports.readings import COVERAGE, MINORITY
from comparia.reports.wording.labels import backend_label, recap_label
from comparia.text.sentences import sentences
from comparia.web.pages import page, settings_of
from comparia.web.questions import Panel, excerpt, panels
from comparia.web.running import Running
from comparia.web.samples import link_of_stage

MOST_COLUMNS = 4
"""Recaps side by side that can still be read from the back of a room."""

PLACE_OF_SESSION = "{{ transcript }}"
"""Where the session is put in a prompt: the room is not shown it."""


def stage_of(request: Request) -> Stage:
    """The stage that an address names. Raises UnknownName."""
    with library.workbench(settings_of(request)) as bench:
        return bench.stage(request.path_params["stage"])


def base_of(request: Request, stage: Stage) -> Run:
    """The run whose session, key points and policy hold for the next version."""
    known = (*stage.recorded[:1], *stage.rehearsed[-1:], *stage.runs)
    return library.read_run(known[-1], settings=settings_of(request))


def recorded_runs(request: Request, stage: Stage) -> list[Run]:
    """The recorded runs that a stage plays, in order."""
    return [library.read_run(run, settings=settings_of(request)) for run in stage.recorded]


def number_of(version: str, most: int) -> int:
    """A version as its address names it, the last one where it names none that is there."""
    number = int(version) if version.isdecimal() and len(version) < 6 else 0
    return number if 0 < number <= most else most


REHEARSED = "rehearsed-"
"""How the address of a stage begins the name of a version of its rehearsal."""


class Ballotable(NamedTuple):
    """A recap of a version that can be put to the vote."""

    name: str
    """Its run and its id."""
    version: int
    """Number of its version."""
    place: int
    """Its number there, drawn while names are hidden."""
    label: str
    """Who wrote it."""
    chosen: bool
    """Whether it is ticked at first."""


@dataclass(frozen=True)
class StagePage:
    """Everything the page of a stage shows."""

    stage: Stage
    """The stage."""
    run: Run
    """The run whose session is worked on: the version shown, or the one before any."""
    current: Run | None
    """The version shown."""
    shown_version: int
    """Its number."""
    text: str
    """The prompt in the editor."""
    unsent: str
    """A prompt that was being typed and is not in the editor."""
    checks: list[Check]
    """The checklist of the prompt in the editor."""
    offered: list[Offer]
    """Models that can be asked."""
    unready: list[Offer]
    """Models that need something first."""
    used: tuple[str, ...]
    """Those that are ticked."""
    other: str
    """Those typed by hand."""
    zones: Mapping[Zone, str]
    """Names of the zones, for people."""
    foils: list[tuple[str, str]]
    """Habits of other tools: file and name."""
    starts: list[tuple[str, str]]
    """Prompts to begin from: file and name."""
    rehearsed: list[tuple[str, str]]
    """Versions of the rehearsal: what its address calls each, and its name."""
    live: Running | None
    """The version being written."""
    cells: list[tuple[int, Cell, dict[str, Any]]]
    """Its columns: the number of each, what it will hold, and what is shown of it."""
    usual: Mapping[str, str]
    """How long each model usually takes, in words, by name; empty while names are hidden."""
    asking: bool
    """Whether a question is being answered."""
    unsigned: Callable[[str], str]
    """Takes the names of models out of a text, where they are hidden."""
    columns: list[tuple[int, Variant]]
    """Recaps of the version shown."""
    halves: list[tuple[int, str, Any]]
    """What recaps that were not written to their end had come to: the number of each, its backend, its text."""
    progress: str
    """How many recaps of the version shown were written; empty while some are."""
    missing: list[tuple[str, str]]
    """Who has not written, and why."""
    coverage: Mapping[str, Score]
    """Key points kept, by recap."""
    minority: Mapping[str, Score]
    """Minority views kept, by recap."""
    moved: Mapping[str, trying.Change]
    """What the version shown changed, by recap."""
    critiques: list[Panel]
    """Critiques of the prompt put on the version shown, the latest first."""
    challenges: Mapping[str, list[Panel]]
    """Challenges of its recaps, by recap, the latest first."""
    excerpt: Callable[[Turn], str]
    """The words of a turn, as many as are shown."""
    timeline: list[dict[str, Any]]
    """Every version, the latest first."""
    compared: dict[str, Any] | None
    """The version shown beside another one."""
    ballotable: list[Ballotable]
    """Recaps that can be put to the vote, of the latest version first."""
    next_recorded: int
    """Number of the version that a recording plays next; 0 for none."""
    audience: bool
    """Whether it is the view of the room: what can be read, and nothing to press."""
    prompt_pieces: list[trying.Piece]
    """The prompt of the version shown, with what it changed of the one before."""
    mark: str
    """What changes when something else is to be shown."""
    link: str
    """Address of the stage, for a slide."""
    left: int | None
    """Seconds that are left to read; None where no time is given."""
    markdown: Callable[[str], Any] = html.markdown
    """Renders a recap."""


def shown(request: Request) -> Response:
    """Return the page of a stage.

    Its address may name a version (`v`), another to put beside it (`with`), a prompt (`from`), and the view of the room
    (`view=audience`), which follows the version that is looked at without it.
    """
    settings, running = settings_of(request), request.app.state.running
    audience = request.query_params.get("view") == "audience"
    # What is under way is looked at before what is kept: what ends meanwhile is then in both, never in neither.
    answering = running.answers.get(request.path_params["stage"])
    asking = answering is not None and not answering.ended
    under_way = {name: running.of(name) for name in running.live()}
    stage = stage_of(request)
    runs = [library.read_run(name, settings=settings) for name in stage.runs]
    number, other = _looked(request, stage, audience=audience)
    current = runs[number - 1] if runs else None
    base = current or base_of(request, stage)
    live = under_way.get(current.id) if current is not None else None
    recorded = trying.next_recorded(stage, recorded_runs(request, stage))
    text, unsent = _text_of(request, stage, current, recorded[1] if recorded else _rehearsed(request, stage))
    unsign = unsigning(stage, base)
    veiled = seen(unsign)
    offered, unready, used = _offered(request, [*runs, base], base, stage)
    done = current if current is not None and not live else None
    language = base.transcript.language
    numbers = _numbers(stage, base)
    asked = panels(stage, current, answering, text, veiled, unsign or str, linked=not audience) if current else {}
    view = StagePage(
        stage=stage,
        run=base,
        current=current,
        shown_version=number,
        text=text,
        unsent=unsent,
        checks=checks_of(text, language),
        offered=offered,
        unready=unready,
        used=stage.choices.backends if stage.choices else used,
        other=stage.choices.other if stage.choices else "",
        zones=zone_names(),
        foils=_foils(language),
        rehearsed=[(f"{REHEARSED}{n}", _("Version %(n)s") % {"n": n}) for n in range(1, len(stage.rehearsed) + 1)],
        starts=[(name, p.name) for name, p in library.shipped_prompts().items() if p.language == language],
        live=live,
        cells=sorted(((numbers[cell.variant], cell, veiled(told)) for cell, told in _cells(live)), key=itemgetter(0)),
        asking=asking,
        unsigned=unsign or str,
        columns=sorted(((numbers[v.id], v) for v in wording.shown(done)[:MOST_COLUMNS]), key=itemgetter(0))
        if done
        else [],
        usual=_usual(settings) if live and not stage.hidden else {},
        halves=_halves(done, running.of(done.id), numbers, unsign or str) if done else [],
        progress=_progress(done) if done else "",
        missing=_missing(done) if done else [],
        coverage=_scores_of(current, COVERAGE),
        minority=_scores_of(current, MINORITY),
        moved=_moved(runs, number) if not live and not stage.hidden else {},
        critiques=asked.pop("", []),
        challenges=asked,
        excerpt=excerpt,
        timeline=[] if stage.hidden else _timeline([run for run in runs if run.id not in under_way]),
        compared=_beside(runs, number, other) if not stage.hidden else None,
        ballotable=_ballotable(stage, [run for run in runs if run.id not in under_way], number),
        next_recorded=len(stage.runs) + 1 if recorded is not None else 0,
        audience=audience,
        prompt_pieces=_prompt_pieces(runs, number),
        mark=mark_of(request, stage),
        link=link_of_stage(request, stage, base_of(request, stage)),
        left=running.left(stage.id),
    )
    return page(request, "stage.html", view)


def _looked(request: Request, stage: Stage, *, audience: bool) -> tuple[int, int]:
    """Return the version that is looked at, and the one beside it (0 for none); the room sees what the trainer does."""
    looked, most = request.app.state.running.looked, len(stage.runs)
    if audience:
        number, other = looked.get(stage.id, (most, 0))
        return min(number, most), min(other, most)
    number = number_of(request.query_params.get("v", ""), most)
    named = request.query_params.get("with", "")
    other = number_of(named, most) if named else 0
    looked[stage.id] = number, other
    return number, other


def mark_of(request: Request, stage: Stage) -> str:
    """Return what changes when something else is to be shown of a stage than a page shows."""
    running = request.app.state.running
    question = running.answers.get(stage.id)
    live = [run for run in stage.runs if run in running.live()]
    asked = [id(question), question.ended] if question is not None else []
    shown = [stage.runs, stage.hidden, len(stage.asked), running.looked.get(stage.id), live, asked]
    return content_id("mk", shown)


def _text_of(request: Request, stage: Stage, current: Run | None, following: Prompt | None) -> tuple[str, str]:
    """Return the prompt in the editor, and the one that was being typed where it is not that one."""
    gone_back = "v" in request.query_params and "draft" not in request.query_params
    start = request.query_params.get("from", "")
    if (stage.draft or stage.emptied) and not gone_back and not start:
        return stage.draft, ""
    prompt = _next_prompt(request, stage, current, None if gone_back else following, start)
    text = as_text(prompt) if prompt else ""
    put_aside = bool(gone_back or start) and not trying.same_words(stage.draft, text)
    return text, stage.draft if put_aside else ""


def unsigning(stage: Stage, run: Run) -> Callable[[str], str] | None:
    """What takes the names of who writes out of a text; None where the stage hides nothing."""
    return voting.unsigning(run) if stage.hidden else None


def seen(unsign: Callable[[str], str] | None) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """What is shown of a cell: while names are hidden, none is in its text, nor in what a server says of itself."""
    if unsign is None:
        return lambda shown: shown

    def hidden(shown: dict[str, Any]) -> dict[str, Any]:
        changed = dict(shown)
        if "text" in shown:
            changed["text"] = unsign(shown["text"])
        if "html" in shown:
            changed["html"] = html.markdown(unsign(shown["source"]))
        if shown["note"]:
            said = {"failed": _("It did not answer."), "stopped": _("It was stopped.")}
            changed["note"] = said.get(shown["state"], _("It is asked again."))
        return changed

    return hidden


def _offered(
    request: Request, runs: list[Run], base: Run, stage: Stage
) -> tuple[list[Offer], list[Offer], tuple[str, ...]]:
    """Return models that can be asked, those of every version included; those that lack something; those last asked."""
    if stage.recorded:
        return [], [], ()
    writers = [offer for offer in offers(settings_of(request)) if offer.writes]
    found = {offer.name: offer for offer in writers if offer.ready}
    for run in runs:
        for backend in run.backends:
            if backend.reads_prompts:
                label = backend_label(backend.name)
                found.setdefault(backend.name, Offer(backend.name, label, backend.zone, writes=True))
    unready = [offer for offer in writers if offer.name not in found]
    return list(found.values()), unready, tuple(b.name for b in base.backends if b.reads_prompts)


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
            found.append((backend_label(cell.backend), _("stopped before it was written")))
        elif variant.failure is not None:
            found.append((backend_label(cell.backend), wording.failure_sentences(variant.failure)))
    return found


def _usual(settings: Settings) -> dict[str, str]:
    said = _("usually {duration}")
    return {
        name: said.format(duration=duration(seconds))
        for name, seconds in library.usual_seconds(settings=settings).items()
    }


def _halves(
    run: Run, running: Running | None, numbers: Mapping[str, int], unsign: Callable[[str], str]
) -> list[tuple[int, str, Any]]:
    """Return what recaps of a version that were not written to their end had come to, as long as this server lives."""
    written = {variant.id for variant in run.variants if variant.summary}
    backends = {cell.variant: cell.backend for cell in run.plan.cells}
    found = running.halves() if running is not None else {}
    halves = [(numbers[v], backends[v], html.markdown(unsign(text))) for v, text in found.items() if v not in written]
    return sorted(halves, key=itemgetter(0))


def _progress(run: Run) -> str:
    """Return how many recaps of a version that has ended were written."""
    written = sum(variant.summary is not None and variant.author != "human" for variant in run.variants)
    of = len(run.plan.cells)
    said = ngettext("{n} of {of} recap written.", "{n} of {of} recaps written.", of)
    return said.format(n=written_number(written), of=written_number(of))


def _prompt_pieces(runs: list[Run], number: int) -> list[trying.Piece]:
    prompt = trying.prompt_of(runs[number - 1]) if number else None
    before = trying.prompt_of(runs[number - 2]) if number > 1 else None
    if prompt is None:
        return []
    whole = [trying.Piece("same", as_text(prompt))]
    pieces = trying.shortened(trying.prompt_changes(before, prompt)) if before else whole
    return [piece._replace(text=piece.text.replace(PLACE_OF_SESSION, "")) for piece in pieces]


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


def _numbers(stage: Stage, run: Run) -> dict[str, int]:
    """Return the number of each recap of a version, drawn while names are hidden.

    It is the same at each look, and when a recap fails.
    """
    planned = [cell.variant for cell in run.plan.cells] if run.plan else []
    drawn = list(dict.fromkeys([*planned, *(variant.id for variant in run.variants)]))
    if stage.hidden:
        random.Random(f"{stage.id} {run.id}").shuffle(drawn)  # noqa: S311 - hides names from eyes, not from an attacker
    return {variant: n for n, variant in enumerate(drawn, start=1)}


def _ballotable(stage: Stage, runs: list[Run], shown: int) -> list[Ballotable]:
    """Return every recap of the stage, the latest version first.

    Those of the version shown are ticked; where it has one alone, that of the version before too.
    """
    columns = {
        stage.runs.index(run.id) + 1: (run, _numbers(stage, run), wording.shown(run)[:MOST_COLUMNS]) for run in runs
    }
    ticked = {shown}
    if shown in columns and len(columns[shown][2]) == 1:
        ticked |= {max((number for number in columns if number < shown), default=shown)}
    return [
        Ballotable(f"{run.id}:{v.id}", number, numbers[v.id], backend_label(v.backend), number in ticked)
        for number, (run, numbers, variants) in sorted(columns.items(), reverse=True)
        for v in sorted(variants, key=lambda variant: numbers[variant.id])
    ]


def _beside(runs: list[Run], number: int, before: int) -> dict[str, Any] | None:
    """The version shown beside any other; None beside none."""
    if not before or len(runs) < 2:
        return None
    if before == number:
        return None
    change = _change(runs[before - 1], runs[number - 1], number)
    return {**change, "before": before, "texts": [_side_by_side(n, c) for n, c in enumerate(change["changes"])]}


class SideBySide(NamedTuple):
    """The recaps of one model under two versions, with what was gained and lost lit in place."""

    before: Markup
    """The earlier one, what was lost lit."""
    after: Markup
    """The later one, what was gained lit."""
    anchors: set[str]
    """Ids of the passages that are lit: `g0-` or `l0-`, with the number of the model, and the key point."""


def _side_by_side(number: int, change: trying.Change) -> SideBySide | None:
    """Return the two texts of a change; None where one of them is missing.

    Args:
        number: of the model among those compared.
        change: what it wrote under both versions.
    """
    if change.before is None or change.after is None:
        return None
    lost = [
        Lit(sentence.text, "loss", f"l{number}-{move.point.id}", _("[lost]"))
        for move in change.lost
        for sentence in sentences(move.sentence_before)
    ]
    gained = [
        Lit(sentence.text, "gain", f"g{number}-{move.point.id}", _("[gained]"))
        for move in change.gained
        for sentence in sentences(move.sentence_after)
    ]
    before, lit_before = lit(html.markdown(change.before.summary), lost)
    after, lit_after = lit(html.markdown(change.after.summary), gained)
    return SideBySide(before, after, lit_before | lit_after)


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
        "same": bool(old and prompt and trying.same_words(as_text(old), as_text(prompt))),
        "measured": any(change.before and change.after for change in told),
        "words": [(recap_label(run, v), v.words) for v in wording.shown(run)],
    }


def checks_of(text: str, language: str) -> list[Check]:
    """The checklist of a prompt as it is being typed, one with a fault too; empty for an empty one."""
    if not text.strip():
        return []
    try:
        return checklist(written(text, "fr" if language == "fr" else "en", name="typed"))
    except PromptError:  # said when it is run, with its line
        prompt = Prompt(id="", name="", language="fr" if language == "fr" else "en", steps=(text,))
        return checklist(prompt)


def _rehearsed(request: Request, stage: Stage) -> Prompt | None:
    """Return the prompt of the rehearsal that comes next; None where none does."""
    following = next(iter(stage.rehearsed[len(stage.runs) :]), None)
    if following is None:
        return None
    return trying.prompt_of(library.read_run(following, settings=settings_of(request)))


def _next_prompt(
    request: Request, stage: Stage, current: Run | None, following: Prompt | None, start: str
) -> Prompt | None:
    """Return what the editor holds: a shipped prompt, one of the rehearsal, the one that follows, or the last one run.

    Args:
        request: of the page.
        stage: the stage.
        current: the version shown.
        following: the prompt that is recorded or was rehearsed and comes next; None where a version is gone back to.
        start: what the address says the prompt begins from; empty for nothing.
    """
    if start in library.shipped_prompts():
        return library.shipped_prompts()[start]
    if start.startswith(REHEARSED) and stage.rehearsed:
        number = number_of(start.removeprefix(REHEARSED), len(stage.rehearsed))
        return trying.prompt_of(library.read_run(stage.rehearsed[number - 1], settings=settings_of(request)))
    if following is not None:
        return following
    found = trying.prompt_of(current) if current is not None else None
    if found is None and current is not None:
        return library.load_prompt_set(DEFAULT_SETS[current.transcript.language])[0]
    return found

"""The page of a run: watched while it is written, compared when it is; verdicts settled, points corrected, recaps added."""

from __future__ import annotations

import itertools
import json
from collections.abc import Collection, Iterator
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from comparia import library, references
from comparia.errors import InputError
from comparia.messages import gettext as _
from comparia.metrics import Case, Matcher
from comparia.records import SETTLED, KeyPoint, Quote, Reference, Run, content_id
from comparia.reports import html, wording
from comparia.web.pages import page, settings_of, text_of, texts_of, to


def show(request: Request) -> Response:
    """Columns while the run goes on; the comparison when it has ended."""
    run_id = request.path_params["run"]
    running = request.app.state.running.of(run_id)
    if running is not None and not running.ended:
        cells = [
            (cell, running.shown(cell.variant)) for cell in running.run.plan.cells if cell.variant in running.cells
        ]
        return page(request, "running.html", {"run": running.run, "cells": cells})
    run = library.read_run(run_id, settings=settings_of(request))
    context = html.shown_of(run)
    missing = [cell for cell in run.plan.cells if all(v.id != cell.variant or v.failure for v in run.variants)]
    return page(
        request,
        "comparison.html",
        {
            **context,
            "settling": bool(run.reference),
            "settled_names": {name: wording.verdict_name(name) for name in SETTLED},
            "missing_cells": missing,
            "support": json.dumps(_support(run), ensure_ascii=False).replace("<", "\\u003c"),
            "shares": _shares(run),
            "stopped": running.error if running is not None else "",
        },
    )


def resume(request: Request, form: FormData) -> Response:
    """Ask again for what is missing, or for one variant."""
    run = library.read_run(request.path_params["run"], settings=settings_of(request))
    only = [text_of(form, "variant")] if text_of(form, "variant") else None
    request.app.state.running.begin(run, only=only, fresh=False)
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
    settings, run_id = settings_of(request), request.path_params["run"]
    verdict = text_of(form, "verdict")
    point, variant = text_of(form, "point"), text_of(form, "variant")
    with library.workbench(settings) as bench:
        bench.settle(run_id, point, variant, next((name for name in SETTLED if name == verdict), None))
    library.score(run_id, settings=settings)
    return to(f"/runs/{run_id}#{point}")


def add_recap(request: Request, form: FormData) -> Response:
    """A recap written by hand, pasted: scored beside the others."""
    text = text_of(form, "text", 200_000)
    if not text:
        raise InputError(_("the file holds no text."))
    run = library.import_text(
        request.path_params["run"], text, text_of(form, "author", 80) or _("by hand"), settings=settings_of(request)
    )
    return to(f"/runs/{run.id}#recaps")


def forget(request: Request) -> Response:
    """Remove the texts of a run for good."""
    library.purge(run=request.path_params["run"], settings=settings_of(request))
    return to("/")


# Points of view -------------------------------------------------------------------------------------------------------


def points(request: Request) -> Response:
    """The key points, to be corrected by a person."""
    run = library.read_run(request.path_params["run"], settings=settings_of(request))
    context: dict[str, Any] = {
        "run": run,
        "points": run.reference.key_points if run.reference else (),
        "minority": {p.id: run.reference.is_minority(p) for p in run.reference.key_points} if run.reference else {},
        "turns": [t for t in run.transcript.turns if t.channel != "system"],
        "names_of": lambda point: ", ".join(run.transcript.speaker_name(holder) for holder in point.holders) or "–",
    }
    return page(request, "points.html", context)


def edit_points(request: Request, form: FormData) -> Response:
    """Keep the corrected list as reviewed by a person, and score against it; the earlier one stays in the history."""
    settings = settings_of(request)
    run = library.read_run(request.path_params["run"], settings=settings)
    action = text_of(form, "action")
    if action == "undo":
        earlier = library.earlier_reference(run.id, settings=settings)
        if earlier is not None:
            library.score(run.id, earlier, settings=settings)
        return to(f"/runs/{run.id}/points")
    if action == "file":
        given = form.get("file")
        text = (
            given.file.read().decode("utf-8-sig", "replace") if given is not None and not isinstance(given, str) else ""
        )
        library.score(run.id, references.parse(text, run.transcript, "reference.yaml"), settings=settings)
        return to(f"/runs/{run.id}/points")
    with library.workbench(settings) as bench:
        used = {point for point, _variant in bench.settled(run.id)}
    library.score(run.id, _edited(run, form, used), settings=settings)
    return to(f"/runs/{run.id}/points#saved")


def _edited(run: Run, form: FormData, used: Collection[str]) -> Reference:
    """The reference that a form holds: texts changed, points removed, merged into others, marked, added from turns.

    A new point never takes an id that was `used`: what was settled of another would be said of it.
    """
    old = run.reference
    names = _names({*used, *(point.id for point in (old.key_points if old else ()))})
    kept: dict[str, KeyPoint] = {}
    into: dict[str, str] = {}
    for point in old.key_points if old else ():
        text = " ".join(text_of(form, f"text-{point.id}", 600).split())
        if form.get(f"remove-{point.id}") or not text:
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
    for source, target in into.items():
        if target in kept and source in kept and target != source:
            extra = tuple(q for q in kept[source].said if q not in kept[target].said)
            kept[target] = kept[target].model_copy(update={"said": (*kept[target].said, *extra)})
            del kept[source]
    added = _added(run, form, names)
    found = (*kept.values(), *added)
    base = old or Reference(id="", origin="reviewed", language=run.transcript.language, voices=0, key_points=())
    reviewer = text_of(form, "reviewed_by", 80) or base.reviewed_by
    voices = base.voices or sum(s.kind != "machine" and s.turns > 0 for s in run.transcript.speakers)
    threshold = base.minority_threshold
    identity = [threshold, [p.model_dump(mode="json") for p in found]]
    return base.model_copy(
        update={
            "id": content_id("rf", identity),
            "origin": "reviewed" if reviewer else base.origin,
            "reviewed_by": reviewer,
            "voices": voices,
            "key_points": found,
        }
    )


def _added(run: Run, form: FormData, names: Iterator[str]) -> tuple[KeyPoint, ...]:
    """A new point from the words selected in one or several turns."""
    text = " ".join(text_of(form, "new_text", 600).split())
    numbers = [int(value) for value in texts_of(form, "new_turn") if value.isdigit()]
    turns = {t.number: t for t in run.transcript.turns}
    words = " ".join(text_of(form, "new_words", 2000).split())
    said = tuple(
        Quote(
            turn=n, speaker=turns[n].speaker or "", words=words if words and words in turns[n].text else turns[n].text
        )
        for n in numbers
        if n in turns
    )
    if not text or not said:
        return ()
    return (KeyPoint(id=next(names), text=text, said=said),)


def _names(used: Collection[str]) -> Iterator[str]:
    return (name for number in itertools.count(1) if (name := f"P{number:02d}") not in used)


# What the page lights up ----------------------------------------------------------------------------------------------


def _support(run: Run) -> dict[str, list[dict[str, Any]]]:
    """Each sentence of each recap with the turns that best carry it, and the points it was found for."""
    case = Case(
        run.transcript, tuple(v for v in run.variants if v.summary is not None), run.reference, Matcher(), run.software
    )
    coverage = {s.variants[0]: s for s in run.scores if s.metric == "key_point_coverage"}
    found: dict[str, list[dict[str, Any]]] = {}
    for variant in case.variants:
        evidence = coverage[variant.id].evidence if variant.id in coverage else ()
        found[variant.id] = [
            {
                "text": sentence.text,
                "turns": list(dict.fromkeys(p.turn for p in case.said.evidence(sentence.text, most=3))),
                "points": [
                    e.key_point
                    for e in evidence
                    if e.verdict not in ("absent", "unscored") and sentence.text in e.sentence
                ],
            }
            for sentence in case.sentences[variant.id]
        ]
    return found


def _shares(run: Run) -> list[tuple[str, float, dict[str, float]]]:
    """Each speaker: share of the talk, and share of each recap that names or rests on them."""
    people = [s for s in run.transcript.speakers if s.kind != "machine" and s.words]
    total = sum(s.words for s in people) or 1
    said = {v.id: (v.summary or "") for v in run.variants if v.summary}
    rows = []
    for speaker in sorted(people, key=lambda s: -s.words)[:12]:
        last = speaker.name.split()[-1] if speaker.name.split() else speaker.name
        named = {variant: float(text.count(last)) for variant, text in said.items()}
        rows.append((speaker.name, speaker.words / total, named))
    return rows

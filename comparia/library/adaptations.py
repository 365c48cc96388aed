"""Recaps in plain language or in other languages: planned, written, checked against the key points, kept, exported."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from comparia.config import Settings, load_settings
from comparia.errors import CompariaError, ConfigurationError
from comparia.library.kept import open_store
from comparia.library.sessions import hiding_by
from comparia.messages import gettext as _
from comparia.records import (
    PRESENT,
    Adaptation,
    AdaptationKind,
    AdaptedPoint,
    Backend,
    Call,
    DocumentChoices,
    PlanLine,
    Reference,
    Run,
    Score,
    Variant,
    Verdict,
    now,
)
from comparia.reports.readings import COVERAGE

if TYPE_CHECKING:
    from comparia.scoring import Progress
    from comparia.store import Store

ADAPTED = "adapted"
"""Id of the recap that stands for an adaptation while it is scored or exported."""


def plan_adaptation(
    run: Run,
    variant: str,
    kind: AdaptationKind,
    language: str,
    backend: str,
    *,
    judge: str = "",
    settings: Settings | None = None,
) -> list[PlanLine]:
    """Return what an adaptation takes, its writing and its judging: whom it asks, tokens, cost; nothing is sent.

    Args:
        run: a stored run.
        variant: id of its recap.
        kind: plain language or a translation.
        language: language to write in, ISO 639-1.
        backend: the model, as on the command line.
        judge: a model that judges, or `models` for those of the run; none when empty.
        settings: read from comparia.toml and the environment when None.

    Raises:
        CompariaError: no such recap, model or language; a recap that is too long; a zone beyond the policy; no key.
    """
    from comparia import adapting, privacy
    from comparia.backends import check_keys
    from comparia.library.checking import DOUBTFUL, judging_line, writing_line
    from comparia.scoring.models import judges_named

    settings = settings or load_settings()
    prepared = adapting.prepare(run, recap_of(run, variant), kind, language, backend, settings)
    model = prepared.backend
    judges = judges_named(judge, run, settings) if judge else []
    privacy.check(run.policy, [model, *judges])
    check_keys([model, *judges])
    lines = [writing_line(model, prepared.request.input_tokens, prepared.output_tokens)]
    points = len(run.reference.key_points) if run.reference is not None else 0
    if judges and points:
        asked = points if kind == "translation" else max(1, round(points * DOUBTFUL))
        lines.append(judging_line(run, judges[0], asked))
    return lines


async def adapting_recap(
    run: Run,
    variant: str,
    kind: AdaptationKind,
    language: str,
    backend: str,
    *,
    judge: str = "",
    on_delta: Callable[[str], None] | None = None,
    settings: Settings | None = None,
) -> Adaptation:
    """Do as `adapt_recap` does, in a loop that may be stopped while the model writes."""
    from comparia import adapting

    settings = settings or load_settings()
    recap = recap_of(run, variant)
    prepared = adapting.prepare(run, recap, kind, language, backend, settings)
    with open_store(settings) as store:
        written = await adapting.adapt(run, prepared, store, on_delta=on_delta)
        adaptation = Adaptation(
            id=secrets.token_hex(6),
            run=run.id,
            variant=recap.id,
            source=recap.text_id,
            kind=kind,
            language=language,
            backend=prepared.backend.name,
            model=written.model,
            zone=prepared.backend.zone,
            request=written.request,
            at=now(),
            text=written.text,
            not_restored=written.not_restored,
            written_in=_other_language(written.text, language),
            reason="not_checked",
        )
        store.adaptations.keep(adaptation)  # what was paid for is kept before it is judged
    return await asyncio.to_thread(check_adaptation, adaptation, prepared.backend, judge=judge, settings=settings)


def adapt_recap(
    run: Run,
    variant: str,
    kind: AdaptationKind,
    language: str,
    backend: str,
    *,
    judge: str = "",
    on_delta: Callable[[str], None] | None = None,
    settings: Settings | None = None,
) -> Adaptation:
    """Rewrite a recap in plain language or translate it with a model, keep it, and check what it kept.

    Args:
        run: a stored run; its policy and pseudonyms hold.
        variant: id of its recap.
        kind: plain language or a translation.
        language: language to write in, ISO 639-1.
        backend: the model, as on the command line.
        judge: a model that says which key points are still there, or `models` for those of the run; never the writer.
            Words alone when empty: they cannot tell in another language.
        on_delta: called with each piece of the answer.
        settings: read from comparia.toml and the environment when None.

    Raises:
        CompariaError: a model that may not, or cannot, be asked. An adaptation that was written stays.
    """
    from comparia.backends.queue import run_sync

    work = adapting_recap(run, variant, kind, language, backend, judge=judge, on_delta=on_delta, settings=settings)
    return run_sync(work)


def check_adaptation(
    adaptation: Adaptation,
    writer: Backend | None = None,
    *,
    judge: str = "",
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Adaptation:
    """Say which key points of its recap an adaptation still holds, keep the answer, and return it.

    Args:
        adaptation: a kept adaptation.
        writer: the model that wrote it; found by its name when None.
        judge: as for `adapt_recap`.
        settings: read from comparia.toml and the environment when None.
        progress: told of answers of the judge.

    Raises:
        CompariaError: the judge may not, or cannot, be asked; what was kept before stays.
    """
    from comparia import scoring

    settings = settings or load_settings()
    with open_store(settings) as store:
        run = store.runs.read(adaptation.run)
        reference = run.reference
        if reference is None:
            return _kept(store, adaptation, reason="no_reference")
        if adaptation.written_in:
            return _kept(store, adaptation, judge="", reason=f"not_as_asked:{adaptation.written_in}", points=())
        trial = _alone(run, adaptation, writer or _writer(run, adaptation, settings))
        matcher = None
        if judge:
            from comparia.metrics import Matcher

            models = scoring.open_models(
                trial, store, settings, judge=judge, progress=progress, hiding=hiding_by(settings)
            )
            matcher = Matcher(judge=models.judge)
        (found,) = scoring.score(trial, reference, [COVERAGE], matcher)
        return _kept(
            store,
            adaptation,
            judge=judge,
            reason=found.reason if found.value is None else "",
            reference=reference.id if found.value is not None else "",
            points=_points(run, reference, adaptation, found),
        )


def adaptations_of(run_id: str, *, settings: Settings | None = None) -> list[Adaptation]:
    """Return the adaptations of the recaps of a run, the newest first."""
    with open_store(settings or load_settings()) as store:
        return store.adaptations.of_run(run_id)


def read_adaptation(adaptation_id: str, *, settings: Settings | None = None) -> Adaptation:
    """Return one adaptation. Raises UnknownName."""
    with open_store(settings or load_settings()) as store:
        return store.adaptations.one(adaptation_id)


def remove_adaptation(adaptation_id: str, *, settings: Settings | None = None) -> None:
    """Remove an adaptation, if it is there.

    What the model answered stays with the run, and is used again if the same is asked.
    """
    with open_store(settings or load_settings()) as store:
        store.adaptations.remove(adaptation_id)


def adapted_document(run: Run, adaptation: Adaptation, format: str = "docx") -> bytes:
    """Return an adaptation as a document of its own, which says how it was made and who must read it.

    Args:
        run: its run, the words that people masked left out.
        adaptation: the adaptation.
        format: `docx`, `odt` or `markdown`.
    """
    from comparia import reports
    from comparia.reports.wording.adaptations import foreword

    text = f"*{foreword(adaptation, run)}*\n\n{adaptation.text}"
    if format == "markdown":
        return f"{text}\n".encode()
    alone = _alone(run, adaptation.model_copy(update={"text": text}), None)
    shown = alone.model_copy(update={"scores": (), "reference": None, "member_checks": (), "judgings": ()})
    choices = DocumentChoices(recap=ADAPTED, frame=False, points=False, method=False)
    return reports.render(shown, format, None, choices)


def recap_of(run: Run, variant: str) -> Variant:
    """Return a recap of a run. Raises ConfigurationError where there is none."""
    recap = next((v for v in run.variants if v.id == variant and v.summary), None)
    if recap is None:
        raise ConfigurationError(_("There is no such recap."), _("Choose one of those that were written."))
    return recap


def _kept(store: Store, adaptation: Adaptation, **changed: object) -> Adaptation:
    done = adaptation.model_copy(update=changed)
    store.adaptations.keep(done)
    return done


def _writer(run: Run, adaptation: Adaptation, settings: Settings) -> Backend | None:
    from comparia.asking import model_named

    known = next((backend for backend in run.backends if backend.name == adaptation.backend), None)
    if known is not None:
        return known
    try:
        return model_named(adaptation.backend, settings)
    except CompariaError:  # a name of one's own that was taken out of the settings
        return None


def _alone(run: Run, adaptation: Adaptation, writer: Backend | None) -> Run:
    """Return a run with an adaptation as its only recap, and its writer among its backends."""
    call = Call(request=adaptation.request, role="draft", expected_tokens=0, model=adaptation.model)
    recap = Variant(
        id=ADAPTED,
        prompt=None,
        backend=adaptation.backend,
        author="model",
        summary=adaptation.text,
        calls=(call,),
        finished_at=adaptation.at,
    )
    backends = run.backends if writer is None or writer in run.backends else (*run.backends, writer)
    return run.model_copy(update={"variants": (recap,), "backends": backends})


def _points(run: Run, reference: Reference, adaptation: Adaptation, found: Score) -> tuple[AdaptedPoint, ...]:
    """Return what became of each point that the recap holds or may hold, in the order of the key points."""
    scored = (s for s in run.scores if s.metric == COVERAGE and s.variants == (adaptation.variant,))
    source = next(scored, None)
    before: Mapping[str, Verdict] = {p.key_point: _verdict(p.verdict) for p in source.points} if source else {}
    after = {point.key_point: point for point in found.points}
    points = []
    for point in reference.key_points:
        held = before.get(point.id, "unscored")
        if held in PRESENT or held == "uncertain":
            now_ = after.get(point.id)
            points.append(
                AdaptedPoint(
                    key_point=point.id,
                    before=held,
                    after=_verdict(now_.verdict) if now_ else "unscored",
                    sentence=now_.sentence if now_ else "",
                )
            )
    return tuple(points)


def _other_language(text: str, asked: str) -> str:
    """Return the language of a text where it is known and not the one that was asked for."""
    from comparia.text.language import language_of

    found = language_of(text)
    return found if found != asked else ""


def _verdict(code: str) -> Verdict:
    return code  # type: ignore[return-value]

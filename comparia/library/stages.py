"""The versions of a prompt tried on one session: opened, questioned, recorded, played again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from secrets import token_hex
from statistics import median
from typing import Literal

from comparia.config import Settings, load_settings
from comparia.errors import ConfigurationError
from comparia.library.kept import open_store, workbench
from comparia.messages import gettext as _
from comparia.records import Asked, Run, Stage, now


def open_stage(run: Run, *, settings: Settings | None = None) -> Stage:
    """Open a stage on a stored run, which is its first version."""
    stage = Stage(id=token_hex(6), title=run.transcript.title, created_at=now(), runs=(run.id,))
    with workbench(settings or load_settings()) as bench:
        bench.keep_stage(stage)
    return stage


def begin_rehearsed(stage_id: str, *, settings: Settings | None = None) -> Stage:
    """Open a stage on the session of another one, its rehearsal: the same prompts wait, and nothing is run yet.

    Where a model cannot be reached, what it answered at the rehearsal is shown, and said to be so.

    Args:
        stage_id: the stage on which the versions were tried.
        settings: where stages are kept.

    Raises:
        UnknownName: no such stage.
        ConfigurationError: no model answered there, or it plays a recording.
    """
    settings = settings or load_settings()
    with open_store(settings) as store:
        rehearsal = store.workbench.stage(stage_id)
        runs = [store.runs.read(name, with_scores=False) for name in (*rehearsal.rehearsed, *rehearsal.runs)]
        answered = [run.id for run in runs if any(v.summary and v.author == "model" for v in run.variants)]
        if rehearsal.recorded or not answered:
            raise ConfigurationError(
                _("Nothing was rehearsed: no model has answered on this stage."),
                _("Run a version first, with the models that you will ask before the room."),
            )
        stage = Stage(
            id=token_hex(6),
            title=rehearsal.title,
            created_at=now(),
            rehearsed=tuple(dict.fromkeys(answered)),
            hidden=rehearsal.hidden,
        )
        store.workbench.keep_stage(stage)
    return stage


def usual_seconds(*, settings: Settings | None = None) -> dict[str, float]:
    """Return how many seconds a recap of each model usually takes: the median over the newest stored runs, by name."""
    with open_store(settings or load_settings()) as store:
        return {name: median(seconds) for name, seconds in store.runs.recent_seconds().items()}


def ask_about(
    kind: Literal["critique", "challenge"],
    run: Run,
    backend: str,
    *,
    variant: str = "",
    text: str = "",
    on_delta: Callable[[str], None] | None = None,
    settings: Settings | None = None,
) -> Asked:
    """Ask a model to criticise a prompt, or to challenge a recap of a run (files in `prompts/questions`).

    Args:
        kind: `critique` or `challenge`.
        run: the run it is about; its policy and its pseudonyms hold.
        backend: a model, named as on the command line.
        variant: id of the recap that is challenged.
        text: the prompt that is criticised, as typed; the run's own when empty.
        on_delta: told of each piece of the answer, names hidden.
        settings: read from comparia.toml and the environment when None.

    Raises:
        CompariaError: a refused zone, a missing key, a model that does not answer, nothing to ask about.
    """
    from comparia.backends.queue import run_sync

    return run_sync(asking_about(kind, run, backend, variant=variant, text=text, on_delta=on_delta, settings=settings))


async def asking_about(
    kind: Literal["critique", "challenge"],
    run: Run,
    backend: str,
    *,
    variant: str = "",
    text: str = "",
    on_delta: Callable[[str], None] | None = None,
    on_kept: Callable[[], None] | None = None,
    settings: Settings | None = None,
) -> Asked:
    """Do as `ask_about` does, in a loop that may be stopped; `on_kept` is told where nothing had to be asked."""
    from comparia import trying

    settings = settings or load_settings()
    chosen = next((v for v in run.variants if v.id == variant), None)
    with open_store(settings) as store:
        return await trying.ask(
            kind, run, backend, store, settings, variant=chosen, text=text, on_delta=on_delta, on_kept=on_kept
        )


def record(runs: Sequence[str] = (), *, stage: str = "", settings: Settings | None = None) -> bytes:
    """Runs, or the versions of a stage, with every answer and its rhythm: one file to play again without network.

    Args:
        runs: ids of runs of one session, in order; the newest when neither these nor a stage are named.
        stage: id of a stage.
        settings: where runs are kept.

    Raises:
        UnknownName: no such run or stage.
        ConfigurationError: they are of several sessions, or hold no model's answer.
    """
    from comparia import trying

    settings = settings or load_settings()
    with open_store(settings) as store:
        found = store.workbench.stage(stage) if stage else None
        names = list(found.runs) if found else [store.runs.find(name) for name in runs or ("last",)]
        chosen = [store.runs.read(name) for name in names]
        if len({run.transcript.id for run in chosen}) != 1:
            raise ConfigurationError(_("A recording is of one session."), _("Name runs of one session only."))
        answers = [
            trying.Answer(run=run.id, request=request, question=question, backend=backend, completion=completion)
            for run in chosen
            for request, question, backend, completion in store.answers.recorded(run.id)
        ]
        if not any(backend.author == "model" for run in chosen for backend in run.backends):
            raise ConfigurationError(
                _("No model answered in these runs: there is nothing to play."),
                _("Extracts are made anew each time, without a recording."),
            )
        asked = found.asked if found else ()
    from comparia.library.sessions import hiding_by

    hidden = hiding_by(settings).of(chosen[0].transcript)
    data = Counter[str](alias.kind for alias in hidden.aliases if alias.pseudonym.startswith("["))
    return trying.record(chosen, answers, asked, people=len(hidden.people), personal_data=data)


def open_recording(file: str | Path, *, settings: Settings | None = None) -> Stage:
    """Put a recording on a stage: its versions wait to be played, in the order they were tried.

    Raises:
        RunFileError: it is no recording.
    """
    from comparia import trying

    recording = trying.read_recording(Path(file))
    with open_store(settings or load_settings()) as store:
        for run in recording.runs:
            store.runs.restore(
                run, [(a.request, a.question, a.backend, a.completion) for a in recording.answers if a.run == run.id]
            )
        played = [run for run in recording.runs if any(backend.author == "model" for backend in run.backends)]
        there = tuple(run.id for run in recording.runs if run not in played)
        stage = Stage(
            id=token_hex(6),
            title=recording.title,
            created_at=now(),
            runs=there,
            asked=recording.asked,
            recorded=tuple(run.id for run in played),
            given=len(there),
        )
        store.workbench.keep_stage(stage)
        return stage

"""Comparisons: planned, carried out, carried on, completed by hand, read and rendered."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from comparia.config import GenerationSettings, Settings, load_settings, shipped
from comparia.errors import InputError, UnknownName
from comparia.library.kept import has_store, open_store
from comparia.library.points import load_reference, reference_beside
from comparia.library.recordings import attach_recording, with_recording
from comparia.library.scorings import check_metrics, scored
from comparia.library.sessions import hiding_by, read_transcript
from comparia.library.upkeep import version
from comparia.messages import gettext as _
from comparia.records import (
    AnsweredFlag,
    Backend,
    DocumentChoices,
    Notice,
    Piece,
    Prompt,
    Pseudonyms,
    Purpose,
    Reference,
    Run,
    Transcript,
    Zone,
)

if TYPE_CHECKING:
    from comparia.comparing import Observer
    from comparia.privacy import Hiding


def load_prompt_set(name: str | Path, *, language: Literal["fr", "en"] | None = None) -> tuple[Prompt, ...]:
    """Load a prompt file, a folder of them, or a shipped set by its name (`compte-rendu`, `recap`, `baselines`).

    Args:
        name: of the file, the folder or the set.
        language: of a file that holds an instruction alone, without front matter: the session is put after it. None to
            read every file as a prompt of its own.

    Raises:
        PromptError: with file and line.
    """
    from comparia import prompts

    path = Path(name)
    if language is not None and path.is_file() and prompts.is_instruction(path):
        return (prompts.load_typed(path, language),)
    if not path.exists():
        for candidate in (Path("prompts") / path, shipped("prompts") / path):
            if candidate.exists():
                return prompts.load_set(candidate)
    return prompts.load_set(path)


@cache
def shipped_prompts() -> dict[str, Prompt]:
    """Return the prompts that come with the product, by set and file: `essentials-fr/faithful`."""
    from comparia.prompts import SHIPPED_SETS

    return {f"{name}/{prompt.file}": prompt for name in SHIPPED_SETS for prompt in load_prompt_set(name)}


def prepare(
    transcript: Transcript | str | Path,
    prompts: str | Path | Sequence[Prompt] = (),
    backends: Sequence[str] = ("extractive",),
    *,
    reference: Reference | str | Path | Literal[False] | None = None,
    recording: str | Path | Literal[False] | None = None,
    repeats: int = 1,
    points: bool | None = None,
    judging: bool | None = None,
    policy: Zone | None = None,
    hiding: Hiding | None = None,
    generation: GenerationSettings | None = None,
    settings: Settings | None = None,
) -> Run:
    """Plan what `compare` would do, without sending anything; nothing is written but where a recording is found again.

    Its `plan` holds calls, tokens, cost and minutes, and what models are asked for beside the recaps; its `pseudonyms`,
    what models read instead of names. `generation` holds for every model, over the settings of each.
    """
    from comparia import comparing

    settings = settings or load_settings()
    transcript, known = _session_and_points(transcript, reference, recording, settings)
    chosen = (
        load_prompt_set(prompts, language=transcript.language) if isinstance(prompts, str | Path) else tuple(prompts)
    )
    replayed = any(name.startswith("replay:") for name in backends)
    kept = open_store(settings) if replayed or has_store(settings) else None
    with kept or nullcontext() as store:
        resolved = comparing.resolve_backends(backends, settings, store, generation)
        far = store is not None and any(backend.base_url or backend.kind == "litellm" for backend in resolved)
        pseudonyms = comparing.pseudonyms_for(transcript, resolved, hiding or hiding_by(settings), store)
        run = comparing.plan(
            transcript,
            chosen,
            resolved,
            pseudonyms=pseudonyms,
            fence=store.runs.fence_of(transcript.id, hidden=pseudonyms is not None) if store is not None else "",
            repeats=repeats,
            policy=policy or settings.policy,
            reference=known,
            software=version(),
            seen=store.runs.recent_warnings() if store is not None and far else None,
        )
    wanted = settings.models_list_points if points is None else points
    judged = settings.models_judge if judging is None else judging
    asked = purposes_of(run, wanted, judged)
    with_points = "points" in asked or run.reference is not None
    notices = judging_notices(run) if judged and with_points else ()
    return run.model_copy(update={"plan": run.plan.model_copy(update={"asked": asked, "notices": notices})})


def _session_and_points(
    transcript: Transcript | str | Path,
    reference: Reference | str | Path | Literal[False] | None,
    recording: str | Path | Literal[False] | None,
    settings: Settings,
) -> tuple[Transcript, Reference | None]:
    """Return a session, read where it is a file, with its recording, and its key points: those beside it for a file."""
    if not isinstance(transcript, Transcript):
        path = Path(transcript)
        transcript = read_transcript(path, recording=recording, settings=settings)
        if reference is None:
            reference, left_aside = reference_beside([path], transcript)
            if left_aside:
                warnings.warn(left_aside, stacklevel=2)
    elif recording is False:
        transcript = with_recording(transcript, None)
    elif recording is not None:
        transcript = attach_recording(transcript, recording, settings)
    if reference is False:
        reference = None
    if isinstance(reference, str | Path):
        reference = load_reference(reference, transcript)
    return transcript, reference


def purposes_of(run: Run, points: bool, judging: bool) -> tuple[Purpose, ...]:
    """Return what the models of a planned run are asked for beside its recaps.

    Args:
        run: the run.
        points: whether they may list key points: they do where none are given.
        judging: whether they may judge: they do where there are points, and a recap that one of them did not write.
    """
    from comparia.asking import models_at_hand

    listing = points and run.reference is None and bool(models_at_hand(run))
    judged = judging and (listing or run.reference is not None) and bool(judges_of(run))
    return (*(("points",) if listing else ()), *(("judging",) if judged else ()))


def judges_of(run: Run) -> list[Backend]:
    """Return the models of a run that may judge at least one of its recaps.

    A model is told from another by its server and its name there. All may judge a recap that no model wrote.
    """
    from comparia.asking import models_at_hand
    from comparia.backends.authors import able_to_judge

    models = models_at_hand(run)
    if any(variant.author != "model" for variant in run.variants):
        return models
    able = [model for author in run.backends for model in able_to_judge(models, author)]
    return [model for model in models if model in able]


def judging_notices(run: Run) -> tuple[Notice, ...]:
    """Return which recaps of a run none of its models may judge, and which only a namesake of their author may.

    `nobody_judges`: no recap has a judge, so that verdicts rest on words alone. `recaps_without_judge`: some have none.
    `namesake_judges`: the judge has the author's name on another server, and may be the same model.
    """
    from comparia.asking import models_at_hand
    from comparia.backends.authors import able_to_judge, namesakes

    models = models_at_hand(run)
    if not models:
        return ()
    judges = {author.name: able_to_judge(models, author)[:1] for author in run.backends}
    authors = [author for author in run.backends if author.author == "model"]
    without = tuple(author.name for author in authors if not judges[author.name])
    by_namesakes = tuple(
        author.name for author in authors if any(namesakes(author, judge) for judge in judges[author.name])
    )
    if without and not judges_of(run):
        return (Notice(code="nobody_judges", values={"names": without}),)
    return (
        *((Notice(code="recaps_without_judge", values={"names": without}),) if without else ()),
        *((Notice(code="namesake_judges", values={"names": by_namesakes}),) if by_namesakes else ()),
    )


def carry_out(
    run: Run,
    *,
    metrics: Sequence[str] | None = None,
    settings: Settings | None = None,
    observer: Observer | None = None,
    stream: bool = False,
) -> Run:
    """Carry out a prepared run, keep what comes back, and score it: by all metrics when None, not at all when empty.

    Its models list its key points and judge, as its plan says. What they did not answer is warned of.
    """
    from comparia import comparing
    from comparia.backends.queue import run_sync

    check_metrics(metrics)
    with open_store(settings or load_settings()) as store:
        done = run_sync(comparing.execute(run, store, observer, stream=stream))
    return _checked(done, metrics, settings)


def _checked(run: Run, metrics: Sequence[str] | None, settings: Settings | None) -> Run:
    """Score a stored run as its plan says, and warn of what models did not answer.

    It stays as it is where `metrics` is empty.
    """
    from comparia.library.checking import check_recaps

    if metrics is not None and not metrics:
        return run
    checked, left = check_recaps(run.id, metrics=metrics, ask_again=True, settings=settings)
    for missing in left:
        warnings.warn(f"{missing.what}: {missing.error}", stacklevel=3)
    return checked


def compare(
    transcript: Transcript | str | Path,
    prompts: str | Path | Sequence[Prompt] = (),
    backends: Sequence[str] = ("extractive",),
    *,
    reference: Reference | str | Path | Literal[False] | None = None,
    recording: str | Path | Literal[False] | None = None,
    repeats: int = 1,
    metrics: Sequence[str] | None = None,
    policy: Zone | None = None,
    hiding: Hiding | None = None,
    generation: GenerationSettings | None = None,
    settings: Settings | None = None,
    observer: Observer | None = None,
    stream: bool = False,
) -> Run:
    """Send one session to every prompt × backend × repeat, keep what comes back, and score it.

    Args:
        transcript: a transcript, or a file of one.
        prompts: a prompt set, or its name; not needed by extractive backends.
        backends: names as on the command line (`mistral:mistral-small-latest`, `extractive`,
            `m@http://127.0.0.1:8000/v1`).
        reference: key points, or their file. None takes the file beside a transcript that is given as a file, and warns
            where that file is of another session; False takes none.
        recording: the recording of the session, which stays on this machine, for its pages to play; as in
            `read_transcript` where the transcript is a file.
        repeats: how many times each model answers each prompt.
        metrics: names of the metrics it is scored by; all when None, none when empty: `score` scores it later.
        policy: how far the text may travel; the settings' when None.
        hiding: how names are hidden; the settings' when None: from every model as soon as one is not on this machine.
        generation: temperature, seed... of every model; what is None is left as the settings say of each model.
        settings: read from comparia.toml and the environment when None.
        observer: told of progress.
        stream: whether models are asked for their answer piece by piece.

    Returns:
        The stored run, scored. Failed calls are in it as failures.

    Raises:
        CompariaError: bad input, missing key, refused zone, unusable database.
    """
    check_metrics(metrics)
    settings = settings or load_settings()
    run = prepare(
        transcript,
        prompts,
        backends,
        reference=reference,
        recording=recording,
        repeats=repeats,
        policy=policy,
        hiding=hiding,
        generation=generation,
        settings=settings,
    )
    return carry_out(run, metrics=metrics, settings=settings, observer=observer, stream=stream)


def resume(
    run_id: str = "last",
    *,
    metrics: Sequence[str] | None = None,
    settings: Settings | None = None,
    observer: Observer | None = None,
    stream: bool = False,
) -> Run:
    """Carry on a run that was interrupted, asking only for what is missing, and score it again, as `carry_out` does."""
    from comparia import comparing
    from comparia.backends.queue import run_sync

    check_metrics(metrics)
    with open_store(settings or load_settings()) as store:
        run = run_sync(comparing.resume(run_id, store, observer, stream=stream))
    return _checked(run, metrics, settings)


def import_recap(
    run_id: str,
    file: str | Path,
    author: str,
    *,
    metrics: Sequence[str] | None = None,
    settings: Settings | None = None,
) -> Run:
    """Put a recap written by hand, or elsewhere, in a stored run, and score the run again, as `carry_out` does."""
    from comparia import comparing
    from comparia.backends.queue import run_sync

    with open_store(settings or load_settings()) as store:
        run, _variant = run_sync(comparing.add_recap(run_id, store, Path(file), author))
        return scored(run, store, run.reference, metrics)


def import_text(
    run_id: str, text: str, author: str, *, pieces: tuple[Piece, ...] = (), settings: Settings | None = None
) -> Run:
    """Put a recap given as text among the variants of a stored run, and score the run again.

    Args:
        run_id: the run.
        text: the recap, Markdown.
        author: who wrote it.
        pieces: what it is composed of, where it was composed from the variants.
        settings: where runs are kept.
    """
    from comparia import comparing
    from comparia.backends.queue import run_sync

    with open_store(settings or load_settings()) as store:
        run, _variant = run_sync(comparing.add_text(run_id, store, text, author, pieces))
        return scored(run, store, run.reference)


def read_run(run: str | Path = "last", *, scoring: str = "", settings: Settings | None = None) -> Run:
    """Return a stored run by its id (or the beginning of it, or `last`), or a run from its exchange file (.json).

    Words of its recaps that a person masked are left out of it.

    Args:
        run: its id, or its exchange file; `-` for standard input.
        scoring: name of the scoring it is read with; the one without a name when empty.
        settings: where runs are kept.

    Raises:
        UnknownName: no such run, or no such scoring of it.
        RunFileError: the file is not a run of this format.
    """
    from comparia.library.exchange import is_file, read_file

    if is_file(run):
        if scoring:
            raise UnknownName(_("scoring"), scoring, ())
        return read_file(run)
    settings = settings or load_settings()
    if not has_store(settings):
        raise UnknownName(_("run"), str(run), ())
    with open_store(settings) as store:
        return store.runs.read(store.runs.find(str(run)), scoring, masked=True)


def render(
    run: Run,
    format: str = "html",
    *,
    pseudonyms: bool = False,
    template: Path | None = None,
    choices: DocumentChoices | None = None,
    answered: Iterable[AnsweredFlag] = (),
) -> bytes:
    """Return a run as a report in one of `reports.FORMATS`; what is made to be published holds no names.

    Args:
        run: the run.
        format: name of the format.
        pseudonyms: keep the pseudonyms instead of putting the names back: names are in none of it.
        template: a Word document whose styles, headers and page the report takes, where its format can.
        choices: what a document (docx, odt) holds; the usual choices when None.
        answered: what people said of the flags of the run: a document leaves out what they masked in its key points.

    Raises:
        CompariaError: no such format or recap; choices or a template that the format does not take; no sound template.
    """
    from comparia import reports
    from comparia.library.documents import document

    if reports.format_of(format).is_document:
        people = {"people": "pseudonyms"} if pseudonyms and (choices is None or choices.people == "kept") else {}
        chosen = (choices or DocumentChoices()).model_copy(update={"format": format, **people})
        return document(run, chosen, template=template, answered=answered)
    if choices is not None:
        raise InputError(_("Only a document (docx, odt) takes these choices."))
    content = template_of(format, template)
    if reports.format_of(format).published:
        from comparia.library.publishing import publish

        return publish(run, format)
    told = masked(run) if pseudonyms else run
    if reports.format_of(format).needs_votes:
        from comparia.voting import shown_texts

        return reports.render(told, format, content, shown=shown_texts(told))
    return reports.render(told, format, content)


def template_of(format: str, template: Path | None) -> bytes | None:
    """Return the content of a template, None where there is none.

    Raises:
        InputError: the format takes none, or it is not a sound Word document.
    """
    if template is None:
        return None
    from comparia import ingest, reports

    if not reports.format_of(format).takes_template:
        raise InputError(_("A template is for docx only."))
    return ingest.sound_document(template)


def masked(run: Run) -> Run:
    """A run whose every text bears pseudonyms: those its models read, or new ones when they read names."""
    from comparia import privacy

    return privacy.masked(run, privacy.veil_of(pseudonyms_in(run), run.transcript))


def pseudonyms_in(run: Run) -> Pseudonyms:
    """Return what stands for the names of a run: what its models read, or new pseudonyms when they read names."""
    from comparia import privacy

    return run.pseudonyms or privacy.AUTO.of(run.transcript)

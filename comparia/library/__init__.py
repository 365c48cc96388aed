"""The application layer: the functions that `import comparia`, the command line and the pages call."""

from __future__ import annotations

import importlib
import shutil
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from comparia.config import Settings, load_settings, shipped
from comparia.errors import CompariaError, InputError, ReferenceFileError, UnknownName
from comparia.library.kept import has_store as has_store
from comparia.library.kept import one_engine as one_engine
from comparia.library.kept import open_store as open_store
from comparia.library.kept import workbench as workbench
from comparia.messages import gettext as _
from comparia.records import (
    Backend,
    Piece,
    Prompt,
    Reference,
    Run,
    Score,
    Transcript,
    Variant,
    Zone,
    now,
)

_ELSEWHERE = {
    "ask_about": "stages",
    "change_tags": "votes",
    "demonstration": "samples",
    "import_run": "exchange",
    "is_file": "exchange",
    "judgings_of": "votes",
    "open_judging": "votes",
    "open_recording": "stages",
    "open_stage": "stages",
    "record": "stages",
    "tags": "votes",
}
"""What other modules of this package give, imported when it is first asked for."""

if TYPE_CHECKING:
    from comparia.comparing import Observer
    from comparia.diagnosing import Finding
    from comparia.library.exchange import import_run as import_run
    from comparia.library.exchange import is_file as is_file
    from comparia.library.samples import demonstration as demonstration
    from comparia.library.stages import ask_about as ask_about
    from comparia.library.stages import open_recording as open_recording
    from comparia.library.stages import open_stage as open_stage
    from comparia.library.stages import record as record
    from comparia.library.votes import change_tags as change_tags
    from comparia.library.votes import judgings_of as judgings_of
    from comparia.library.votes import open_judging as open_judging
    from comparia.library.votes import tags as tags
    from comparia.metrics import Matcher
    from comparia.privacy import Hiding
    from comparia.probing import Attack, Outcome
    from comparia.scoring import MetricObserver, Progress
    from comparia.store import Purged, Store


def __getattr__(name: str) -> Any:
    if name not in _ELSEWHERE:
        raise AttributeError(f"module 'comparia.library' has no attribute {name!r}")
    return getattr(importlib.import_module(f"comparia.library.{_ELSEWHERE[name]}"), name)


def read_transcript(
    *paths: str | Path,
    format: str | None = None,
    encoding: str | None = None,
    language: Literal["fr", "en"] | None = None,
    title: str | None = None,
    date: str = "",
    speakers: Mapping[str, str] | None = None,
) -> Transcript:
    """Read the file or files of one session: speech first, then its chat.

    Raises:
        TranscriptError: with file, line and cure.
    """
    from comparia import ingest

    return ingest.read(
        paths, format=format, encoding=encoding, language=language, title=title, date=date, speakers=speakers
    )


def write_transcript(transcript: Transcript, format: str = "markdown") -> bytes:
    """A transcript as `vtt`, `markdown` or `json`. Raises UnknownName for another format."""
    from comparia.reports import transcripts

    return transcripts.write(transcript, format)


def transcribe(
    file: str | Path,
    backend: str,
    *,
    out: str | Path | None = None,
    language: str = "",
    speakers: bool = False,
    policy: Zone | None = None,
    settings: Settings | None = None,
) -> Path:
    """Send a recording to a speech-to-text server and keep its answer as it came.

    Args:
        file: the recording.
        backend: a speech-to-text model, named like a backend.
        out: where the answer is kept; beside the recording when None. Never overwritten.
        language: of the speech; heard by the model when empty.
        speakers: ask who speaks, of servers that can tell.
        policy: how far the recording may travel; the settings' when None.
        settings: read from comparia.toml and the environment when None.

    Returns:
        The file of the answer, which `read_transcript` reads.

    Raises:
        CompariaError: a refused zone, a missing key, a server that does not answer, a file that is no recording.
    """
    from comparia import transcribing
    from comparia.backends.queue import run_sync

    settings = settings or load_settings()
    with open_store(settings) as store:
        work = transcribing.transcribe_file(
            Path(file),
            backend,
            store,
            settings,
            policy=policy or settings.policy,
            language=language,
            speakers=speakers,
            out=Path(out) if out else None,
        )
        return run_sync(work)


def load_prompt_set(name: str | Path, *, language: Literal["fr", "en"] | None = None) -> tuple[Prompt, ...]:
    """Load a prompt file, a folder of them, or a shipped set by its name (`compte-rendu`, `recap`, `baselines`).

    Args:
        name: of the file, the folder or the set.
        language: of a file that holds an instruction alone, without front matter: the session is put after it. None to read every
            file as a prompt of its own.

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


def load_reference(path: str | Path, transcript: Transcript) -> Reference:
    """Load a reference (key points, YAML) and tie its quotes to the turns of `transcript`.

    Raises:
        ReferenceFileError: with file and line.
    """
    from comparia import references

    return references.load(Path(path), transcript)


def reference_beside(files: Sequence[Path], transcript: Transcript) -> tuple[Reference | None, str]:
    """Find the key points that lie beside the files of a session.

    Args:
        files: of the session, speech first.
        transcript: what was read of them.

    Returns:
        The key points, None where there are none or they are of another session; and then why they were left aside.

    Raises:
        ReferenceFileError: a file made for this very transcript (`NAME.reference.yaml`) cannot be used.
    """
    from comparia import references

    found = references.beside(files[0])
    if found is None:
        return None, ""
    try:
        return load_reference(found, transcript), ""
    except ReferenceFileError as error:
        if found.stem != "reference":
            raise
        said = _("{file} is not about this session: left aside ({reason})").format(file=found, reason=error.message)
        if others := references.not_given(found, files):
            names = ", ".join(other.name for other in others)
            said += " " + _("Beside it, and not given: {names}. If they are of this session, give them too.").format(
                names=names
            )
        return None, said


def suggest_reference(
    transcript: Transcript | Run,
    *,
    backend: str = "",
    votes: str | Path | None = None,
    moderators: Sequence[str] = (),
    limit: int | None = None,
    threshold: float = 0.2,
    policy: Zone | None = None,
    hiding: Hiding | None = None,
    settings: Settings | None = None,
) -> tuple[Reference, str]:
    """Suggest the key points of a session, for a person to correct.

    Args:
        transcript: the session, or a run: then the union of what its recaps say, verified against the session.
        backend: a model to ask; none is asked when empty.
        votes: a JSON file of votes on the turns: `[{"turn": 1, "by_group": {"A": [agree, disagree, pass]}}]`.
        moderators: names of those who hold no view; detected when none is given.
        limit: most key points of a suggestion made without a model; by the length of the session when None.
        threshold: highest share of the voices that makes a minority view.
        policy: how far the session's text may travel; the settings' when None.
        hiding: how names are hidden from the model; the settings' when None.
        settings: read from comparia.toml and the environment when None.

    Returns:
        The reference, and what was left out of a model's answer.

    Raises:
        CompariaError: an unknown name, a refused zone, a model that does not answer, a file of another shape.
    """
    from comparia import references, suggesting
    from comparia.backends.queue import run_sync
    from comparia.references.asking import believed_sentence
    from comparia.references.votes import load_votes

    session = transcript.transcript if isinstance(transcript, Run) else transcript
    leading = tuple(references.speaker_named(name, session) for name in moderators)
    if isinstance(transcript, Run):
        return suggesting.from_recaps(transcript, moderators=leading, threshold=threshold), ""
    if votes is not None:
        return suggesting.from_votes(session, load_votes(Path(votes)), threshold=threshold), ""
    if not backend:
        return suggesting.offline(session, moderators=leading, limit=limit, threshold=threshold), ""
    settings = settings or load_settings()
    with open_store(settings) as store:
        work = suggesting.by_model(
            session,
            backend,
            store,
            settings,
            policy=policy or settings.policy,
            hiding=hiding or hiding_by(settings),
            moderators=leading,
            threshold=threshold,
        )
        reference, believed = run_sync(work)
        return reference, believed_sentence(believed)


def hiding_by(settings: Settings) -> Hiding:
    """How names are hidden where nothing else is said."""
    from comparia.privacy import Hiding

    return Hiding(settings.pseudonyms, organisations=settings.hide_organisations, neutral=settings.neutral_names)


def prepare(
    transcript: Transcript | str | Path,
    prompts: str | Path | Sequence[Prompt] = (),
    backends: Sequence[str] = ("extractive",),
    *,
    reference: Reference | str | Path | Literal[False] | None = None,
    repeats: int = 1,
    policy: Zone | None = None,
    hiding: Hiding | None = None,
    settings: Settings | None = None,
) -> Run:
    """Plan what `compare` would do, without sending or writing anything.

    Its `plan` holds calls, tokens, cost and minutes; its `pseudonyms`, what models read instead of names.
    """
    from comparia import comparing

    settings = settings or load_settings()
    if not isinstance(transcript, Transcript):
        path = Path(transcript)
        transcript = read_transcript(path)
        if reference is None:
            reference, left_aside = reference_beside([path], transcript)
            if left_aside:
                warnings.warn(left_aside, stacklevel=2)
    if reference is False:
        reference = None
    if isinstance(reference, str | Path):
        reference = load_reference(reference, transcript)
    chosen = (
        load_prompt_set(prompts, language=transcript.language) if isinstance(prompts, str | Path) else tuple(prompts)
    )
    replayed = any(name.startswith("replay:") for name in backends)
    kept = open_store(settings) if replayed or has_store(settings) else None
    with kept or nullcontext() as store:
        asked = comparing.resolve_backends(backends, settings, store)
        far = store is not None and any(backend.base_url or backend.kind == "litellm" for backend in asked)
        pseudonyms = comparing.pseudonyms_for(transcript, asked, hiding or hiding_by(settings), store)
        return comparing.plan(
            transcript,
            chosen,
            asked,
            pseudonyms=pseudonyms,
            fence=store.runs.fence_of(transcript.id, hidden=pseudonyms is not None) if store is not None else "",
            repeats=repeats,
            policy=policy or settings.policy,
            reference=reference,
            software=_version(),
            seen=store.runs.recent_warnings() if store is not None and far else None,
        )


def carry_out(
    run: Run,
    *,
    metrics: Sequence[str] | None = None,
    settings: Settings | None = None,
    observer: Observer | None = None,
    stream: bool = False,
) -> Run:
    """Carry out a prepared run, keep what comes back, and score it: by all metrics when None, not at all when empty."""
    from comparia import comparing
    from comparia.backends.queue import run_sync

    _check_metrics(metrics)
    with open_store(settings or load_settings()) as store:
        done = run_sync(comparing.execute(run, store, observer, stream=stream))
        return _scored(done, store, run.reference, metrics)


def compare(
    transcript: Transcript | str | Path,
    prompts: str | Path | Sequence[Prompt] = (),
    backends: Sequence[str] = ("extractive",),
    *,
    reference: Reference | str | Path | Literal[False] | None = None,
    repeats: int = 1,
    metrics: Sequence[str] | None = None,
    policy: Zone | None = None,
    hiding: Hiding | None = None,
    settings: Settings | None = None,
    observer: Observer | None = None,
    stream: bool = False,
) -> Run:
    """Send one session to every prompt × backend × repeat, keep what comes back, and score it.

    Args:
        transcript: a transcript, or a file of one.
        prompts: a prompt set, or its name; not needed by extractive backends.
        backends: names as on the command line (`mistral:mistral-small-latest`, `extractive`, `m@http://127.0.0.1:8000/v1`).
        reference: key points, or their file. None takes the file beside a transcript that is given as a file, and warns where
            that file is of another session; False takes none.
        repeats: how many times each model answers each prompt.
        metrics: names of the metrics it is scored by; all when None, none when empty: `score` scores it later.
        policy: how far the text may travel; the settings' when None.
        hiding: how names are hidden; the settings' when None: from every model as soon as one is not on this machine.
        settings: read from comparia.toml and the environment when None.
        observer: told of progress.
        stream: whether models are asked for their answer piece by piece.

    Returns:
        The stored run, scored. Failed calls are in it as failures.

    Raises:
        CompariaError: bad input, missing key, refused zone, unusable database.
    """
    _check_metrics(metrics)
    settings = settings or load_settings()
    run = prepare(
        transcript,
        prompts,
        backends,
        reference=reference,
        repeats=repeats,
        policy=policy,
        hiding=hiding,
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

    _check_metrics(metrics)
    with open_store(settings or load_settings()) as store:
        run = run_sync(comparing.resume(run_id, store, observer, stream=stream))
        return _scored(run, store, run.reference, metrics)


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
        return _scored(run, store, run.reference, metrics)


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
        return _scored(run, store, run.reference)


def earlier_reference(run_id: str, *, settings: Settings | None = None) -> Reference | None:
    """The key points a run was scored against before the present ones; None where there were none."""
    with open_store(settings or load_settings()) as store:
        return store.scores.earlier_reference(run_id)


def references_of(run_id: str, *, settings: Settings | None = None) -> list[tuple[str, Reference]]:
    """Every list of key points a run was scored against and when it last was (ISO 8601), the latest first."""
    with open_store(settings or load_settings()) as store:
        return store.scores.references_of(run_id)


def score(
    run: Run | str | Path,
    reference: Reference | str | Path | None = None,
    metrics: Sequence[str] | None = None,
    *,
    name: str = "",
    embedder: str = "",
    judge: str = "",
    policy: Zone | None = None,
    hiding: Hiding | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
    on_metric: MetricObserver | None = None,
) -> Run:
    """Score a run again; the new scores are kept with the stored run, or returned alone where the run is in no database.

    By words alone no model is called. With `embedder` or `judge`, what was answered before is not asked again.

    Args:
        run: a run, the id of a stored one, or an exchange file (.json), which is scored without a database.
        reference: key points or their file; the run's own when None.
        metrics: names of metrics; all when None.
        name: of the scoring: scorings of several names stand side by side, and one of the same name is replaced. The
            scoring that is shown where none is asked for has no name.
        embedder: an embedding model, named like a backend, or `folder:PATH`: key points are matched by meaning too.
        judge: a model that is asked about every key point; never the author of what it judges.
        policy: how far the recaps and key points may travel; the run's own when None.
        hiding: how names are hidden from the models asked; the settings' when None.
        settings: read from comparia.toml and the environment when None.
        progress: told of answers as they come.
        on_metric: told of each metric when it begins.

    Raises:
        CompariaError: an unknown name, a missing key, a refused zone, a model that does not answer.
    """
    from comparia.library.exchange import is_file, read_file, score_outside

    settings = settings or load_settings()
    outside = None
    if not isinstance(run, Run):
        outside = read_file(run) if is_file(run) else None
    elif not _is_stored(run, settings):
        outside = run
    if outside is not None:
        points = load_reference(reference, outside.transcript) if isinstance(reference, str | Path) else reference
        return score_outside(outside, points, metrics, name=name, models=bool(embedder or judge), on_metric=on_metric)
    with open_store(settings) as store:
        store.scores.check_name(name)
        run_id = run.id if isinstance(run, Run) else store.runs.find(str(run))
        stored = store.runs.read(run_id)
        if name and name in {scoring.name for scoring in store.scores.scorings(run_id)}:
            stored = store.runs.read(run_id, name)
        elif name:
            stored = stored.model_copy(update={"scores": ()})
        if isinstance(reference, str | Path):
            reference = load_reference(reference, stored.transcript)
        matcher = None
        if embedder or judge:
            from comparia.metrics import Matcher
            from comparia.scoring import open_models

            allowed = stored if policy is None else stored.model_copy(update={"policy": policy})
            models = open_models(
                allowed,
                store,
                settings,
                embedder=embedder,
                judge=judge,
                progress=progress,
                hiding=hiding or hiding_by(settings),
            )
            matcher = Matcher(embedder=models.embedder, judge=models.judge)
        return _scored(stored, store, reference or stored.reference, metrics, matcher, name, on_metric)


def _is_stored(run: Run, settings: Settings) -> bool:
    if not has_store(settings):
        return False
    with open_store(settings) as store:
        return store.runs.has(run.id)


def score_text(run: Run, text: str) -> Score | None:
    """How much of the key points of a run a text keeps, by words alone; nothing is stored. None without key points."""
    from comparia import scoring
    from comparia.reports.readings import COVERAGE

    if run.reference is None:
        return None
    trial = Variant(id="t", prompt=None, backend="trial", author="human", summary=text, finished_at=now())
    found = scoring.score(run.model_copy(update={"variants": (trial,)}), run.reference, [COVERAGE])
    return next(iter(found), None)


def sentences_of(run: Run, variant: Variant) -> tuple[str, ...]:
    """The sentences of a recap, without its marks of Markdown."""
    from comparia.metrics import Case, Matcher

    case = Case(run.transcript, (variant,), None, Matcher(), run.software)
    return tuple(sentence.text for sentence in case.sentences[variant.id])


def read_run(run: str | Path = "last", *, scoring: str = "", settings: Settings | None = None) -> Run:
    """Return a stored run by its id (or the beginning of it, or `last`), or a run from its exchange file (.json).

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
        return store.runs.read(store.runs.find(str(run)), scoring)


def render(run: Run, format: str = "html", *, pseudonyms: bool = False, template: Path | None = None) -> bytes:
    """Return a run as a report in one of `reports.FORMATS`.

    Args:
        run: the run.
        format: name of the format.
        pseudonyms: keep the pseudonyms instead of putting the names back: names are in none of it.
        template: a Word document whose styles, headers and page the report takes, where its format can.

    Raises:
        UnknownName: no such format.
        InputError: a template for another format, or one that is not a sound Word document.
    """
    from comparia import reports

    content = None
    if template is not None:
        if not reports.format_of(format).takes_template:
            raise InputError(_("A template is for docx only."))
        from comparia import ingest

        content = ingest.sound_document(template)
    return reports.render(masked(run) if pseudonyms else run, format, content)


def masked(run: Run) -> Run:
    """A run whose every text bears pseudonyms: those its models read, or new ones when they read names."""
    from comparia import privacy

    found = run.pseudonyms or privacy.AUTO.of(run.transcript)
    return privacy.masked(run, privacy.veil_of(found, run.transcript))


async def check_models(settings: Settings, policy: Zone) -> dict[str, tuple[str, tuple[dict[str, Any], ...]]]:
    """Ask every server the policy allows, whose key is known, for its models.

    Returns:
        By backend name: reachable or why not, and its models as `{"id", "aliases"}`; a model met again under an alias of
        another entry is listed once.
    """
    from comparia import comparing

    with open_store(settings) as store:
        return await comparing.check_models(settings, policy, store)


def probe_injection(
    backend: str,
    attacks: Sequence[Attack] | None = None,
    *,
    policy: Zone | None = None,
    settings: Settings | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Outcome]:
    """Send a backend fictional sessions that hold hidden instructions, and say which ones it obeyed.

    Args:
        backend: a model, named as on the command line.
        attacks: those of `comparia.probing.attacks()` to send; all when None.
        policy: how far the fictional sessions may travel; the settings' when None.
        settings: read from comparia.toml and the environment when None.
        progress: told how many were answered, of how many.

    Raises:
        CompariaError: an unknown name, a refused zone, a missing key, a model that is not there.
    """
    from comparia import probing
    from comparia.backends.queue import run_sync

    settings = settings or load_settings()
    with open_store(settings) as store:
        work = probing.injection(
            backend, store, settings, policy=policy or settings.policy, chosen=attacks, progress=progress
        )
        return run_sync(work)


def purge(
    *,
    run: str | None = None,
    session: str | None = None,
    older_than: int | None = None,
    rehearse: bool = False,
    settings: Settings | None = None,
) -> tuple[Purged, list[Path]]:
    """Remove the texts of runs for good: database, exports, answers kept for replay. The journal lines stay.

    Args:
        run: a run, by its id or the beginning of it.
        session: a run of the session whose every run is removed.
        older_than: days; what is older is removed.
        rehearse: say what would be removed, and remove nothing.
        settings: read from comparia.toml and the environment when None.

    Returns:
        What was removed from the database, and the folders of exports that were.
    """
    settings = settings or load_settings()
    with open_store(settings) as store:
        named = run or session
        done = store.purge(
            run=store.runs.find(named) if named else None,
            whole_session=session is not None,
            before=now() - timedelta(days=older_than) if older_than is not None else None,
            rehearse=rehearse,
        )
    folders = [
        folder
        for name in done.runs
        for folder in sorted(settings.outputs.glob(f"{name}-*"))
        if folder.is_dir() and not folder.is_symlink()
    ]
    if not rehearse:
        for folder in folders:
            shutil.rmtree(folder)
    return done, folders


def apply_retention(settings: Settings) -> Purged | None:
    """Remove what is older than the settings' retention period; None where there is none, or nothing to look at."""
    if settings.retention_days is None or not has_store(settings):
        return None
    return purge(older_than=settings.retention_days, settings=settings)[0]


def diagnose(outputs: Path | None = None) -> list[Finding]:
    """What is wrong with this set-up, and the cure; nothing is sent, and nothing in it is secret."""
    from comparia import diagnosing

    found: Settings | CompariaError
    try:
        found = load_settings()
        if outputs is not None:
            found = found.model_copy(update={"outputs": outputs, "database_url": ""})
    except CompariaError as error:
        found = error
    return diagnosing.diagnose(found, _version())


async def check_backend(backend: Backend, settings: Settings) -> tuple[dict[str, Any], ...]:
    """Ask one server for its models, through the gate; nothing of any session is sent.

    Raises:
        CompariaError: outside the policy, without its key, or not there.
    """
    from comparia import comparing

    with open_store(settings) as store:
        return await comparing.check_backend(backend, settings.policy, store)


def _scored(
    run: Run,
    store: Store,
    reference: Reference | None,
    metrics: Sequence[str] | None = None,
    matcher: Matcher | None = None,
    name: str = "",
    on_metric: MetricObserver | None = None,
) -> Run:
    """Score a run and store the scores; return it as it is stored, as it is where `metrics` is empty."""
    from comparia import scoring
    from comparia.library import samples

    if metrics is not None and not metrics:
        return run
    strangers = samples.recaps_of_others(run.transcript)
    settled = store.workbench.settled(run.id, reference)
    scores = scoring.score(run, reference, metrics, matcher, strangers, settled, on_metric)
    if metrics is not None and reference == run.reference:
        scores = scoring.completed(scores, run.scores)
    store.scores.add_scores(run.id, reference, scores, name)
    stored = store.runs.read(run.id, name, with_scores=False)
    return stored.model_copy(update={"reference": reference, "scores": scores})


def _check_metrics(names: Sequence[str] | None) -> None:
    """Check that metrics have these names, before anything is sent. Raises UnknownName."""
    if names:
        from comparia.scoring import check_metrics

        check_metrics(names)


def _version() -> str:
    from comparia import __version__

    return __version__

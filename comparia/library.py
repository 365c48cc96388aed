"""The library's door: what `import comparia` gives. The terminal and the browser call the same functions."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from collections.abc import Coroutine, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from comparia import ingest, prompts, references, reports
from comparia.config import Settings, load_settings, shipped
from comparia.errors import RunFileError, UnknownName
from comparia.messages import gettext as _
from comparia.records import Prompt, Reference, Run, Transcript, Zone

if TYPE_CHECKING:
    from comparia.comparing import Observer
    from comparia.store import Store

T = TypeVar("T")


def read_transcript(
    *paths: str | Path,
    format: str | None = None,
    encoding: str | None = None,
    language: Literal["fr", "en"] | None = None,
    title: str | None = None,
    date: str = "",
) -> Transcript:
    """Read the file or files of one session: speech first, then its chat.

    Raises:
        TranscriptError: with file, line and cure.
    """
    return ingest.read(paths, format=format, encoding=encoding, language=language, title=title, date=date)


def load_prompt_set(name: str | Path) -> tuple[Prompt, ...]:
    """Load a prompt file, a folder of them, or a shipped set by its name (`compte-rendu`, `recap`, `baselines`).

    Raises:
        PromptError: with file and line.
    """
    path = Path(name)
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
    return references.load(Path(path), transcript)


def prepare(
    transcript: Transcript | str | Path,
    prompts: str | Path | Sequence[Prompt] = (),
    backends: Sequence[str] = ("extractive",),
    *,
    reference: Reference | str | Path | None = None,
    repeats: int = 1,
    policy: Zone | None = None,
    settings: Settings | None = None,
) -> Run:
    """Plan what `compare` would do, without sending or writing anything: its `plan` holds calls, tokens, cost, minutes."""
    from comparia import comparing

    settings = settings or load_settings()
    if not isinstance(transcript, Transcript):
        path = Path(transcript)
        transcript = read_transcript(path)
        reference = reference or references.beside(path)
    if isinstance(reference, str | Path):
        reference = load_reference(reference, transcript)
    chosen = load_prompt_set(prompts) if isinstance(prompts, str | Path) else tuple(prompts)
    store = open_store(settings) if any(name.startswith("replay:") for name in backends) else None
    try:
        return comparing.plan(
            transcript,
            chosen,
            comparing.resolve_backends(backends, settings, store),
            repeats=repeats,
            policy=policy or settings.policy,
            reference=reference,
            software=_version(),
        )
    finally:
        if store is not None:
            store.close()


def carry_out(
    run: Run, *, settings: Settings | None = None, observer: Observer | None = None, stream: bool = False
) -> Run:
    """Carry out a prepared run, keep what comes back, and score it."""
    from comparia import comparing

    store = open_store(settings or load_settings())
    try:
        done = _finished(comparing.execute(run, store, observer, stream=stream))
        return _scored(done, store, run.reference)
    finally:
        store.close()


def compare(
    transcript: Transcript | str | Path,
    prompts: str | Path | Sequence[Prompt] = (),
    backends: Sequence[str] = ("extractive",),
    *,
    reference: Reference | str | Path | None = None,
    repeats: int = 1,
    policy: Zone | None = None,
    settings: Settings | None = None,
    observer: Observer | None = None,
    stream: bool = False,
) -> Run:
    """Send one session to every prompt × backend × repeat, keep what comes back, and score it.

    Args:
        transcript: a transcript, or a file of one.
        prompts: a prompt set, or its name; not needed by extractive backends.
        backends: names as on the command line (`mistral:mistral-small-latest`, `extractive`, `m@http://127.0.0.1:8000/v1`).
        reference: key points, or their file; the file beside the transcript is used when there is one.
        repeats: how many times each model answers each prompt.
        policy: how far the text may travel; the settings' when None.
        settings: read from comparia.toml and the environment when None.
        observer: told of progress.
        stream: whether models are asked for their answer piece by piece.

    Returns:
        The stored run, scored. Failed calls are in it as failures.

    Raises:
        CompariaError: bad input, missing key, refused zone, unusable database.
    """
    settings = settings or load_settings()
    run = prepare(transcript, prompts, backends, reference=reference, repeats=repeats, policy=policy, settings=settings)
    return carry_out(run, settings=settings, observer=observer, stream=stream)


def resume(
    run_id: str = "last", *, settings: Settings | None = None, observer: Observer | None = None, stream: bool = False
) -> Run:
    """Carry on a run that was interrupted, asking only for what is missing, and score it again."""
    from comparia import comparing

    store = open_store(settings or load_settings())
    try:
        run = _finished(comparing.resume(run_id, store, observer, stream=stream))
        return _scored(run, store, run.reference)
    finally:
        store.close()


def import_recap(run_id: str, file: str | Path, author: str, *, settings: Settings | None = None) -> Run:
    """Put a recap written by hand, or elsewhere, among the variants of a stored run, and score the run again."""
    from comparia import comparing

    store = open_store(settings or load_settings())
    try:
        run, _variant = _finished(comparing.add_recap(run_id, store, Path(file), author))
        return _scored(run, store, run.reference)
    finally:
        store.close()


def score(
    run: Run | str,
    reference: Reference | str | Path | None = None,
    metrics: Sequence[str] | None = None,
    *,
    settings: Settings | None = None,
) -> Run:
    """Score a run again, without calling any model; the new scores are appended to the stored run.

    Args:
        run: a run, or the id of a stored one.
        reference: key points or their file; the run's own when None.
        metrics: names of metrics; all when None.
    """
    store = open_store(settings or load_settings())
    try:
        stored = store.read(store.find(run if isinstance(run, str) else run.id))
        if isinstance(reference, str | Path):
            reference = load_reference(reference, stored.transcript)
        return _scored(stored, store, reference or stored.reference, metrics)
    finally:
        store.close()


def read_run(run: str | Path = "last", *, settings: Settings | None = None) -> Run:
    """A stored run by its id (or the beginning of it, or `last`), or a run from its exchange file (.json).

    Raises:
        UnknownName: no such run.
        RunFileError: the file is not a run of this format.
    """
    path = Path(run)
    if path.suffix == ".json":
        try:
            return reports.run_from_json(path.read_bytes(), path.name)
        except OSError as error:
            raise RunFileError(_("cannot be read ({error}).").format(error=error.strerror), path) from error
    settings = settings or load_settings()
    if not has_store(settings):
        raise UnknownName(_("run"), str(run), ())
    store = open_store(settings)
    try:
        return store.read(store.find(str(run)))
    finally:
        store.close()


def render(run: Run, format: str = "html") -> bytes:
    """A run as a report: `html`, `markdown`, `csv`, `json` or `text`.

    Raises:
        UnknownName: no such format.
    """
    return reports.render(run, format)


async def check_models(settings: Settings, policy: Zone) -> dict[str, tuple[str, tuple[dict[str, Any], ...]]]:
    """Ask every server the policy allows, whose key is known, for its models.

    Returns:
        By backend name: reachable or why not, and its models as `{"id", "aliases"}`; a model met again under an alias of
        another entry is listed once.
    """
    from comparia import comparing

    store = open_store(settings)
    try:
        return await comparing.check_models(settings, policy, store)
    finally:
        store.close()


def has_store(settings: Settings) -> bool:
    """Whether there is a database to read: looking must not create one."""
    url = settings.database
    return not url.startswith("sqlite:///") or Path(url.removeprefix("sqlite:///")).exists()


def open_store(settings: Settings) -> Store:
    """The database the settings name, ready to use."""
    from comparia.store import open_store as open_database

    return open_database(settings.database)


def _scored(run: Run, store: Store, reference: Reference | None, metrics: Sequence[str] | None = None) -> Run:
    from comparia import scoring

    scores = scoring.score(run, reference, metrics)
    store.add_scores(run.id, reference, scores)
    return run.model_copy(update={"scores": scores, "reference": reference})


def _version() -> str:
    from comparia import __version__

    return __version__


def _finished(work: Coroutine[Any, Any, T]) -> T:
    """The result of asynchronous work, also where a loop is running already (a notebook): in a thread of its own."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    loop = asyncio.new_event_loop()
    task = loop.create_task(work)
    with ThreadPoolExecutor(1) as aside:
        running = aside.submit(contextvars.copy_context().run, loop.run_until_complete, task)
        try:
            return running.result()
        except KeyboardInterrupt:
            loop.call_soon_threadsafe(task.cancel)
            with contextlib.suppress(asyncio.CancelledError, CancelledError):
                running.result()
            raise
        finally:
            loop.close()

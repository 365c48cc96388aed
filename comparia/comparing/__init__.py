"""Compare: a transcript, prompts and backends make a `Run` of variants.

run = plan(transcript, prompts, backends, …)      everything sized, priced and checked before anything is sent
run = await execute(run, store, …)                concurrent; each answer is on disk before it is shown
run = await resume(run_id, store, …)              asks only for what is missing
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from comparia import privacy
from comparia.asking import Channel, models_of, server_of
from comparia.backends import Admit, Generator, connect, imported, resolve, with_generation
from comparia.backends import check_keys as check_backend_keys
from comparia.backends.presets import plugin_of
from comparia.backends.replay import Replay
from comparia.comparing import demonstrations
from comparia.comparing.batches import Batching
from comparia.comparing.content import SessionWords, warnings_of
from comparia.comparing.execution import Event, Execution, Observer, Rehearsed
from comparia.comparing.outgoing import previewed
from comparia.comparing.planning import adjusted, cost_in_batches, lay_out
from comparia.config import GenerationSettings, Settings, catalogue
from comparia.errors import BackendError, ConfigurationError, InputError, MissingKey, OutboundRefused
from comparia.keys import ENVIRONMENT
from comparia.messages import gettext as _
from comparia.records import (
    Backend,
    Completion,
    Leftover,
    Piece,
    Prompt,
    Pseudonyms,
    Reference,
    Run,
    RunStatus,
    Transcript,
    Variant,
    Zone,
    now,
)
from comparia.store import Store
from comparia.text import fences

__all__ = [
    "Batching",
    "Event",
    "Observer",
    "abandon_batches",
    "add_recap",
    "add_text",
    "change_text",
    "check_backend",
    "check_models",
    "cost_in_batches",
    "distinct_name",
    "execute",
    "look",
    "lying_at_servers",
    "plan",
    "previewed",
    "pseudonyms_for",
    "read_recap",
    "resolve_backends",
    "resume",
]


def resolve_backends(
    specs: Sequence[str],
    settings: Settings,
    store: Store | None = None,
    generation: GenerationSettings | None = None,
) -> tuple[Backend, ...]:
    """Backends from their names; `replay:RUN` stands for every model of a recorded run, `replay:RUN/NAME` for one.

    `demonstration:SAMPLE` stands for the recaps that ship with a sample session.

    Args:
        specs: the names.
        settings: backends with names of one's own.
        store: where recorded runs are kept.
        generation: parameters of every model, over the settings of each.

    Raises:
        UnknownName: a backend, preset, algorithm or run nobody knows.
        ConfigurationError: parameters are given, and none of the backends takes any.
    """
    found: list[Backend] = []
    for spec in specs:
        if spec.startswith(demonstrations.PREFIX):
            sample = spec.removeprefix(demonstrations.PREFIX)
            found.append(demonstrations.backend_of(sample, settings.replay_speed))
        elif spec.startswith("replay:") and store is not None:
            found.extend(_recorded(spec.removeprefix("replay:"), store, settings.replay_speed))
        else:
            found.extend(resolve([spec], settings))
    named = tuple({backend.name: backend for backend in found}.values())
    return with_generation(named, generation) if generation is not None else named


def plan(
    transcript: Transcript,
    prompts: Sequence[Prompt],
    backends: Sequence[Backend],
    *,
    repeats: int = 1,
    policy: Zone = "eu",
    reference: Reference | None = None,
    software: str = "",
    pseudonyms: Pseudonyms | None = None,
    seen: Mapping[tuple[str, str], frozenset[str]] | None = None,
    fence: str = "",
) -> Run:
    """Lay out a run: every variant to be, its calls, tokens, cost and least duration. Nothing is sent or written.

    Args:
        transcript: the session.
        prompts: instructions to try.
        backends: who is asked.
        repeats: how many times each model answers each prompt.
        policy: how far the session's text may travel.
        reference: key points to score against.
        software: version that plans.
        pseudonyms: what every model reads instead of names; None to send names as they stand.
        seen: warnings of earlier recaps, by address and model: what a server refused then is not asked of it again.
        fence: drawn for an earlier run of this session, so that servers find it in their cache; drawn anew when empty.

    Raises:
        OutboundRefused: a backend lies outside the policy.
        ConfigurationError: nothing to compare.
    """
    if not backends:
        raise ConfigurationError(
            _("No backend was named."),
            _("For instance: --backend extractive, or comparia models."),
            on_page=_("Tick at least one box under “Who writes”."),
        )
    if not prompts and any(backend.reads_prompts for backend in backends):
        raise ConfigurationError(
            _("No prompt was given."),
            _("For instance: --prompts compte-rendu"),
            on_page=_("Tick at least one prompt: a model needs one."),
        )
    privacy.check(policy, backends)
    backends = adjusted(backends, seen or {})
    created = now()
    return Run(
        id=f"{created:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}",
        status="started",
        created_at=created,
        software=software,
        policy=policy,
        pseudonyms=pseudonyms,
        fence=fence or fences.drawn(),
        layout=2,
        repeats=repeats,
        backends=backends,
        prompts=tuple(prompts),
        plan=lay_out(transcript, prompts, backends, repeats).model_copy(
            update={"named": _strangers(prompts, pseudonyms)}
        ),
        reference=reference,
        transcript=transcript,
    )


def _strangers(prompts: Sequence[Prompt], pseudonyms: Pseudonyms | None) -> dict[str, tuple[str, ...]]:
    """Return the people that each prompt names and that are not hidden as people of the session."""
    hidden = {
        word.casefold() for alias in (pseudonyms.aliases if pseudonyms else ()) for word in alias.original.split()
    }
    found = {}
    for prompt in prompts:
        names = privacy.people_in("\n".join((prompt.system, *prompt.steps)))
        strange = tuple(name for name in names if not any(word.casefold() in hidden for word in name.split()))
        if strange:
            found[prompt.id] = strange
    return found


def pseudonyms_for(
    transcript: Transcript, backends: Sequence[Backend], hiding: privacy.Hiding, store: Store | None = None
) -> Pseudonyms | None:
    """What the models of a run read instead of names; None where names are sent as they stand.

    A recorded run that is replayed had its own: the answers belong to those words, so they are kept.

    Raises:
        ConfigurationError: a recorded run that was not pseudonymised would be asked beside a model that may not see
            names.
    """
    wanted = hiding.of(transcript) if privacy.hides(hiding.mode, backends) else None
    for backend in backends:
        if backend.kind == "replay" and backend.preset != "demonstration" and store is not None:
            recorded = store.runs.read(_recording(backend)[0])
            if recorded.transcript.id != transcript.id:
                continue
            if recorded.pseudonyms is None and wanted is not None:
                raise ConfigurationError(
                    _(
                        "Run {run} was recorded with the names as they stand: it cannot be replayed beside a model "
                        "that must not see them."
                    ).format(run=recorded.id),
                    _("Leave one of them out, or add --pseudonyms never."),
                    on_page=_("Leave one of them out, or send the names as they are."),
                )
            wanted = recorded.pseudonyms
    return wanted


def check_keys(run: Run, environ: Mapping[str, str] = ENVIRONMENT) -> None:
    """Make sure every key a run needs is there. Raises MissingKey, which names the variable."""
    check_backend_keys(run.backends, environ)


async def execute(
    run: Run,
    store: Store,
    observer: Observer | None = None,
    *,
    stream: bool = False,
    environ: Mapping[str, str] = ENVIRONMENT,
) -> Run:
    """Write a run down, then carry it out.

    Args:
        run: a planned run.
        observer: told of every sending, piece, retry and variant.
        stream: ask models for their answer piece by piece.

    Raises:
        MissingKey: before anything is written or sent.
        StoreError: the answers cannot be kept; nothing more is sent.
    """
    check_backend_keys(run.backends, environ)
    store.runs.start(run)
    return await _carry_out(run, store, observer, stream, environ)


async def resume(
    run_id: str,
    store: Store,
    observer: Observer | None = None,
    *,
    stream: bool = False,
    environ: Mapping[str, str] = ENVIRONMENT,
    only: Collection[str] | None = None,
    batching: Batching | None = None,
    rehearsals: Sequence[str] = (),
) -> Run:
    """Carry out what is missing of a run: variants never finished, and those that failed. No answer is asked twice.

    Args:
        run_id: the run.
        store: where it is kept.
        observer: told of every sending, piece, retry and variant.
        stream: ask models for their answer piece by piece.
        environ: holds the keys.
        only: ids of the variants to ask for; all that are missing when None.
        rehearsals: ids of runs, the likeliest first, whose answers to the same questions stand in where a backend does
            not answer now. Such a variant is marked `rehearsed`.
        batching: how the run is asked in batches; when None, batches that were sent earlier are read, and none is sent.

    Returns:
        The run; it is `started` while cells wait for a batch.
    """
    run = store.runs.read(store.runs.find(run_id))
    check_backend_keys(run.backends, environ)
    rehearsed: dict[tuple[str, str], Completion] = {}
    for rehearsal in rehearsals:
        for backend in run.backends:
            for question, completion in store.answers.by_question(rehearsal, backend.name).items():
                rehearsed.setdefault((backend.name, question), completion)
    return await _carry_out(run, store, observer, stream, environ, only, batching, rehearsed)


async def look(run_id: str, store: Store, batching: Batching, *, cancel: bool = False) -> bool:
    """Ask servers about the batches of a run, and keep the answers of those that have ended.

    Args:
        run_id: the run.
        store: where it is kept.
        batching: how it is asked in batches.
        cancel: have the servers stop those that have not ended.

    Returns:
        Whether one has ended: `resume` then goes on with the cells that waited for it.

    Raises:
        StoreError: another process is carrying the run out.
        BackendError: a server refuses to tell, or to stop one.
    """
    with store.runs.hold(run_id):
        return await batching.look(cancel=cancel)


def lying_at_servers(run_id: str, store: Store) -> list[Leftover]:
    """Return what lies at providers' of the batches of a run, as far as is known here; nobody is asked."""
    return Batching(store.runs.read(run_id, with_scores=False), store).leftovers()


async def abandon_batches(
    run_id: str, store: Store, settings: Settings, environ: Mapping[str, str] = ENVIRONMENT
) -> list[Leftover]:
    """Cancel the batches of a run that is about to be removed, and remove its files at the servers; read nothing.

    Args:
        run_id: the run.
        store: where it is kept.
        settings: backends as they are now: what they say of batches counts.
        environ: holds the keys.

    Returns:
        What could not be removed there, and why.

    Raises:
        StoreError: another process is carrying the run out.
    """
    run = store.runs.read(run_id, with_scores=False)
    endpoints = [backend for backend in run.backends if backend.name not in settings.backends]
    endpoints += resolve([backend.name for backend in run.backends if backend.name in settings.backends], settings)
    with store.runs.hold(run_id):
        try:
            return await Batching(run, store, endpoints, environ=environ).abandon()
        finally:
            store.drain()


async def add_recap(run_id: str, store: Store, file: Path, author: str) -> tuple[Run, Variant]:
    """Put a recap written by hand, or elsewhere, among the variants of a run.

    Raises:
        InputError: the file is missing, empty or not text.
    """
    return await add_text(run_id, store, read_recap(file), author)


async def add_text(
    run_id: str, store: Store, text: str, author: str, pieces: tuple[Piece, ...] = ()
) -> tuple[Run, Variant]:
    """The same, of a text already read; of one composed from variants, with where each passage comes from.

    A name that another recap of the run has is followed by a number.
    """
    run_id = store.runs.find(run_id)
    with store.runs.hold(run_id):
        run = store.runs.read(run_id)
        removed = [variant for variant, _at in store.runs.removed(run_id)]
        source = imported.backend(distinct_name(author, (*run.variants, *removed)))
        taken = {variant.id for variant in (*run.variants, *removed)}
        number = next(n for n in range(1, len(taken) + 2) if f"h{n}" not in taken)
        variant = _written(f"h{number}", run, text, source, pieces)
        await store.runs.add_variant(run.id, variant)
    return store.runs.read(run.id), variant


def distinct_name(author: str, others: Iterable[Variant]) -> str:
    """Return the name of who wrote a recap, with a number where another recap has it: `Sophie Martin (2)`."""
    taken = {variant.backend for variant in others}
    names = (author, *(f"{author} ({n})" for n in range(2, len(taken) + 2)))
    return next(name for name in names if imported.backend(name).name not in taken)


def change_text(
    run_id: str, store: Store, name: str, text: str, author: str, pieces: tuple[Piece, ...] = ()
) -> tuple[Run, Variant]:
    """Put other words in place of those of a recap that a person wrote; its earlier words are gone.

    Raises:
        UnknownName: no such recap, or one that no person wrote.
    """
    run_id = store.runs.find(run_id)
    with store.runs.hold(run_id):
        run = store.runs.read(run_id)
        removed = [variant for variant, _at in store.runs.removed(run_id)]
        others = [variant for variant in (*run.variants, *removed) if variant.id != name]
        source = imported.backend(distinct_name(author, others))
        variant = _written(name, run, text, source, pieces)
        store.runs.rewrite(run_id, variant)
    return store.runs.read(run_id), variant


def _written(name: str, run: Run, text: str, source: Backend, pieces: tuple[Piece, ...]) -> Variant:
    return Variant(
        id=name,
        prompt=None,
        backend=source.name,
        author="human",
        summary=text,
        warnings=tuple(
            code
            for code in warnings_of(text, SessionWords(run.transcript), None)
            if code.startswith(("other_language", "refusal"))
        ),
        finished_at=now(),
        pieces=pieces,
    )


async def check_backend(
    backend: Backend, policy: Zone, store: Store, environ: Mapping[str, str] = ENVIRONMENT
) -> tuple[dict[str, Any], ...]:
    """Ask one server for its models, through the gate. Raises OutboundRefused, MissingKey or BackendError."""
    what = _("a request for the list of models")
    async with Channel(backend, store, server_of(environ), policy=policy, environ=environ, what=what) as channel:
        return await models_of(channel)


async def check_models(
    settings: Settings, policy: Zone, store: Store, environ: Mapping[str, str] = ENVIRONMENT
) -> dict[str, tuple[str, tuple[dict[str, Any], ...]]]:
    """Ask the servers of the catalogue, and one's own, for their models, through the same gate as everything else.

    Returns:
        By name: `yes` or why not, and the models as `{"id", "aliases"}`.
    """
    asked: dict[str, Backend] = {}
    for name in (*catalogue(), *settings.backends):
        spec = name if name in settings.backends else f"{name}:-"
        with contextlib.suppress(ConfigurationError):
            backend = resolve([spec], settings)[0]
            if backend.kind == "openai_compatible" and plugin_of(backend) is None:
                asked[name] = backend

    async def ask(backend: Backend) -> tuple[str, tuple[dict[str, Any], ...]]:
        try:
            models = await check_backend(backend, policy, store, environ)
        except MissingKey:
            return _("its key is missing"), ()
        except OutboundRefused:
            return _("outside the policy"), ()
        except BackendError as error:
            return error.message, ()
        told = _("yes") if models else _("yes, but it lists no model: name one, {name}:MODEL").format(name=backend.name)
        return told, models

    answers = await asyncio.gather(*(ask(backend) for backend in asked.values()))
    return dict(zip(asked, answers, strict=True))


async def _carry_out(
    run: Run,
    store: Store,
    observer: Observer | None,
    stream: bool,
    environ: Mapping[str, str],
    only: Collection[str] | None = None,
    batching: Batching | None = None,
    rehearsed: Rehearsed | None = None,
) -> Run:
    veil = privacy.veil_of(run.pseudonyms, run.transcript) if run.pseudonyms else None
    privacy.check(run.policy, run.backends)
    replays = {backend.name: _replay(backend, run, store) for backend in run.backends if backend.kind == "replay"}

    def open_channel(backend: Backend) -> Channel[Generator]:
        def make(backend: Backend, admit: Admit) -> Generator:
            return replays[backend.name] if backend.kind == "replay" else connect(backend, admit, environ)

        return Channel(backend, store, make, policy=run.policy, environ=environ, run=run.id, veil=veil)

    secrets = tuple(environ[b.key_variable] for b in run.backends if b.key_variable and environ.get(b.key_variable))
    status: RunStatus = "cancelled"
    with store.runs.hold(run.id):
        store.runs.finish(run.id, "started")
        batching = batching or Batching(run, store, environ=environ)
        try:
            if not batching.looked:
                await batching.look()
            batching.looked = False
            execution = Execution(
                run,
                store,
                open_channel,
                observer,
                stream=stream,
                secrets=secrets,
                batching=batching,
                rehearsed=rehearsed,
            )
            await execution.run_all(only)
            while await batching.submit():  # what was refused at once is told of its cells
                await execution.run_all(frozenset(batching.waiting))
            status = execution.status()
            if batching.waiting:
                status = "started" if batching.open else "cancelled"
        finally:
            store.drain()
            store.runs.finish(run.id, status)
    return store.runs.read(run.id)


def _replay(backend: Backend, run: Run, store: Store) -> Replay:
    """Return a recorded backend with every answer it can give to a run."""
    if backend.preset == "demonstration":
        kept = demonstrations.demonstration(backend.name.removeprefix(demonstrations.PREFIX)).answers
        return Replay(backend, {}, backend.speed, {(prompt, 1, role): c for (prompt, role), c in kept.items()})
    recorded_id, name = _recording(backend)
    recorded = store.runs.read(recorded_id)
    places: dict[tuple[str, int, str], Completion] = {}
    if recorded.transcript.id == run.transcript.id:
        answers = {
            request: answer for request, _question, who, answer in store.answers.recorded(recorded_id) if who == name
        }
        for variant in recorded.variants:
            for call in variant.calls if variant.backend == name and variant.prompt else ():
                if call.request in answers:
                    places[variant.prompt or "", variant.repeat, call.role] = answers[call.request]
    return Replay(backend, store.answers.by_question(recorded_id, name), backend.speed, places)


def _recording(backend: Backend) -> tuple[str, str]:
    run_id, _slash, name = backend.name.removeprefix("replay:").partition("/")
    return run_id, name


def _recorded(wanted: str, store: Store, speed: float) -> list[Backend]:
    run_id, _slash, name = wanted.partition("/")
    run = store.runs.read(store.runs.find(run_id))
    models = [b for b in run.backends if b.reads_prompts and (not name or b.name == name)]
    if not models:
        raise ConfigurationError(_("Run {run} holds no model's answers to replay.").format(run=run.id))
    return [
        Backend(
            name=f"replay:{run.id}/{b.name}",
            kind="replay",
            model=b.model,
            zone="local",
            preset="replay",
            author=b.author,
            context=b.context,
            speed=speed,
            written_on=b.written_on,
        )
        for b in models
    ]


def read_recap(file: Path) -> str:
    """The text of a recap written by hand. Raises InputError: missing, empty or not text."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(_("cannot be read ({error}).").format(error=error.strerror), file) from error
    except UnicodeDecodeError as error:
        raise InputError(_("a recap must be UTF-8 text (Markdown is fine)."), file) from error
    if not any(ch.isalpha() for ch in text) or "\0" in text:
        raise InputError(_("the file holds no text."), file)
    return text.strip() + "\n"

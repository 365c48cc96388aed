"""The runs of a study carried out one after the other, then those that wait for batches, until nothing waits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from comparia import comparing
from comparia.backends.presets import presets
from comparia.errors import BackendError
from comparia.records import Backend, Batch, Run

if TYPE_CHECKING:
    from comparia.comparing import Batching, Event
    from comparia.store import Store

FIRST_LOOK = 5.0
"""Seconds from the sending of batches to the first look at them."""
GROWTH = 1.5
"""How much longer each pause between two looks is than the one before."""
LONGEST_PAUSE = 300.0
"""Longest pause between two looks, in seconds: each look is a request, and a line of the journal."""


class BatchTerms(NamedTuple):
    """What is known of the batches of one server of a study."""

    label: str
    """Name of the provider."""
    address: str
    """Where its files go."""
    models: tuple[str, ...]
    """Names of the models of the study that are asked there."""
    price: float
    """Share of the ordinary price that is paid."""
    hours: int | None
    """Hours within which it answers, or gives up; None if unknown."""
    kept_days: int | None
    """Days after which it removes files by itself; None where it keeps them until they are removed."""
    answers_hours: int | None
    """Hours for which answers can be read once they are there; None where it is as long as files are kept."""
    read_on: str
    """Day on which its pages said so, ISO 8601; empty where only the settings say that it takes batches."""


class Wait(NamedTuple):
    """What a study waits for."""

    batches: tuple[Batch, ...]
    """The batches that are not read yet."""
    seconds: float
    """Seconds to the next look."""
    pause: float
    """The whole pause, in seconds."""
    unreachable: str
    """What a server that did not answer at the last look said; empty where all answered."""


def batch_terms(backends: Sequence[Backend], models: Callable[[str], str]) -> tuple[BatchTerms, ...]:
    """Return what is known of the batches that these backends take: a server once for each price.

    Args:
        backends: of all runs.
        models: gives the name of a model of the study from the name of its backend.
    """
    found: dict[tuple[str, float | None], BatchTerms] = {}
    for backend in backends:
        if backend.batch is None:
            continue
        preset = presets()[backend.preset]
        told = preset.batch if preset.batch and backend.base_url == preset.base_url else None
        place = (backend.base_url, backend.batch_price)
        names = found[place].models if place in found else ()
        found[place] = BatchTerms(
            label=preset.label if told else backend.base_url,
            address=backend.base_url,
            models=tuple(dict.fromkeys((*names, models(backend.name)))),
            price=backend.batch_price,
            hours=told.hours if told else None,
            kept_days=told.kept_days if told else None,
            answers_hours=told.answers_hours if told else None,
            read_on=told.read_on if told else "",
        )
    return tuple(found.values())


class Waits(NamedTuple):
    """How batches are waited for."""

    every: float
    """Longest pause between two looks, in seconds."""
    stay: bool
    """Whether to wait for them; if not, they are sent, or cancelled, and what is there is read."""
    tell: Callable[[Wait], None]
    """Told of what is waited for, each second."""


async def carry_out(
    runs: Sequence[Run],
    store: Store,
    observer: Callable[[Event], None],
    *,
    begin: Callable[[str], None],
    batch: bool,
    waits: Waits,
) -> None:
    """Carry runs out, or carry them on, and look at their batches until none waits.

    Args:
        runs: as they are planned.
        store: where they are kept.
        observer: told of events.
        begin: told of each run that is gone on with.
        batch: whether what is asked goes into batches, where a backend takes them.
        waits: how batches are waited for.
    """
    waiting: dict[str, Batching] = {}
    for planned in runs:
        if not store.runs.has(planned.id):
            store.runs.start(planned)
        stored = store.runs.read(planned.id, with_scores=False)
        whole = sum(variant.summary is not None for variant in stored.variants) == len(stored.plan.cells)
        batching = comparing.Batching(stored, store, planned.backends, asking="in_batches" if batch else "alone")
        if whole and not batching.left:
            continue
        begin(planned.id)
        await comparing.resume(planned.id, store, observer, batching=batching)
        if batching.waiting:
            waiting[planned.id] = batching

    async def go_on(run_id: str, batching: Batching) -> bool:
        ended = await comparing.look(run_id, store, batching)
        if ended:
            begin(run_id)
            await comparing.resume(run_id, store, observer, only=frozenset(batching.waiting), batching=batching)
        return ended

    await _wait_for(waiting, go_on, lambda batching: not batching.waiting, waits)


async def cancel(
    runs: Sequence[Run],
    store: Store,
    observer: Callable[[Event], None],
    *,
    begin: Callable[[str], None],
    waits: Waits,
) -> None:
    """Cancel the batches of runs, and look at them until each is over; nothing is asked anew.

    Args:
        runs: as they are planned.
        store: where they are kept.
        observer: told of events.
        begin: told of each run whose batches are cancelled.
        waits: how the end of batches is waited for.

    Raises:
        BackendError: a server refuses; those of the other runs were asked before.
    """
    refusal: BackendError | None = None
    waiting: dict[str, Batching] = {}

    async def go_on(run_id: str, batching: Batching) -> bool:
        ended = await comparing.look(run_id, store, batching, cancel=True)
        if ended:
            await comparing.resume(run_id, store, observer, batching=batching)
        return ended

    for planned in runs:
        if not store.runs.has(planned.id):
            continue
        stored = store.runs.read(planned.id, with_scores=False)
        batching = comparing.Batching(stored, store, planned.backends, asking="nothing")
        if not batching.left:
            continue
        begin(planned.id)
        try:
            await go_on(planned.id, batching)
        except BackendError as error:
            refusal = refusal or error
            continue
        if batching.open:
            waiting[planned.id] = batching
    await _wait_for(waiting, go_on, lambda batching: not batching.open, waits)
    if refusal is not None:
        raise refusal


async def _wait_for(
    waiting: dict[str, Batching],
    go_on: Callable[[str, Batching], Awaitable[bool]],
    is_over: Callable[[Batching], bool],
    waits: Waits,
) -> None:
    """Look at the batches of runs, less and less often, until nothing is awaited of any.

    Args:
        waiting: the runs, by id; those that are over are taken out.
        go_on: looks at the batches of one run, goes on with it, and returns whether one has ended.
        is_over: whether nothing more is awaited of a run.
        waits: how they are waited for.
    """
    pause = min(FIRST_LOOK, waits.every)
    while waiting and waits.stay:
        await _pause(pause, waiting, waits.tell)
        pause = min(waits.every, GROWTH * pause)
        for run_id, batching in list(waiting.items()):
            if await go_on(run_id, batching):
                pause = min(FIRST_LOOK, waits.every)
            if is_over(batching):
                del waiting[run_id]


async def _pause(seconds: float, waiting: dict[str, Batching], tell: Callable[[Wait], None]) -> None:
    batches = tuple(batch for batching in waiting.values() for batch in batching.open)
    unreachable = next((one.unreachable for one in waiting.values() if one.unreachable), "")
    left = seconds
    while left > 0:
        tell(Wait(batches, left, seconds, unreachable))
        await asyncio.sleep(min(1.0, left))
        left -= 1.0

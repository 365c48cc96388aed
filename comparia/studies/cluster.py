"""Work of a study spread over processes or machines, through Dask distributed, which is imported here alone.

A worker is sent the bytes of what it works on and sends bytes back; nothing else is shared. Results are handed over as
they come, and whoever asked writes them down. A worker that dies loses the work it had, which Dask gives to another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from typing import Any, TypeVar

from comparia.errors import ConfigurationError, MissingExtra
from comparia.messages import gettext as _

AHEAD = 2
"""Pieces of work given to each worker before its first answer: memory does not grow with the study."""

TIMES_LOST = 5
"""Workers that may die with one piece of work before it is given up."""

_Item = TypeVar("_Item")


def spread(
    work: Callable[[bytes], bytes], items: Iterable[tuple[_Item, bytes]], *, workers: int = 0, address: str = ""
) -> Iterator[tuple[_Item, bytes]]:
    """Yield each item with what the work on its bytes gives, in the order in which workers end.

    Args:
        work: a function of a module, from bytes to bytes.
        items: what names a piece of work, and its bytes; read as workers take them.
        workers: processes on this machine; those of the cluster where an address is given.
        address: of the scheduler of a running cluster: `tcp://host:8786`.

    Raises:
        MissingExtra: Dask distributed is not installed.
        ConfigurationError: no scheduler answers, or a piece of work failed on every worker that took it.
    """
    try:
        import dask
        from dask.distributed import Client, LocalCluster, as_completed
    except ImportError as error:
        raise MissingExtra(_("Work on several processes"), 'pip install "comparia[cluster]"') from error
    quiet = {"distributed.scheduler.allowed-failures": TIMES_LOST, "distributed.admin.tick.interval": "1s"}
    with dask.config.set(quiet), ExitStack() as stack:
        place: Any = address
        if not address:
            local = LocalCluster(  # type: ignore[no-untyped-call]
                n_workers=workers, threads_per_worker=1, dashboard_address=None, host="127.0.0.1", silence_logs=50
            )
            place = stack.enter_context(local)
        try:
            client = stack.enter_context(Client(place, timeout="10s"))  # type: ignore[no-untyped-call]
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                _("no scheduler answers at {address}.").format(address=address),
                _("Start one with: dask scheduler, and workers with: dask worker {address}").format(address=address),
                on_page="",
            ) from error
        named: dict[str, _Item] = {}
        waiting = iter(items)

        def given() -> Iterator[Any]:
            """Give one more piece of work, if there is one."""
            for item, data in islice(waiting, 1):
                future = client.submit(work, data, pure=False)
                named[future.key] = item
                yield future

        running = max(1, len(client.scheduler_info().get("workers", {})) or workers)
        first = [future for _place in range(AHEAD * running) for future in given()]
        if not first:
            return
        ended: Any = as_completed(first)  # type: ignore[no-untyped-call]
        for future in ended:
            item = named.pop(future.key)
            try:
                result = future.result()
            except Exception as error:
                problem = f"{type(error).__name__}: {error}"[:300]
                raise ConfigurationError(_("a worker could not do its work: {error}").format(error=problem)) from error
            future.release()
            yield item, result
            for more in given():
                ended.add(more)

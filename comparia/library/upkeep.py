"""The set-up: servers asked for their models, probed, texts removed for good, what is wrong with it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comparia.config import Settings, load_settings
from comparia.errors import CompariaError, StoreError
from comparia.library.kept import has_store, open_store
from comparia.messages import gettext as _
from comparia.messages import ngettext, number
from comparia.records import Backend, Leftover, Zone, now

if TYPE_CHECKING:
    from comparia.diagnosing import Finding
    from comparia.probing import Attack, Outcome
    from comparia.store import Purged, Store


async def check_models(settings: Settings, policy: Zone) -> dict[str, tuple[str, tuple[dict[str, Any], ...]]]:
    """Ask every server the policy allows, whose key is known, for its models.

    Returns:
        By backend name: reachable or why not, and its models as `{"id", "aliases"}`; a model met again under an alias
        of another entry is listed once.
    """
    from comparia import comparing

    with open_store(settings) as store:
        return await comparing.check_models(settings, policy, store)


async def check_backend(backend: Backend, settings: Settings) -> tuple[dict[str, Any], ...]:
    """Ask one server for its models, through the gate; nothing of any session is sent.

    Raises:
        CompariaError: outside the policy, without its key, or not there.
    """
    from comparia import comparing

    with open_store(settings) as store:
        return await comparing.check_backend(backend, settings.policy, store)


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
    leave_files: bool = False,
    settings: Settings | None = None,
) -> tuple[Purged, list[Path]]:
    """Remove the texts of runs for good: database, exports, answers kept for replay. The journal lines stay.

    Recordings that nothing else refers to go too: those given in the browser; of the user's own files, only the links.
    Batches that wait are cancelled at their provider's, and their files are removed there: answers that were not read
    are lost.

    Args:
        run: a run, by its id or the beginning of it.
        session: a run of the session whose every run is removed.
        older_than: days; what is older is removed.
        rehearse: say what would be removed, and remove nothing.
        leave_files: remove the runs here also where a provider does not remove its files.
        settings: read from comparia.toml and the environment when None.

    Returns:
        What was removed from the database, and the folders of exports that were.

    Raises:
        StoreError: a provider does not remove its files, or not yet; nothing was removed here.
    """
    settings = settings or load_settings()
    with open_store(settings) as store:
        named = run or session
        wanted = partial(
            store.purge,
            run=store.runs.find(named) if named else None,
            whole_session=session is not None,
            before=now() - timedelta(days=older_than) if older_than is not None else None,
        )
        done = wanted(rehearse=True)
        with_files = [name for name in done.runs if store.batches.of(name, open_only=True)]
        left = _remove_at_servers(with_files, store, settings, rehearse=rehearse)
        if left and not rehearse and not leave_files:
            raise _not_removed(left)
        if not rehearse:
            done = wanted()
        done = done._replace(at_servers=tuple(left))
    folders = [
        folder
        for name in done.runs
        for folder in sorted(settings.outputs.glob(f"{name}-*"))
        if folder.is_dir() and not folder.is_symlink()
    ]
    if not rehearse:
        for folder in folders:
            shutil.rmtree(folder)
        from comparia.library import recordings

        recordings.remove_entries(done.recordings, settings)
        if older_than is not None:
            recordings.remove_unused(settings, (now() - timedelta(days=older_than)).timestamp())
    return done, folders


def _remove_at_servers(run_ids: Sequence[str], store: Store, settings: Settings, *, rehearse: bool) -> list[Leftover]:
    """Cancel the batches of runs and remove their files at the providers'; return what is left there.

    In a rehearsal, nobody is asked, and everything that is known to be there is returned.
    """
    if not run_ids:
        return []
    from comparia import comparing
    from comparia.backends.queue import run_sync

    if rehearse:
        return [one for run_id in run_ids for one in comparing.lying_at_servers(run_id, store)]

    async def remove() -> list[Leftover]:
        return [one for run_id in run_ids for one in await comparing.abandon_batches(run_id, store, settings)]

    return run_sync(remove())


def _not_removed(left: Sequence[Leftover]) -> StoreError:
    """Return the error of files that stay at a provider's."""
    from comparia.reports.wording import reason_text

    first = left[0]
    files = sum(len(one.files) for one in left)
    said = ngettext(
        "{n} file of a batch could not be removed at {address}: {reason}. Nothing was removed here.",
        "{n} files of batches could not be removed at {address}: {reason}. Nothing was removed here.",
        files,
    )
    return StoreError(
        said.format(n=number(files), address=first.address, reason=reason_text(first.reason) if first.reason else "–"),
        _("Try again later; or remove the runs here alone, with: comparia purge … --leave-files"),
        on_page=_("Try again later."),
    )


def apply_retention(settings: Settings) -> Purged | None:
    """Remove what is older than the settings' retention period; None where there is none, or nothing to look at.

    What lies at providers' of batches is removed there too, as far as they let; what stays is in the result.
    """
    if settings.retention_days is None or not has_store(settings):
        return None
    return purge(older_than=settings.retention_days, leave_files=True, settings=settings)[0]


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
    return diagnosing.diagnose(found, version())


def version() -> str:
    """Return the version of this software."""
    from comparia import __version__

    return __version__

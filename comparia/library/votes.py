"""Blind votes on the recaps of a run, and what voters may say of them."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from comparia.config import Settings, load_settings
from comparia.errors import UnknownName
from comparia.library.kept import open_store
from comparia.records import Judging, Run, Tag

if TYPE_CHECKING:
    from comparia.store import Store


def open_judging(
    run: Run,
    variants: Sequence[str],
    *,
    same_style: bool = False,
    same_letters: bool = False,
    question: str = "",
    settings: Settings | None = None,
) -> Judging:
    """Open a blind vote on two to four recaps of one session, by their ids.

    Args:
        run: a stored run.
        variants: ids of its recaps; `run:variant` for a recap of another stored run of the same session.
        same_style: take headings, lists, emoji and the like out of what voters read.
        same_letters: one order for all voters, drawn once, instead of one for each.
        question: what voters are asked; the usual question when empty.
        settings: where runs are kept.

    Raises:
        ConfigurationError: fewer or more, one that has no recap, or one of another session.
        UnknownName: a run is not stored.
    """
    from comparia import voting

    with open_store(settings or load_settings()) as store:
        return voting.open_judging(
            run, variants, store, same_style=same_style, same_letters=same_letters, question=question
        )


def judged_run(judging: Judging, *, settings: Settings | None = None) -> Run:
    """Return the recaps of a vote as one run, whatever runs they are of. Raises UnknownName."""
    from comparia import voting

    with open_store(settings or load_settings()) as store:
        return voting.judged_run(judging, stored_runs(judging, store))


def stored_runs(judging: Judging, store: Store) -> dict[str, Run]:
    """Return the stored runs of the recaps of a vote, by id; one that was removed is left out.

    Raises:
        UnknownName: the run that the vote was opened on was removed.
    """
    runs = {judging.run: store.runs.read(judging.run, masked=True)}
    for run_id in {item.run for item in judging.items} - runs.keys():
        with contextlib.suppress(UnknownName):
            runs[run_id] = store.runs.read(run_id, masked=True)
    return runs


def run_ids_beside(run: Run, *, settings: Settings | None = None) -> list[str]:
    """Return the ids of the other stored runs of the session of a run, the newest first."""
    with open_store(settings or load_settings()) as store:
        return [name for name in store.runs.of_session(run.transcript.id) if name != run.id]


def runs_beside(run: Run, *, settings: Settings | None = None, most: int = 12) -> list[Run]:
    """Return the other stored runs of the session of a run, the newest first, without their scores.

    Args:
        run: the run.
        settings: where runs are kept.
        most: how many at most: each is read whole.
    """
    names = run_ids_beside(run, settings=settings)[:most]
    with open_store(settings or load_settings()) as store:
        return [store.runs.read(name, with_scores=False, masked=True) for name in names]


def judgings_of(run_id: str, *, settings: Settings | None = None) -> list[Judging]:
    """The blind votes on a run, the newest first; their ballots only when they are closed."""
    with open_store(settings or load_settings()) as store:
        return store.votes.judgings(run_id)


def tags(*, settings: Settings | None = None) -> list[Tag]:
    """What voters may say of a recap on this installation, archived tags too."""
    from comparia import voting

    with open_store(settings or load_settings()) as store:
        return voting.tags_of(store)


def change_tags(
    wanted: Sequence[Tag], new: Sequence[tuple[str, str, bool]], *, settings: Settings | None = None
) -> None:
    """Keep the tags as a person left them, and add others (French, English, whether they speak for a recap)."""
    from comparia import voting

    with open_store(settings or load_settings()) as store:
        voting.change_tags(store, wanted, new)

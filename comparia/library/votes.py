"""Blind votes on the recaps of a run, and what voters may say of them."""

from __future__ import annotations

from collections.abc import Sequence

from comparia.config import Settings, load_settings
from comparia.library.kept import open_store
from comparia.records import Judging, Run, Tag


def open_judging(
    run: Run,
    variants: Sequence[str],
    *,
    same_style: bool = False,
    same_letters: bool = False,
    question: str = "",
    settings: Settings | None = None,
) -> Judging:
    """Open a blind vote on two to four recaps of a stored run, by their ids.

    Args:
        run: the run.
        variants: ids of the recaps.
        same_style: take headings, lists, emoji and the like out of what voters read.
        same_letters: one order for all voters, drawn once, instead of one for each.
        question: what voters are asked; the usual question when empty.
        settings: where runs are kept.

    Raises:
        ConfigurationError: fewer or more, or one that has no recap.
    """
    from comparia import voting

    with open_store(settings or load_settings()) as store:
        return voting.open_judging(
            run, variants, store, same_style=same_style, same_letters=same_letters, question=question
        )


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

"""The recaps of a stored run: renamed, removed, put back."""

from __future__ import annotations

from comparia.config import Settings, load_settings
from comparia.errors import InputError
from comparia.library.kept import open_store
from comparia.messages import gettext as _
from comparia.records import Run, Variant
from comparia.reports.wording.labels import recap_label

LONGEST_NAME = 80
"""Characters of the longest name of who wrote a recap."""


def rename_recap(run_id: str, variant: str, name: str, *, settings: Settings | None = None) -> None:
    """Give another name to who wrote a recap by hand; where another recap has it, a number follows.

    Raises:
        InputError: no such recap, one that no person wrote, or an empty name.
        StoreError: the run is being carried out.
    """
    from comparia import comparing
    from comparia.backends import imported

    given = " ".join(name.split())[:LONGEST_NAME]
    with open_store(settings or load_settings()) as store, store.runs.hold(run_id):
        run = store.runs.read(run_id, with_scores=False)
        recap = _recap(run, variant)
        if recap.author != "human":
            raise InputError(_("A recap that a model or an algorithm wrote keeps the name of its writer."))
        if not given:
            raise InputError(_("The name is empty."), cure=_("Write who wrote this recap."))
        others = [other for other in run.variants if other.id != variant]
        removed = [other for other, _at in store.runs.removed(run_id)]
        backend = imported.backend(comparing.distinct_name(given, (*others, *removed)))
        store.runs.change_variant(run_id, recap.model_copy(update={"backend": backend.name}))


def remove_recap(run_id: str, variant: str, *, settings: Settings | None = None) -> None:
    """Take a recap out of a stored run, and score the run again; it can be put back.

    Raises:
        InputError: no such recap, the only one, or one that a blind vote is on.
        StoreError: the run is being carried out.
    """
    from comparia.library.scorings import score

    settings = settings or load_settings()
    with open_store(settings) as store, store.runs.hold(run_id):
        run = store.runs.read(run_id, with_scores=False)
        recap = _recap(run, variant)
        if store.votes.judgings_with(run_id, variant):
            raise InputError(
                _("People voted, or are voting, on {recap}: it cannot be removed.").format(
                    recap=recap_label(run, recap)
                ),
                cure=_("Remove the whole comparison if its texts must go: the votes on it go too."),
            )
        if sum(other.summary is not None for other in run.variants if other.id != variant) == 0:
            raise InputError(_("It is the only recap of this comparison."), cure=_("Remove the comparison instead."))
        store.runs.remove_variant(run_id, variant)
    score(run_id, settings=settings)


def put_back_recap(run_id: str, variant: str, *, settings: Settings | None = None) -> None:
    """Put a recap that was removed back in its run, and score the run again.

    Raises:
        InputError: no such recap was removed.
        StoreError: the run is being carried out.
    """
    from comparia.library.scorings import score

    settings = settings or load_settings()
    with open_store(settings) as store, store.runs.hold(run_id):
        if variant not in {removed.id for removed, _at in store.runs.removed(run_id)}:
            raise InputError(_("There is no such recap in this comparison."), cure=_("Open the page again."))
        store.runs.put_back(run_id, variant)
    score(run_id, settings=settings)


def removed_recaps(run_id: str, *, settings: Settings | None = None) -> list[Variant]:
    """Return the recaps that were removed from a stored run, the latest first."""
    with open_store(settings or load_settings()) as store:
        return [variant for variant, _at in store.runs.removed(run_id)]


def _recap(run: Run, variant: str) -> Variant:
    recap = next((found for found in run.variants if found.id == variant), None)
    if recap is None:
        raise InputError(_("There is no such recap in this comparison."), cure=_("Open the page again."))
    return recap

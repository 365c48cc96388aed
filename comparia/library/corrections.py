"""Corrections of the session of a stored run: a run of its own, with the recaps that were written."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import NamedTuple

from comparia.config import Settings, load_settings
from comparia.errors import InputError
from comparia.library.kept import open_store
from comparia.library.scorings import earlier_matcher, scored
from comparia.messages import gettext as _
from comparia.records import Corrections, KeyPoint, Run, Variant, now


class CorrectedRun(NamedTuple):
    """A run whose session was corrected, and what became of its key points and verdicts."""

    run: Run
    """The new run; the old one keeps the session that it had."""
    lost: tuple[str, ...]
    """Ids of the key points that lost a quotation: their words were left out, or changed."""
    carried: int
    """Verdicts settled by people that hold still: neither the turns of the point nor the recap changed."""
    reopened: tuple[tuple[str, str], ...]
    """Key point and recap of each settled verdict to be looked at again."""


def correct_run(
    run_id: str, corrections: Corrections | str | Path, *, settings: Settings | None = None
) -> CorrectedRun:
    """Correct the session of a stored run, and score its recaps against the corrected session, as a run of its own.

    Names and words that the corrections replace everywhere are replaced in the recaps and in the key points too. No
    model is asked. What people settled, and what judges said, is kept where nothing changed.

    Args:
        run_id: its id, the beginning of one, or `last`.
        corrections: what to correct, or their file.
        settings: where runs are kept.

    Raises:
        InputError: corrections that name what is not in the session, or that change nothing.
    """
    from comparia import correcting

    settings = settings or load_settings()
    file = "" if isinstance(corrections, Corrections) else str(corrections)
    wanted = corrections if isinstance(corrections, Corrections) else correcting.load(Path(corrections))
    with open_store(settings) as store:
        old = store.runs.read(store.runs.find(run_id))
        corrected = correcting.apply(old.transcript, wanted, file)
        if corrected.transcript.id == old.transcript.id and not wanted.title + wanted.date + wanted.place:
            raise InputError(_("these corrections change nothing of the session."), file)
        reference, lost = (
            correcting.moved_reference(old.reference, old.transcript, corrected) if old.reference else (None, [])
        )
        variants = tuple(_corrected(variant, wanted) for variant in old.variants)
        created = now()
        run = old.model_copy(
            update={
                "id": f"{created:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}",
                "created_at": created,
                "transcript": corrected.transcript,
                "reference": reference,
                "variants": variants,
                "scores": (),
                "sendings": (),
                "judgings": (),
                "readings": (),
            }
        )
        store.runs.start(run)
        carried, reopened = 0, []
        same = {variant.id for variant, before in zip(variants, old.variants, strict=True) if variant == before}
        points = {point.id: point for point in (reference.key_points if reference else ())}
        before = {point.id: point for point in (old.reference.key_points if old.reference else ())}
        by_panels = store.workbench.settled_by_panels(old.id, old.reference)
        for (point, variant), verdict in store.workbench.settled(old.id, old.reference).items():
            moved = points.get(point)
            if moved is not None and variant in same and _is_untouched(before[point], moved, corrected.changed):
                store.workbench.settle(run.id, moved, variant, verdict, panel=by_panels.get((point, variant)))
                carried += 1
            else:
                reopened.append((point, variant))
        matcher = earlier_matcher(run, store, settings)
        done = scored(run, store, reference, matcher=matcher) if old.scores else store.runs.read(run.id)
    return CorrectedRun(done, tuple(lost), carried, tuple(reopened))


def _corrected(variant: Variant, corrections: Corrections) -> Variant:
    from comparia import correcting

    if variant.summary is None:
        return variant
    text = correcting.words_corrected(variant.summary, corrections, names=True)
    if text == variant.summary:
        return variant
    return variant.model_copy(update={"summary": text, "warnings": (*variant.warnings, "words_corrected")})


def _is_untouched(before: KeyPoint, after: KeyPoint, changed: frozenset[int]) -> bool:
    """Return whether a key point says the same, and rests on turns that were not changed."""
    return (
        before.text == after.text
        and len(before.said) == len(after.said)
        and not any(quote.turn in changed for quote in before.said)
    )

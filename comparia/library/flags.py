"""The flags of the recaps of a run: what checks and personal data point at, and what a person answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from comparia.config import Settings, load_settings
from comparia.errors import InputError
from comparia.library.kept import open_store
from comparia.library.member_checks import disputed_in, settle_marks
from comparia.messages import gettext as _
from comparia.records import IN_POINTS, AnsweredFlag, FlagAnswer, Run, Variant

if TYPE_CHECKING:
    from comparia.reports.flags import PersonalData


def personal_data(variant: Variant) -> list[PersonalData]:
    """Return the personal data that has a shape in a recap: addresses, telephone numbers, identity numbers."""
    from comparia import privacy
    from comparia.reports.flags import PersonalData

    text = variant.summary or ""
    return [PersonalData(m.kind, text[m.start : m.end]) for m in privacy.identifiers(text) if m.kind != "link"]


def personal_data_in_points(run: Run) -> list[PersonalData]:
    """Return the personal data that has a shape in the key points of a run, each piece once."""
    from comparia import privacy
    from comparia.reports.flags import PersonalData

    texts = [point.text for point in run.reference.key_points] if run.reference else []
    return list(
        dict.fromkeys(
            PersonalData(m.kind, text[m.start : m.end])
            for text in texts
            for m in privacy.identifiers(text)
            if m.kind != "link"
        )
    )


def answered_flags(run_id: str, *, settings: Settings | None = None) -> Mapping[tuple[str, str], AnsweredFlag]:
    """Return what was answered to the flags of a run, by (variant, flag)."""
    with open_store(settings or load_settings()) as store:
        return store.workbench.answered_flags(run_id)


def answer_flag(run_id: str, variant: str, flag: str, answer: FlagAnswer, *, settings: Settings | None = None) -> None:
    """Keep what a person says of a flag of a recap, or of the key points; an empty answer takes an earlier one back.

    Personal data that is masked is shown in no report and on no page any more; scores rest on the recap as it was
    written. In key points (`points` for the recap) it is masked in the document alone. Marks of participants on a
    sentence are settled with its flag.

    Raises:
        InputError: the recap has no such flag, or it is no personal data and cannot be masked.
        UnknownName: no such run.
    """
    from comparia.privacy.placeholders import LABELS
    from comparia.reports.flags import flag_id, flags_of, ids_of
    from comparia.reports.view import View

    with open_store(settings or load_settings()) as store:
        run, as_written = store.runs.read(run_id, masked=True), store.runs.read(run_id, with_scores=False)
        recap = next((v for v in run.variants if v.id == variant and v.summary is not None), None)
        originals = [v for v in as_written.variants if v.id == variant]
        found = [data for v in originals for data in personal_data(v)]
        if variant == IN_POINTS:
            found = personal_data_in_points(as_written)
        personal = {flag_id("personal", data.words): data for data in found}
        earlier = store.workbench.answered_flags(run.id)
        disputed = disputed_in(store, run.id).get(variant, ())
        answered = AnsweredFlag(variant=variant, flag=flag, answer=answer)
        if answer == "masked" and (data := personal.get(flag)) is not None:
            label = {str(kind): name for kind, name in LABELS[run.transcript.language].items()}.get(data.kind, "…")
            masking = {"kind": data.kind, "words": data.words, "replacement": f"[{label}]"}
            answered = answered.model_copy(update=masking)
        elif variant == IN_POINTS and flag in personal and answer != "masked":
            pass
        elif (
            answer == "masked"
            or recap is None
            or flag not in ids_of(flags_of(View(run), recap, personal.values(), earlier, disputed))
        ):
            raise InputError(_("There is no such passage to look at in this recap."), cure=_("Open the page again."))
        store.workbench.answer_flag(run.id, answered)
        settle_marks(store, run.id, variant, lambda text: flag_id("participant", text) == flag, settled=bool(answer))

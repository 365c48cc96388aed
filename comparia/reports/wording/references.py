"""The words reports say of the key points: where they come from, who is taken to lead the session."""

from __future__ import annotations

from collections.abc import Mapping

from comparia.messages import N_, ngettext
from comparia.messages import gettext as _
from comparia.records import PointKind, Reference, Transcript
from comparia.reports.wording.labels import backend_label
from comparia.reports.wording.scores import percent


def reference_sentence(reference: Reference | None) -> str:
    """Return where the key points come from."""
    if reference is None:
        return _("No key points were given: coverage and minority views are not scored.")
    few = sum(reference.is_minority(point) for point in reference.key_points)
    minority = ngettext("{n} minority view", "{n} minority views", few).format(n=few)
    if reference.origin == "reviewed":
        return _(
            "{n} key points reviewed by {who}, among them {minority} (held by at most {share} of {voices} voices)."
        ).format(
            n=len(reference.key_points),
            who=reference.reviewed_by or _("a person"),
            minority=minority,
            share=percent(reference.minority_threshold),
            voices=reference.voices,
        )
    said = _(
        "{n} key points suggested and not reviewed by anybody, {few} of them with few voices found so far."
    ).format(n=len(reference.key_points), few=few)
    how = origin_sentence(reference.suggested_by)
    return f"{said} {how}" if how else said


def status_phrase(reference: Reference | None) -> str:
    """Return what the list of key points is, where nobody reviewed it; empty where people did, or there is none.

    It stands in every headline: numbers of an unreviewed list are not told without it.
    """
    if reference is None or reference.origin == "reviewed":
        return ""
    by = reference.suggested_by
    if by == "offline":
        return _("list suggested without a model, reviewed by nobody")
    if by == "recaps":
        return _("list taken from the recaps, reviewed by nobody")
    if by == "votes":
        return _("list taken from the votes, reviewed by nobody")
    return _("list suggested by a model, reviewed by nobody") if by else _("suggested list, reviewed by nobody")


def status_note(reference: Reference | None) -> str:
    """Return the status of the list as it follows a name: ` (list suggested without a model, reviewed by nobody)`."""
    status = status_phrase(reference)
    return f" ({status})" if status else ""


def origin_sentence(suggested_by: str) -> str:
    """Return how key points were suggested and what that is worth; empty when it is not known."""
    if not suggested_by:
        return ""
    if suggested_by == "offline":
        return offline_worth()
    if suggested_by == "recaps":
        return _("They are what the recaps say: what all of them left out is not among them.")
    if suggested_by == "votes":
        return _("They are the contributions that were voted on; minority views are those of the smallest group.")
    return _("Suggested by {model}: its quotations were found in the session, its choice was not checked.").format(
        model=", ".join(backend_label(name) for name in suggested_by.split("+"))
    )


def leading_sentence(reference: Reference, transcript: Transcript) -> str:
    """Return who is taken to lead the session; empty when nobody is."""
    names = ", ".join(transcript.speaker_name(speaker) for speaker in reference.moderators)
    return _("Taken to lead the session, and to hold no view: {names}.").format(names=names) if names else ""


def offline_worth() -> str:
    """Return how good a list suggested without a model is, as measured by `tests/benchmarks/suggested.py`."""
    return _(
        "They were picked without understanding the words: on the two sample sessions such a list holds about half "
        "of the minority "
        "views of a long meeting, three quarters of those of a short one, and a quarter of what it holds "
        "is no key point."
    )


def kind_name(kind: PointKind) -> str:
    """Return what a key point is, for people: view, fact, decision, action, question."""
    return _(_KINDS[kind])


_KINDS: Mapping[PointKind, str] = {
    "view": N_("view"),
    "fact": N_("fact"),
    "decision": N_("decision"),
    "action": N_("action"),
    "question": N_("open question"),
}

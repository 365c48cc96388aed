"""How a document was made, in plain words: who wrote, what was asked, what people changed, how verdicts were given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from comparia.messages import gettext as _
from comparia.messages import labelled, ngettext, number
from comparia.records import DocumentNames, PointEvidence, Prompt, Run, Variant, is_judged
from comparia.reports.view import View
from comparia.reports.wording.parameters import parameter_lines
from comparia.reports.wording.participants import told_sentences
from comparia.reports.wording.references import leading_sentence, reference_sentence
from comparia.reports.wording.runs import use_notice
from comparia.reports.wording.scores import score_limits
from comparia.reports.wording.variants import composed_sentence


def sections(view: View, recaps: Sequence[Variant], masked: int = 0) -> list[tuple[str, list[str]]]:
    """Return the parts of what is said, each a title and its sentences; no signature stands among them.

    Args:
        view: of the run.
        recaps: those that the document holds.
        masked: number of pieces of personal data that were masked in them.
    """
    run = view.run
    written = [*use_notice(run), *(composed_sentence(run, variant) for variant in recaps if variant.pieces)]
    held = {recap.id for recap in recaps}
    of_readers = [line for check in run.member_checks if check.variant in held for line in told_sentences(check)]
    parts = [
        (_("What those who took part said of it"), of_readers),
        (_("Who wrote, and what was sent"), [*written, *_compared(view, recaps)]),
        (_("What the models were asked"), [*map(_prompt, run.prompts), *parameter_lines(run)]),
        (_("What people changed or hid"), _changed(run, masked)),
        (_("How the verdicts were given"), _verdicts(view, recaps)),
    ]
    return parts if of_readers else parts[1:]


def names_sentence(names: DocumentNames) -> str:
    """Return what a document says of the names in it; empty where they are as they are."""
    return {
        "kept": "",
        "initials": _("In this document people are told by their initials, and personal data is hidden."),
        "pseudonyms": _("In this document the names of people are invented, and personal data is hidden."),
    }[names]


def _compared(view: View, recaps: Sequence[Variant]) -> list[str]:
    others = [variant for variant in view.recaps if variant not in recaps]
    if not others:
        return []
    said = ngettext(
        "{n} other recap of the session was compared with this one: {names}.",
        "{n} other recaps of the session were compared with this one: {names}.",
        len(others),
    )
    return [said.format(n=number(len(others)), names=", ".join(view.label(variant.id) for variant in others))]


def _prompt(prompt: Prompt) -> str:
    told = f"{prompt.name} – {prompt.description}" if prompt.description else prompt.name
    return labelled(_("Prompt"), told)


def _changed(run: Run, masked: int) -> list[str]:
    corrections = run.transcript.corrections
    lines = []
    if corrections is not None and (n := len(corrections.corrections) + len(corrections.glossary)):
        said = ngettext(
            "The transcript was corrected by a person: {n} correction.",
            "The transcript was corrected by a person: {n} corrections.",
            n,
        )
        lines.append(said.format(n=number(n)))
    if run.reference is not None and (leading := leading_sentence(run.reference, run.transcript)):
        lines.append(leading)
    if masked:
        said = ngettext(
            "{n} piece of personal data was masked by a person.",
            "{n} pieces of personal data were masked by a person.",
            masked,
        )
        lines.append(said.format(n=number(masked)))
    if not lines:
        lines.append(_("Nobody corrected the transcript, and nothing was masked by hand in the text."))
    return lines


def _verdicts(view: View, recaps: Sequence[Variant]) -> list[str]:
    run = view.run
    lines = [reference_sentence(run.reference)]
    points = [item for recap in recaps if recap.id in view.coverage for item in view.coverage[recap.id].points]
    ways = Counter(_way(item) for item in points if item.verdict != "unscored")
    if ways:
        parts = (
            (ways["words"], _("{n} by comparing words")),
            (ways["judge"], _("{n} by a model that did not write the recap")),
            (ways["person"], _("{n} by a person")),
        )
        told = ", ".join(words.format(n=number(n)) for n, words in parts if n)
        said = ngettext("{n} verdict was given: {ways}.", "{n} verdicts were given: {ways}.", ways.total())
        lines.append(said.format(n=number(ways.total()), ways=told))
    return [*lines, *score_limits(run, with_signatures=False)] if run.scores else lines


def _way(item: PointEvidence) -> str:
    """Return who gave a verdict: `person`, `judge` or `words`."""
    code = item.note.partition(":")[0]
    return "person" if code == "settled" else "judge" if is_judged(item.note) else "words"

"""What is said of a recap in plain language or in another language."""

from __future__ import annotations

from comparia.messages import gettext as _
from comparia.messages import labelled, ngettext
from comparia.records import Adaptation, AdaptationKind, Run
from comparia.reports.languages import language_name
from comparia.reports.reasons import worded
from comparia.reports.wording.labels import backend_label, recap_label


def adaptation_name(kind: AdaptationKind, language: str) -> str:
    """Return the name of an adaptation: plain language, or the language it is translated into."""
    if kind == "plain":
        return _("Plain language ({language})").format(language=language_name(language))
    return _("Translation: {language}").format(language=language_name(language))


def adaptation_limits(kind: AdaptationKind) -> str:
    """Return what an adaptation is not, and who must read it before it is sent out."""
    if kind == "plain":
        return _(
            "This is plain language, inspired by the rules of easy-to-read texts. It may not be called easy-to-read "
            "(FALC in French): only readers concerned can say so, and they must read it before it is sent out."
        )
    return _("A model translated it. Somebody who reads both languages must read it before it is sent out.")


def foreword(adaptation: Adaptation, run: Run) -> str:
    """Return the sentence that stands at the head of an adaptation that is sent out: how it was made."""
    recap = next((recap_label(run, v) for v in run.variants if v.id == adaptation.variant), "")
    model = backend_label(adaptation.backend)
    if adaptation.kind == "plain":
        return _(
            "Version in plain language of the recap “{recap}”, written by the AI model {model}. The recap alone counts."
        ).format(recap=recap, model=model)
    return _("Translation of the recap “{recap}” by the AI model {model}. The original alone counts.").format(
        recap=recap, model=model
    )


def outcome_sentences(adaptation: Adaptation) -> list[str]:
    """Return what an adaptation kept of its recap, each number with its base; or why nobody can tell."""
    if adaptation.reason:
        return [labelled(_("Not checked against the key points"), worded(adaptation.reason))]
    outcome = adaptation.outcome
    parts = (outcome.kept, outcome.lost, outcome.changed, outcome.doubtful)
    base = sum(map(len, parts))
    if not base:
        return [_("The recap holds no key point that was found: there is nothing to compare.")]
    said = ngettext(
        "Of the {n} key point that the recap holds, this version says {kept} as the recap does.",
        "Of the {n} key points that the recap holds, this version says {kept} as the recap does.",
        base,
    )
    lines = [said.format(n=base, kept=len(outcome.kept))]
    if outcome.lost:
        lines.append(ngettext("{n} is lost.", "{n} are lost.", len(outcome.lost)).format(n=len(outcome.lost)))
    if outcome.changed:
        changed = ngettext("{n} is said otherwise.", "{n} are said otherwise.", len(outcome.changed))
        lines.append(changed.format(n=len(outcome.changed)))
    if outcome.doubtful:
        doubtful = ngettext("{n} is to be looked at.", "{n} are to be looked at.", len(outcome.doubtful))
        lines.append(doubtful.format(n=len(outcome.doubtful)))
    if not adaptation.judge:
        lines.append(_("No model judged it: these verdicts rest on words alone, and other words may say the same."))
    return lines


def other_language_sentence(adaptation: Adaptation) -> str:
    """Return a warning that a text is in another language than the one asked for; empty where it is not."""
    if not adaptation.written_in:
        return ""
    return _("The model was asked for {asked}, and wrote {written}.").format(
        asked=language_name(adaptation.language), written=language_name(adaptation.written_in)
    )


def hidden_left_sentence(count: int) -> str:
    """Return a warning on hidden names that the model did not write as it read them; empty for none."""
    said = ngettext(
        "{n} hidden name of the recap is not in what the model wrote as it was sent: look for it below.",
        "{n} hidden names of the recap are not in what the model wrote as they were sent: look for them below.",
        count,
    )
    return said.format(n=count) if count else ""

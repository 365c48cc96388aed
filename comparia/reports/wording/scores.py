"""The words reports say of a score: its name, its value, its counts, what it is read beside, its evidence."""

from __future__ import annotations

from comparia import messages
from comparia.messages import cached_by_language, number
from comparia.messages import gettext as _
from comparia.records import Run, Score
from comparia.reports.readings import reading_of
from comparia.reports.reasons import worded
from comparia.reports.wording.plans import unanswered

LEAST_KAPPA = 0.6
"""Agreement of a judge with itself under which its scores are shown greyed."""


@cached_by_language
def metric_name(metric: str) -> str:
    """Return a metric for people, in the reader's language."""
    return _(reading_of(metric).name)


def counts_sentence(score: Score) -> str:
    """Return the counts behind a score (`12 kept, 5 partly, of 46`), or why it has no value."""
    return worded(score.reason) if score.value is None else reading_of(score.metric).counts(score)


def interval_sentence(score: Score) -> str:
    """Return what a score is read beside, on one line; empty if there is nothing to say."""
    return " · ".join(beside(score))


def beside(score: Score) -> list[str]:
    """Return the context lines of a score: interval, lines of its metric alone, baselines, kappa of its judge."""
    lines = []
    if score.interval is not None and score.interval[0] != score.interval[1]:
        lines.append(
            _("between {low} and {high}").format(low=percent(score.interval[0]), high=percent(score.interval[1]))
        )
    lines += reading_of(score.metric).context(score)
    if "unrelated" in score.measures:
        lines.append(_("recaps of other sessions: {share}").format(share=percent(score.measures["unrelated"])))
    if "judge_kappa" in score.measures:
        kappa = number(score.measures["judge_kappa"], 2)
        lines.append(_("agreement of the judge with itself: κ = {kappa}").format(kappa=kappa))
    return lines


def value_text(score: Score) -> str:
    """Return the value of a score for people: a share, a number of words, a coefficient; a dash where it has none."""
    if score.value is None:
        return "–"
    unit = reading_of(score.metric).unit
    if unit == "words":
        return number(score.counts["words"])
    return number(score.value, 2) if unit == "coefficient" else percent(score.value)


def doubtful(score: Score) -> bool:
    """Return whether a score is shown greyed: its judge does not agree with itself."""
    return score.measures.get("judge_kappa", 1.0) < LEAST_KAPPA


def percent(value: float | None) -> str:
    """Return a share as people read it, or a dash."""
    if value is None:
        return "–"
    return messages.percent(value)


@cached_by_language
def hint_sentence(hint: str) -> str:
    """Return what a hint says, and that it is only a hint."""
    return {
        "contrary": _("Hint, not verified: the sentence may say the contrary of the point, or change its figure."),
        # of earlier versions
        "polarity": _("Hint, not verified: the sentence may deny the point."),
        "quantifier": _("Hint, not verified: the sentence may speak of more people, or fewer, than the point."),
    }.get(hint, hint)


@cached_by_language
def note_sentence(note: str) -> str:
    """Return why a verdict was raised or lowered, in words; empty for what needs none.

    Args:
        note: a code, and after a colon the code of its reason, where there is one.
    """
    code, _colon, reason = note.partition(":")
    because = {
        # of an answer that does not count
        "no_answers": _("its answer holds no list of answers"),
        "no_entry": _("its answer says nothing of this point"),
        "unknown_verdict": _("its verdict is none of those it was given"),
        "no_such_sentence": _("it cites a sentence that the recap does not have"),
        "other_words": _("it cites words that are not in the sentence it names"),
        # of an answer that did not come
        "authentication": _("its key was refused"),
        "rate_limited": _("its server asked to slow down"),
        "overloaded": _("its server was overloaded"),
        "server_error": _("its server failed"),
        "timeout": _("it took too long"),
        "connection": _("its server could not be reached"),
        "too_long": _("what it was asked is too long for it"),
        "thinking": _("it spent its answer thinking"),
        "filtered": _("its answer was held back"),
    }.get(reason, "")
    return {
        "quote": _("It holds the very words that were said."),
        "settled": _("A person settled this verdict."),
        "judged": _("Words could not tell: a model that did not write this recap was asked."),
        "judge_unclear": _("Unscored by the judge ({reason}): this verdict rests on words alone.").format(
            reason=because or _("its answer could not be understood")
        ),
        "judge_silent": _("Unscored by the judge ({reason}): this verdict rests on words alone.").format(
            reason=because or _("it did not answer")
        ),
        "judge_disputed": _("The judge gave two different answers."),
        "judge_alone": _(
            "The judge points at a sentence that shares almost no word of the key point: a person should read it."
        ),
        "judge_against_words": _("The judge and the words do not agree: a person should read it."),
    }.get(code, "")


def score_limits(run: Run, *, with_signatures: bool = True) -> list[str]:
    """Return what these scores do not see; every report says it, and where signatures are, if it shows them."""
    tiers = tiers_of(run)
    found: list[str] = []
    if len(tiers) > 1 and with_signatures:
        found.append(_("Key points were not looked for in one way only: each signature says how."))
    if "A" in tiers or not tiers:
        found.append(
            _("Words are compared, not meanings: a paraphrase in wholly other words may be shown as not found.")
        )
    if tiers - {"C"} or not tiers:
        found.append(
            _("Polarity is not seen: a sentence that denies a point with the same words looks like one that states it.")
        )
    if "C" in tiers:
        found.append(
            _(
                "Where words could not tell, a judge (an AI model that did not write the recap) was asked; it errs "
                "too, and no person has read its answers again."
            )
        )
    found += unanswered(run)
    found.append(_("Minority views are harder to find by words than the others: more of them may be there than shown."))
    found.append(_("Whether people feel represented is not measured."))
    return found


def tiers_of(run: Run) -> set[str]:
    """Return how key points were looked for: A by words, B by meaning too, C by a judge too."""
    return {s.signature.partition("matcher:")[2][:1] for s in run.scores if "matcher:" in s.signature}

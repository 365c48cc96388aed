"""Why a score has no value, and what a check says of a claim: one sentence a code, in the reader's language.

A code may carry numbers after colons: `few_recaps:3`. A text that is no code was stored before codes were, and stays as
it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from comparia.messages import N_
from comparia.messages import gettext as _
from comparia.reports.languages import language_name

REASONS: Mapping[str, str] = {
    "cannot_reach_alpha": N_(
        "So few sessions cannot tell two models apart, however far they differ: six are needed, more for several "
        "contrasts."
    ),
    "claims_unchecked": N_("No claim of agreement could be checked."),
    "empty_recap": N_("The recap is empty."),
    "empty_recap_of_two": N_("One of the two recaps is empty."),
    "few_people": N_("Fewer than two people spoke."),
    "few_points_a_fifth": N_("A fifth of the session holds fewer than {0} key points."),
    "few_recaps": N_("Fewer than {0} recaps."),
    "few_repeats": N_("Fewer than {0} repeats of one model with one prompt."),
    "few_settled": N_("People settled too few of the verdicts to correct the others."),
    "few_speakers": N_("Fewer than two people spoke enough to be compared."),
    "judge_is_author": N_("The judge wrote this recap."),
    "judge_not_understood": N_("The judge's answers could not be understood."),
    "length_not_separable": N_("Recaps differ in length only as models do: the two cannot be told from each other."),
    "no_cell": N_("Nothing to measure."),
    "no_claim": N_("No claim of agreement."),
    "no_minority_view": N_("No minority view in the reference."),
    "no_name": N_("No name to check."),
    "no_number": N_("No number to check."),
    "no_quotation": N_("Nothing is quoted."),
    "no_reference": N_("No key points: give a reference."),
    "no_sentence": N_("No sentence to check."),
    "no_sentence_to_compare": N_("The recap holds no sentence to compare."),
    "no_session": N_("No session has both."),
    "no_variation": N_("Every value is the same."),
    "nobody_named": N_("The recap names nobody."),
    "nobody_named_alone": N_("No sentence names exactly one speaker."),
    "nobody_speaks": N_("Nobody speaks in the session."),
    "not_checked": N_("It was not checked yet, or its check was stopped."),
    "not_as_asked": N_("It is in {0}, which was not asked for."),
    "not_determined": N_("Too few sessions have what it takes for an interval."),
    "nothing_kept": N_("Neither keeps any key point."),
    "one_recap": N_("Fewer than two recaps."),
    "other_language": N_(
        "The recap is in another language than the session: words cannot compare the two, a judge can."
    ),
    "other_language_named": N_(
        "The recap is in another language than the session ({0}): words cannot compare the two, a judge can."
    ),
    "suppressed": N_("Not shown: too few, or what is shown would give away a group of too few."),
    "too_few_sessions": N_("Fewer than five sessions: no interval, and no conclusion about other sessions."),
    "refusal": N_("The model did not answer: it says that it cannot or will not."),
    "no_point_says_who": N_("no key point says who"),
    "held": N_("held by {0} of {1}"),
    "held_against": N_("held by {0} of {1}, and {2} may have said otherwise"),
    "in_the_words_of": N_("in the words of {0} of {1}"),
}


def worded(text: str) -> str:
    """Return the sentence of a code with its numbers; a text that is no code, as it is."""
    code, *values = text.split(":")
    if code == "other_language" and values:
        code, values = "other_language_named", [language_name(values[0])]
        return _(REASONS[code]).format(*values)
    if code == "not_as_asked" and values:
        return _(REASONS[code]).format(language_name(values[0]))
    return _(REASONS[code]).format(*values) if code in REASONS and all(map(str.isdigit, values)) else text

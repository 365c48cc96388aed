"""What a panel says, in sentences."""

from __future__ import annotations

from comparia.messages import gettext as _
from comparia.messages import ngettext, number, percent
from comparia.records import PanelKind
from comparia.reports.verdicts import verdict_meaning, verdict_name


def panel_kind_name(kind: PanelKind) -> str:
    """Return what raters of a panel do, for people."""
    return _("Settle verdicts") if kind == "verdicts" else _("Compare recaps two by two")


def panel_question(kind: PanelKind) -> str:
    """Return what raters are asked where nobody wrote a question."""
    if kind == "verdicts":
        return _("What became of this point in the recap?")
    return _("Which recap would you rather send out?")


def rating_answer_name(answer: str) -> str:
    """Return an answer, for people."""
    return {
        "better": _("one is better"),
        "all_good": _("They are both good"),
        "all_bad": _("They are both bad"),
        "unknown": _("I cannot tell"),
    }.get(answer) or verdict_name(answer)


def progress_sentence(complete: int, items: int, wanted: int) -> str:
    """Return how many items have the ratings that are wanted."""
    if not complete:
        return ngettext(
            "None of the {items} items has {wanted} rating yet.",
            "None of the {items} items has {wanted} ratings yet.",
            wanted,
        ).format(items=number(items), wanted=number(wanted))
    return ngettext(
        "{complete} of {items} items has {wanted} rating or more.",
        "{complete} of {items} items have {wanted} ratings or more.",
        wanted,
    ).format(complete=number(complete), items=number(items), wanted=number(wanted))


def raters_sentence(ratings: int, raters: int) -> str:
    """Return how many ratings there are, and of how many raters."""
    given = ngettext("{n} rating", "{n} ratings", ratings).format(n=number(ratings)) if ratings else _("no rating yet")
    began = ngettext("{n} person began to rate", "{n} people began to rate", raters).format(n=number(raters))
    if not raters:
        began = _("nobody began to rate")
    return f"{given} · {began}"


def rule_sentence(wanted: int, agreeing: int) -> str:
    """Return when a verdict is settled."""
    rule = _(
        "A verdict is settled once it has {wanted} ratings, where at least {agreeing} raters give it and they are more "
        "than half. Where it has fewer when the panel closes, as many must agree. “I cannot tell” settles nothing. "
        "What raters do not agree on is for the facilitator to settle."
    )
    return rule.format(wanted=number(wanted), agreeing=number(agreeing))


def panel_agreement_sentence(
    statistic: str, value: float | None, interval: tuple[float, float] | None, same: float | None, items: int
) -> str:
    """Return how far raters agree: the statistic by its name, its interval, the plain share beside it."""
    if same is None:
        return _("No item has two ratings: nothing can be said of how far raters agree.")
    line = ngettext(
        "Two raters of one item give the same answer {share} of the time ({n} item).",
        "Two raters of one item give the same answer {share} of the time ({n} items).",
        items,
    ).format(share=percent(same), n=number(items))
    if value is None:
        return line + " " + _("All answers are the same one: no agreement beyond chance can be told.")
    name = (
        _("Krippendorff’s alpha for nominal data (2011)")
        if statistic == "alpha"
        else _("Free-marginal kappa (Randolph 2005; a tie is half a preference for each)")
    )
    said = _("{name}: {value}").format(name=name, value=number(value, 2))
    if interval is None:
        return f"{line} {said} " + _("(too few items for an interval).")
    low, high = (number(bound, 2) for bound in interval)
    return f"{line} {said} " + _("(95 %: {low} to {high}, bootstrap over the items).").format(low=low, high=high)


def results_sentence(settled: int, disputed: int, lacking: int) -> str:
    """Return how many verdicts are settled, disputed, and lack ratings."""
    return (
        ", ".join(
            (
                ngettext("{n} verdict settled", "{n} verdicts settled", settled).format(n=number(settled))
                if settled
                else _("no verdict settled"),
                ngettext("{n} disputed", "{n} disputed", disputed).format(n=number(disputed)),
                ngettext("{n} lacking ratings", "{n} lacking ratings", lacking).format(n=number(lacking)),
            )
        )
        + "."
    )


def by_panels_sentence(settled: int) -> str:
    """Return how many of the settled verdicts the raters of panels settled."""
    return ngettext(
        "{n} of the settled verdicts was settled blind by the raters of a panel.",
        "{n} of the settled verdicts were settled blind by the raters of a panel.",
        settled,
    ).format(n=number(settled))


def rating_meaning(verdict: str) -> str:
    """Return what a verdict means, for a rater who never gave one."""
    return {
        "kept": _("The recap says it, with its force."),
        "contradicted": _("The recap says the opposite, or gets the figure or the decision wrong."),
        "absent": _("The recap does not say it."),
    }.get(verdict) or verdict_meaning(verdict)

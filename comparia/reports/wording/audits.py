"""What an audit says, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from comparia.messages import gettext as _
from comparia.messages import ngettext, number, percent
from comparia.records import Run, short_name
from comparia.reports.verdicts import verdict_name
from comparia.reports.wording.labels import recap_label
from comparia.reports.wording.panels import by_panels_sentence, panel_agreement_sentence

STRONG = 0.5
"""Correlation under which, with its whole interval, the length of a recap is said to hardly sway the judge."""


def tier_name(tier: str, model: str = "") -> str:
    """Return how verdicts were given, for people.

    Args:
        tier: A, B or C.
        model: name of the embedding model, for B, as signatures have it; of a judge that a person named, for C.
    """
    if tier == "C" and model:
        return _("by words, and by {model} where words could not tell").format(model=short_name(model))
    return {
        "A": _("by words"),
        "B": _("by words and by meaning ({model})").format(model=model.rpartition("-")[0] or model),
        "C": _("by words, and by models where words could not tell"),
    }.get(tier, tier)


def embeddings_sentence(embeddings: str) -> str:
    """Return why verdicts by embeddings are not compared; empty where they are."""
    return {
        "not_used": _(
            "Verdicts by meaning (embeddings) are not compared: no model was asked for vectors of this session."
        ),
        "incomplete": _(
            "Verdicts by meaning (embeddings) are not compared: the vectors kept do not cover these recaps and points."
        ),
    }.get(embeddings, "")


def agreement_sentence(settled: int, same: int, interval: tuple[float, float], kappa: float | None) -> str:
    """Return how often verdicts are those that people settled."""
    if not settled:
        return _("Nobody has settled a verdict yet: nothing can be said.")
    said = ngettext(
        "{same} of {n} settled verdict is the same", "{same} of {n} settled verdicts are the same", settled
    ).format(same=number(same), n=number(settled))
    said += " " + _("(95 %: {low} to {high})").format(low=percent(interval[0]), high=percent(interval[1]))
    if kappa is not None and settled > 1:
        said += ", " + _("kappa {kappa}").format(kappa=number(kappa, 2))
    return said + "."


def direction_sentence(kinder: int, harsher: int) -> str:
    """Return which way verdicts err."""
    if not kinder and not harsher:
        return ""
    return _("Too kind: {kinder}; too harsh: {harsher}.").format(kinder=number(kinder), harsher=number(harsher))


def estimate_sentence(estimate: tuple[float, float, float, int, int] | None, sampled: int, fewest: int) -> str:
    """Return the corrected share of all cells, or how many more verdicts it takes."""
    if estimate is None:
        return _(
            "Of the random sample {n} are settled; from {fewest} on, an estimate corrected by them is given."
        ).format(n=number(sampled), fewest=number(fewest))
    value, low, high, looked_at, of = estimate
    return _(
        "Corrected by {n} verdicts drawn at random, the recaps keep {value} of the key points (95 %: {low} to {high}), "
        "over {of} cells."
    ).format(
        n=number(looked_at),
        value=percent(value),
        low=percent(max(0.0, low)),
        high=percent(min(1.0, high)),
        of=number(of),
    )


def judge_sentences(
    points: int,
    same: int,
    kappa: float | None,
    length: tuple[float, float, float] | None,
    recaps: int,
    own: tuple[float, float, float] | None,
) -> list[str]:
    """Return what is seen of the judges on the run itself: order, length, preference for one's own.

    Args: as the fields of `scoring.audit.JudgeCheck`.
    """
    said = []
    if points:
        line = _("Asked in two orders, the judges answered the same for {same} of {n} verdicts").format(
            same=number(same), n=number(points)
        )
        agreement = _("kappa {kappa}").format(kappa=number(kappa, 2)) if kappa is not None else ""
        said.append(f"{line} ({agreement})." if agreement else f"{line}.")
    if length is None:
        said.append(_("Too few recaps to see whether their length sways the judges."))
    else:
        said.append(_length_sentence(*length, recaps))
    if own is None:
        said.append(_("No judge was asked about its own recap, so none could prefer it."))
    else:
        gap, low, high = own
        said.append(
            _(
                "Asked about their own recaps, apart and never scored, they give {gap} a point more than the judge of "
                "those recaps (95 %: {low} to {high})."
            ).format(gap=number(gap, 2), low=number(low, 2), high=number(high, 2))
        )
    return said


def _length_sentence(correlation: float, low: float, high: float, recaps: int) -> str:
    """Return whether the length of recaps sways the judges, as far as the interval tells."""
    if low > 0 or high < 0:
        way = _("longer") if correlation > 0 else _("shorter")
        said = _("They are kinder than words to {way} recaps").format(way=way)
    elif low > -STRONG and high < STRONG:
        said = _("Length hardly sways them")
    else:
        said = _("Whether length sways them cannot be told")
    figures = _("(correlation {r}, 95 %: {low} to {high}, over {n} recaps).").format(
        r=number(correlation, 2), low=number(low, 2), high=number(high, 2), n=number(recaps)
    )
    return f"{said} {figures}"


def panel_sentences(
    settled: int, agreements: Sequence[tuple[str, float | None, tuple[float, float] | None, float | None, int]]
) -> list[str]:
    """Return how many verdicts raters of panels settled, and how far they agree: what to hold every figure against.

    Args:
        settled: verdicts in force that raters of panels settled.
        agreements: of each closed panel: the statistic, its value, its interval, the share of pairs of raters who
            agree, the number of items.
    """
    if not agreements:
        return [_("No panel has rated cells of this run: how far people would agree on them is not known.")]
    said = [by_panels_sentence(settled), *(panel_agreement_sentence(*agreement) for agreement in agreements)]
    return [*said, _("Where people do not agree with one another, no verdict is sure, theirs or a machine’s.")]


def cell_sentence(run: Run, point: str, variant: str, verdict: str) -> str:
    """Return a cell as people read it: the point, the recap, the verdict in force."""
    points = run.reference.key_points if run.reference else ()
    text = next((p.text for p in points if p.id == point), point)
    recap = next((recap_label(run, v) for v in run.variants if v.id == variant), variant)
    return _("{point} {text} — in {recap}: {verdict}").format(
        point=point, text=text, recap=recap, verdict=verdict_name(verdict)
    )

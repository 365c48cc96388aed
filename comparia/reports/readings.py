"""How every metric reads in reports, one entry a metric: name, place, unit, counts, arithmetic.

A metric needs nothing else from reports. `METRICS` and `READINGS` hold the same names in the same order, as a test
checks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from comparia.errors import PluginError
from comparia.messages import N_, NN_, ngettext, number, percent
from comparia.messages import gettext as _
from comparia.plugins import Plugin, Table
from comparia.records import Score, SentenceEvidence, SpeakerEvidence
from comparia.reports.reasons import worded

TableName = Literal["scores", "checks", "pairs", "sets"]
"""Where a metric stands: among the scores or the checks of each recap, of pairs of recaps, of sets of recaps."""
Unit = Literal["share", "words", "coefficient"]
"""What a value is: a share in [0, 1], a share shown as its number of words, a coefficient in [-1, 1]."""
Shown = Literal["", "points", "speakers"]
"""What the evidence of a score on a set lists under it: key points, speakers, or nothing."""

COVERAGE = "key_point_coverage"
"""The metric whose evidence is the verdict on each key point of the reference."""
MINORITY = "minority_retention"
"""The same for minority views alone."""
MAIN = (COVERAGE, MINORITY)
"""The metrics that are shown where there is place for two."""
QUOTATIONS = "verbatim_quotations"
"""The metric whose evidence is each quotation of a recap."""
AGREEMENT = "false_consensus"
"""The metric that points at claims of agreement that the session does not bear."""
NUMBERS = "numbers"
"""The metric that points at numbers that nobody said."""
NAMES = "names"
"""The metric that points at names that nobody said."""
ATTRIBUTION = "attribution"
"""The metric that points at words given to the wrong person."""
CONTENT = "content_divergence"
"""The metric of two recaps whose evidence, the key points they treat differently, is not stored with its scores."""

FIFTHS = ("first", "second", "third", "fourth", "fifth")
"""Counts of a session's fifths, in order."""


def _nothing(_score: Score) -> str:
    return ""


def _no_lines(_score: Score) -> list[str]:
    return []


def _value_alone(_counts: Mapping[str, str]) -> str:
    return ""


@dataclass(frozen=True)
class Reading:
    """How one metric reads."""

    name: str
    """For people; translated when it is shown."""
    place: TableName = "scores"
    """Where it stands."""
    unit: Unit = "share"
    """What its value is."""
    counts: Callable[[Score], str] = _nothing
    """The sentence of the counts behind a value: `12 kept, 5 partly, of 46`."""
    arithmetic: Callable[[Mapping[str, str]], str] = _value_alone
    """The operation that gives the value, with its counts as written; empty where the value says all."""
    context: Callable[[Score], list[str]] = _no_lines
    """The lines under a score that are this metric's alone."""
    flags: Mapping[str, str] = field(default_factory=dict)
    """What is said of a sentence that it points at, by verdict; empty for a metric that points at none."""
    evidence: Shown = ""
    """What its evidence lists under a score on a set."""
    names_author: bool = False
    """Whether a score on a set says whose recaps it is of: one model's, asked several times."""


def _counts(score: Score) -> defaultdict[str, int]:
    return defaultdict(int, {key: int(value) for key, value in score.counts.items()})


def _sentence(message: str) -> Callable[[Score], str]:
    """Return a function that fills the translation of `message` with the counts of a score."""
    return lambda score: _(message).format_map(_counts(score))


def verdicts_told(counts: Mapping[str, int]) -> list[str]:
    """Return how many points have each verdict but *kept*, in words; those that none has are left out."""
    others = {
        "partly": _("{n} partly"),
        "softened": _("{n} softened"),
        "lent_to_all": _("{n} told as everybody’s"),
        "contradicted": _("{n} contradicted"),
        "absent": _("{n} not found"),
        "uncertain": _("{n} to look at"),
        "unscored": _("{n} not scored"),
    }
    return [sentence.format(n=number(counts[name])) for name, sentence in others.items() if counts.get(name)]


def _points(score: Score) -> str:
    counts = _counts(score)
    return " · ".join([_("{kept} of {of} kept").format(kept=counts["kept"], of=counts["of"]), *verdicts_told(counts)])


def _arithmetic_of(*halves: str) -> Callable[[Mapping[str, str]], str]:
    """Return a function that writes the operation of a share of points, where these verdicts count for a half."""

    def written(c: Mapping[str, str]) -> str:
        # Scores of earlier versions count an uncertain point as a half, and no view as softened or lent to all.
        counted = " + ".join(c[name] for name in (halves if "softened" in c else ("partly", "uncertain")))
        return f"({c['kept']} + ½ × {f'({counted})' if '+' in counted else counted}) / {c['of']}"

    return written


def _at_equal_length(score: Score) -> list[str]:
    if not 0 <= score.measures.get("length_adjusted", -1) <= 1:
        return []
    return [_("at equal length: {share}").format(share=percent(score.measures["length_adjusted"]))]


def _minority_context(score: Score) -> list[str]:
    counts, lines = score.figures, []
    if {"jeffreys_low", "jeffreys_high"} <= set(counts):
        low, high = percent(counts["jeffreys_low"]), percent(counts["jeffreys_high"])
        share = percent(counts["kept"] / counts["of"])
        lines.append(
            _("kept whole: {share}, 95-per-cent interval from {low} to {high}").format(share=share, low=low, high=high)
        )
    if "others" in counts:
        lines.append(_("other points: {share}").format(share=percent(counts["others"])))
    if counts.get("isolated_of"):
        lines.append(
            _("of isolated voices, one person each: {kept} of {of} kept").format(
                kept=int(counts["isolated_kept"]), of=int(counts["isolated_of"])
            )
        )
    if counts.get("diluted"):
        lines.append(_("without their reason: {n}").format(n=int(counts["diluted"])))
    return lines


def _length(score: Score) -> str:
    share = percent(score.value or 0.0)
    words = number(score.measures["words_per_sentence"], 0)
    return _("{share} of the session, {n} words a sentence").format(share=share, n=words)


def _quotations(score: Score) -> str:
    counts = _counts(score)
    sentence = _("{found} said word for word, {altered} altered, {not_found} not found, of {of}").format_map(counts)
    more = []
    if counts["misattributed"]:
        more.append(_("{n} said by another person").format(n=counts["misattributed"]))
    if counts["stitched"]:
        more.append(_("{n} put together from several passages").format(n=counts["stitched"]))
    return " · ".join([sentence, *more])


_TO_CHECK = NN_("{unsupported} to check, of {of}", "{unsupported} to check, of {of}")


def _to_check(score: Score) -> str:
    counts = _counts(score)
    counts["unsupported"] = len(flagged(score))
    return ngettext(*_TO_CHECK, counts["of"]).format_map(counts)


def _flags(name: str, **flags: str) -> Reading:
    """Return the reading of a check that points at sentences, from what it says of them, by verdict."""
    return Reading(name, "checks", counts=_to_check, arithmetic=lambda c: f"{c['supported']} / {c['of']}", flags=flags)


def _least_covered(score: Score) -> str:
    names = ", ".join(item.speaker for item in score.evidence[:2] if isinstance(item, SpeakerEvidence))
    if not names:
        return ""
    return _("least covered of {n} speakers: {names}").format(n=_counts(score)["of"], names=names)


def _fifths(score: Score) -> str:
    shares = ", ".join(percent(score.measures[name]) for name in FIFTHS)
    return _("kept, from the first fifth of the session to the last: {shares}").format(shares=shares)


def _by_chance(score: Score) -> list[str]:
    if score.measures.get("p", 1) >= 0.05:
        return []
    return [_("seldom by chance (p = {p})").format(p=number(score.measures["p"], 3))]


def _noise(score: Score) -> list[str]:
    if "floor" not in score.measures:
        return []
    lines = [_("two repeats of one model: {share}").format(share=percent(score.measures["floor"]))]
    return lines if score.counts["above_floor"] else [*lines, _("no more than chance")]


_SHIPPED: dict[str, Reading] = {
    "key_point_coverage": Reading(
        N_("Key points kept"),
        counts=_points,
        arithmetic=_arithmetic_of("partly", "softened", "lent_to_all"),
        context=_at_equal_length,
    ),
    "minority_retention": Reading(
        N_("Minority views kept"), counts=_points, arithmetic=_arithmetic_of("partly"), context=_minority_context
    ),
    "length": Reading(
        N_("Length"), unit="words", counts=_length, arithmetic=lambda c: f"{c['words']} / {c['session_words']}"
    ),
    "verbatim_quotations": Reading(
        N_("Quotations that were said"), counts=_quotations, arithmetic=lambda c: f"{c['found']} / {c['of']}"
    ),
    "numbers": _flags(
        N_("Numbers that were said"),
        unsupported=N_("The number {number} was not found in the session."),
        superseded=N_(
            "{number} was said, then set right in the session: the first passage shown gives another figure."
        ),
        reworded=N_(
            "Hint: nobody said {number}; the sentence is in other words, and it may be the same figure in another unit."
        ),
        elsewhere=N_("Hint: the number {number} was said, but about something else it seems."),
    ),
    "names": _flags(
        N_("Names that were said"),
        unsupported=N_("The name {name} was not found in the session."),
        respelled=N_("Hint: in the session the name is spelled {name}."),
        in_context=N_("Hint: nobody said {name}; a document given with the session holds it."),
    ),
    "attribution": _flags(N_("Attributions that hold"), unsupported=N_("The words are nearer to what {name} said.")),
    "support": Reading(
        N_("Sentences in the session's words"),
        "checks",
        counts=_sentence(N_("{supported} of {of} sentences")),
        arithmetic=lambda c: f"{c['supported']} / {c['of']}",
    ),
    "false_consensus": _flags(
        N_("Claims of agreement that hold"),
        unsupported=N_("It speaks for most people or for all: {held}."),
        unverified=N_("It speaks for most people or for all; nothing says who holds it: check it yourself."),
    ),
    "speaker_balance": Reading(
        N_("Balance between speakers"),
        "checks",
        counts=_sentence(N_("{named} of {of} people named, {main_absent} who spoke much are not")),
        arithmetic=lambda _c: "1 − JSD₂(p, q)",
    ),
    "equal_coverage": Reading(
        N_("Distance between speakers' coverage"),
        "checks",
        counts=_least_covered,
        arithmetic=lambda c: f"Σ |p(k, S) − {c['mean']}| / {c['of']}",
    ),
    "position": Reading(
        N_("Evenness over the session"),
        "checks",
        counts=_fifths,
        arithmetic=lambda c: f"1 − max |c − c̄|, c = ({', '.join(c[name] for name in FIFTHS)})",
        context=_by_chance,
    ),
    "content_divergence": Reading(
        N_("Differ in what they keep"),
        "pairs",
        counts=_sentence(N_("{differing} of {of} key points treated differently")),
        arithmetic=lambda c: f"1 − Σ min(p, q) / Σ max(p, q) = 1 − {c['least']} / {c['most']}",
        context=_noise,
    ),
    "wording_divergence": Reading(
        N_("Differ in their words"), "pairs", arithmetic=lambda _c: "1 − cos(a, b)", context=_noise
    ),
    "variant_agreement": Reading(
        N_("Agreement of all the recaps"),
        "sets",
        unit="coefficient",
        counts=_sentence(N_("1 when all keep the same points, 0 when they agree by chance alone")),
        arithmetic=lambda _c: "1 − Dₒ / Dₑ",
        evidence="points",
    ),
    "coverage_parity": Reading(
        N_("Distance between speakers' coverage by all the recaps"),
        "sets",
        counts=_sentence(N_("{under} of {of} speakers are covered less than the others time and again, {over} more")),
        arithmetic=lambda c: f"Σ |Σ (p(k, S) − p(·, S)) / {c['variants']}| / {c['of']}",
        evidence="speakers",
    ),
    "stability": Reading(
        N_("Stability of repeats"),
        "sets",
        counts=_sentence(N_("{flipping} of {of} key points kept by some of the {repeats} repeats only")),
        arithmetic=lambda c: f"1 − Σ 2p(1 − p) / n · {c['repeats']}/({c['repeats']} − 1)",
        names_author=True,
    ),
}
"""The readings of the metrics that come with Comparia, by the metric's name, in the order of `METRICS`."""


def _from_plugin(plugin: Plugin, metric: Any) -> Reading:
    """Return the reading that a metric of a plug-in brings as `reading`; its name alone where it brings none."""
    brought = getattr(metric, "reading", None)
    if brought is None:
        return Reading(plugin.name)
    if not isinstance(brought, Reading):
        raise plugin.refused(_("its `reading` is not a Reading"))
    return brought


READINGS: Table[Reading] = Table("metrics", _SHIPPED, _from_plugin)
"""Every metric's reading, by the metric's name, in the order of `METRICS`; those of plug-ins last."""


def reading_of(metric: str) -> Reading:
    """Return the reading of a metric; of one that nobody knows, its name alone."""
    try:
        return READINGS[metric]
    except (KeyError, PluginError):
        return Reading(metric)


def metrics_of(place: TableName) -> tuple[str, ...]:
    """Return the names of the metrics that stand in one place, in order."""
    return tuple(name for name, reading in READINGS.items() if reading.place == place)


def flagged(score: Score) -> list[SentenceEvidence]:
    """Return what a check points at, hints among it."""
    return [
        item
        for item in score.evidence
        if isinstance(item, SentenceEvidence) and item.flag in reading_of(score.metric).flags
    ]


def flag_sentence(metric: str, item: SentenceEvidence) -> str:
    """Return what a check found in a sentence, in words."""
    flags = reading_of(metric).flags
    message = flags.get(item.flag) or flags["unsupported"]
    about = worded(item.about)
    return _(message).format(number=about, name=about, held=about)

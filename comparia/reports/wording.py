"""The words reports share: names of metrics, verdicts and failures, counts in a sentence, the AI-use notice."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from comparia import messages
from comparia.config import is_loopback
from comparia.messages import gettext as _
from comparia.messages import ngettext, number
from comparia.records import Evidence, KeyPoint, Reference, Run, Score, Variant

VERDICT_MARKS = {"kept": "●", "partly": "◐", "softened": "◐", "uncertain": "?", "contradicted": "✗", "absent": "○"}
"""A mark for each verdict, always beside its word."""


_UNSHOWN = dict.fromkeys(
    {*range(0x20), *range(0x7F, 0xA0), 0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
    - {0x09, 0x0A}
)


def shown_text(text: str) -> str:
    """`text` without the characters that act on a page or a terminal instead of being read: controls, bidi overrides."""
    return text.translate(_UNSHOWN)


CHECKS = ("numbers", "attribution", "support", "speaker_balance")
"""Metrics that look for faults a person should look at, shown apart from the scores."""
PAIRWISE = ("content_divergence", "wording_divergence")
"""Metrics of two variants."""
SETWIDE = ("variant_agreement",)
"""Metrics of all the variants together."""


class Row(NamedTuple):
    """One line of the key point × variant table."""

    point: KeyPoint
    minority: bool
    holders: tuple[str, ...]
    cells: tuple[Evidence | None, ...]


def metric_name(metric: str) -> str:
    """A metric for people."""
    return {
        "key_point_coverage": _("Key points kept"),
        "minority_retention": _("Minority views kept"),
        "content_divergence": _("Differ in what they keep"),
        "wording_divergence": _("Differ in their words"),
        "verbatim_quotations": _("Quotations that were said"),
        "numbers": _("Numbers that were said"),
        "attribution": _("Attributions that hold"),
        "support": _("Sentences in the session's words"),
        "speaker_balance": _("Balance between speakers"),
        "variant_agreement": _("Agreement of all the recaps"),
    }.get(metric, metric)


def words_phrase(n: int) -> str:
    """A number of words."""
    return ngettext("{n} word", "{n} words", n).format(n=number(n))


def speakers_phrase(n: int) -> str:
    """A number of speakers."""
    return ngettext("{n} speaker", "{n} speakers", n).format(n=number(n))


def verdict_name(verdict: str) -> str:
    """A verdict for people."""
    return {
        "kept": _("kept"),
        "partly": _("partly"),
        "softened": _("softened"),
        "uncertain": _("uncertain"),
        "contradicted": _("contradicted"),
        "absent": _("not found"),
        "found": _("said word for word"),
        "altered": _("altered"),
        "not_found": _("not found in the session"),
    }.get(verdict, verdict)


def author_name(variant: Variant) -> str:
    """What kind of author wrote a variant."""
    return {"model": _("AI model"), "extractive": _("extracts, no AI"), "human": _("written by a person")}[
        variant.author
    ]


def status_name(status: str) -> str:
    """Status of a run for people."""
    return {
        "started": _("unfinished"),
        "complete": _("complete"),
        "partial": _("partial"),
        "failed": _("failed"),
        "cancelled": _("interrupted"),
    }.get(status, status)


def percent(value: float | None) -> str:
    """A share as people read it, or a dash."""
    if value is None:
        return "–"
    return messages.percent(value)


def counts_sentence(score: Score) -> str:
    """The counts behind a score: `12 kept, 5 partly, of 46`."""
    if score.value is None:
        return score.reason
    counts = defaultdict(int, {key: int(value) for key, value in score.counts.items()})
    if score.metric in ("key_point_coverage", "minority_retention"):
        return _("{kept} kept, {partly} partly or uncertain, {absent} not found, of {of}").format(
            kept=counts["kept"], partly=counts["partly"] + counts["uncertain"], absent=counts["absent"], of=counts["of"]
        )
    if score.metric == "verbatim_quotations":
        return _("{found} said word for word, {altered} altered, {not_found} not found, of {of}").format_map(counts)
    if score.metric == "content_divergence":
        return _("{differing} of {of} key points treated differently").format_map(counts)
    if score.metric in ("numbers", "attribution", "support"):
        return ngettext("{unsupported} to check, of {of}", "{unsupported} to check, of {of}", counts["of"]).format_map(
            counts
        )
    if score.metric == "speaker_balance":
        return _("{named} of {of} people named, {main_absent} who spoke much are not").format_map(counts)
    if score.metric == "variant_agreement":
        return _("1 when all keep the same points, 0 when they agree by chance alone")
    return ""


def interval_sentence(score: Score) -> str:
    """The band of a score, and what a difference from it is worth; empty if it has none."""
    said = []
    if score.interval is not None and score.interval[0] != score.interval[1]:
        said.append(
            _("between {low} and {high}").format(low=percent(score.interval[0]), high=percent(score.interval[1]))
        )
    if score.metric == "minority_retention" and {"jeffreys_low", "jeffreys_high"} <= set(score.counts):
        low, high = percent(score.counts["jeffreys_low"]), percent(score.counts["jeffreys_high"])
        said.append(_("share kept, 95-per-cent interval: {low} to {high}").format(low=low, high=high))
    if score.metric == "minority_retention" and "others" in score.counts:
        said.append(_("other points: {share}").format(share=percent(score.counts["others"])))
    return "; ".join(said)


def score_of(run: Run, metric: str, *variants: str) -> Score | None:
    """The latest score of a metric for a variant or a pair, in either order."""
    for score in run.scores:
        if score.metric == metric and set(score.variants) == set(variants):
            return score
    return None


def columns(run: Run, *, checks: bool) -> list[str]:
    """Metrics of one variant that stand in the table of scores, or in the table of checks."""
    names = dict.fromkeys(score.metric for score in run.scores)
    return [name for name in names if name not in (*PAIRWISE, *SETWIDE) and (name in CHECKS) == checks]


def pair_scores(run: Run) -> list[Score]:
    """Scores of two variants, in order."""
    return [score for score in run.scores if score.metric in PAIRWISE and len(score.variants) == 2]


def set_scores(run: Run) -> list[Score]:
    """Scores of all the variants together."""
    return [score for score in run.scores if score.metric in SETWIDE]


def flags(run: Run, variant: str) -> list[tuple[str, Evidence]]:
    """Sentences of a variant that a check points at: the metric, and the evidence."""
    return [
        (metric, item)
        for metric in ("numbers", "attribution", "support")
        if (score := score_of(run, metric, variant)) is not None
        for item in score.evidence
        if item.verdict == "unsupported"
    ]


def flag_sentence(metric: str, item: Evidence) -> str:
    """What a check found, in words."""
    if metric == "numbers":
        return _("The number {number} was not found in the session.").format(number=item.note)
    if metric == "attribution":
        return _("The words are nearer to what {name} said.").format(name=item.note)
    return _("Few of its words were used in the session: a free paraphrase, or something nobody said.")


def shown(run: Run) -> list[Variant]:
    """Variants with a summary, in plan order."""
    return [variant for variant in run.variants if variant.summary is not None]


def rows(run: Run) -> list[Row]:
    """The key point × variant table, minority views first, then by how few variants keep the point."""
    reference = run.reference
    if reference is None:
        return []
    verdicts: dict[tuple[str, str], Evidence] = {}
    for score in run.scores:
        if score.metric == "key_point_coverage":
            for item in score.evidence:
                verdicts[item.key_point or "", score.variants[0]] = item
    found = []
    for point in reference.key_points:
        cells = tuple(verdicts.get((point.id, variant.id)) for variant in shown(run))
        names = tuple(run.transcript.speaker_name(holder) for holder in point.holders)
        found.append(Row(point, reference.is_minority(point), names, cells))
    kept = [sum(cell.verdict == "kept" for cell in row.cells if cell) for row in found]
    order = sorted(range(len(found)), key=lambda i: (not found[i].minority, kept[i], i))
    return [found[i] for i in order]


def signatures(run: Run) -> list[str]:
    """Every distinct signature of the run's scores, in order."""
    return list(dict.fromkeys(score.signature for score in run.scores))


def reference_sentence(reference: Reference | None) -> str:
    """Where the key points come from."""
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
    return _("{n} key points suggested and not reviewed by anybody, among them {minority}.").format(
        n=len(reference.key_points), minority=minority
    )


def not_covered() -> list[str]:
    """What these scores do not see; said in every report."""
    return [
        _("Words are compared, not meanings: a paraphrase in wholly other words may be shown as not found."),
        _("Polarity is not seen: a sentence that denies a point with the same words looks like one that states it."),
        _("Whether people feel represented is not measured."),
    ]


def same_models(run: Run) -> dict[str, list[str]]:
    """Models that answered under several backends' names: an alias and what it points to are one model."""
    servers = {backend.name: backend.base_url for backend in run.backends}
    found: dict[tuple[str, str], dict[str, None]] = {}
    for variant in run.variants:
        server = servers.get(variant.backend, "")
        for call in variant.calls[-1:]:
            if call.model and server:
                found.setdefault((server, call.model), {})[variant.backend] = None
    return {model: list(names) for (_server, model), names in found.items() if len(names) > 1}


def use_notice(run: Run) -> list[str]:
    """What the AI did, and what was sent where."""
    models = [v for v in run.variants if v.author == "model" and v.summary is not None]
    lines = []
    if models:
        names = ", ".join(dict.fromkeys(v.backend for v in models))
        lines.append(
            _("Recaps written by AI models: {names}. A person must read them again before they are sent out.").format(
                names=names
            )
        )
    if any(v.author == "extractive" and v.summary is not None for v in run.variants):
        lines.append(_("Ranked extracts quote the session word for word; no AI model wrote them."))
    if any(v.author == "human" for v in run.variants):
        lines.append(_("Some recaps were written by people."))
    lines.extend(
        _("{names} were answered by one and the same model ({model}): differences between them are chance.").format(
            names=", ".join(names), model=model
        )
        for model, names in same_models(run).items()
    )
    inside = [s for s in run.sendings if is_loopback(s.host)]
    outside = [s for s in run.sendings if not is_loopback(s.host)]
    if inside:
        text = ngettext(
            "{n} request went to a server on this machine.",
            "{n} requests went to a server on this machine.",
            len(inside),
        )
        lines.append(text.format(n=number(len(inside))))
    if outside:
        zones = ", ".join(dict.fromkeys(s.zone for s in outside))
        hosts = ", ".join(dict.fromkeys(s.host.partition("://")[2].partition("/")[0] or s.host for s in outside))
        lines.append(
            ngettext(
                "{n} request left this machine, {size} kB, to {hosts} (zone: {zones}; policy: {policy}).",
                "{n} requests left this machine, {size} kB, to {hosts} (zone: {zones}; policy: {policy}).",
                len(outside),
            ).format(
                n=number(len(outside)),
                size=number(sum(s.size for s in outside) / 1000),
                hosts=hosts,
                zones=zones,
                policy=run.policy,
            )
        )
        lines.append(_("Names were sent as they are in the transcript."))
    else:
        lines.append(_("Nothing left this machine."))
    return lines


def warning_text(code: str) -> str:
    """A variant's warning for people."""
    return {
        "cut_input": _("The backend read fewer tokens than were sent: it has not read the whole session."),
        "cut_output": _("The answer stopped at the length limit: its end is missing."),
    }.get(code, code)

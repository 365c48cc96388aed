"""The words reports share: names of metrics, verdicts and failures, counts in a sentence, the AI-use notice."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import NamedTuple
from urllib.parse import urlsplit

from comparia import messages
from comparia.config import catalogue, is_loopback, proxy_of
from comparia.messages import duration, ngettext, number
from comparia.messages import gettext as _
from comparia.records import (
    Author,
    Backend,
    Evidence,
    Failure,
    KeyPoint,
    Pseudonyms,
    Reference,
    Run,
    Score,
    Transcript,
    Variant,
)

VERDICT_MARKS = {
    "kept": "●",
    "partly": "◐",
    "softened": "◐",
    "uncertain": "?",
    "contradicted": "✗",
    "absent": "○",
    "unscored": "–",
}
"""A mark for each verdict, always beside its word."""


_COMMAND = re.compile(r"\bcomparia [a-z]|comparia\.toml|--[a-z]|`|\b[A-Z]+_[A-Z_]+\b")
"""What only a terminal, or a file of settings, understands."""
_UNSHOWN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def shown_text(text: str) -> str:
    """`text` without the characters that act on a page or a terminal instead of being read: controls, bidi overrides."""
    return _UNSHOWN.sub("", text)


FLAGS = ("numbers", "names", "attribution", "support", "false_consensus")
"""Checks that point at sentences."""
CHECKS = (
    "numbers",
    "names",
    "attribution",
    "support",
    "false_consensus",
    "speaker_balance",
    "equal_coverage",
    "position",
)
"""Metrics that look for faults a person should look at, shown apart from the scores."""
PAIRWISE = ("content_divergence", "wording_divergence")
"""Metrics of two variants."""
SETWIDE = ("variant_agreement", "coverage_parity", "stability")
"""Metrics of several variants together: all of them, or the repeats of one model."""


LEAST_KAPPA = 0.6
"""Agreement of a judge with itself under which its scores are shown greyed."""


class Column(NamedTuple):
    """One column of a table of scores: scores with one signature only."""

    metric: str
    signature: str = ""
    """The one it holds, when variants were scored by several recipes; empty when there is one."""
    number: int = 0
    """Which recipe, from 1; 0 when there is one."""


class Row(NamedTuple):
    """One line of the key point × variant table."""

    point: KeyPoint
    minority: bool
    holders: tuple[str, ...]
    cells: tuple[Evidence | None, ...]


def _once_a_language(said: Callable[[str], str]) -> Callable[[str], str]:
    """Words that a page asks for a thousand times are looked up once in each language."""
    known = lru_cache(maxsize=512)(lambda _language, name: said(name))

    @wraps(said)
    def looked_up(name: str) -> str:
        return known(messages.language(), name)

    return looked_up


@_once_a_language
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
        "length": _("Length"),
        "names": _("Names that were said"),
        "false_consensus": _("Claims of agreement that hold"),
        "equal_coverage": _("Distance between speakers' coverage"),
        "position": _("Evenness over the session"),
        "coverage_parity": _("Distance between speakers' coverage by all the recaps"),
        "stability": _("Stability of repeats"),
    }.get(metric, metric)


def words_phrase(n: int) -> str:
    """A number of words."""
    return ngettext("{n} word", "{n} words", n).format(n=number(n))


def speakers_phrase(n: int) -> str:
    """A number of speakers."""
    return ngettext("{n} speaker", "{n} speakers", n).format(n=number(n))


@_once_a_language
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
        "misattributed": _("said by another person"),
        "unscored": _("not scored"),
        "supported": _("supported"),
        "unsupported": _("to check"),
        "elsewhere": _("said elsewhere"),
        "respelled": _("spelled otherwise"),
        "under": _("covered less"),
        "over": _("covered more"),
    }.get(verdict, verdict)


def author_kind(author: Author) -> str:
    """A kind of author, for people."""
    return {"model": _("AI model"), "extractive": _("extracts, no AI"), "human": _("written by a person")}[author]


def author_name(variant: Variant) -> str:
    """What kind of author wrote a variant."""
    return author_kind(variant.author)


def status_name(status: str) -> str:
    """Status of a run for people."""
    return {
        "started": _("unfinished"),
        "complete": _("complete"),
        "partial": _("partial"),
        "failed": _("failed"),
        "cancelled": _("interrupted"),
    }.get(status, status)


def status_of(run: Run) -> str:
    """Return the status of a run for people, and that it is not scored where it is not."""
    return status_name(run.status) + ("" if run.scored else ", " + _("not scored"))


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
        said = _("{kept} kept, {partly} partly or uncertain, {absent} not found, of {of}").format(
            kept=counts["kept"], partly=counts["partly"] + counts["uncertain"], absent=counts["absent"], of=counts["of"]
        )
        if counts["contradicted"]:
            said += " · " + _("contradicted: {n}").format(n=counts["contradicted"])
        if counts["unscored"]:
            said += " · " + _("not scored: {n}").format(n=counts["unscored"])
        return said
    if score.metric == "verbatim_quotations":
        said = _("{found} said word for word, {altered} altered, {not_found} not found, of {of}").format_map(counts)
        if not counts["misattributed"]:
            return said
        return f"{said} · " + _("{n} said by another person").format(n=counts["misattributed"])
    if score.metric == "content_divergence":
        return _("{differing} of {of} key points treated differently").format_map(counts)
    if score.metric in FLAGS:
        counts["unsupported"] = len(flagged(score))
        return ngettext("{unsupported} to check, of {of}", "{unsupported} to check, of {of}", counts["of"]).format_map(
            counts
        )
    if score.metric == "speaker_balance":
        return _("{named} of {of} people named, {main_absent} who spoke much are not").format_map(counts)
    if score.metric == "variant_agreement":
        return _("1 when all keep the same points, 0 when they agree by chance alone")
    if score.metric == "length":
        return _("{share} of the session, {n} words a sentence").format(
            share=percent(score.value), n=number(score.counts["words_per_sentence"], 0)
        )
    if score.metric == "equal_coverage":
        names = ", ".join(item.note for item in score.evidence[:2])
        return _("least covered of {n} speakers: {names}").format(n=counts["of"], names=names) if names else ""
    if score.metric == "position":
        fifths = ", ".join(percent(score.counts[name]) for name in ("first", "second", "third", "fourth", "fifth"))
        return _("kept, from the first fifth of the session to the last: {shares}").format(shares=fifths)
    if score.metric == "coverage_parity":
        return _("{under} of {of} speakers are covered less than the others time and again, {over} more").format_map(
            counts
        )
    if score.metric == "stability":
        return _("{flipping} of {of} key points kept by some of the {repeats} repeats only").format_map(counts)
    return ""


def interval_sentence(score: Score) -> str:
    """What a score is worth, on one line; empty if there is nothing to say."""
    return " · ".join(beside(score))


def beside(score: Score) -> list[str]:
    """What a score is read beside: its band, what a difference from it is worth, what became of the rest."""
    said = []
    if score.interval is not None and score.interval[0] != score.interval[1]:
        said.append(
            _("between {low} and {high}").format(low=percent(score.interval[0]), high=percent(score.interval[1]))
        )
    if score.metric == "minority_retention" and {"jeffreys_low", "jeffreys_high"} <= set(score.counts):
        low, high = percent(score.counts["jeffreys_low"]), percent(score.counts["jeffreys_high"])
        share = percent(score.counts["kept"] / score.counts["of"])
        said.append(
            _("kept whole: {share}, 95-per-cent interval from {low} to {high}").format(share=share, low=low, high=high)
        )
    if score.metric == "minority_retention" and "others" in score.counts:
        said.append(_("other points: {share}").format(share=percent(score.counts["others"])))
    if score.metric == "minority_retention" and score.counts.get("diluted"):
        said.append(_("without their reason: {n}").format(n=int(score.counts["diluted"])))
    if score.metric == "minority_retention" and score.counts.get("absorbed"):
        said.append(_("lost in a larger view: {n}").format(n=int(score.counts["absorbed"])))
    if 0 <= score.counts.get("length_adjusted", -1) <= 1:
        said.append(_("at equal length: {share}").format(share=percent(score.counts["length_adjusted"])))
    if score.metric == "position" and score.counts.get("p", 1) < 0.05:
        said.append(_("seldom by chance (p = {p})").format(p=number(score.counts["p"], 3)))
    if "floor" in score.counts and score.metric in PAIRWISE:
        said.append(_("two repeats of one model: {share}").format(share=percent(score.counts["floor"])))
        if not score.counts["above_floor"]:
            said.append(_("no more than chance"))
    if "unrelated" in score.counts:
        said.append(_("recaps of other sessions: {share}").format(share=percent(score.counts["unrelated"])))
    if "judge_kappa" in score.counts:
        said.append(
            _("agreement of the judge with itself: κ = {kappa}").format(kappa=number(score.counts["judge_kappa"], 2))
        )
    return said


def value_text(score: Score) -> str:
    """The value of a score for people: a share, a number of words, a coefficient."""
    if score.value is None:
        return "–"
    if score.metric == "length":
        return number(score.counts["words"])
    return number(score.value, 2) if score.metric == "variant_agreement" else percent(score.value)


def doubtful(score: Score) -> bool:
    """Whether a score is shown greyed: its judge does not agree with itself."""
    return score.counts.get("judge_kappa", 1.0) < LEAST_KAPPA


def score_of(run: Run, metric: str, *variants: str) -> Score | None:
    """The latest score of a metric for a variant or a pair, in either order."""
    for score in run.scores:
        if score.metric == metric and set(score.variants) == set(variants):
            return score
    return None


def columns(run: Run, *, checks: bool) -> list[Column]:
    """Columns of the table of scores, or of the table of checks: one a metric, or one a signature where they differ."""
    found: list[Column] = []
    for metric in dict.fromkeys(score.metric for score in run.scores):
        if metric in (*PAIRWISE, *SETWIDE) or (metric in CHECKS) != checks:
            continue
        recipes = list(dict.fromkeys(s.signature for s in run.scores if s.metric == metric and s.value is not None))
        if len(recipes) < 2:
            found.append(Column(metric))
        else:
            found.extend(Column(metric, recipe, n) for n, recipe in enumerate(recipes, start=1))
    return found


def column_name(column: Column) -> str:
    """The heading of a column."""
    name = metric_name(column.metric)
    return _("{name} (recipe {n})").format(name=name, n=column.number) if column.number else name


def cell(run: Run, column: Column, variant: str) -> Score | None:
    """The score of a variant in a column, None where it has none there."""
    score = score_of(run, column.metric, variant)
    if score is None or not column.signature or score.value is None or score.signature == column.signature:
        return score
    return None


def split_reason(run: Run) -> str:
    """Why some metrics have several columns; empty when none has."""
    if not any(column.number for checks in (False, True) for column in columns(run, checks=checks)):
        return ""
    return _("Numbers made by different recipes are not compared: each recipe has its own column.")


def pair_scores(run: Run) -> list[Score]:
    """Scores of two variants, in order."""
    return [score for score in run.scores if score.metric in PAIRWISE and len(score.variants) == 2]


def set_name(run: Run, score: Score) -> str:
    """A metric of several variants for people: of what, when it is of some of them only."""
    name = metric_name(score.metric)
    if score.metric != "stability":
        return name
    first = next((v for v in run.variants if v.id in score.variants), None)
    if first is None:
        return name
    of = " · ".join(part for part in (run.backend_label(first.backend), run.prompt_named(first.prompt)) if part)
    return f"{name} ({of})"


def set_scores(run: Run) -> list[Score]:
    """Scores of all the variants together."""
    return [score for score in run.scores if score.metric in SETWIDE]


def flagged(score: Score) -> list[Evidence]:
    """What a check points at, hints among it."""
    return [item for item in score.evidence if item.verdict in ("unsupported", "elsewhere", "respelled", "unverified")]


def flags(run: Run, variant: str) -> list[tuple[str, Evidence]]:
    """Sentences of a variant that a check points at: the metric, and the evidence."""
    return [
        (metric, item)
        for metric in FLAGS
        if (score := score_of(run, metric, variant)) is not None
        for item in flagged(score)
    ]


def flag_sentence(metric: str, item: Evidence) -> str:
    """What a check found, in words."""
    if item.verdict == "elsewhere":
        return _("Hint: the number {number} was said, but about something else it seems.").format(number=item.note)
    if item.verdict == "unverified":
        return _("It speaks for most people or for all; nothing says who holds it: check it yourself.")
    if item.verdict == "respelled":
        return _("Hint: in the session the name is spelled {name}.").format(name=item.note)
    if metric == "numbers":
        return _("The number {number} was not found in the session.").format(number=item.note)
    if metric == "attribution":
        return _("The words are nearer to what {name} said.").format(name=item.note)
    if metric == "names":
        return _("The name {name} was not found in the session.").format(name=item.note)
    if metric == "false_consensus":
        return _("It speaks for most people or for all: {held}.").format(held=item.note)
    return _("Few of its words were used in the session: a free paraphrase, or something nobody said.")


@_once_a_language
def hint_sentence(hint: str) -> str:
    """What a hint says, and that it is only a hint."""
    return {
        "polarity": _("Hint, not verified: the sentence may deny the point."),
        "quantifier": _("Hint, not verified: the sentence may speak of more people, or fewer, than the point."),
    }.get(hint, hint)


@_once_a_language
def note_sentence(note: str) -> str:
    """Why a verdict was raised or lowered, in words; empty for what needs none."""
    return {
        "quote": _("It holds the very words that were said."),
        "settled": _("A person settled this verdict."),
        "judge_unclear": _("The judge's answer could not be understood."),
        "judge_silent": _("The judge did not answer; score again to ask for what is missing."),
        "judge_disputed": _("The judge gave two different answers."),
        "judge_alone": _(
            "The judge points at a sentence that shares almost no word of the key point: a person should read it."
        ),
        "judge_against_words": _("The judge and the words do not agree: a person should read it."),
    }.get(note, "")


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


_FOUND = frozenset(("kept", "partly", "softened"))
"""Verdicts that say that a key point is in a recap, at least in part."""


def lost(run: Run) -> list[Row]:
    """Return the key points that no recap keeps, in part or whole: minority views first, then those found nowhere first."""
    found = [
        row for row in rows(run) if any(row.cells) and all(cell.verdict not in _FOUND for cell in row.cells if cell)
    ]
    return sorted(found, key=lambda row: (not row.minority, unsure(row)))


def unsure(row: Row) -> bool:
    """Return whether words alone cannot tell if a key point is in one of the recaps."""
    return any(cell is not None and cell.verdict == "uncertain" for cell in row.cells)


def lost_sentence(run: Run) -> str:
    """Return how many of the minority views no recap keeps, in one sentence; empty where there are none to keep."""
    of = sum(row.minority for row in rows(run))
    recaps = len(shown(run))
    if not of or not recaps:
        return ""
    n = sum(row.minority for row in lost(run))
    if n == 0:
        return _("Each of the {of} minority views is kept, at least in part, by one of the recaps.").format(
            of=number(of)
        )
    if recaps == 1:
        said = ngettext(
            "{n} minority view of {of} is not kept by the recap.",
            "{n} minority views of {of} are not kept by the recap.",
            n,
        )
    else:
        said = ngettext(
            "{n} minority view of {of} is kept by none of the {recaps} recaps.",
            "{n} minority views of {of} are kept by none of the {recaps} recaps.",
            n,
        )
    return said.format(n=number(n), of=number(of), recaps=number(recaps))


def losses(run: Run) -> list[tuple[Variant, str]]:
    """Return what each recap lost: the recap, and how many minority views are not found in it and how many are uncertain."""
    few = [row for row in rows(run) if row.minority]
    told = []
    for n, variant in enumerate(shown(run) if few else ()):
        verdicts = Counter(cell.verdict for row in few if (cell := row.cells[n]))
        said = _("{lost} of the {of} minority views not found, {unsure} uncertain")
        told.append(
            (
                variant,
                said.format(
                    lost=number(verdicts["absent"] + verdicts["contradicted"]),
                    of=number(len(few)),
                    unsure=number(verdicts["uncertain"]),
                ),
            )
        )
    return told


def demonstrated(run: Run) -> Backend | None:
    """Return the backend of a run that replays recaps written for a demonstration; None where there is none."""
    return next((backend for backend in run.backends if backend.written_on), None)


def provenance(run: Run) -> str:
    """Return where the recaps of a demonstration come from, in one sentence; empty for every other run."""
    backend = demonstrated(run)
    if backend is None:
        return ""
    return _(
        "Recaps written by a large language model for this demonstration on {day}, replayed; nothing is sent. Which model, how many "
        "tokens and how long are not known: nothing can be concluded from them about any model."
    ).format(day=messages.day(backend.written_on))


def written_by(run: Run, variant: Variant) -> str:
    """Return what kind of author wrote a recap; of a demonstration, also when, and that it is replayed."""
    backend = demonstrated(run)
    if backend is None or backend.name != variant.backend:
        return author_name(variant)
    return _("written by a large language model for this demonstration on {day}, replayed").format(
        day=messages.day(backend.written_on)
    )


def spread(run: Run) -> list[str]:
    """How many key points all the recaps keep, some of them, one alone, none; nothing with fewer than two recaps."""
    found = rows(run)
    recaps = len(shown(run))
    if recaps < 2 or not found:
        return []
    kept = [(sum(cell.verdict == "kept" for cell in row.cells if cell), row.minority) for row in found]
    lines = []
    for by in range(recaps, -1, -1):
        points = [few for n, few in kept if n == by]
        if points:
            who = (
                _("Kept by all the recaps")
                if by == recaps
                else _("Kept by none")
                if by == 0
                else ngettext("Kept by {n} recap alone", "Kept by {n} recaps", by).format(n=number(by))
            )
            counted = ngettext("{n} key point", "{n} key points", len(points)).format(n=number(len(points)))
            few = ngettext("{n} minority view", "{n} minority views", sum(points)).format(n=number(sum(points)))
            lines.append(messages.labelled(who, f"{counted} ({few})"))
    return lines


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
    said = _(
        "{n} key points suggested and not reviewed by anybody, {few} of them with few voices found so far."
    ).format(n=len(reference.key_points), few=few)
    how = suggestion_sentence(reference.suggested_by)
    return f"{said} {how}" if how else said


def suggestion_sentence(suggested_by: str) -> str:
    """How key points were suggested, and what that is worth; empty when it is not known."""
    if not suggested_by:
        return ""
    if suggested_by == "offline":
        return offline_worth()
    if suggested_by == "recaps":
        return _("They are what the recaps say: what all of them left out is not among them.")
    if suggested_by == "votes":
        return _("They are the contributions that were voted on; minority views are those of the smallest group.")
    return _("Suggested by {model}: its quotations were found in the session, its choice was not checked.").format(
        model=suggested_by
    )


def leading_sentence(reference: Reference, transcript: Transcript) -> str:
    """Who is taken to lead the session; empty when nobody is."""
    names = ", ".join(transcript.speaker_name(speaker) for speaker in reference.moderators)
    return _("Taken to lead the session, and to hold no view: {names}.").format(names=names) if names else ""


def offline_worth() -> str:
    """How good a list suggested without a model is, as measured (`tests/benchmarks/suggested.py`)."""
    return _(
        "They were picked without understanding the words: on the two sample sessions such a list holds about half of the minority "
        "views of a long meeting, three quarters of those of a short one, and a quarter of what it holds is no key point."
    )


def not_covered(run: Run) -> list[str]:
    """What these scores do not see; said in every report."""
    tiers = tiers_of(run)
    found = []
    if len(tiers) > 1:
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
                "A judge (an AI model) looked for every key point; it errs too, and no person has read its answers again."
            )
        )
    found.append(_("Minority views are harder to find by words than the others: more of them may be there than shown."))
    found.append(_("Whether people feel represented is not measured."))
    return found


def tiers_of(run: Run) -> set[str]:
    """How key points were looked for: A by words, B by meaning too, C by a judge too."""
    return {s.signature.partition("matcher:")[2][:1] for s in run.scores if "matcher:" in s.signature}


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
    demonstration = demonstrated(run)
    replayed = demonstration.name if demonstration else ""
    models = [v for v in run.variants if v.author == "model" and v.summary is not None and v.backend != replayed]
    lines = [provenance(run)] if demonstration else []
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
        if not all(s.pseudonymised for s in outside):
            lines.append(_("Names were sent as they are in the transcript."))
    else:
        lines.append(_("Nothing left this machine."))
    if any(s.pseudonymised for s in run.sendings):
        if run.pseudonyms is not None:
            lines.append(hidden_sentence(run.pseudonyms))
        lines.append(_("What pseudonyms cannot do:") + " " + pseudonym_limits())
    return lines


def leaving(run: Run) -> list[Backend]:
    """Return the backends of a run whose requests go beyond this machine."""
    return [
        backend
        for backend in run.backends
        if backend.kind == "litellm" or (backend.kind == "openai_compatible" and not is_loopback(backend.base_url))
    ]


def plan_lines(run: Run) -> list[str]:
    """Return what a person must know before a plan is sent: parts, cost, least time, what leaves, what is hidden."""
    plan, lines = run.plan, []
    if plan.parts > 1:
        said = _("The session is too long for one of the models: all of them read it in the same {n} parts.")
        lines.append(said.format(n=number(plan.parts)))
    if plan.cost is not None:
        cost = number(plan.cost, 4 if plan.cost < 0.1 else 2)
        lines.append(_("Estimated cost: {cost} US dollars.").format(cost=cost))
    if plan.unpriced:
        names = ", ".join(run.backend_label(name) for name in plan.unpriced)
        lines.append(_("Price unknown: {names}.").format(names=names))
    if plan.minutes > 0:
        said = _("At least {time} under the providers' rate limits.")
        lines.append(said.format(time=duration(plan.minutes * 60)))
    lines += _destinations(run)
    lines += _adaptations(run)
    if not leaving(run):
        lines.append(_("Nothing leaves this machine."))
    if run.pseudonyms is not None:
        lines.append(hidden_sentence(run.pseudonyms))
    elif leaving(run):
        lines.append(_("Names and contact details are sent as they stand in the transcript."))
    return lines + _named_by_prompts(run)


def _named_by_prompts(run: Run) -> list[str]:
    """Return which prompts name people who are not of the session: those are sent as they stand, beyond this machine."""
    said = _("The prompt “{prompt}” names people who are not of the session: {names}. It is sent as it stands.")
    names = {prompt.id: prompt.name for prompt in run.prompts}
    told = run.plan.named if leaving(run) else {}
    return [said.format(prompt=names[prompt], names=", ".join(people)) for prompt, people in told.items()]


def _destinations(run: Run) -> list[str]:
    """Return where the texts of a run go: every host, whose it is asked for, and the proxy on the way."""
    lines = []
    for backend in run.backends:
        if backend.kind not in ("openai_compatible", "litellm"):
            continue
        preset = catalogue().get(backend.preset)
        provider = preset.label if preset and preset.litellm_prefix else backend.model.partition("/")[0]
        host = urlsplit(backend.base_url).netloc or _("the servers of {provider}").format(provider=provider)
        proxy = proxy_of(backend.base_url or "https://provider.invalid")
        where = urlsplit(proxy).hostname or proxy
        said = (
            _("{backend} is sent to {host}, through the proxy {proxy}.") if proxy else _("{backend} is sent to {host}.")
        )
        lines.append(said.format(backend=run.backend_label(backend.name), host=host, proxy=where))
    return lines


def _adaptations(run: Run) -> list[str]:
    """Return what is asked otherwise of a model, because it is known not to take it: this changes what it is told."""
    system = any(prompt.system for prompt in run.prompts)
    said = {
        "system_in_user": _(
            "{backend} knows no system message: its instructions will stand in the message of the user."
        ),
        "no_temperature": _("{backend} takes no temperature: it will answer with its own."),
    }
    lines = []
    for backend in run.backends:
        codes = {*backend.not_taken, *(("system_in_user",) if backend.system_role == "user" else ())}
        lines += [
            text.format(backend=run.backend_label(backend.name))
            for how, text in said.items()
            if how in codes and (system or how != "system_in_user")
        ]
    return lines


def composed_sentence(run: Run, variant: Variant) -> str:
    """What a composed recap is made of: passages of which variants, changed or not, and a person's own."""
    taken = [piece for piece in variant.pieces if piece.variant]
    labels = {v.id: run.label(v) for v in run.variants}
    counts = Counter(labels.get(piece.variant, piece.variant) for piece in taken)
    changed = sum(piece.text.strip() != piece.original.strip() for piece in taken)
    sources = ", ".join(f"{label} ({number(n)})" for label, n in counts.items()) or "–"
    return _(
        "Composed by {author}: passages taken from {sources}, of which {changed} changed by hand; {own} written by hand."
    ).format(
        author=run.label(variant),
        sources=sources,
        changed=number(changed),
        own=number(len(variant.pieces) - len(taken)),
    )


def warning_text(code: str) -> str:
    """Return a warning of a variant for people, and which scores it leaves unscored."""
    return {
        "cut_input": _("The backend read fewer tokens than were sent: it has not read the whole session."),
        "cut_output": _("The answer stopped at the length limit: its end is missing."),
        "filtered": _("The provider's filter held a part of the answer back: it is not whole."),
        "perhaps_cut": _("The last sentence is not ended: the end of the answer may be missing."),
        "ended_oddly": _("The server gave an unusual reason for the end of its answer: it may not be whole."),
        "thinking_removed": _("The thinking of the model stood in its answer, and was taken out."),
        "may_hold_thinking": _("Marks of a model stand in the answer: some of it may be thinking."),
        "loops": _("The answer says the same again and again."),
        "echoes_prompt": _("The answer repeats its instructions."),
        "other_language": _(
            "The recap is in another language than the session: scores that rest on words are not computed."
        ),
        "empty_part": _("One part of the session gave nothing: what was said there is missing."),
        "invents_people": _("The recap names several people whose names nobody said."),
        "system_in_user": _("This model knows no system message: its instructions stood in the message of the user."),
        "no_temperature": _("This model takes no temperature: it answered with its own."),
        "no_seed": _("This server takes no seed: repeats cannot be reproduced."),
    }.get(code, code)


def failure_cure(failure: Failure) -> str:
    """Return what to do about a failed call, in the words of somebody who has no terminal."""
    if not _COMMAND.search(failure.cure):
        return failure.cure
    return {
        "authentication": _("Check its key in the settings."),
        "rate_limited": _("The provider asks to slow down: ask again in a few minutes."),
        "too_long": _("The session is too long for this model: choose one that reads more."),
        "timeout": _("The model is slow: ask again, or choose a smaller one."),
        "rejected": _("Check the name of the model and the address of its server."),
    }.get(failure.kind, _("Ask again later, or choose another model."))


def hidden_sentence(pseudonyms: Pseudonyms) -> str:
    """How many people and pieces of data every model reads otherwise."""
    people = ngettext("{n} person", "{n} people", len(pseudonyms.people)).format(n=number(len(pseudonyms.people)))
    shaped = sum(alias.pseudonym.startswith("[") for alias in pseudonyms.aliases)
    data = ngettext("{n} piece of personal data", "{n} pieces of personal data", shaped).format(n=number(shaped))
    return _("Pseudonymised: {people}, {data}. The recaps come back with the names.").format(people=people, data=data)


def hidden_count(pseudonyms: Pseudonyms) -> str:
    """How many people and pieces of data will be hidden."""
    shaped = sum(alias.pseudonym.startswith("[") for alias in pseudonyms.aliases)
    return _("What is hidden before anything leaves: {people} people, {data} pieces of personal data").format(
        people=number(len(pseudonyms.people)), data=number(shaped)
    )


def alias_kind_names() -> dict[str, str]:
    """Kinds of personal data, for people."""
    return {
        "email": _("email address"),
        "phone": _("phone number"),
        "address": _("address"),
        "national_id": _("social security number"),
        "iban": "IBAN",
        "company_id": "SIREN, SIRET",
        "plate": _("number plate"),
        "card": _("bank card"),
        "birth_date": _("date of birth"),
        "link": _("link"),
        "handle": _("account"),
        "organisation": _("organisation"),
    }


def pseudonym_limits() -> str:
    """What pseudonyms cannot promise, in one sentence."""
    return _(
        "a nickname, a name badly misspelt, or a person told by what they do may remain; whoever knows the place may recognise people. "
        "Read the text before it is sent."
    )

"""One number, explained: its recipe, its arithmetic, and the words behind it."""

from __future__ import annotations

from rapidfuzz import fuzz

from comparia.errors import UnknownName
from comparia.messages import gettext as _
from comparia.messages import labelled, number
from comparia.records import Evidence, KeyPoint, Run, Score
from comparia.reports import wording
from comparia.reports.differences import coverage_of, evidence_of
from comparia.reports.readings import COVERAGE, reading_of
from comparia.reports.reasons import worded

LONGEST_QUOTE = 200


def find(run: Run, variant: str, metric: str) -> list[Score]:
    """Return the scores of `metric` that speak of `variant`: one, or one a pair, with their evidence.

    Raises:
        UnknownName: the run has no such variant, or no such score for it.
    """
    known = {name for score in run.scores for name in score.variants}
    if variant not in known:
        raise UnknownName(_("variant"), variant, known)
    found = [score for score in run.scores if score.metric == metric and variant in score.variants]
    if not found:
        raise UnknownName(_("metric"), metric, {s.metric for s in run.scores if variant in s.variants})
    coverage = coverage_of(run)
    return [score.model_copy(update={"evidence": evidence_of(score, coverage)}) for score in found]


def lines(run: Run, score: Score) -> list[str]:
    """Return the explanation of one score, line by line."""
    labels = {v.id: run.label(v) for v in run.variants}
    names = " / ".join(f"{name} ({labels.get(name, name)})" for name in score.variants)
    value = number(score.value, 4) if score.value is not None else worded(score.reason)
    found = [
        f"{wording.metric_name(score.metric)} · {names}",
        labelled(_("Value"), value),
        labelled(_("Arithmetic"), arithmetic(score)),
    ]
    if score.counts:
        found.append(labelled(_("Counts"), counts(score)))
    if score.interval:
        low, high = score.interval
        found.append(labelled(_("Band"), f"{number(low, 4)} – {number(high, 4)}"))
    found += [labelled(_("Signature"), score.signature), ""]
    points = {p.id: p for p in run.reference.key_points} if run.reference else {}
    evidence = evidence_of(score, coverage_of(run))
    if not evidence and score.counts.get("differing"):
        message = _("The key points behind it are not in this scoring: score {metric} with it.")
        found.append(message.format(metric=COVERAGE))
    for item in evidence:
        found += _evidence(run, item, points.get(item.key_point or ""))
    return found


def arithmetic(score: Score) -> str:
    """Return the operation that gives the value, with its numbers."""
    if score.value is None:
        return "–"
    counts = {key: f"{value:g}" for key, value in score.counts.items()}
    operation = reading_of(score.metric).arithmetic(counts)
    return f"{operation} = {score.value:g}" if operation else f"{score.value:g}"


def counts(score: Score) -> str:
    """Return every count behind a score, by the names the exchange file uses."""
    return ", ".join(f"{key} = {value:g}" for key, value in score.counts.items())


def _evidence(run: Run, item: Evidence, point: KeyPoint | None) -> list[str]:
    verdict = "/".join(wording.verdict_name(part) for part in item.verdict.split("/"))
    likely = f" (p = {number(item.probability, 2)})" if point and item.probability is not None else ""
    note = "" if wording.note_sentence(item.note) else item.note
    said = " · ".join(part for part in (point.text if point else "", note) if part)
    found = [f"{item.key_point or '·'} {verdict}{likely} {said}".rstrip()]
    if item.sentence:
        label = _("nearest sentence of the recap") if item.verdict == "absent" else _("recap")
        found.append("    " + labelled(label, _short(item.sentence)))
    if item.other_sentence:
        found.append("    " + labelled(_("other recap"), _short(item.other_sentence)))
    found += [f"    {wording.hint_sentence(hint)}" for hint in item.hints]
    if wording.note_sentence(item.note):
        found.append("    " + wording.note_sentence(item.note))
    quoted = [(q.turn, q.speaker, q.words) for q in point.said] if point else []
    turns = {turn.number: turn for turn in run.transcript.turns}
    nearest = [(n, turns[n].speaker or "", _around(item.sentence, turns[n].text)) for n in item.turns if n in turns]
    for turn, speaker, words in (quoted or nearest)[:3]:
        who = run.transcript.speaker_name(speaker) or "–"
        found.append("    " + labelled(f"T{turn}", f"{who}, {_short(words)}"))
    return found


def _around(sentence: str, text: str) -> str:
    """Return the part of a turn that is nearest to a sentence, when the turn is long."""
    if len(text) <= LONGEST_QUOTE:
        return text
    aligned = fuzz.partial_ratio_alignment(sentence.lower(), text.lower())
    place = aligned.dest_start if aligned else 0
    start = text.rfind(" ", 0, max(0, place - 20)) + 1
    return f"… {text[start:]}" if start else text


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE].rsplit(" ", 1)[0] + " …"

"""One number, explained: its recipe, its arithmetic, and the words behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rapidfuzz import fuzz

from comparia.errors import UnknownName
from comparia.messages import gettext as _
from comparia.messages import labelled, number, percent
from comparia.records import (
    DifferenceEvidence,
    Evidence,
    KeyPoint,
    PointEvidence,
    QuotationEvidence,
    Run,
    Score,
    SentenceEvidence,
    SpeakerEvidence,
)
from comparia.reports import wording
from comparia.reports.differences import coverage_of, evidence_of
from comparia.reports.readings import COVERAGE, reading_of
from comparia.reports.reasons import worded
from comparia.reports.wording.labels import recap_label

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
    labels = {v.id: recap_label(run, v) for v in run.variants}
    names = " / ".join(f"{name} ({labels.get(name, name)})" for name in score.variants)
    value = number(score.value, 4) if score.value is not None else worded(score.reason)
    found = [
        f"{wording.metric_name(score.metric)} · {names}",
        labelled(_("Value"), value),
        labelled(_("Arithmetic"), arithmetic(score)),
    ]
    if score.figures:
        found.append(labelled(_("Counts"), counts(score)))
    if score.interval:
        low, high = score.interval
        found.append(labelled(_("Band"), f"{number(low, 4)} – {number(high, 4)}"))
    found += [labelled(_("Signature"), f"{score.recipe} · {score.signature}"), ""]
    points = {p.id: p for p in run.reference.key_points} if run.reference else {}
    evidence = evidence_of(score, coverage_of(run))
    if not evidence and score.counts.get("differing"):
        message = _("The key points behind it are not in this scoring: score {metric} with it.")
        found.append(message.format(metric=COVERAGE))
    for item in evidence:
        found += _evidence(run, item, points)
    return found


def arithmetic(score: Score) -> str:
    """Return the operation that gives the value, with its numbers."""
    if score.value is None:
        return "–"
    counts = {key: f"{value:g}" for key, value in score.figures.items()}
    operation = reading_of(score.metric).arithmetic(counts)
    return f"{operation} = {score.value:g}" if operation else f"{score.value:g}"


def counts(score: Score) -> str:
    """Return every count and measure behind a score, by the names the exchange file uses."""
    return ", ".join(f"{key} = {value:g}" for key, value in score.figures.items())


def _evidence(run: Run, item: Evidence, points: Mapping[str, KeyPoint]) -> list[str]:
    match item:
        case PointEvidence():
            return _of_point(run, item, points.get(item.key_point))
        case DifferenceEvidence():
            return _of_difference(run, item, points.get(item.key_point))
        case SentenceEvidence():
            point = points.get(item.key_point or "")
            said = " · ".join(part for part in (point.text if point else "", worded(item.about)) if part)
            lines = [f"{item.key_point or '·'} {wording.verdict_name(item.flag)} {said}".rstrip()]
            lines.append("    " + labelled(_("recap"), _short(item.sentence)))
            return lines + (_quotes(run, point) if point else _turns(run, item.sentence, item.turns))
        case QuotationEvidence():
            likeness = f"{number(item.likeness)} %" if item.likeness is not None else ""
            lines = [f"· {wording.verdict_name(item.verdict)} {item.speaker or likeness}".rstrip()]
            lines.append("    " + labelled(_("recap"), _short(item.quotation)))
            if item.exact:
                lines.append("    " + labelled(_("said"), _short(item.exact)))
            return lines + _turns(run, item.quotation, item.turns)
        case SpeakerEvidence():
            return [f"· {wording.verdict_name(item.verdict)} {item.speaker} ({percent(item.share)})"]


def _of_point(run: Run, item: PointEvidence, point: KeyPoint | None) -> list[str]:
    likely = f" (p = {number(item.probability, 2)}" if point and item.probability is not None else ""
    if likely:
        held = "" if item.as_held is None else " · " + _("as held {p}").format(p=number(item.as_held, 2))
        likely = f"{likely}{held})"
    sentence = wording.note_sentence(item.note)
    said = " · ".join(part for part in (point.text if point else "", "" if sentence else item.note) if part)
    lines = [f"{item.key_point} {wording.verdict_name(item.verdict)}{likely} {said}".rstrip()]
    if item.sentence:
        label = _("nearest sentence of the recap") if item.verdict == "absent" else _("recap")
        lines.append("    " + labelled(label, _short(item.sentence)))
    lines += [f"    {wording.hint_sentence(hint)}" for hint in item.hints]
    if sentence:
        lines.append("    " + sentence)
    return lines + (_quotes(run, point) if point else _turns(run, item.sentence, item.turns))


def _of_difference(run: Run, item: DifferenceEvidence, point: KeyPoint | None) -> list[str]:
    verdicts = "/".join(map(wording.verdict_name, item.verdicts))
    lines = [f"{item.key_point} {verdicts} ({number(item.spread, 2)}) {point.text if point else ''}".rstrip()]
    labels = (_("recap"), *(_("other recap") for _other in item.sentences[1:]))
    lines += [
        "    " + labelled(label, _short(text)) for label, text in zip(labels, item.sentences, strict=False) if text
    ]
    return lines + (_quotes(run, point) if point else [])


def _quotes(run: Run, point: KeyPoint) -> list[str]:
    return [_said_by(run, quote.turn, quote.speaker, quote.words) for quote in point.said[:3]]


def _turns(run: Run, sentence: str, numbers: Sequence[int]) -> list[str]:
    turns = {turn.number: turn for turn in run.transcript.turns}
    known = [turns[n] for n in numbers if n in turns]
    return [_said_by(run, turn.number, turn.speaker, _around(sentence, turn.text)) for turn in known[:3]]


def _said_by(run: Run, turn: int, speaker: str | None, words: str) -> str:
    who = run.transcript.speaker_name(speaker or "") or "–"
    return "    " + labelled(f"T{turn}", f"{who}, {_short(words)}")


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

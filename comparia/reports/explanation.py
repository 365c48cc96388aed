"""One number, explained: its recipe, its arithmetic, and the words behind it."""

from __future__ import annotations

from comparia.errors import UnknownName
from comparia.messages import gettext as _
from comparia.messages import labelled, number
from comparia.records import Evidence, Run, Score
from comparia.reports import wording

LONGEST_QUOTE = 200


def find(run: Run, variant: str, metric: str) -> list[Score]:
    """The scores of `metric` that speak of `variant`: one, or one a pair.

    Raises:
        UnknownName: the run has no such variant, or no such score for it.
    """
    known = {name for score in run.scores for name in score.variants}
    if variant not in known:
        raise UnknownName(_("variant"), variant, known)
    found = [score for score in run.scores if score.metric == metric and variant in score.variants]
    if not found:
        raise UnknownName(_("metric"), metric, {s.metric for s in run.scores if variant in s.variants})
    return found


def lines(run: Run, score: Score) -> list[str]:
    """The explanation of one score, line by line."""
    labels = {v.id: run.label(v) for v in run.variants}
    names = " / ".join(f"{name} ({labels.get(name, name)})" for name in score.variants)
    value = number(score.value, 4) if score.value is not None else score.reason
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
    for item in score.evidence:
        found += _evidence(run, item, points[item.key_point].text if item.key_point in points else "")
    return found


def arithmetic(score: Score) -> str:
    """The operation that gives the value, with its numbers."""
    c = {key: f"{value:g}" for key, value in score.counts.items()}
    if score.value is None:
        return "–"
    if score.metric in ("key_point_coverage", "minority_retention"):
        return f"({c['kept']} + ½ × ({c['partly']} + {c['uncertain']})) / {c['of']} = {score.value:g}"
    if score.metric == "verbatim_quotations":
        return f"{c['found']} / {c['of']} = {score.value:g}"
    if score.metric in wording.FLAGS:
        return f"{c['supported']} / {c['of']} = {score.value:g}"
    if score.metric == "content_divergence":
        return f"1 − Σ min(p, q) / Σ max(p, q) = 1 − {c['least']} / {c['most']} = {score.value:g}"
    if score.metric == "wording_divergence":
        return f"1 − cos(a, b) = {score.value:g}"
    if score.metric == "speaker_balance":
        return f"1 − JSD₂(talk, recap) = {score.value:g}"
    if score.metric == "variant_agreement":
        return f"1 − Dₒ / Dₑ = {score.value:g}"
    if score.metric == "length":
        return f"{c['words']} / {c['session_words']} = {score.value:g}"
    if score.metric == "equal_coverage":
        return f"mean |p(k, S) − {c['mean']}|, k = 1 … {c['of']} = {score.value:g}"
    if score.metric == "coverage_parity":
        return f"mean |mean (p(k, S) − p(·, S))|, k = 1 … {c['of']}, {c['variants']} S = {score.value:g}"
    if score.metric == "position":
        fifths = [c[name] for name in ("first", "second", "third", "fourth", "fifth")]
        return f"1 − max |c − mean(c)|, c = ({', '.join(fifths)}) = {score.value:g}"
    if score.metric == "stability":
        return f"1 − mean 2p(1 − p) · {c['repeats']}/({c['repeats']} − 1) = {score.value:g}"
    return f"{score.value:g}"


def counts(score: Score) -> str:
    """Every count behind a score, by the names the exchange file uses."""
    return ", ".join(f"{key} = {value:g}" for key, value in score.counts.items())


def _evidence(run: Run, item: Evidence, point: str) -> list[str]:
    verdict = "/".join(wording.verdict_name(part) for part in item.verdict.split("/"))
    probability = f" (p = {number(item.probability, 2)})" if item.probability is not None else ""
    found = [f"{item.key_point or '·'} {verdict}{probability} {point or item.note}".rstrip()]
    if item.sentence:
        found.append("    " + labelled(_("recap"), _short(item.sentence)))
    if item.other_sentence:
        found.append("    " + labelled(_("other recap"), _short(item.other_sentence)))
    found += [f"    {wording.hint_sentence(hint)}" for hint in item.hints]
    if wording.note_sentence(item.note):
        found.append("    " + wording.note_sentence(item.note))
    turns = {turn.number: turn for turn in run.transcript.turns}
    for number_of_turn in item.turns[:3]:
        if number_of_turn in turns:
            turn = turns[number_of_turn]
            said = f"{run.transcript.speaker_name(turn.speaker) or '–'}, {_short(turn.text)}"
            found.append(f"    {labelled(f'T{turn.number}', said)}")
    return found


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE].rsplit(" ", 1)[0] + " …"

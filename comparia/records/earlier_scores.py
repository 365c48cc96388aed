"""Scores as versions before 0.1 stored them: one shape of evidence for every metric, and figures among the counts."""

from __future__ import annotations

from typing import Any

_DIFFERENCES = frozenset(("stability", "variant_agreement", "content_divergence"))
_SPEAKERS = frozenset(("equal_coverage", "coverage_parity", "speaker_balance"))
_MEASURES = frozenset(
    "alpha by_root by_voices chance corrected coverage_sd dip fifth first floor floor_95 fourth gap jeffreys_high"
    " jeffreys_low jsd judge_kappa lead least length_adjusted lowest mean minority_sd most normalised others p second"
    " share_slope third unrelated views words_per_sentence".split()
)
"""Names of figures that were among the counts."""


def with_typed_evidence(score: dict[str, Any]) -> dict[str, Any]:
    """Return a stored score, as a dictionary, with evidence by type and with measures apart from counts.

    A score that has them already is returned unchanged.
    """
    evidence = score.get("evidence") or ()
    plain = [item for item in evidence if isinstance(item, dict) and "type" not in item]
    counts = score.get("counts") or {}
    floats = {name for name, value in counts.items() if name in _MEASURES or value != int(value)}
    if not plain and not floats:
        return score
    typed = [_typed(str(score.get("metric")), item) if item in plain else item for item in evidence]
    return {
        **score,
        "evidence": typed,
        "counts": {name: int(value) for name, value in counts.items() if name not in floats},
        "measures": {**(score.get("measures") or {}), **{name: counts[name] for name in floats}},
    }


def _typed(metric: str, item: dict[str, Any]) -> dict[str, Any]:
    verdict, note, turns = item.get("verdict", ""), item.get("note", ""), item.get("turns", ())
    sentence, probability, point = item.get("sentence", ""), item.get("probability"), item.get("key_point")
    if metric in _DIFFERENCES:
        both = tuple(filter(None, (sentence, item.get("other_sentence", ""))))
        return {
            "type": "difference",
            "key_point": point or "",
            "verdicts": tuple(verdict.split("/")),
            "spread": probability or 0.0,
            "sentences": both,
            "turns": turns,
        }
    if metric in _SPEAKERS:
        return {"type": "speaker", "verdict": verdict, "speaker": note, "share": probability or 0.0}
    if metric == "verbatim_quotations":
        likeness = float(note.removesuffix(" %")) if note.endswith(" %") else None
        return {
            "type": "quotation",
            "verdict": verdict,
            "quotation": sentence,
            "turns": turns,
            "speaker": note if verdict == "misattributed" else "",
            "likeness": likeness,
        }
    if point is not None and metric != "false_consensus":
        kept = {"note": note, "hints": item.get("hints", ())}
        return {
            "type": "point",
            "key_point": point,
            "verdict": verdict,
            "probability": probability,
            "sentence": sentence,
            "turns": turns,
            **kept,
        }
    return {
        "type": "sentence",
        "flag": verdict,
        "sentence": sentence,
        "about": note,
        "turns": turns,
        "support": probability,
        "key_point": point,
    }

"""What a person said of the passages of a recap that checks point at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from comparia.records.base import Record
from comparia.records.runs import Piece, Run, Variant
from comparia.records.scores import Evidence, Score, SentenceEvidence

IN_POINTS = "points"
"""Stands for the key points, in the place of the id of a recap."""

FlagAnswer = Literal["", "corrected", "right", "masked"]
"""Nothing; corrected in what is sent out; right as it stands; personal data, shown to nobody any more."""


class AnsweredFlag(Record):
    """What a person said of one passage of a recap."""

    variant: str
    """Id of the recap; `points` for the key points, as a document tells them."""
    flag: str
    """Id of the flag: a hash of what was checked, and of its words."""
    answer: FlagAnswer
    """What they said; empty where they took it back."""
    kind: str = ""
    """Kind of the personal data that is masked (an `AliasKind`); empty for other flags."""
    words: str = ""
    """The words that are masked; empty for other answers."""
    replacement: str = ""
    """What stands in their place."""


def masked_run(run: Run, answered: Iterable[AnsweredFlag]) -> Run:
    """Return a run whose recaps, and the evidence on them, show what stands for the words that were masked.

    Args:
        run: as it is stored.
        answered: what was said of its flags; those that mask nothing change nothing.
    """
    masks: dict[str, list[AnsweredFlag]] = {}
    for flag in answered:
        if flag.answer == "masked" and flag.words and flag.variant != IN_POINTS:
            masks.setdefault(flag.variant, []).append(flag)
    if not masks:
        return run
    hide = {variant: _Masking(flags) for variant, flags in masks.items()}
    return run.model_copy(
        update={
            "variants": tuple(_variant(v, hide[v.id]) if v.id in hide else v for v in run.variants),
            "scores": tuple(_score(score, [hide.get(name) for name in score.variants]) for score in run.scores),
            "rulings": {},  # they cite the recaps, and do not say which
        }
    )


def masked_points(run: Run, answered: Iterable[AnsweredFlag]) -> Run:
    """Return a run whose key points show what stands for the words that were masked in them: for a document alone.

    Args:
        run: as it is read.
        answered: what was said of its flags.
    """
    flags = [flag for flag in answered if flag.answer == "masked" and flag.words and flag.variant == IN_POINTS]
    if not flags or run.reference is None:
        return run
    hide = _Masking(flags).of
    points = tuple(
        point.model_copy(update={"text": hide(point.text), "topic": hide(point.topic)})
        for point in run.reference.key_points
    )
    return run.model_copy(update={"reference": run.reference.model_copy(update={"key_points": points})})


def masked_texts(texts: Iterable[str], variant: str, answered: Iterable[AnsweredFlag]) -> tuple[str, ...]:
    """Return texts that were taken from a recap, with what stands for the words that were masked in it.

    Args:
        texts: sentences of the recap.
        variant: id of the recap.
        answered: what was said of the flags of its run.
    """
    flags = [flag for flag in answered if flag.answer == "masked" and flag.words and flag.variant == variant]
    return tuple(map(_Masking(flags).of, texts))


class _Masking:
    """Puts replacements in the place of words, however their spaces and marks of style are written."""

    def __init__(self, flags: Sequence[AnsweredFlag]) -> None:
        self._flags = sorted(flags, key=lambda flag: -len(flag.words))
        self._masks = [(_pattern(flag.words), flag.replacement) for flag in self._flags]

    def of(self, text: str) -> str:
        """Return a text without the masked words."""
        for pattern, replacement in self._masks:
            text = replacement.join(pattern.split(text))
        return text

    def of_part(self, part: str) -> str:
        """Return a part of a sentence, or what stands for the masked words that it is of."""
        letters = "".join(part.split())
        within = (flag.replacement for flag in self._flags if letters and letters in "".join(flag.words.split()))
        return next(within, None) or self.of(part)


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(r"[\s\u00a0\u202f*_`\\]+".join(map(re.escape, words.split())))


def _variant(variant: Variant, hide: _Masking) -> Variant:
    def piece(taken: Piece) -> Piece:
        return taken.model_copy(update={"text": hide.of(taken.text), "original": hide.of(taken.original)})

    summary = None if variant.summary is None else hide.of(variant.summary)
    return variant.model_copy(update={"summary": summary, "pieces": tuple(map(piece, variant.pieces))})


def _score(score: Score, hides: Sequence[_Masking | None]) -> Score:
    if not any(hides) or not score.evidence:
        return score
    return score.model_copy(update={"evidence": tuple(_evidence(item, hides) for item in score.evidence)})


def _checked(item: SentenceEvidence, sentence: str, hide: _Masking) -> dict[str, object]:
    return {"sentence": sentence, "about": hide.of_part(item.about)}


def _evidence(item: Evidence, hides: Sequence[_Masking | None]) -> Evidence:
    """Return evidence on recaps, of which each may have words masked: a pair's sentences are in the order of both."""
    changed: Mapping[str, object] = {}
    first = hides[0]
    if item.type == "difference":
        pairs = zip(item.sentences, [*hides, *[None] * len(item.sentences)], strict=False)
        changed = {"sentences": tuple(hide.of(text) if hide else text for text, hide in pairs)}
    elif first is not None and item.type == "point":
        changed = {"sentence": first.of(item.sentence)}
    elif first is not None and item.type == "sentence":
        sentence = first.of(item.sentence)
        changed = {"sentence": sentence} if sentence == item.sentence else _checked(item, sentence, first)
    elif first is not None and item.type == "quotation":
        changed = {"quotation": first.of(item.quotation)}
    return item.model_copy(update=dict(changed)) if changed else item

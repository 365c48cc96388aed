"""Differences between two versions of a prompt: the prompt itself, the points kept, the scores, the length."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from comparia.prompts import as_text
from comparia.records import KeyPoint, PointEvidence, Prompt, Run, Score, Variant
from comparia.reports.readings import COVERAGE, MINORITY, QUOTATIONS
from comparia.reports.wording.labels import backend_label

KEPT = {"kept": 2, "softened": 1, "lent_to_all": 1, "partly": 1, "uncertain": 0, "contradicted": 0, "absent": 0}
"""Rank of each verdict: a point is gained where its rank rises between two versions, and lost where it falls."""

METRICS = (COVERAGE, MINORITY, QUOTATIONS)
"""Metrics whose scores are shown with each change."""


MOST_WORDS = 1200
"""Most pieces (words and spaces) of a passage that is compared word by word; a longer one would take too much time."""

ALIKE = 0.5
"""Least share of the words of the shorter passage that the longer one holds, in order, for a comparison word by word.

Below it, the whole passage is shown as removed and added.
"""


class Moved(NamedTuple):
    """A key point that two versions treat differently."""

    point: KeyPoint
    """The point."""
    minority: bool
    """Whether few hold it."""
    before: str
    """Verdict on the earlier version."""
    after: str
    """Verdict on the later one."""
    sentence_before: str
    """Best sentence of the earlier recap for it; empty for none."""
    sentence_after: str
    """Best sentence of the later recap for it; empty for none."""

    @property
    def is_gain(self) -> bool:
        """Whether it is kept more than before."""
        return KEPT.get(self.after, 0) > KEPT.get(self.before, 0)


class Figure(NamedTuple):
    """A score of both versions."""

    metric: str
    """Its name."""
    before: Score | None
    """Of the earlier version."""
    after: Score | None
    """Of the later one."""

    @property
    def comparable(self) -> bool:
        """Whether the two values were made by one recipe; which recaps the lengths were fitted on changes no value."""
        scores = (self.before, self.after)
        recipes = {_FITTED_ON.sub("", score.signature) for score in scores if score}
        return all(score is not None and score.value is not None for score in scores) and len(recipes) == 1


_FITTED_ON = re.compile(r"\|length_adjusted:[^|]*")


class Change(NamedTuple):
    """What one backend wrote under two versions of a prompt."""

    backend: str
    """Its name, for people."""
    before: Variant | None
    """Its recap under the earlier version."""
    after: Variant | None
    """Its recap under the later one."""
    gained: tuple[Moved, ...]
    """Points kept more than before, minority views first."""
    lost: tuple[Moved, ...]
    """Points kept less."""
    figures: tuple[Figure, ...]
    """Scores of both."""


class Piece(NamedTuple):
    """A passage of the two texts of a prompt."""

    kind: Literal["same", "added", "removed"]
    """In both, in the later only, in the earlier only."""
    text: str
    """Its words."""


def changes(before: Run, after: Run) -> list[Change]:
    """Return the changes between two runs of one session, one for each backend, from its first repeat."""
    earlier, later = _by_backend(before), _by_backend(after)
    result = []
    for name in dict.fromkeys([*later, *earlier]):
        a, b = earlier.get(name), later.get(name)
        moves = _find_moves(before, a, after, b) if a and b else []
        result.append(
            Change(
                backend=backend_label(name),
                before=a,
                after=b,
                gained=tuple(m for m in moves if m.is_gain),
                lost=tuple(m for m in moves if KEPT.get(m.after, 0) < KEPT.get(m.before, 0)),
                figures=tuple(Figure(m, _score(before, m, a), _score(after, m, b)) for m in METRICS),
            )
        )
    return result


def prompt_of(run: Run) -> Prompt | None:
    """Return the prompt that a run tries: its first; None if it has none."""
    return run.prompts[0] if run.prompts else None


def prompt_changes(before: Prompt | None, after: Prompt | None) -> list[Piece]:
    """Return the diff of two prompts, word by word (Ratcliff and Obershelp, as in difflib)."""
    old, new = (as_text(p) if p else "" for p in (before, after))
    return list(_compare(old, new))


@lru_cache(maxsize=64)
def _compare(old: str, new: str) -> tuple[Piece, ...]:
    """Return the diff of two texts: by lines, then by words where lines changed and share enough words (`ALIKE`)."""
    pieces: list[Piece] = []
    a, b = old.splitlines(keepends=True), new.splitlines(keepends=True)
    for tag, i, j, k, m in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        before, after = "".join(a[i:j]), "".join(b[k:m])
        pieces += [Piece("same", before)] if tag == "equal" else _compare_words(before, after)
    return tuple(piece for piece in pieces if piece.text)


def _compare_words(old: str, new: str) -> list[Piece]:
    a, b = _words(old), _words(new)
    if max(len(a), len(b)) > MOST_WORDS:
        return [Piece("removed", old), Piece("added", new)]
    codes = difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    same_words = sum(not word.isspace() for tag, i, j, _k, _m in codes if tag == "equal" for word in a[i:j])
    fewest = min(sum(not word.isspace() for word in words) for words in (a, b))
    if same_words < ALIKE * fewest:
        return [Piece("removed", old), Piece("added", new)]
    pieces = []
    for tag, i, j, k, m in codes:
        if tag == "equal":
            pieces.append(Piece("same", "".join(a[i:j])))
        else:
            pieces += [Piece("removed", "".join(a[i:j])), Piece("added", "".join(b[k:m]))]
    return pieces


def shortened(pieces: Sequence[Piece], around: int = 60) -> list[Piece]:
    """Return the pieces with each long unchanged passage cut to `around` characters next to the changes."""
    result = []
    for n, piece in enumerate(pieces):
        text = piece.text
        if piece.kind == "same" and len(text) > 2 * around + 20:
            head = text[:around].rpartition(" ")[0] if n else ""
            tail = text[-around:].partition(" ")[2] if n < len(pieces) - 1 else ""
            text = " ".join(part for part in (head, "[…]", tail) if part)
            text = f"{text}\n" if piece.text.endswith("\n") and not text.endswith("\n") else text
        result.append(Piece(piece.kind, text))
    return result


def _words(text: str) -> list[str]:
    return re.findall(r"\s+|\S+", text)


def _by_backend(run: Run) -> dict[str, Variant]:
    """Return the first recap of each backend under the first prompt, by backend; see `played` for recorded backends."""
    first = prompt_of(run)
    variants: dict[str, Variant] = {}
    for variant in run.variants:
        if variant.summary and variant.author == "model" and (first is None or variant.prompt == first.id):
            variants.setdefault(played(variant.backend), variant)
    return variants


def played(backend: str) -> str:
    """Return the name of the backend that a recorded backend replays; other names are returned unchanged."""
    return backend.partition("/")[2] if backend.startswith("replay:") else backend


def _find_moves(before: Run, a: Variant, after: Run, b: Variant) -> list[Moved]:
    old, new = _verdicts(before, a), _verdicts(after, b)
    reference = after.reference
    if reference is None or before.reference is None:
        return []
    texts = {point.id: point.text for point in before.reference.key_points}
    moves = [
        Moved(
            point,
            reference.is_minority(point),
            old[point.id].verdict,
            new[point.id].verdict,
            old[point.id].sentence,
            new[point.id].sentence,
        )
        for point in reference.key_points
        if point.id in old and point.id in new and texts.get(point.id) == point.text
    ]
    return sorted((m for m in moves if m.before != m.after), key=lambda m: not m.minority)


def _verdicts(run: Run, variant: Variant) -> dict[str, PointEvidence]:
    score = _score(run, COVERAGE, variant)
    return {item.key_point: item for item in score.points} if score else {}


def _score(run: Run, metric: str, variant: Variant | None) -> Score | None:
    if variant is None:
        return None
    return next((s for s in run.scores if s.metric == metric and s.variants == (variant.id,)), None)

"""What every metric shares: the case it looks at, and the signature it leaves."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Protocol, TypeVar

from comparia.matching.matcher import Match, Matcher, MatchTable
from comparia.matching.session_index import SessionIndex
from comparia.records import Evidence, KeyPoint, Reference, Score, Transcript, Variant, Verdict, content_id
from comparia.text import vectors, words
from comparia.text.sentences import NAME as SENTENCES
from comparia.text.sentences import Sentence, sentences

T = TypeVar("T")


@dataclass(frozen=True)
class Case:
    """One session, its reference and the variants that have a summary."""

    transcript: Transcript
    """The session."""
    variants: tuple[Variant, ...]
    """Variants with a summary; failures are never scored."""
    reference: Reference | None
    """Its key points, if there are any."""
    matcher: Matcher
    """How a key point is found in a summary."""
    version: str
    """Version of the software, last in every signature."""
    strangers: tuple[str, ...] = ()
    """Recaps of other sessions in the same language: how far apart two unrelated recaps are."""
    settled: Mapping[tuple[str, str], Verdict] = field(default_factory=dict)
    """Verdicts that a person settled, by (key point, variant): they win over the matcher's."""

    @cached_property
    def sentences(self) -> Mapping[str, list[Sentence]]:
        """Sentences of each summary, headings left out, by variant id."""
        return {v.id: [s for s in sentences(v.summary or "") if not s.heading] for v in self.variants}

    @cached_property
    def reference_digest(self) -> str:
        """Hash of the content of the reference; empty without one."""
        return self.reference.digest if self.reference else ""

    @cached_property
    def settled_id(self) -> str:
        """How many verdicts a person settled, and which, for signatures."""
        settled = sorted([*place, verdict] for place, verdict in self.settled.items())
        return f"{len(settled)}-{content_id('sv', settled).removeprefix('sv_')[:8]}"

    @cached_property
    def recaps_id(self) -> str:
        """How many recaps are scored together, and which, for the signatures of numbers that depend on all of them."""
        recaps = sorted(content_id("rc", variant.summary) for variant in self.variants)
        return f"{len(recaps)}-{content_id('rs', recaps).removeprefix('rs_')[:8]}"

    @property
    def strangers_id(self) -> str:
        """Which recaps of other sessions there are, for signatures."""
        return f"{len(self.strangers)}-{content_id('st', list(self.strangers)).removeprefix('st_')[:8]}"

    @cached_property
    def by_chance(self) -> Sequence[Mapping[str, Match]]:
        """The verdicts, by words alone, that recaps of other sessions get on these key points: what chance finds."""
        summaries = {
            str(n): [s.text for s in sentences(text) if not s.heading] for n, text in enumerate(self.strangers)
        }
        table = dataclasses.replace(self.matcher, embedder=None, judge=None).match(
            self.transcript, self.points, summaries
        )
        return [{point.id: table[point.id, n] for point in self.points} for n in summaries]

    @property
    def points(self) -> tuple[KeyPoint, ...]:
        """The key points, none without a reference."""
        return self.reference.key_points if self.reference else ()

    @cached_property
    def matches(self) -> MatchTable:
        """The verdict on every key point × variant; empty without a reference."""
        summaries = {k: [s.text for s in v] for k, v in self.sentences.items()}
        return self.matcher.match(self.transcript, self.points, summaries).settled(self.settled)

    @cached_property
    def cells(self) -> tuple[tuple[str, ...], ...]:
        """Ids of the variants of each model with each prompt; a variant that no model wrote is alone in its cell."""
        cells: dict[tuple[str, str | None], list[str]] = {}
        for variant in self.variants:
            by = (variant.backend, variant.prompt) if variant.author == "model" else ("", variant.id)
            cells.setdefault(by, []).append(variant.id)
        return tuple(map(tuple, cells.values()))

    @cached_property
    def repeats(self) -> tuple[tuple[str, ...], ...]:
        """Ids of the variants that are repeats of one another: the cells of two or more."""
        return tuple(names for names in self.cells if len(names) > 1)

    def once(self, what: str, make: Callable[[], T]) -> T:
        """What `make` gives, made once for all the metrics that ask for it."""
        if what not in self._made:
            self._made[what] = make()
        found: T = self._made[what]
        return found

    @cached_property
    def _made(self) -> dict[str, Any]:
        return {}

    def unmatched(self, *variants: str) -> str:
        """Why key points cannot be looked for in some variants; empty when they can."""
        if not self.points:
            return "no_reference"
        return next((why for v in variants if (why := self.matches.refused.get(v))), "")

    @cached_property
    def session(self) -> SessionIndex:
        """The index of what was said."""
        return SessionIndex(self.transcript)

    def match(self, point: str, variant: str) -> Match:
        """The verdict on one key point in one variant."""
        return self.matches[point, variant]


class Metric(Protocol):
    """A measure of one variant, of one pair of variants, or of a set of them."""

    name: ClassVar[str]
    """Name in tables and signatures."""

    def score(self, case: Case) -> Sequence[Score]:
        """One score a variant, a pair or a set."""
        ...


def signature(metric: Metric, case: Case, **parts: str | int | float | bool) -> str:
    """The whole recipe of a number, on one line: name, parameters, parts, language, version last (after sacreBLEU).

    Parameters come from the metric's dataclass fields; what it rests on (matcher, reference, text preparation) signs
    itself through `parts`.
    """
    fields = {f.name: getattr(metric, f.name) for f in dataclasses.fields(metric)}  # type: ignore[arg-type]
    written = [
        f"{key}:{_short(value)}" for key, value in {**fields, **parts}.items() if value is not None and value != ""
    ]
    return "|".join([metric.name, *written, f"lang:{case.transcript.language}", f"version:{case.version}"])


def reference_parts(case: Case) -> dict[str, str | int | float]:
    """What a signature says of the reference and of the matcher."""
    reference = case.reference
    if reference is None:
        return {"ref": "none"}
    return {
        "ref": f"{reference.origin}-{case.reference_digest[:8]}",
        "by": reference.suggested_by,
        "points": len(reference.key_points),
        "matcher": case.matcher.signature(case.transcript.language),
        **({"settled": case.settled_id} if case.settled else {}),
    }


def set_parts(case: Case) -> dict[str, str]:
    """Return what a signature says of the recaps that are scored together, where a number depends on all of them."""
    return {"recaps": case.recaps_id}


def voices_parts(case: Case) -> dict[str, str | int]:
    """What a signature says of the speakers left out."""
    moderators = case.reference.moderators if case.reference else ()
    return {"moderators": "+".join(sorted(moderators)) or "none"}


def text_parts() -> dict[str, str]:
    """What a signature says of the preparation of words."""
    return {"text": "+".join((SENTENCES, words.NAME, vectors.NAME))}


def flagged(
    metric: Metric, case: Case, variant: str, checked: tuple[Evidence, ...], nothing: str, **parts: str | int | float
) -> Score:
    """A share of supported items from checked evidence; unscored, for the reason `nothing`, where nothing was checked."""
    recipe = signature(metric, case, **parts)
    if not checked:
        return Score(metric=metric.name, variants=(variant,), value=None, reason=nothing, signature=recipe)
    good = sum(item.verdict == "supported" for item in checked)
    return Score(
        metric=metric.name,
        variants=(variant,),
        value=round(good / len(checked), 4),
        counts={"supported": good, "unsupported": len(checked) - good, "of": len(checked)},
        evidence=tuple(item for item in checked if item.verdict != "supported"),
        signature=recipe,
    )


def unscored(metric: Metric, case: Case, variants: tuple[str, ...], reason: str, **parts: str | int | float) -> Score:
    """A score without a value, and why."""
    recipe = signature(metric, case, **{**reference_parts(case), **parts})
    return Score(metric=metric.name, variants=variants, value=None, reason=reason, signature=recipe)


def _short(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)

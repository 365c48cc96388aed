"""The input of every metric (`Case`), the protocol of a metric, and the parts of signatures."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, ClassVar, Protocol, TypeVar

from comparia.matching.matcher import Match, Matcher, MatchTable, Ready, ready_for
from comparia.matching.session_index import SessionIndex
from comparia.records import KeyPoint, Reference, Score, SentenceEvidence, Transcript, Variant, Verdict, content_id
from comparia.text import vectors, words
from comparia.text.language import language_of
from comparia.text.recaps import NAME as RECAPS
from comparia.text.recaps import Passage, is_refusal, passages, simple_lines, statements
from comparia.text.sentences import NAME as SENTENCES
from comparia.text.sentences import Sentence

T = TypeVar("T")


@lru_cache(maxsize=64)
def _passages_of(recap: str) -> tuple[Passage, ...]:
    """Return the passages of a recap of another session: the same few recaps are read for every run of a study."""
    return tuple(passages(simple_lines(recap)))


@dataclass(frozen=True)
class Case:
    """One session, its reference and the variants that have a summary."""

    transcript: Transcript
    """The session."""
    variants: tuple[Variant, ...]
    """The variants that have a summary; failed calls are not among them."""
    reference: Reference | None
    """The key points of the session; None without a reference."""
    matcher: Matcher
    """Says whether a key point is in a summary."""
    version: str
    """Version of Comparia; the last part of every signature."""
    strangers: tuple[str, ...] = ()
    """Recaps of other sessions in the same language, for the distance of unrelated recaps and for chance agreement."""
    settled: Mapping[tuple[str, str], Verdict] = field(default_factory=dict)
    """Verdicts that a person settled, by (key point, variant): they win over the matcher's."""

    @cached_property
    def sentences(self) -> Mapping[str, list[Sentence]]:
        """What each summary states, sentence by sentence, by variant id."""
        return {variant: statements(text) for variant, text in self.texts.items()}

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """The words of each summary as simple lines (`text.recaps`), by variant id."""
        return {v.id: simple_lines(v.summary or "") for v in self.variants}

    @cached_property
    def passages(self) -> Mapping[str, list[Passage]]:
        """The same sentences, with where they stand, by variant id."""
        return {variant: passages(text) for variant, text in self.texts.items()}

    @cached_property
    def unreadable(self) -> Mapping[str, str]:
        """Reason code of each variant whose words cannot be compared with the session's, by variant id.

        `other_language:de`: it is in another language than the session. `refusal`: it only says it will not answer.
        """
        session_language = (
            language_of(" ".join(turn.text for turn in self.transcript.turns)) or self.transcript.language
        )
        languages = {session_language, self.transcript.language}
        reasons = {}
        for variant, text in self.texts.items():
            if is_refusal(text):
                reasons[variant] = "refusal"
            elif (language := language_of(text)) and language not in languages:
                reasons[variant] = f"other_language:{language}"
        return reasons

    @cached_property
    def reference_digest(self) -> str:
        """Hash of the content of the reference; empty without one."""
        return self.reference.digest if self.reference else ""

    @cached_property
    def settled_id(self) -> str:
        """Number of verdicts that a person settled, and a hash of them, for signatures."""
        verdicts = sorted([*place, verdict] for place, verdict in self.settled.items())
        return f"{len(verdicts)}-{content_id('sv', verdicts).removeprefix('sv_')[:8]}"

    @cached_property
    def recaps_id(self) -> str:
        """Number of recaps scored together, and a hash of them, for signatures of scores that depend on all recaps."""
        recaps = sorted(content_id("rc", variant.summary) for variant in self.variants)
        return f"{len(recaps)}-{content_id('rs', recaps).removeprefix('rs_')[:8]}"

    @property
    def strangers_id(self) -> str:
        """Number of recaps of other sessions, and a hash of them, for signatures."""
        return f"{len(self.strangers)}-{content_id('st', list(self.strangers)).removeprefix('st_')[:8]}"

    @cached_property
    def by_chance(self) -> Sequence[Mapping[str, Match]]:
        """Verdicts of recaps of other sessions on these key points: one mapping from key point id for each recap.

        They show what is found by chance. The matcher uses words only: no embeddings, no judge.
        """
        if self.reference is None:
            return []
        summaries = {str(n): _passages_of(text) for n, text in enumerate(self.strangers)}
        matcher = dataclasses.replace(self.matcher, embedder=None, judge=None)
        table = matcher.match(self.transcript, self.reference, summaries, ready=self._ready)
        return [{point.id: table[point.id, n] for point in self.points} for n in summaries]

    @property
    def points(self) -> tuple[KeyPoint, ...]:
        """The key points of the reference; empty without a reference."""
        return self.reference.key_points if self.reference else ()

    @cached_property
    def matches(self) -> MatchTable:
        """The verdict on every key point × variant; empty without a reference.

        A variant in another language has none, unless a judge reads it; a refusal has none.
        """
        left_out = {v: why for v, why in self.unreadable.items() if why == "refusal" or not self.matcher.judge}
        if self.reference is None:
            return MatchTable({}, left_out)
        summaries = {name: recap for name, recap in self.passages.items() if name not in left_out}
        table = self.matcher.match(
            self.transcript, self.reference, summaries, foreign=self.unreadable, ready=self._ready
        ).settled(self.settled)
        return MatchTable(table.verdicts, {**left_out, **table.refused}, table.kappa)

    @cached_property
    def _ready(self) -> Ready | None:
        """The session and its key points, ready to be compared; None without a reference."""
        return ready_for(self.transcript, self.reference) if self.reference is not None else None

    @cached_property
    def cells(self) -> tuple[tuple[str, ...], ...]:
        """Ids of the variants, grouped in cells: one cell for each pair of model and prompt.

        A variant that no model wrote has a cell of its own.
        """
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
        """Return the result of `make()`, cached under the key `what`: metrics that share it compute it once a case."""
        if what not in self._results:
            self._results[what] = make()
        result: T = self._results[what]
        return result

    @cached_property
    def _results(self) -> dict[str, Any]:
        return {}

    def unmatched(self, *variants: str) -> str:
        """Return the reason code why key points cannot be matched in one of `variants`; empty when they can."""
        if not self.points:
            return "no_reference"
        return next((why for v in variants if (why := self.matches.refused.get(v))), "")

    @cached_property
    def session(self) -> SessionIndex:
        """Index of the words of the session."""
        return SessionIndex(self.transcript)

    def match(self, point: str, variant: str) -> Match:
        """Return the verdict on one key point (id) in one variant (id)."""
        return self.matches[point, variant]


class Metric(Protocol):
    """A measure of one variant, of one pair of variants, or of a set of them."""

    name: ClassVar[str]
    """Name in tables and signatures."""

    # A metric may also say in `across_languages` that it can score a recap in another language than the session's:
    # "always", or "judged" when a judge reads the recap. It cannot when the attribute is absent.

    def score(self, case: Case) -> Sequence[Score]:
        """Return one score for each variant, each pair or each set."""
        ...


def signature(metric: Metric, case: Case, **parts: str | int | float | bool) -> str:
    """Return the signature of a score, on one line: name, parameters, parts, language, and the version last.

    The parameters are the metric's dataclass fields. `parts` names what else the number depends on: matcher,
    reference, text preparation. The format follows sacreBLEU.
    """
    fields = {f.name: getattr(metric, f.name) for f in dataclasses.fields(metric)}  # type: ignore[arg-type]
    pairs = [
        f"{key}:{_short(value)}" for key, value in {**fields, **parts}.items() if value is not None and value != ""
    ]
    return "|".join([metric.name, *pairs, f"lang:{case.transcript.language}", f"version:{case.version}"])


def reference_parts(case: Case) -> dict[str, str | int | float]:
    """Return the parts of a signature that name the reference and the matcher."""
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
    """Return the part of a signature that names the set of recaps, for a score that depends on all of them."""
    return {"recaps": case.recaps_id}


def voices_parts(case: Case) -> dict[str, str | int]:
    """Return the part of a signature that names the moderators, who are left out."""
    moderators = case.reference.moderators if case.reference else ()
    return {"moderators": "+".join(sorted(moderators)) or "none"}


def text_parts() -> dict[str, str]:
    """Return the part of a signature that names the text preparation: sentences, stems, weights."""
    return {"text": "+".join((RECAPS, SENTENCES, words.NAME, vectors.NAME))}


def flagged(
    metric: Metric,
    case: Case,
    variant: str,
    checked: tuple[SentenceEvidence, ...],
    nothing: str,
    **parts: str | int | float,
) -> Score:
    """Return the share of the checked items whose flag is `supported`, in [0, 1].

    The evidence of the score holds the other items. Unscored, with the reason code `nothing`, where `checked` is empty.
    """
    recipe = signature(metric, case, **parts)
    if not checked:
        return Score(metric=metric.name, variants=(variant,), value=None, reason=nothing, signature=recipe)
    good = sum(item.flag == "supported" for item in checked)
    return Score(
        metric=metric.name,
        variants=(variant,),
        value=round(good / len(checked), 4),
        counts={"supported": good, "unsupported": len(checked) - good, "of": len(checked)},
        evidence=tuple(item for item in checked if item.flag != "supported"),
        signature=recipe,
    )


def unscored(metric: Metric, case: Case, variants: tuple[str, ...], reason: str, **parts: str | int | float) -> Score:
    """Return a score without a value, with its reason code."""
    recipe = signature(metric, case, **{**reference_parts(case), **parts})
    return Score(metric=metric.name, variants=variants, value=None, reason=reason, signature=recipe)


def _short(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)

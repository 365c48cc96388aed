"""The rows of the tidy tables (`columns.TABLES`), one run at a time."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from comparia.errors import UnknownName
from comparia.messages import gettext as _
from comparia.probing.outcomes import position_among, statements_of
from comparia.records import (
    CREDIT,
    RETENTION,
    Call,
    KeyPoint,
    Reference,
    Run,
    Score,
    Transcript,
    Variant,
    is_judged,
)
from comparia.reports import votes
from comparia.reports.differences import coverage_of
from comparia.reports.groups import GroupLine, GroupTable, group_tables
from comparia.reports.readings import reading_of
from comparia.studies.columns import OF_VOTES, TABLES, unit_of
from comparia.studies.runs import Row, StudyRun, Value, as_study_runs
from comparia.studies.taken import (
    failed_call,
    labelled_taken,
    nothing_taken,
    taken_by,
    taken_by_recap,
    taken_together,
)
from comparia.voting import shown_texts


def rows_of(table: str, runs: Iterable[Run | StudyRun]) -> Iterator[Row]:
    """Yield the rows of a table over some runs; one run is held at a time.

    Args:
        table: its name, one of `TABLES`.
        runs: the runs; those that are not of a study stand for themselves.

    Raises:
        UnknownName: no such table.
    """
    if table not in TABLES:
        raise UnknownName(_("table"), table, TABLES)
    return itertools.chain.from_iterable(map(_ROWS[table], as_study_runs(runs)))


def _set_of(score: Score) -> str:
    """Return the name of the table that holds a score: of one recap, of two, or of a set."""
    if reading_of(score.metric).place == "sets" or len(score.variants) > 2:
        return "groups"
    return "pairs" if len(score.variants) == 2 else "scores"


def _numbers(score: Score) -> Iterator[tuple[str, float | None, str]]:
    """Yield the numbers of a score, each with its name and its unit: the value first, even where there is none."""
    named: list[tuple[str, float | None, bool]] = [("value", score.value, False)]
    if score.interval is not None:
        named += [("low", score.interval[0], False), ("high", score.interval[1], False)]
    main = {name for name, _number, _counted in named}
    for figures, counted in ((score.counts, True), (score.measures, False)):
        for name, number in figures.items():  # a plug-in may give a count the name of the value
            named.append((f"figure_{name}" if name in main else name, number, counted))
    for name, figure, counted in named:
        finite = figure if figure is not None and math.isfinite(figure) else None
        yield name, finite, unit_of(score.metric, name, counted=counted)


def _base(score: Score, component: str) -> int | None:
    """Return what a share of a score is a share of; None where the score does not say."""
    counts = score.counts
    if component.endswith("_kept"):
        return counts.get(f"{component.removesuffix('_kept')}_of")
    if component in ("value", "low", "high", "jeffreys_low", "jeffreys_high"):
        return counts.get("of", counts.get("session_words"))
    return None


def _of_score(score: Score) -> Iterator[Row]:
    """Yield what a row says of a score, one row a number."""
    status = "unscored" if score.value is None else "scored"
    for component, number, unit in _numbers(score):
        yield {
            "metric": score.metric,
            "component": component,
            "number": number,
            "unit": unit,
            "n": _base(score, component),
            "status": status,
            "reason_code": score.reason,
            "signature": score.signature,
            "recipe": score.recipe,
        }


def _without_score(status: str, reason_code: str) -> Row:
    return {
        "metric": "",
        "component": "",
        "number": None,
        "unit": "",
        "n": None,
        "status": status,
        "reason_code": reason_code,
        "signature": "",
        "recipe": "",
    }


def _scores(run: StudyRun) -> Iterator[Row]:
    by_recap: dict[str, list[Score]] = {}
    for score in run.run.scores:
        if _set_of(score) == "scores":
            by_recap.setdefault(score.variants[0], []).append(score)
    for variant in run.run.variants:
        about = {**run.of_recap(variant), "scoring": run.scoring}
        taken: Row = {
            "words": variant.words,
            "seconds": variant.seconds,
            **_recap_taken(run, variant),
        }
        if variant.failure is not None:
            yield {**about, **_without_score("failed", variant.failure.kind), **taken, "words": None}
            continue
        if variant.id not in by_recap:
            yield {**about, **_without_score("unscored", "not_scored"), **taken}
        for score in by_recap.get(variant.id, ()):
            for numbers in _of_score(score):
                yield {**about, **numbers, **taken}
    nothing: Row = {"words": None, "seconds": None, **labelled_taken(nothing_taken(), "recap_")}
    for cell in run.missing:
        yield {**run.of_recap(cell), "scoring": run.scoring, **_without_score("missing", ""), **nothing}


def _recap_taken(run: StudyRun, variant: Variant) -> Row:
    """Return what a recap took, in the columns of a table that has several rows of it."""
    return labelled_taken(taken_by_recap(run.backend(variant.backend), variant), "recap_")


def _taken_by_id(run: StudyRun) -> dict[str, Row]:
    """Return what each recap of a run took, by the id of the recap."""
    return {variant.id: taken_by_recap(run.backend(variant.backend), variant) for variant in run.run.variants}


def _pairs(run: StudyRun) -> Iterator[Row]:
    sides = {variant.id: run.of_recap(variant) for variant in run.run.variants}
    taken = _taken_by_id(run)
    about: Row = {**run.of_run(), "scoring": run.scoring}
    for score in run.run.scores:
        if _set_of(score) == "pairs":
            both: Row = {}
            for side, variant in zip("ab", score.variants, strict=True):
                of_recap = sides.get(variant, {})
                for name in ("variant", "model", "backend", "condition", "prompt_id"):
                    both[f"{name}_{side}"] = of_recap.get(name, "")
                both[f"variant_{side}"] = variant
                both[f"repeat_{side}"] = of_recap.get("repeat")
            costs: Row = {}
            for side, variant in zip("ab", score.variants, strict=True):
                costs |= labelled_taken(taken.get(variant, nothing_taken()), suffix=f"_{side}")
            for numbers in _of_score(score):
                yield {**about, **both, **numbers, **costs}


def _groups(run: StudyRun) -> Iterator[Row]:
    sides = {variant.id: run.of_recap(variant) for variant in run.run.variants}
    taken = _taken_by_id(run)
    for score in run.run.scores:
        if _set_of(score) == "groups":
            about: Row = {
                **run.of_run(),
                "scoring": run.scoring,
                "members": "+".join(score.variants),
                "size": len(score.variants),
            }
            for name in ("model", "condition"):
                values = {sides[variant][name] for variant in score.variants if variant in sides}
                about[name] = values.pop() if len(values) == 1 else ""
            together = taken_together([taken.get(variant, nothing_taken()) for variant in score.variants])
            for numbers in _of_score(score):
                yield {**about, **numbers, **labelled_taken(together, "members_")}


def _people(run: StudyRun) -> Iterator[Row]:
    tables = group_tables(run.run)
    for variant in run.run.variants if tables else ():
        about, taken = {**run.of_recap(variant), "scoring": run.scoring}, _recap_taken(run, variant)
        for table in tables:
            hidden = False
            for line in table.lines:
                share = line.coverage.get(variant.id)
                if share is not None and share.share is None:
                    hidden = True
                elif share is not None:
                    yield {**about, **_of_group(table, line, variant.id), **taken}
            if hidden:  # neither which groups these are, nor how many
                yield {**about, **_of_group(table, None, variant.id), **taken}


def _of_group(table: GroupTable, line: GroupLine | None, variant: str) -> Row:
    share = line.coverage[variant] if line else None
    few = line.minority.get(variant) if line else None
    return {
        "grouping": table.kind,
        "attribute": table.name,
        "group": line.group if line else "",
        "people": share.people if share else None,
        "points": share.points if share else None,
        "coverage": share.share if share else None,
        "low": share.low if share else None,
        "high": share.high if share else None,
        "minority_share": few.share if few else None,
        "minority_low": few.low if few else None,
        "minority_high": few.high if few else None,
        "minority_points": few.points if few else None,
        "reason_code": share.reason if share else "suppressed",
        "minority_reason_code": few.reason if few else "",
    }


class _Places(NamedTuple):
    """Where the turns of a session stand, and how much each person says."""

    before: Mapping[int, int]
    """Words of the session before each turn."""
    channels: Mapping[int, str]
    """Channel of each turn."""
    words: int
    """Words of all turns."""
    spoken: int
    """Words of speech and chat."""
    said: Mapping[str, int]
    """Words of each speaker."""

    @classmethod
    def of(cls, transcript: Transcript) -> _Places:
        before: dict[int, int] = {}
        words = 0
        for turn in transcript.turns:
            before[turn.number] = words
            words += len(turn.text.split())
        channels = {turn.number: str(turn.channel) for turn in transcript.turns}
        said = {speaker.id: speaker.words for speaker in transcript.speakers}
        return cls(before, channels, words, transcript.words, said)

    def of_point(self, point: KeyPoint, reference: Reference) -> Row:
        """Return what the session says of a key point, whatever recaps make of it."""
        first = min((quote.turn for quote in point.said), key=lambda turn: self.before.get(turn, 0), default=0)
        holders = set(point.holders) - set(reference.moderators)
        by_holders = sum(self.said.get(holder, 0) for holder in holders)
        return {
            "point": point.id,
            "kind": point.kind,
            "minority": reference.is_minority(point),
            "isolated": reference.is_isolated(point),
            "holders": len(holders),
            "prevalence": reference.prevalence(point),
            "position": self.before.get(first, 0) / max(1, self.words),
            "channel": self.channels.get(first, ""),
            "support": len(point.said),
            "holder_word_share": by_holders / self.spoken if self.spoken else None,
        }


def _cells(run: StudyRun) -> Iterator[Row]:
    reference = run.run.reference
    if reference is None:
        return
    places = _Places.of(run.run.transcript)
    points = {point.id: places.of_point(point, reference) for point in reference.key_points}
    coverage = coverage_of(run.run)
    for variant in run.run.variants:
        score = coverage.get(variant.id)
        if score is None or not score.points:
            continue
        about = {**run.of_recap(variant), "scoring": run.scoring}
        statements = statements_of(variant.summary or "")
        recipe: Row = {"signature": score.signature, "recipe": score.recipe, **_recap_taken(run, variant)}
        for item in score.points:
            if item.key_point not in points:
                continue
            verdict: Row = {
                "verdict": item.verdict,
                "probability": item.probability,
                "as_held": item.as_held,
                "settled": item.note == "settled",
                "judged": is_judged(item.note),
                "note": item.note.partition(":")[0],
                "credit": CREDIT.get(item.verdict),
                "retention": RETENTION.get(item.verdict),
                "recap_position": position_among(statements, item),
            }
            yield {**about, **points[item.key_point], **verdict, **recipe}


def _calls(run: StudyRun) -> Iterator[Row]:
    for variant in run.run.variants:
        about = run.of_recap(variant)
        backend = run.backend(variant.backend)
        ended = variant.finished_at.isoformat()
        for number, call in enumerate(variant.calls, start=1):
            yield {
                **about,
                "call": number,
                "role": call.role,
                "request": call.request,
                "status": "answered",
                "reason_code": "",
                "recap_finished_at": ended,
                "seconds": call.seconds if not call.batch else None,
                "batch": call.batch,
                "expected_tokens": call.expected_tokens,
                **taken_by(backend, variant.author, (call,)),
                "call_model": call.model,
                **_of_answer(call),
                "finish_reason": call.finish_reason,
                "attempts": call.attempts,
                "warnings": "+".join(call.warnings),
            }
        if variant.failure is not None:
            yield {
                **about,
                "call": len(variant.calls) + 1,
                "role": "",
                "request": "",
                "status": "failed",
                "reason_code": variant.failure.kind,
                "recap_finished_at": ended,
                "seconds": None,
                "batch": "",
                "expected_tokens": None,
                **taken_by(backend, variant.author, (failed_call(variant.failure),)),
                "call_model": "",
                **_of_answer(None),
                "finish_reason": "",
                "attempts": variant.failure.attempts,
                "warnings": "+".join(variant.warnings),
            }


def _of_answer(call: Call | None) -> Row:
    sent: Mapping[str, Any] = call.parameters if call is not None else {}
    seed = next((sent[name] for name in ("seed", "random_seed") if isinstance(sent.get(name), int)), None)
    temperature = sent.get("temperature")
    return {
        "fingerprint": call.fingerprint if call is not None else "",
        "response_id": call.response_id if call is not None else "",
        "temperature": temperature if isinstance(temperature, int | float) else None,
        "seed": seed,
        "parameters": json.dumps(dict(sent), ensure_ascii=False, sort_keys=True),
    }


def _votes(run: StudyRun) -> Iterator[Row]:
    shown = shown_texts(run.run)
    for vote in votes.votes_of(run.run):
        yield _of_vote(run, vote, shown)


def _of_vote(run: StudyRun, vote: votes.PairVote, shown: votes.Shown) -> Row:
    found = votes.row(run.run, vote, shown)
    metadata = found["metadata"]
    result: Row = {
        **run.of_run(),
        "response_id": found["response_id"],
        "question": metadata["question"],
        "choice": found["choice"],
        "comparison_id": found["comparison_id"],
        "voter": vote.ballot.voter,
        "timestamp": found["timestamp"],
        "variant_a": vote.a.id,
        "variant_b": vote.b.id,
    }
    for side, variant in (("a", vote.a), ("b", vote.b)):
        result |= {
            f"response_{side}": variant.summary,
            f"shown_{side}": metadata[f"shown_{side}"],
            f"model_{side}": found[f"model_{side}"],
            **_study_names(run, variant, side),
            f"full_conversation_{side}": json.dumps(found[f"full_conversation_{side}"], ensure_ascii=False),
            f"position_{side}": metadata[f"position_{side}"],
            f"tokens_{side}": metadata[f"total_tokens_{side}"],
            f"conso_{side}": metadata[f"total_conso_{side}"],
            f"conso_method_{side}": metadata[f"conso_method_{side}"],
            f"duration_{side}": metadata[f"duration_{side}"],
            f"tags_{side}": "+".join(metadata[f"tags_{side}"]),
        }
        taken = taken_by_recap(run.backend(variant.backend), variant)
        result |= labelled_taken({name: taken[name] for name in taken if name in OF_VOTES}, suffix=f"_{side}")
    return {
        **result,
        "time_to_vote": metadata["time_to_vote"],
        "mode": "same_style" if vote.judging.same_style else "blind",
    }


def _study_names(run: StudyRun, variant: Variant, side: str) -> dict[str, Value]:
    return {
        f"study_model_{side}": run.model(variant.backend),
        f"condition_{side}": run.condition(variant.prompt),
    }


_ROWS: Mapping[str, Callable[[StudyRun], Iterator[Row]]] = {
    "scores": _scores,
    "pairs": _pairs,
    "groups": _groups,
    "people": _people,
    "cells": _cells,
    "calls": _calls,
    "votes": _votes,
}
"""What makes the rows of each table from one run."""

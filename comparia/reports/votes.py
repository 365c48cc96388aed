"""Blind votes, one line a voter and a pair, in the shape of the comparia-fr-arena dataset.

The columns are those of that dataset (one row a turn); what this tool does not have is null. `position_a` of the
metadata is the place, from 1, at which the voter met the first recap. The session itself is in none of them: the prompt
stands with its variables.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from comparia.records import Ballot, Judging, Run, Variant

MEDIA_TYPE = "application/jsonl"
SUFFIX = "jsonl"
DESCRIPTION = "blind votes, a line a voter and pair, shaped like comparia-fr-arena"
NEEDS_VOTES = True


def write(run: Run) -> bytes:
    """Return JSON Lines, UTF-8; empty for a run on which nobody voted."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows(run)).encode("utf-8", "replace")


class PairVote(NamedTuple):
    """What one voter said of one pair of recaps."""

    judging: Judging
    """The blind vote."""
    ballot: Ballot
    """The voter's ballot."""
    a: Variant
    """The first recap."""
    b: Variant
    """The second recap."""
    choice: str
    """`a_better`, `b_better`, `both_good`, `both_bad` or `idk`."""


def rows(run: Run) -> Iterator[dict[str, Any]]:
    """A row a voter and a pair of which the voter said something; ballots that a person set aside give none."""
    return (row(run, vote) for vote in votes_of(run))


def votes_of(run: Run) -> Iterator[PairVote]:
    """Yield what each voter said of each pair of recaps, vote after vote."""
    by_id = {variant.id: variant for variant in run.variants if variant.summary}
    for judging in run.judgings:
        for ballot in (cast for cast in judging.ballots if cast.voter not in judging.set_aside):
            for a, b in itertools.combinations(judging.variants, 2):
                choice = _choice(ballot, a, b)
                if choice and a in by_id and b in by_id:
                    yield PairVote(judging, ballot, by_id[a], by_id[b], choice)


def _choice(ballot: Ballot, a: str, b: str) -> str:
    if ballot.choice != "better":
        return {"all_good": "both_good", "all_bad": "both_bad", "unknown": "idk"}[ballot.choice]
    rank = {variant: place for place, variant in enumerate(ballot.order)}
    first, second = rank.get(a, len(rank)), rank.get(b, len(rank))
    return "" if first == second else "a_better" if first < second else "b_better"


def row(run: Run, vote: PairVote) -> dict[str, Any]:
    """Return the row of one vote on one pair, in the columns of the dataset."""
    judging, ballot, a, b, choice = vote
    sides = {"a": a, "b": b}
    metadata: dict[str, Any] = {}
    for side, variant in sides.items():
        metadata[f"tokens_{side}"] = variant.output_tokens
        metadata[f"conso_{side}"] = sum(variant.energy) / 2 if variant.energy else None
        metadata[f"duration_{side}"] = variant.seconds or None
        metadata[f"position_{side}"] = ballot.shown.index(variant.id) + 1 if variant.id in ballot.shown else None
        metadata[f"tags_{side}"] = sorted({r.tag for r in ballot.remarks if r.variant == variant.id})
    return {
        "response_id": f"{judging.id}-{ballot.voter}-{a.id}-{b.id}",
        "choice": choice,
        "response_a": a.summary,
        "response_b": b.summary,
        "web_search_results": None,
        "comparison_id": judging.id,
        "model_a": a.model or a.backend,
        "model_b": b.model or b.backend,
        "timestamp": ballot.at.isoformat(),
        "full_conversation_a": _conversation(run, a),
        "full_conversation_b": _conversation(run, b),
        "metadata": {
            **metadata,
            "time_to_vote": ballot.seconds,
            "mode": "same_style" if judging.same_style else "blind",
            "custom_models_selection": [a.model or a.backend, b.model or b.backend],
            "languages": [run.transcript.language],
            "transcript": run.transcript.id,
            "run": run.id,
            "software": f"comparia {run.software}",
        },
    }


def _conversation(run: Run, variant: Variant) -> list[dict[str, str | None]]:
    prompt = next((p for p in run.prompts if p.id == variant.prompt), None)
    asked: list[dict[str, str | None]] = []
    if prompt and prompt.system:
        asked.append({"role": "system", "content": prompt.system})
    asked += [{"role": "user", "content": step} for step in prompt.steps] if prompt else []
    return [*asked, {"role": "assistant", "content": variant.summary}]

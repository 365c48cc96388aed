"""Blind votes, one line a voter and a pair, in the columns of the comparia-fr-arena dataset.

The columns and the fields of `metadata` are those of that dataset (betagouv/ComparIA, `utils/dataset/compute.py`), in
its order and types; what this tool does not have is null. Its rows are turns of a conversation: a vote is on the
last one, the answer to the last step of the prompt. `mode` is `custom`, that dataset's word where a person chose the
models. Further fields of `metadata` come after its own: the question, the texts as voters read them, what tells their
author masked, the place from 1 at which the voter met each. The session itself is in none of them: the prompt stands
with its variables.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from comparia.footprint import footprint
from comparia.messages import N_, speaking
from comparia.messages import gettext as _
from comparia.records import Ballot, Judging, Prompt, Run, Variant

MEDIA_TYPE = "application/jsonl"
SUFFIX = "jsonl"
DESCRIPTION = "blind votes, a line a voter and pair, in the columns of comparia-fr-arena"
NEEDS_VOTES = True

USUAL_QUESTION = N_("Which recap would you rather send out?")
"""What voters are asked where nobody wrote another question."""

Shown = Mapping[tuple[str, str], str]
"""Recaps as voters read them, by the ids of the vote and of the recap."""


def write(run: Run, shown: Shown | None = None) -> bytes:
    """Return JSON Lines, UTF-8; empty for a run on which nobody voted.

    Args:
        run: the run.
        shown: its recaps as voters read them; null in the rows where they are not given.
    """
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows(run, shown))
    return "".join(lines).encode("utf-8", "replace")


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


def rows(run: Run, shown: Shown | None = None) -> Iterator[dict[str, Any]]:
    """A row a voter and a pair of which the voter said something; ballots that a person set aside give none."""
    return (row(run, vote, shown) for vote in votes_of(run))


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


def row(run: Run, vote: PairVote, shown: Shown | None = None) -> dict[str, Any]:
    """Return the row of one vote on one pair, in the columns of the dataset."""
    judging, ballot, a, b, choice = vote
    sides = {"a": a, "b": b}
    with speaking(run.transcript.language):
        question = judging.question or _(USUAL_QUESTION)
    energy = {side: _energy(run, variant) for side, variant in sides.items()}
    models = {side: variant.model or variant.backend for side, variant in sides.items()}
    met = {
        side: ballot.shown.index(variant.id) + 1 if variant.id in ballot.shown else None
        for side, variant in sides.items()
    }
    conversations = {side: _conversation(run, variant) for side, variant in sides.items()}
    return {
        "response_id": f"{judging.id}-{ballot.voter}-{a.id}-{b.id}",
        "choice": choice,
        "response_a": _last_turn(conversations["a"]),
        "response_b": _last_turn(conversations["b"]),
        "web_search_results": None,
        "turn": max(len(_steps(run, variant)) for variant in (a, b)) - 1,
        "comparison_id": judging.id,
        "model_a": models["a"],
        "model_b": models["b"],
        "timestamp": ballot.at.isoformat(),
        "full_conversation_a": conversations["a"],
        "full_conversation_b": conversations["b"],
        "metadata": {
            **{f"tokens_{side}": _tokens_of_turn(run, variant) for side, variant in sides.items()},
            **{f"conso_{side}": energy[side][0] for side in sides},
            **{f"duration_{side}": variant.seconds or None for side, variant in sides.items()},
            **{f"latency_{side}": None for side in sides},
            "time_to_vote": ballot.seconds,
            "mode": "custom",
            "custom_models_selection": [models["a"], models["b"]],
            "categories": None,
            "languages": [run.transcript.language],
            "short_summary": None,
            **{f"total_tokens_{side}": variant.output_tokens for side, variant in sides.items()},
            **{f"total_conso_{side}": energy[side][0] for side in sides},
            "question": question,
            **{f"shown_{side}": (shown or {}).get((judging.id, variant.id)) for side, variant in sides.items()},
            **{f"position_{side}": met[side] for side in sides},
            **{
                f"tags_{side}": sorted({r.tag for r in ballot.remarks if r.variant == variant.id})
                for side, variant in sides.items()
            },
            **{f"conso_method_{side}": energy[side][1] for side in sides},
            "style": "same_style" if judging.same_style else "as_written",
            "voter": ballot.voter,
            "transcript": run.transcript.id,
            "run": run.id,
            "software": f"comparia {run.software}",
        },
    }


def _energy(run: Run, variant: Variant) -> tuple[float | None, str]:
    """Return the electricity of a recap in kWh, the middle of its range, and who says so."""
    backend = next((one for one in run.backends if one.name == variant.backend), None)
    found = footprint(backend, variant.author, variant.calls)
    if found is None:
        return None, "unknown"
    return (found.low + found.high) / 2, f"{found.method} {found.version}".strip()


def _prompt(run: Run, variant: Variant) -> Prompt | None:
    return next((prompt for prompt in run.prompts if prompt.id == variant.prompt), None)


def _steps(run: Run, variant: Variant) -> tuple[str, ...]:
    """Return the user messages of a recap; one that read no prompt is one turn."""
    prompt = _prompt(run, variant)
    return prompt.steps if prompt is not None else ("",)


def _tokens_of_turn(run: Run, variant: Variant) -> int | None:
    """Return the tokens of the last turn: of the last call where each step is a call, else of the whole recap."""
    steps = _steps(run, variant)
    return variant.calls[-1].output_tokens if 1 < len(steps) == len(variant.calls) else variant.output_tokens


def _conversation(run: Run, variant: Variant) -> list[dict[str, str | None]]:
    prompt = _prompt(run, variant)
    asked = [_message("system", prompt.system)] if prompt and prompt.system else []
    asked += [_message("user", step) for step in prompt.steps] if prompt else []
    return [*asked, _message("assistant", variant.summary or "")]


def _message(role: str, content: str) -> dict[str, str | None]:
    said = content if role == "user" else None
    return {"content": content, "reasoning_content": None, "role": role, "user_content": said}


def _last_turn(conversation: list[dict[str, str | None]]) -> list[dict[str, str | None]]:
    """Return the last user message and its answer."""
    return [message for message in conversation[-2:] if message["role"] != "system"]

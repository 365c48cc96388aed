"""What a run will ask for: cells, parts of a long session, tokens, cost and time, all before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from comparia.backends.cards import not_taken
from comparia.prompts import fill, transcript_lines, transcript_parts, variables
from comparia.records import Backend, Cell, Plan, Prompt, Transcript
from comparia.text.size import estimate_tokens

ANSWER_TOKENS = 1500
"""Tokens a recap is expected to take, for cost and for room in the context window."""

ANSWER_RESERVE = 4000
"""Tokens left free for each answer in the context window."""

SAFETY = 0.9
"""Share of a context window that is used, since token counts are estimates."""

MIN_PART_TOKENS = 500
"""A smaller part holds no conversation."""


def lay_out(transcript: Transcript, prompts: Sequence[Prompt], backends: Sequence[Backend], repeats: int) -> Plan:
    """The plan of a run.

    A session is read whole when every model can hold it. If one cannot, it is read in parts by all of them, the same
    parts for each, so that models are compared on one task.
    """
    part_tokens = _part_tokens(transcript, prompts, backends)
    parts = split(transcript, part_tokens)
    sizes = [estimate_tokens(part, transcript.language) for part in parts]
    cells: list[Cell] = []
    for prompt in prompts:
        overhead = _overhead(transcript, prompt)
        answers = [ANSWER_TOKENS * step for step in range(len(prompt.steps))]
        whole = sizes[0] if len(parts) == 1 else ANSWER_TOKENS * len(parts)
        reading = 0 if len(parts) == 1 else sum(sizes) + overhead * len(parts)
        tokens = reading + sum(whole + overhead + answer for answer in answers)
        calls = len(prompt.steps) + (len(parts) if len(parts) > 1 else 0)
        for backend in backends:
            if backend.reads_prompts:
                cells.extend(
                    Cell(variant="", prompt=prompt.id, backend=backend.name, repeat=n, calls=calls, input_tokens=tokens)
                    for n in range(1, repeats + 1)
                )
    cells.extend(Cell(variant="", prompt=None, backend=b.name) for b in backends if not b.reads_prompts)
    cells = [cell.model_copy(update={"variant": f"v{n}"}) for n, cell in enumerate(cells, start=1)]
    cost, unpriced = _cost(cells, backends)
    return Plan(
        cells=tuple(cells),
        part_tokens=part_tokens,
        parts=len(parts),
        cost=cost,
        unpriced=unpriced,
        minutes=_minutes(cells, backends),
    )


def adjusted(backends: Sequence[Backend], seen: Mapping[tuple[str, str], frozenset[str]]) -> tuple[Backend, ...]:
    """Return backends with what their models are known not to take: a temperature, a top_p, a seed that are set.

    Recaps are asked for without system messages. A reasoning effort is asked for again: a model that refuses one
    takes another.

    Args:
        backends: who is asked.
        seen: warnings of earlier recaps, by address and model.
    """
    found = []
    for backend in backends:
        known = seen.get((backend.base_url, backend.model), frozenset()) | not_taken(backend.model)
        settings = {"no_temperature": backend.temperature, "no_top_p": backend.top_p, "no_seed": backend.seed}
        refused = {code for code, value in settings.items() if value is not None} & known
        real = backend.kind in ("openai_compatible", "litellm")
        found.append(backend.model_copy(update={"not_taken": tuple(sorted(refused))}) if real and refused else backend)
    return tuple(found)


def split(transcript: Transcript, part_tokens: int | None) -> list[str]:
    """The session as text, in parts of at most `part_tokens` tokens."""
    return transcript_parts(transcript, part_tokens)


def _part_tokens(transcript: Transcript, prompts: Sequence[Prompt], backends: Sequence[Backend]) -> int | None:
    contexts = [b.context for b in backends if b.reads_prompts and b.context]
    if not contexts or not prompts:
        return None
    smallest = min(contexts)
    overhead = max(_overhead(transcript, prompt) for prompt in prompts)
    steps = max(len(prompt.steps) for prompt in prompts)
    session = estimate_tokens("\n".join(transcript_lines(transcript)), transcript.language)
    reserve = min(ANSWER_RESERVE, smallest // 4)
    if session + overhead + reserve * steps <= smallest * SAFETY:
        return None
    return max(MIN_PART_TOKENS, int(smallest * SAFETY) - overhead - reserve)


def _overhead(transcript: Transcript, prompt: Prompt) -> int:
    values = {**variables(transcript, prompt), "transcript": ""}
    text = fill(prompt.system, values) + "".join(fill(step, values) for step in prompt.steps)
    return estimate_tokens(text, prompt.language)


def _cost(cells: Sequence[Cell], backends: Sequence[Backend]) -> tuple[float | None, tuple[str, ...]]:
    by_name = {backend.name: backend for backend in backends}
    total: float | None = None
    unpriced: list[str] = []
    for cell in cells:
        backend = by_name[cell.backend]
        if backend.author != "model" or backend.kind == "replay":
            continue
        if backend.input_price is None or backend.output_price is None:
            if backend.zone != "local" and backend.name not in unpriced:
                unpriced.append(backend.name)
            continue
        asked = cell.input_tokens * backend.input_price + cell.calls * ANSWER_TOKENS * backend.output_price
        total = (total or 0.0) + asked / 1_000_000
    return total, tuple(unpriced)


def cost_in_batches(plan: Plan, backends: Sequence[Backend]) -> float | None:
    """Return the estimated cost of a plan in US dollars, with what is asked in batches at its own price.

    None if no price is known.
    """
    return _cost(plan.cells, [_in_batches(backend) for backend in backends])[0]


def _in_batches(backend: Backend) -> Backend:
    if backend.batch is None or backend.input_price is None or backend.output_price is None:
        return backend
    share = backend.batch_price
    prices = {"input_price": share * backend.input_price, "output_price": share * backend.output_price}
    return backend.model_copy(update=prices)


def _minutes(cells: Sequence[Cell], backends: Sequence[Backend]) -> float:
    longest = 0.0
    for backend in backends:
        own = [cell for cell in cells if cell.backend == backend.name]
        if backend.requests_per_minute:
            longest = max(longest, sum(c.calls for c in own) / backend.requests_per_minute - 1)
        if backend.input_tokens_per_minute:
            longest = max(longest, sum(c.input_tokens for c in own) / backend.input_tokens_per_minute - 1)
    return round(longest, 1)

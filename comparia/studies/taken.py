"""What calls took: tokens, cost, electricity and greenhouse gases; for the tables and the analysis of a study."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from comparia.backends.cards import cost_of_calls
from comparia.footprint import Footprint, footprint
from comparia.records import Author, Backend, Call, Failure, Usage, Variant
from comparia.studies.runs import Row


@dataclass(frozen=True)
class ModelTaken:
    """What the recaps of one model took: sums over those of which it is known, and how many these are."""

    model: str
    """The model."""
    recaps: int
    """Recaps and failures of the model."""
    calls: int
    """Calls, failed ones included."""
    input_tokens: int
    """Tokens read, those of caches included."""
    cached_tokens: int
    """Tokens of these found in caches, as far as servers say so."""
    output_tokens: int
    """Tokens written."""
    counted: int
    """Recaps whose tokens are known."""
    costs: Mapping[str, float] = field(default_factory=dict)
    """Cost by currency: `USD` as computed from prices, empty where a server does not say which."""
    priced: int = 0
    """Recaps whose cost is known."""
    energy: tuple[float, float] | None = None
    """Electricity, least and most, in kWh; None where it is known of no recap."""
    carbon: tuple[float, float] | None = None
    """Greenhouse gases, least and most, in kg of CO2 equivalent."""
    measured: int = 0
    """Recaps whose electricity is known."""
    methods: tuple[str, ...] = ()
    """Who says so: `reported`, `ecologits 0.11.3 SWE`, with version and electricity mix."""


def taken_by(backend: Backend | None, author: Author, calls: Sequence[Call]) -> Row:
    """Return tokens, cost, electricity and gases of some calls: sums, each missing where one of the calls says nothing.

    Tokens of the cache are summed over the calls that say so.
    """
    known = [call.cached_tokens for call in calls if call.cached_tokens is not None]
    costs = [call.cost for call in calls if call.cost is not None]
    usage = Usage(
        input_tokens=_total([call.reported_tokens for call in calls]),
        cached_tokens=sum(known) if known else None,
        output_tokens=_total([call.output_tokens for call in calls]),
        cost=sum(costs) if costs and len(costs) == len(calls) else None,
    )
    # How long a failed call took is not kept, and EcoLogits counts time: its electricity is known as reported alone.
    told = all(call.energy is not None or call.request for call in calls)
    computed = cost_of_calls(backend, calls) if backend is not None else None
    return _row(usage, computed, footprint(backend, author, calls) if told else None)


def taken_by_recap(backend: Backend | None, variant: Variant) -> Row:
    """Return what all calls of a recap took, a failed one included."""
    return taken_by(backend, variant.author, calls_of(variant))


def calls_of(variant: Variant) -> tuple[Call, ...]:
    """Return the calls of a recap, then the one that failed, if one did."""
    return variant.calls if variant.failure is None else (*variant.calls, failed_call(variant.failure))


def failed_call(failure: Failure) -> Call:
    """Return the call that failed, as far as the server said what it took."""
    usage = failure.usage
    return Call(
        request="",
        role="",
        expected_tokens=0,
        reported_tokens=usage.input_tokens,
        cached_tokens=usage.cached_tokens,
        output_tokens=usage.output_tokens,
        cost=usage.cost,
        energy=usage.energy,
        carbon=usage.carbon,
    )


def taken_together(recaps: Sequence[Row]) -> Row:
    """Return what several recaps took together, from what each took: sums, each missing where it is of one of them.

    A cost in two currencies is none. Of who says so, what is said of all is kept, else every value, joined by `+`.
    """
    currencies = {row["currency"] for row in recaps}
    together: Row = {}
    for name in nothing_taken():
        values = [row[name] for row in recaps]
        if name.startswith(("cost_source", "energy_method", "energy_version", "energy_zone")):
            unknown = name in ("cost_source", "energy_method") and "unknown" in values
            together[name] = "unknown" if unknown else "+".join(dict.fromkeys(str(value) for value in values if value))
        elif name == "currency":
            together[name] = currencies.pop() if len(currencies) == 1 else ""
        else:
            numbers = [value for value in values if isinstance(value, int | float)]
            together[name] = sum(numbers) if numbers and len(numbers) == len(values) else None
    if len({row["currency"] for row in recaps}) > 1:
        together |= {"cost": None, "cost_source": "unknown"}
    if together["energy_method"] == "unknown":
        together |= {"energy_version": "", "energy_zone": ""}
    return together


def labelled_taken(taken: Row, prefix: str = "", suffix: str = "") -> Row:
    """Return what recaps took under the names of a table whose rows are no recap: `recap_cost`, `cost_a`."""
    return {f"{prefix}{name}{suffix}": value for name, value in taken.items()}


def nothing_taken() -> Row:
    """Return the row of a recap that was never written."""
    return _row(Usage(), None, None)


def sum_of(model: str, recaps: Iterable[tuple[int, Row]]) -> ModelTaken:
    """Return what the recaps of one model took, from the number of calls of each and what they took."""
    pairs = list(recaps)
    rows = [row for _calls, row in pairs]
    costs: dict[str, float] = {}
    for row in rows:
        if isinstance(row["cost"], float):
            costs[str(row["currency"])] = costs.get(str(row["currency"]), 0.0) + row["cost"]
    methods = dict.fromkeys(
        " ".join(filter(None, (str(row[f"energy_{part}"]) for part in ("method", "version", "zone"))))
        for row in rows
        if row["energy_low"] is not None
    )
    return ModelTaken(
        model=model,
        recaps=len(rows),
        calls=sum(calls for calls, _row in pairs),
        input_tokens=sum(_integers(rows, "input_tokens")),
        cached_tokens=sum(_integers(rows, "cached_tokens")),
        output_tokens=sum(_integers(rows, "output_tokens")),
        counted=sum(row["input_tokens"] is not None and row["output_tokens"] is not None for row in rows),
        costs=costs,
        priced=sum(row["cost"] is not None for row in rows),
        energy=_range(rows, "energy"),
        carbon=_range(rows, "carbon"),
        measured=sum(row["energy_low"] is not None for row in rows),
        methods=tuple(methods),
    )


def _integers(rows: Sequence[Row], name: str) -> list[int]:
    return [value for row in rows if isinstance(value := row[name], int)]


def _range(rows: Sequence[Row], name: str) -> tuple[float, float] | None:
    ends = [[value for row in rows if isinstance(value := row[f"{name}_{end}"], float)] for end in ("low", "high")]
    return (sum(ends[0]), sum(ends[1])) if ends[0] else None


def _total(values: Sequence[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None


def _row(usage: Usage, computed: float | None, found: Footprint | None) -> Row:
    cost, currency, source = usage.cost, "", "reported"
    if cost is None:
        cost = computed
        currency, source = ("USD", "computed") if cost is not None else ("", "unknown")
    return {
        "input_tokens": usage.input_tokens,
        "cached_tokens": usage.cached_tokens,
        "output_tokens": usage.output_tokens,
        "cost": cost,
        "currency": currency,
        "cost_source": source,
        "energy_low": found.low if found else None,
        "energy_high": found.high if found else None,
        "carbon_low": found.carbon_low if found else None,
        "carbon_high": found.carbon_high if found else None,
        "energy_method": found.method if found else "unknown",
        "energy_version": found.version if found else "",
        "energy_zone": found.zone if found else "",
    }

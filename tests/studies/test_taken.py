"""What models took, summed over their recaps: what is known, over how many, and who says so."""

import pytest

from comparia.records import Backend, Call
from comparia.studies.taken import calls_of, sum_of, taken_by_recap
from comparia.studies.wording import taken_cells

FAR = Backend(
    name="far",
    kind="litellm",
    preset="mistral",
    base_url="https://api.mistral.ai/v1",
    input_price=2.0,
    output_price=6.0,
)


def answered(**more):
    given = {"request": "rq", "role": "recap", "expected_tokens": 9, "reported_tokens": 1000, "output_tokens": 100}
    return Call(**{**given, "seconds": 2.5, "model": "mistral-small-latest", **more})


@pytest.fixture
def taken(make_variant):
    """Builds what one model took, from the calls of each of its recaps."""

    def build(*recaps, backend=FAR, author="model"):
        variants = [
            make_variant(f"v{n}", "Words.", author=author, calls=calls) for n, calls in enumerate(recaps, start=1)
        ]
        return sum_of("one", [(len(calls_of(variant)), taken_by_recap(backend, variant)) for variant in variants])

    return build


def test_sums_are_over_what_is_known_and_say_so(taken):
    found = taken((answered(), answered()), (answered(),), (answered(output_tokens=None),))
    assert (found.recaps, found.calls, found.counted, found.priced, found.measured) == (3, 4, 2, 2, 2)
    assert (found.input_tokens, found.output_tokens) == (4000, 300)
    assert found.costs == {"USD": pytest.approx((3000 * 2 + 300 * 6) / 1e6)}
    single = taken((answered(),))
    assert found.energy == pytest.approx([3 * end for end in single.energy])
    assert found.carbon == pytest.approx([3 * end for end in single.carbon])
    (method,) = found.methods
    assert method.startswith("ecologits 0.") and method.endswith(" SWE")  # noqa: PT018 - one name
    calls, read, _written, cost, energy, gases = taken_cells(found)
    assert (calls, read) == ("4", "4,000 (over 2 recaps of 3)")
    assert cost == "0.0078 US dollars (over 2 recaps of 3)"
    assert "(over 2 recaps of 3) (ecologits 0." in energy
    assert gases.endswith("g of CO₂ equivalent")


def test_what_is_known_of_no_recap_is_unknown(taken):
    found = taken((answered(),), backend=Backend(name="extractive:voices", kind="extractive"), author="extractive")
    assert (found.costs, found.energy, found.carbon, found.methods) == ({}, None, None, ())
    assert taken_cells(found)[3:] == ("unknown", "unknown", "unknown")


def test_money_of_two_kinds_is_not_summed(taken):
    found = taken((answered(cost=0.5),), (answered(),))
    assert found.costs == {"": 0.5, "USD": pytest.approx((1000 * 2 + 100 * 6) / 1e6)}
    assert taken_cells(found)[3] == "0.5000 + 0.0026 US dollars"

"""The card of a model at the reveal: what is known is told with where it comes from, the rest is unknown."""

import importlib.metadata
from datetime import date

import pytest

from comparia.backends import prices
from comparia.backends.answers import usage_of
from comparia.backends.cards import card
from comparia.config import catalogue
from comparia.records import Backend, Call, Variant, now
from comparia.voting.wording import card_lines


def variant(*calls, author="model", backend="m"):
    return Variant(
        id="v1", prompt="p", backend=backend, author=author, summary="Words.", finished_at=now(), calls=calls
    )


def call(model="", read=1000, written=500, **more):
    return Call(
        request="r",
        role="recap",
        expected_tokens=1,
        reported_tokens=read,
        output_tokens=written,
        model=model,
        seconds=4.0,
        **more,
    )


def lines(backend, found):
    return dict(card_lines(card(backend, found)))


FAR = Backend(
    name="mistral:x",
    kind="openai_compatible",
    model="x",
    base_url="https://api.mistral.ai/v1",
    zone="eu",
    preset="mistral",
)


@pytest.mark.parametrize(
    ("model", "weights", "total"),
    [
        ("mistral-small-3-2-24b-instruct-2506", "open", 24),
        ("mistral-small-2506", "open", 24),
        ("mistral-medium-2508", "closed", None),
        ("openai/gpt-oss-120b", "open", 117),
        ("gpt-oss:20b", "open", 21),
        ("gpt-4.1-mini", "closed", None),
        ("o3-mini", "closed", None),
        ("claude-sonnet-4-5", "closed", None),
        ("llama-3.3-70b-instruct", "limited", 70),
        ("ministral-3-8b-instruct-2512", "open", 8.8),
        ("zephyrine-9b", "unknown", None),
        ("", "unknown", None),
    ],
)
def test_what_is_published_of_a_model_is_found_by_its_name(model, weights, total):
    found = card(FAR.model_copy(update={"model": ""}), variant(call(model)))
    assert (found.weights, found.total) == (weights, total)


def test_energy_as_reported_wins_and_says_so():
    found = card(
        FAR,
        variant(
            call("mistral-small-latest", energy=(0.0001, 0.0003)), call("mistral-small-latest", energy=(0.0001, 0.0003))
        ),
    )
    assert (found.footprint.method, found.footprint.version, found.footprint.zone) == ("reported", "", "")
    assert (found.footprint.low, found.footprint.high) == pytest.approx((0.0002, 0.0006))
    assert found.footprint.carbon_low is found.footprint.carbon_high is None
    assert "as reported by the provider" in lines(FAR, variant(call("x", energy=(0.0001, 0.0003))))["Electricity"]


def test_energy_is_estimated_for_known_models_with_method_and_version():
    said = lines(FAR, variant(call("mistral-small-latest")))["Electricity"]
    assert "EcoLogits 0." in said
    assert "reading left out" in said
    double = card(FAR, variant(call("mistral-small-latest"), call("mistral-small-latest"))).footprint
    single = card(FAR, variant(call("mistral-small-latest"))).footprint
    assert double.high == pytest.approx(2 * single.high)
    assert double.carbon_high == pytest.approx(2 * single.carbon_high)
    assert (single.method, single.zone) == ("ecologits", "SWE")
    assert single.version == importlib.metadata.version("ecologits")


def test_a_version_that_ecologits_does_not_know_is_counted_as_the_model_that_was_asked_for():
    asked = FAR.model_copy(update={"model": "mistral-small-latest"})
    found = card(asked, variant(call("mistral-small-9912"))).footprint
    assert found == card(FAR, variant(call("mistral-small-latest"))).footprint is not None


def test_gases_are_told_with_the_electricity_they_were_counted_with():
    assert "electricity of SWE" in lines(FAR, variant(call("mistral-small-latest")))["Greenhouse gases"]
    reported = variant(call("x", energy=(0.0001, 0.0003), carbon=(0.00002, 0.00004)))
    assert (
        lines(FAR, reported)["Greenhouse gases"] == "0.020 to 0.040 g of CO₂ equivalent (as reported by the provider)"
    )
    assert lines(FAR, variant(call("x", energy=(0.0001, 0.0003))))["Greenhouse gases"] == "unknown"


def test_figures_that_are_reported_and_figures_that_are_computed_are_not_summed():
    mixed = variant(call("mistral-small-latest", energy=(0.0001, 0.0003)), call("mistral-small-latest"))
    assert card(FAR, mixed).footprint.method == "ecologits"
    unknown = variant(call("nobody-knows-9b", energy=(0.0001, 0.0003)), call("nobody-knows-9b"))
    assert card(FAR, unknown).footprint is None


def test_what_runs_here_or_is_not_known_has_no_figure():
    here = Backend(
        name="ollama:mistral-small",
        kind="openai_compatible",
        model="mistral-small",
        base_url="http://127.0.0.1:11434/v1",
        preset="ollama",
        zone="local",
    )
    assert lines(here, variant(call("mistral-small-latest")))["Electricity"] == "unknown"
    assert lines(FAR, variant(call("nobody-knows-9b")))["Electricity"] == "unknown"
    assert lines(FAR, variant(call("mistral-small-latest", written=None)))["Electricity"] == "unknown"
    assert lines(FAR, variant())["Tokens"] == "unknown"


def test_cost_is_reported_or_worked_out_from_prices_and_tokens():
    assert card(FAR, variant(call(cost=0.5), call(cost=0.25))).cost == 0.75
    priced = FAR.model_copy(update={"input_price": 2.0, "output_price": 6.0})
    assert card(priced, variant(call(cost=0.5), call())).cost == pytest.approx((2000 * 2 + 1000 * 6) / 1e6)
    assert card(FAR, variant(call())).cost is None


def test_people_and_extracts_have_short_cards():
    assert lines(None, variant(author="human")) == {"Author": "written by a person"}
    assert list(
        lines(Backend(name="extractive:speakers", kind="extractive", zone="local"), variant(author="extractive"))
    ) == ["Author", "Ran on"]


@pytest.mark.parametrize(
    ("carbon", "energy", "gases"),
    [
        ({"kWh": {"min": 0.1, "max": 0.2}, "kgCO2eq": {"min": 1, "max": 2}}, (0.1, 0.2), (1, 2)),
        ({"kWh": {"min": 0.1, "max": 0.2}, "kgCO2eq": {"min": 0, "max": 0}}, (0.1, 0.2), None),
        ({"kWh": {"min": 0.0, "max": 0.0}}, None, None),
        ({"kWh": {"min": "x", "max": 1}}, None, None),
        ({"kWh": 3}, None, None),
        ([], None, None),
        (None, None, None),
    ],
)
def test_the_energy_that_a_server_reports_is_read_and_zero_is_unknown(carbon, energy, gases):
    document = {"model": "m", "usage": {"prompt_tokens": 1, "completion_tokens": 1, "carbon": carbon}}
    assert (usage_of(document).energy, usage_of(document).carbon) == (energy, gases)


def test_tokens_found_in_the_cache_are_shown_and_priced_apart():
    priced = FAR.model_copy(update={"input_price": 2.0, "output_price": 4.0, "cached_price": 0.5})
    read_once = variant(call(read=1000, written=500, cached_tokens=800))
    assert card(priced, read_once).cost == pytest.approx((200 * 2.0 + 800 * 0.5 + 500 * 4.0) / 1e6)
    assert "(800 of them found in the server's cache)" in lines(priced, read_once)["Tokens"]
    unknown = priced.model_copy(update={"cached_price": None})
    assert card(unknown, read_once).cost == pytest.approx((1000 * 2.0 + 500 * 4.0) / 1e6)


def test_prices_are_read_from_a_dated_file():
    found = prices.lookup(catalogue()["mistral"], "mistral-small-latest")
    assert found.input is not None
    assert found.output > found.input > found.cached
    assert found.context > 30_000
    assert date.fromisoformat(prices.day()) > date(2026, 1, 1)
    assert prices.lookup(catalogue()["ollama"], "mistral-small") == prices.Price()
    assert prices.lookup(catalogue()["mistral"], "no-such-model") == prices.Price()

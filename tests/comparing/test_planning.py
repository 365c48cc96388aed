"""What a plan says before anything is sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparia import comparing
from comparia.comparing.planning import split
from comparia.config import BackendSettings, Settings
from comparia.errors import ConfigurationError, UnknownName
from comparia.ingest import read_bytes
from comparia.prompts import parse, transcript_lines
from comparia.text.size import LETTERS_A_TOKEN, estimate_tokens

PROMPTS = [parse("Un : {{ transcript }}"), parse("Deux : {{ transcript }}\n")]


def transcript(words=2000):
    return read_bytes(("Anne: " + "mot " * words + "\n\nBruno: oui.").encode(), "s.txt")


def backends(**own):
    settings = Settings(
        backends={name: BackendSettings(base_url="http://127.0.0.1:1/v1", model="m", **s) for name, s in own.items()}
    )
    return comparing.resolve_backends(list(own), settings)


def test_cells_are_prompts_by_backends_by_repeats_and_one_for_an_extract():
    named = (*backends(a={}, b={}), *comparing.resolve_backends(["extractive:diversity"], Settings()))
    run = comparing.plan(transcript(), PROMPTS, named, repeats=3)
    assert len(run.plan.cells) == 2 * 2 * 3 + 1
    assert [cell.variant for cell in run.plan.cells][:2] == ["v1", "v2"]
    assert run.plan.calls == 13


def test_cost_is_tokens_times_price_and_unknown_prices_are_named():
    # 8000 characters of "mot " plus labels over 4.2 a token, at 1000 dollars a million tokens, answers free
    named = backends(paid={"input_price": 1000, "output_price": 0, "zone": "fr"}, unknown={"zone": "fr"})
    run = comparing.plan(transcript(), PROMPTS[:1], named)
    paid = run.plan.cells[0]
    assert run.plan.cost == pytest.approx(paid.input_tokens * 1000 / 1e6)
    assert run.plan.unpriced == ("unknown",)
    assert paid.input_tokens == pytest.approx(8000 / LETTERS_A_TOKEN["fr"], rel=0.1)


def test_the_least_duration_follows_the_tightest_rate_limit():
    # two prompts of about 2 230 tokens under 1 000 a minute: the first minute is free, then (4 460 - 1 000) / 1 000
    run = comparing.plan(transcript(), PROMPTS, backends(slow={"input_tokens_per_minute": 1000}))
    assert run.plan.minutes == pytest.approx(run.plan.input_tokens / 1000 - 1, abs=0.06)
    assert comparing.plan(transcript(), PROMPTS, backends(fast={"requests_per_minute": 100})).plan.minutes == 0


def test_a_session_that_fits_is_read_whole():
    assert comparing.plan(transcript(), PROMPTS, backends(a={"context": 32_000})).plan.parts == 1


def test_a_session_that_does_not_fit_is_planned_in_parts():
    plan = comparing.plan(transcript(9000), PROMPTS[:1], backends(a={"context": 4000})).plan
    assert plan.parts > 1
    assert plan.cells[0].calls == plan.parts + 1


@given(st.lists(st.integers(1, 400), min_size=1, max_size=40), st.integers(200, 2000))
def test_parts_lose_no_word_and_stay_within_their_size(lengths, part_tokens):
    names = ("Anne", "Bruno")
    text = "\n\n".join(f"{names[i % 2]}: " + " ".join(f"w{i}x{j}" for j in range(n)) for i, n in enumerate(lengths))
    session = read_bytes(f"{text}\n\nAnne: fin\n\nBruno: fin\n\nAnne: fin\n\nBruno: fin".encode(), "s.txt")
    parts = split(session, part_tokens)
    said = {word for part in parts for word in part.split()}
    assert {word for line in transcript_lines(session) for word in line.split()} == said
    assert all(estimate_tokens(part, session.language) <= part_tokens * 1.1 for part in parts)


def test_tokens_are_estimated_from_characters():
    assert estimate_tokens("", "fr") == 0
    assert estimate_tokens("a" * 42, "fr") == 10
    assert estimate_tokens("a" * 56, "en") == 10
    assert estimate_tokens("[T12 00:14:05]", "fr") > 12  # each digit and mark of a turn is a token


def test_nothing_to_compare_is_an_error_with_its_cure():
    with pytest.raises(ConfigurationError, match="--backend"):
        comparing.plan(transcript(), PROMPTS, [])
    with pytest.raises(ConfigurationError, match="--prompts"):
        comparing.plan(transcript(), [], backends(a={}))


@pytest.mark.parametrize(
    ("name", "hint"),
    [("mistrl:x", "mistral"), ("extractive:centralty", "centrality"), ("olama:x", "ollama"), ("zzz", "Known")],
)
def test_an_unknown_backend_gets_the_nearest_names(name, hint):
    with pytest.raises(UnknownName, match=hint):
        comparing.resolve_backends([name], Settings())


@pytest.mark.parametrize("name", ["mistral", "openai-compatible:x", "ollama:"])
def test_a_backend_without_model_or_address_says_what_to_write(name):
    with pytest.raises(ConfigurationError):
        comparing.resolve_backends([name], Settings())


def test_known_models_bring_their_price_and_context():
    (known,) = comparing.resolve_backends(["mistral:mistral-small-latest"], Settings())
    assert known.input_price is not None
    assert known.context is not None
    assert known.zone == "eu"
    (local,) = comparing.resolve_backends(["ollama:mistral-small"], Settings())
    assert (local.zone, local.input_price) == ("local", None)


def test_a_local_preset_pointed_elsewhere_is_no_longer_local():
    own = Settings(backends={"far": BackendSettings(preset="ollama", model="m", base_url="http://10.1.2.3:11434/v1")})
    assert comparing.resolve_backends(["far"], own)[0].zone == "world"
    elsewhere = Settings(
        backends={"p": BackendSettings(preset="mistral", model="m", base_url="https://proxy.example/v1")}
    )
    assert comparing.resolve_backends(["p"], elsewhere)[0].zone == "world"
    stated = Settings(
        backends={"far": BackendSettings(preset="ollama", model="m", base_url="http://10.1.2.3:11434/v1", zone="local")}
    )
    assert comparing.resolve_backends(["far"], stated)[0].zone == "local"

"""The catalogue of presets, and aliases."""

import pytest

from comparia.backends.openai_compatible import distinct_models
from comparia.config import catalogue, is_loopback


@pytest.mark.parametrize("name", catalogue())
def test_every_preset_is_complete(name):
    preset = catalogue()[name]
    assert preset.label
    assert preset.example
    if preset.kind == "openai_compatible" and preset.base_url:
        assert preset.base_url.startswith("https://") or is_loopback(preset.base_url)
        assert (preset.zone == "local") == is_loopback(preset.base_url)
        assert preset.zone == "local" or preset.key_variable


def test_the_backends_of_the_mission_are_there():
    wanted = {
        "mistral",
        "albert",
        "openai",
        "scaleway",
        "ovh",
        "vllm",
        "llamacpp",
        "ollama",
        "anthropic",
        "gemini",
        "litellm",
    }
    assert wanted <= set(catalogue())


def test_an_alias_and_its_model_are_one_whichever_comes_first():
    model = {"id": "mistral-small-3.2", "aliases": ["openweight-medium"], "type": "image-text-to-text"}
    alias = {"id": "openweight-medium", "aliases": [], "type": "text-generation"}
    other = {"id": "gpt-oss-120b", "type": "text-generation"}
    for listing in ([model, alias, other], [alias, model, other]):
        found = distinct_models(listing)
        assert len(found) == 2
        assert {found[0]["id"], *found[0]["aliases"]} == {"mistral-small-3.2", "openweight-medium"}


def test_models_that_write_no_text_are_left_out():
    assert distinct_models([{"id": "bge-m3", "type": "text-embeddings-inference"}, {"id": "m"}]) == (
        {"id": "m", "aliases": []},
    )


def test_strange_aliases_are_no_accident():
    assert distinct_models([{"id": "m", "aliases": None}, {"id": "n", "aliases": [1, "o"]}])[1]["aliases"] == ["o"]

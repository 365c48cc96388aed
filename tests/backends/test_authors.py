"""A model is told from another by its server and its name there."""

import pytest

from comparia.backends.authors import able_to_judge, one_model, place_of
from comparia.records import Backend


def backend(model, url="", kind="openai_compatible", name="", author="model"):
    return Backend(name=name or f"{model}@{url}", kind=kind, model=model, base_url=url, author=author)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("default", "http://a.example/v1"), ("default", "http://b.example/v1"), False),
        (("default", "http://a.example/v1"), ("default", "http://A.example:80"), True),
        (("default", "http://127.0.0.1:1/v1"), ("default", "http://localhost:1/v1/"), True),
        (("default", "http://127.0.0.1:1/v1"), ("default", "http://[::1]:2/v1"), False),
        (("org/Small", "https://a.example/v1"), ("small:latest", "https://a.example/v1"), True),
        (("small", "https://a.example/v1"), ("large", "https://a.example/v1"), False),
        (("small", "https://a.example/one/v1"), ("small", "https://a.example/two/v1"), False),
        (("small", "https://a.example/v1"), ("mistral/small", "", "litellm"), True),  # its server is not known
        (("/m/a.gguf", "", "gguf"), ("/m/a.gguf", "", "gguf"), True),
        (("/m/a.gguf", "", "gguf"), ("/other/a.gguf", "", "gguf"), False),
    ],
)
def test_two_backends_are_one_model_by_name_and_server(one, other, same):
    assert one_model(backend(*one), backend(*other)) is same
    assert one_model(backend(*other), backend(*one)) is same


def test_a_namesake_judges_after_the_others_and_any_model_judges_what_no_model_wrote():
    author = backend("default", "http://127.0.0.1:1/v1")
    namesake, stranger = backend("default", "http://127.0.0.1:2/v1"), backend("m", "http://127.0.0.1:1/v1")
    assert able_to_judge([author, namesake, stranger], author) == [stranger, namesake]
    extracts = backend("diversity", kind="extractive", author="extractive")
    assert able_to_judge([author, namesake], extracts) == [author, namesake]
    assert place_of(extracts) == ""

"""Tokens announced are those that real tokenisers count, within a fifth, on sessions and recaps of this project."""

import pytest

from comparia.prompts import transcript_lines
from comparia.text.size import estimate_tokens

COUNTED = {"library-and-hub": 7444, "place-du-foirail": 23189}
"""Tokens that a llama.cpp server counts in the sample sessions (Gemma 3)."""


@pytest.mark.parametrize(("sample", "fixture"), [("library-and-hub", "library_hub"), ("place-du-foirail", "foirail")])
def test_a_session_is_announced_within_a_fifth(sample, fixture, request):
    transcript, _reference = request.getfixturevalue(fixture)
    announced = estimate_tokens("\n".join(transcript_lines(transcript)), transcript.language)
    assert announced == pytest.approx(COUNTED[sample], rel=0.2)

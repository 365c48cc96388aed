"""Extracts: the session's own sentences, within their length, every voice first for `speakers`."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from comparia.backends.extractive import (
    ALGORITHMS,
    MAX_SENTENCES,
    MAX_WORDS,
    MIN_WORDS,
    WORDS,
    Extractive,
    Unit,
    candidates,
    centrality,
)
from comparia.errors import BackendError
from comparia.records import Backend, Request
from comparia.text.quotes import normalise
from tests.samples_for_tests import foirail, library_hub, make_transcript, transcript  # noqa: F401

every_algorithm = pytest.mark.parametrize("name", ALGORITHMS)
LINE = re.compile(r"- (?:\*\*(?P<name>.+?)\*\*(?:\u00a0)?: )?[«“]\u00a0?(?P<words>.+?)\u00a0?[»”] \[T(?P<turn>\d+)\]")


async def extract(name, session, heard=None):
    backend = Backend(name=f"extractive:{name}", kind="extractive", model=name, zone="local", author="extractive")
    request = Request(id="rq", backend=backend.name, model=name, messages=(), transcript=session)
    return await Extractive(backend).generate(request, heard)


def lines(text):
    title, blank, *rest = text.rstrip("\n").split("\n")
    assert title.startswith("# ")
    assert blank == ""
    return [LINE.fullmatch(line) for line in rest]


@pytest.fixture(params=["foirail", "library_hub"])
def session(request):
    return request.getfixturevalue(request.param)[0]


@every_algorithm
def test_extracts_are_the_words_of_their_turn_and_speaker_in_order_within_the_length(name, session):
    found = lines(asyncio.run(extract(name, session)).text)
    turns = {turn.number: turn for turn in session.turns}
    assert all(found)
    assert [int(m["turn"]) for m in found] == sorted(int(m["turn"]) for m in found)
    for match in found:
        turn = turns[int(match["turn"])]
        assert f" {normalise(match['words'])} " in f" {normalise(turn.text)} "
        assert match["name"] == session.speaker_name(turn.speaker)
        assert MIN_WORDS <= len(match["words"].split()) <= MAX_WORDS
    assert len({m["words"] for m in found}) == len(found)
    assert WORDS - MAX_WORDS <= sum(len(m["words"].split()) for m in found) <= WORDS


def test_every_person_of_the_samples_is_heard(session):
    found = lines(asyncio.run(extract("speakers", session)).text)
    assert {m["name"] for m in found} == {s.name for s in session.speakers if s.kind == "person" and s.words}


def unit(turn, speaker, words, stems=None):
    text = " ".join(f"{speaker}{turn}w{n}" for n in range(words))
    return Unit(turn, speaker, text, tuple(stems or text.split()))


def test_every_voice_is_heard_when_each_can_speak_within_its_share():
    # 20 voices of 400 words: 20 words each; long sentences of one may not silence another
    units = [unit(n * 2 + k, f"s{n}", cost) for n in range(20) for k, cost in enumerate((60, 20))]
    chosen = ALGORITHMS["speakers"](units)
    assert {units[i].speaker for i in chosen} == {f"s{n}" for n in range(20)}
    assert sum(units[i].cost for i in chosen) <= WORDS


def test_long_sentences_only_are_extracted_too():
    units = [unit(n, "s1", 50) for n in range(4)]
    assert len(ALGORITHMS["speakers"](units)) == 4


@every_algorithm
def test_sixty_voices_do_not_pass_the_length(name):
    units = [unit(n, f"s{n}", 12) for n in range(60)]
    chosen = ALGORITHMS[name](units)
    assert len(chosen) == len(set(chosen)) == WORDS // 12
    assert sum(units[i].cost for i in chosen) <= WORDS


@every_algorithm
def test_a_sentence_repeated_is_not_extracted_first_twice(name):
    same = [
        Unit(n, "s1", "we all want the market to stay on the square", ("market", "stay", "squar")) for n in range(3)
    ]
    other = [Unit(9, "s2", "eight disabled parking spaces are needed near the doctor", ("eight", "disabl", "park"))]
    assert 3 in ALGORITHMS[name]([*same, *other])


def test_centrality_is_a_distribution_that_prefers_what_others_say():
    units = [
        Unit(1, "a", "x", ("market", "squar", "stay")),
        Unit(2, "b", "y", ("market", "squar", "move")),
        Unit(3, "c", "z", ("cement", "bag", "heavi")),
    ]
    rank = centrality(units)
    # two sentences alike pass all their weight to each other: (1 - d) / n + d · r = r gives r = 1/3; the lone one keeps 0.05
    assert rank == pytest.approx([1 / 3, 1 / 3, 0.05], abs=1e-4)


@every_algorithm
def test_the_same_session_gives_the_same_extracts_from_many_threads(name, library_hub):  # noqa: F811
    session = library_hub[0]
    expected = asyncio.run(extract(name, session)).text
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _n: asyncio.run(extract(name, session)).text, range(6)))
    assert found == [expected] * 6


def test_the_three_run_at_once_as_they_run_alone(library_hub):  # noqa: F811
    session = library_hub[0]

    async def together():
        return [c.text for c in await asyncio.gather(*(extract(name, session) for name in ALGORITHMS))]

    assert asyncio.run(together()) == [asyncio.run(extract(name, session)).text for name in ALGORITHMS]


@every_algorithm
def test_the_answer_is_streamed_whole_and_ends(name, transcript):  # noqa: F811
    heard = []
    completion = asyncio.run(extract(name, transcript, heard.append))
    assert heard == [completion.text]
    assert completion.finish_reason == "stop"


def test_machines_system_lines_and_short_sentences_are_not_extracted(make_transcript):  # noqa: F811
    words = "these are more than eight words said about the market square"
    session = make_transcript(
        [("Bot", words), ("Anne", "Too short."), (None, words, "system"), (None, words), ("Anne", words, "chat")]
    )
    speakers = (session.speakers[0].model_copy(update={"kind": "machine"}), session.speakers[1])
    units = candidates(session.model_copy(update={"speakers": speakers}))
    assert [(u.turn, u.speaker) for u in units] == [(4, ""), (5, "s2")]


def test_nothing_to_extract_is_an_error_of_the_backend(make_transcript):  # noqa: F811
    with pytest.raises(BackendError) as caught:
        asyncio.run(extract("speakers", make_transcript([("Anne", "Yes.")])))
    assert caught.value.kind == "empty"
    with pytest.raises(BackendError) as caught:
        asyncio.run(extract("speakers", None))
    assert caught.value.kind == "rejected"


def test_a_very_long_session_is_bounded(make_transcript):  # noqa: F811
    text = " ".join(
        f"Person{n} says that the market{n % 50} of district{n} should stay open{n % 7} on Saturdays."
        for n in range(MAX_SENTENCES + 50)
    )
    units = candidates(make_transcript([("Anne", text)]))
    assert len(units) == MAX_SENTENCES
    assert [u.text for u in units] == sorted((u.text for u in units), key=lambda t: int(t.split()[0][6:]))

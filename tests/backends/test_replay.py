"""Recorded answers in the rhythm in which they came."""

import asyncio

import pytest

from comparia.backends.replay import Replay, Rhythm
from comparia.errors import BackendError
from comparia.records import Backend, Completion, Request
from tests import virtual_time

BACKEND = Backend(name="replay:r/m", kind="replay", model="m", preset="replay", zone="local")
REQUEST = Request(id="rq", question="qu", backend="replay:r/m", model="m", messages=())


def played(answer, speed=1.0):
    """Seconds (of virtual time) and characters of each piece."""
    pieces = []

    def seen(text):
        pieces.append((asyncio.get_running_loop().time(), text))

    virtual_time.run(Replay(BACKEND, {"qu": answer}, speed).generate(REQUEST, seen))
    return pieces


def test_pieces_come_when_they_came_and_make_the_whole():
    answer = Completion(text="one two three", rhythm=((200, 4), (400, 8), (600, 13)), seconds=0.6)
    pieces = played(answer)
    assert "".join(text for _at, text in pieces) == answer.text
    assert [text for _at, text in pieces if text] == ["one ", "two ", "three"]
    for (at, _text), due in zip(pieces, (0.2, 0.4, 0.6), strict=False):
        assert at == pytest.approx(due)


def test_faster_is_faster_and_nought_is_at_once():
    answer = Completion(text="one two three", rhythm=((400, 4), (800, 13)), seconds=0.8)
    assert [played(answer, speed)[-1][0] for speed in (1, 8, 0)] == pytest.approx([0.8, 0.1, 0])


def test_an_answer_that_came_whole_is_spread_over_its_time():
    pieces = played(Completion(text="word " * 40, seconds=0.3))
    assert len(pieces) > 3
    assert "".join(text for _at, text in pieces) == "word " * 40


def test_a_record_that_does_not_fit_its_text_still_gives_all_of_it():
    for rhythm in (((0, 2),), ((0, 50),), ((10, 5), (5, 3), (20, 9))):
        assert "".join(text for _at, text in played(Completion(text="abcdefghi", rhythm=rhythm))) == "abcdefghi"


def test_a_question_that_was_never_asked_is_said_so():
    with pytest.raises(BackendError, match="not in the recorded run"):
        asyncio.run(Replay(BACKEND, {}).generate(REQUEST))


def test_beats_closer_than_anybody_sees_are_kept_together():
    seen = []
    moments = iter([0.0, *(0.001 * n for n in range(500)), 0.62])
    rhythm = Rhythm(seen.append, lambda: next(moments))
    for _n in range(500):
        rhythm("x")
    rhythm("y")
    assert len(seen) == 501
    assert len(rhythm.beats) == 13
    assert rhythm.beats[-1] == (620, 501)
    assert [at for at, _n in rhythm.beats] == sorted(at for at, _n in rhythm.beats)


def test_a_long_silence_is_shortened_and_what_follows_keeps_its_rhythm(monkeypatch):
    monkeypatch.setattr("comparia.backends.replay.LONGEST_PAUSE", 0.2)
    pieces = played(Completion(text="abcd", rhythm=((5000, 1), (5050, 2), (5100, 3), (5150, 4))))
    assert pieces[0][0] < 0.4
    assert pieces[3][0] - pieces[0][0] < 0.3

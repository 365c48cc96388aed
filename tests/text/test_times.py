"""When words were said: the cues that hold them, else the turn."""

import pytest

from comparia.records import Cue, Span, Turn
from comparia.text.times import LEAST_MS, Times, times_of

CUES = (
    (0, 2_000, "We need a bench here,"),
    (2_000, 4_500, "in the shade of the old"),
    (4_500, 6_000, "tree. And a fountain."),
    (9_000, None, "The buses stop too early."),
    (None, None, "No time is known of this."),
)


@pytest.fixture
def session(make_transcript):
    span = Span(file="s.vtt")
    cues = tuple(Cue(speaker="Ann", text=text, start=start, end=end, span=span) for start, end, text in CUES)
    turns = (
        Turn(number=1, speaker="s1", text=" ".join(c.text for c in cues[:3]), start=0, end=6_000, cues=(0, 1, 2)),
        Turn(number=2, speaker="s1", text=cues[3].text, start=9_000, cues=(3,)),
        Turn(number=3, speaker="s1", text="Written.", channel="chat", start=9_500),
        Turn(number=4, speaker="s1", text=cues[4].text, cues=(4,)),
        Turn(number=5, speaker="s1", text="one two three four five six seven", start=20_000),
    )
    made = make_transcript([("Ann", "x")])
    return made.model_copy(update={"turns": turns, "cues": cues})


@pytest.mark.parametrize(
    ("turn", "words", "expected"),
    [
        (1, "", (0, 6_000)),
        (1, "a bench", (0, 2_000)),
        (1, "A BENCH, here!", (0, 2_000)),
        (1, "the shade of the old tree", (2_000, 6_000)),
        (1, "bench […] fountain", (0, 6_000)),
        (1, "a fountain", (4_500, 6_000)),
        (1, "nobody said this", (0, 6_000)),
        (1, "ench", (0, 6_000)),
        (2, "buses", (9_000, 20_000)),
        (3, "Written.", None),
        (4, "", None),
        (5, "", (20_000, 20_000 + max(LEAST_MS, 7 * 400))),
        (99, "", None),
    ],
)
def test_words_are_found_in_their_cues(session, turn, words, expected):
    assert Times(session).of(turn, words) == expected
    assert times_of(session, turn, words) == expected


def test_a_quotation_of_a_read_session_is_a_part_of_its_turn(library_hub):
    session, reference = library_hub
    times, parts = Times(session), 0
    for point in reference.key_points:
        for quote in point.said:
            if (whole := times.of(quote.turn)) is None:
                continue
            start, end = times.of(quote.turn, quote.words)
            assert whole[0] <= start < end <= whole[1]
            parts += (start, end) != whole
    assert parts > 5

"""What is done to a recap being composed: its passages, what two windows make of it, what is undone."""

import random

import pytest

from comparia.library import passages
from comparia.library.passages import NOTHING, State
from comparia.records import Composition, Passage


def piece(name, text, **more):
    return Passage(id=name, text=text, **more)


def state(*pieces, author=""):
    return State(author, tuple(pieces))


A, B, C = piece("a", "One."), piece("b", "Two."), piece("c", "Three.")


def words(pieces):
    return [p.text for p in pieces]


# Passages


@pytest.mark.parametrize(
    ("text", "mark", "said"),
    [
        ("A sentence.", "", "A sentence."),
        ("## A heading", "## ", "A heading"),
        ("- an item\n  - under it", "- ", "an item\n  - under it"),
        ("12. an item", "1. ", "an item"),
        ("> set apart", "> ", "set apart"),
        ("> two\n> lines", "", "> two\n> lines"),
        ("-no item", "", "-no item"),
        ("", "", ""),
    ],
)
def test_a_passage_is_a_mark_and_words(text, mark, said):
    assert (passages.mark_of(text), passages.words_of(text)) == (mark, said)
    if mark != "1. ":
        assert passages.with_mark(mark, said) == text


def test_a_mark_nobody_knows_is_left_out():
    assert passages.with_mark("<b>", "words") == "words"


@pytest.mark.parametrize(
    ("name", "by", "order"),
    [("a", 1, "bac"), ("c", -1, "acb"), ("a", -1, "abc"), ("c", 1, "abc"), ("c", -9, "cab"), ("nobody", 1, "abc")],
)
def test_a_passage_is_moved_as_far_as_there_are_places(name, by, order):
    assert "".join(p.id for p in passages.moved([A, B, C], name, by)) == order


@pytest.mark.parametrize(("after", "order"), [("a", "axbc"), ("first", "xabc"), ("", "abcx"), ("nobody", "abcx")])
def test_a_passage_is_put_at_the_chosen_place(after, order):
    assert "".join(p.id for p in passages.inserted([A, B, C], after, [piece("x", "New.")])) == order


def test_what_follows_a_passage_that_is_taken_out_begins_a_paragraph():
    follower = piece("b", "Two.", joined=True)
    assert passages.dropped([A, follower], "a") == [piece("b", "Two.")]
    assert passages.dropped([A, B], "nobody") == [A, B]


def test_a_passage_is_split_into_sentences_and_the_recap_does_not_change():
    text = "- Ann agrees. Ben says « no. Never. » [T2]. Later they vote."
    before = Composition(pieces=(piece("a", text, variant="v1", original=text),))
    parts = passages.split(before.pieces, "a")
    assert words(parts) == ["- Ann agrees.", "Ben says « no. Never. » [T2].", "Later they vote."]
    assert [p.original for p in parts] == words(parts)
    assert {p.variant for p in parts} == {"v1"}
    assert before.model_copy(update={"pieces": tuple(parts)}).text == text


@pytest.mark.parametrize("text", ["One sentence alone.", "| Action | Who |\n|---|---|\n| do. It. | me |", ""])
def test_what_is_one_sentence_or_a_table_is_not_split(text):
    assert passages.split([piece("a", text)], "a") == [piece("a", text)]


def test_passages_are_joined_into_paragraphs_and_lists():
    pieces = (
        piece("a", "## Title"),
        piece("b", "- one", joined=True),  # nothing joins a heading
        piece("c", "- two"),
        piece("d", ""),
        piece("e", "- and on", joined=True),
        piece("f", "Alone."),
    )
    assert Composition(pieces=pieces).text == "## Title\n\n- one\n- two and on\n\nAlone."


def test_names_are_plain_and_each_is_used_once():
    found = passages.named([A, A, piece("<script>", "x"), piece("", "y"), piece("first", "z")])
    names = [p.id for p in found]
    assert names[0] == "a"
    assert len(set(names)) == 5
    assert "first" not in names
    assert all(name.isalnum() for name in names)


# Two windows


def test_passages_changed_in_two_windows_are_merged():
    base = state(A, B, C)
    mine = state(piece("a", "One, changed."), B, C)
    theirs = state(A, piece("n", "New."), B, author="Awa")
    assert passages.merged(base, mine, theirs) == state(
        piece("a", "One, changed."), piece("n", "New."), B, author="Awa"
    )


def test_a_passage_changed_in_both_windows_stands_in_both_wordings():
    base, mine, theirs = state(A, B), state(piece("a", "Mine."), B), state(piece("a", "Theirs."), B)
    both = passages.merged(base, mine, theirs)
    assert words(both.pieces) == ["Theirs.", "Mine.", "Two."]
    assert both.pieces[1].other_of == "a"
    typed_on = state(piece("a", "Mine, and on."), B)
    again = passages.merged(mine, typed_on, both)
    assert words(again.pieces) == ["Theirs.", "Mine, and on.", "Two."]  # not a third wording
    assert passages.merged(mine, typed_on, again) == again


def test_one_wording_is_chosen_or_both_are_kept():
    both = [piece("a", "Theirs."), piece("a.2", "Mine.", other_of="a"), B]
    assert words(passages.settled(both, "a.2", alone=True)) == ["Mine.", "Two."]
    assert words(passages.settled(both, "a", alone=True)) == ["Theirs.", "Two."]
    kept = passages.settled(both, "a", alone=False)
    assert words(kept) == ["Theirs.", "Mine.", "Two."]
    assert not any(p.other_of for p in kept)


def test_what_one_window_takes_out_and_the_other_changes_stays():
    changed = piece("a", "One, changed.")
    assert passages.merged(state(A, B), state(B), state(changed, B)).pieces == (changed, B)
    assert passages.merged(state(A, B), state(changed, B), state(B)).pieces == (changed, B)
    assert passages.merged(state(A, B), state(B), state(A, B, C)).pieces == (B, C)


def test_the_order_of_the_last_window_holds():
    assert [p.id for p in passages.merged(state(A, B, C), state(C, B, A), state(A, B, C, author="x")).pieces] == [
        "c",
        "b",
        "a",
    ]
    moved = passages.merged(state(A, B, C), state(A, piece("n", "N."), B, C), state(B, C, A))
    assert [p.id for p in moved.pieces] == ["b", "c", "a", "n"]


def test_whatever_two_windows_do_no_word_that_one_of_them_wrote_is_lost():
    draw = random.Random(7)
    for _time in range(400):
        base = [piece(str(n), f"base {n}") for n in range(draw.randrange(6))]
        sides = []
        for side in ("x", "y"):
            pieces = list(base)
            for step in range(draw.randrange(1, 6)):
                what = draw.choice(["write", "add", "drop", "move"])
                place = draw.randrange(len(pieces)) if pieces else 0
                if what == "add" or not pieces:
                    pieces.insert(place, piece(f"{side}{step}", f"added {side} {step}"))
                elif what == "write":
                    pieces[place] = pieces[place].model_copy(update={"text": f"written {side} {step}"})
                elif what == "drop":
                    del pieces[place]
                else:
                    pieces.insert(draw.randrange(len(pieces)), pieces.pop(place))
            sides.append(State("", tuple(pieces)))
        both = passages.merged(State("", tuple(base)), *sides)
        written = {p.text for side in sides for p in side.pieces} - {p.text for p in base}
        assert written <= {p.text for p in both.pieces}
        assert len({p.id for p in both.pieces}) == len(both.pieces)
        again = passages.merged(sides[0], sides[0], both)  # what comes twice changes nothing
        assert again == both


def test_a_window_whose_state_is_forgotten_loses_nothing():
    composition = Composition(pieces=(A, B))
    after, _mine = passages.received(composition, "cm_unknown", state(piece("a", "Other."), C))
    assert sorted(words(after.pieces)) == ["One.", "Other.", "Three.", "Two."]


# History


def written(composition, *pieces, is_step=True, known=None):
    known = passages.state_of(composition).id if known is None else known
    return passages.received(composition, known, state(*pieces), is_step=is_step)[0]


def test_changes_are_undone_and_done_again_one_by_one():
    composition = Composition()
    for count in (1, 2, 3):
        composition = written(composition, *[A, B, C][:count])
    back = passages.undone(passages.undone(composition))
    assert words(back.pieces) == ["One."]
    assert words(passages.undone(back).pieces) == []
    assert passages.undone(passages.undone(back)) == passages.undone(back)
    forward = passages.redone(passages.redone(back))
    assert forward.pieces == composition.pieces
    assert passages.redone(forward) == forward
    changed = written(back, A, piece("d", "Other."))
    assert passages.redone(changed) == changed  # what was undone is gone once something else is done


def test_words_typed_in_one_passage_are_undone_together_up_to_a_length():
    composition = written(Composition(), A)
    for n in range(1, 9):
        composition = written(composition, piece("a", "x" * 40 * n), is_step=False)
    back = passages.undone(composition)
    assert words(back.pieces) == ["x" * 200]  # what goes beyond is undone by itself
    assert words(passages.undone(back).pieces) == ["One."]
    other = written(composition, piece("a", "x" * 320), piece("b", "y"), is_step=False)
    assert passages.undone(other).pieces == composition.pieces


def test_a_window_sends_what_it_held_before_an_undoing_and_loses_no_word():
    composition = written(written(Composition(), A), A, B)
    before = passages.state_of(composition).id
    undone = passages.undone(composition)
    after, mine = passages.received(undone, before, state(A, piece("b", "Two, typed meanwhile.")))
    assert words(after.pieces) == ["One.", "Two, typed meanwhile."]
    assert passages.state_of(after, mine.id) == mine


def test_a_composition_is_the_same_once_stored():
    composition = passages.undone(written(written(Composition(), A), A, B))
    stored = Composition.model_validate_json(composition.model_dump_json())
    assert stored == composition
    assert passages.redone(stored).pieces == (A, B)


def test_passages_of_an_earlier_version_get_names():
    old = '{"author": "Awa", "pieces": [{"text": "One.", "variant": "v1", "original": "One."}, {"text": "Two."}]}'
    composition = Composition.model_validate_json(old)
    assert [p.id for p in composition.pieces] == ["p1", "p2"]
    assert composition.text == "One.\n\nTwo."


def test_the_history_is_bounded(monkeypatch):
    monkeypatch.setattr(passages, "MOST_STATES", 20)
    monkeypatch.setattr(passages, "MOST_CHARACTERS", 4_000)
    composition = Composition()
    for n in range(200):
        composition = written(composition, piece("a", f"{n} " * 50))
    assert len(composition.states) <= 20
    assert sum(len(p.text) for p in composition.passages) <= 4_000
    assert set(composition.undo) <= {s.id for s in composition.states} | {NOTHING.id}
    steps = 0
    while composition.undo:
        composition = passages.undone(composition)
        steps += 1
    assert 5 < steps <= 21

"""What changed between two versions of a prompt, on runs whose every verdict is known."""

import pytest

from comparia.prompts import as_text, written
from comparia.records import Variant, now
from comparia.trying import changes, prompt_changes, shortened

BACKEND = "m@http://127.0.0.1:1/v1"


@pytest.fixture
def version(make_run, reference):
    """A scored run of one prompt, in which one model wrote one recap."""

    def build(text, summary, backend=BACKEND, session=None):
        prompt = written(text, "en", name="typed")
        variant = Variant(
            id="v1", prompt=prompt.id, backend=backend, author="model", summary=summary, finished_at=now()
        )
        return make_run([variant], reference=reference, prompts=(prompt,), session=session)

    return build


def test_points_gained_and_lost_come_with_their_verdicts_minority_views_first(version):
    before = version("Summarise.", "The market should stay on the square. A trader opposes closing the square to cars.")
    after = version(
        "Summarise well.", "The market should stay on the square. Eight disabled parking spaces are needed."
    )
    (change,) = changes(before, after)
    assert [(m.point.id, m.minority, m.before, m.after) for m in change.gained] == [("P3", True, "absent", "kept")]
    assert [(m.point.id, m.minority, m.before, m.after) for m in change.lost] == [("P2", True, "kept", "absent")]
    assert change.backend == "m@127.0.0.1:1"
    coverage = next(f for f in change.figures if f.metric == "key_point_coverage")
    assert coverage.comparable
    assert coverage.before.value == coverage.after.value


def test_the_same_words_change_nothing(version):
    run = version("Summarise.", "The market should stay on the square.")
    (change,) = changes(run, run)
    assert (change.gained, change.lost) == ((), ())


def test_a_model_of_one_version_only_has_no_change_to_tell(version):
    found = changes(version("A.", "The market."), version("B.", "The market.", backend="other:n"))
    assert [(c.backend, c.before is None, c.after is None) for c in found] == [
        ("other:n", True, False),
        ("m@127.0.0.1:1", False, True),
    ]
    assert all(c.gained == c.lost == () for c in found)


def test_a_recorded_model_is_the_model_it_replays(version):
    played = version("B.", "The market should stay.", backend=f"replay:20261126-1/{BACKEND}")
    (change,) = changes(version("A.", "A tree."), played)
    assert change.before is not None
    assert change.after is not None


def test_scores_by_other_recipes_are_not_compared(version):
    before, after = version("A.", "The market."), version("B.", "The market.")
    after = after.model_copy(
        update={"scores": tuple(s.model_copy(update={"signature": s.signature + "|other"}) for s in after.scores)}
    )
    (change,) = changes(before, after)
    assert not any(figure.comparable for figure in change.figures)


def test_a_point_that_was_reworded_between_the_versions_is_not_said_to_move(version, reference):
    before, after = version("A.", "A tree."), version("B.", "Eight disabled parking spaces are needed.")
    points = tuple(p.model_copy(update={"text": p.text + "!"}) for p in reference.key_points)
    after = after.model_copy(update={"reference": reference.model_copy(update={"key_points": points})})
    (change,) = changes(before, after)
    assert change.gained == ()


def test_the_prompts_own_changes_are_words():
    before, after = (
        written("Summarise this meeting.", "en", name="a"),
        written("Summarise this short meeting, in French.", "en", name="b"),
    )
    pieces = prompt_changes(before, after)
    assert [(p.kind, p.text.strip()) for p in pieces if p.kind != "same" and p.text.strip()] == [
        ("removed", "meeting."), ("added", "short meeting, in French."),
    ]  # fmt: skip
    assert "".join(p.text for p in pieces if p.kind != "removed") == as_text(after)
    assert "".join(p.text for p in pieces if p.kind != "added") == as_text(before)


def test_what_did_not_change_is_shortened():
    before = written("word " * 300 + "end.", "en", name="a")
    after = written("word " * 300 + "end, and more.", "en", name="b")
    shown = "".join(p.text for p in shortened(prompt_changes(before, after)))
    assert "[…]" in shown
    assert len(shown) < 400
    assert "and more." in shown


@pytest.mark.parametrize(
    "text",
    [
        "Summarise.",
        "Before {{ transcript }} after",
        "# system\n\nBe brief.\n\n# user\n\n{{ transcript }}\n\nSummarise.\n\n# step\n\nCheck.\n\n# step\n\nRewrite.",
    ],
)
def test_a_prompt_is_typed_and_shown_without_loss(text):
    prompt = written(text, "fr", name="typed")
    assert written(as_text(prompt), "fr", name="typed").id == prompt.id
    assert as_text(written(as_text(prompt), "fr", name="typed")) == as_text(prompt)

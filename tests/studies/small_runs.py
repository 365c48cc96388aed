"""Runs of a small study: two models, two prompts, a failure, a recap that was never written, repeats, groups of people."""

import gc
import weakref

import pytest

from comparia.records import Backend, Ballot, Call, Failure, Judging, Prompt, Remark, Usage
from comparia.studies import StudyRun
from tests.samples_for_tests import MOMENT, PROMPT

OTHER = Prompt(id="pr_2", name="Other", language="en", system="Be short.", steps=("Recap {{ transcript }}",))

RECAPS = {
    "v1": "# Recap\n\nThe market should **stay** on the square. Eight disabled parking spaces are needed.",
    "v2": "Everybody came. A trader opposes closing the square to cars.",
    "v3": "The renovation costs 3,400,000 pounds. “Nobody said these words.”",
    "v4": "=1+1 is not a recap, and the market should stay on the square.",
}


@pytest.fixture(scope="session")
def built(make_run, make_variant, reference):
    """Builds a run of the study, scored; `id` makes another run of the same."""

    def scored():
        def call(role, **own):
            asked = {
                "request": f"rq_{role}",
                "role": role,
                "expected_tokens": 900,
                "attempts": 1,
                "finish_reason": "stop",
            }
            return Call(**{**asked, **own})

        priced = {"reported_tokens": 1000, "cached_tokens": 400, "output_tokens": 100, "seconds": 2.5}
        recaps = (
            make_variant(
                "v1", RECAPS["v1"], backend="a:small", author="model", prompt="pr_1",
                calls=(call("part 1/2", **priced), call("part 2/2", cost=0.02, energy=(0.001, 0.002), model="small-2603",
                fingerprint="fp_1", response_id="r1", parameters={"temperature": 0.7, "random_seed": 8, "extra": {"x": 1}})),
            ),
            make_variant("v2", RECAPS["v2"], backend="b:large", author="model", prompt="pr_1"),
            make_variant("v3", RECAPS["v3"], backend="a:small", author="model", prompt="pr_2"),
            make_variant("v4", RECAPS["v4"], backend="a:small", author="model", prompt="pr_2", repeat=2),
            make_variant("v5", RECAPS["v3"], backend="a:small", author="model", prompt="pr_2", repeat=3),
            make_variant(
                "v6", backend="b:large", author="model", prompt="pr_2", warnings=("cut_output",),
                failure=Failure(
                    kind="timeout", message="no answer", attempts=3, usage=Usage(input_tokens=1000, output_tokens=0)
                ),
            ),
        )  # fmt: skip
        run = make_run(recaps, reference=reference, missing=1, prompts=(PROMPT, OTHER))
        backends = tuple(
            Backend(name=name, kind="litellm", input_price=2.0, cached_price=1.0, output_price=10.0)
            for name in ("a:small", "b:large")
        )
        vote = Judging(
            id="vote1",
            run=run.id,
            variants=("v1", "v2"),
            opened_at=MOMENT,
            closed_at=MOMENT,
            ballots=(
                Ballot(
                    voter=1, at=MOMENT, choice="better", order=("v2",), shown=("v2", "v1"), seconds=31.5,
                    remarks=(Remark(variant="v2", tag="clear"),),
                ),
                Ballot(voter=2, at=MOMENT, choice="all_bad"),
            ),
        )  # fmt: skip
        return run.model_copy(update={"backends": backends, "judgings": (vote,)})

    run = scored()

    def build(id=run.id):
        return run.model_copy(update={"id": id})

    return build


class Watch:
    """Makes runs one at a time, and counts the most that were there when the next one was asked for."""

    def __init__(self, template, number):
        self._template, self._number = template, number
        self._alive = 0
        self.most = 0

    def __iter__(self):
        for n in range(self._number):
            run = self._template.model_copy(update={"id": f"run-{n}"})
            self._alive += 1
            weakref.finalize(run, self._gone)
            yield StudyRun(run)
            del run
            gc.collect()
            self.most = max(self.most, self._alive)

    def _gone(self):
        self._alive -= 1


@pytest.fixture
def watched(built):
    return Watch(built(), 12)


@pytest.fixture
def study(built):
    """Two runs of a study: the session as it was, and with a probe."""
    names = {"condition_of": {"pr_1": "neutral"}, "model_of": {"a:small": "ours"}}
    return [
        StudyRun(built(), "pilot", "market", "", **names),
        StudyRun(built("20261008-190000-beef"), "pilot", "market", "moved", **names),
    ]

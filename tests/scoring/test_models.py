"""A judge and embeddings: asked through the gate, once, never about their own recaps, and never believed blindly."""

import json
import re

import pytest

from comparia import library
from comparia.backends import queue
from comparia.config import BackendSettings, Settings
from comparia.errors import BackendError, ConfigurationError, OutboundRefused
from comparia.records import Backend
from tests.fault_server import FaultServer


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(queue, "LONGEST_WAIT", 0.02)


@pytest.fixture
def settings(tmp_path):
    return Settings(outputs=tmp_path, policy="local")


@pytest.fixture
def stored(make_run, make_variant, reference, settings):
    """A run of the tiny session in a database: a model's recap, one written by hand, and a failure."""

    def build(author="small"):
        variants = (
            make_variant(
                "v1", "The market stays on the square. Cement bags matter to one trader.", author="model", backend="b"
            ),
            make_variant("v2", "Eight disabled parking spaces are needed.", author="human", backend="imported:hand"),
            make_variant("v3", None, author="model", backend="b"),
        )
        run = make_run(variants, reference=reference)
        server = Backend(name="b", kind="openai_compatible", model=author, zone="local", preset="openai-compatible")
        run = run.model_copy(update={"scores": (), "backends": (server, *run.backends[1:])})
        with library.open_store(settings) as store:
            store.runs.start(run)
        return run

    return build


def point_of(asked):
    return re.findall(r"={5}\w{16}={5}\n(.*?)\n={5}", asked, re.DOTALL)[-1]


def judge(verdicts):
    """A judge that answers by the words of the point it is asked about."""

    def answer(asked):
        point = point_of(asked)
        for words, (verdict, sentence) in verdicts.items():
            if words in point:
                return json.dumps({"verdict": verdict, "sentence": sentence})
        return json.dumps({"verdict": "absent", "sentence": None})

    return answer


def coverage(run, variant="v1"):
    return next(s for s in run.scores if s.metric == "key_point_coverage" and s.variants == (variant,))


def verdicts(score):
    return {item.key_point: item.verdict for item in score.evidence}


def test_a_judge_is_asked_twice_a_key_point_and_never_again(stored, settings):
    run = stored()
    with FaultServer(answer=judge({"market": ("kept", "S1"), "renovation": ("contradicted", "S1")})) as server:
        name = f"j@{server.url}"
        first = library.score(run.id, judge=name, settings=settings)
        asked = len(server.bodies)
        second = library.score(run.id, judge=name, settings=settings)
        assert len(server.bodies) == asked
    written = sum(v.summary is not None for v in run.variants)
    assert asked == 2 * 4 * written
    score = coverage(first)
    assert verdicts(score)["P1"] == "kept"
    assert verdicts(score)["P4"] == "contradicted"
    assert score.counts["contradicted"] == 1
    assert score.measures["judge_kappa"] == 1.0
    assert "matcher:C-" in score.signature
    assert "judge-2:j@127.0.0.1" in score.signature
    assert coverage(second) == score


def test_the_points_and_the_recap_stand_between_fences_with_ids_of_ours(stored, settings):
    run = stored()
    with FaultServer(answer=judge({})) as server:
        library.score(run.id, judge=f"j@{server.url}", metrics=["key_point_coverage"], settings=settings)
        asked = json.loads(server.bodies[0])["messages"][0]["content"]
    fences = re.findall(r"={5}\w{16}={5}", asked)
    assert len(set(fences)) == 2
    assert "S1: " in asked
    assert json.loads(server.bodies[0])["temperature"] == 0


def test_what_a_judge_says_badly_is_unscored_and_what_it_disputes_is_uncertain(stored, settings):
    run = stored()

    def answer(asked):
        swapped = asked.index("- absent") < asked.index("- kept")
        if "trader" in point_of(asked):
            return "I would rather not say."
        return json.dumps({"verdict": "kept" if swapped else "absent", "sentence": "S1"})

    with FaultServer(answer=answer) as server:
        score = coverage(library.score(run.id, judge=f"j@{server.url}", settings=settings))
    assert verdicts(score)["P2"] == "unscored"
    assert verdicts(score)["P1"] == "uncertain"
    assert score.counts["of"] == 3
    assert score.counts["unscored"] == 1
    assert score.measures["judge_kappa"] <= 0


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"verdict": "kept", "sentence": "S2"}', ("kept", 2)),
        ('Sure! ```json\n{"verdict": "KEPT", "sentence": 2}\n```', ("kept", 2)),
        ('{"verdict": "partly", "sentence": ["S1", "S2"]}', ("partly", 1)),
        ('{"verdict": "absent", "sentence": null}', ("absent", None)),
        ('{"verdict": "absent", "sentence": "S9"}', ("absent", None)),
        ('{"verdict": "kept", "sentence": "S9"}', None),  # no such sentence
        ('{"verdict": "kept"}', None),
        ('{"verdict": "excellent", "sentence": "S1"}', None),
        ("kept", None),
        ("", None),
    ],
)
def test_an_answer_is_a_verdict_of_ours_in_a_sentence_that_exists(text, found):
    from comparia.matching.judge import understood

    assert understood(text, 2) == found


def test_a_judge_never_judges_its_own_recaps_under_any_name(stored, settings):
    with FaultServer(
        answer=judge({}), models=[{"id": "mistral-small-2603", "aliases": ["mistral-small-latest", "org/Small"]}]
    ) as server:
        run = stored("org/SMALL")
        found = library.score(run.id, judge=f"mistral-small-latest@{server.url}", settings=settings)
        asked = len(server.bodies)
    own = coverage(found, "v1")
    assert own.value is None
    assert own.reason == "judge_is_author"
    assert coverage(found, "v2").value is not None
    assert asked == 2 * 4


def test_a_judge_that_is_not_there_is_an_error_and_one_bad_call_is_one_unscored_point(stored, settings):
    run = stored()
    with pytest.raises(BackendError):
        library.score(run.id, judge="j@http://127.0.0.1:9/v1", settings=settings)
    with FaultServer(["ok", "404"], answer=judge({"market": ("kept", "S1")})) as server:
        found = library.score(run.id, judge=f"j@{server.url}", settings=settings)
        everyone = [s for s in found.scores if s.metric == "key_point_coverage" and s.value is not None]
        assert sum(s.counts["unscored"] for s in everyone) == 1
        again = library.score(run.id, judge=f"j@{server.url}", settings=settings)
        everyone = [s for s in again.scores if s.metric == "key_point_coverage" and s.value is not None]
        assert sum(s.counts["unscored"] for s in everyone) == 0


def test_embeddings_are_asked_once_a_text_in_batches_and_change_the_recipe(stored, settings):
    run = stored()
    with FaultServer(["500", "ok"]) as server:
        name = f"e@{server.url}"
        first = library.score(run.id, embedder=name, settings=settings)
        texts = [text for batch in server.embedded[1:] for text in batch]
        assert len(texts) == len(set(texts))
        assert all(len(batch) <= 64 for batch in server.embedded)
        asked = len(server.embedded)
        second = library.score(run.id, embedder=name, settings=settings)
        assert len(server.embedded) == asked
    assert "matcher:B-" in coverage(first).signature
    assert "e@127.0.0.1" in coverage(first).signature
    assert coverage(first) == coverage(second)
    assert any(s.host.endswith("/embeddings") for s in library.read_run(run.id, settings=settings).sendings)


@pytest.mark.parametrize("fault", ["one-short", "not-numbers"])
def test_vectors_that_are_not_one_a_text_are_refused(stored, settings, fault):
    run = stored()
    with FaultServer([fault] * 20) as server, pytest.raises(BackendError):
        library.score(run.id, embedder=f"e@{server.url}", settings=settings)


def test_the_policy_holds_for_what_a_matcher_asks(stored, settings):
    run = stored()
    outside = settings.model_copy(
        update={"backends": {"far": BackendSettings(base_url="http://127.0.0.1:9/v1", model="m", zone="world")}}
    )
    for asked in ({"judge": "far"}, {"embedder": "far"}):
        with pytest.raises(OutboundRefused):
            library.score(run.id, settings=outside, **asked)
    with pytest.raises(ConfigurationError):
        library.score(run.id, judge="extractive:diversity", settings=settings)
    with pytest.raises(ConfigurationError):
        library.score(run.id, embedder="folder:/nowhere", settings=settings)


def test_scoring_some_metrics_again_keeps_the_others(stored, settings):
    run = stored()
    whole = library.score(run.id, settings=settings)
    some = library.score(run.id, metrics=["numbers"], settings=settings)
    assert [s.metric for s in some.scores] == [s.metric for s in whole.scores]
    assert library.read_run(run.id, settings=settings).scores == whole.scores


def test_a_judge_known_by_the_name_its_server_answers_is_refused_at_once(stored, settings):
    run = stored("m-2026")
    with FaultServer(answer=judge({})) as server:
        server.answers_as = "m-2026"
        for _time in range(2):
            found = library.score(run.id, judge=f"m@{server.url}", settings=settings)
            assert coverage(found, "v1").reason == "judge_is_author"
            assert coverage(found, "v2").value is not None


def test_a_question_the_server_always_rejects_does_not_stop_the_others(stored, settings):
    run = stored()
    with FaultServer(["ok", "404"], answer=judge({})) as server:
        library.score(run.id, judge=f"j@{server.url}", settings=settings)
        server.faults = ["404"]
        again = library.score(run.id, judge=f"j@{server.url}", settings=settings)
    silent = [
        i for s in again.scores if s.metric == "key_point_coverage" for i in s.evidence if i.note == "judge_silent"
    ]
    assert len(silent) == 1


def test_a_key_refused_half_way_is_an_error_and_what_came_is_kept(stored, settings):
    run = stored()
    with FaultServer(["ok", "ok", "ok"] + ["401"] * 50, answer=judge({})) as server:
        # One at a time: three answers have come, and none is on its way.
        alone = BackendSettings(model="j", base_url=server.url, concurrency=1)
        settings = settings.model_copy(update={"backends": {"j": alone}})
        with pytest.raises(BackendError):
            library.score(run.id, judge="j", settings=settings)
        server.faults = []
        asked = len(server.bodies)
        library.score(run.id, judge="j", settings=settings)
        assert len(server.bodies) - asked == 2 * 4 * 2 - 3


def test_another_model_behind_one_name_is_another_recipe_and_is_asked_again(stored, settings):
    run = stored()
    with FaultServer() as server:
        signatures = []
        for model in ("m1", "m2"):
            own = settings.model_copy(
                update={"backends": {"atelier": BackendSettings(base_url=server.url, model=model)}}
            )
            before = len(server.embedded)
            signatures.append(coverage(library.score(run.id, embedder="atelier", settings=own)).signature)
            assert len(server.embedded) > before
    assert signatures[0] != signatures[1]


def test_what_will_be_asked_is_said_before_anything_is_sent(stored, settings):
    run = stored()

    class Stop(Exception):
        pass

    def told(asked):
        assert (asked.what, asked.done, asked.total) == ("judge", 0, 16)
        assert asked.zone == "local"
        raise Stop

    with FaultServer(answer=judge({})) as server:
        with pytest.raises(Stop):
            library.score(run.id, judge=f"j@{server.url}", settings=settings, progress=told)
        assert not server.bodies

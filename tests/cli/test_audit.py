"""An audit: settled verdicts against words and judges, what to settle first, and judges against themselves."""

import json

import numpy as np
import pytest

from comparia import library
from comparia.config import Settings
from comparia.records import SETTLED
from comparia.reports.wording import audits
from comparia.statistics.intervals import fisher_interval
from comparia.statistics.prediction_powered import FEWEST, corrected_mean
from tests.fault_server import FaultServer
from tests.scripted_model import ScriptedModel
from tests.work import RECAPS_ALONE

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
def judged(library_hub, settings):
    """A run of two models that judged each other, and their servers."""
    transcript, reference = library_hub
    first, second = (
        ScriptedModel(),
        ScriptedModel(recap="Eight parking spaces are needed. The library opens late on Thursdays."),
    )
    with FaultServer(answer=first) as one, FaultServer(answer=second) as other:
        names = [f"m1@{one.url}", f"m2@{other.url}"]
        run = library.compare(transcript, "recap", names, reference=reference, settings=settings)
        yield run, (one, other)


def settle(run, settings, cells):
    points = {point.id: point for point in run.reference.key_points}
    with library.workbench(settings) as bench:
        for point, variant, verdict in cells:
            bench.settle(run.id, points[point], variant, verdict)


def test_before_anything_is_settled_it_says_so_and_proposes_cells(judged, settings):
    run, _servers = judged
    _run, found = library.audit(run.id, settings=settings)
    assert [trust.tier for trust in found.trust] == ["A", "C"]
    assert all(trust.settled == 0 and trust.estimate is None for trust in found.trust)
    assert len(found.first) == len(found.sample) == 12
    doubts = [cell.doubt for cell in found.first]
    assert max(doubts) > 0
    assert not {(c.point, c.variant) for c in found.first} <= {(c.point, c.variant) for c in found.sample}


def test_settled_verdicts_count_and_the_sample_corrects_the_share(judged, settings):
    run, servers = judged
    asked = [len(server.bodies) for server in servers]
    while True:
        _run, found = library.audit(run.id, settings=settings)
        if found.sampled >= FEWEST:
            break
        settle(run, settings, [(cell.point, cell.variant, "absent") for cell in found.sample])
    for trust in found.trust:
        assert trust.settled == trust.estimate.looked_at == found.sampled
        assert trust.estimate.of == len(run.reference.key_points) * len(run.variants)
        assert trust.harsher == 0
        assert trust.interval[0] <= trust.same / trust.settled <= trust.interval[1]
        assert trust.estimate.low <= trust.estimate.value <= trust.estimate.high
        assert trust.estimate.value < 0.3  # people found nothing where they looked
    assert [len(server.bodies) for server in servers] == asked  # an audit asks nobody


def test_judges_are_asked_about_their_own_recaps_only_when_told_and_never_scored(judged, settings):
    run, servers = judged
    before = library.read_run(run.id, settings=settings).scores
    _run, found = library.audit(run.id, settings=settings)
    assert found.judges.own is None
    assert found.judges.points > 0
    asked = sum(len(server.bodies) for server in servers)
    _run, found = library.audit(run.id, ask_own=True, settings=settings)
    assert sum(len(server.bodies) for server in servers) > asked
    gap, low, high = found.judges.own
    assert low <= gap <= high
    assert library.read_run(run.id, settings=settings).scores == before
    assert library.score(run.id, settings=settings).scores == before


def test_the_command_and_the_page_say_the_same(judged, settings, comparia, tmp_path):
    run, _servers = judged
    _run, found = library.audit(run.id, settings=settings)
    said = comparia("audit", run.id, "-o", tmp_path)
    assert "Nobody has settled a verdict yet" in said
    assert found.first[0].point in said
    document = json.loads(comparia("audit", run.id, "-o", tmp_path, "--json"))
    assert [cell["point"] for cell in document["first"]] == [cell.point for cell in found.first]


def test_a_judge_that_a_person_named_is_audited_under_its_name_beside_those_of_the_run(judged, settings, comparia):
    run, _servers = judged
    with FaultServer(answer=ScriptedModel()) as third:
        library.score(run.id, judge=f"j@{third.url}", name="by j", settings=settings)
        asked = len(third.bodies)
        settle(
            run,
            settings,
            [(cell.point, cell.variant, "absent") for cell in library.audit(run.id, settings=settings)[1].first],
        )
        _run, found = library.audit(run.id, settings=settings)
        assert asked
        assert len(third.bodies) == asked  # an audit asks nobody
    assert [(trust.tier, bool(trust.model)) for trust in found.trust] == [("A", False), ("C", False), ("C", True)]
    assert {trust.settled for trust in found.trust} == {12}
    shown = " ".join(comparia("audit", run.id, "-o", settings.outputs).split())
    assert f"and by j@127.0.0.1:{third.port} where words" in shown


def test_models_of_a_run_that_judged_nothing_are_not_audited_because_a_named_judge_did(library_hub, settings):
    transcript, reference = library_hub
    with FaultServer(answer=ScriptedModel()) as one, FaultServer(answer=ScriptedModel()) as other:
        names = [f"m1@{one.url}", f"m2@{other.url}"]
        alone = settings.model_copy(update=RECAPS_ALONE)
        run = library.compare(transcript, "recap", names, reference=reference, metrics=(), settings=alone)
        library.score(run.id, judge=f"j@{one.url}", settings=settings)
        _run, found = library.audit(run.id, settings=settings)
    assert [(trust.tier, trust.model.split("@")[0]) for trust in found.trust] == [("A", ""), ("C", "j")]
    assert found.judges.points > 0


def test_a_run_without_points_has_nothing_to_audit(comparia, tmp_path, library_hub):
    transcript, _reference = library_hub
    library.compare(transcript, settings=Settings(outputs=tmp_path), reference=False)
    said = " ".join(comparia("audit", "last", "-o", tmp_path).split())
    assert "this run has no key points, or is not finished" in said


def test_a_corrected_mean_finds_the_share_that_biased_predictions_miss():
    rng = np.random.default_rng(3)
    truths = (rng.random(2000) < 0.4).astype(float)
    predicted = np.clip(truths * 0.5 + 0.4 + rng.normal(0, 0.1, 2000), 0, 1)  # 0.6 on average
    inside = 0
    for seed in range(60):
        places = np.random.default_rng(seed).permutation(2000)[:60]
        found = corrected_mean(predicted, places, truths[places])
        inside += found.low <= truths.mean() <= found.high
    assert inside >= 52
    assert abs(predicted.mean() - truths.mean()) > 0.15
    everything = corrected_mean(predicted, np.arange(2000), truths)
    assert everything.value == pytest.approx(truths.mean())
    assert everything.low == pytest.approx(everything.high)
    assert corrected_mean(predicted, np.arange(FEWEST - 1), truths[: FEWEST - 1]) is None


def test_every_settled_verdict_has_a_worth():
    from comparia.records import CREDIT

    assert set(SETTLED) <= set(CREDIT)


def test_verdicts_by_embeddings_stand_between_words_and_judges_where_vectors_were_asked_for(judged, settings, comparia):
    run, servers = judged
    _run, found = library.audit(run.id, settings=settings)
    assert (found.embeddings, [trust.tier for trust in found.trust]) == ("not_used", ["A", "C"])
    assert "are not compared" in " ".join(comparia("audit", run.id, "-o", settings.outputs).split())
    name = f"e@{servers[0].url}"
    library.score(run.id, embedder=name, name="meant", settings=settings)
    settle(run, settings, [(cell.point, cell.variant, "absent") for cell in found.first])
    asked = len(servers[0].embedded)
    _run, found = library.audit(run.id, settings=settings)
    assert len(servers[0].embedded) == asked  # an audit asks nobody
    assert (found.embeddings, [trust.tier for trust in found.trust]) == ("compared", ["A", "B", "C"])
    assert found.trust[1].model.startswith("e@127.0.0.1")
    assert {trust.settled for trust in found.trust} == {12}
    shown = " ".join(comparia("audit", run.id, "-o", settings.outputs).split())
    assert f"by words and by meaning (e@127.0.0.1:{servers[0].port})" in shown
    assert "are not compared" not in shown
    assert json.loads(comparia("audit", run.id, "-o", settings.outputs, "--json"))["embeddings"] == "compared"


def test_vectors_that_do_not_cover_the_recaps_are_said_to(judged, settings):
    run, servers = judged
    library.score(run.id, embedder=f"e@{servers[0].url}", name="meant", settings=settings)
    words = "The bakery wants another oven. Nobody spoke of the harbour, nor of its lighthouse."
    library.import_text(run.id, words, "hand", settings=settings)
    _run, found = library.audit(run.id, settings=settings)
    assert (found.embeddings, [trust.tier for trust in found.trust]) == ("incomplete", ["A", "C"])


@pytest.mark.parametrize(
    ("length", "recaps", "said"),
    [
        (None, 3, "Too few recaps"),
        ((0.9, 0.1, 0.99), 6, "kinder than words to longer recaps (correlation 0.90, 95 %: 0.10 to 0.99, over 6"),
        ((-0.9, -0.99, -0.1), 6, "kinder than words to shorter recaps"),
        ((0.7, -0.5, 0.98), 4, "Whether length sways them cannot be told"),
        ((0.05, -0.3, 0.4), 40, "Length hardly sways them"),
    ],
)
def test_what_is_said_of_length_follows_from_the_interval(length, recaps, said):
    sentences = audits.judge_sentences(10, 9, 0.8, length, recaps, None)
    assert any(said in sentence for sentence in sentences)


def test_the_interval_of_a_correlation_holds_it_as_often_as_it_says():
    rng = np.random.default_rng(5)
    inside = 0
    for _time in range(400):
        x, noise = rng.normal(size=(2, 12))
        low, high = fisher_interval(float(np.corrcoef(x, 0.6 * x + 0.8 * noise)[0, 1]), 12)
        inside += low <= 0.6 <= high
    assert 0.92 <= inside / 400 <= 0.98
    assert fisher_interval(0.5, 3) == (-1.0, 1.0)
    assert fisher_interval(0.5, 28) == pytest.approx((0.1561, 0.7358), abs=1e-3)  # artanh ± 1.96 / 5

"""The whole path with recorded answers of a large language model: recaps, points that rest on words, verdicts that stand."""

import pytest

from comparia import library
from comparia.config import Settings
from comparia.records import CREDIT
from tests.fault_server import FaultServer
from tests.labelled.meetings import meeting
from tests.recorded_model import RecordedModel

NAMES = ("conseil-brenne", "workshop-park")

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.mark.parametrize("name", NAMES)
def test_two_recorded_models_judge_each_other_as_readers_do(name, tmp_path):
    found = meeting(name)
    natural = sorted(recap for recap in found.recaps if recap.startswith("natural"))
    models = RecordedModel(found, natural[:2], "a"), RecordedModel(found, natural[2:4], "b")
    settings = Settings(outputs=tmp_path, policy="local")
    prompts = library.load_prompt_set("recap" if found.transcript.language == "en" else "compte-rendu")[:1]
    with FaultServer(answer=models[0]) as one, FaultServer(answer=models[1]) as other:
        run = library.compare(
            found.transcript,
            prompts,
            [f"m1@{one.url}", f"m2@{other.url}"],
            reference=found.reference,
            repeats=2,
            settings=settings,
        )
    words = library.score(run.id, judge="none", settings=settings)
    name_of = {text.strip(): recap for recap, text in found.recaps.items()}
    errors = {}
    for way, scored in (("words", words), ("judges", run)):
        gaps = []
        for score in (s for s in scored.scores if s.metric == "key_point_coverage"):
            variant = next(v for v in scored.variants if v.id == score.variants[0])
            recap = name_of[variant.summary.strip()]
            gaps += [
                abs(CREDIT[item.verdict] - CREDIT[found.labels[recap, item.key_point]])
                for item in score.evidence
                if (recap, item.key_point) in found.labels
            ]
        errors[way] = sum(gaps) / len(gaps)
    assert len(run.variants) == 4
    assert {kind for model in models for kind in model.asked} == {"recap", "judging"}
    assert errors["judges"] < 0.1
    assert errors["judges"] < errors["words"] / 2


@pytest.mark.parametrize("name", NAMES)
def test_points_listed_by_two_recorded_models_are_said_held_and_found_again(name, tmp_path):
    found = meeting(name)
    settings = Settings(outputs=tmp_path, policy="local")
    models = RecordedModel(found, (), "a"), RecordedModel(found, (), "b")
    with FaultServer(answer=models[0]) as one, FaultServer(answer=models[1]) as other:
        names = [f"m1@{one.url}", f"m2@{other.url}"]
        reference, left_out = library.suggest_reference(found.transcript, backend=names, settings=settings)
        lists = [library.suggest_reference(found.transcript, backend=each, settings=settings)[0] for each in names]
    assert reference.suggested_by.count("@") == 2
    most = max(len(each.key_points) for each in lists)
    assert most <= len(reference.key_points) < sum(len(each.key_points) for each in lists)
    turns = {turn.number: turn for turn in found.transcript.turns}
    for point in reference.key_points:
        assert point.holders
        assert all(turns[quote.turn].speaker == quote.speaker for quote in point.said)
    assert {"view", "decision", "action", "question"} & {point.kind for point in reference.key_points}
    said = {quote.turn for point in found.reference.key_points for quote in point.said}
    assert len(said & {q.turn for p in reference.key_points for q in p.said}) > 0.9 * len(said)
    assert left_out

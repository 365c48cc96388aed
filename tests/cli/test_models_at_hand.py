"""The models of a comparison list its key points and judge what they did not write: planned, counted, left out on demand."""

import html
import json

import pytest

from comparia import library
from comparia.config import Settings
from comparia.errors import ConfigurationError
from comparia.records import Corrections, LeaveOut
from tests.fault_server import FaultServer
from tests.scripted_model import ScriptedModel

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
def two_models():
    first, second = (
        ScriptedModel(2),
        ScriptedModel(3, "Eight disabled parking spaces are needed. Traders depend on it."),
    )
    with FaultServer(answer=first) as one, FaultServer(answer=second) as other:
        yield (first, one), (second, other)


def compared(transcript, two_models, settings, **options):
    names = [f"m{n}@{server.url}" for n, (_model, server) in enumerate(two_models, start=1)]
    return library.compare(transcript, "recap", names, settings=settings, metrics=(), **options)


def test_both_models_list_the_points_and_each_judges_the_other_once(library_hub, two_models, settings):
    transcript, _reference = library_hub
    run = compared(transcript, two_models, settings)
    done, left = library.check_recaps(run.id, settings=settings)
    assert not left
    assert done.reference.suggested_by.count("@") == 2
    assert len({point.text for point in done.reference.key_points}) == len(done.reference.key_points)
    for model, _server in two_models:
        assert model.asked.count("points") == 1
        assert model.asked.count("judging") > 0
    coverage = [score for score in done.scores if score.metric == "key_point_coverage"]
    assert all("matcher:C-" in score.signature for score in coverage)
    assert {note for score in coverage for item in score.evidence if (note := item.note)} & {"judged", "judge_disputed"}
    before = [len(server.bodies) for _model, server in two_models]
    again, _left = library.check_recaps(run.id, settings=settings)
    assert [len(server.bodies) for _model, server in two_models] == before
    assert again.scores == done.scores


def test_every_request_begins_with_the_same_session(library_hub, two_models, settings):
    transcript, _reference = library_hub
    run = compared(transcript, two_models, settings)
    library.check_recaps(run.id, settings=settings)
    for _model, server in two_models:
        asked = [json.loads(body)["messages"][0]["content"] for body in server.bodies]
        end = asked[0].rindex(run.fence) + len(run.fence)
        assert {text[:end] for text in asked} == {asked[0][:end]}
        assert end > 20_000


def test_the_plan_counts_what_is_asked(library_hub, two_models, settings):
    transcript, reference = library_hub
    names = [f"m{n}@{server.url}" for n, (_model, server) in enumerate(two_models, start=1)]
    planned = library.prepare(transcript, "recap", names, settings=settings)
    lines = {line.what: line for line in library.planned_checks(planned)}
    run = compared(transcript, two_models, settings)
    library.check_recaps(run.id, settings=settings)
    asked = [kind for model, _server in two_models for kind in model.asked]
    assert lines["recaps"].calls == asked.count("recap")
    assert lines["points"].calls == asked.count("points")
    assert lines["judging"].calls > 0
    with_points = library.prepare(transcript, "recap", names, reference=reference, settings=settings)
    assert [line.what for line in library.planned_checks(with_points)] == ["recaps", "judging"]
    alone = library.prepare(transcript, "recap", names, points=False, settings=settings)
    assert [line.what for line in library.planned_checks(alone)] == ["recaps"]


def test_one_model_alone_judges_nothing(library_hub, settings):
    transcript, reference = library_hub
    model = ScriptedModel()
    with FaultServer(answer=model) as server:
        run = library.compare(
            transcript, "recap", [f"m@{server.url}"], reference=reference, settings=settings, metrics=()
        )
        done, left = library.check_recaps(run.id, settings=settings)
    assert not left
    assert "judging" not in model.asked
    assert all("matcher:A-" in s.signature for s in done.scores if s.metric == "key_point_coverage")
    assert [notice.code for notice in run.plan.notices] == ["nobody_judges"]
    for form in ("markdown", "html"):  # said in what is handed on, not only before
        assert "no model judges its own" in html.unescape(library.render(done, form).decode())


def test_one_name_on_two_servers_is_two_models_that_judge_each_other_and_it_is_said(library_hub, two_models, settings):
    transcript, reference = library_hub
    names = [f"default@{server.url}" for _model, server in two_models]
    run = library.compare(transcript, "recap", names, reference=reference, settings=settings, metrics=())
    assert [notice.code for notice in run.plan.notices] == ["namesake_judges"]
    lines = {line.what: line for line in library.planned_checks(run)}
    done, left = library.check_recaps(run.id, settings=settings)
    assert not left
    assert all(model.asked.count("judging") for model, _server in two_models)
    assert lines["judging"].calls > 0
    coverage = [score for score in done.scores if score.metric == "key_point_coverage"]
    assert all(score.value is not None and "matcher:C-" in score.signature for score in coverage)


def test_a_dry_run_names_every_judge_with_its_calls_and_sends_and_keeps_nothing(
    command, library_hub, two_models, tmp_path
):
    transcript, reference = library_hub
    settings = Settings(outputs=tmp_path)
    run = compared(transcript, two_models, settings, reference=reference)
    before = [len(server.bodies) for _model, server in two_models]
    told = command("score", run.id, "--judge", "models", "--dry-run", "-o", tmp_path)[2]
    assert [len(server.bodies) for _model, server in two_models] == before
    assert not library.read_run(run.id, settings=settings).scores
    planned = library.to_be_asked(run.id, judge="models", settings=settings)
    library.score(run.id, judge="models", settings=settings)
    calls = {}
    for number, (model, server) in enumerate(two_models, start=1):
        calls[f"m{number}@127.0.0.1:{server.port}"] = model.asked.count("judging")
    assert {asked.model.rpartition("-")[0]: asked.total for asked in planned} == calls
    for name, n in calls.items():
        assert f"{name} (zone local), {n} answers" in " ".join(told.split())
    _code, _out, told = command("score", run.id, "--judge", "models", "--dry-run", "-o", tmp_path)
    assert "No model would be asked" in told


def test_a_dry_run_with_embeddings_names_the_judges_too(library_hub, two_models, settings):
    transcript, reference = library_hub
    run = compared(transcript, two_models, settings, reference=reference)
    embedder = f"e@{two_models[0][1].url}"
    planned = library.to_be_asked(run.id, embedder=embedder, judge="models", settings=settings)
    assert [asked.what for asked in planned] == ["embeddings", "judge", "judge"]
    assert not two_models[0][1].embedded


def test_judges_that_fail_leave_words_and_are_asked_again_by_resume_alone(comparia, library_hub, tmp_path):
    transcript, reference = library_hub
    settings = Settings(outputs=tmp_path)
    down: list[bool] = [True]
    first, second = ScriptedModel(), ScriptedModel(recap="Eight parking spaces are needed.")

    def answer(model):
        return lambda text: model(text) if '{"answers"' not in text or not down[0] else ""

    with FaultServer(answer=answer(first)) as one, FaultServer(answer=answer(second)) as other:
        names = [f"m1@{one.url}", f"m2@{other.url}"]
        run = library.compare(transcript, "recap", names, reference=reference, settings=settings, metrics=())
        done, left = library.check_recaps(run.id, settings=settings)
        assert [missing.what for missing in left] == ["judging"]
        assert all("matcher:A-" in s.signature for s in done.scores if s.metric == "key_point_coverage")
        asked = [len(server.bodies) for server in (one, other)]
        done, left = library.check_recaps(run.id, settings=settings)
        assert [len(server.bodies) for server in (one, other)] == asked
        assert "not asked again" in str(left[0].error)
        down[0] = False
        library.check_recaps(run.id, settings=settings)
        assert [len(server.bodies) for server in (one, other)] == asked
        comparia("resume", run.id, "-o", tmp_path)
        assert all(len(server.bodies) > n for server, n in zip((one, other), asked, strict=True))
        done = library.read_run(run.id, settings=settings)
    assert all("matcher:C-" in s.signature for s in done.scores if s.metric == "key_point_coverage")


def test_a_judge_of_two_that_fails_is_told_in_the_terminal_and_not_asked_again(
    command, comparia, library_hub, tmp_path
):
    transcript, reference = library_hub
    settings = Settings(outputs=tmp_path)
    first, second = ScriptedModel(), ScriptedModel(recap="Eight parking spaces are needed.")
    with (
        FaultServer(answer=lambda text: "" if '{"answers"' in text else first(text)) as one,
        FaultServer(answer=second) as other,
    ):
        names = [f"m1@{one.url}", f"m2@{other.url}"]
        run = library.compare(transcript, "recap", names, reference=reference, settings=settings, metrics=())
        said = " ".join(command("score", run.id, "--judge", "models", "-o", tmp_path)[2].split())
        assert f"m1@127.0.0.1:{one.port} did not answer" in said
        assert "was not asked again" not in said
        asked = [len(server.bodies) for server in (one, other)]
        said = " ".join(command("score", run.id, "--judge", "models", "-o", tmp_path)[2].split())
        assert [len(server.bodies) for server in (one, other)] == asked
        assert "was not asked again. Add --ask-again" in said
        comparia("score", run.id, "--judge", "models", "--ask-again", "-o", tmp_path)
        assert len(one.bodies) > asked[0]
        assert len(other.bodies) == asked[1]
        done = library.read_run(run.id, settings=settings)
        assert "unscored by the judge" in library.render(done, "markdown").decode()
        explained = comparia("explain", run.id, done.variants[1].id, "key_point_coverage", "-o", tmp_path)
        assert "Unscored by the judge (" in explained
        earlier = library.score(run.id, settings=settings)  # of what was answered before: the cells still say so
    assert [s.evidence for s in earlier.scores] == [s.evidence for s in done.scores]


def test_one_server_under_two_addresses_holds_one_author_that_judges_nothing(library_hub, settings):
    transcript, reference = library_hub
    model = ScriptedModel()
    with FaultServer(answer=model) as server:
        other = server.url.replace("127.0.0.1", "localhost").removesuffix("/v1") + "/v1/"
        names = [f"m@{server.url}", f"org/M:latest@{other}"]
        run = library.prepare(transcript, "recap", names, reference=reference, settings=settings)
    assert "judging" not in run.plan.asked
    assert [notice.code for notice in run.plan.notices] == ["nobody_judges"]


def test_recaps_that_nobody_else_may_judge_are_named_before_anything_is_sent(library_hub, settings):
    transcript, reference = library_hub
    asked = ["m@http://127.0.0.1:9/v1", "extractive:diversity"]
    run = library.prepare(transcript, "recap", asked, reference=reference, settings=settings)
    assert "judging" in run.plan.asked
    (notice,) = run.plan.notices
    assert (notice.code, notice.values["names"]) == ("recaps_without_judge", (run.backends[0].name,))
    unasked = library.prepare(transcript, "recap", asked, reference=reference, judging=False, settings=settings)
    assert not unasked.plan.notices


def test_models_that_list_nothing_leave_a_first_list_and_say_so(library_hub, settings):
    transcript, _reference = library_hub
    with FaultServer(answer="I am sorry, but I cannot do that here.") as server:
        run = library.compare(transcript, "recap", [f"m@{server.url}"], settings=settings, metrics=())
        done, left = library.check_recaps(run.id, settings=settings)
    assert [missing.what for missing in left] == ["points"]
    assert done.reference.suggested_by == "offline"


def test_the_terminal_shows_three_lines_and_each_can_be_left_out(comparia, library_hub, two_models, tmp_path):
    transcript, _reference = library_hub
    session = tmp_path / "session.md"
    session.write_bytes(library.write_transcript(transcript))
    named = [option for n, (_m, s) in enumerate(two_models, start=1) for option in ("-b", f"m{n}@{s.url}")]
    told = comparia(
        "compare", session, "-p", "recap", *named, "--policy", "local", "--points", "--judging", "--dry-run"
    )
    assert "Key points, listed by models" in told
    assert "Verdicts where words cannot tell" in told
    comparia("compare", session, "-p", "recap", *named, "--policy", "local", "--no-points", "--no-judging")
    assert {kind for model, _server in two_models for kind in model.asked} == {"recap"}
    comparia("compare", session, "-p", "recap", *named, "--policy", "local", "--points", "--judging")
    assert {kind for model, _server in two_models for kind in model.asked} == {"recap", "points", "judging"}


@pytest.mark.parametrize(
    "bad", ["I would rather not say.", "", "[[[[", '{"answers": [{"point": 1, "verdict": "kept"}]}']
)
def test_a_model_that_fails_takes_nothing_from_the_other(library_hub, settings, bad):
    transcript, _reference = library_hub
    sound = ScriptedModel()
    recap = sound.recap
    with (
        FaultServer(answer=lambda text: bad if '{"' in text.partition("T141")[2] else recap) as one,
        FaultServer(answer=sound) as other,
    ):
        names = [f"m1@{one.url}", f"m2@{other.url}"]
        run = library.compare(transcript, "recap", names, settings=settings, metrics=())
        done, left = library.check_recaps(run.id, settings=settings)
        again, _left = library.check_recaps(run.id, settings=settings)
    assert done.reference.suggested_by == f"m2@127.0.0.1:{other.port}"
    assert {"points", "judging"} <= set(sound.asked)
    assert left
    scores = [score for score in done.scores if score.metric == "key_point_coverage"]
    assert len({score.counts["of"] for score in scores}) == 1  # a silent judge takes no point out of the count
    assert again.scores == done.scores


def test_half_an_emoji_in_an_answer_is_kept_as_what_can_be_written(library_hub, settings):
    transcript, _reference = library_hub

    class Halves(ScriptedModel):
        def points(self, text):
            return super().points(text).replace('"text": "', '"text": "\\ud83d ')

        def judging(self, text):
            return super().judging(text).replace('"words": "', '"words": "\\ud83d ')

    with FaultServer(answer=Halves()) as one, FaultServer(answer=Halves(3, "Parking spaces are needed.")) as other:
        names = [f"m1@{one.url}", f"m2@{other.url}"]
        run = library.compare(transcript, "recap", names, settings=settings)
    assert run.scored
    assert all(point.text.encode() for point in run.reference.key_points)


def test_no_headline_says_that_views_are_kept_where_nothing_was_scored(library_hub, settings, make_run, make_variant):
    from comparia.reports.view import View

    transcript, reference = library_hub
    foreign = (
        "Der Markt bleibt auf dem Platz. Die Bibliothek ist am Donnerstag länger offen, und niemand ist dagegen. " * 3
    )
    run = make_run((make_variant("v1", foreign, author="human"),), reference=reference)
    run = run.model_copy(update={"transcript": transcript, "scores": ()})
    with library.open_store(settings) as store:
        store.runs.start(run)
    scored = library.score(run.id, settings=settings)
    assert View(scored).lost_sentence == ""
    alone = library.prepare(transcript, "recap", ["m@http://127.0.0.1:9/v1"], reference=reference, settings=settings)
    with library.open_store(settings) as store:
        store.runs.start(alone)
    with pytest.raises(ConfigurationError, match="nobody else can judge"):
        library.score(alone.id, judge="models", settings=settings)


def test_what_judges_said_follows_the_run_into_a_file_and_into_its_corrected_session(
    library_hub, two_models, settings, tmp_path
):
    transcript, reference = library_hub
    run = compared(transcript, two_models, settings, reference=reference)
    judged, _left = library.check_recaps(run.id, settings=settings)
    asked = [len(server.bodies) for _model, server in two_models]
    file = tmp_path / "run.json"
    file.write_bytes(library.render(library.read_run(run.id, settings=settings), "json"))
    elsewhere = Settings(outputs=tmp_path / "elsewhere")
    library.import_run(file, settings=elsewhere)
    assert library.score(run.id, settings=elsewhere).scores == judged.scores

    turn = judged.reference.key_points[0].said[0].turn
    left_out = Corrections(corrections=(LeaveOut(turns=(turn,)),))
    corrected = library.correct_run(run.id, left_out, settings=settings)
    assert [len(server.bodies) for _model, server in two_models] == asked

    def by_judges(scored):
        return {
            (score.variants, item.key_point)
            for score in scored.scores
            if score.metric == "key_point_coverage"
            for item in score.evidence
            if item.note in ("judged", "judge_disputed")
        }

    untouched = {point.id for point in judged.reference.key_points if turn not in {quote.turn for quote in point.said}}
    before = {cell for cell in by_judges(judged) if cell[1] in untouched}
    assert before
    assert before <= by_judges(corrected.run)

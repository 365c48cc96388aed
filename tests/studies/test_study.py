"""Studies from the file to the analysis, on a server whose models have known habits."""

import json
import os
import signal
import subprocess
import sys

import pytest

from comparia import library
from comparia.config import BackendSettings, Settings
from comparia.errors import CompariaError
from comparia.studies.files import load
from tests.work import until

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
def settings(tmp_path):
    return Settings(outputs=tmp_path / "out", policy="local")


def test_a_study_is_counted_before_anything_is_sent(make_study, habits, settings):
    check = library.check_study(make_study(sessions=8, repeats=3), settings=settings)
    assert (check.recaps, check.calls, check.done) == (48, 48, 0)
    assert habits.asked == []
    assert not settings.outputs.exists()
    assert 0 < check.smallest.difference < 1
    assert library.check_study(make_study(sessions=2), settings=settings).smallest.reason == "cannot_reach_alpha"


def test_only_what_is_missing_is_asked_for(make_study, habits, settings):
    file = make_study(sessions=2, repeats=2)
    habits.down = {"majority"}
    state = library.run_study(file, settings=settings)
    assert (state.planned, state.done, state.failed) == (8, 4, 4)
    habits.down, before = set(), len(habits.asked)
    state = library.run_study(file, settings=settings)
    assert (state.done, state.failed) == (8, 0)
    assert {body["model"] for body in habits.asked[before:]} == {"majority"}
    asked = len(habits.asked)
    library.run_study(file, settings=settings)
    assert len(habits.asked) == asked


def test_the_design_and_nothing_else_names_the_runs(make_study, settings):
    first = [one.run.id for one in library.check_study(make_study(), settings=settings).runs]
    assert [one.run.id for one in library.check_study(make_study(), settings=settings).runs] == first
    other = [one.run.id for one in library.check_study(make_study(repeats=2), settings=settings).runs]
    assert not set(first) & set(other)


def test_known_habits_are_found_and_equal_models_are_not_told_apart(make_study, settings):
    file = make_study(sessions=8, models=("faithful", "majority", "faithful-too"))
    library.run_study(file, settings=settings)
    library.score_study(file, settings=settings)
    found = library.analyse_study(file, settings=settings)
    (primary,) = found.metrics
    means = {mean.model: mean.estimate.value for mean in primary.means}
    assert means["faithful"] == means["faithful-too"] == 1
    assert 0.4 < means["majority"] < 0.6
    (contrast,) = primary.contrasts
    assert (contrast.outcome, contrast.sessions) == ("different", 8)
    assert contrast.p < 0.01
    ties = {tied.members: tied.equivalent for tied in primary.ties}
    assert ties[("faithful", "faithful-too")]
    assert ("majority",) in ties
    position = {one.model: one.shares for one in found.groups if one.grouping == "position"}
    first, middle, last = position["majority"]
    assert first.share < middle.share < last.share == 1
    assert all(share.share == 1 for share in position["faithful"])


def test_few_sessions_give_no_conclusion(make_study, settings):
    file = make_study(sessions=2)
    library.run_study(file, settings=settings)
    library.score_study(file, settings=settings)
    (primary,) = library.analyse_study(file, settings=settings).metrics
    assert primary.means[0].estimate.low is None
    assert primary.contrasts[0].outcome == "too_few_sessions"


def test_a_probe_is_run_beside_the_session_it_changes(make_study, habits, settings):
    probe = '[[probe]]\nid = "last"\nkind = "move_view"\npoint = "P1"\nto = "end"\nsessions = ["s0"]\n'
    file = make_study(sessions=2, more=probe)
    state = library.run_study(file, settings=settings)
    assert [(one.design.session, one.design.probe) for one in state.runs] == [("s0", ""), ("s0", "last"), ("s1", "")]
    library.score_study(file, settings=settings)
    found = library.analyse_study(file, settings=settings)
    effects = {(one.model, one.figure): one for one in found.probes}
    moved = effects["majority", "retention"]
    assert moved.original < 0.1 < 0.4 < moved.changed
    assert effects["faithful", "position"].original == 0
    assert effects["faithful", "position"].changed > 0.8


EXTRACT = '[[model]]\nid = "central"\nbackend = "extractive:centrality"\n'


def test_models_are_compared_with_an_extract_which_reads_no_prompt(make_study, settings):
    file = make_study(sessions=7, repeats=2, more=EXTRACT)
    file.write_text(file.read_text("utf-8").replace('["faithful", "majority"]', '["faithful", "central"]'), "utf-8")
    library.run_study(file, settings=settings)
    library.score_study(file, settings=settings)
    found = library.analyse_study(file, settings=settings)
    (contrast,) = found.metrics[0].contrasts
    means = {mean.model: mean.estimate.value for mean in found.metrics[0].means}
    assert contrast.difference == pytest.approx(means["faithful"] - means["central"])
    assert contrast.outcome != "too_few_sessions"
    # Five recaps of a session are enough for coverage at equal length, which depends on the others of the session.
    assert {name: len(recipes) for name, recipes in found.signatures.items()} == dict.fromkeys(found.signatures, 1)


def test_a_probe_of_names_compares_the_points_of_those_who_are_renamed(make_study, settings):
    renamed = 'name = "Ann Lee"\nnew_name = "Omar Haddad"\nfrom_gender = "f"\nto_gender = "m"\n'
    probe = f'[[probe]]\nid = "omar"\nkind = "swap_names"\n[[probe.names]]\n{renamed}'
    file = make_study(sessions=2, more=probe)
    library.run_study(file, settings=settings)
    library.score_study(file, settings=settings)
    found = {(one.figure, one.model): one for one in library.analyse_study(file, settings=settings).probes}
    faithful, majority = found["retention", "faithful"], found["retention", "majority"]
    assert (faithful.original, majority.original) == (faithful.changed, majority.changed)
    assert faithful.original > majority.original  # hers is the first of the four sentences that it drops
    assert found["position", "faithful"].original is not None


def test_a_price_that_nobody_knows_is_said_beside_the_cost(make_study, habits, settings):
    file = make_study(sessions=1)
    text = file.read_text("utf-8").replace(f"@{habits.url}", "").replace('policy = "local"', 'policy = "world"')
    file.write_text(text, "utf-8")
    far = {"base_url": "https://models.example/v1", "zone": "world"}
    known = BackendSettings(model="faithful", input_price=2.0, output_price=6.0, **far)
    backends = {"faithful": known, "majority": BackendSettings(model="majority", **far)}
    check = library.check_study(file, settings=Settings(outputs=settings.outputs, policy="world", backends=backends))
    assert check.cost > 0
    assert check.unpriced == ("majority",)


def test_the_analysis_that_is_changed_after_the_first_call_is_told(make_study, settings):
    file = make_study()
    library.run_study(file, settings=settings)
    assert not library.study_state(file, settings=settings).changed
    file.write_text(file.read_text("utf-8").replace("margin = 0.05", "margin = 0.2"), "utf-8")
    assert library.study_state(file, settings=settings).changed
    assert library.check_study(file, settings=settings).changed


def test_a_study_of_somebody_else_takes_no_file_and_no_freedom(make_study, tmp_path, settings):
    outside = tmp_path.parent / "outside.txt"
    outside.write_text("Ann: A secret of mine.\nBob: Yes.\n", "utf-8")
    file = make_study()
    text = file.read_text("utf-8")
    file.write_text(text.replace("s0/session.txt", "../outside.txt"), "utf-8")
    with pytest.raises(CompariaError, match="lies outside the folder"):
        library.check_study(file, settings=settings)
    file.write_text(text.replace('policy = "local"', 'policy = "world"').replace("127.0.0.1", "203.0.113.9"), "utf-8")
    with pytest.raises(CompariaError, match="policy is local"):
        library.check_study(file, settings=settings)
    assert library.check_study(file, trusted=True, settings=settings).recaps == 4


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('name = "small"', "name = 3", "study.name"),
        ("seed = 3", "sede = 3", "study.sede: is not a field"),
        ('primary = "minority_retention"', 'primary = "nice"', "analysis.primary: nice is not one of"),
        ('"length"]', '"length", "nice"]', "scoring.metrics: nice is not one of"),
        ('id = "s1"', 'id = "s0"', "session: the id s0 is given twice"),
        ('prompts.plain = "prompt.md"', 'prompts.other = "prompt.md"', "no prompt for the condition"),
        ('prompts.plain = "prompt.md"', 'prompts.plain = "none.md"', "none.md"),
        ('files = ["s0/session.txt"]', 'files = ["s0/none.txt"]', "there is no file s0/none.txt"),
        ('reference = "s0/reference.yaml"', "", "no key points are given"),
        ("[scoring]", "[scorring]", "scorring: is not a field"),
        ("repeats = 1", "repeats = ", "not valid TOML"),
        ("temperature = 0.5", "temperature = 9", "model.1.generation.temperature"),
        ("temperature = 0.5", "extra = { stream = true }", "model.1.generation.extra: cannot hold stream"),
        ('contrasts = [["faithful", "majority"]]', 'contrasts = [["faithful", "x"]]', "analysis.contrasts: x is not one of"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_study_is_named(make_study, settings, before, after, told):
    file = make_study()
    text = file.read_text("utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), "utf-8")
    with pytest.raises(CompariaError, match=told.replace("[", r"\[")) as refused:
        library.check_study(file, settings=settings)
    assert "small.study.toml" in str(refused.value)


def test_key_points_that_nobody_reviewed_are_refused_unless_the_study_says_so(make_study, tmp_path, settings):
    file = make_study()
    reference = tmp_path / "s0" / "reference.yaml"
    reference.write_text(reference.read_text("utf-8").replace("status: reviewed", "status: suggested"), "utf-8")
    with pytest.raises(CompariaError, match="nobody reviewed"):
        library.check_study(file, settings=settings)
    assert load(make_study(head="allow_suggested = true\n")).allow_suggested


def test_the_command_says_what_is_missing_by_its_code(command, make_study, habits):
    file = make_study(sessions=2)
    code, out, err = command("study", "check", file)
    assert (code, "4 recaps" in out) == (0, True), err
    habits.down = {"majority"}
    code, out, err = command("study", "run", file, "--json")
    assert code == 3, err
    assert json.loads(out)["done"] == 2
    habits.down = set()
    code, out, err = command("study", "run", file)
    assert code == 0, err
    assert "4 of 4" in out
    assert command("study", "score", file)[0] == 0
    code, out, _err = command("study", "analyse", file)
    assert "Fewer than five sessions" in out
    code, out, _err = command("study", "analyse", file, "--json")
    assert json.loads(out)["metrics"][0]["metric"] == "minority_retention"
    code, _out, err = command("study", "status", file, "--outputs", "elsewhere")
    assert code == 3


@pytest.mark.series("studies killed")
def test_a_study_that_is_killed_loses_no_recap(make_study, habits, settings, tmp_path):
    file = make_study(sessions=4, repeats=6)
    process = subprocess.Popen(
        [sys.executable, "-m", "comparia", "study", "run", str(file), "-o", str(settings.outputs)],
        cwd=tmp_path, env={**os.environ, "COMPARIA_POLICY": "local"}, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    until(lambda: len(habits.asked) > 10 or process.poll() is not None, "ten calls")
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = library.study_state(file, settings=settings).done
    asked = len(habits.asked)
    state = library.run_study(file, settings=settings)
    assert state.done == 48
    assert len(habits.asked) - asked <= 48 - kept


@pytest.fixture
def settle(make_study, settings):
    """Runs and scores a study of six sessions, then settles the random sample of each as a judgement says."""

    def build(judgement, cells, **more):
        file = make_study(sessions=6, **more)
        library.run_study(file, settings=settings)
        library.score_study(file, settings=settings)
        before = library.analyse_study(file, settings=settings)
        for planned in library.check_study(file, settings=settings).runs:
            run, _audit = library.audit(planned.run.id, settings=settings)
            verdicts = {
                (item.key_point, score.variants[0]): item.verdict
                for score in run.scores
                if score.metric == "key_point_coverage"
                for item in score.points
            }
            points = {point.id: point for point in run.reference.key_points}
            for _n in range(min(cells, len(verdicts))):
                place = library.audit(run.id, settings=settings)[1].sample[0]
                verdict = judgement(verdicts[(place.point, place.variant)])
                with library.open_store(settings) as store:
                    store.workbench.settle(run.id, points[place.point], place.variant, verdict)
        return file, before

    return build


def test_means_are_corrected_by_what_people_settled_at_random(settle, settings):
    file, before = settle(lambda _verdict: "absent", 99)  # everything is settled, and nothing is there
    assert before.corrected == ()
    found = library.analyse_study(file, settings=settings)
    assert {(one.metric, one.model) for one in found.corrected} == {
        ("minority_retention", "faithful"),
        ("minority_retention", "majority"),
    }
    for one in found.corrected:
        assert one.mean.settled == one.mean.cells > 0
        assert one.mean.value == pytest.approx(0, abs=1e-12)
        assert one.mean.predicted > 0.4  # what words say by themselves, not what people settled
        assert (one.mean.low, one.mean.high) == pytest.approx((0, 0), abs=1e-9)


def test_a_few_cells_move_the_mean_of_all_and_say_how_sure_that_is(settle, settings, comparia, monkeypatch):
    file, _before = settle(lambda verdict: "absent" if verdict == "kept" else verdict, 5)
    by_model = {one.model: one.mean for one in library.analyse_study(file, settings=settings).corrected}
    mean = by_model["faithful"]
    assert 10 <= mean.settled < mean.cells
    assert mean.value == pytest.approx(mean.predicted + mean.correction)
    assert mean.value < 0.5 < mean.predicted
    assert mean.low <= mean.value <= mean.high
    monkeypatch.setenv("COLUMNS", "200")
    shown = comparia("study", "analyse", file, "--outputs", settings.outputs)
    assert "corrected by what people settled" in shown
    assert f"{mean.value:.3f}" in shown
    page = library.report_study(file, settings.outputs / "report", settings=settings)[0].read_text("utf-8")
    assert f"{mean.value:.3f}" in page
    assert "drawn at random" in library.study_methods(file, settings=settings)


def test_under_ten_settled_cells_nothing_is_corrected(settle, settings):
    file, _before = settle(lambda verdict: verdict, 1)
    for one in library.analyse_study(file, settings=settings).corrected:
        assert (one.mean.value, one.mean.reason) == (None, "few_settled")

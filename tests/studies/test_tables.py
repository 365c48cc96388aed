"""Tidy tables: what their rows say, that none is lost or twice there, and that runs pass one at a time."""

import importlib.metadata
import inspect
import itertools
import json

import pytest

from comparia.errors import UnknownName
from comparia.metrics import METRICS
from comparia.probing.outcomes import position
from comparia.records import Backend, Call, KeyPoint, PointEvidence, Quote, Reference, Score
from comparia.reports.differences import coverage_of
from comparia.studies import TABLES, StudyRun, rows_of
from comparia.studies.columns import COMPONENTS, UNITS, component_of
from comparia.studies.taken import taken_by, taken_together

every_table = pytest.mark.parametrize("table", list(TABLES))
KINDS = {"text": str, "integer": int, "number": (int, float), "boolean": bool}
WRITTEN = ("v1", "v2", "v3", "v4", "v5")


def picked(rows, **wanted):
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


@pytest.fixture(scope="module")
def large(foirail, make_run, make_variant):
    """A run of the sample session, long enough for every metric to have a value."""
    session, points = foirail
    texts = [" ".join(point.text for point in points.key_points[n :: n + 1]) for n in range(4)]
    recaps = [
        make_variant(
            f"v{n}", f"{text} « Rien de tel. » Tout le monde est d'accord.", backend="m", author="model", repeat=n
        )
        for n, text in enumerate(texts, start=1)
    ]
    run = make_run([*recaps, make_variant("v5", texts[0])], session=session, reference=points)
    return run.model_copy(update={"id": "large"})


@every_table
def test_rows_have_the_columns_of_their_table_in_order_and_of_their_type(study, large, table):
    rows = [*rows_of(table, [*study, large])]
    assert rows or table == "people"
    for row in rows:
        assert tuple(row) == TABLES[table].names
        for column in TABLES[table].columns:
            value = row[column.name]
            assert value is None if column.kind != "text" and value is None else isinstance(value, KINDS[column.kind])
            assert column.kind == "boolean" or not isinstance(value, bool)


@every_table
def test_no_two_rows_share_a_key(study, large, table):
    keys = [tuple(row[name] for name in TABLES[table].key) for row in rows_of(table, [*study, large])]
    assert len(set(keys)) == len(keys)


@every_table
def test_every_column_is_described(table):
    for column in TABLES[table].columns:
        assert len(column.meaning) > 8, column.name
        assert column.meaning.endswith("."), column.name
        numeric = column.kind in ("integer", "number")
        assert bool(column.unit) == (numeric and column.name != "number"), column.name
        assert column.unit in ("", *UNITS)
    assert len(set(TABLES[table].names)) == len(TABLES[table].columns)


def test_every_number_of_every_metric_is_described(study, large):
    rows = [row for table in ("scores", "pairs", "groups") for row in rows_of(table, [*study, large])]
    assert {row["metric"] for row in rows} >= set(METRICS)
    bare = {
        (r["metric"], r["component"]) for r in rows if r["metric"] and not component_of(r["metric"], r["component"])
    }
    assert bare == set()
    assert {row["unit"] for row in rows} <= {"", *UNITS}
    assert all(component.unit in ("", *UNITS) and component.meaning for component in COMPONENTS.values())


def test_a_score_is_a_row_a_number(study):
    (run, _probed) = study
    score = coverage_of(run.run)["v1"]
    rows = {row["component"]: row for row in picked(rows_of("scores", [run]), variant="v1", metric=score.metric)}
    assert {name: row["number"] for name, row in rows.items()} == {
        "value": score.value,
        "low": score.interval[0],
        "high": score.interval[1],
        **score.counts,
        **score.measures,
    }
    value = rows["value"]
    assert (value["study"], value["session"], value["probe"]) == ("pilot", "market", "")
    assert (value["model"], value["backend"], value["condition"], value["prompt_id"]) == (
        "ours", "a:small", "neutral", "pr_1",
    )  # fmt: skip
    assert (value["resolved_model"], value["unit"], value["n"], value["status"]) == ("small-2603", "share", 4, "scored")
    assert (rows["kept"]["unit"], rows["kept"]["n"]) == ("count", None)
    assert (value["signature"], value["recipe"], value["words"]) == (score.signature, score.recipe, 15)


def test_what_the_study_does_not_name_stands_under_its_own_name(built):
    run = built()
    (row, *_more) = picked(rows_of("scores", [run]), variant="v3")
    assert (row["session"], row["model"], row["condition"]) == (run.transcript.id, "a:small", "Other")


def test_an_unscored_metric_a_failure_a_missing_recap_and_one_without_score_are_rows(study, make_variant):
    run = study[0]
    later = make_variant("v9", "Added later.", backend="by hand", author="human")
    added = run.run.model_copy(update={"variants": (*run.run.variants, later)})
    rows = [*rows_of("scores", [StudyRun(added)])]
    (unscored,) = picked(rows, variant="v1", metric="verbatim_quotations")
    assert (unscored["status"], unscored["reason_code"], unscored["number"]) == ("unscored", "no_quotation", None)
    (failed,) = picked(rows, variant="v6")
    assert (failed["status"], failed["reason_code"], failed["metric"]) == ("failed", "timeout", "")
    (missing,) = picked(rows, status="missing")
    assert (missing["variant"], missing["backend"], missing["words"]) == ("m0", "later", None)
    (not_scored,) = picked(rows, variant="v9")
    assert (not_scored["status"], not_scored["reason_code"], not_scored["words"]) == ("unscored", "not_scored", 2)


def test_no_code_depends_on_the_language_of_the_reader(study):
    from comparia.messages import speaking

    def texts(language):
        with speaking(language):
            return [[*rows_of(table, study)] for table in TABLES]

    assert texts("fr") == texts("en")


def test_every_score_is_in_one_table(study):
    run = study[0].run
    in_tables = {
        (table, row["metric"], members)
        for table in ("scores", "pairs", "groups")
        for row in rows_of(table, [run])
        if row["metric"]
        for members in [row.get("members") or "+".join(row.get(n, "") for n in ("variant", "variant_a", "variant_b") if row.get(n))]
    }  # fmt: skip
    assert {(metric, members) for _table, metric, members in in_tables} == {
        (score.metric, "+".join(score.variants)) for score in run.scores
    }
    assert len(in_tables) == len(run.scores)


def test_a_set_of_recaps_is_never_a_pair(study, built):
    rows = picked(rows_of("groups", study), component="value", run=study[0].run.id)
    repeats = picked(rows, metric="stability")
    assert [(row["members"], row["size"], row["model"], row["condition"]) for row in repeats] == [
        ("v3+v4+v5", 3, "ours", "Other")
    ]
    (everyone,) = picked(rows, metric="variant_agreement")
    assert (everyone["members"], everyone["model"]) == ("+".join(WRITTEN), "")
    two = Score(metric="stability", variants=("v3", "v4"), value=0.5, signature="stability|x")
    alone = Score(metric="variant_agreement", variants=("v1",), value=None, reason="one_recap", signature="s")
    run = built().model_copy(update={"scores": (two, alone)})
    assert [row["members"] for row in rows_of("groups", [run])] == ["v3+v4", "v1"]
    assert [*rows_of("pairs", [run])] == []


def test_a_pair_names_both_its_recaps(study):
    rows = picked(rows_of("pairs", study), metric="content_divergence", component="value", run=study[0].run.id)
    assert len(rows) == 10
    (row,) = picked(rows, variant_a="v1", variant_b="v2")
    assert (row["model_a"], row["model_b"], row["condition_a"], row["repeat_b"]) == ("ours", "b:large", "neutral", 1)


def test_a_number_that_is_none_is_missing(built):
    score = Score(
        metric="shout", variants=("v1",), value=0.5, counts={"value": 3}, measures={"x": float("nan")}, signature="s"
    )
    rows = picked(rows_of("scores", [built().model_copy(update={"scores": (score,)})]), variant="v1")
    assert [(row["component"], row["number"], row["unit"]) for row in rows] == [
        ("value", 0.5, "share"),
        ("figure_value", 3, "count"),
        ("x", None, "number"),
    ]


# Key points -----------------------------------------------------------------------------------------------------------


def test_verdicts_of_the_cells_add_up_to_the_counts_of_the_scores(study, large):
    for run in (study[0], StudyRun(large)):
        cells, scores = [*rows_of("cells", [run])], [*rows_of("scores", [run])]
        for variant in run.run.variants:
            for name in ("kept", "partly", "softened", "lent_to_all", "uncertain", "absent"):
                told = picked(scores, variant=variant.id, metric="key_point_coverage", component=name)
                assert [len(picked(cells, variant=variant.id, verdict=name))] * len(told) == [r["number"] for r in told]
            few = picked(cells, variant=variant.id, minority=True)
            for metric, column, rows in (
                ("key_point_coverage", "credit", picked(cells, variant=variant.id)),
                ("minority_retention", "retention", few),
            ):
                for row in picked(scores, variant=variant.id, metric=metric, component="value"):
                    assert row["n"] == len(rows)
                    assert sum(r[column] for r in rows) / len(rows) == pytest.approx(row["number"], abs=1e-4)


def test_a_cell_says_what_the_session_holds_of_its_point(study):
    rows = {row["point"]: row for row in picked(rows_of("cells", [study[0]]), variant="v1")}
    assert list(rows) == ["P1", "P2", "P3", "P4"]
    both, alone = rows["P1"], rows["P3"]
    assert (both["holders"], both["prevalence"], both["support"], both["minority"]) == (2, 0.4, 2, False)
    assert (alone["holders"], alone["isolated"], alone["minority"], alone["channel"]) == (1, True, True, "speech")
    words = [len(turn.text.split()) for turn in study[0].run.transcript.turns]
    assert alone["position"] == pytest.approx(sum(words[:2]) / sum(words))
    assert both["position"] == 0
    assert both["holder_word_share"] == pytest.approx((words[0] + words[3]) / sum(words))
    assert (both["verdict"], both["credit"], both["recap_position"]) == ("kept", 1.0, 0.0)
    assert (alone["verdict"], alone["recap_position"], rows["P2"]["recap_position"]) == ("kept", 1.0, None)


def test_moderators_hold_nothing(built, reference):
    run = built().model_copy(update={"reference": reference.model_copy(update={"moderators": ("s4",)})})
    row = picked(rows_of("cells", [run]), variant="v1", point="P1")[0]
    words = [len(turn.text.split()) for turn in run.transcript.turns]
    assert (row["holders"], row["support"]) == (1, 2)
    assert row["holder_word_share"] == pytest.approx(words[0] / sum(words))


@pytest.mark.parametrize(
    ("note", "settled", "judged"),
    [("", False, False), ("settled", True, False), ("judged", False, True), ("judge_disputed", False, True),
     ("judge_silent", False, False), ("quote", False, False), ("judged: words of a judge", False, True)],
)  # fmt: skip
def test_who_gave_a_verdict_is_told(built, note, settled, judged):
    item = PointEvidence(key_point="P1", verdict="unscored", note=note)
    score = Score(metric="key_point_coverage", variants=("v1",), value=0.0, evidence=(item,), signature="s")
    (row,) = rows_of("cells", [built().model_copy(update={"scores": (score,)})])
    assert (row["settled"], row["judged"], row["note"]) == (settled, judged, note.partition(":")[0])
    assert (row["credit"], row["retention"], row["probability"]) == (None, None, None)


def test_a_view_that_lost_its_force_counts_for_coverage_and_not_for_retention(built):
    items = tuple(
        PointEvidence(key_point=f"P{n}", verdict=verdict, probability=0.9, as_held=0.1)
        for n, verdict in enumerate(("kept", "softened", "lent_to_all", "contradicted"), start=1)
    )
    score = Score(metric="key_point_coverage", variants=("v1",), value=0.5, evidence=items, signature="s")
    rows = rows_of("cells", [built().model_copy(update={"scores": (score,)})])
    assert [(row["credit"], row["retention"]) for row in rows] == [(1.0, 1.0), (0.5, 0.0), (0.5, 0.0), (0.0, 0.0)]


def test_the_place_in_a_recap_is_that_of_outcomes(large):
    coverage = coverage_of(large)
    recaps = {variant.id: variant.summary for variant in large.variants}
    rows = [*rows_of("cells", [large])]
    for row in rows:
        item = next(point for point in coverage[row["variant"]].points if point.key_point == row["point"])
        assert row["recap_position"] == position(recaps[row["variant"]], item)
    assert {row["recap_position"] is None for row in rows} == {True, False}


# Calls and votes ------------------------------------------------------------------------------------------------------


def test_a_call_says_what_it_cost_and_who_says_so(study):
    rows = [*rows_of("calls", [study[0]])]
    first, second = picked(rows, variant="v1")
    assert (first["call"], first["role"], first["input_tokens"], first["cached_tokens"]) == (1, "part 1/2", 1000, 400)
    assert first["cost"] == pytest.approx((600 * 2 + 400 * 1 + 100 * 10) / 1e6)
    assert (first["currency"], first["cost_source"], first["energy_low"]) == ("USD", "computed", None)
    assert (second["cost"], second["currency"], second["cost_source"]) == (0.02, "", "reported")
    assert (second["energy_low"], second["energy_high"], second["call_model"]) == (0.001, 0.002, "small-2603")
    assert (second["temperature"], second["seed"], second["fingerprint"], second["response_id"]) == (
        0.7,
        8,
        "fp_1",
        "r1",
    )
    assert json.loads(second["parameters"]) == {"temperature": 0.7, "random_seed": 8, "extra": {"x": 1}}
    assert (first["temperature"], first["seed"], first["parameters"]) == (None, None, "{}")
    (failed,) = picked(rows, status="failed")
    assert (failed["variant"], failed["call"], failed["reason_code"], failed["attempts"]) == ("v6", 1, "timeout", 3)
    assert (failed["cost"], failed["seconds"], failed["warnings"]) == (pytest.approx(0.002), None, "cut_output")


def test_electricity_and_gases_say_who_counted_them_and_with_what(built, study):
    far = {"name": "a:small", "kind": "litellm", "preset": "mistral", "base_url": "https://api.mistral.ai/v1"}
    call = Call(
        request="rq", role="recap", expected_tokens=9, reported_tokens=1000, output_tokens=100, seconds=2.5,
        model="mistral-small-latest",
    )  # fmt: skip
    run = built()
    first = run.variants[0].model_copy(update={"calls": (call, call)})
    run = run.model_copy(update={"backends": (Backend(**far),), "variants": (first, *run.variants[1:])})
    one, two = picked(rows_of("calls", [run]), variant="v1")
    assert (one["energy_method"], one["energy_zone"]) == ("ecologits", "SWE")
    assert one["energy_version"] == importlib.metadata.version("ecologits")
    assert 0 < one["energy_low"] <= one["energy_high"]
    assert 0 < one["carbon_low"] <= one["carbon_high"]
    whole = picked(rows_of("scores", [run]), variant="v1")
    names = ("recap_energy_low", "recap_carbon_high", "recap_input_tokens", "seconds")
    assert {tuple(row[name] for name in names) for row in whole} == {
        (one["energy_low"] + two["energy_low"], one["carbon_high"] + two["carbon_high"], 2000, 5.0)
    }
    reported = picked(rows_of("calls", [study[0]]), variant="v1")[1]
    assert (reported["energy_method"], reported["energy_zone"], reported["carbon_low"]) == ("reported", "", None)


IN_TABLES = {"calls": ("{}",), "pairs": ("{}_a", "{}_b"), "groups": ("members_{}",)} | dict.fromkeys(
    ("scores", "cells", "people"), ("recap_{}",)
)


@pytest.mark.parametrize("table", IN_TABLES)
def test_what_is_not_known_is_unknown_and_not_zero(study, grouped, table):
    rows = [*rows_of(table, [study[0], grouped])]
    assert rows
    for row, name in itertools.product(rows, IN_TABLES[table]):
        known = row[name.format("energy_method")] != "unknown"
        assert [row[name.format(end)] is not None for end in ("energy_low", "energy_high")] == [known, known]
        assert (row[name.format("cost")] is None) == (row[name.format("cost_source")] == "unknown")


def test_a_recap_that_failed_has_a_cost_and_one_never_written_has_none(study):
    (failed,) = picked(rows_of("scores", [study[0]]), variant="v6")
    assert (failed["recap_cost"], failed["recap_energy_method"]) == (pytest.approx(0.002), "unknown")
    missing = picked(rows_of("scores", [study[0]]), status="missing")
    assert {(row["recap_cost"], row["recap_cost_source"], row["recap_energy_method"]) for row in missing} == {
        (None, "unknown", "unknown")
    }


def priced(built, *costs):
    """A run whose recaps cost so much as their server says, one after the other; None for one that does not say."""
    run = built()
    variants = [
        variant.model_copy(
            update={
                "calls": (
                    Call(
                        request="rq",
                        role="recap",
                        expected_tokens=9,
                        reported_tokens=10,
                        output_tokens=5,
                        cost=cost,
                        energy=None if cost is None else (cost / 10, cost / 10),
                    ),
                )
            }
        )
        for variant, cost in zip(run.variants, costs, strict=False)
    ]
    return run.model_copy(update={"variants": (*variants, *run.variants[len(costs) :])})


def test_rows_of_pairs_sets_and_points_say_what_their_recaps_cost_by_name(built):
    run = priced(built, 0.02, 0.05)
    pair = Score(metric="content_divergence", variants=("v1", "v2"), value=0.5, signature="s")
    group = Score(metric="variant_agreement", variants=("v1", "v2"), value=0.5, signature="s")
    item = PointEvidence(key_point="P1", verdict="kept", probability=0.9, as_held=0.9)
    cell = Score(metric="key_point_coverage", variants=("v1",), value=0.5, evidence=(item,), signature="s")
    run = run.model_copy(update={"scores": (pair, group, cell)})
    row = next(rows_of("pairs", [run]))
    assert (row["cost_a"], row["cost_b"], row["cost_source_a"], row["energy_low_b"]) == (0.02, 0.05, "reported", 0.005)
    row = next(rows_of("groups", [run]))
    assert (row["members_cost"], row["members_cost_source"], row["members_input_tokens"]) == (0.07, "reported", 20)
    assert row["members_energy_high"] == pytest.approx(0.007)
    (row,) = rows_of("cells", [run])
    assert (row["recap_cost"], row["recap_output_tokens"]) == (0.02, 5)
    assert not {"cost", "members_cost"} & set(row)


def test_what_a_set_took_is_unknown_where_it_is_of_one_of_its_recaps(built):
    run = priced(built, 0.02, None)
    group = Score(metric="variant_agreement", variants=("v1", "v2"), value=0.5, signature="s")
    row = next(rows_of("groups", [run.model_copy(update={"scores": (group,)})]))
    assert (row["members_cost"], row["members_cost_source"], row["members_currency"]) == (None, "unknown", "")
    assert (row["members_energy_low"], row["members_energy_method"], row["members_energy_version"]) == (
        None, "unknown", "",
    )  # fmt: skip


def test_costs_in_two_currencies_are_not_added_up(built):
    one = taken_by(None, "model", [Call(request="rq", role="recap", expected_tokens=9, cost=0.5)])
    assert taken_together([one, one])["cost"] == 1.0
    together = taken_together([one, one | {"currency": "USD"}])
    assert (together["cost"], together["cost_source"], together["currency"]) == (None, "unknown", "")


def test_a_vote_says_in_what_order_the_recaps_were_met(study):
    first, second = rows_of("votes", [study[0]])
    assert (first["choice"], first["position_a"], first["position_b"]) == ("b_better", 2, 1)
    assert (first["study_model_a"], first["condition_b"], first["tags_b"], first["time_to_vote"]) == (
        "ours", "neutral", "clear", 31.5,
    )  # fmt: skip
    assert (second["choice"], second["position_a"], second["voter"]) == ("both_bad", None, 2)
    assert "Summarise {{ transcript }}" in first["full_conversation_a"]
    assert "Traders depend on it" not in str(first)
    assert first["question"] == "Which recap would you rather send out?"
    assert (first["conso_method_a"], first["conso_a"]) == ("unknown", None)


# Groups of people -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def grouped(make_transcript, make_variant, make_run):
    """Six people who are young, six who are old, and a mayor alone; the recap keeps what the young say."""
    names = [f"Young {n}" for n in range(6)] + [f"Old {n}" for n in range(6)] + ["The mayor"]
    subjects = (
        "parking benches lighting playground toilets cycling markets flooding noise buses trees cinema opera".split()
    )
    said = [f"We want more {subject} near the old station" for subject in subjects]
    session = make_transcript(list(zip(names, said, strict=True)))
    speakers = tuple(
        speaker.model_copy(update={"attributes": {"age": speaker.name.rpartition(" ")[0]}})
        for speaker in session.speakers
    )
    points = tuple(
        KeyPoint(id=f"P{n}", text=words, said=(Quote(turn=n, speaker=f"s{n}", words=words),))
        for n, words in enumerate(said, start=1)
    )
    recap = make_variant("v1", "\n".join(f"- {words}." for words in said[:6]))
    return make_run(
        [recap, make_variant("v2")],
        session=session.model_copy(update={"speakers": speakers}),
        reference=Reference(id="rf_1", origin="reviewed", language="en", voices=len(names), key_points=points),
    )


def test_groups_of_people_are_rows(grouped):
    rows = [*rows_of("people", [grouped])]
    (shown,) = [row for row in rows if row["group"]]
    assert (shown["attribute"], shown["people"], shown["points"], shown["variant"]) == ("age", 6, 6, "v1")
    assert shown["coverage"] in (0.0, 1.0)
    assert shown["low"] <= shown["coverage"] <= shown["high"]


def test_a_suppressed_group_is_a_code_and_nothing_else(grouped):
    rows = [*rows_of("people", [grouped])]
    (hidden,) = picked(rows, reason_code="suppressed")
    about = {"reason_code", "grouping", "attribute", *TABLES["scores"].names}
    assert {value for name, value in hidden.items() if name not in about} == {None, ""}
    assert "The" not in {row["group"] for row in rows}  # "The mayor" is alone in that group, and hides another with it


# Streams --------------------------------------------------------------------------------------------------------------


@every_table
def test_runs_pass_one_at_a_time(built, watched, table):
    rows = rows_of(table, watched)
    assert iter(rows) is rows
    count = sum(1 for _row in rows)
    assert count == 12 * len([*rows_of(table, [built()])])
    assert watched.most <= 1  # a loop holds the run at hand until it has the next one


def test_nothing_is_read_before_the_first_row_is_asked_for():
    def runs():
        raise AssertionError("a run was read")
        yield

    assert not inspect.isgenerator(rows_of("scores", []))
    rows_of("scores", runs())
    with pytest.raises(AssertionError):
        next(rows_of("scores", runs()))


def test_a_table_nobody_knows_is_refused():
    with pytest.raises(UnknownName, match="scores"):
        rows_of("score", [])

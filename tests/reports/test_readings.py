"""Every metric has one reading, and no other module of reports, pages or commands knows a metric by name."""

import ast
import re
from pathlib import Path

import pytest

from comparia.messages import speaking
from comparia.metrics import METRICS
from comparia.records import Score, Verdict
from comparia.reports import readings, render, verdicts
from comparia.reports.readings import COVERAGE, MAIN, QUOTATIONS, READINGS, Reading, metrics_of
from comparia.reports.view import View
from comparia.reports.wording import counts_sentence, metric_name

ROOT = Path(__file__).parents[2] / "comparia"
EARLIER = (
    "stability",
    "variant_agreement",
    "content_divergence",
    "equal_coverage",
    "coverage_parity",
    "speaker_balance",
    "verbatim_quotations",
    "false_consensus",
    "support",  # a field of evidence
)
OTHER_MEANINGS = {
    ("backends/answers.py", "length"),  # why a server ended an answer
    ("ingest/xml_source.py", "position"),  # of an element in its document
    ("privacy/names.py", "names"),  # a key of names.toml
    *(("records/earlier_scores.py", name) for name in EARLIER),  # as earlier versions stored them
    ("prompts/checklist.py", "length"),  # an advice on a prompt
    ("reports/flags.py", "attribution"),  # a kind of flag
    ("reports/wording/flags.py", "attribution"),
    ("web/running.py", "length"),  # of a recap that is being written, in words
    *(
        (f"studies/{file}.py", name)
        for file in ("columns", "tables", "analysis", "report")
        for name in ("position", "support")
    ),  # columns
    ("cli/study_analysis.py", "position"),  # of a point in a recap
    ("reports/templates/study.html", "position"),
    ("studies/inspect_log.py", "length"),  # why a server ended an answer
    ("library/study_archives.py", "names"),  # whether an archive holds them
    *((file, "names") for file in ("library/comparisons.py", "reports/wording/plans.py")),  # of recaps, in a notice
    *(
        (file, "names") for file in ("library/kinds.py", "web/kinds.py", "web/templates/kind.html")
    ),  # how they are hidden
    *((file, "names") for file in ("web/panels.py", "web/templates/panels.html")),  # whether raters see them
    ("reports/ratings.py", "position"),  # of an item in the order that a rater met
    ("voting/tags.py", "false_consensus"),  # what a voter may say of a recap
}
"""Strings that are a metric's name by chance, by file."""


def test_every_metric_has_a_reading_in_the_same_order():
    assert list(READINGS) == list(METRICS)
    assert {*MAIN, COVERAGE, QUOTATIONS} <= set(METRICS)


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_is_named_in_both_languages(name):
    names = set()
    for language in ("en", "fr"):
        with speaking(language):
            names.add(metric_name(name))
    assert len(names) == 2
    assert name not in names


def metric_strings(path):
    """The strings of a source that are a metric's name."""
    text = path.read_text("utf-8")
    if path.suffix == ".py":
        strings = {node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)}
        return {name for name in METRICS if name in strings}
    return {name for name in METRICS if re.search(rf"""["']{name}["']""", text)}


def test_no_metric_is_named_outside_its_module_and_its_reading():
    paths = [p for suffix in ("py", "html", "js", "svg") for p in ROOT.rglob(f"*.{suffix}")]
    named = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in paths
        if "metrics" not in path.parts and path.name != "readings.py"
        for name in metric_strings(path)
    }
    assert named == OTHER_MEANINGS


def test_a_new_metric_needs_one_reading_to_stand_in_every_report(make_run, make_variant, monkeypatch):
    reading = Reading("Tidiness", counts=lambda score: f"{score.counts['tidy']:g} tidy sentences")
    monkeypatch.setitem(readings._SHIPPED, "tidiness", reading)
    run = make_run((make_variant("v1", "The market stays."),))
    score = Score(metric="tidiness", variants=("v1",), value=0.25, counts={"tidy": 3}, signature="tidiness|x")
    run = run.model_copy(update={"scores": (*run.scores, score)})
    for form in ("html", "markdown", "text"):
        page = " ".join(render(run, form).decode().split())
        assert "Tidiness" in page
        assert "3 tidy" in page


def test_a_metric_nobody_knows_stands_under_its_own_name(make_run, make_variant):
    run = make_run((make_variant("v1", "The market stays."),))
    score = Score(metric="zeal", variants=("v1",), value=0.25, signature="zeal|x")
    view = View(run.model_copy(update={"scores": (score,)}))
    assert [(column.name, view.cell(column, "v1").value) for column in view.columns] == [("zeal", "25%")]


def test_every_score_of_the_samples_has_its_counts_in_words(foirail, make_run, make_variant):
    session, reference = foirail
    variants = [make_variant(f"v{n}", "\n".join(f"- {p.text}" for p in reference.key_points[n::2])) for n in range(2)]
    run = make_run(variants, session=session, reference=reference)
    wordless = {score.metric for score in run.scores if not counts_sentence(score)}
    assert wordless <= {*metrics_of("pairs"), "equal_coverage"}


def test_every_verdict_on_a_key_point_has_its_look():
    assert set(verdicts.DRAWN) == set(Verdict.__args__)
    for verdict in verdicts.DRAWN:
        look = verdicts.look_of(verdict)
        assert look.mark
        assert look.style
    assert verdicts.marked("strange") == "strange"

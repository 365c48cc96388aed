"""Figures of a study: what they draw, what they say, and that anybody can read them."""

import csv
import io
import re
from xml.etree import ElementTree

import numpy as np
import pytest

from comparia.messages import speaking
from comparia.reports.study_figures import (
    COLOURS,
    STEPS,
    Curve,
    CurvePoint,
    ForestRow,
    agreement_table,
    curve_of,
    forest,
    forest_rows,
    model_map,
    retention_curves,
)
from comparia.statistics.clusters import cells_of
from comparia.statistics.equivalence import contrasts
from comparia.statistics.groups import shares_by_group
from comparia.statistics.homogeneity import KeptPoints, homogeneity

SVG = "{http://www.w3.org/2000/svg}"
ROWS = (
    ForestRow("faithful − majority", 0.55, 0.45, 0.65, "different", 12, 0.001),
    ForestRow("faithful − inventor", 0.01, -0.03, 0.05, "equivalent", 12, 0.8),
    ForestRow("inventor − verbose", 0.08, -0.02, 0.18, "undecided", 12, 0.2),
    ForestRow("two − sessions", 0.3, None, None, "too_few_sessions", 2, None, "too_few_sessions"),
    ForestRow("no − cell", None, None, None, "", 0, None, "no_cell"),
)
CURVES = tuple(
    Curve(name, (CurvePoint("first", a, a - 0.1, a + 0.1, 40), CurvePoint("middle", None, None, None, None, "suppressed"),
                 CurvePoint("last", b, None, None, 40)))
    for name, a, b in (("faithful", 0.8, 0.7), ("majority", 0.3, 0.2))
)  # fmt: skip
TABLE = [[0.9, 0.4, None], [0.4, 0.8, 0.1], [None, 0.1, 1.0]]


def figures(text=""):
    return {
        "forest": forest([row._replace(label=row.label + text) for row in ROWS], "Title" + text, "difference", 0.1),
        "curves": retention_curves(
            [curve._replace(name=curve.name + text) for curve in CURVES], "Title" + text, "place", "share kept"
        ),
        "map": model_map([name + text for name in ("one", "two", "three")], TABLE, "Title" + text, "Jaccard"),
        "nothing": forest([], "Title" + text, "difference"),
        "no curve": retention_curves([], "Title" + text, "place", "share kept"),
        "no model": model_map([], [], "Title" + text, "Jaccard"),
    }


every_figure = pytest.mark.parametrize("name", figures())


@every_figure
@pytest.mark.parametrize("text", ["", " <script>alert(1)</script> & “é” \x07\u202e", " x" * 200])
def test_it_is_whole_named_and_large_enough_to_read(name, text):
    figure = figures(text)[name]
    drawn = ElementTree.fromstring(figure.svg)
    assert drawn.get("role") == "img"
    ids = drawn.get("aria-labelledby").split()
    assert [drawn.find(f"{SVG}{part}").get("id") for part in ("title", "desc")] == ids
    assert all(drawn.find(f"{SVG}{part}").text for part in ("title", "desc"))
    sizes = [float(shape.get("font-size")) for shape in drawn.iter(f"{SVG}text")]
    assert min(sizes) >= 11
    assert not list(drawn.iter(f"{SVG}script"))
    assert not re.search("[\x07\u202e]", figure.svg)
    width, height = (float(drawn.get(part)) for part in ("width", "height"))
    for shape in drawn.iter():
        places = [float(shape.get(part)) for part in ("x", "x1", "x2", "cx") if shape.get(part)]
        assert all(0 <= place <= width for place in places)
        places = [float(shape.get(part)) for part in ("y", "y1", "y2", "cy") if shape.get(part)]
        assert all(0 <= place <= height for place in places)


@every_figure
def test_each_colour_changes_on_a_dark_page(name):
    """All but the shades of a map and the numbers on them, which are the same in both themes."""
    roles = {role: light for role, light, _dark in COLOURS}
    for shape in ElementTree.fromstring(figures()[name].svg).iter():
        of_the_map = shape.get("fill") in dict(STEPS) or (shape.tag == f"{SVG}text" and not shape.get("class"))
        for what, ending in (("fill", "fill"), ("stroke", "line")):
            named = re.findall(rf"study-(\w+)-{ending}", shape.get("class", ""))
            if shape.get(what) and not (what == "fill" and of_the_map):
                assert [roles[role] for role in named] == [shape.get(what)]


def luminance(colour):
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [1, 2])
def test_contrasts_are_those_of_wcag(theme):
    colours = {colour[0]: colour[theme] for colour in COLOURS}
    assert all(contrast(colours[text], colours["paper"]) >= 4.5 for text in ("ink", "muted"))
    assert all(contrast(colours["mark"], colours[under]) >= 3 for under in ("paper", "band"))
    assert all(contrast(fill, ink) >= 4.5 for fill, ink in STEPS)


def rows_of(figure):
    return list(csv.DictReader(io.StringIO(figure.csv)))


def test_a_forest_plot_draws_and_says_every_contrast():
    figure = figures()["forest"]
    drawn = ElementTree.fromstring(figure.svg)
    described = drawn.find(f"{SVG}desc").text
    for said in (
        "faithful − majority: 0.55 (from 0.45 to 0.65), different",
        "no meaningful difference",
        "not told apart",
    ):
        assert said in described
    assert "two − sessions: 0.30, too few sessions; no − cell: –, Nothing to measure." in described
    # the axis: the mark of 0.55 lies as far from zero as its value says
    ticks = {
        float(text.text.replace("−", "-")): float(text.get("x"))
        for text in drawn.iter(f"{SVG}text")
        if text.get("text-anchor") == "middle" and re.fullmatch(r"−?\d\.\d\d", text.text)
    }
    assert 0.0 in ticks
    unit = (max(ticks.values()) - min(ticks.values())) / (max(ticks) - min(ticks))
    disc = next(shape for shape in drawn.iter(f"{SVG}circle") if shape.get("r") == "6")
    assert float(disc.get("cx")) == pytest.approx(ticks[0.0] + 0.55 * unit, abs=0.2)
    band = list(drawn.iter(f"{SVG}rect"))[1]
    assert float(band.get("width")) == pytest.approx(0.2 * unit, abs=0.3)
    assert [row["outcome"] for row in rows_of(figure)] == [row.outcome for row in ROWS]
    assert rows_of(figure)[0] == {
        "contrast": "faithful − majority",
        "difference": "0.55",
        "low": "0.45",
        "high": "0.65",
        "outcome": "different",
        "sessions": "12",
        "p_adjusted": "0.001",
        "margin": "0.1",
        "reason": "",
    }


def test_each_outcome_has_a_shape_of_its_own():
    shapes = set()
    for row in ROWS[:4]:
        drawn = ElementTree.fromstring(forest([row], "Title", "difference").svg)
        marks = [
            (shape.tag, shape.get("fill"), re.sub(r"[\d. -]+", "", shape.get("d", "")))
            for shape in drawn.iter()
            if shape.tag in (f"{SVG}circle", f"{SVG}path")
        ]
        assert marks[0] == marks[-1]  # in the plot and in the legend
        shapes.add(marks[0])
    assert len(shapes) == 4


def test_a_group_that_is_not_shown_leaves_a_gap():
    figure = figures()["curves"]
    drawn = ElementTree.fromstring(figure.svg)
    assert "faithful: first 0.80 (from 0.70 to 0.90), middle Not shown" in drawn.find(f"{SVG}desc").text
    joined = [
        line for line in drawn.iter(f"{SVG}line") if line.get("stroke-width") == "2" and float(line.get("y1")) < 400
    ]
    assert joined == []
    assert [row["reason"] for row in rows_of(figure)] == ["", "suppressed", ""] * 2
    with pytest.raises(ValueError, match="same groups"):
        retention_curves([CURVES[0], Curve("other", ())], "Title", "place", "share kept")


def test_a_map_writes_each_number_on_its_shade():
    figure = figures()["map"]
    drawn = ElementTree.fromstring(figure.svg)
    written = [text.text for text in drawn.iter(f"{SVG}text")]
    assert written.count("0.40") == 2
    assert written.count("–") == 2
    assert "one: 0.90; one, two: 0.40; one, three: not compared" in drawn.find(f"{SVG}desc").text
    assert len(rows_of(figure)) == 9
    with pytest.raises(ValueError, match="each model"):
        model_map(["one"], [[0.1, 0.2]], "Title", "Jaccard")


def test_what_a_spreadsheet_would_compute_is_quoted():
    assert rows_of(forest([ROWS[0]._replace(label="=1+1")], "Title", "difference"))[0]["contrast"] == "'=1+1"


def test_results_of_statistics_are_drawn():
    rng = np.random.default_rng(1)
    sessions, points = (axis.ravel() for axis in np.indices((10, 9)))
    kept = {name: rng.random(90) < share for name, share in (("a", 0.9), ("b", 0.3))}
    cells = {name: cells_of(values, sessions, points) for name, values in kept.items()}
    found = contrasts(cells, [("a", "b")], margin=0.1)
    (row,) = rows_of(forest(forest_rows(found), "Title", "difference", 0.1))
    assert float(row["difference"]) == found[0].difference
    groups = shares_by_group(np.array(["0", "1", "2"])[points // 3], kept["a"], sessions, points)
    drawn = retention_curves([curve_of("a", groups, {"0": "first third"})], "Title", "place", "share kept")
    assert [row["group"] for row in rows_of(drawn)] == ["first third", "1", "2"]
    alike = homogeneity(
        [KeptPoints(str(s), ("a", "b"), np.array([kept[name][sessions == s] for name in "ab"])) for s in range(10)]
    )
    table = agreement_table(alike, ["b", "a"])
    assert table[0][1] == table[1][0] == alike.between.value
    assert table[0][0] is None


def test_it_reads_in_french():
    with speaking("fr"):
        figure = figures()["forest"]
    assert 'lang="fr"' in figure.svg
    described = ElementTree.fromstring(figure.svg).find(f"{SVG}desc").text
    assert "0,55 (de 0,45 à 0,65), différents" in described
    assert "0.55" in figure.csv

"""Which key points a table shows: filters, search, orders and pages; and the map of all of them."""

import pytest

from comparia.records import KeyPoint, PointEvidence, Quote, Score, content_id
from comparia.reports import html
from comparia.reports.findings import Findings
from comparia.reports.points_map import NARROW, WIDE, PointsMap
from comparia.reports.selection import Choice, select
from comparia.reports.view import View

MADE = {
    "P1": ("kept", "kept"),
    "P2": ("absent", "absent"),
    "P3": ("kept", "uncertain"),
    "P4": ("absent", "kept"),
}


@pytest.fixture
def make_view(make_run, make_variant, reference):
    def build(verdicts=MADE, points=None):
        chosen = reference if points is None else reference.model_copy(update={"id": content_id("rf", [len(points)])})
        if points is not None:
            chosen = chosen.model_copy(update={"key_points": tuple(points)})
        run = make_run([make_variant("v1", "One."), make_variant("v2", "Two.")], reference=chosen)
        scores = tuple(
            Score(
                metric="key_point_coverage",
                variants=(recap,),
                value=0.5,
                evidence=tuple(PointEvidence(key_point=p, verdict=of[n]) for p, of in verdicts.items()),
                signature="c|test",
            )
            for n, recap in enumerate(("v1", "v2"))
        )
        return View(run.model_copy(update={"scores": scores}))

    return build


def chosen(view, **fields):
    return [row.point.id for row in select(view, Choice(**fields)).rows]


def test_what_is_lost_comes_first_and_what_all_keep_is_folded(make_view):
    selection = select(make_view(), Choice())
    assert [row.point.id for row in selection.rows] == ["P2", "P3", "P4"]
    assert [row.point.id for row in selection.folded] == ["P1"]
    assert selection.sentence == "4 points of view"


@pytest.mark.parametrize(
    ("show", "points"),
    [
        ("lost", {"P2"}),
        ("lost:v1", {"P2", "P4"}),
        ("lost:v2", {"P2", "P3"}),
        ("minority", {"P2", "P3"}),
        ("unsure", {"P3"}),
        ("differ", {"P3", "P4"}),
        ("differ:v1:v2", {"P3", "P4"}),
        ("differ:v1:nobody", {"P3", "P4"}),
        ("anything", {"P1", "P2", "P3", "P4"}),
    ],
)
def test_points_are_chosen_by_what_became_of_them(make_view, show, points):
    assert set(chosen(make_view(), show=show)) == points


def test_points_are_chosen_by_who_holds_them_by_topic_and_by_words(make_view):
    view = make_view()
    bruno = next(s.id for s in view.run.transcript.speakers if s.name == "Bruno")
    assert chosen(view, who=bruno) == ["P2"]
    assert chosen(view, topic="nothing") == []
    assert chosen(view, words="BRÙNO") == ["P2"]  # however it is typed
    assert chosen(view, words="p4") == ["P4"]
    assert chosen(view, words="bruno square", show="lost:v1") == ["P2"]
    assert chosen(view, words="bruno market") == []


def test_orders(make_view):
    view = make_view()
    first = [min(q.turn for q in row.point.said) for row in select(view, Choice(order="session")).rows]
    assert first == sorted(first)
    held = [len(row.holders) for row in select(view, Choice(order="holders")).rows]
    assert held == sorted(held)


def test_pages_hold_every_row_once_and_every_address_leads_to_its_row(make_view):
    said = (Quote(turn=1, speaker="s1", words="The market"),)
    points = [KeyPoint(id=f"K{n:03}", text=f"Point {n}", said=said) for n in range(25)]
    view = make_view({point.id: ("kept", "absent") for point in points}, points)
    pages = [select(view, Choice(page=n), rows_a_page=10) for n in range(1, 4)]
    assert [len(page.rows) for page in pages] == [10, 10, 5]
    assert len({row.point.id for page in pages for row in page.rows}) == 25
    for row in pages[2].rows:
        assert pages[2].address_of(row.point.id) == f"#{row.point.id}"
        assert pages[0].address_of(row.point.id) == f"?page=3#{row.point.id}"
    narrowed = select(view, Choice(words="Point 3"), rows_a_page=10)
    assert narrowed.address_of("K024") == "?page=3#K024"
    assert narrowed.address_of("K000") == "?#K000"
    assert select(view, Choice(page=99), rows_a_page=10).page == 3
    assert select(view).pages == 1  # a file shows all


def test_a_query_says_what_is_chosen_and_bad_ones_choose_nothing():
    assert Choice.of({"show": "lost", "page": "2"}).address(3) == "?show=lost&page=3"
    assert Choice.of({"page": "-1"}) == Choice.of({"page": "x" * 9}) == Choice()
    assert Choice.of({"words": "<b>" * 99}).words == ("<b>" * 99)[:100]


def test_the_map_has_every_point_once_isolated_voices_first(make_view):
    view = make_view()
    made = PointsMap(view, Findings(view))
    assert [row.point.id for band in made.bands for row in band.rows] == ["P2", "P3", "P4", "P1"]
    assert made.bands[0].name == "Isolated voices, one person each (2)"
    assert made.told_of(made.bands[0].rows[1]) == "P3: A kept, B uncertain"
    assert made.lines == (
        "A · Extracts: every voice first: ● kept (2): P3, P1; ○ not found (2): P2, P4",
        "B · Extracts: every voice first: ● kept (2): P4, P1; ? uncertain (1): P3; ○ not found (1): P2",
    )


@pytest.mark.parametrize(("count", "width"), [(90, NARROW), (200, WIDE)])
def test_lines_of_the_map_fit_however_many_points(make_view, count, width):
    said = (Quote(turn=1, speaker="s1", words="The market"),)
    points = [KeyPoint(id=f"K{n:03}", text=f"Point {n}", said=said) for n in range(count)]
    view = make_view({point.id: ("kept", "absent") for point in points}, points)
    bands = PointsMap(view, Findings(view)).bands
    assert max(len(band.rows) for band in bands) == width
    assert sum(len(band.rows) for band in bands) == count
    assert [band.name != "" for band in bands] == [True] + [False] * (len(bands) - 1)


def test_recaps_are_told_apart_by_the_least_of_their_names(make_run, make_variant, reference):
    made = [make_variant("v1", "A"), make_variant("v2", "B", backend="other"), make_variant("v3", None, backend="none")]
    view = View(make_run(made, reference=reference))
    letters = [view.lettered(variant.id) for variant in view.recaps]
    assert len(set(letters)) == len(letters)
    assert all(name.startswith(("A · ", "B · ", "C · ")) for name in letters)


def test_a_file_holds_every_row_with_its_words(make_view):
    page = html.write(make_view().run).decode()
    assert page.count('<tr role="row" id="P') == 4
    assert page.count("Words on both sides") == 4
    assert "/evidence" not in page
    assert 'href="#T1"' in page

"""`comparia panel`: opened, followed, closed, exported as tidy tables, erased."""

import csv
import io
import json
from datetime import timedelta

import pytest

from comparia import library
from comparia.records import now
from tests.voting.test_panels import rate


@pytest.fixture
def run(library_hub, settings):
    transcript, reference = library_hub
    return library.compare(transcript, backends=["extractive"], reference=reference, settings=settings)


@pytest.fixture
def panel(comparia, settings):
    """Runs a command on the panels of the run."""
    return lambda *arguments, code=0: comparia("panel", *arguments, "-o", settings.outputs, code=code)


def test_a_panel_from_its_opening_to_its_table(run, panel, comparia, settings, tmp_path):
    assert "No panel yet" in panel("list")
    assert "at least 2 raters give it" in panel("open", "last", "--most", "6", "--wanted", "2", "--days", "7")
    opened = library.all_panels(settings=settings)[0]
    assert opened.closes_at - opened.opened_at == timedelta(days=7)
    rate(opened, settings, [lambda _item: "kept", lambda item: "absent" if item in ("i01", "i02") else "kept"])
    assert "6 of 6 items have 2 ratings or more." in panel("show")
    assert "agreement" not in json.loads(panel("show", "last", "--json"))  # blind until it is closed
    panel("export", "last", tmp_path / "early.csv", code=1)
    closed = panel("close", opened.id[:6])
    assert "4 verdicts settled, 2 disputed, 0 lacking ratings." in closed
    assert "Krippendorff’s alpha for nominal data (2011)" in " ".join(closed.split())
    document = json.loads(panel("show", "--json"))
    assert (document["agreement"]["items"], len(document["items"])) == (6, 6)
    table = tmp_path / "ratings.csv"
    panel("export", opened.id, table)
    rows = list(csv.DictReader(io.StringIO(table.read_text("utf-8-sig"))))
    assert len(rows) == 12
    assert {row["rater"] for row in rows} == {"R01", "R02"}
    assert sorted(int(row["position"]) for row in rows if row["rater"] == "R02") == [1, 2, 3, 4, 5, 6]
    assert all(row["text_1"] and row["point_text"] and row["model_1"].startswith("extractive") for row in rows)
    assert table.stat().st_mode & 0o077 == 0
    panel("export", opened.id, tmp_path / "ratings.xlsx", code=1)
    audited = json.loads(comparia("audit", "last", "--json", "-o", settings.outputs))["panels"]
    assert (audited["settled"], audited["agreement"][0]["items"]) == (4, 6)
    assert "4 of the settled verdicts were settled blind" in comparia("audit", "last", "-o", settings.outputs)
    panel("erase", opened.id, "--yes")
    panel("show", opened.id, code=1)


def test_the_table_of_preferences_is_typed_parquet(run, panel, settings, tmp_path):
    duckdb = pytest.importorskip("duckdb")
    day = (now() + timedelta(days=3)).date()
    panel("open", "last", "--preferences", "--until", str(day), "--question", "Which one is shorter?")
    opened = library.all_panels(settings=settings)[0]
    assert (opened.question, opened.closes_at.astimezone().date()) == ("Which one is shorter?", day)
    rate(opened, settings, [lambda _item: "A", lambda _item: "B", lambda _item: "all_bad"])
    assert "Free-marginal kappa" in panel("close")
    file = tmp_path / "ratings.parquet"
    panel("export", "last", file)
    rows = duckdb.sql(
        f"SELECT rater, answer, preferred, recap_1, recap_2, text_1, text_2, seconds, rated_at FROM '{file}'"
    ).fetchall()
    assert len(rows) == 9
    for _rater, answer, preferred, first, second, text, other, seconds, at in rows:
        assert preferred == {"better": first if _rater == "R01" else second}.get(answer)
        assert text
        assert other
        assert text != other
        assert isinstance(seconds, float)
        assert at.tzinfo is not None

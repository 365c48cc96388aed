"""Scores as data frames and in notebooks, and what `help(comparia)` prints."""

import importlib.util
import pydoc
import sys
import tempfile
import types

import pytest

import comparia
from comparia.errors import MissingExtra, UnknownName
from comparia.reports import render
from comparia.reports.frames import COLUMNS, LIBRARIES, columns_of
from comparia.studies import TABLES, rows_of
from tests.documents import ROOT

MOST_LINES = 260
"""Lines of `help(comparia)`: some five screens."""


@pytest.fixture
def scored(make_run, make_variant, reference):
    assert comparia.Run  # asking the package for a record is what gives records their notebook methods
    texts = ("The market should stay on the square. Ada <b>objects</b>.", "Eight disabled parking spaces are needed.")
    return make_run([make_variant(f"v{n}", text) for n, text in enumerate(texts, start=1)], reference=reference)


@pytest.fixture
def without(monkeypatch):
    """Hide the libraries of data frames that are installed, and put stand-ins that keep the columns they are given."""
    find = importlib.util.find_spec

    def hide(*there):
        monkeypatch.setattr(
            importlib.util,
            "find_spec",
            lambda name, *rest: (name in there or None) if name in LIBRARIES else find(name, *rest),
        )
        for name in there:
            module = types.ModuleType(name)
            module.DataFrame = lambda columns, name=name: (name, columns)
            monkeypatch.setitem(sys.modules, name, module)

    return hide


def test_a_frame_has_one_row_a_score(scored):
    columns = columns_of(scored)
    assert list(columns)[: len(COLUMNS)] == list(COLUMNS)
    assert {len(values) for values in columns.values()} == {len(scored.scores)}
    row = columns["metric"].index("key_point_coverage")
    score = scored.scores[row]
    assert columns["value"][row] == score.value
    assert columns["count_of"][row] == score.counts["of"] == 4
    assert (columns["recap"][row], columns["words"][row]) == ("v1", scored.variants[0].words)
    pair = columns["metric"].index("wording_divergence")
    assert (columns["other_recap"][pair], columns["recaps"][pair], columns["words"][pair]) == ("v2", "v1+v2", None)


@pytest.mark.parametrize(
    ("there", "asked", "made_by"),
    [(LIBRARIES, None, "pandas"), (("polars",), None, "polars"), (LIBRARIES, "polars", "polars")],
)
def test_the_library_that_is_installed_makes_the_frame(scored, without, there, asked, made_by):
    without(*there)
    assert comparia.to_frame(scored, asked) == (made_by, columns_of(scored))
    assert scored.to_frame(asked) == (made_by, columns_of(scored))


@pytest.mark.parametrize("table", TABLES)
def test_a_frame_can_be_a_tidy_table(scored, without, table):
    without(*LIBRARIES)
    made_by, columns = comparia.to_frame(scored, table=table)
    rows = [*rows_of(table, [scored])]
    assert made_by == "pandas"
    assert columns == {name: [row[name] for row in rows] for name in TABLES[table].names}
    assert {type(value) for value in columns.get("number", ())} <= {float, type(None)}
    assert scored.to_frame(table=table) == (made_by, columns)


def test_a_table_nobody_knows_is_refused(scored):
    with pytest.raises(UnknownName, match="scores"):
        comparia.to_frame(scored, table="score")


def test_parquet_holds_the_columns_of_a_frame(scored):
    duckdb = pytest.importorskip("duckdb")
    with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
        file.write(render(scored, "parquet"))
        file.flush()
        found = duckdb.sql(f"SELECT * FROM '{file.name}'")
        columns = columns_of(scored)
        assert found.columns == [*columns]
        assert found.fetchall() == [*zip(*columns.values(), strict=True)]
        kinds = dict(zip(found.columns, map(str, found.types), strict=True))
    assert (kinds["value"], kinds["count_of"], kinds["words"], kinds["reason"]) == (
        "DOUBLE", "DOUBLE", "BIGINT", "VARCHAR",
    )  # fmt: skip


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_real_library_takes_the_columns(scored, library):
    pytest.importorskip(library)
    frame = comparia.to_frame(scored, library)
    assert frame.shape == (len(scored.scores), len(columns_of(scored)))
    assert "float" in str(frame["value"].dtype).lower()


def test_without_any_the_error_says_what_to_install(scored, without):
    without()
    with pytest.raises(MissingExtra, match="pip install pandas"):
        comparia.to_frame(scored)
    with pytest.raises(MissingExtra, match="pip install polars"):
        comparia.to_frame(scored, "polars")
    with pytest.raises(UnknownName):
        comparia.to_frame(scored, "excel")


def test_every_column_is_documented():
    text = (ROOT / "docs" / "researcher.md").read_text("utf-8")
    assert [name for name in COLUMNS if f"`{name}`" not in text] == []


def test_notebooks_show_scores_without_the_words_of_the_session(scored):
    shown = scored._repr_html_() + "".join(score._repr_html_() for score in scored.scores)
    assert "Key points kept" in shown
    words = [turn.text for turn in scored.transcript.turns]
    evidence = [item for score in scored.scores for item in score.evidence]
    words += [
        text for item in evidence for text in (getattr(item, "sentence", ""), getattr(item, "quotation", "")) if text
    ]
    assert [text for text in words if text in shown] == []
    assert "<b>" not in shown


def test_printing_a_run_is_short(scored):
    assert len(str(scored)) < 100
    assert len(str(scored.scores[0])) < 500


def test_help_fits_a_few_screens():
    lines = pydoc.plain(pydoc.render_doc(comparia)).splitlines()
    assert len(lines) <= MOST_LINES
    text = "\n".join(lines)
    assert [name for name in comparia.__all__ if name not in text] == ["__version__"]

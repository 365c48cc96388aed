"""Tidy tables as files: CSV and Parquet hold the same, and a README describes every column."""

import csv
import os
import stat
import sys

import pytest

from comparia import library
from comparia.errors import MissingExtra, StoreUnwritable, UnknownName
from comparia.studies import TABLES, readme, rows_of, write_tables
from comparia.studies.columns import COMPONENTS, SQL

every_table = pytest.mark.parametrize("table", list(TABLES))


@every_table
def test_csv_and_parquet_hold_the_same(study, tmp_path, table):
    duckdb = pytest.importorskip("duckdb")
    write_tables(study, tmp_path)
    columns = {column.name: SQL[column.kind] for column in TABLES[table].columns}
    with duckdb.connect() as connection:
        told = connection.execute(f"DESCRIBE SELECT * FROM '{tmp_path}/{table}.parquet'").fetchall()
        assert [(name, kind) for name, kind, *_more in told] == list(columns.items())
        parquet = connection.execute(f"SELECT * FROM '{tmp_path}/{table}.parquet'").fetchall()
        read = connection.read_csv(f"{tmp_path}/{table}.csv", dtype=columns, header=True).fetchall()
    rows = [tuple(row.values()) for row in rows_of(table, study)]
    assert parquet == rows
    inert = [
        tuple("" if v is None and k == "VARCHAR" else v for v, k in zip(row, columns.values(), strict=True))
        for row in read
    ]
    assert [tuple(v.removeprefix("'=") if isinstance(v, str) else v for v in row) for row in inert] == [
        tuple(v.removeprefix("=") if isinstance(v, str) else v for v in row) for row in rows
    ]  # fmt: skip


def test_a_cell_that_a_spreadsheet_would_compute_is_inert(built, make_variant, tmp_path):
    run = built()
    hostile = make_variant("v9", "A recap.", backend="=cmd|' /C calc'!A0", author="human")
    write_tables([run.model_copy(update={"variants": (hostile,), "scores": ()})], tmp_path, ["csv"], ["scores"])
    content = (tmp_path / "scores.csv").read_bytes()
    assert not content.startswith(b"\xef\xbb\xbf")
    row = next(csv.DictReader(content.decode().splitlines()))
    assert (row["backend"], row["number"], row["words"]) == ("'=cmd|' /C calc'!A0", "", "2")


def test_numbers_and_booleans_of_csv_parse(study, tmp_path):
    write_tables(study, tmp_path, ["csv"])
    for table in TABLES.values():
        with (tmp_path / f"{table.name}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                for column in table.columns:
                    cell = row[column.name]
                    if column.kind in ("number", "integer"):
                        assert cell == "" or float(cell) == float(cell)
                    if column.kind == "boolean":
                        assert cell in ("true", "false", "")


def test_the_readme_describes_every_column_and_every_component(study, tmp_path):
    (first, *_files) = write_tables(study, tmp_path, ["csv"])
    assert first == tmp_path / "README.md"
    text = first.read_text("utf-8")
    for table in TABLES.values():
        part = text.partition(f"\n## {table.name}\n")[2].partition("\n## ")[0]
        assert [c.name for c in table.columns if f"| `{c.name}` | {c.kind} | {c.unit} |" not in part] == []
        assert f"{len([*rows_of(table.name, study)])} rows." in part
    assert [name for name in COMPONENTS if f"| `{name}` |" not in text] == []
    assert "rows." not in readme()


def test_files_are_for_this_account_alone_and_nothing_else_is_left(study, tmp_path):
    pytest.importorskip("duckdb")
    folder = tmp_path / "new" / "tables"
    files = write_tables(study, folder)
    assert sorted(files) == sorted(folder.iterdir())
    assert {file.name for file in files} == {"README.md", *(f"{t}.{f}" for t in TABLES for f in ("csv", "parquet"))}
    if os.name == "posix":
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_tables_of_before_stay_whole_until_the_new_ones_are(study, tmp_path):
    write_tables(study, tmp_path, ["csv"], ["scores"])
    before = (tmp_path / "scores.csv").read_bytes()

    def broken():
        yield study[0]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_tables(broken(), tmp_path, ["csv"], ["scores"])
    assert (tmp_path / "scores.csv").read_bytes() == before
    assert {file.name for file in tmp_path.iterdir()} == {"README.md", "scores.csv"}


def test_runs_are_read_once_and_one_at_a_time(watched, tmp_path):
    write_tables(watched, tmp_path, ["csv"])
    assert watched.most <= 1
    with (tmp_path / "calls.csv").open(encoding="utf-8", newline="") as file:
        assert len({row["run"] for row in csv.DictReader(file)}) == 12


def test_no_run_is_a_file_with_its_columns(tmp_path):
    duckdb = pytest.importorskip("duckdb")
    write_tables([], tmp_path)
    assert (tmp_path / "cells.csv").read_text("utf-8").strip() == ",".join(TABLES["cells"].names)
    assert duckdb.sql(f"SELECT count(*) FROM '{tmp_path}/cells.parquet'").fetchall() == [(0,)]


def test_parquet_without_duckdb_is_refused_before_anything_is_written(study, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(MissingExtra, match="duckdb"):
        write_tables(study, tmp_path / "tables")
    assert not (tmp_path / "tables").exists()
    assert write_tables(study, tmp_path / "tables", ["csv"], ["scores"])


def test_what_nobody_knows_is_refused(study, tmp_path):
    with pytest.raises(UnknownName, match="csv"):
        write_tables(study, tmp_path, ["cvs"])
    with pytest.raises(UnknownName, match="scores"):
        write_tables(study, tmp_path, ["csv"], ["score"])
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnwritable):
        write_tables(study, tmp_path / "file", ["csv"])


def test_exchange_files_are_read_in_turn(built, tmp_path):
    names = []
    for n in range(2):
        names.append(tmp_path / f"run{n}.json")
        (tmp_path / f"run{n}.json").write_bytes(library.render(built(f"run-{n}"), "json"))
    library.write_tables(names, tmp_path / "tables", ["csv"])
    with (tmp_path / "tables" / "scores.csv").open(encoding="utf-8", newline="") as file:
        assert {row["run"] for row in csv.DictReader(file)} == {"run-0", "run-1"}

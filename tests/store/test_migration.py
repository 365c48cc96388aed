"""A database of the schema before is opened with everything it holds, on SQLite and on PostgreSQL."""

import gzip
import json
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from comparia.errors import UnknownName
from comparia.store import open_store, opening
from tests.store.test_database import planned
from tests.store.test_member_checks import member_check

FROZEN = Path(__file__).parent / "fixtures" / "schema_0005.db.gz"
"""Written by the version before: a run with a failure, an added recap, scores, votes, a settled verdict and a stage; a
run that ended after it was scored; a run that was started."""


@pytest.fixture
def frozen(tmp_path):
    """The SQLite file of the schema before."""
    file = tmp_path / "frozen.db"
    file.write_bytes(gzip.decompress(FROZEN.read_bytes()))
    return file


@pytest.fixture
def old(url, frozen, monkeypatch):
    """The address of a database of the schema before, of each kind."""
    if url.startswith("sqlite"):
        return f"sqlite:///{frozen}"
    upgrade = command.upgrade
    with monkeypatch.context() as before:
        before.setattr(opening, "HEAD", "0005")
        before.setattr(command, "upgrade", lambda config, _revision: upgrade(config, "0005"))
        engine, _place = opening.open_engine(url)
    with sqlite3.connect(frozen) as source, engine.begin() as connection:
        tables = sa.MetaData()
        tables.reflect(connection)
        for table in tables.sorted_tables:
            if table.name == "alembic_version":
                continue
            cursor = source.execute(f'SELECT * FROM "{table.name}"')
            names = [column[0] for column in cursor.description]
            for row in cursor:
                connection.execute(table.insert().values(dict(zip(names, row, strict=True))))
    engine.dispose()
    return url


def test_a_database_of_the_schema_before_keeps_everything(old):
    with open_store(old) as store:
        started, other, run = store.runs.lines()
        assert (run.status, run.planned, run.arrived, run.scored) == ("partial", 3, 2, True)
        assert (other.status, other.planned, other.arrived, other.scored) == ("partial", 1, 1, False)
        assert (started.status, started.planned, started.arrived, started.scored) == ("started", 1, 0, True)
        assert run.backends == ("m", "extractive:centrality")
        read = store.runs.read(run.id)
        assert [(v.id, v.summary is None) for v in read.variants] == [
            ("v1", True),
            ("v2", False),
            ("v3", False),
            ("h1", False),
        ]
        assert read.variants[3].summary == "Une étude de stationnement est demandée."
        assert [prompt.name for prompt in read.prompts] == ["un", "deux"]
        assert [cell.variant for cell in read.plan.cells] == ["v1", "v2", "v3"]
        assert [point.id for point in read.reference.key_points] == ["P1", "P2"]
        assert len(read.scores) == 44
        assert len(read.sendings) == 2
        assert store.workbench.settled(run.id, read.reference) == {("P1", "v3"): "absent"}
        (closed,) = read.judgings
        assert [ballot.choice for ballot in closed.ballots] == ["better"]
        assert closed.named_at == closed.closed_at  # its authors were shown when it was closed
        assert {item.run for item in closed.items} == {run.id}
        (still_open,) = [vote for vote in store.votes.judgings(run.id) if vote.closed_at is None]
        assert [voter.number for voter in store.votes.voters(still_open.id)] == [1]
        assert [ballot.choice for ballot in store.votes.ballots(still_open.id)] == ["better"]
        assert store.workbench.stage("stage1").runs == (run.id,)
        assert store.workbench.draft("draft1").title == "Brouillon"
        assert store.votes.tags()[-1].en == "new"
        assert [scoring.name for scoring in store.scores.scorings(run.id)] == [""]


def test_an_upgraded_database_is_purged_of_prompts_like_a_new_one(old):
    with open_store(old) as store:
        _started, _other, run = store.runs.lines()
        store.purge(run=run.id)
        with pytest.raises(UnknownName):
            store.runs.read(run.id)
        with store._engine.connect() as connection:
            assert connection.scalar(sa.text("SELECT count(*) FROM prompts")) == 1  # that of the run that was started


def test_a_failure_that_was_stored_before_gives_way_to_a_success(old):
    import asyncio

    with open_store(old) as store:
        _started, _other, line = store.runs.lines()
        failed = store.runs.read(line.id).variants[0]
        done = failed.model_copy(update={"summary": "Enfin.", "failure": None})
        asyncio.run(store.runs.add_variant(line.id, done))
        assert store.runs.read(line.id).variants[0].summary == "Enfin."
        line = next(other for other in store.runs.lines() if other.id == line.id)
        assert (line.arrived, line.scored) == (3, False)


def test_opening_a_database_that_is_up_to_date_is_one_read_of_its_version(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path}/comparia.db"
    open_store(url).close()
    statements = []
    create = sa.create_engine

    def watched(*arguments, **options):
        engine = create(*arguments, **options)
        sa.event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
        return engine

    monkeypatch.setattr(sa, "create_engine", watched)
    with open_store(url):
        pass
    assert [text for text in statements if text != "BEGIN"] == ["SELECT version_num FROM alembic_version"]


def test_nothing_stored_is_searched_by_pattern_or_cut_by_hand():
    """What is searched is a column: JSON is read as JSON, not by its marks."""
    sources = [path for path in Path(opening.__file__).parent.rglob("*.py") if "versions" not in path.parts]
    patterns = ("LIKE", ".like(", "notlike", ".startswith(wanted", '.strip("[]")', 'partition("\\n")')
    assert [(path.name, p) for path in sources for p in patterns if p in path.read_text("utf-8")] == []


def test_what_was_called_a_reading_is_found_as_a_member_check(url, monkeypatch):
    upgrade = command.upgrade
    with monkeypatch.context() as before:
        before.setattr(opening, "HEAD", "0012")
        before.setattr(command, "upgrade", lambda config, _revision: upgrade(config, "0012"))
        with open_store(url) as store:
            run = planned()
            store.runs.start(run)
        engine, _place = opening.open_engine(url)
    check = member_check(run.id)
    content = {"code": "ABCDE", "port": 8866, "opened_at": "2026-11-29T10:00:00Z", "readings": ["r1"], "reading": "r1"}
    with engine.begin() as connection:
        tables = sa.MetaData()
        tables.reflect(connection)
        row = {"id": "r1", "run_id": run.id, "opened_at": "2026-11-29", "content": check.model_dump_json()}
        connection.execute(tables.tables["readings"].insert().values(row))
        connection.execute(tables.tables["readers"].insert().values(reading_id="r1", number=1, token="t"))
        row = {"code": "ABCDE", "opened_at": content["opened_at"], "content": json.dumps(content)}
        connection.execute(tables.tables["rooms"].insert().values(row))
    engine.dispose()
    with open_store(url) as store:
        assert store.member_checks.check("r1") == check
        assert store.member_checks.reader("r1", "t") == 1
        room = store.votes.room()
        assert room is not None
        assert (room.member_checks, room.member_check) == (("r1",), "r1")

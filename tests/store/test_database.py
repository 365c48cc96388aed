"""The store, on SQLite and on PostgreSQL."""

import asyncio
import sqlite3
import threading

import pytest
import sqlalchemy as sa

from comparia import comparing
from comparia.config import Settings
from comparia.errors import StoreCorrupted, StoreError, StoreNewer, StoreUnwritable, UnknownName
from comparia.ingest import read_bytes
from comparia.prompts import parse
from comparia.records import Completion, Reference, Score, Sending, Usage, Variant, now
from comparia.store import open_store
from comparia.store.opening import HEAD
from comparia.store.tables import METADATA

SESSION = b"Anne: je veux garder les arbres de la place du village.\n\nBruno: moi non \xe2\x80\x94 \xf0\x9f\x8c\xb3.\n\nAnne: si.\n"


def planned(repeats=1):
    backends = comparing.resolve_backends(["m@http://127.0.0.1:1/v1", "extractive:speakers"], Settings())
    return comparing.plan(
        read_bytes(SESSION, "s.txt"), [parse("Un : {{ transcript }}")], backends, repeats=repeats, policy="local"
    )


def variant(name="v1", **fields):
    return Variant(
        **{
            "id": name,
            "prompt": None,
            "backend": "m",
            "summary": "Un résumé « exact » 🌳.",
            "finished_at": now(),
            **fields,
        }
    )


@pytest.fixture
def store(url):
    with open_store(url) as store:
        yield store


def test_a_run_reads_back_as_it_was_written(store):
    run = planned()
    store.runs.start(run)
    assert store.runs.read(run.id) == run


def test_a_run_is_there_from_its_start(store):
    run = planned()
    store.runs.start(run)
    (line,) = store.runs.lines()
    assert (line.id, line.status, line.planned, line.arrived) == (run.id, "started", 2, 0)


def test_what_arrives_is_there_when_the_call_returns(store, url):
    run = planned()
    store.runs.start(run)
    completion = Completion(text="Oui.", model="m", usage=Usage(input_tokens=3), seconds=0.5)

    async def write():
        await store.answers.add_completion(run.id, "rq_1", "qu_1", "m", completion)
        with open_store(url) as other:
            return (
                other.answers.completions(run.id),
                other.answers.by_question(run.id, "m"),
                other.answers.by_question(run.id, "other"),
            )

    assert asyncio.run(write()) == ({"rq_1": completion}, {"qu_1": completion}, {})


def test_an_answer_is_written_once_and_a_failure_gives_way_to_a_success(store):
    run = planned()
    store.runs.start(run)

    async def write():
        await store.answers.add_completion(run.id, "rq_1", "qu_1", "m", Completion(text="premier"))
        await store.answers.add_completion(run.id, "rq_1", "qu_1", "m", Completion(text="second"))
        await store.runs.add_variant(run.id, variant(summary=None))
        await store.runs.add_variant(run.id, variant(summary="enfin"))

    asyncio.run(write())
    assert store.answers.completions(run.id)["rq_1"].text == "premier"
    assert [v.summary for v in store.runs.read(run.id).variants] == ["enfin"]


def test_a_thousand_writes_at_once_are_all_kept(store):
    run = planned()
    store.runs.start(run)

    async def write():
        await asyncio.gather(*(store.runs.add_variant(run.id, variant(f"v{n}")) for n in range(1000)))

    asyncio.run(write())
    assert len(store.runs.read(run.id).variants) == 1000


def test_two_writers_on_one_database_lose_nothing(url):
    first = open_store(url)
    run = planned()
    first.runs.start(run)

    def write(part):
        other = open_store(url)

        async def all_of_them():
            for n in range(40):
                await other.runs.add_variant(run.id, variant(f"{part}{n}"))

        asyncio.run(all_of_them())
        other.close()

    threads = [threading.Thread(target=write, args=(part,)) for part in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(first.runs.read(run.id).variants) == 80
    first.close()


def test_scores_are_appended_and_the_latest_are_read(store):
    run = planned()
    store.runs.start(run)
    reference = Reference(id="rf_1", origin="reviewed", language="fr", voices=2, key_points=())
    old = Score(metric="m", variants=("v1",), value=None, reason="rien", signature="m|version:1")
    new = Score(
        metric="m",
        variants=("v1",),
        value=0.5,
        counts={"kept": 1, "of": 2},
        interval=(0.1, 0.9),
        signature="m|version:2",
    )
    store.scores.add_scores(run.id, None, [old])
    store.scores.add_scores(run.id, reference, [new])
    read = store.runs.read(run.id)
    assert read.scores == (new,)
    assert read.reference == reference
    with store._engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM scorings")).scalar() == 2


def test_the_journal_keeps_its_order(store):
    async def write():
        for n in range(3):
            sending = Sending(
                at=now(), run="r", backend="b", host="h", zone="eu", policy="eu", size=n, tokens=n, sha256="x"
            )
            await store.journal.add_sending(sending)

    asyncio.run(write())
    assert [s.size for s in store.journal.sendings()] == [0, 1, 2]


def test_runs_are_found_by_id_beginning_and_last(store):
    first, second = planned(), planned()
    second = second.model_copy(update={"id": "z-other", "created_at": now()})
    store.runs.start(first)
    store.runs.start(second)
    assert store.runs.find(first.id) == first.id
    assert store.runs.find("z-") == "z-other"
    assert store.runs.find("last") == "z-other"
    for wanted in ("nope", "", "%"):
        with pytest.raises(UnknownName):
            store.runs.find(wanted)


def test_the_migrations_make_exactly_the_tables_of_the_code(url):
    open_store(url).close()
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    inspector = sa.inspect(engine)
    made = {name: {column["name"] for column in inspector.get_columns(name)} for name in inspector.get_table_names()}
    made.pop("alembic_version")
    assert made == {table.name: {column.name for column in table.columns} for table in METADATA.sorted_tables}
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() == HEAD
    engine.dispose()


def test_a_newer_database_is_left_alone(url):
    open_store(url).close()
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StoreNewer, match="9999"):
        open_store(url)


def test_a_file_that_is_no_database_is_said_to_be_damaged(tmp_path):
    file = tmp_path / "comparia.db"
    file.write_bytes(b"this is not a database at all, not even close" * 100)
    with pytest.raises(StoreCorrupted):
        open_store(f"sqlite:///{file}")


def test_a_damaged_page_is_said_to_be_damage(tmp_path):
    file = tmp_path / "comparia.db"
    with open_store(f"sqlite:///{file}") as store:
        run = planned()
        store.runs.start(run)
    content = bytearray(file.read_bytes())
    content[4096 * 2 :] = b"\xff" * (len(content) - 4096 * 2)
    file.write_bytes(content)
    with pytest.raises(StoreError):
        open_store(f"sqlite:///{file}").read(run.id)


def test_somebody_elses_database_is_not_touched(tmp_path):
    file = tmp_path / "other.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    before = file.read_bytes()
    with pytest.raises(StoreCorrupted, match="not one of Comparia"):
        open_store(f"sqlite:///{file}")
    assert before == file.read_bytes()


def test_a_full_disk_stops_the_run_and_loses_nothing_that_was_written(tmp_path):
    store = open_store(f"sqlite:///{tmp_path}/comparia.db")
    run = planned()
    store.runs.start(run)

    async def write():
        await store.runs.add_variant(run.id, variant("v1"))
        with store._engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        limit = sa.event.listens_for(store._engine, "begin")
        limit(lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}"))
        for n in range(50):
            await store.runs.add_variant(run.id, variant(f"w{n}", summary="x" * 5000))

    with pytest.raises(StoreUnwritable, match="full"):
        asyncio.run(write())
    assert store.runs.read(run.id).variants[0].id == "v1"
    store.close()


def test_a_place_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreUnwritable, match="cannot be written"):
        open_store(f"sqlite:///{tmp_path}/file/comparia.db")


def test_a_server_that_is_not_there_is_one_clear_error():
    with pytest.raises(StoreError, match="127"):
        open_store("postgresql://nobody:secret@127.0.0.1:9/none")


def test_a_database_password_is_never_shown():
    with pytest.raises(StoreError) as error:
        open_store("postgresql://nobody:secret@127.0.0.1:9/none")
    assert "secret" not in str(error.value)


def test_nonsense_is_not_a_database_address():
    with pytest.raises(StoreError, match="not a database address"):
        open_store("nonsense")

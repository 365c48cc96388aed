"""Texts removed for good: nothing of them can be read in any file, and the journal stays."""

from datetime import timedelta

import pytest

from comparia import library
from comparia.config import Settings
from comparia.errors import UnknownName
from comparia.prompts import parse
from comparia.records import now
from comparia.store import open_store
from tests.fault_server import FaultServer
from tests.work import RECAPS_ALONE

WORDS = ("Zanzibar-sur-Oise", "Quiberon-les-Bains", "hippocampe")


@pytest.fixture
def settings(tmp_path):
    return Settings(outputs=tmp_path / "outputs", **RECAPS_ALONE)


@pytest.fixture
def compared(make_transcript, settings):
    """A run of one session, its answers recorded, its report written."""

    def build(word, prompt="Consigne hippocampe."):
        from comparia import reports
        from comparia.cli.console import report_folder

        session = make_transcript(
            [("Anne Kerbrat", f"Parlons de {word}."), ("Bruno", "Non.")], language="fr", title=word
        )
        with FaultServer(answer=f"Un compte rendu sur {word}.") as server:
            run = library.compare(
                session,
                [parse(f"{prompt}\n\n{{{{ transcript }}}}")],
                ["extractive", f"m@{server.url}"],
                settings=settings,
            )
        reports.write(run, report_folder(settings, run))
        return run

    return build


def everywhere(folder):
    """All that is written below a folder."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_purged_run_is_nowhere_and_its_journal_lines_stay(compared, settings):
    run, other = compared(WORDS[0]), compared(WORDS[1], prompt="Autre.")
    assert WORDS[0].encode() in everywhere(settings.outputs)
    done, folders = library.purge(run=run.id, settings=settings)
    assert (done.runs, done.sessions, len(folders)) == ((run.id,), (WORDS[0],), 1)
    left = everywhere(settings.outputs)
    assert WORDS[0].encode() not in left
    assert b"Kerbrat" in left  # the other session has the same speaker
    assert WORDS[2].encode() not in left  # its prompt is no longer anybody's
    with library.open_store(settings) as store:
        assert {s.run for s in store.journal.sendings()} == {run.id, other.id}
    assert library.read_run(other.id, settings=settings) == other
    with pytest.raises(UnknownName):
        library.read_run(run.id, settings=settings)


def test_a_session_is_purged_with_all_its_runs_replays_included(compared, settings):
    run = compared(WORDS[0])
    replayed = library.compare(run.transcript, run.prompts, [f"replay:{run.id}"], settings=settings)
    done, _folders = library.purge(session=replayed.id, settings=settings)
    assert set(done.runs) == {run.id, replayed.id}
    assert WORDS[0].encode() not in everywhere(settings.outputs)
    assert b"Kerbrat" not in everywhere(settings.outputs)


def test_a_run_alone_is_purged_and_its_session_stays_with_the_other(compared, settings):
    run = compared(WORDS[0])
    replayed = library.compare(run.transcript, run.prompts, [f"replay:{run.id}"], settings=settings)
    done, _folders = library.purge(run=run.id, settings=settings)
    assert done.sessions == ()
    assert library.read_run(replayed.id, settings=settings).transcript == run.transcript


def test_what_is_older_goes_and_what_is_newer_stays(compared, settings):
    run = compared(WORDS[0])
    assert library.purge(older_than=1, settings=settings)[0].runs == ()
    with open_store(settings.database) as store:
        assert store.purge(before=now() + timedelta(seconds=1)).runs == (run.id,)


def test_a_session_that_was_never_run_goes_by_its_age_too(make_transcript, settings):
    import asyncio

    from comparia.records import Completion

    session = make_transcript([("Anne", f"Parlons de {WORDS[0]}.")])
    with open_store(settings.database) as store:
        asyncio.run(store.answers.add_suggestion(session, "rq_1", Completion(text="-")))
        assert store.purge(before=now() - timedelta(days=1)).sessions == ()
        assert store.purge(before=now() + timedelta(seconds=1)).sessions == (session.title,)
    assert WORDS[0].encode() not in everywhere(settings.outputs)


def test_a_rehearsal_removes_nothing(compared, settings):
    run = compared(WORDS[0])
    before = everywhere(settings.outputs)
    done, folders = library.purge(run=run.id, rehearse=True, settings=settings)
    assert (done.runs, len(folders)) == ((run.id,), 1)
    assert library.read_run(run.id, settings=settings).id == run.id
    assert WORDS[0].encode() in before


def test_retention_is_applied_when_it_is_set(compared, settings):
    run = compared(WORDS[0])
    assert library.apply_retention(settings) is None
    kept = settings.model_copy(update={"retention_days": 30})
    assert library.apply_retention(kept).runs == ()
    assert library.read_run(run.id, settings=settings).id == run.id


def test_purging_on_the_command_line_asks_first(compared, settings, comparia):
    run = compared(WORDS[0])
    where = ("-o", str(settings.outputs))
    assert run.id in comparia("purge", run.id, "--dry-run", *where)
    assert "1 run removed" in comparia("purge", run.id, "-y", *where)
    assert "Nothing to remove" in comparia("purge", "--older-than", "3", "-y", *where)
    comparia("purge", *where, code=2)


@pytest.mark.postgres
@pytest.mark.xdist_group("postgres")
def test_postgresql_is_purged_too(postgres_url, make_transcript):
    settings = Settings(database_url=postgres_url, **RECAPS_ALONE)
    session = make_transcript([("Anne", f"Parlons de {WORDS[0]}.")])
    run = library.compare(session, [], ["extractive:centrality"], settings=settings)
    assert library.purge(run=run.id, settings=settings)[0].runs == (run.id,)
    with pytest.raises(UnknownName):
        library.read_run(run.id, settings=settings)

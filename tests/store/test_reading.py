"""Reads answer while another connection writes, and a store is closed by its `with`."""

import asyncio
import os
import sqlite3
from contextlib import closing

import pytest

from comparia import library
from comparia.config import Settings
from comparia.errors import UnknownName
from comparia.records import Adaptation, Asked, Completion, Draft, Reference, Score, Sending, Stage, now
from comparia.store import open_store, sharing
from comparia.voting import OpenVote, open_judging
from tests.store.test_database import planned, variant
from tests.store.test_member_checks import member_check
from tests.store.test_panels import panel

REFERENCE = Reference(id="rf_1", origin="reviewed", language="fr", voices=2, key_points=())


def adaptation(run_id):
    return Adaptation(
        id="a1",
        run=run_id,
        variant="v1",
        source="rc_1",
        kind="plain",
        language="en",
        backend="m",
        zone="local",
        request="rq_1",
        at=now(),
        text="Short.",
    )


@pytest.fixture
def filled(tmp_path):
    """The file of a database that holds something of everything."""
    file = tmp_path / "comparia.db"
    with open_store(f"sqlite:///{file}") as store:
        run = planned(repeats=2)
        store.runs.start(run)
        asyncio.run(_fill(store, run))
        run = store.runs.read(run.id)
        store.scores.add_scores(run.id, REFERENCE, [Score(metric="m", variants=("v1",), value=0.5, signature="m")])
        store.workbench.keep(Draft(id="d1", files=()))
        store.workbench.compose(run.id, lambda composition: composition)
        asked = (Asked(kind="critique", of=run.id, backend="m", at=now(), text="Said."),)
        store.workbench.keep_stage(Stage(id="s1", title="T", created_at=now(), runs=(run.id,), asked=asked))
        judging = open_judging(run, ["v1", "v2"], store)
        open_vote = OpenVote(store, run, judging)
        asyncio.run(open_vote.cast(open_vote.arrive()[1], "A"))
        store.member_checks.open(member_check(run.id))
        store.member_checks.enter("r1", "token", 5)
        store.panels.open(panel(run.id))
        store.panels.enter("p1", "token", 5)
        store.adaptations.keep(adaptation(run.id))
        return file


async def _fill(store, run):
    sending = Sending(at=now(), run=run.id, backend="b", host="h", zone="eu", policy="eu", size=1, tokens=1, sha256="x")
    await store.journal.add_sending(sending)
    await store.answers.add_completion(run.id, "rq", "qu", "m", Completion(text="Oui."))
    await store.answers.add_suggestion(run.transcript, "rq", Completion(text="-"))
    await store.answers.add_embeddings(run.transcript.id, "e", {"tx": b"1234"})
    for name in ("v1", "v2"):
        await store.runs.add_variant(run.id, variant(name))


def last(store):
    """The id of the run."""
    return store.runs.find("last")


def session(store):
    """The id of its session."""
    return store.runs.read(last(store)).transcript.id


def vote(store):
    """The id of the vote on it."""
    return store.votes.judgings(last(store))[0].id


READS = {
    "runs.lines": lambda store: len(store.runs.lines()) == 1,
    "runs.find": lambda store: store.runs.find("last"),
    "runs.has": lambda store: store.runs.has(last(store)),
    "runs.read": lambda store: len(store.runs.read(last(store)).variants) == 2,
    "runs.fence_of": lambda store: store.runs.fence_of(session(store), hidden=True) == "",
    "runs.recording_of": lambda store: store.runs.recording_of(last(store)) is None,
    "runs.recent_warnings": lambda store: store.runs.recent_warnings() == {},
    "runs.recent_seconds": lambda store: store.runs.recent_seconds() == {},
    "answers.completions": lambda store: store.answers.completions(last(store)),
    "answers.by_question": lambda store: store.answers.by_question(last(store), "m"),
    "answers.recorded": lambda store: store.answers.recorded(last(store)),
    "answers.rulings": lambda store: store.answers.rulings(last(store)) == {},
    "answers.embedding_models": lambda store: store.answers.embedding_models("tr_0") == (),
    "answers.judge_failures": lambda store: store.answers.judge_failures(last(store)) == {},
    "answers.not_taken": lambda store: store.answers.not_taken("http://127.0.0.1", "m") == (),
    "answers.suggestions": lambda store: store.answers.suggestions(session(store)),
    "answers.embeddings": lambda store: store.answers.embeddings(session(store), "e"),
    "scores.scorings": lambda store: store.scores.scorings(last(store)),
    "scores.earlier_reference": lambda store: store.scores.earlier_reference(last(store)) is None,
    "scores.references_of": lambda store: store.scores.references_of(last(store)),
    "journal.sendings": lambda store: list(store.journal.sendings()),
    "workbench.draft": lambda store: store.workbench.draft("d1"),
    "workbench.drafts": lambda store: store.workbench.drafts(),
    "workbench.waiting": lambda store: store.workbench.waiting(),
    "workbench.last_choices": lambda store: store.workbench.last_choices() is None,
    "workbench.recordings": lambda store: store.workbench.recordings() == {},
    "workbench.settled": lambda store: store.workbench.settled(last(store), REFERENCE) == {},
    "workbench.answered_flags": lambda store: not store.workbench.answered_flags(last(store)),
    "workbench.composition": lambda store: store.workbench.composition(last(store)),
    "workbench.document_choices": lambda store: store.workbench.document_choices(last(store)),
    "runs.removed": lambda store: store.runs.removed(last(store)) == [],
    "votes.judgings_with": lambda store: store.votes.judgings_with(last(store), "none") == [],
    "workbench.stage": lambda store: store.workbench.stage("s1"),
    "workbench.stages": lambda store: store.workbench.stages(),
    "votes.judging": lambda store: store.votes.judging(vote(store)),
    "votes.judgings": lambda store: store.votes.judgings(last(store)),
    "votes.voters": lambda store: store.votes.voters(vote(store)),
    "votes.ballots": lambda store: store.votes.ballots(vote(store)),
    "votes.secret": lambda store: store.votes.secret(vote(store)),
    "votes.room": lambda store: store.votes.room() is None,
    "runs.of_session": lambda store: store.runs.of_session(store.runs.read(last(store)).transcript.id),
    "member_checks.check": lambda store: store.member_checks.check("r1"),
    "member_checks.of_run": lambda store: store.member_checks.of_run(last(store)),
    "member_checks.reader": lambda store: store.member_checks.reader("r1", "token") == 1,
    "member_checks.opened": lambda store: store.member_checks.opened("r1") == 1,
    "member_checks.marks": lambda store: store.member_checks.marks("r1") == [],
    "workbench.settled_by_panels": lambda store: not store.workbench.settled_by_panels(last(store), REFERENCE),
    "panels.panel": lambda store: store.panels.panel("p1"),
    "panels.all": lambda store: store.panels.all(),
    "panels.of_run": lambda store: store.panels.of_run(last(store)),
    "panels.rater": lambda store: store.panels.rater("p1", "token") == 1,
    "panels.raters": lambda store: store.panels.raters("p1") == 1,
    "panels.held": lambda store: store.panels.held("p1", 1) is None,
    "panels.ratings": lambda store: store.panels.ratings("p1") == [],
    "votes.tags": lambda store: store.votes.tags() == [],
    "adaptations.one": lambda store: store.adaptations.one("a1"),
    "adaptations.of_run": lambda store: store.adaptations.of_run(last(store)),
    "checked": lambda store: store.checked()[1],
}
"""Every method that reads."""

WRITES = {
    "change_variant",
    "remove_variant",
    "put_back",
    "answer_flag",
    "start",
    "check_name",
    "finish",
    "hold",
    "is_held",
    "rename",
    "restore",
    "rewrite",
    "open",
    "close",
    "cast",
    "keep",
    "drop",
    "settle",
    "compose",
    "enter",
    "tell",
    "change",
    "rate",
    "reopen",
    "show_names",
    "set_aside",
    "remove",
}


def test_every_read_answers_while_another_connection_writes(filled, monkeypatch):
    from comparia.store import opening

    monkeypatch.setattr(opening, "BUSY_SECONDS", 0)  # who asked for the write lock would be refused at once
    with closing(sqlite3.connect(filled, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE runs SET title = 'never committed'")
        with open_store(f"sqlite:///{filled}") as store:
            for name, read in READS.items():
                assert read(store), name
        writer.execute("ROLLBACK")


def test_no_method_that_reads_is_left_out(filled):
    with open_store(f"sqlite:///{filled}") as store:
        parts = {"runs", "answers", "scores", "journal", "workbench", "votes", "member_checks", "panels", "adaptations"}
        methods = {
            f"{part}.{name}"
            for part in parts
            for name in dir(getattr(store, part))
            if not name.startswith(("_", "add_", "keep_")) and name not in WRITES
        }
    assert methods == set(READS) - {"checked"}


def test_a_store_writes_what_waits_when_its_with_ends(tmp_path):
    url = f"sqlite:///{tmp_path}/comparia.db"
    run = planned()
    with open_store(url) as store:
        store.runs.start(run)
        store._transactions._waiting.append(_waiting_variant(run))
    with open_store(url) as store:
        assert [v.id for v in store.runs.read(run.id).variants] == ["v1"]


def _waiting_variant(run):
    from comparia.store import tables

    row = {"run_id": run.id, "id": "v1", "cell": 1, "failed": False, "content": variant().model_dump_json()}
    return tables.variants, row, None


def test_stores_of_a_shared_address_use_one_engine_until_the_sharing_ends(url):
    with sharing(url):
        with sharing(url), open_store(url) as first:
            first.runs.start(planned())
        with open_store(url) as second:
            assert second._engine is first._engine
            assert len(second.runs.lines()) == 1
    with open_store(url) as third:
        assert third._engine is not first._engine


def test_a_shared_database_that_was_removed_is_made_anew(tmp_path):
    url = f"sqlite:///{tmp_path}/comparia.db"
    run = planned()
    with sharing(url):
        with open_store(url) as store:
            store.runs.start(planned())
        for file in tmp_path.glob("comparia.db*"):
            file.unlink()
        os.close(
            os.open(tmp_path / "taken", os.O_CREAT | os.O_WRONLY)
        )  # so that no file takes the place of the old one
        with open_store(url) as store:
            store.runs.start(run)
    with open_store(url) as store:
        assert [line.id for line in store.runs.lines()] == [run.id]
        with pytest.raises(UnknownName):
            store.runs.read("nobody")


def test_a_session_bears_in_each_run_the_title_that_was_given(tmp_path):
    settings = Settings(outputs=tmp_path, policy="local")
    given = [("Premier titre", "1er mai 2026"), ("Second titre", "3 mai 2026")]
    runs = [
        library.compare(
            library.read_transcript(written(tmp_path), title=title, date=date),
            backends=["extractive:centrality"],
            reference=False,
            settings=settings,
        )
        for title, date in given
    ]
    assert [(run.transcript.title, run.transcript.date) for run in runs] == given
    assert runs[0].transcript.id == runs[1].transcript.id
    with library.open_store(settings) as store:
        assert [line.title for line in store.runs.lines()] == ["Second titre", "Premier titre"]


def written(folder):
    file = folder / "s.txt"
    file.write_text("Ada : Bonsoir à tous, et merci.\nBob : Je suis contre ce projet de place.\n", encoding="utf-8")
    return file

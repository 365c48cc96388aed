"""The application opens its database once, and closes it when it stops."""

import sqlalchemy as sa

from tests.web.conftest import ended, served


def test_pages_forms_and_runs_use_one_engine_whose_tables_are_checked_once(settings, monkeypatch):
    engines, statements, disposed = [], [], []
    create, dispose = sa.create_engine, sa.Engine.dispose

    def watched(*arguments, **options):
        engine = create(*arguments, **options)
        sa.event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
        engines.append(engine)
        return engine

    monkeypatch.setattr(sa, "create_engine", watched)
    monkeypatch.setattr(sa.Engine, "dispose", lambda self, *given: disposed.append(self) or dispose(self, *given))
    with served(settings) as web:
        assert web.get("/").status_code == 200
        assert engines == []  # looking makes no database
        given = web.post("/sessions/sample", data={"language": "en"}).url.path
        chosen = {"backend": ["extractive:centrality", "extractive:diversity"], "policy": "local"}
        run = ended(web, web.post(f"{given}/compare", data=chosen).url.path)
        for page in ("/", run, f"{run}/points", f"{run}/compose", "/journal", "/preferences"):
            assert web.get(page).status_code == 200
        (engine,) = engines
        assert sum("SELECT version_num" in text for text in statements) <= 2  # before and while the tables are made
        assert disposed == []
    assert disposed == [engine]

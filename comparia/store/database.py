"""An open database, with a part for each subject."""

from __future__ import annotations

from datetime import datetime
from types import TracebackType

from sqlalchemy.engine import Engine

from comparia.errors import StoreError
from comparia.messages import gettext as _
from comparia.store.adaptations import Adaptations
from comparia.store.answers import Answers
from comparia.store.batches import Batches
from comparia.store.journal import Journal
from comparia.store.member_checks import MemberChecks
from comparia.store.opening import HEAD, engine_of, translated
from comparia.store.panels import Panels
from comparia.store.purging import Purged, compact, erase_member_checks, erase_panels, purge, runs_before, runs_of
from comparia.store.runs import Runs
from comparia.store.scores import Scores
from comparia.store.transactions import Transactions
from comparia.store.votes import Votes
from comparia.store.workbench import Workbench


def open_store(url: str) -> Store:
    """Open a database by its SQLAlchemy URL, creating or upgrading its tables.

    Within `opening.sharing(url)` every store of this address uses one engine, opened once.

    Raises:
        StoreUnwritable: the place is read-only or full.
        StoreCorrupted: the file is damaged, or is something else.
        StoreNewer: it was written by a newer version.
        MissingExtra: PostgreSQL without its driver.
    """
    engine, place, shared = engine_of(url)
    return Store(engine, place, shared=shared)


class Store:
    """An open database. Made by `open_store`; used in one thread or event loop at a time.

    Args:
        engine: the database.
        place: its name in errors.
        shared: whether the engine stays open when this store is closed.
    """

    def __init__(self, engine: Engine, place: str, *, shared: bool = False) -> None:
        self._engine = engine
        self._shared = shared
        self._transactions = Transactions(engine, place)
        self.place = place
        self.runs = Runs(self._transactions)
        """Runs and their variants."""
        self.answers = Answers(self._transactions)
        """What models answered."""
        self.batches = Batches(self._transactions)
        """Requests that are sent as one file, and answered later."""
        self.scores = Scores(self._transactions)
        """Scorings, side by side."""
        self.journal = Journal(self._transactions)
        """What left the process."""
        self.workbench = Workbench(self._transactions)
        """What people do with runs: drafts, settled verdicts, compositions, stages."""
        self.votes = Votes(self._transactions)
        """Blind votes."""
        self.adaptations = Adaptations(self._transactions)
        """Recaps in plain language or in other languages."""
        self.member_checks = MemberChecks(self._transactions)
        """Recaps that go back to those who took part."""
        self.panels = Panels(self._transactions)
        """Panels and their ratings."""

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Write what was waiting, and release the connections."""
        self._transactions.close()
        if not self._shared:
            self._engine.dispose()

    def drain(self) -> None:
        """Write what had arrived and was waiting its turn; called when a run stops, whatever stopped it."""
        self._transactions.drain()

    @property
    def schema(self) -> str:
        """Version of the tables."""
        return HEAD

    def checked(self) -> tuple[str, bool]:
        """Return the kind of database, and whether it finds itself sound."""
        if self._engine.dialect.name != "sqlite":
            return "PostgreSQL", True
        with self._transactions.read() as connection:
            return "SQLite", connection.exec_driver_sql("PRAGMA quick_check").scalar() == "ok"

    def erase_member_check(self, check_id: str) -> None:
        """Remove a member check for good, with every mark on it."""
        with self._transactions.write() as connection:
            erase_member_checks(connection, [check_id])
        with translated(self.place):
            compact(self._engine)

    def erase_panel(self, panel_id: str) -> None:
        """Remove a panel for good, with every rating of it; verdicts that it settled stay settled."""
        with self._transactions.write() as connection:
            erase_panels(connection, [panel_id])
        with translated(self.place):
            compact(self._engine)

    def purge(
        self,
        *,
        run: str | None = None,
        whole_session: bool = False,
        before: datetime | None = None,
        rehearse: bool = False,
    ) -> Purged:
        """Remove the texts of a run, of its whole session, or of what is older than a moment; the journal stays.

        Args:
            run: id of the run.
            whole_session: remove every run of its session.
            before: remove the runs, and the sessions of no run, older than this moment.
            rehearse: say what would be removed, and remove nothing.
        """
        moment = before.isoformat() if before else None
        with self._transactions.write() as connection:
            runs = runs_before(connection, moment) if moment else []
            if run is not None:
                runs += runs_of(connection, run) if whole_session else [run]
            busy = [name for name in runs if self.runs.is_held(name)]
            if busy:
                raise StoreError(_("Run {run} is being carried out by another process.").format(run=busy[0]))
            purged = purge(connection, list(dict.fromkeys(runs)), moment)
            if rehearse:
                connection.rollback()
        if not rehearse:
            with translated(self.place):
                compact(self._engine)
        return purged

"""Where runs are kept: the database that the settings name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from comparia.config import Settings

if TYPE_CHECKING:
    from comparia.store import Store, Workbench


def has_store(settings: Settings) -> bool:
    """Return whether there is a database to read: looking must not create one."""
    url = settings.database
    return not url.startswith("sqlite:///") or Path(url.removeprefix("sqlite:///")).exists()


def open_store(settings: Settings) -> Store:
    """Open the database that the settings name; the store is closed by its `with`."""
    from comparia.store import open_store as open_database

    return open_database(settings.database)


def one_engine(settings: Settings) -> AbstractContextManager[None]:
    """Let every store that this process opens on this database use one engine, closed at the end: for a server."""
    from comparia.store import sharing

    return sharing(settings.database)


@contextmanager
def workbench(settings: Settings) -> Iterator[Workbench]:
    """Open what people do with runs in the browser: sessions not sent yet, verdicts settled, recaps being composed."""
    with open_store(settings) as store:
        yield store.workbench

"""Where runs are kept: the database that the settings name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from comparia.config import Settings

if TYPE_CHECKING:
    from comparia.store import Store, Workbench


def has_store(settings: Settings) -> bool:
    """Whether there is a database to read: looking must not create one."""
    url = settings.database
    return not url.startswith("sqlite:///") or Path(url.removeprefix("sqlite:///")).exists()


def open_store(settings: Settings) -> Store:
    """The database the settings name, ready to use."""
    from comparia.store import open_store as open_database

    return open_database(settings.database)


@contextmanager
def workbench(settings: Settings) -> Iterator[Workbench]:
    """What people do with runs in the browser: sessions not sent yet, verdicts settled, recaps being composed."""
    store = open_store(settings)
    try:
        yield store.workbench
    finally:
        store.close()

"""Runs on disk: SQLite by default, PostgreSQL by URL."""

from comparia.store.database import Store, open_store
from comparia.store.purging import Purged
from comparia.store.workbench import Workbench

__all__ = ["Purged", "Store", "Workbench", "open_store"]

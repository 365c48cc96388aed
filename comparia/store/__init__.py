"""Runs on disk: SQLite by default, PostgreSQL by URL."""

from comparia.store.database import Store, open_store
from comparia.store.purging import Purged

__all__ = ["Purged", "Store", "open_store"]

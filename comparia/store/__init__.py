"""Runs on disk: SQLite by default, PostgreSQL by URL."""

from comparia.store.database import Store, open_store

__all__ = ["Store", "open_store"]

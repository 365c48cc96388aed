"""Runs on disk: SQLite by default, PostgreSQL by URL."""

from comparia.store.database import Store, open_store
from comparia.store.opening import sharing
from comparia.store.purging import Purged
from comparia.store.runs import RunLine
from comparia.store.scores import Scoring
from comparia.store.votes import Voter
from comparia.store.workbench import WaitingSession, Workbench

__all__ = ["Purged", "RunLine", "Scoring", "Store", "Voter", "WaitingSession", "Workbench", "open_store", "sharing"]

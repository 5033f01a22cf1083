"""The learner's data: the event log, the memories it implies, and the content index. Only here is SQL."""

from tutor.store.index import IndexRow, Stamp
from tutor.store.restoring import restore
from tutor.store.statistics import DayActivity, DayCounts, Duration
from tutor.store.store import Store

__all__ = ["DayActivity", "DayCounts", "Duration", "IndexRow", "Stamp", "Store", "restore"]

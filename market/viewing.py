"""Counting who opens listings without making anybody wait: counts gather in memory and a thread
writes them every few seconds, and once more when the server stops. Nobody is remembered; what was
counted in the last seconds before a crash is lost, and nothing else.
"""

from __future__ import annotations

import logging
from collections import Counter
from datetime import date, datetime
from threading import Event, Lock, Thread

from sqlalchemy import Engine
from sqlalchemy.dialects import postgresql, sqlite

from market.calendar import day_of
from market.db import writing
from market.models.enums import Kind
from market.models.views import ListingViews

log = logging.getLogger(__name__)
SECONDS = 5.0
Key = tuple[Kind, int, date]


class ViewCounter:
    """Counts for one process; several write side by side, because counts are added."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._counts: Counter[Key] = Counter()
        self._lock = Lock()
        self._stop = Event()
        self._thread: Thread | None = None

    def note(self, kind: Kind, id: int, now: datetime) -> None:
        """Somebody opened a listing."""
        with self._lock:
            self._counts[kind, id, day_of(now)] += 1

    def start(self) -> None:
        """Write again and again, in a thread."""
        self._thread = Thread(target=self._run, name="views", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what is left, and end."""
        self._stop.set()
        if self._thread:
            self._thread.join()
        self._try()

    def write(self) -> int:
        """Write what was counted since the last time; how many listings and days. What cannot be
        written is kept for the next time."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        if not counts:
            return 0
        try:
            self._add(counts)
        except Exception:
            with self._lock:
                self._counts += counts
            raise
        return len(counts)

    def _add(self, counts: Counter[Key]) -> None:
        rows = [
            {"kind": kind, "listing_id": id, "day": day, "count": count}
            for (kind, id, day), count in sorted(counts.items())
        ]
        dialect = sqlite if self._engine.dialect.name == "sqlite" else postgresql
        insert = dialect.insert(ListingViews)
        table = ListingViews.__table__  # type: ignore[attr-defined]
        again = {"count": table.c["count"] + insert.excluded["count"]}
        keys = ["kind", "listing_id", "day"]
        with writing(self._engine) as session:
            session.connection().execute(
                insert.on_conflict_do_update(index_elements=keys, set_=again), rows
            )

    def _run(self) -> None:
        while not self._stop.wait(SECONDS):
            self._try()

    def _try(self) -> None:
        try:
            self.write()
        except Exception as error:
            log.warning("浏览次数没有写入，稍后重试：%s", type(error).__name__)

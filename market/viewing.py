"""Counting who opens listings without making anybody wait: counts gather in memory and a thread
writes them every few seconds, and once more when the server stops. What was counted in the
last seconds before a crash is lost, and nothing else.

A reader counts once a day, and one network a few times, so that nobody makes a listing look sought
after by loading it again. Whom it counted today a process knows as salted numbers, in memory alone.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Hashable
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
MOST_OF_ONE = 20
"""So often readers from one place are counted for a listing and day."""
MOST_SEEN = 200_000
Key = tuple[Kind, int, date]


class ViewCounter:
    """Counts for one process; several write side by side, because counts are added."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._counts: Counter[Key] = Counter()
        self._seen: Counter[int] = Counter()
        self._day: date | None = None
        self._lock = Lock()
        self._stop = Event()
        self._thread: Thread | None = None

    def note(
        self, kind: Kind, id: int, now: datetime, place: Hashable = None, agent: str = ""
    ) -> None:
        """Somebody opened a listing: from which place (an address, or a person), with what."""
        key = (kind, id, day_of(now))
        with self._lock:
            if place is None or self._is_new(key, place, agent):
                self._counts[key] += 1

    def _is_new(self, key: Key, place: Hashable, agent: str) -> bool:
        if key[2] != self._day or len(self._seen) > MOST_SEEN:
            self._day, self._seen = key[2], Counter()
        there, reader = hash((key, place)), hash((key, place, agent))
        if self._seen[there] >= MOST_OF_ONE or self._seen[reader]:
            return False
        self._seen.update((there, reader))
        return True

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

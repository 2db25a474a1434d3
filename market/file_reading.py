"""What the worker does for attachments: it has one after the other opened (`extraction`), and
writes down what was found (`actions.file_texts`).

One process at a time holds the lock. A try is counted before it is made and the result is one
transaction, so that whatever is killed at any moment, a file is opened three times at most and
its words are there wholly or not at all.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

from sqlalchemy import Engine

from market import storage
from market.actions import file_texts
from market.db import session_for, writing
from market.extraction import Extracted, Failed, Stopped, Unreadable, extract
from market.models.attachments import Attachment
from market.sole import has_taken, lock_at

log = logging.getLogger(__name__)
AGAIN_AFTER = timedelta(minutes=1)
LOCK = "file_reading.lock"


class FileReader:
    """Takes one file after the other; `run_once` is one of them."""

    def __init__(self, engine: Engine, data: Path) -> None:
        self._engine, self._data = engine, data
        self._lock = lock_at(data / LOCK)
        self._stop = Event()
        self._tried: dict[int, datetime] = {}

    def run_once(self, now: datetime) -> int:
        """Open the next file; 0 where none waits, or another process is at it."""
        row = self._next(now) if has_taken(self._lock) else None
        if row is None or row.id is None:
            return 0
        self._tried[row.id] = now
        try:
            path = storage.path_of(self._data, row.stored_as)
            found = extract(path, row.media_type, is_stopped=self._stop.is_set)
            self._keep(row.id, found, now)
            del self._tried[row.id]
        except Stopped:
            return 0
        except (Unreadable, Failed) as error:
            log.warning("附件 %d 读不出：%s", row.id, type(error).__name__)
            with writing(self._engine) as session:
                file_texts.fail(session, row.id, is_final=isinstance(error, Unreadable))
        return 1

    def stop(self) -> None:
        """End at once; the file that is open is opened again by whoever comes next."""
        self._stop.set()

    def close(self) -> None:
        """Let another process take over."""
        self._lock.release()

    def _next(self, now: datetime) -> Attachment | None:
        """The next one, with the try counted; one that failed waits for a while."""
        with session_for(self._engine) as session:
            found = file_texts.waiting(session)
        for id, tries in found:
            if id in self._tried and now - self._tried[id] < AGAIN_AFTER:
                continue
            with writing(self._engine) as session:
                row = file_texts.begin(session, id, tries)
            if row is not None:
                return row
        return None

    def _keep(self, id: int, found: Extracted, now: datetime) -> None:
        small_as = storage.store(self._data, found.small) if found.small else None
        with writing(self._engine) as session:
            size = (found.width, found.height)
            file_texts.keep(session, id, now, text=found.text, small_as=small_as, size=size)

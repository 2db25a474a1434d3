"""Keeps the columns of one process in step with the tables."""

from __future__ import annotations

import logging
from threading import Event, Lock, Thread

from sqlalchemy import Engine, func, select
from sqlmodel import Session, col

from market.catalogue import columns
from market.catalogue.columns import Columns
from market.db import session_for
from market.models.enums import Kind
from market.models.indexing import IndexChange

log = logging.getLogger(__name__)
CARRIED = "market_catalogue"
SECONDS = 0.5
AT_ONCE = 100
"""So many changes a reader applies on the way; for more, the thread does it beside them."""
MOST = 20_000
"""After so many changes everything is read anew."""


class Catalogue:
    """The columns of both kinds. `start` has a thread make them and follow the changes; until it
    has, and while it is behind, readers ask the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._held: dict[Kind, Columns] = {}
        self._lock = Lock()
        self._stop = Event()
        self._thread: Thread | None = None

    def session(self) -> Session:
        """A session that reads, and carries the catalogue along."""
        session = session_for(self._engine)
        session.info[CARRIED] = self
        return session

    def start(self) -> None:
        """Follow the tables in a thread."""
        self._thread = Thread(target=self._follow, name="catalogue", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the step that it is at."""
        self._stop.set()
        if self._thread:
            self._thread.join()

    def refresh(self) -> None:
        """Bring the columns of both kinds to what the tables say now."""
        with session_for(self._engine) as session:
            last = _last(session)
            for kind in Kind:
                held = self._held.get(kind)
                if held is None or not held.position <= last <= held.position + MOST:
                    self._held[kind] = columns.read(session, kind, last)
                elif held.position < last:
                    self._bring(session, held, last)

    def at(self, session: Session, kind: Kind) -> Columns | None:
        """The columns as the session sees the tables; None where they stand elsewhere."""
        held = self._held.get(kind)
        if held is None:
            return None
        last = _last(session)
        if not held.position <= last <= held.position + AT_ONCE:
            return None
        return held if held.position == last else self._bring(session, held, last)

    def _bring(self, session: Session, held: Columns, last: int) -> Columns:
        """The columns at `last`, which are kept for whoever comes next."""
        with self._lock:
            now = self._held[held.kind]
            if now.position == last:
                return now
            found = _brought(session, held, last)
            if now.position < last:
                self._held[held.kind] = found
            return found

    def _follow(self) -> None:
        while not self._stop.is_set():
            try:
                self.refresh()
            except Exception as error:
                log.warning("列表的内存目录没有更新，稍后重试：%s", type(error).__name__)
            self._stop.wait(SECONDS)


def columns_for(session: Session, kind: Kind) -> Columns | None:
    """The columns that the session carries along, if they stand where it does."""
    carried = session.info.get(CARRIED)
    return carried.at(session, kind) if isinstance(carried, Catalogue) else None


def _brought(session: Session, held: Columns, last: int) -> Columns:
    seq = col(IndexChange.seq)
    query = select(col(IndexChange.listing_id)).where(
        col(IndexChange.kind) == held.kind, seq > held.position, seq <= last
    )
    ids = session.execute(query.distinct()).scalars().all()
    return columns.changed(session, held, ids, last) if ids else held.at(last)


def _last(session: Session) -> int:
    return session.execute(select(func.max(IndexChange.seq))).scalar() or 0

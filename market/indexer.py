"""Keeps the index and the stored suggestions in step with the tables. The only writer of both.

One process at a time holds the lock; it is let go by the operating system when its holder dies.
What must be done is read from the tables (`IndexChange`, `StaleSuggestion`), what was done last is
kept in the index itself, so that a process killed at any moment repeats at most the step it was at,
and every step can be repeated.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

from filelock import Timeout
from sqlalchemy import Engine, func, select
from sqlmodel import Session, col

from market import suggesting
from market.db import installation, session_for, writing
from market.matchmaking import UNREADABLE, Matcher, Matchmaker, document_id, document_of
from market.models.enums import Kind, ListingState
from market.models.indexing import IndexChange
from market.models.tables import TABLES
from market.queries.rows import rows_for
from market.roles import VISITOR_VIEWER
from market.sole import has_taken, lock_at

BATCH = 256
SUGGESTIONS_A_TURN = 4
"""Few enough that a listing which is published meanwhile is in the index a moment later."""
IDLE_SECONDS = 0.3
REST_SECONDS = 0.02
"""After a turn that did something: whoever answers requests in this process comes first."""
AFTER_TROUBLE_SECONDS = 3.0
Progress = Callable[[int, int], None]
log = logging.getLogger(__name__)


class Indexer:
    """Applies what is pending, in turns. `run_once` is one turn, `run_forever` all of them."""

    def __init__(self, engine: Engine, matchmaker: Matchmaker) -> None:
        self._engine = engine
        self._matchmaker = matchmaker
        self._lock = lock_at(_lock_path(matchmaker.folder))
        self._matcher: Matcher | None = None

    @property
    def is_writing(self) -> bool:
        """Whether this is the process that writes."""
        return self._lock.is_locked

    def run_forever(self, stop: Event) -> None:
        """Take turns until told to stop; trouble is logged and tried again."""
        while not stop.is_set():
            try:
                stop.wait(REST_SECONDS if self.run_once(datetime.now(UTC)) else IDLE_SECONDS)
            except Exception:
                log.exception("索引更新出错，稍后重试")
                self._let_go()
                stop.wait(AFTER_TROUBLE_SECONDS)
        self.close()

    def run_once(self, now: datetime) -> int:
        """One turn: every index change first, then a few suggestions. How much was done; 0 while
        another process writes or the encoder is still loading."""
        if not self._matchmaker.may_write or not has_taken(self._lock):
            return 0
        matcher = self._open()
        applied = self._apply_changes(matcher, now)
        return applied + suggesting.make_some(
            self._engine, self._matchmaker, matcher, now, SUGGESTIONS_A_TURN
        )

    def rebuild(self, progress: Progress | None = None) -> int:
        """Throw the index away and make it from the tables; how many listings it holds then."""
        if not has_taken(self._lock):
            raise Timeout(self._lock.lock_file)
        return len(self._rebuild(progress))

    def close(self) -> None:
        """Let another process write."""
        self._let_go()
        self._lock.release()

    # ---- the lock and the folder

    def _let_go(self) -> None:
        self._matcher = None
        self._matchmaker.close_writer()

    def _open(self) -> Matcher:
        """The index, ready to be written: as it was, or made anew where it cannot be used."""
        try:
            if self._matcher is not None:
                self._matcher.remove([])  # writes nothing; fails where the folder has gone
                return self._matcher
            with writing(self._engine) as session:
                origin = installation(session)
            self._matcher = self._matchmaker.open_writer(origin)
            self._require_replayable(self._matcher)
        except UNREADABLE as error:
            log.warning("索引不可用（%s），正在从数据库重建", error)
            self._matcher = None
            return self._rebuild(None)
        suggesting.mark_made_by_others(self._engine, self._matchmaker, datetime.now(UTC))
        return self._matcher

    def _require_replayable(self, matcher: Matcher) -> None:
        """A table that ends before the index does was restored from an older copy."""
        with session_for(self._engine) as session:
            last = session.execute(select(func.max(IndexChange.seq))).scalar() or 0
            ahead = matcher.position > last
            behind = not ahead and matcher.position == last and self._differs(session, matcher)
        if ahead or behind:
            raise ValueError(f"the index is at {matcher.position}, the table ends at {last}")

    def _differs(self, session: Session, matcher: Matcher) -> bool:
        return {document_id(*key) for key in _published(session)} != matcher.ids

    def _rebuild(self, progress: Progress | None) -> Matcher:
        with session_for(self._engine, writes=True) as session:
            origin = installation(session)
            session.commit()
        with session_for(self._engine) as session:
            last = session.execute(select(func.max(IndexChange.seq))).scalar() or 0
            keys = _published(session)
        matcher = self._matchmaker.new_writer(origin)
        for done, some in _batches(keys):
            self._apply(matcher, some, None)
            if progress:
                progress(done, len(keys))
        matcher.remove([], position=last)
        matcher.compact()
        self._matchmaker.is_built()
        self._matcher = matcher
        log.info("索引已重建，共 %d 条", len(matcher))
        suggesting.mark_made_by_others(self._engine, self._matchmaker, datetime.now(UTC))
        return matcher

    # ---- the changes

    def _apply_changes(self, matcher: Matcher, now: datetime) -> int:
        applied = 0
        while rows := self._pending(matcher.position):
            keys = list(dict.fromkeys((kind, id) for _, kind, id in rows))
            gone = self._apply(matcher, keys, rows[-1][0])
            suggesting.forget(self._engine, gone, now)
            applied += len(rows)
        return applied

    def _pending(self, position: int) -> Sequence[tuple[int, Kind, int]]:
        query = (
            select(col(IndexChange.seq), col(IndexChange.kind), col(IndexChange.listing_id))
            .where(col(IndexChange.seq) > position)
            .order_by(col(IndexChange.seq))
            .limit(BATCH)
        )
        with session_for(self._engine) as session:
            return [(seq or 0, kind, id) for seq, kind, id in session.execute(query)]

    def _apply(
        self, matcher: Matcher, keys: Sequence[tuple[Kind, int]], position: int | None
    ) -> list[tuple[Kind, int]]:
        """Bring these listings to what the tables say now; those that are gone are returned."""
        with session_for(self._engine) as session:
            found = {
                (kind, id): document_of(row)
                for kind in Kind
                for id, row in rows_for(
                    session, kind, [id for each, id in keys if each is kind], VISITOR_VIEWER
                ).items()
            }
        gone = [key for key in keys if key not in found]
        if found:
            matcher.add(found.values(), position=None if gone else position)
        if gone or not found:
            matcher.remove([document_id(*key) for key in gone], position=position)
        return gone


def _published(session: Session) -> list[tuple[Kind, int]]:
    return [
        (kind, id)
        for kind in Kind
        for table in (TABLES[kind].listing,)
        for id in session.execute(
            select(col(table.id)).where(col(table.state) == ListingState.PUBLISHED)
        ).scalars()
        if id is not None
    ]


def _batches(keys: Sequence[tuple[Kind, int]]) -> Iterator[tuple[int, Sequence[tuple[Kind, int]]]]:
    for start in range(0, len(keys), BATCH):
        some = keys[start : start + BATCH]
        yield start + len(some), some


def _lock_path(folder: Path) -> str:
    """Beside the folder, not in it: deleting the index must not free the lock."""
    return str(folder.with_suffix(".lock"))

"""What the worker does for imports: the dry run, the import in one transaction, its undoing.

One process at a time holds the lock, which the operating system lets go when its holder dies.
Where an import stands is in its row: the dry run can be repeated, the import and its undoing are
written together with the row that says that they are done. Killed at any moment, either nothing
was written or all of it, and whoever holds the lock next finds out which.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col

from market.actions.imports import AT_WORK, found, owner_of
from market.db import session_for, writing
from market.errors import Invalid, MarketError, NotAllowed, NotFound
from market.imports import bringing, checking, repeats, undoing
from market.imports.bringing import Work
from market.imports.likenesses import alike_rows
from market.imports.mapped import Columns
from market.imports.progress import FOLDER, Progress, Stopped
from market.imports.rows import Reading
from market.imports.run import reading_for
from market.models.enums import ImportState
from market.models.imports import Import, ImportRow
from market.queries.people import viewer_for
from market.roles import Viewer
from market.sole import has_taken, lock_at

log = logging.getLogger(__name__)
MOST_TRIES = 3
FULL = "服务器的磁盘满了，这一步没有写入任何内容。请联系运维人员清理磁盘，然后再试一次。"
OVER = "试了几次都没有完成，这一步没有写入任何内容。请再试一次；还是不行，请联系运维人员。"
GONE = "做这一步的人已经不能为本单位导入，没有写入任何内容。请由其他成员再试一次。"
FULL_SIGNS = ("disk is full", "disk full", "no space left", "53100")


class Importer:
    """Takes one import after the other. `run_once` is one of them, from where it stands to the
    next time that people decide."""

    def __init__(self, engine: Engine, data: Path) -> None:
        self._engine, self._data = engine, data
        self._lock = lock_at(data / f"{FOLDER}.lock")
        self._stop = Event()

    def run_once(self, now: datetime) -> int:
        """Do the oldest one that waits; 0 where there is none, or another process is at it."""
        if not has_taken(self._lock):
            return 0
        id = self._next()
        if id is None:
            return 0
        progress = Progress(self._data, id, self._stop.is_set)
        try:
            self._do(id, now, progress)
        except Stopped:
            return 0
        except Exception as error:
            self._give_up(id, error, now)
        finally:
            progress.end()
        return 1

    def stop(self) -> None:
        """End at the next step; what is not finished is begun again by whoever comes next."""
        self._stop.set()

    def close(self) -> None:
        """Let another process take over."""
        self._lock.release()

    def _next(self) -> int | None:
        waiting = select(col(Import.id)).where(col(Import.state).in_(AT_WORK))
        with session_for(self._engine) as session:
            return session.execute(waiting.order_by(col(Import.id)).limit(1)).scalar()

    def _do(self, id: int, now: datetime, progress: Progress) -> None:
        with writing(self._engine) as session:
            row = session.get_one(Import, id)
            row.tries, row.heartbeat_at = row.tries + 1, now
            state, tries = row.state, row.tries
        if tries > MOST_TRIES:
            raise NotAllowed(OVER)
        PHASES[state](self._engine, id, now, progress)

    def _give_up(self, id: int, error: Exception, now: datetime) -> None:
        """Say why in words that help, in a transaction of its own. What may pass by itself is left
        to the next turn."""
        reason = reason_of(error)
        if reason is None:
            raise error
        if not isinstance(error, MarketError):
            log.error("导入 %d 没有完成：%s", id, error)
        with writing(self._engine) as session:
            row = session.get_one(Import, id)
            if row.state in AT_WORK:
                row.failed_in, row.state = row.state.value, ImportState.FAILED
                row.message, row.done, row.heartbeat_at = reason, 0, now


def reason_of(error: Exception) -> str | None:
    """The sentence for people, or None where trying again may mend it."""
    if isinstance(error, NotFound):
        return GONE
    if isinstance(error, NotAllowed):
        return error.reason
    if isinstance(error, Invalid):
        return str(error)
    if is_full(error):
        return FULL
    return None


def is_full(error: BaseException) -> bool:
    """Whether the disk had no room left."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    if isinstance(error, DBAPIError):
        told = f"{error.orig} {getattr(error.orig, 'sqlstate', '')}".lower()
        return any(sign in told for sign in FULL_SIGNS)
    return False


def check(engine: Engine, id: int, now: datetime, progress: Progress) -> None:
    """The dry run: rows are read outside any transaction and kept in short ones."""
    with session_for(engine) as session:
        row = session.get_one(Import, id)
        columns, reading = Columns.of(row), page_reading(session, row, now)
    after, alike = 0, {}
    while rows := _some(engine, row, after):
        outcome = checking.checked(columns, reading, rows)
        after = rows[-1].number
        with writing(engine) as session:
            if not _goes_on(session, id, ImportState.CHECKING, len(rows)):
                return
            checking.write(session, outcome)
        progress(row.done, row.total)
    with session_for(engine) as session:
        alike = alike_rows(session, row, columns, reading)
    with writing(engine) as session:
        current = session.get_one(Import, id, with_for_update=True)
        if current.state is ImportState.CHECKING:
            repeats.mark(session, current, alike)
            current.state, current.done, current.tries = ImportState.CHECKED, current.total, 0


def run(engine: Engine, id: int, now: datetime, progress: Progress) -> None:
    """The import. Rows are read before the transaction, which then holds them all or none."""
    with session_for(engine) as session:
        row = session.get_one(Import, id)
        reading = page_reading(session, row, now)
        work = [
            Work(each, found.draft)
            for each in _chosen(session, row)
            if not (found := checking.read_one(Columns.of(row), reading, each)).problems
        ]
    with writing(engine) as session:
        current = _locked(session, id, ImportState.RUNNING)
        if current is None:
            return
        viewer = _viewer(session, current)
        owner_of(session, current.kind, current.organisation_id, viewer)
        mine = [Work(session.merge(each.row, load=False), each.draft) for each in work]
        bringing.bring(session, current, mine, viewer, now, progress)
        _end(current, ImportState.DONE, now)


def undo(engine: Engine, id: int, now: datetime, progress: Progress) -> None:
    """What the import did, taken back as far as nobody has gone on from it."""
    with writing(engine) as session:
        current = _locked(session, id, ImportState.UNDOING)
        if current is None:
            return
        viewer = _viewer(session, current)
        rows = _became(session, current)
        undoing.undo(session, current, rows, viewer, now, progress)
        _end(current, ImportState.UNDONE, now)


PHASES: Mapping[ImportState, Callable[[Engine, int, datetime, Progress], None]] = {
    ImportState.CHECKING: check, ImportState.RUNNING: run, ImportState.UNDOING: undo,
}  # fmt: skip


def page_reading(session: Session, row: Import, now: datetime) -> Reading:
    """What the rows of an import are read against: numbers count only where the file gives them."""
    return reading_for(session, row.kind, "", now, takes_prints=False)


def _some(engine: Engine, row: Import, after: int) -> list[ImportRow]:
    with session_for(engine) as session:
        return checking.some_rows(session, row, after)


def _goes_on(session: Session, id: int, state: ImportState, done: int) -> bool:
    current = session.get_one(Import, id, with_for_update=True)
    if current.state is state:
        current.done = min(current.done + done, current.total)
        current.heartbeat_at = datetime.now(UTC)
    return current.state is state


def _locked(session: Session, id: int, state: ImportState) -> Import | None:
    """The import, held until the transaction ends; None where it has moved on."""
    current = session.get_one(Import, id, with_for_update=True)
    return current if current.state is state else None


def _viewer(session: Session, row: Import) -> Viewer:
    """Whoever asked for it, with the roles that they have now."""
    viewer = viewer_for(session, row.person_id, origin="import")
    if viewer is None:
        raise NotFound
    found(session, row.id or 0, viewer)
    return viewer


def _chosen(session: Session, row: Import) -> list[ImportRow]:
    return _rows(session, row, col(ImportRow.chosen), ~col(ImportRow.is_wrong))


def _became(session: Session, row: Import) -> list[ImportRow]:
    """The rows that made a listing or changed one."""
    return _rows(session, row, col(ImportRow.listing_version).is_not(None))


def _rows(session: Session, row: Import, *which: Any) -> list[ImportRow]:
    query = select(ImportRow).where(col(ImportRow.import_id) == row.id, *which)
    return list(session.execute(query.order_by(col(ImportRow.number))).scalars())


def _end(row: Import, state: ImportState, now: datetime) -> None:
    row.state, row.ended_at, row.done, row.tries = state, now, row.total, 0

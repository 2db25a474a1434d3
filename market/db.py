"""The one door to the database: engines, sessions, and Alembic to the newest schema.

SQLite is told what it forgets by default (write-ahead log, foreign keys, waiting for a lock) and
to begin transactions itself, because the driver begins none before a read. A session that writes
begins with the write lock, so that what it read is still true when it writes.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Engine, UpdateBase, create_engine, event, make_url
from sqlalchemy.orm import Session as AnySession
from sqlalchemy.orm import SessionTransaction
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool
from sqlmodel import Session, SQLModel, select

from market.errors import NotFound
from market.models import Installation

FILE_NAME = "kejie.sqlite3"
LOCK_WAIT_MS = 15_000
WRITES = "market_writes"
BEGUN = "market_begun"
JSON = partial(json.dumps, ensure_ascii=False, separators=(",", ":"))
Row = TypeVar("Row", bound=SQLModel)


def url_for(data: Path) -> str:
    """The default database of a data folder."""
    return f"sqlite:///{data.resolve() / FILE_NAME}"


def engine_for(url: str, *, migrates: bool = False) -> Engine:
    """An engine for SQLite or PostgreSQL; JSON keeps Chinese as it is, so that LIKE finds it. The
    values of a statement that fails stay out of its error, and so out of the log.

    `migrates`: SQLite leaves foreign keys alone, because it changes a table by making it anew, and
    dropping the old one would take every row along that refers to it.
    """
    address = make_url(url)
    if address.drivername in ("postgres", "postgresql"):
        address = address.set(drivername="postgresql+psycopg")
    options: dict[str, Any] = {"json_serializer": JSON, "hide_parameters": True}
    if address.get_backend_name() != "sqlite":
        return create_engine(address, pool_pre_ping=True, **options)
    if address.database in (None, "", ":memory:"):
        options |= {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
    else:
        Path(str(address.database)).parent.mkdir(parents=True, exist_ok=True)
        options |= {"pool_size": 20, "max_overflow": 40}
    engine = create_engine(address, **options)
    event.listen(engine, "connect", _prepare_sqlite)
    if migrates:
        event.listen(engine, "connect", _without_foreign_keys)
    event.listen(engine, "begin", _beginning())
    return engine


def _prepare_sqlite(connection: Any, entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None
    for pragma in (f"busy_timeout={LOCK_WAIT_MS}", "journal_mode=WAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _without_foreign_keys(connection: Any, entry: ConnectionPoolEntry) -> None:
    connection.execute("PRAGMA foreign_keys=OFF")


def _beginning() -> Callable[[Connection], None]:
    """How a transaction begins. SQLite lets whoever asks at the right moment pass and may leave
    others waiting for ever, so only one thread of this process at a time asks to write."""
    turn = Lock()

    def begin(connection: Connection) -> None:
        if not connection.get_execution_options().get(WRITES, False):
            connection.exec_driver_sql("BEGIN")
            return
        with turn:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return begin


def session_for(engine: Engine, *, writes: bool = False) -> Session:
    """A session; `writes=True` takes SQLite's write lock as it begins."""
    bind = engine.execution_options(**{WRITES: True}) if writes else engine
    return Session(bind, expire_on_commit=False)


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """One writing transaction: committed at the end, rolled back by an exception."""
    with session_for(engine, writes=True) as session, session.begin():
        yield session


@event.listens_for(AnySession, "after_begin")
def _remember(session: AnySession, transaction: object, connection: Connection) -> None:
    session.info[BEGUN] = True


@event.listens_for(AnySession, "after_transaction_end")
def _forget(session: AnySession, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(BEGUN, None)


@contextmanager
def reading_beside(session: Session) -> Iterator[Session]:
    """A session that reads what was committed, so that slow work may follow before `session`
    begins to write and keeps every other writer waiting."""
    bind = session.get_bind()
    if isinstance(bind, Connection):
        yield session
        return
    with session_for(bind.execution_options(**{WRITES: False})) as reading:
        yield reading


@contextmanager
def kept_apart(session: Session) -> Iterator[Session]:
    """A short transaction that is kept whatever becomes of `session`: a wrong try counts although
    the action is refused. Once `session` has begun it is part of it, for SQLite has one writer."""
    bind = session.get_bind()
    if isinstance(bind, Connection) or session.info.get(BEGUN):
        yield session
        session.flush()
        return
    with session_for(bind, writes=True) as apart, apart.begin():
        yield apart


def rows_changed(session: Session, statement: UpdateBase) -> int:
    """How many rows a statement changed: of two who would use up the same row, one finds 1."""
    result = session.execute(statement)
    assert isinstance(result, CursorResult)
    return int(result.rowcount)


def row_by_id(session: Session, table: type[Row], id: int) -> Row:
    """The row with this id. Raises NotFound, for an id that no column can hold as well."""
    row = row_or_none(session, table, id)
    if row is None:
        raise NotFound
    return row


def row_or_none(session: Session, table: type[Row], id: int) -> Row | None:
    """The same, or None."""
    return session.get(table, id) if 0 < id < 2**31 else None


def migrate(url: str) -> None:
    """Bring the database to the newest schema. Safe to call from several processes at once."""
    from alembic import command
    from alembic.config import Config

    engine = engine_for(url, migrates=True)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()
    engine = engine_for(url)
    with writing(engine) as session:
        installation(session)
    engine.dispose()


def installation(session: Session) -> str:
    """The mark of this installation, made on first use; an index carries it too."""
    row = session.exec(select(Installation)).first()
    if row is None:
        row = Installation(uuid=str(uuid.uuid4()))
        session.add(row)
    return row.uuid

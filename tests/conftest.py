"""What every test may ask for: a database in a transaction that is rolled back, viewers, makers of
rows, and a whole site (database, matchmaker, indexer) in a folder of its own."""

from __future__ import annotations

import gc
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session, col, func, select

from market.actions import listings, organisations
from market.actions.drafts import ListingDraft
from market.actions.organisations import OrganisationDraft
from market.credentials import Cost, set_cost
from market.db import FILE_NAME, engine_for, migrate, session_for, url_for, writing
from market.indexer import Indexer
from market.matchmaking import Matchmaker
from market.models import (
    TABLES,
    Grant,
    Kind,
    Listing,
    Membership,
    Organisation,
    OrganisationKind,
    Person,
    Role,
)
from market.roles import KIND_ROLES, OPERATOR_VIEWER, PLATFORM_ROLES, VISITOR_VIEWER, Viewer
from seeds.load import load_places

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def pytest_configure() -> None:
    """Processes that test side by side share the cores; torch would take them all for each, and
    keep a core busy while it waits for another."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Each process goes through its part of the files in their order, so that few of them make the
    same sites, and whoever is through takes over from the others."""
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log) if config.getoption("dist") == "load" else None


def pytest_collection_finish() -> None:
    """Look for garbage seldom, and not among what has been imported."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def no_waiting_for_disks() -> Iterator[None]:
    """No test pulls the plug, so nothing written by this process need have reached the disk."""

    def hurry(connection: Any, entry: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA synchronous=OFF")

    event.listen(Engine, "connect", hurry)
    yield
    event.remove(Engine, "connect", hurry)


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Hash at next to no cost; what is tested is where and how often, not how long."""
    set_cost(Cost(memory_kib=8, passes=1))
    yield
    set_cost(Cost())


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def visitor() -> Viewer:
    return VISITOR_VIEWER


@pytest.fixture
def operator() -> Viewer:
    return OPERATOR_VIEWER


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the newest schema, the fields and the divisions."""
    data = tmp_path_factory.mktemp("prepared")
    migrate(url_for(data))
    engine = engine_for(url_for(data))
    with writing(engine) as session:
        load_places(session)
    engine.dispose()
    return data / FILE_NAME


@pytest.fixture(scope="session")
def engine(prepared: Path) -> Iterator[Engine]:
    engine = engine_for(f"sqlite:///{prepared}")
    yield engine
    engine.dispose()


@pytest.fixture
def engine_apart(tmp_path: Path, prepared: Path) -> Iterator[Engine]:
    """A database file of its own, for sessions that really commit, several at once."""
    shutil.copy(prepared, tmp_path / FILE_NAME)
    engine = engine_for(url_for(tmp_path))
    yield engine
    engine.dispose()


@contextmanager
def rolled_back(engine: Engine) -> Iterator[Session]:
    """A session in which commits are only seen by itself."""
    with engine.connect() as connection:
        outer = connection.begin()
        joined = Session(
            connection, join_transaction_mode="create_savepoint", expire_on_commit=False
        )
        yield joined
        joined.close()
        outer.rollback()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with rolled_back(engine) as joined:
        yield joined


@dataclass
class Maker:
    """Makes rows through market actions; what a test does not say is made up."""

    session: Session
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def owner(self, name: str = "", **given: Any) -> Organisation:
        draft = OrganisationDraft(
            name or f"单位{next(self.numbers)}",
            **{"kind": OrganisationKind.ENTERPRISE, **given},
        )
        return organisations.record(self.session, draft, OPERATOR_VIEWER, NOW)

    def person(self, name: str = "", *roles: Role, **given: Any) -> Person:
        """Somebody with an account, and the roles of the platform that were given to them."""
        number = next(self.numbers)
        values = {"email": f"p{number}@example.com", "created_at": NOW, **given}
        person = Person(name=name or f"用户{number}", **values)
        self.session.add(person)
        self.session.flush()
        self.session.add_all(Grant(person_id=person.key, role=r, granted_at=NOW) for r in roles)
        self.session.flush()
        return person

    def member(
        self, organisation: Organisation, role: Role, person: Person | None = None
    ) -> Viewer:
        """Somebody with that role in an organisation, as a viewer who acts for it."""
        person = person or self.person()
        self.session.add(
            Membership(
                person_id=person.key, organisation_id=organisation.id or 0, role=role, since=NOW
            )
        )
        self.session.flush()
        kinds = {KIND_ROLES[organisation.kind]} if organisation.kind in KIND_ROLES else set()
        held = {organisation.id or 0: frozenset({role, *kinds})}
        return Viewer(
            frozenset({Role.VISITOR, Role.MEMBER}), person.name, person.key, held,
            organisation.id, NOW,
        )  # fmt: skip

    def viewer(self, *roles: Role, person: Person | None = None) -> Viewer:
        """Somebody who is signed in and holds these roles of the platform."""
        assert set(roles) <= set(PLATFORM_ROLES)
        person = person or self.person("", *roles)
        held = frozenset({Role.VISITOR, Role.MEMBER, *roles})
        return Viewer(held, person.name, person.key, proven_at=NOW)

    def draft(self, title: str = "", **given: Any) -> ListingDraft:
        if "owner_id" not in given:
            given["owner_id"] = self.owner(is_demo=given.get("is_demo", False)).id
        return ListingDraft(title or f"陶瓷窑炉节能{next(self.numbers)}", **given)

    def listing(self, kind: Kind, title: str = "", **given: Any) -> Listing:
        """A published listing."""
        [made] = self.listings(kind, [self.draft(title, **given)])
        return made

    def listings(self, kind: Kind, drafts: list[ListingDraft]) -> list[Listing]:
        id = col(TABLES[kind].listing.id)
        last = self.session.exec(select(func.max(id))).one() or 0
        listings.record(self.session, kind, drafts, OPERATOR_VIEWER, NOW)
        query = select(TABLES[kind].listing).where(id > last).order_by(id)
        return list(self.session.exec(query))

    def need(self, title: str = "", **given: Any) -> Listing:
        return self.listing(Kind.NEED, title, **given)

    def achievement(self, title: str = "", **given: Any) -> Listing:
        return self.listing(Kind.ACHIEVEMENT, title, **given)

    def all(self, kind: Kind) -> list[Listing]:
        table = TABLES[kind].listing
        return list(self.session.exec(select(table).order_by(col(table.id))))


@pytest.fixture
def make(session: Session) -> Maker:
    return Maker(session)


@pytest.fixture(scope="session")
def make_apart(engine: Engine) -> Callable[[], AbstractContextManager[Maker]]:
    """For property-based tests: a maker whose rows are gone after each example."""

    @contextmanager
    def apart() -> Iterator[Maker]:
        with rolled_back(engine) as session:
            yield Maker(session)

    return apart


@dataclass
class Site:
    """An installation of its own, matched with the deterministic encoder."""

    data: Path
    engine: Engine
    matchmaker: Matchmaker
    indexer: Indexer

    def settle(self, now: datetime = NOW) -> None:
        """Work until nothing is left to do."""
        while self.indexer.run_once(now):
            pass

    def make(self, kind: Kind, *titles: str, **given: Any) -> list[int]:
        """Publish listings, committed; their ids."""
        with writing(self.engine) as session:
            maker = Maker(session)
            drafts = [maker.draft(title, **given) for title in titles]
            return [row.key for row in maker.listings(kind, drafts)]

    def read(self) -> Session:
        return session_for(self.engine)


@pytest.fixture
def site(tmp_path: Path, prepared: Path) -> Iterator[Site]:
    data = tmp_path / "data"
    data.mkdir()
    shutil.copy(prepared, data / FILE_NAME)
    engine = engine_for(url_for(data))
    matchmaker = Matchmaker(data, "hashing", engine)
    matchmaker.load()
    indexer = Indexer(engine, matchmaker)
    yield Site(data, engine, matchmaker, indexer)
    indexer.close()
    engine.dispose()


@pytest.fixture
def statements(engine: Engine) -> Iterator[list[str]]:
    """Every SQL statement that was sent since the test began; clear it to count from now."""
    sent: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)

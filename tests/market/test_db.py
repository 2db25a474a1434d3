"""What the database is told, and what columns refuse."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy.exc import IntegrityError, StatementError
from sqlmodel import select

from market.db import session_for, writing
from market.models import Need, Organisation, OrganisationKind


def test_sqlite_is_told_what_it_forgets(engine):
    with engine.connect() as connection:
        told = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout")
        ]
    assert told == ["wal", 1, 15_000]


def test_a_moment_without_a_zone_is_refused(make, session):
    need = make.need()
    need.changed_at = datetime(2026, 1, 1)
    with pytest.raises(StatementError, match="time zone"):
        session.flush()


def test_moments_come_back_aware_and_equal(make, session, now):
    need = make.need()
    session.expire_all()
    assert session.get(Need, need.id).created_at == now


@pytest.mark.parametrize(
    ("name", "value"), [("readiness", 12), ("amount_min", -1), ("owner_id", 10**6), ("state", "x")]
)
def test_the_database_itself_refuses_nonsense(name, value, make, session):
    need = make.need(amount_max=5, amount_min=1)
    setattr(need, name, value)
    with pytest.raises((IntegrityError, StatementError)):
        session.flush()


def failing(engine, now) -> None:
    with writing(engine) as session:
        session.add(Organisation(kind=OrganisationKind.BUREAU, name="不该留下", created_at=now))
        session.flush()
        raise RuntimeError


def test_a_failed_writing_block_leaves_nothing(site, now):
    with pytest.raises(RuntimeError):
        failing(site.engine, now)
    with session_for(site.engine) as session:
        assert session.exec(select(Organisation)).all() == []

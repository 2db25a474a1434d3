"""Views are counted in memory, and written once for many."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from market.db import session_for
from market.models import Kind, ListingViews
from market.queries.views import LATELY, Views, view_counts
from market.viewing import MOST_OF_ONE, ViewCounter
from tests.conftest import NOW, Maker


def counts(engine):
    with session_for(engine) as session:
        rows = session.exec(select(ListingViews).order_by(ListingViews.kind, ListingViews.day))
        return [(row.kind, row.listing_id, row.day.isoformat(), row.count) for row in rows]


def test_nothing_is_written_until_it_is_time(engine_apart):
    views = ViewCounter(engine_apart)
    for _ in range(3):
        views.note(Kind.NEED, 7, NOW)
    views.note(Kind.ACHIEVEMENT, 7, NOW)
    assert counts(engine_apart) == []
    assert views.write() == 2
    assert counts(engine_apart) == [
        (Kind.ACHIEVEMENT, 7, "2026-11-23", 1), (Kind.NEED, 7, "2026-11-23", 3),
    ]  # fmt: skip
    assert views.write() == 0


def test_counts_of_two_processes_add_up(engine_apart):
    for _ in range(2):
        views = ViewCounter(engine_apart)
        views.note(Kind.NEED, 7, NOW)
        views.write()
    assert counts(engine_apart) == [(Kind.NEED, 7, "2026-11-23", 2)]


def test_days_are_those_of_shanghai(engine_apart):
    views = ViewCounter(engine_apart)
    views.note(Kind.NEED, 7, NOW.replace(hour=15, minute=59))
    views.note(Kind.NEED, 7, NOW.replace(hour=16))
    views.write()
    assert [row[2:] for row in counts(engine_apart)] == [("2026-11-23", 1), ("2026-11-24", 1)]


def test_a_reader_counts_once_a_day_and_one_place_a_few_times(engine_apart):
    views = ViewCounter(engine_apart)
    for agent in ["甲", "甲", "乙"]:
        views.note(Kind.NEED, 7, NOW, "192.0.2.1", agent)
    for number in range(50):
        views.note(Kind.NEED, 7, NOW, "192.0.2.2", f"made up {number}")
    views.note(Kind.NEED, 7, NOW + timedelta(days=1), "192.0.2.1", "甲")
    views.write()
    assert [row[2:] for row in counts(engine_apart)] == [
        ("2026-11-23", 2 + MOST_OF_ONE), ("2026-11-24", 1),
    ]  # fmt: skip


def test_stopping_writes_what_is_left(engine_apart):
    views = ViewCounter(engine_apart)
    views.start()
    views.note(Kind.NEED, 7, NOW)
    views.stop()
    assert counts(engine_apart) == [(Kind.NEED, 7, "2026-11-23", 1)]


def test_what_cannot_be_written_is_kept(engine_apart):
    views = ViewCounter(engine_apart)
    views.note(Kind.NEED, 7, NOW)
    with engine_apart.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE listing_views RENAME TO away")
    with pytest.raises(OperationalError):
        views.write()
    views.note(Kind.NEED, 7, NOW)
    with engine_apart.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO listing_views")
    views.write()
    assert counts(engine_apart) == [(Kind.NEED, 7, "2026-11-23", 2)]


def test_owners_are_told_of_all_days_and_of_the_last_ones(session, make: Maker):
    body = make.owner()
    mine, other = make.need(owner_id=body.id).key, make.need().key
    today = NOW.date()
    for id, days, count in ((mine, 0, 2), (mine, LATELY - 1, 3), (mine, LATELY, 4), (other, 0, 9)):
        session.add(ListingViews(kind=Kind.NEED, listing_id=id, day=today - timedelta(days=days),
                                 count=count))  # fmt: skip
    session.flush()
    assert view_counts(session, Kind.NEED, body.id or 0, NOW) == {mine: Views(9, 5)}
    assert view_counts(session, Kind.ACHIEVEMENT, body.id or 0, NOW) == {}

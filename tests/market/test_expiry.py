"""Running out: once reminded, ended by the clock, renewed by one click."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from market.actions import expiry
from market.errors import NotAllowed
from market.models import Change, IndexChange, ListingState, Notice, NoticeKind, Role
from tests.conftest import NOW

DAY = timedelta(days=1)


def due(make, days: float, **given):
    """A published need that expires in so many days, and its owner."""
    owner = make.owner()
    need = make.need("某某需求", owner_id=owner.id, **given)
    need.expires_at = NOW + days * DAY
    make.session.flush()
    return need, owner


def notices(session):
    return session.exec(select(Notice)).all()


def test_the_clock_ends_what_has_run_out_and_nothing_else(make, session, now):
    over, _ = due(make, 0)
    later, _ = due(make, 0.01)
    never = make.need()
    assert expiry.expire_due(session, now) == 1
    states = (ListingState.EXPIRED, ListingState.PUBLISHED, ListingState.PUBLISHED)
    assert (over.state, later.state, never.state) == states
    assert expiry.expire_due(session, now) == 0


def test_what_ends_is_recorded_as_the_clocks_and_told_to_the_index(make, session, now):
    need, _ = due(make, -1)
    before = len(session.exec(select(IndexChange)).all())
    expiry.expire_due(session, now)
    [entry] = session.exec(select(Change).where(Change.action == "listing.expire")).all()
    assert (entry.actor, entry.person_id, entry.noun_id) == ("系统时钟", None, need.id)
    assert len(session.exec(select(IndexChange)).all()) == before + 1


@pytest.mark.parametrize("state", [s for s in ListingState if s is not ListingState.PUBLISHED])
def test_only_what_is_published_runs_out(state, make, session, now):
    need, owner = due(make, -1)
    make.member(owner, Role.OWNER)
    need.state = state
    session.flush()
    assert (expiry.expire_due(session, now), expiry.remind_due(session, now)) == (0, 0)


def test_those_who_may_renew_are_reminded_once(make, session, now):
    need, owner = due(make, 14)
    told = [make.member(owner, role) for role in (Role.OWNER, Role.EDITOR)]
    make.member(owner, Role.VIEWER)
    make.member(make.owner(), Role.OWNER)
    assert expiry.remind_due(session, now) == 1
    assert {row.person_id for row in notices(session)} == {viewer.person_id for viewer in told}
    [row, *_] = notices(session)
    assert (row.kind, row.link) == (NoticeKind.EXPIRY, f"/needs/{need.id}/renew")
    assert "将于2026年12月7日到期" in row.subject
    assert need.reminded_at == now
    assert expiry.remind_due(session, now + DAY) == 0
    assert len(notices(session)) == 2


@pytest.mark.parametrize("days", [14.01, 0, -1])
def test_nobody_is_reminded_too_early_or_too_late(days, make, session, now):
    _, owner = due(make, days)
    make.member(owner, Role.OWNER)
    assert expiry.remind_due(session, now) == 0


def test_without_members_there_is_nobody_to_tell(make, session, now):
    due(make, 3)
    assert expiry.remind_due(session, now) == 1
    assert notices(session) == []


def test_the_day_that_is_told_is_that_of_china(make, session, now):
    need, owner = due(make, 1)
    need.expires_at = (now + DAY).replace(hour=16)
    make.member(owner, Role.OWNER)
    session.flush()
    expiry.remind_due(session, now)
    assert "11月25日" in notices(session)[0].subject


@pytest.mark.parametrize("days", [5, -5])
def test_renewing_starts_the_period_anew_and_reminds_again(days, make, session, now):
    need, owner = due(make, days)
    member = make.member(owner, Role.TECHNOLOGY_MANAGER)
    expiry.remind_due(session, now)
    expiry.expire_due(session, now)
    expiry.renew(session, need, member, now)
    assert (need.state, need.expires_at) == (ListingState.PUBLISHED, now + 180 * DAY)
    assert need.reminded_at is None
    before = len(notices(session))
    assert expiry.remind_due(session, now + 170 * DAY) == 1
    assert len(notices(session)) == before + 1


def test_strangers_and_readers_do_not_renew(make, session, now, visitor):
    need, owner = due(make, 5)
    for viewer in (visitor, make.member(owner, Role.VIEWER), make.member(make.owner(), Role.OWNER)):
        with pytest.raises(NotAllowed):
            expiry.renew(session, need, viewer, now)


def test_many_are_ended_in_one_go_and_told_in_few_statements(make, session, now, statements):
    owner = make.owner()
    make.member(owner, Role.OWNER)
    for _ in range(12):
        make.need(owner_id=owner.id).expires_at = now + DAY
    session.flush()
    statements.clear()
    assert expiry.remind_due(session, now) == 12
    assert len([words for words in statements if words.startswith("SELECT")]) < 10
    assert expiry.expire_due(session, now + DAY) == 12

"""When a listing looks stale: nobody changed or renewed it for long."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session

from market.actions.expiry import renew
from market.models import Kind, Listing, ListingState, Role
from market.policy import current
from market.queries.details import ListingDetail, listing_by_id
from market.roles import VISITOR_VIEWER
from tests.conftest import NOW, Maker

LONG = current().period("stale_days")


def row_of(session: Session, listing: Listing) -> ListingDetail:
    return listing_by_id(session, Kind.NEED, listing.key, VISITOR_VIEWER)


@pytest.mark.parametrize(
    ("passed", "is_stale"), [(timedelta(seconds=-1), False), (timedelta(), True)]
)
def test_it_is_stale_from_that_day_on(
    session: Session, make: Maker, passed: timedelta, is_stale: bool
) -> None:
    row = row_of(session, make.need())
    assert row.is_stale(row.changed_at + LONG + passed) is is_stale


def test_what_found_its_match_is_not_stale(session: Session, make: Maker) -> None:
    need = make.need()
    need.state = ListingState.MATCHED
    assert row_of(session, need).is_stale(NOW + 2 * LONG) is False


def test_a_renewal_confirms_it(session: Session, make: Maker) -> None:
    owner = make.owner()
    need, member = make.need(owner_id=owner.id), make.member(owner, Role.EDITOR)
    later = NOW + LONG
    assert row_of(session, need).is_stale(later)
    renew(session, need, member, later)
    assert row_of(session, need).is_stale(later) is False

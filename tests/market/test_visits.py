"""Visits to the workspace, and what came since the last one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from market import match_news
from market.actions import visits
from market.models import Kind, ListingState, Person, Role
from market.queries.news import news_for
from tests.market.test_suggestions import stored

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("opened", "since"),
    [
        ([0], None),
        ([0, 10], None),
        ([0, 31], 0),
        ([0, 31, 40, 69], 0),
        ([0, 25, 50], None),
        ([0, 31, 62], 31),
    ],
)
def test_a_visit_ends_half_an_hour_after_its_last_page(session, make, now, opened, since):
    viewer = make.viewer()
    person = session.get(Person, viewer.person_id)
    for minutes in opened:
        at = now + minutes * MINUTE
        found = visits.last_visit(person, at)
        visits.note_visit(session, viewer, at)
        assert visits.last_visit(person, at) == found
    assert found == (None if since is None else now + since * MINUTE)


def test_reloading_writes_nothing(session, make, now):
    viewer = make.viewer()
    visits.note_visit(session, viewer, now)
    visits.note_visit(session, viewer, now + MINUTE / 2)
    person = session.get(Person, viewer.person_id)
    assert (person.visited_at, visits.is_due(person, now + MINUTE / 2)) == (now, False)


@pytest.fixture
def told(session, make, now):
    """An owner who was told of a strong match, the match, and their need."""
    body = make.owner()
    viewer = make.member(body, Role.OWNER)
    need, other = make.need(owner_id=body.id), make.achievement("净化")
    row = stored(Kind.NEED, need.key, other.key, 0.9, now)
    row.label = "strong"
    session.add(row)
    session.flush()
    assert match_news.tell_matches(session, now) == 1
    return viewer, other, need


def test_what_one_was_told_of_since_is_new(session, told, now):
    viewer, other, need = told
    news = news_for(session, viewer, now - MINUTE)
    assert (news.count, [(n.own.id, n.listing.id) for n in news.matches]) == (
        1, [(need.key, other.key)],
    )  # fmt: skip
    assert news_for(session, viewer, now).count == 0


def test_nothing_is_new_on_a_first_visit(session, told):
    assert news_for(session, told[0], None).matches == []


def test_what_is_closed_meanwhile_is_not_named(session, told, now):
    viewer, other, _ = told
    other.state = ListingState.CLOSED
    session.flush()
    assert news_for(session, viewer, now - MINUTE).matches == []


def test_others_are_told_nothing(session, told, make, now):
    assert news_for(session, make.viewer(), now - MINUTE).matches == []

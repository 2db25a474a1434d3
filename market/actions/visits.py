"""When somebody was last in their workspace, so that it can say what is new since."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from market import rules
from market.models.people import Person
from market.roles import Viewer

GAP = timedelta(minutes=30)
"""Whoever comes back sooner is still on the same visit."""
STEP = timedelta(minutes=1)


def is_due(person: Person, now: datetime) -> bool:
    """Whether a visit is worth writing down: not with every reload."""
    return person.visited_at is None or now - person.visited_at >= STEP


def last_visit(person: Person, now: datetime) -> datetime | None:
    """When the visit before this one ended; None on the first."""
    is_new = person.visited_at is not None and now - person.visited_at > GAP
    return person.visited_at if is_new else person.visited_before


def note_visit(session: Session, viewer: Viewer, now: datetime) -> None:
    """The workspace was opened. Nobody else sees it, and it decides nothing, so that it is not in
    the record of changes."""
    rules.require(viewer, "account.use")
    person = session.get(Person, viewer.person_id)
    if person is not None and is_due(person, now):
        person.visited_before = last_visit(person, now)
        person.visited_at = now
        session.add(person)
        session.flush()

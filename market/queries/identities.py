"""The accounts at an identity provider that open somebody's account here."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import Session, col

from market import rules
from market.models.people import Identity
from market.roles import Viewer


def identities_of(session: Session, viewer: Viewer) -> list[Identity]:
    """The viewer's, the oldest first."""
    rules.require(viewer, "account.use")
    query = select(Identity).where(col(Identity.person_id) == viewer.person_id)
    return list(session.execute(query.order_by(col(Identity.id))).scalars())

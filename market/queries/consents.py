"""What somebody agreed to, the withdrawn included."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import Session, col

from market import rules
from market.models.people import Consent
from market.roles import Viewer


def consents_of(session: Session, viewer: Viewer) -> list[Consent]:
    """The viewer's consents, the newest first."""
    rules.require(viewer, "account.use")
    query = select(Consent).where(col(Consent.person_id) == viewer.person_id)
    newest = query.order_by(col(Consent.given_at).desc(), col(Consent.id).desc())
    return list(session.execute(newest).scalars())

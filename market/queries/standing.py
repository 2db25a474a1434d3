"""What the head of every page shows of somebody who is signed in, in one statement."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlmodel import Session, col

from market.models import Notice, Organisation
from market.roles import Viewer


@dataclass(frozen=True, slots=True)
class Standing:
    """Unread notices, and the organisations one may act for, by id, the present one first."""

    unread: int = 0
    organisations: tuple[tuple[int, str], ...] = ()
    acting_for: str = ""


def standing(session: Session, viewer: Viewer) -> Standing:
    """How somebody stands; nothing for a visitor."""
    if viewer.person_id is None:
        return Standing()
    unread = select(func.count()).where(
        col(Notice.person_id) == viewer.person_id, col(Notice.read_at).is_(None)
    )
    mine = col(Organisation.id).in_(viewer.memberships)
    names = select(col(Organisation.id), col(Organisation.name)).where(mine).subquery()
    counted = select(unread.scalar_subquery().label("unread")).subquery()
    rows = session.execute(
        select(counted.c.unread, names.c.id, names.c.name)
        .select_from(counted).outerjoin(names, names.c.id.is_not(None))
        .order_by(names.c.id != (viewer.acting_for or 0), names.c.name)
    ).all()  # fmt: skip
    found = tuple((id, name) for _, id, name in rows if id is not None)
    acting = next((name for id, name in found if id == viewer.acting_for), "")
    return Standing(rows[0][0], found, acting)

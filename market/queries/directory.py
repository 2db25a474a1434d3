"""Which organisations the directory shows to whom, and where a merged one went."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlmodel import Session, col

from market.db import row_or_none
from market.models.enums import ListingState, Standing, Tier
from market.models.organisations import Organisation
from market.models.tables import TABLES
from market.roles import Permission, Role, Viewer


def is_shown(viewer: Viewer) -> ColumnElement[bool]:
    """A condition on Organisation. One that a person made is shown once it was verified or has
    something published under its name; its members and the bureau see it before."""
    is_there = col(Organisation.merged_into_id).is_(None)
    if viewer.holds(Permission.QUEUE_READ) or Role.OPERATOR in viewer.roles:
        return is_there
    return and_(
        is_there,
        or_(
            col(Organisation.created_by).is_(None),
            col(Organisation.standing) == Standing.VERIFIED,
            col(Organisation.id).in_(viewer.memberships),
            *(_has_published(tables.listing) for tables in TABLES.values()),
        ),
    )


def signpost(session: Session, id: int, viewer: Viewer) -> int | None:
    """Where a merged organisation went, if the viewer sees that one."""
    body = row_or_none(session, Organisation, id)
    if body is None or body.merged_into_id is None:
        return None
    there = select(col(Organisation.id)).where(
        col(Organisation.id) == body.merged_into_id, is_shown(viewer)
    )
    return session.execute(there).scalar()


def _has_published(table: Any) -> ColumnElement[bool]:
    return exists(
        select(col(table.id)).where(
            table.owner_id == Organisation.id,
            table.state == ListingState.PUBLISHED,
            table.owner_tier == Tier.PUBLIC,
        )
    )

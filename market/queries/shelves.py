"""The listings of one's own organisation: in lists, and by the state that they are in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from market.models.enums import Kind, ListingState
from market.models.tables import TABLES
from market.policy import current
from market.roles import Permission, Viewer

MOST = 8
"""Listings of one state that are named; the others are counted."""


@dataclass(frozen=True, slots=True)
class OwnRow:
    """One of my organisation's listings in a list. `is_due`: it will run out before long."""

    kind: Kind
    id: int
    title: str
    state: ListingState
    reason: str
    changed_at: datetime
    expires_at: datetime | None
    is_due: bool


@dataclass(frozen=True, slots=True)
class Shelf:
    """Listings in one state: how many there are, and those that changed last."""

    state: ListingState
    count: int
    rows: list[OwnRow]


def own_listings(
    session: Session, viewer: Viewer, now: datetime, organisation_id: int | None = None
) -> list[OwnRow]:
    """The listings of the viewer's organisations, or of one of them, that changed last first."""
    mine = viewer.organisations_with(Permission.LISTING_OWN)
    ids = mine if organisation_id is None else mine & {organisation_id}
    return [row for id in sorted(ids) for row in listings_of(session, id, now)]


def listings_of(session: Session, organisation_id: int, now: datetime) -> list[OwnRow]:
    """Everything that an organisation has, what changed last first; for its members."""
    soon = now + current().period("remind_days")
    rows: list[OwnRow] = []
    for kind in Kind:
        table = TABLES[kind].listing
        columns: tuple[Any, ...] = (
            table.id, table.title, table.state, table.standing_reason, table.changed_at,
            table.expires_at,
        )  # fmt: skip
        owned = select(*columns).where(col(table.owner_id) == organisation_id)
        rows += [
            OwnRow(
                kind, id, title, state, reason, changed, expires,
                state is ListingState.PUBLISHED and expires is not None and expires <= soon,
            )
            for id, title, state, reason, changed, expires in session.execute(owned)
        ]  # fmt: skip
    return sorted(rows, key=lambda row: row.changed_at, reverse=True)


def shelves_of(rows: list[OwnRow]) -> list[Shelf]:
    """Those states in which there is something, in their order."""
    held = {state: [row for row in rows if row.state is state] for state in ListingState}
    return [Shelf(state, len(some), some[:MOST]) for state, some in held.items() if some]


def path_of(row: OwnRow) -> str:
    """The page of a listing."""
    return f"/{'needs' if row.kind is Kind.NEED else 'achievements'}/{row.id}"

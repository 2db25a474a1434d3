"""Somebody's lists, as they alone see them. What a listing says is read as they may read it now;
one that they may no longer see is named by nothing but its place."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from market import rules
from market.errors import NotFound
from market.models.enums import Kind
from market.models.saved import SavedItem, SavedList
from market.queries.pages import turned_to
from market.queries.rows import ListingRow, rows_for
from market.roles import Viewer

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class ListCard:
    """A list by name, with how much is in it."""

    id: int
    name: str
    needs: int
    achievements: int
    changed_at: datetime

    @property
    def count(self) -> int:
        """Everything in it."""
        return self.needs + self.achievements


@dataclass(frozen=True, slots=True)
class SavedRow:
    """One thing in a list; `listing` is None once the viewer may no longer see it."""

    id: int
    kind: Kind
    listing_id: int
    listing: ListingRow | None
    note: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class SavedPage:
    """One page of a list, what was put there last first."""

    card: ListCard
    rows: list[SavedRow]
    page: int
    pages: int


def saved_lists(session: Session, viewer: Viewer) -> list[ListCard]:
    """The viewer's lists, what changed last first."""
    rules.require(viewer, "saved.use")
    counted = func.count(col(SavedItem.id))
    query = (
        select(SavedList, *(counted.filter(col(SavedItem.kind) == kind) for kind in Kind))
        .outerjoin(SavedItem, col(SavedItem.list_id) == col(SavedList.id))
        .where(col(SavedList.person_id) == viewer.person_id)
        .group_by(col(SavedList.id))
        .order_by(col(SavedList.changed_at).desc(), col(SavedList.id).desc())
    )
    return [
        ListCard(found.id, found.name, needs, achievements, found.changed_at)
        for found, needs, achievements in session.execute(query)
    ]


def saved_list(session: Session, id: int, viewer: Viewer, page: int = 1) -> SavedPage:
    """A page of one of the viewer's lists. Raises NotFound."""
    card = next((each for each in saved_lists(session, viewer) if each.id == id), None)
    if card is None:
        raise NotFound
    shown, pages, before = turned_to(page, card.count, PER_PAGE)
    query = select(SavedItem).where(col(SavedItem.list_id) == id)
    order = (col(SavedItem.added_at).desc(), col(SavedItem.id).desc())
    items = session.execute(query.order_by(*order).offset(before).limit(PER_PAGE)).scalars().all()
    rows = {
        (kind, listing_id): found.row
        for kind in Kind
        for listing_id, found in rows_for(
            session, kind, [item.listing_id for item in items if item.kind is kind], viewer
        ).items()
    }
    return SavedPage(card, [_row(item, rows.get((item.kind, item.listing_id))) for item in items],
                     shown, pages)  # fmt: skip


def saved_among(
    session: Session, kind: Kind, ids: Collection[int], viewer: Viewer
) -> dict[int, int] | None:
    """Which of these listings the viewer has saved, with a list that holds each; None for a
    visitor, who saves nothing."""
    if not viewer.is_signed_in or not ids:
        return {} if viewer.is_signed_in else None
    query = (
        select(col(SavedItem.listing_id), col(SavedItem.list_id))
        .join(SavedList, col(SavedList.id) == col(SavedItem.list_id))
        .where(col(SavedList.person_id) == viewer.person_id)
        .where(col(SavedItem.kind) == kind, col(SavedItem.listing_id).in_(ids))
        .order_by(col(SavedItem.added_at))
    )
    return {id: int(held) for id, held in session.execute(query)}


def lists_holding(
    session: Session, kind: Kind, id: int, viewer: Viewer
) -> list[tuple[int, str, bool]]:
    """The viewer's lists (id, name) and whether each holds this listing; none for a visitor."""
    if not viewer.is_signed_in:
        return []
    held = (col(SavedItem.kind) == kind) & (col(SavedItem.listing_id) == id)
    query = (
        select(col(SavedList.id), col(SavedList.name), col(SavedItem.id))
        .outerjoin(SavedItem, (col(SavedItem.list_id) == col(SavedList.id)) & held)
        .where(col(SavedList.person_id) == viewer.person_id)
        .order_by(col(SavedList.changed_at).desc(), col(SavedList.id).desc())
    )
    return [(key, name, item is not None) for key, name, item in session.execute(query)]


def _row(item: SavedItem, listing: ListingRow | None) -> SavedRow:
    return SavedRow(
        item.id or 0, item.kind, item.listing_id, listing, item.note, item.added_at
    )  # fmt: skip

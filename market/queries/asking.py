"""A list's question, asked of the tables. `market.catalogue` answers the same from memory."""

from __future__ import annotations

from typing import Any

from sqlalchemy import case, func, select
from sqlmodel import Session, col

from market.models.enums import CooperationMode
from market.models.tables import TABLES
from market.queries.filters import BANDS, Band, FacetCounts, ListingFilter, conditions
from market.queries.visibility import public
from market.roles import Viewer


class Asking:
    """One filter, asked by one viewer."""

    def __init__(self, session: Session, wanted: ListingFilter, viewer: Viewer) -> None:
        self._session, self._wanted, self._viewer = session, wanted, viewer
        self._tables = TABLES[wanted.kind]

    def total(self) -> int:
        """How many pass."""
        query = select(func.count()).select_from(self._tables.listing).where(*self._where(""))
        return self._session.execute(query).scalar() or 0

    def ids(self, page: int, per_page: int) -> list[int]:
        """Those of one page, in the order that is wanted."""
        query = (
            select(col(self._tables.listing.id))
            .where(*self._where(""))
            .order_by(*order_of(self._wanted))
            .limit(per_page)
            .offset((page - 1) * per_page)
        )
        return [id for id in self._session.execute(query).scalars() if id is not None]

    def counts(self) -> FacetCounts:
        """How many pass for each choice of each facet, its own condition left out."""
        return FacetCounts(self._fields(), self._divisions(), self._modes(), self._readiness())

    def _where(self, without: str) -> list[Any]:
        return conditions(self._wanted, self._viewer, without=without)

    def _fields(self) -> dict[str, int]:
        link = self._tables.fields
        ids = select(col(self._tables.listing.id)).where(*self._where("fields"))
        holder = col(link.listing_id)
        pairs = (
            select(holder.label("id"), col(link.field_code).label("code"))
            .where(holder.in_(ids))
            .subquery()
        )
        code, top = pairs.c.code, func.substr(pairs.c.code, 1, 2)
        leaves = self._counted(select(code, func.count()).group_by(code))
        tops = self._counted(select(top, func.count(pairs.c.id.distinct())).group_by(top))
        return {**leaves, **tops}

    def _divisions(self) -> dict[str, int]:
        code = public(self._tables.listing, "division", "division_code")
        where = self._where("divisions")
        query = select(code, func.count()).where(code.is_not(None), *where).group_by(code)
        return {str(code): n for code, n in self._counted(query).items()}

    def _modes(self) -> dict[CooperationMode, int]:
        link = self._tables.modes
        ids = select(col(self._tables.listing.id)).where(*self._where("modes"))
        mode = col(link.mode)
        query = select(mode, func.count()).where(col(link.listing_id).in_(ids)).group_by(mode)
        return self._counted(query)

    def _readiness(self) -> dict[Band, int]:
        level = public(self._tables.listing, "readiness", "readiness")
        band = case(*((level.between(*ends), place) for place, ends in enumerate(BANDS)))
        where = self._where("readiness")
        query = select(band, func.count()).where(level.is_not(None), *where).group_by(band)
        return {BANDS[place]: n for place, n in self._counted(query).items()}

    def _counted(self, query: Any) -> dict[Any, int]:
        return dict(self._session.execute(query).all())


def order_of(wanted: ListingFilter) -> list[Any]:
    """What a list is ordered by, the same for everybody."""
    table = TABLES[wanted.kind].listing
    id = col(table.id)
    amount = func.coalesce(
        public(table, "amount", "amount_max"), public(table, "amount", "amount_min")
    )
    readiness = public(table, "readiness", "readiness")
    orders: dict[str, list[Any]] = {
        "newest": [col(table.published_at).desc(), id.desc()],
        "changed": [col(table.changed_at).desc(), id.desc()],
        "title": [col(table.title), id],
        "readiness": [readiness.desc().nulls_last(), id.desc()],
        "amount": [amount.desc().nulls_last(), id.desc()],
    }
    return orders.get(wanted.sort, orders["newest"])

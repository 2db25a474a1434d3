"""Lists of needs or achievements: pages with facets, the newest, and the true figures. Orders, as
filters, go by what is public."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ScalarSelect, Subquery, func, select
from sqlmodel import Session, col

from market.catalogue import Finding, columns_for
from market.models.achievements import Achievement
from market.models.enums import Kind, ListingState, OrganisationKind
from market.models.needs import Need
from market.models.organisations import Organisation
from market.models.suggestions import Suggestion
from market.queries.asking import Asking, order_of
from market.queries.facets import Facet, facets
from market.queries.filters import ListingFilter
from market.queries.rows import AmountRange, FieldLabel, FullRow, ListingRow, rows_for
from market.queries.visibility import listed
from market.roles import Viewer
from market.rules import visible_states

__all__ = [
    "SORTS", "AmountRange", "Counts", "Facet", "FieldLabel", "FullRow", "ListingFilter",
    "ListingPage", "ListingRow", "counts", "listing_page", "matching_count", "newest", "order_of",
    "rows_for",
]  # fmt: skip

SORTS = {
    "newest": "最新发布",
    "changed": "最近更新",
    "title": "标题",
    "readiness": "成熟度",
    "amount": "金额",
}
MOST_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class ListingPage:
    """One page of a list, and what can be narrowed."""

    rows: list[ListingRow]
    total: int
    page: int
    pages: int
    facets: dict[str, list[Facet]]


@dataclass(frozen=True, slots=True)
class Counts:
    """True figures. Those without `demo` count everything that is published. `suggestions` are
    the stored rows of both sides; `likely_pairs` counts a pair once, and only if it is not weak."""

    needs: int
    achievements: int
    organisations: int
    suggestions: int
    likely_pairs: int
    demo_needs: int
    demo_achievements: int
    demo_organisations: int


def listing_page(session: Session, wanted: ListingFilter, viewer: Viewer) -> ListingPage:
    """A page of the list; a page number beyond the last shows the last."""
    per_page = max(1, min(wanted.per_page, MOST_PER_PAGE))
    found = _found(session, wanted, viewer)
    total = found.total()
    pages = max(1, -(-total // per_page))
    page = max(1, min(wanted.page, pages))
    rows = _in_order(session, wanted.kind, found.ids(page, per_page), viewer)
    return ListingPage(rows, total, page, pages, facets(session, wanted, found.counts()))


def matching_count(session: Session, wanted: ListingFilter, viewer: Viewer) -> int:
    """How many listings pass the filter."""
    return _found(session, wanted, viewer).total()


def newest(session: Session, kind: Kind, viewer: Viewer, limit: int) -> list[ListingRow]:
    """The listings that were published last."""
    ids = Asking(session, ListingFilter(kind), viewer).ids(1, limit)
    return _in_order(session, kind, ids, viewer)


def _found(session: Session, wanted: ListingFilter, viewer: Viewer) -> Asking | Finding:
    """Whoever answers the question: memory where what is published is asked for and memory stands
    where the session does, else the tables. Titles are sorted there where that is their order."""
    is_published = set(wanted.states) <= {ListingState.PUBLISHED}
    sees = ListingState.PUBLISHED in visible_states(viewer)
    is_sorted = wanted.sort != "title" or session.get_bind().dialect.name == "sqlite"
    columns = columns_for(session, wanted.kind) if is_published and sees and is_sorted else None
    return Finding(columns, wanted, viewer) if columns else Asking(session, wanted, viewer)


def counts(session: Session, viewer: Viewer) -> Counts:
    """What there is, counted in one query."""
    body = col(Organisation.kind) != OrganisationKind.SOURCE
    demo_body = col(Organisation.is_demo).is_(True)
    row = session.execute(
        select(
            _count(Need, listed(Need, viewer)),
            _count(Achievement, listed(Achievement, viewer)),
            _count(Organisation, body),
            _count(Suggestion),
            select(func.count()).select_from(_likely_pairs()).scalar_subquery(),
            _count(Need, listed(Need, viewer), col(Need.is_demo).is_(True)),
            _count(Achievement, listed(Achievement, viewer), col(Achievement.is_demo).is_(True)),
            _count(Organisation, body, demo_body),
        )
    ).one()
    return Counts(*row)


def _likely_pairs() -> Subquery:
    need, achievement = col(Suggestion.need_id), col(Suggestion.achievement_id)
    is_likely = col(Suggestion.label).in_(("fair", "strong"))
    return select(need, achievement).where(is_likely).distinct().subquery()


def _count(table: Any, *where: Any) -> ScalarSelect[int]:
    return select(func.count()).select_from(table).where(*where).scalar_subquery()


def _in_order(session: Session, kind: Kind, ids: Sequence[int], viewer: Viewer) -> list[ListingRow]:
    found = rows_for(session, kind, ids, viewer)
    return [found[id].row for id in ids if id in found]

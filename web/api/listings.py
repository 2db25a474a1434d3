"""Needs and achievements as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field
from sqlmodel import Session

from market.models import Kind, Language
from market.queries.details import ListingDetail, listing_by_id
from market.queries.listings import ListingFilter, listing_page
from market.queries.suggestions import suggestions_for
from market.roles import Permission, Viewer
from web.addresses import address
from web.api import shapes
from web.api.match import Conditions
from web.api.models import LinksOut, ListingDetailOut, ListingList
from web.api.once import Once
from web.api.versions import UNCHANGED, marked
from web.deps import Db, Reader
from web.sides import Side, both

router = APIRouter(tags=["需求与成果"], route_class=Once)


class ListQuery(Conditions):
    """The parameters of a list."""

    q: str = Field("", max_length=200, description="标题、摘要或关键词中的字")
    organisation: int | None = Field(None, ge=1, le=2**63 - 1, description="只要这家单位的")
    language: Language | None = Field(None, description="只要这种文字的")
    sort: Literal["newest", "changed", "title", "readiness", "amount"] = "newest"
    page: int = Field(1, ge=1, le=10_000)
    per_page: int = Field(20, ge=1, le=100)

    def listing_filter(self, kind: Kind) -> ListingFilter:
        """The market's filter."""
        self.check()
        given = self.model_dump(
            exclude={"amount_min", "amount_max", "fields", "divisions", "modes"}
        )
        return ListingFilter(
            kind=kind,
            fields=tuple(self.fields),
            divisions=tuple(self.divisions),
            modes=tuple(self.modes),
            amount_min=shapes.fen(self.amount_min),
            amount_max=shapes.fen(self.amount_max),
            **given,
        )


@router.get("/needs", summary="技术需求列表", response_model=ListingList, responses=UNCHANGED)
def needs(
    request: Request, query: Annotated[ListQuery, Query()], session: Db, viewer: Reader
) -> Response:
    return marked(request, _page(request, session, viewer, query, Kind.NEED))


@router.get(
    "/achievements", summary="科技成果列表", response_model=ListingList, responses=UNCHANGED
)
def achievements(
    request: Request, query: Annotated[ListQuery, Query()], session: Db, viewer: Reader
) -> Response:
    return marked(request, _page(request, session, viewer, query, Kind.ACHIEVEMENT))


@both(
    router, "GET", "/{id}", summary="一条{}和已保存的匹配", response_model=ListingDetailOut,
    responses=UNCHANGED,
)  # fmt: skip
def listing(request: Request, id: int, kind: Side, session: Db, viewer: Reader) -> Response:
    found = listing_by_id(session, kind, id, viewer)
    matches = suggestions_for(session, kind, id, viewer)
    return marked(request, detail_of(found, matches, viewer), found.version)


def _page(
    request: Request, session: Session, viewer: Viewer, query: ListQuery, kind: Kind
) -> ListingList:
    found = listing_page(session, query.listing_filter(kind), viewer)
    here = query.model_dump(mode="json", exclude_defaults=True, exclude={"page"})

    def link(number: int) -> str:
        return address(request.url.path, {**here, "page": None if number == 1 else number})

    return ListingList(
        items=[shapes.listing(row) for row in found.rows],
        total=found.total,
        page=found.page,
        pages=found.pages,
        links=LinksOut(
            this=link(found.page),
            prev=link(found.page - 1) if found.page > 1 else None,
            next=link(found.page + 1) if found.page < found.pages else None,
        ),
    )


def detail_of(
    found: ListingDetail, matches: Sequence[shapes.Matched], viewer: Viewer
) -> ListingDetailOut:
    """A listing in full; when it runs out is said to its owner only."""
    is_own = viewer.holds(Permission.LISTING_OWN, found.owner_id)
    return ListingDetailOut(
        **shapes.listing_values(found),
        **shapes.texts(found),
        text=found.text,
        source=found.source,
        source_id=found.source_id,
        version=found.version,
        created_at=found.created_at,
        expires_at=found.expires_at if is_own else None,
        matches=[shapes.match(row) for row in matches],
    )

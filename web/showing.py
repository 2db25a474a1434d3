"""The page of one need or achievement, and all that it is given."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from market.errors import Problem
from market.models import Kind, ListingState, Tier
from market.queries.attachments import attachments_of
from market.queries.details import ListingDetail, listing_by_id
from market.queries.keeping import keeping
from market.queries.own import OwnListing, own_listing
from market.queries.saved import lists_holding
from market.queries.suggestions import suggestions_for
from market.roles import Viewer
from web import limits
from web.agents import is_program
from web.answering import Wrong, answering_of
from web.render import page


def listing_shown(
    request: Request, session: Session, kind: Kind, id: int, viewer: Viewer, now: datetime,
    problems: Sequence[Problem] = (), wrong: Wrong | None = None, **more: Any,
) -> HTMLResponse:  # fmt: skip
    """The page, with what was refused on it if something was."""
    listing = listing_by_id(session, kind, id, viewer)
    own = own_listing(session, kind, id, viewer, now)
    matches = suggestions_for(session, kind, id, viewer)
    ids = [row.listing.id for row in matches]
    count_view(request, listing, own, viewer, now)
    return page(
        request, "listings/show.html", 422 if problems else 200, listing=listing,
        matches=matches, problems=problems, own=own, tiers=list(Tier), now=now,
        keeping=keeping(session, listing, viewer),
        answering=answering_of(request, session, kind, id, ids, viewer, wrong=wrong),
        lists=lists_holding(session, kind, id, viewer),
        attachments=attachments_of(session, kind.value, id, viewer), **more,
    )  # fmt: skip


def count_view(
    request: Request, listing: ListingDetail, own: OwnListing | None, viewer: Viewer, now: datetime
) -> None:
    """Count that a reader opened what is public; not its owner, no program, and no browser that
    only fetches it in case it is wanted."""
    is_public = listing.state in (ListingState.PUBLISHED, ListingState.MATCHED)
    is_ahead = "prefetch" in request.headers.get("sec-purpose", "")
    if request.method != "GET" or not is_public or (own and own.is_own) or is_ahead:
        return
    agent = request.headers.get("user-agent", "")
    if not is_program(agent):
        place = limits.whoever(request, viewer)
        agent = "" if viewer.is_signed_in else agent
        request.app.state.views.note(listing.kind, listing.id, now, place, agent)

"""The page of one need or achievement, and all that it is given."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from market.errors import Problem
from market.models import Kind, Tier
from market.queries.attachments import attachments_of
from market.queries.details import listing_by_id
from market.queries.keeping import keeping
from market.queries.own import own_listing
from market.queries.suggestions import suggestions_for
from market.roles import Viewer
from web.render import page


def listing_shown(
    request: Request, session: Session, kind: Kind, id: int, viewer: Viewer, now: datetime,
    problems: Sequence[Problem] = (), **more: Any,
) -> HTMLResponse:  # fmt: skip
    """The page, with what was refused on it if something was."""
    listing = listing_by_id(session, kind, id, viewer)
    return page(
        request, "listings/show.html", 422 if problems else 200, listing=listing,
        matches=suggestions_for(session, kind, id, viewer), problems=problems,
        own=own_listing(session, kind, id, viewer, now), tiers=list(Tier), now=now,
        keeping=keeping(session, listing, viewer),
        attachments=attachments_of(session, kind.value, id, viewer), **more,
    )  # fmt: skip

"""The first page: what this is, one box for a need, true figures, the newest listings."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from market.models import Kind
from market.queries.listings import counts, newest
from market.queries.suggestions import suggestions_for
from web import assets
from web.deps import Asker, Db, Reader
from web.render import page

router = APIRouter()


@router.get("/")
def home(request: Request, session: Db, viewer: Reader) -> HTMLResponse:
    needs = newest(session, Kind.NEED, viewer, 6)
    example = needs[0] if needs else None
    best = suggestions_for(session, Kind.NEED, example.id, viewer, limit=1) if example else []
    return page(
        request,
        "home.html",
        counts=counts(session, viewer),
        needs=needs,
        achievements=newest(session, Kind.ACHIEVEMENT, viewer, 6),
        example=example,
        best=best[0] if best else None,
    )


@router.get("/favicon.ico")
def favicon(viewer: Asker) -> RedirectResponse:
    return RedirectResponse(assets.address("favicon.svg"), 308)

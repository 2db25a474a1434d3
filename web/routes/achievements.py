"""The list of achievements and the page of one, with its stored matches."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from market.models import Kind
from market.queries.listings import listing_page
from market.queries.saved import saved_among
from web.deps import Db, Names, Now, Reader
from web.forms import listing_form
from web.render import page
from web.showing import listing_shown

router = APIRouter(prefix="/achievements")


@router.get("")
def achievement_list(
    request: Request, session: Db, viewer: Reader, places: Names, now: Now
) -> HTMLResponse:
    form = listing_form(Kind.ACHIEVEMENT, "/achievements", request.query_params, places)
    found = listing_page(session, form.filter, viewer)
    status = 422 if form.problems else 200
    headers = {"HX-Push-Url": form.address(page=found.page if found.page > 1 else None)}
    saved = saved_among(session, Kind.ACHIEVEMENT, [row.id for row in found.rows], viewer)
    return page(
        request, "listings/index.html", status, headers, form=form, found=found, now=now,
        saved=saved,
    )  # fmt: skip


@router.get("/{id}")
def show_achievement(
    request: Request, id: int, session: Db, viewer: Reader, now: Now
) -> HTMLResponse:
    return listing_shown(request, session, Kind.ACHIEVEMENT, id, viewer, now)

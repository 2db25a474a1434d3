"""The directory of organisations and the page of one, with what it has published."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from market.models import Kind
from market.queries.listings import ListingFilter, ListingRow, listing_page
from market.queries.organisations import (
    OrganisationDetail,
    organisation_by_id,
    organisation_page,
)
from market.roles import Viewer
from web.deps import Db, Directory
from web.forms import directory_form
from web.render import page

router = APIRouter(prefix="/organisations")
Section = tuple[Kind, list[ListingRow], int]


@router.get("")
def organisation_list(request: Request, session: Db, viewer: Directory) -> HTMLResponse:
    form = directory_form(request.query_params)
    found = organisation_page(session, viewer, q=form.q, kind=form.kind, page=form.page)
    status = 422 if form.problems else 200
    headers = {"HX-Push-Url": form.address(page=found.page if found.page > 1 else None)}
    return page(request, "organisations/index.html", status, headers, form=form, found=found)


@router.get("/{id}")
def show_organisation(request: Request, id: int, session: Db, viewer: Directory) -> HTMLResponse:
    organisation = organisation_by_id(session, id, viewer)
    return page(
        request,
        "organisations/show.html",
        organisation=organisation,
        sections=_sections(session, viewer, organisation),
    )


def _sections(session: Session, viewer: Viewer, body: OrganisationDetail) -> list[Section]:
    """What the organisation has published, newest first, of each kind that it has."""
    pages = [
        (kind, listing_page(session, ListingFilter(kind, organisation=body.id), viewer))
        for kind, count in ((Kind.NEED, body.needs), (Kind.ACHIEVEMENT, body.achievements))
        if count
    ]
    return [(kind, found.rows, found.total) for kind, found in pages]

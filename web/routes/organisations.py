"""The directory of organisations, the page of one, and the form in which one is created or changed.
What goes on inside is in `memberships` and `certifications`."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from market import rules
from market.actions import organisations
from market.actions.organisation_drafts import OPEN_KINDS
from market.actions.organisations import Overtaken
from market.errors import Invalid, NotFound
from market.models import Kind, RegistrationType
from market.queries.directory import signpost
from market.queries.listings import ListingFilter, ListingRow, listing_page
from market.queries.memberships import has_owner, inside, own_membership
from market.queries.organisations import (
    OrganisationDetail,
    organisation_by_id,
    organisation_page,
)
from market.roles import Viewer
from web.deps import Db, Directory, Names, Now, Posted, Tx, may
from web.forms import directory_form
from web.forms.accounts import Kept
from web.forms.organisations import (
    FIELDS,
    division_choices,
    entered,
    entered_of,
    organisation_draft,
    whole,
)
from web.render import go, page

router = APIRouter(prefix="/organisations")
Founder = Annotated[Viewer, Depends(may("organisation.create"))]
Member = Annotated[Viewer, Depends(may("account.use"))]
"""Whoever is signed in. What they may do in that organisation, the action asks; one that is not
theirs is not there."""
Section = tuple[Kind, list[ListingRow], int]


@router.get("")
def organisation_list(request: Request, session: Db, viewer: Directory) -> HTMLResponse:
    form = directory_form(request.query_params)
    found = organisation_page(session, viewer, q=form.q, kind=form.kind, page=form.page)
    status = 422 if form.problems else 200
    headers = {"HX-Push-Url": form.address(page=found.page if found.page > 1 else None)}
    return page(request, "organisations/index.html", status, headers, form=form, found=found)


@router.get("/new")
def open_new(request: Request, places: Names, viewer: Founder) -> HTMLResponse:
    return _form(request, places, "new", Kept(kind="enterprise"))


@router.post("/new")
def create(
    request: Request, given: Posted, session: Tx, places: Names, viewer: Founder, now: Now
) -> Response:
    typed = entered(given, *FIELDS)
    try:
        body = organisations.create(session, organisation_draft(typed), viewer, now)
    except Invalid as error:
        session.rollback()
        return _form(request, places, "new", typed, error)
    said = "单位已创建，您是负责人。接下来申请认证：通过后可以直接发布，也会进入单位名录。"
    return go(request, f"/organisations/{body.id}/certification", said)


@router.get("/{id}")
def show_organisation(request: Request, id: int, session: Db, viewer: Directory) -> Response:
    try:
        organisation = organisation_by_id(session, id, viewer)
    except NotFound:
        there = signpost(session, id, viewer)
        if there is None:
            raise
        return go(request, f"/organisations/{there}", "您要找的单位已并入这一家。")
    return page(
        request, "organisations/show.html", organisation=organisation,
        sections=_sections(session, viewer, organisation),
        mine=own_membership(session, id, viewer), is_owned=has_owner(session, id),
        manages=rules.may(viewer, "membership.manage", id),
        can_join=organisation.kind in OPEN_KINDS,
    )  # fmt: skip


@router.get("/{id}/edit")
def open_change(
    request: Request, id: int, session: Db, places: Names, viewer: Member
) -> HTMLResponse:
    body = inside(session, id, viewer)
    rules.require(viewer, "organisation.change", id)
    return _form(request, places, "edit", entered_of(body), organisation=body, manages=True)


@router.post("/{id}/edit")
def change(
    request: Request, id: int, given: Posted, session: Tx, places: Names, viewer: Member, now: Now
) -> Response:
    typed = entered(given, *FIELDS)
    draft, version = organisation_draft(typed), whole(typed["version"])
    try:
        organisations.change(session, id, draft, version, viewer, now)
    except Invalid as error:
        session.rollback()
        body = inside(session, id, viewer)
        if isinstance(error, Overtaken):
            typed["version"] = str(error.stored.version)
        return _form(request, places, "edit", typed, error, organisation=body, manages=True)
    return go(request, f"/organisations/{id}", "单位资料已保存。")


def _form(
    request: Request, places: Names, name: str, typed: Kept, error: Invalid | None = None,
    **more: Any,
) -> HTMLResponse:  # fmt: skip
    return page(
        request, f"organisations/{name}.html", 422 if error else 200, entered=typed, error=error,
        problems=error.problems if error else (), kinds=OPEN_KINDS,
        registrations=list(RegistrationType), divisions=division_choices(places.divisions), **more,
    )  # fmt: skip


def _sections(session: Session, viewer: Viewer, body: OrganisationDetail) -> list[Section]:
    """What the organisation has published, newest first, of each kind that it has."""
    pages = [
        (kind, listing_page(session, ListingFilter(kind, organisation=body.id), viewer))
        for kind, count in ((Kind.NEED, body.needs), (Kind.ACHIEVEMENT, body.achievements))
        if count
    ]
    return [(kind, found.rows, found.total) for kind, found in pages]

"""The bureau's work on content: the editorial check, reports and appeals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from market.actions import appeals, moderation, reports
from market.errors import Problem
from market.models import Kind
from market.queries.appeals import appeal_by_id, decided_appeals, open_appeals
from market.queries.moderation import listings_in_review, review_by_id
from market.queries.reports import report_by_id, report_page
from market.roles import Viewer
from web.deps import Db, Now, Posted, Tx, may
from web.forms.accounts import Kept
from web.forms.bureau import queue_form
from web.forms.organisations import entered
from web.refusals import form_page, told
from web.render import go, page

router = APIRouter(prefix="/bureau")
Editor = Annotated[Viewer, Depends(may("listing.approve"))]
Handler = Annotated[Viewer, Depends(may("report.accept"))]
Approver = Annotated[Viewer, Depends(may("appeal.uphold"))]
SAID = {
    "approve": "已通过审核并发布，发布单位会收到通知。",
    "return": "已退回，发布单位会看到理由。",
    "take-down": "已下架，发布单位会看到理由，并可以申诉。",
    "accept": "已受理。请在期限内调查并答复。",
    "decline": "已答复：不予受理。",
    "uphold": "已答复：属实。",
    "dismiss": "已答复：不属实。",
}
APPEAL_SAID = {"uphold": "申诉成立，内容已恢复发布。", "dismiss": "维持原决定，申诉人会看到理由。"}


@router.get("/listings")
def show_listings(request: Request, session: Db, viewer: Editor, now: Now) -> HTMLResponse:
    found = listings_in_review(session, viewer)
    return page(request, "bureau/listings.html", rows=found, now=now)


@router.get("/listings/{kind}/{id}")
def show_listing(
    request: Request, kind: Kind, id: int, session: Db, viewer: Editor, now: Now
) -> HTMLResponse:
    return _listing(request, session, kind, id, viewer, now)


@router.post("/listings/{kind}/{id}")
def decide_listing(
    request: Request, kind: Kind, id: int, given: Posted, session: Tx, viewer: Editor, now: Now
) -> Response:
    typed = entered(given, "name", "reason")
    with told(session) as problems:
        moderation.decide(session, kind, id, typed["name"], viewer, now, typed["reason"])
    if problems:
        return _listing(request, session, kind, id, viewer, now, problems, typed)
    return go(request, "/bureau/listings", SAID[typed["name"]])


@router.get("/reports")
def show_reports(request: Request, session: Db, viewer: Handler, now: Now) -> HTMLResponse:
    is_open, number = queue_form(request.query_params)
    found = report_page(session, viewer, is_open=is_open, page=number)
    return page(request, "bureau/reports.html", found=found, is_open=is_open, now=now)


@router.get("/reports/{id}")
def show_report(request: Request, id: int, session: Db, viewer: Handler, now: Now) -> HTMLResponse:
    return _report(request, session, id, viewer, now)


@router.post("/reports/{id}")
def decide_report(
    request: Request, id: int, given: Posted, session: Tx, viewer: Handler, now: Now
) -> Response:
    typed = entered(given, "name", "reason", "takes_down", "together")
    ticked = {name: bool(typed[name]) for name in ("takes_down", "together")}
    with told(session) as problems:
        reports.decide(session, id, typed["name"], viewer, now, typed["reason"], **ticked)
    if problems:
        return _report(request, session, id, viewer, now, problems, typed)
    return go(request, f"/bureau/reports/{id}", SAID[typed["name"]])


@router.get("/appeals")
def show_appeals(request: Request, session: Db, viewer: Approver, now: Now) -> HTMLResponse:
    is_open, _ = queue_form(request.query_params)
    rows = open_appeals(session, viewer) if is_open else decided_appeals(session, viewer)
    return page(request, "bureau/appeals.html", rows=rows, is_open=is_open, now=now)


@router.get("/appeals/{id}")
def show_appeal(request: Request, id: int, session: Db, viewer: Approver, now: Now) -> HTMLResponse:
    return _appeal(request, session, id, viewer, now)


@router.post("/appeals/{id}")
def decide_appeal(
    request: Request, id: int, given: Posted, session: Tx, viewer: Approver, now: Now
) -> Response:
    typed = entered(given, "name", "reason")
    with told(session) as problems:
        appeals.decide(session, id, typed["name"], viewer, now, typed["reason"])
    if problems:
        return _appeal(request, session, id, viewer, now, problems, typed)
    return go(request, f"/bureau/appeals/{id}", APPEAL_SAID[typed["name"]])


def _listing(
    request: Request, session: Session, kind: Kind, id: int, viewer: Viewer, now: datetime,
    problems: Sequence[Problem] = (), typed: Kept | None = None,
) -> HTMLResponse:  # fmt: skip
    found = review_by_id(session, kind, id, viewer, now)
    return form_page(request, "bureau/listing.html", problems, typed, found=found, now=now)


def _report(
    request: Request, session: Session, id: int, viewer: Viewer, now: datetime,
    problems: Sequence[Problem] = (), typed: Kept | None = None,
) -> HTMLResponse:  # fmt: skip
    found = report_by_id(session, id, viewer, now)
    return form_page(request, "bureau/report.html", problems, typed, found=found, now=now)


def _appeal(
    request: Request, session: Session, id: int, viewer: Viewer, now: datetime,
    problems: Sequence[Problem] = (), typed: Kept | None = None,
) -> HTMLResponse:  # fmt: skip
    found = appeal_by_id(session, id, viewer, now)
    return form_page(request, "bureau/appeal.html", problems, typed, found=found, now=now)

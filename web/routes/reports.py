"""Reporting a listing and following the report; appealing against a take-down; renewing what runs
out. All of it hangs on a listing and is done by people outside the bureau."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from market.actions import appeals, expiry, posting, reports
from market.errors import NotFound, Problem
from market.models import Kind, ReportReason
from market.policy import current
from market.queries.appeals import own_appeals
from market.queries.details import listing_by_id
from market.queries.own import moves_of
from market.queries.reports import followed_report, receipt_of
from market.roles import Viewer
from web.deps import Db, Now, Posted, Tx, limited, may
from web.forms.accounts import Kept
from web.forms.organisations import entered, one_of
from web.refusals import form_page, told
from web.render import go, page
from web.sides import Side, both, path_to

router = APIRouter()
Anybody = Annotated[Viewer, Depends(may("report.file"))]
Owner = Annotated[Viewer, Depends(may("appeal.file"))]
Writer = Annotated[Viewer, Depends(may("listing.renew"))]
UNKNOWN = "没有这个受理号的举报。请核对后再输入，受理号形如 JB-20261123-7KQ2MX。"


@both(router, "GET", "/{id}/report")
def open_report(
    request: Request, id: int, kind: Side, session: Db, viewer: Anybody
) -> HTMLResponse:
    return _report(request, session, kind, id, viewer)


@both(router, "POST", "/{id}/report", dependencies=[Depends(limited("report"))])
def file_report(
    request: Request, id: int, kind: Side, given: Posted, session: Tx, viewer: Anybody, now: Now
) -> Response:
    typed = entered(given, "reason", "text", "contact")
    reason = one_of(ReportReason, typed["reason"])
    with told(session) as problems:
        row = reports.file(session, kind, id, reason, typed["text"], typed["contact"], viewer, now)
    if problems:
        return _report(request, session, kind, id, viewer, problems, typed)
    return go(request, f"/reports/{row.receipt}", "举报已收到。请记下受理号。")


@router.get("/reports")
def find_report(request: Request, viewer: Anybody) -> Response:
    typed = entered(request.query_params, "receipt")
    known = receipt_of(typed["receipt"])
    if known:
        return go(request, f"/reports/{known}")
    problems = [Problem("receipt", UNKNOWN)] if typed["receipt"] else []
    return _find(request, typed, problems)


@router.get("/reports/{receipt}", dependencies=[Depends(limited("receipt"))])
def show_report(
    request: Request, receipt: str, session: Db, viewer: Anybody, now: Now
) -> HTMLResponse:
    try:
        found = followed_report(session, receipt, viewer)
    except NotFound:
        return _find(request, Kept(receipt=receipt[:40]), [Problem("receipt", UNKNOWN)], 404)
    return page(request, "reports/show.html", found=found, now=now)


@both(router, "GET", "/{id}/appeal")
def open_appeal(
    request: Request, id: int, kind: Side, session: Db, viewer: Owner, now: Now
) -> HTMLResponse:
    return _appeal(request, session, kind, id, viewer)


@both(router, "POST", "/{id}/appeal", dependencies=[Depends(limited("write"))])
def file_appeal(
    request: Request, id: int, kind: Side, given: Posted, session: Tx, viewer: Owner, now: Now
) -> Response:
    typed = entered(given, "text")
    with told(session) as problems:
        appeals.file(session, kind, id, typed["text"], viewer, now)
    if problems:
        return _appeal(request, session, kind, id, viewer, problems, typed)
    return go(request, f"{path_to(kind, id)}/appeal", "申诉已提交，结果会通知您。")


@both(router, "GET", "/{id}/renew")
def open_renewal(
    request: Request, id: int, kind: Side, session: Db, viewer: Writer, now: Now
) -> HTMLResponse:
    return _renewal(request, session, kind, id, viewer, now)


@both(router, "POST", "/{id}/renew", dependencies=[Depends(limited("write"))])
def renew(request: Request, id: int, kind: Side, session: Tx, viewer: Writer, now: Now) -> Response:
    with told(session) as problems:
        expiry.renew(session, posting.found(session, kind, id, viewer), viewer, now)
    if problems:
        return _renewal(request, session, kind, id, viewer, now, problems)
    return go(request, path_to(kind, id), f"已续期，再公开 {current().listing_days} 天。")


def _report(
    request: Request, session: Session, kind: Kind, id: int, viewer: Viewer,
    problems: Sequence[Problem] = (), typed: Kept | None = None,
) -> HTMLResponse:  # fmt: skip
    return form_page(
        request, "reports/new.html", problems, typed,
        listing=listing_by_id(session, kind, id, viewer), reasons=list(ReportReason),
        days=current().report_days,
    )  # fmt: skip


def _find(
    request: Request, typed: Kept, problems: Sequence[Problem], status: int = 0
) -> HTMLResponse:
    status = status or (422 if problems else 200)
    return page(request, "reports/find.html", status, problems=problems, entered=typed)


def _appeal(
    request: Request, session: Session, kind: Kind, id: int, viewer: Viewer,
    problems: Sequence[Problem] = (), typed: Kept | None = None,
) -> HTMLResponse:  # fmt: skip
    row = posting.found(session, kind, id, viewer)
    return form_page(
        request, "reports/appeal.html", problems, typed, row=row,
        earlier=own_appeals(session, kind, id, viewer), days=current().review_days,
        why_not=appeals.why_needless(session, row),
    )  # fmt: skip


def _renewal(
    request: Request, session: Session, kind: Kind, id: int, viewer: Viewer, now: datetime,
    problems: Sequence[Problem] = (),
) -> HTMLResponse:  # fmt: skip
    row = posting.found(session, kind, id, viewer)
    may_renew = any(move.name == "renew" for move in moves_of(session, row, viewer, now))
    return form_page(
        request, "reports/renew.html", problems, row=row, may_renew=may_renew, now=now,
        days=current().listing_days,
    )  # fmt: skip

"""Reports and appeals as JSON, the bureau's desk, and the record of changes."""

from __future__ import annotations

from dataclasses import asdict
from enum import Enum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query

from market.actions import appeals, moderation, reports
from market.models import Kind
from market.queries.appeals import open_appeals
from market.queries.desk import Matter, queues
from market.queries.ledger import ledger_page
from market.queries.moderation import listings_in_review
from market.queries.reports import ReportDetail, followed_report, report_by_id, report_page
from market.roles import Viewer
from web.api.bureau_models import (
    AppealDecisionIn,
    AppealIn,
    EntryList,
    EntryOut,
    FollowedReportOut,
    LedgerQuery,
    ListingDecisionIn,
    MatterOut,
    QueueOut,
    ReportDecisionIn,
    ReportDetailOut,
    ReportIn,
    ReportList,
    ReportOut,
)
from web.api.once import Once
from web.api.organisation_models import DoneOut, QueueQuery
from web.deps import Db, Now, Tx, limited, may
from web.sides import Side, both

router = APIRouter(route_class=Once)
Anybody = Annotated[Viewer, Depends(may("report.file"))]
Owner = Annotated[Viewer, Depends(may("appeal.file"))]
Officer = Annotated[Viewer, Depends(may("desk.view"))]
Editor = Annotated[Viewer, Depends(may("listing.approve"))]
Handler = Annotated[Viewer, Depends(may("report.accept"))]
Approver = Annotated[Viewer, Depends(may("appeal.uphold"))]
Auditor = Annotated[Viewer, Depends(may("ledger.view"))]
WRITES = [Depends(limited("write"))]
OUTSIDE: list[str | Enum] = ["举报与申诉"]
INSIDE: list[str | Enum] = ["主管部门"]
Receipt = Annotated[str, Path(max_length=40)]


@both(router, "POST", "/{id}/report", summary="举报一条{}", status_code=201, tags=OUTSIDE,
      dependencies=[Depends(limited("report"))])  # fmt: skip
def file_report(
    id: int, given: ReportIn, kind: Side, session: Tx, viewer: Anybody, now: Now
) -> FollowedReportOut:
    row = reports.file(session, kind, id, given.reason, given.text, given.contact, viewer, now)
    return FollowedReportOut(**asdict(followed_report(session, row.receipt, viewer)))


@router.get(
    "/reports/{receipt}", summary="凭受理号查询举报", tags=OUTSIDE,
    dependencies=[Depends(limited("receipt"))],
)  # fmt: skip
def report_by_receipt(receipt: Receipt, session: Db, viewer: Anybody) -> FollowedReportOut:
    return FollowedReportOut(**asdict(followed_report(session, receipt, viewer)))


@both(router, "POST", "/{id}/appeal", summary="对下架的{}提出申诉", status_code=201, tags=OUTSIDE,
      dependencies=WRITES)  # fmt: skip
def file_appeal(
    id: int, given: AppealIn, kind: Side, session: Tx, viewer: Owner, now: Now
) -> DoneOut:
    row = appeals.file(session, kind, id, given.text, viewer, now)
    return DoneOut(id=row.id or 0, state=row.state)


@router.get("/bureau", summary="待办队列", tags=INSIDE)
def desk(session: Db, viewer: Officer, now: Now) -> list[QueueOut]:
    found = queues(session, viewer, now)
    return [QueueOut(**asdict(queue), url=f"/bureau/{queue.name}") for queue in found]


@router.get("/bureau/listings", summary="待审核的内容", tags=INSIDE)
def listings(session: Db, viewer: Editor) -> list[MatterOut]:
    return [_matter(row) for row in listings_in_review(session, viewer)]


@router.post("/bureau/listings/{kind}/{id}", summary="审核或下架", tags=INSIDE, dependencies=WRITES)
def decide_listing(
    kind: Kind, id: int, given: ListingDecisionIn, session: Tx, viewer: Editor, now: Now
) -> DoneOut:
    row = moderation.decide(session, kind, id, given.name, viewer, now, given.reason)
    return DoneOut(id=row.key, state=row.state)


@router.get("/bureau/reports", summary="举报队列", tags=INSIDE)
def report_list(query: Annotated[QueueQuery, Query()], session: Db, viewer: Handler) -> ReportList:
    found = report_page(session, viewer, is_open=query.state == "open", page=query.page)
    return ReportList(
        items=[ReportOut(**asdict(row)) for row in found.rows],
        total=found.total, page=found.page, pages=found.pages,
    )  # fmt: skip


@router.get("/bureau/reports/{id}", summary="一件举报", tags=INSIDE)
def report(id: int, session: Db, viewer: Handler, now: Now) -> ReportDetailOut:
    return ReportDetailOut(**_report(report_by_id(session, id, viewer, now)))


@router.post("/bureau/reports/{id}", summary="受理或答复举报", tags=INSIDE, dependencies=WRITES)
def decide_report(
    id: int, given: ReportDecisionIn, session: Tx, viewer: Handler, now: Now
) -> ReportDetailOut:
    reports.decide(
        session, id, given.name, viewer, now, given.reason,
        takes_down=given.takes_down, together=given.together,
    )  # fmt: skip
    return ReportDetailOut(**_report(report_by_id(session, id, viewer, now)))


@router.get("/bureau/appeals", summary="待复核的申诉", tags=INSIDE)
def appeal_list(session: Db, viewer: Approver) -> list[MatterOut]:
    return [_matter(row) for row in open_appeals(session, viewer)]


@router.post("/bureau/appeals/{id}", summary="复核申诉", tags=INSIDE, dependencies=WRITES)
def decide_appeal(
    id: int, given: AppealDecisionIn, session: Tx, viewer: Approver, now: Now
) -> DoneOut:
    row = appeals.decide(session, id, given.name, viewer, now, given.reason)
    return DoneOut(id=row.id or 0, state=row.state)


@router.get("/ledger", summary="变更记录", tags=INSIDE)
def entries(query: Annotated[LedgerQuery, Query()], session: Db, viewer: Auditor) -> EntryList:
    found = ledger_page(session, query.wanted(), viewer)
    return EntryList(
        items=[EntryOut(**asdict(row)) for row in found.rows], total=found.total,
        page=found.page, pages=found.pages, last_id=found.last_id, last_hash=found.last_hash,
    )  # fmt: skip


def _matter(row: Matter) -> MatterOut:
    return MatterOut(
        title=row.title, organisation=row.organisation, since=row.since, due=row.due, url=row.path
    )


def _report(found: ReportDetail) -> dict[str, Any]:
    return {
        **asdict(found.row), "text": found.text, "contact": found.contact,
        "answer": found.answer, "listing_state": found.listing_state,
        "moves": [move.name for move in found.moves],
    }  # fmt: skip

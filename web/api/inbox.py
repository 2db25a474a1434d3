"""One's notices as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from market.actions import inbox
from market.models import NoticeKind
from market.queries.inbox import PAGE, NoticeFilter, NoticeRow, notice_page
from market.roles import Viewer
from web.api.once import Once
from web.deps import Db, Now, Tx, may

router = APIRouter(prefix="/inbox", tags=["我的通知"], route_class=Once)
Reader = Annotated[Viewer, Depends(may("inbox.view"))]
Id = Annotated[int, Path(ge=1, le=2**63 - 1)]


class NoticeOut(BaseModel):
    """一条通知。link 是本站的路径。"""

    id: int
    kind: NoticeKind
    subject: str
    text: str
    link: str
    at: datetime
    read_at: datetime | None


class InboxOut(BaseModel):
    """一页通知，未读的在前。"""

    model_config = ConfigDict(json_schema_extra={"examples": [{
        "items": [{
            "id": 12, "kind": "listing", "subject": "技术需求“废锗靶回收”已通过审核",
            "text": "内容已公开，并开始参与匹配。", "link": "/needs/7",
            "at": "2026-11-01T04:00:00Z", "read_at": None,
        }],
        "total": 1, "unread": 1, "page": 1, "per_page": 30, "pages": 1,
    }]})  # fmt: skip
    items: list[NoticeOut]
    total: int
    unread: int = Field(description="全部未读，不受条件影响")
    page: int
    per_page: int
    pages: int


class ReadOut(BaseModel):
    """标为已读的条数。"""

    read: int


@router.get("", summary="我的通知")
def notices(
    session: Db, viewer: Reader,
    kind: Annotated[NoticeKind | None, Query(description="类别")] = None,
    unread: Annotated[bool, Query(description="只看未读")] = False,
    page: Annotated[int, Query(ge=1, le=10_000, description="第几页")] = 1,
) -> InboxOut:  # fmt: skip
    found = notice_page(session, viewer, NoticeFilter(kind, unread, page))
    return InboxOut(
        items=[_out(row) for row in found.rows], total=found.total, unread=found.unread,
        page=found.page, per_page=PAGE, pages=found.pages,
    )  # fmt: skip


@router.post("/read", summary="全部标为已读")
def read_all(session: Tx, viewer: Reader, now: Now) -> ReadOut:
    return ReadOut(read=inbox.mark_all_read(session, viewer, now))


@router.post("/{id}/read", status_code=204, summary="把一条标为已读")
def read_one(id: Id, session: Tx, viewer: Reader, now: Now) -> Response:
    inbox.mark_read(session, id, viewer, now)
    return Response(status_code=204)


def _out(row: NoticeRow) -> NoticeOut:
    return NoticeOut(
        id=row.id, kind=row.kind, subject=row.subject, text=row.text, link=row.link, at=row.at,
        read_at=row.read_at,
    )  # fmt: skip

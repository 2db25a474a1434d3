"""Lists as files for programs: the same files as on the pages."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from market.exports import Sheet
from market.models import Kind
from market.queries.exports import listed_rows, own_rows, saved_rows
from market.roles import Viewer
from web.api.listings import ListQuery
from web.api.once import Once
from web.deps import Db, Now, limited, may
from web.routes.exports import exported
from web.sides import Side, both

router = APIRouter(tags=["导出"], dependencies=[Depends(limited("export"))], route_class=Once)
Taker = Annotated[Viewer, Depends(may("export.listed"))]
Insider = Annotated[Viewer, Depends(may("export.own"))]
Keeper = Annotated[Viewer, Depends(may("saved.use"))]
FormatName = Literal["xlsx", "csv", "json", "jsonl"]
OfKind = Annotated[Kind | None, Query(description="只要一类；csv 文件一次只装一类，必须指明")]
FILE: dict[str, Any] = {
    "response_class": Response,
    "responses": {200: {
        "description": "文件", "content": {"application/octet-stream": {}},
    }},
}  # fmt: skip


@both(router, "GET", "/export.{format}", summary="把筛选出的{}导出为文件，不分页", **FILE)
def export_list(
    request: Request, format: FormatName, kind: Side, query: Annotated[ListQuery, Query()],
    session: Db, viewer: Taker, now: Now,
) -> Response:  # fmt: skip
    rows = listed_rows(session, query.listing_filter(kind), viewer)
    return exported(request, format, [Sheet(kind, rows)], kind.text, now)


@router.get("/me/listings/export.{format}", summary="导出本单位的需求与成果，草稿也在内", **FILE)
def export_own(
    request: Request, format: FormatName, session: Db, viewer: Insider, now: Now,
    kind: OfKind = None,
) -> Response:  # fmt: skip
    kinds = [kind] if kind else list(Kind)
    sheets = [Sheet(each, own_rows(session, each, viewer)) for each in kinds]
    return exported(request, format, sheets, "本单位的内容", now)


@router.get("/lists/{id}/export.{format}", summary="导出一个收藏夹", **FILE)
def export_saved(
    request: Request, id: int, format: FormatName, session: Db, viewer: Keeper, now: Now,
    kind: OfKind = None,
) -> Response:  # fmt: skip
    kinds = [kind] if kind else list(Kind)
    sheets = [Sheet(each, saved_rows(session, id, each, viewer)) for each in kinds]
    return exported(request, format, sheets, "收藏", now)

"""The JSON API: read-only, the same queries as the pages, problem+json when something is wrong."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from web.api import listings, match, places
from web.api.models import ProblemOut

ABOUT: dict[str, Any] = {
    "title": "科揭数据接口",
    "version": "1.0",
    "summary": "技术需求与科技成果的检索和匹配",
    "description": (
        "只读接口，不需要密钥，结果与页面一致。"
        "列表用 page 和 per_page 翻页，links 给出前后页的地址。"
        "金额单位为元；时间为 UTC（ISO 8601）。"
        "出错时返回 application/problem+json，detail 说明原因，problems 逐项列出。"
    ),
    "license_info": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
}
PROBLEM = {"model": ProblemOut, "content": {"application/problem+json": {}}}

router = APIRouter(
    prefix="/api/v1",
    responses={
        422: {**PROBLEM, "description": "参数有误"},
        404: {**PROBLEM, "description": "没有"},
    },
)
for part in (match, listings, places):
    router.include_router(part.router)

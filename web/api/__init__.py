"""The JSON API: the same queries and actions as the pages, problem+json when something is wrong."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Security

from web.api import (
    account,
    bureau,
    disclosures,
    inbox,
    listings,
    match,
    organisations,
    places,
    posting,
)
from web.api.access import SESSION, TOKEN, open_to_visitors
from web.api.models import ProblemOut

ABOUT: dict[str, Any] = {
    "title": "科揭数据接口",
    "version": "1.0",
    "summary": "技术需求与科技成果的检索和匹配",
    "description": (
        "结果与页面一致：公开内容不需要密钥；自己的内容和写操作用访问令牌"
        "（Authorization: Bearer …，在“账号与安全”里创建），权限与本人相同。"
        "列表用 page 和 per_page 翻页，links 给出前后页的地址。"
        "金额单位为元；时间为 UTC（ISO 8601）。"
        "出错时返回 application/problem+json，detail 说明原因，problems 逐项列出。"
    ),
    "license_info": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
}
PROBLEM = {"model": ProblemOut, "content": {"application/problem+json": {}}}

router = APIRouter(
    prefix="/api/v1",
    dependencies=[Security(TOKEN), Security(SESSION)],
    responses={
        401: {**PROBLEM, "description": "没有登录，或令牌失效"},
        403: {**PROBLEM, "description": "不允许"},
        429: {**PROBLEM, "description": "太频繁，Retry-After 是要等的秒数"},
        422: {**PROBLEM, "description": "参数有误"},
        404: {**PROBLEM, "description": "没有"},
    },
)
for part in (match, listings, posting, disclosures, places, account, inbox, organisations, bureau):
    router.include_router(open_to_visitors(part.router))

"""The JSON API: the same queries and actions as the pages, problem+json when something is wrong."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Security

from web.api import (
    account,
    advice,
    answers,
    bureau,
    comparing,
    disclosures,
    exports,
    history,
    imports,
    inbox,
    listings,
    match,
    organisations,
    places,
    posting,
    saved,
)
from web.api.access import SESSION, TOKEN, open_to_visitors
from web.api.models import ProblemOut
from web.api.once import told

ABOUT: dict[str, Any] = {
    "title": "科揭数据接口",
    "version": "1.0",
    "summary": "技术需求与科技成果的检索和匹配",
    "description": (
        "结果与页面一致：公开内容不需要密钥；自己的内容和写操作用访问令牌"
        "（Authorization: Bearer …，在“账号与安全”里创建），权限与本人相同。"
        "列表用 page 和 per_page 翻页，links 给出前后页的地址。"
        "筛选出的列表可以导出为文件，也可以用 Atom 订阅（/needs/feed.atom，条件写法同网页）。"
        "读取有 ETag，带 If-None-Match 再问，没有变就答 304；修改带 If-Match，别人先改了就答 412。"
        "写操作可以带 Idempotency-Key：网络中断后用同一个值重发，不会重复执行。"
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
PARTS = (
    match, exports, listings, comparing, answers, advice, posting, history, imports, saved,
    disclosures, places, account, inbox, organisations, bureau,
)  # fmt: skip
for part in PARTS:
    router.include_router(told(open_to_visitors(part.router)))

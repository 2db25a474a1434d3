"""Answers to suggestions as JSON: one's own word on a pair, and nobody else's."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from market.actions import answers
from market.actions.answers import AnswerDraft
from market.models import AnswerReason, Verdict
from market.queries.answers import own_answers
from market.queries.details import listing_by_id
from market.roles import Viewer
from web.api.models import example
from web.api.once import Once
from web.deps import Db, Now, Tx, limited, may
from web.sides import Side, both

router = APIRouter(tags=["匹配反馈"], route_class=Once)
Answerer = Annotated[Viewer, Depends(may("answer.give"))]
WRITES = [Depends(limited("write"))]


class AnswerIn(BaseModel):
    """对一项匹配的反馈。reason 决定是“有用”还是“不相关”。"""

    model_config = ConfigDict(extra="forbid", **example(reason="indicators", comment="温度不够。"))
    reason: AnswerReason
    comment: str = Field("", max_length=2_000)


class AnswerOut(BaseModel):
    """您对一项匹配的反馈。other 是对方的编号。"""

    model_config = example(
        other=34, verdict="irrelevant", reason="indicators", comment="温度不够。",
        at="2026-11-20T02:00:00Z",
    )  # fmt: skip
    other: int
    verdict: Verdict
    reason: AnswerReason
    comment: str
    at: datetime


@both(router, "GET", "/{id}/answers", summary="您对这条{}的各项匹配的反馈")
def own(id: int, kind: Side, session: Db, viewer: Answerer) -> list[AnswerOut]:
    listing_by_id(session, kind, id, viewer)
    return [
        AnswerOut(
            other=other, verdict=row.verdict, reason=row.reason, comment=row.comment, at=row.at
        )
        for other, row in own_answers(session, kind, id, viewer).items()
    ]


@both(
    router, "POST", "/{id}/answers/{other}", summary="反馈这条{}的一项匹配，替换以前的",
    dependencies=WRITES,
)  # fmt: skip
def give(
    id: int, other: int, given: AnswerIn, kind: Side, session: Tx, viewer: Answerer, now: Now
) -> AnswerOut:
    draft = AnswerDraft(kind, id, other, given.reason, given.comment)
    row = answers.give(session, draft, viewer, now)
    return AnswerOut(
        other=other, verdict=row.verdict, reason=row.reason, comment=row.comment, at=row.at
    )


@both(
    router, "DELETE", "/{id}/answers/{other}", summary="撤回对这条{}一项匹配的反馈",
    status_code=204, dependencies=WRITES,
)  # fmt: skip
def withdraw(id: int, other: int, kind: Side, session: Tx, viewer: Answerer, now: Now) -> Response:
    answers.withdraw(session, kind, id, other, viewer, now)
    return Response(status_code=204)

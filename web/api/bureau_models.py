"""What the API takes and answers about reports, appeals, the desk and the record of changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from market.models import ListingState, ReportReason, ReportState
from market.queries.ledger import LedgerFilter
from web.api.models import KindName, example
from web.api.organisation_models import Strict

Id = Field(None, ge=1, lt=2**31)


class ReportIn(Strict):
    """举报。contact 可以不填；填邮箱或手机号，结果会发过去，办结后删除。"""

    model_config = example(reason="false", text="摘要里的能耗数据与检测报告不符。", contact="")
    model_config["extra"] = "forbid"
    reason: ReportReason
    text: str = Field(max_length=4_000)
    contact: str = Field("", max_length=254)


class FollowedReportOut(BaseModel):
    """凭受理号能看到的：状态、期限和答复，没有举报人的任何信息。"""

    model_config = example(
        receipt="JB-20261123-7KQ2MX", kind="need", title="某某需求", state="received",
        received_at="2026-11-23T04:00:00Z", due_at="2026-12-08T04:00:00Z", decided_at=None,
        answer="",
    )  # fmt: skip
    receipt: str
    kind: KindName
    title: str
    state: ReportState
    received_at: datetime
    due_at: datetime
    decided_at: datetime | None
    answer: str


class AppealIn(Strict):
    """申诉的理由。"""

    text: str = Field(max_length=4_000)


class QueueOut(BaseModel):
    """一个待办队列；没有期限的队列 next_due 为 null。"""

    model_config = example(
        name="reports", count=3, oldest="2026-11-20T02:00:00Z", next_due="2026-12-05T02:00:00Z",
        overdue=0, url="/bureau/reports",
    )  # fmt: skip
    name: str
    count: int
    oldest: datetime | None
    next_due: datetime | None
    overdue: int
    url: str


class MatterOut(BaseModel):
    """一件等办理的事项。"""

    title: str
    organisation: str
    since: datetime
    due: datetime | None
    url: str


class ReportOut(BaseModel):
    """队列里的一件举报；together 是同一内容未办结的件数。"""

    id: int
    receipt: str
    kind: KindName
    listing_id: int
    title: str
    reason: ReportReason
    state: ReportState
    received_at: datetime
    due_at: datetime
    decided_at: datetime | None
    together: int


class ReportDetailOut(ReportOut):
    """办理所需的全部。contact 在办结后为空。"""

    text: str
    contact: str
    answer: str
    listing_state: ListingState | None
    moves: list[str]


class ReportList(BaseModel):
    """一页举报，先到期的在前。"""

    items: list[ReportOut]
    total: int
    page: int
    pages: int


class ReportDecisionIn(Strict):
    """受理，或答复；答复须写理由。takes_down：属实时同时下架；together：同一内容的同样办理。"""

    name: Literal["accept", "decline", "uphold", "dismiss"]
    reason: str = Field("", max_length=2_000)
    takes_down: bool = False
    together: bool = False


class ListingDecisionIn(Strict):
    """approve、return 或 take-down；后两种须写理由。"""

    name: Literal["approve", "return", "take-down"]
    reason: str = Field("", max_length=2_000)


class AppealDecisionIn(Strict):
    """uphold（恢复发布）或 dismiss（维持下架），都须写理由。"""

    name: Literal["uphold", "dismiss"]
    reason: str = Field(max_length=2_000)


class EntryOut(BaseModel):
    """一条变更记录。actor 是现在的姓名，注销的显示“已注销用户”。"""

    id: int
    at: datetime
    actor: str
    person_id: int | None
    acting_for: int | None
    organisation: str
    action: str = Field(examples=["listing.approve"])
    noun: str = Field(examples=["need"])
    noun_id: int | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str
    origin: str
    hash: str


class EntryList(BaseModel):
    """一页变更记录，最新的在前；last_hash 是链尾的校验值。"""

    items: list[EntryOut]
    total: int
    page: int
    pages: int
    last_id: int
    last_hash: str


class LedgerQuery(BaseModel):
    """检索条件；since 含，until 不含。"""

    noun: str = Field("", max_length=40)
    noun_id: int | None = Id
    action: str = Field("", max_length=60, description="整个操作，或以“.”结尾的前一半")
    person_id: int | None = Id
    organisation_id: int | None = Id
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    page: int = Field(1, ge=1, le=100_000)
    per_page: int = Field(50, ge=1, le=200)

    def wanted(self) -> LedgerFilter:
        """The search as the market takes it."""
        return LedgerFilter(**self.model_dump())

"""What the API takes and answers about one's own needs and achievements. A field that is not here
is refused: nobody sets a state, a date or somebody else's organisation by naming it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from market.actions.drafts import ListingDraft
from market.actions.posting import MAX_REASON
from market.models import CooperationMode, Kind, ListingState, Tier
from web.api.models import KindName, Level, Yuan, example
from web.api.shapes import fen
from web.forms import clean

Word = Annotated[str, Field(max_length=80)]
TierName = Literal[
    "owner",
    "summary",
    "body",
    "keywords",
    "division",
    "readiness",
    "amount",
    "rights",
    "indicators",
    "contact",
    "background",
    "problem",
    "tried",
    "innovation",
    "cases",
    "team",
    "holders",
]
RENAMED = {"fields": "field_codes", "division": "division_code"}


class ListingChange(BaseModel):
    """要修改的各项；没有给出的保持不变。tiers 说明每一项谁可以看，未列出的不变。"""

    model_config = ConfigDict(
        extra="forbid", **example(summary="窑头排烟温度高，热损失大。", tiers={"amount": "matched"})
    )
    title: str = Field("", max_length=300)
    summary: str = Field("", max_length=25_000)
    body: str = Field("", max_length=25_000, description="可以用 Markdown")
    keywords: list[Word] = Field([], max_length=40)
    fields: list[Word] = Field([], max_length=60, description="技术领域代码")
    division: Word | None = Field(None, description="行政区划代码")
    readiness: Level | None = None
    modes: list[CooperationMode] = []
    amount_min: Yuan | None = Field(None, description="金额下限，元；两端都不给是面议")
    amount_max: Yuan | None = Field(None, description="金额上限，元")
    tiers: dict[TierName, Tier] = {}

    def values(self, kind: Kind) -> dict[str, Any]:
        """What was given, as the draft calls it. Raises Invalid."""
        given = self.model_dump(exclude_unset=True, exclude={"organisation"})
        return {RENAMED.get(name, name): _as_drafted(name, v) for name, v in given.items()}


class ListingIn(ListingChange):
    """一条新的需求或成果，先存为草稿。organisation 是以哪个单位的名义。"""

    model_config = ConfigDict(extra="forbid", **example(
        organisation=3, title="陶瓷辊道窑排烟余热回收", summary="窑头排烟温度高，热损失大。",
        fields=["TI05"], division="441802", readiness=7, modes=["joint"], amount_max=800000,
        tiers={"amount": "matched"},
    ))  # fmt: skip
    organisation: int = Field(ge=1, lt=2**31)
    title: str = Field(max_length=300)

    def draft(self, kind: Kind) -> ListingDraft:
        """The market's draft."""
        return ListingDraft(owner_id=self.organisation, **self.values(kind))


class ListingMoveIn(BaseModel):
    """一步：publish、submit、recall、renew、close、withdraw、reopen 等。退回和下架须写理由。"""

    model_config = ConfigDict(extra="forbid", **example(name="publish"))
    name: str = Field(max_length=40)
    reason: str = Field("", max_length=MAX_REASON)


class OwnListingOut(BaseModel):
    """本单位的一条需求或成果。version 用于修改时的 If-Match；moves 是现在可以做的。"""

    model_config = example(
        kind="need", id=12, title="陶瓷辊道窑排烟余热回收", state="draft", version=1, reason="",
        organisation=3, changed_at="2026-11-20T02:00:00Z", expires_at=None,
        moves=["publish", "withdraw"], url="/needs/12",
    )  # fmt: skip
    kind: KindName
    id: int
    title: str
    state: ListingState
    version: int
    reason: str
    organisation: int
    changed_at: datetime
    expires_at: datetime | None
    moves: list[str]
    url: str


class OwnRowOut(BaseModel):
    """本单位的一条需求或成果，列表中。"""

    kind: KindName
    id: int
    title: str
    state: ListingState
    reason: str
    changed_at: datetime
    expires_at: datetime | None
    url: str


class AttachmentOut(BaseModel):
    """一个附件。url 是下载地址。"""

    model_config = example(
        code="h2k…", name="检测报告.pdf", media_type="application/pdf", size=182_044,
        sha256="9f2c…", tier="registered", uploaded_at="2026-11-20T02:00:00Z", url="/files/h2k…",
    )  # fmt: skip
    code: str
    name: str
    media_type: str
    size: int
    sha256: str
    tier: Tier
    uploaded_at: datetime
    url: str


def _as_drafted(name: str, value: Any) -> Any:
    if isinstance(value, str):
        return clean(value).strip()
    if name in ("amount_min", "amount_max"):
        return fen(value)
    if isinstance(value, list):
        return tuple(clean(v).strip() if type(v) is str else v for v in value)
    return value

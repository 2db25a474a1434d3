"""What the API takes and answers about one's own needs and achievements. A field that is not here
is refused: nobody sets a state, a date or somebody else's organisation by naming it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from market.actions.drafts import ListingDraft
from market.actions.posting import MAX_REASON
from market.errors import Invalid, Problem
from market.models import (
    Assessment,
    CooperationMode,
    Evidence,
    Kind,
    ListingState,
    Stage,
    Tier,
)
from market.models.enums import Labelled, TextState
from market.parts import PARTS, Shape
from web.api.models import KindName, Level, Yuan, example
from web.api.parts import TAKEN, HolderRow, IndicatorRow, RightRow, one_line, rows_taken
from web.api.shapes import fen
from web.forms import clean

Word = Annotated[str, Field(max_length=80)]
Text = Annotated[str, Field(max_length=25_000)]
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
SHAPES = {
    name: part.shape
    for kind in Kind
    for part in PARTS[kind]
    for name in (part.columns if part.shape is Shape.AMOUNT else (part.name,))
}
COLUMN_OF = {"fields": "field_codes", "division": "division_code"}
_NAMES = {kind: {part.name for part in PARTS[kind]} for kind in Kind}
OF_OTHERS = {kind: _NAMES[kind.other] - _NAMES[kind] for kind in Kind}
"""What a listing of the other kind has and one of this kind has not."""


class ListingChange(BaseModel):
    """要修改的各项；没有给出的保持不变，给出的整项替换，null 或空的清除。tiers 说明每一项谁可以看，
    未列出的不变。只有需求有：background、problem、tried、wanted_by；只有成果有：innovation、cases、
    stage、evidence、assessment、assessor、rights、holders、team。"""

    model_config = ConfigDict(
        extra="forbid", **example(summary="窑头排烟温度高，热损失大。", tiers={"amount": "matched"})
    )
    title: str = Field("", max_length=300)
    summary: Text = ""
    problem: Text = Field("", description="技术难题，可以用 Markdown；以下各项长文也是")
    background: Text = ""
    tried: Text = Field("", description="已经试过什么")
    innovation: Text = Field("", description="创新点")
    indicators: list[IndicatorRow] = Field([], max_length=40)
    cases: Text = Field("", description="应用案例")
    body: Text = Field("", description="补充说明")
    keywords: list[Word] = Field([], max_length=40)
    fields: list[Word] = Field([], max_length=60, description="技术领域代码")
    division: Word | None = Field(None, description="行政区划代码")
    stage: Stage | None = None
    readiness: Level | None = None
    evidence: list[Evidence] = []
    assessment: Assessment | None = None
    assessor: str = Field("", max_length=300, description="第三方评定的单位")
    rights: list[RightRow] = Field([], max_length=40)
    holders: list[HolderRow] = Field([], max_length=40)
    team: Text = ""
    modes: list[CooperationMode] = []
    amount_min: Yuan | None = Field(None, description="金额下限，元；两端都不给是面议")
    amount_max: Yuan | None = Field(None, description="金额上限，元")
    wanted_by: date | None = Field(None, description="希望完成日期")
    contact: str = Field("", max_length=300, description="联系方式，新写的默认只给登录用户看")
    tiers: dict[TierName, Tier] = {}

    def values(self, kind: Kind) -> dict[str, Any]:
        """What was given, as the draft calls it. Raises Invalid where it is of the other kind."""
        given = self.model_dump(exclude_unset=True, exclude={"organisation"})
        problems = [
            Problem(name, f"{kind.text}没有 {name} 这一项。")
            for name in [*given, *given.get("tiers", ())]
            if name in OF_OTHERS[kind]
        ]
        if problems:
            raise Invalid(problems)
        return {COLUMN_OF.get(name, name): _as_drafted(name, v) for name, v in given.items()}


class ListingIn(ListingChange):
    """一条新的需求或成果，先存为草稿。organisation 是以哪个单位的名义。"""

    model_config = ConfigDict(extra="forbid", **example(
        organisation=3, title="陶瓷辊道窑排烟余热回收", summary="窑头排烟温度高，热损失大。",
        problem="排烟含尘、含硫，换热面三个月内堵塞。",
        indicators=[{"name": "排烟温度", "before": "180～220", "value": "≤ 90", "unit": "℃"}],
        fields=["TI05"], division="441802", readiness=7, modes=["joint"], amount_max=800000,
        wanted_by="2027-06-30", tiers={"amount": "matched"},
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


class AttachmentChange(BaseModel):
    """谁可以下载附件。"""

    model_config = ConfigDict(extra="forbid", **example(tier="registered"))
    tier: Tier


class AttachmentOut(BaseModel):
    """一个附件。url 是下载地址，small 是缩小的图片（不是图片，或还没有缩小时，为 null）；
    text_state 是文字读得怎样，公开附件里读出的文字用于匹配。"""

    model_config = example(
        code="h2k…", name="检测报告.pdf", media_type="application/pdf", size=182_044,
        sha256="9f2c…", tier="registered", uploaded_at="2026-11-20T02:00:00Z", url="/files/h2k…",
        small=None, text_state="waiting",
    )  # fmt: skip
    code: str
    name: str
    media_type: str
    size: int
    sha256: str
    tier: Tier
    uploaded_at: datetime
    url: str
    small: str | None
    text_state: TextState


def _as_drafted(name: str, value: Any) -> Any:
    shape = SHAPES.get(name)
    if shape in TAKEN:
        return rows_taken(shape, value)
    if isinstance(value, Labelled):
        return value
    if isinstance(value, str):
        return one_line(value) if shape is Shape.LINE else clean(value).strip()
    if shape is Shape.AMOUNT:
        return fen(value)
    if isinstance(value, list):
        words = (one_line(each) if type(each) is str else each for each in value)
        return tuple(dict.fromkeys(word for word in words if word))
    return value

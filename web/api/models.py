"""What the API answers, with examples; amounts in yuan, moments in UTC."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from market.models import (
    Assessment,
    CooperationMode,
    Evidence,
    Language,
    ListingState,
    Stage,
    Tier,
)
from web.api.parts import HolderRow, IndicatorRow, RightRow

KindName = Literal["need", "achievement"]
Yuan = Annotated[float, Field(ge=0, le=1e12)]
Level = Annotated[int, Field(ge=1, le=9)]


def example(**values: Any) -> ConfigDict:
    """The configuration of a model that shows one example."""
    return ConfigDict(json_schema_extra={"examples": [values]})


class PlaceOut(BaseModel):
    """技术领域或行政区划的代码与名称。"""

    model_config = example(code="NM08", name="稀散金属")
    code: str
    name: str


class AmountOut(BaseModel):
    """预算或报价，单位元；null 表示该端不限。"""

    model_config = example(low=500000, high=800000)
    low: float | None
    high: float | None


class OwnerOut(BaseModel):
    """发布单位；单位不公开时 id 为 null，name 只说明是哪类单位。"""

    model_config = example(id=3, name="示例研究所三", is_demo=True)
    id: int | None
    name: str
    is_demo: bool


class ListingOut(BaseModel):
    """一条技术需求或科技成果。readiness 是需求要达到的、或成果已达到的成熟度（1–9 级）。"""

    model_config = example(
        kind="achievement", id=34, title="废锗基靶材的氯化蒸馏与区熔再生",
        summary="", keywords=["锗", "区熔"],
        fields=[{"code": "NM08", "name": "稀散金属"}],
        division={"code": "440100", "name": "广州市"}, readiness=6, modes=["license", "joint"],
        amount={"low": 500000, "high": 800000},
        owner={"id": 3, "name": "示例研究所三", "is_demo": True}, language="zh-Hans", is_demo=True,
        state="published",
        indicators=[{"name": "锗纯度", "before": "99.99", "value": "99.9999", "unit": "%"}],
        wanted_by=None, stage="middle", evidence=["pilot-report"], assessment="self", assessor="",
        rights=[{"kind": "invention", "number": "201710601862.3", "name": "", "status": None,
                 "checked_on": None}],
        holders=[{"name": "示例研究所三", "holding": "ownership", "share": None, "until": None}],
        published_at="2026-11-20T02:00:00Z", changed_at="2026-11-20T02:00:00Z",
        url="/achievements/34", tiers={"summary": "matched"}, hidden={"summary": "matched"},
    )  # fmt: skip
    kind: KindName
    id: int
    title: str
    summary: str
    keywords: list[str]
    fields: list[PlaceOut]
    division: PlaceOut | None
    readiness: int | None
    modes: list[CooperationMode]
    amount: AmountOut | None = Field(description="null 表示面议，或者不向您公开（见 hidden）")
    owner: OwnerOut
    language: Language
    is_demo: bool = Field(description="true 表示为演示而写，不是真实的需求或成果")
    state: ListingState
    indicators: list[IndicatorRow]
    wanted_by: date | None = Field(description="希望完成日期，只有需求有")
    stage: Stage | None = Field(description="所处阶段；它和以下几项只有成果有")
    evidence: list[Evidence]
    assessment: Assessment | None
    assessor: str
    rights: list[RightRow]
    holders: list[HolderRow]
    published_at: datetime | None
    changed_at: datetime
    url: str
    tiers: dict[str, Tier] = Field(description="不是人人可见的字段和可以看到它的读者")
    hidden: dict[str, Tier] = Field(
        description="不向您公开的字段和可以看到它的读者；这些字段在这里是空的"
    )


class LinksOut(BaseModel):
    """本页和前后页的地址。"""

    model_config = ConfigDict(
        populate_by_name=True,
        json_schema_extra={
            "examples": [{"self": "/api/v1/needs?page=2", "prev": "/api/v1/needs", "next": None}]
        },
    )
    this: str = Field(serialization_alias="self")
    prev: str | None
    next: str | None


class ListingList(BaseModel):
    """一页列表。"""

    items: list[ListingOut]
    total: int = Field(examples=[60])
    page: int = Field(examples=[1])
    pages: int = Field(examples=[3])
    links: LinksOut


class SpanOut(BaseModel):
    """某一部分（title、text、keywords）中 start ≤ i < end 的字符。"""

    part: Literal["title", "text", "keywords"]
    start: int
    end: int


class TermOut(BaseModel):
    """两边共有的词；share 是它占用词得分的份额，0–1。"""

    term: str = Field(examples=["区熔"])
    share: float = Field(examples=[0.31])
    query: list[SpanOut]
    document: list[SpanOut]


class QuoteOut(SpanOut):
    """原文中的一句，以及它的位置。"""

    text: str


class PairOut(BaseModel):
    """最接近的两句；by 说明按共同用词（terms）还是按语义（vectors）比较。"""

    query: QuoteOut
    document: QuoteOut
    similarity: float
    by: Literal["terms", "vectors"]


class FactOut(BaseModel):
    """一项条件是否相符；wanted 是查询一方的值，offered 是对方的值。"""

    fact: Literal["readiness", "money", "modes", "division", "fields"]
    fits: bool
    wanted: Any = Field(examples=[[7, 7]])
    offered: Any = Field(examples=[[4, 4]])


class ReasonsOut(BaseModel):
    """为什么排在这里。channels 是词语、字组、语义三个通道占得分的份额。"""

    terms: list[TermOut]
    sentences: PairOut | None
    channels: dict[str, float] = Field(examples=[{"words": 0.4, "characters": 0.4, "vectors": 0.2}])
    facts: list[FactOut]


class MatchOut(BaseModel):
    """一项匹配。score 是校准过的相关程度（0–1），没有校准数据时为 null。"""

    listing: ListingOut
    score: float | None = Field(examples=[0.72])
    label: Literal["strong", "fair", "weak"] | None = Field(examples=["strong"])
    label_text: str | None = Field(examples=["强相关"])
    reasons: ReasonsOut


class MatchList(BaseModel):
    """匹配结果，最相关的在前。page_url 在网页上打开同样的结果。"""

    items: list[MatchOut]
    considered: int = Field(description="通过条件、参与排序的条数", examples=[180])
    channels: list[str] = Field(examples=[["words", "characters", "vectors"]])
    took_ms: float = Field(examples=[38.5])
    page_url: str = Field(examples=["/match?wanted=achievement&text=..."])


class ListingDetailOut(ListingOut):
    """全文和已保存的匹配。reasons 中的位置指向 text，即匹配读到的公开文字。version 在修改时用。"""

    background: str = Field(description="background、problem、tried 只有需求有")
    problem: str
    tried: str
    innovation: str = Field(description="innovation、cases、team 只有成果有")
    cases: str
    team: str
    body: str
    contact: str
    text: str
    source: str | None
    source_id: str | None
    version: int
    created_at: datetime
    expires_at: datetime | None
    matches: list[MatchOut]


class NodeOut(PlaceOut):
    """树上的一个节点。"""

    children: list[NodeOut]


class MatcherOut(BaseModel):
    """匹配器的状态：ready、warming（语义模型启动中）、lexical-only、building（索引建立中）。"""

    state: str = Field(examples=["ready"])
    channels: list[str]
    documents: int = Field(examples=[240])
    pending: int = Field(description="等待写入索引的变更数", examples=[0])
    model: str
    message: str


class StatusOut(BaseModel):
    """本站现状。"""

    needs: int = Field(examples=[60])
    achievements: int = Field(examples=[180])
    organisations: int = Field(examples=[58])
    suggestions: int = Field(examples=[2400])
    matcher: MatcherOut


class ProblemItem(BaseModel):
    """一处问题。"""

    field: str = Field(examples=["readiness_min"])
    reason: str = Field(examples=["成熟度应为 1 到 9 的整数。"])


class ProblemOut(BaseModel):
    """RFC 9457 problem+json。"""

    type: str = Field(examples=["about:blank"])
    title: str = Field(examples=["填写的内容有误"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["readiness_min：应不大于 9。"])
    instance: str = Field(examples=["/api/v1/needs"])
    problems: list[ProblemItem] = []

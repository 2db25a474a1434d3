"""Advice on a text that is being written, as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from market.actions.drafts import ListingDraft
from market.advising import Advice, Hint, advise
from web.api import shapes
from web.api.models import ListingOut, MatchOut, PlaceOut, example
from web.api.once import Once
from web.api.posting_models import ListingChange
from web.deps import Asker, Db, Matching, Now, limited
from web.sides import Side, both

router = APIRouter(tags=["发布"], route_class=Once)


class WritingIn(ListingChange):
    """写到一半的需求或成果，各项都可以没有。"""

    model_config = ConfigDict(extra="forbid", **example(
        title="陶瓷辊道窑排烟余热回收", problem="窑头排烟温度 180 ℃ 以上，希望回收余热用于干燥。",
    ))  # fmt: skip


class HintOut(BaseModel):
    """一条建议。part 是它说的那一项，effect 是它的效果：tried 在这段文字上试过的得分，counted 和
    known 是本站已发布内容的统计；null 表示没有把握说。"""

    name: str = Field(examples=["no-indicator"])
    text: str
    part: str
    effect: dict[str, Any] | None


class TwinOut(BaseModel):
    """内容相近的一条；share 是重合的份额，0–1。"""

    listing: ListingOut
    share: float
    is_own: bool


class AdviceOut(BaseModel):
    """到目前为止的匹配、建议、可能的领域和相近的内容。"""

    matches: list[MatchOut]
    hints: list[HintOut]
    fields: list[PlaceOut] = Field(description="可能属于、还没有选的技术领域")
    twins: list[TwinOut]
    took_ms: float


@both(
    router, "POST", "/advice", summary="对写到一半的{}给出匹配和建议，不保存",
    dependencies=[Depends(limited("match"))],
)  # fmt: skip
def advice(
    given: WritingIn, kind: Side, session: Db, viewer: Asker, matchmaker: Matching, now: Now,
    listing: Annotated[int | None, Query(ge=1, lt=2**31, description="正在修改的那条")] = None,
) -> AdviceOut:  # fmt: skip
    draft = ListingDraft(**{"title": "", "owner_id": 0, **given.values(kind)})
    return _out(advise(session, matchmaker, kind, draft, viewer, now, listing_id=listing))


def _out(found: Advice) -> AdviceOut:
    return AdviceOut(
        matches=[shapes.match(each.row) for each in found.matches],
        hints=[_hint(each) for each in found.hints],
        fields=[PlaceOut(code=each.code, name=each.name) for each in found.fields],
        twins=[
            TwinOut(listing=shapes.listing(t.listing), share=t.share, is_own=t.is_own)
            for t in found.twins
        ],
        took_ms=round(found.took_ms, 1),
    )  # fmt: skip


def _hint(hint: Hint) -> HintOut:
    held = hint.effect
    effect = None if held is None else {"kind": held.kind, **asdict(held)}
    return HintOut(name=hint.name.value, text=hint.name.text, part=hint.part, effect=effect)

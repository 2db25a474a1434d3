"""Search, and matches for a text, as JSON."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from market.errors import Invalid, Problem
from market.matchmaking import MatchFilter, Matchmaker, MatchResult
from market.models import CooperationMode, Kind
from market.roles import Viewer
from web import forms, trees
from web.addresses import address, text_parameters
from web.api import shapes
from web.api.models import KindName, Level, MatchList, Yuan, example
from web.api.once import Once
from web.deps import Asker, Db, Matching, limited
from web.errors import about

router = APIRouter(tags=["匹配"], dependencies=[Depends(limited("match"))], route_class=Once)
Codes = Annotated[list[str], Field(max_length=60)]


class Conditions(BaseModel):
    """What matches must satisfy; a code stands for all under it."""

    fields: Codes = Field([], description="技术领域代码，可多个", examples=[["NM"]])
    divisions: Codes = Field([], description="行政区划代码，可多个", examples=[["440100"]])
    modes: list[CooperationMode] = Field([], description="合作方式，可多个")
    readiness_min: Level | None = Field(None, description="成熟度下限，1–9")
    readiness_max: Level | None = Field(None, description="成熟度上限，1–9")
    amount_min: Yuan | None = Field(None, description="金额下限，元")
    amount_max: Yuan | None = Field(None, description="金额上限，元")

    def check(self) -> None:
        """Raise Invalid, as the pages do, where a lower end lies above its upper end."""
        ends = {name: getattr(self, name) for name in ("readiness_min", "readiness_max",
                "amount_min", "amount_max")}  # fmt: skip
        problems = [
            Problem(f"{name}_min", f"{name}_min：下限大于上限，请对调或去掉其中一个。")
            for name in ("readiness", "amount")
            if None not in (low := ends[f"{name}_min"], high := ends[f"{name}_max"]) and low > high
        ]
        if problems:
            raise Invalid(problems)

    def parameters(self) -> dict[str, object]:
        """The same conditions as the pages write them in their addresses."""
        return {
            "field": trees.broadest(self.fields),
            "division": trees.broadest(self.divisions),
            "mode": [mode.value for mode in self.modes],
            "readiness_min": self.readiness_min,
            "readiness_max": self.readiness_max,
            "amount_min": shapes.plain(shapes.fen(self.amount_min)),
            "amount_max": shapes.plain(shapes.fen(self.amount_max)),
        }

    def filters(self) -> MatchFilter:
        """The market's filter."""
        self.check()
        return MatchFilter(
            fields=tuple(self.fields),
            divisions=tuple(self.divisions),
            modes=tuple(self.modes),
            readiness_min=self.readiness_min,
            readiness_max=self.readiness_max,
            amount_min=shapes.fen(self.amount_min),
            amount_max=shapes.fen(self.amount_max),
        )


class SearchQuery(Conditions):
    """The parameters of a search."""

    q: str = Field(
        min_length=1, max_length=forms.MAX_QUESTION, description="检索词", examples=["陶瓷窑炉节能"]
    )
    kind: KindName | None = Field(None, description="只要需求（need）或只要成果（achievement）")
    limit: int = Field(20, ge=1, le=100, description="最多返回条数")


class MatchQuery(Conditions):
    """A text and what its matches must satisfy."""

    text: str = Field(
        min_length=1, max_length=forms.MAX_TEXT, description="需求或成果的全文，第一行作标题",
        examples=["陶瓷辊道窑排烟热损失大\n窑头排烟温度 180 ℃ 以上，希望回收余热用于干燥。"],
    )  # fmt: skip
    wanted: KindName = Field("achievement", description="要找的一方")
    limit: int = Field(20, ge=1, le=100, description="最多返回条数")


class MatchRequest(MatchQuery):
    """The same as a JSON body."""

    model_config = ConfigDict(extra="forbid", **example(
        text="陶瓷辊道窑排烟热损失大\n窑头排烟温度 180 ℃ 以上，希望回收余热用于干燥。",
        wanted="achievement", fields=["TI"], readiness_min=5, limit=3,
    ))  # fmt: skip


@router.get("/search", summary="同时检索需求与成果")
def search(
    query: Annotated[SearchQuery, Query()], session: Db, viewer: Asker, matchmaker: Matching
) -> MatchList:
    kinds = (Kind(query.kind),) if query.kind else tuple(Kind)
    with about("q"):
        result = matchmaker.search(
            session, query.q, kinds=kinds, filters=query.filters(), limit=query.limit, viewer=viewer
        )
    return _list(
        result, address("/search", {"q": query.q, "kind": query.kind, **query.parameters()})
    )


@router.get("/match", summary="用一段短文字匹配")
def match_by_address(
    query: Annotated[MatchQuery, Query()], session: Db, viewer: Asker, matchmaker: Matching
) -> MatchList:
    return _match(session, viewer, matchmaker, query)


@router.post("/match", summary="用一段文字匹配（长文用它）")
def match_by_body(
    request: MatchRequest, session: Db, viewer: Asker, matchmaker: Matching
) -> MatchList:
    return _match(session, viewer, matchmaker, request)


def _match(
    session: Session, viewer: Viewer, matchmaker: Matchmaker, asked: MatchQuery
) -> MatchList:
    result = matchmaker.match_text(
        session,
        forms.clean(asked.text),
        wanted=Kind(asked.wanted),
        filters=asked.filters(),
        limit=asked.limit,
        viewer=viewer,
    )
    parameters = {"wanted": asked.wanted, **text_parameters(asked.text), **asked.parameters()}
    return _list(result, address("/match", parameters))


def _list(result: MatchResult, page_url: str) -> MatchList:
    return MatchList(
        items=[shapes.match(row) for row in result.rows],
        considered=result.total_considered,
        channels=list(result.channels),
        took_ms=round(result.took_ms, 1),
        page_url=page_url,
    )

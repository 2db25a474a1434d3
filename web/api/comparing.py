"""Up to four achievements beside one need, as JSON."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from market.measures import Fit
from market.models import Indicator, Kind
from market.queries.comparison import MOST, Comparison, comparison
from market.queries.details import listing_by_id
from web.api import shapes
from web.api.models import ListingOut, MatchOut
from web.api.once import Once
from web.api.parts import IndicatorRow
from web.deps import Db, Reader

router = APIRouter(tags=["需求与成果"], route_class=Once)


class ColumnOut(BaseModel):
    """一项成果；match 是它在这条需求页上的匹配。"""

    listing: ListingOut
    match: MatchOut | None


class CellOut(BaseModel):
    """一项成果在这个指标上写的。fit：meets 达到、misses 未达到、unsure 从写法上看不出。"""

    indicator: IndicatorRow | None
    fit: Fit | None


class LineOut(BaseModel):
    """一个指标；wanted 是需求要的，cells 与 columns 的次序相同。"""

    name: str = Field(examples=["排烟温度"])
    wanted: IndicatorRow | None
    cells: list[CellOut]


class ComparisonOut(BaseModel):
    """对比。missing 是您看不到的成果数，beyond 是超出的个数。"""

    need: ListingOut
    columns: list[ColumnOut]
    lines: list[LineOut]
    missing: int
    beyond: int


@router.get("/needs/{id}/compare", summary=f"对照一条需求比较至多 {MOST} 项成果")
def compare(
    id: int, session: Db, viewer: Reader,
    achievement: Annotated[list[int], Query(max_length=20, description="成果编号，可多个")],
) -> ComparisonOut:  # fmt: skip
    need = listing_by_id(session, Kind.NEED, id, viewer)
    found = comparison(session, achievement, viewer, need=need)
    return ComparisonOut(
        need=shapes.listing(need),
        columns=[
            ColumnOut(
                listing=shapes.listing(each.listing),
                match=shapes.match(each.match) if each.match else None,
            )
            for each in found.columns
        ],
        lines=_lines(found), missing=found.missing, beyond=found.beyond,
    )  # fmt: skip


def _lines(found: Comparison) -> list[LineOut]:
    return [
        LineOut(
            name=line.name,
            wanted=_row(line.wanted),
            cells=[CellOut(indicator=_row(cell.row), fit=cell.fit) for cell in line.cells],
        )
        for line in found.lines
    ]


def _row(row: Indicator | None) -> IndicatorRow | None:
    return IndicatorRow.model_validate(row, from_attributes=True) if row else None

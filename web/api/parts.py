"""The rows inside a listing as JSON, the same taken and answered: indicators, rights, holders."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from market.models import Holder, Holding, Indicator, Right, RightKind, RightStatus
from market.parts import Shape
from web.forms import clean

Word = Annotated[str, Field(max_length=400)]


class IndicatorRow(BaseModel):
    """一项技术指标。before 是现状（需求）或常规水平（成果），value 是目标或达到的值。"""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [
        {"name": "排烟温度", "before": "180～220", "value": "≤ 90", "unit": "℃"}
    ]})  # fmt: skip
    name: Word
    before: Word = ""
    value: Word = ""
    unit: Word = ""


class RightRow(BaseModel):
    """一项知识产权。status 是 checked_on 那天查到的；写了 status 就要写 checked_on。"""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{
        "kind": "invention", "number": "201710601862.3", "name": "一种抗堵塞换热装置",
        "status": "pending", "checked_on": "2026-03-08",
    }]})  # fmt: skip
    kind: RightKind
    number: Word = ""
    name: Word = ""
    status: RightStatus | None = None
    checked_on: date | None = None


class HolderRow(BaseModel):
    """一个权利人。share 是百分数，until 是会到期的权利的最后一天。"""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [
        {"name": "示例研究所三", "holding": "ownership", "share": 100, "until": None}
    ]})  # fmt: skip
    name: Word
    holding: Holding
    share: int | None = Field(None, ge=1, le=100)
    until: date | None = None


TAKEN: dict[Shape, Any] = {
    Shape.INDICATORS: Indicator, Shape.RIGHTS: Right, Shape.HOLDERS: Holder,
}  # fmt: skip
ANSWERED: dict[Shape, type[IndicatorRow] | type[RightRow] | type[HolderRow]] = {
    Shape.INDICATORS: IndicatorRow, Shape.RIGHTS: RightRow, Shape.HOLDERS: HolderRow,
}  # fmt: skip


def rows_taken(shape: Shape, given: list[dict[str, Any]]) -> tuple[Any, ...]:
    """The market's rows of those that came."""
    return tuple(
        TAKEN[shape](**{n: one_line(v) if type(v) is str else v for n, v in row.items()})
        for row in given
    )


def rows_answered(shape: Shape, rows: list[Any]) -> list[Any]:
    """The rows of a listing as they go out."""
    kind = ANSWERED[shape]
    return [kind(**{name: getattr(row, name) for name in kind.model_fields}) for row in rows]


def one_line(text: str) -> str:
    """The text as the line of a form would hold it."""
    return " ".join(clean(text).split())

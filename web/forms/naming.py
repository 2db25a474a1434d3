"""What the parts and inputs of the form are called on pages, and their values in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from market.actions.drafts import ListingDraft
from market.contents import value_of
from market.models import Holder, Indicator, Kind, Right, Tier
from market.models.enums import Labelled
from market.parts import PARTS, Shape, part_of
from market.reconciling import TIER
from web.formats import amount
from web.forms.fields import ROWS
from web.forms.steps import inputs_under

OWNER = "发布单位"
COLUMNS = {
    "name": "名称", "before": "现状或常规水平", "value": "目标或达到", "unit": "单位",
    "kind": "种类", "number": "编号", "status": "法律状态", "checked_on": "核实日期",
    "holding": "权利", "share": "份额", "until": "期限",
}  # fmt: skip


def part_name(kind: Kind, name: str) -> str:
    """What a part is called, or who may read it where `market.reconciling` names a tier."""
    part = name.removeprefix(TIER)
    text = OWNER if part == "owner" else part_of(kind, part).text
    return f"谁可以看{text}" if name.startswith(TIER) else text


def input_name(kind: Kind, name: str) -> str:
    """What an input is called."""
    if name.startswith("tier_"):
        return part_name(kind, f"{TIER}{name.removeprefix('tier_')}")
    part, _, column = name.partition("-")
    if part in ROWS and column:
        return f"{part_name(kind, part)}的{COLUMNS[column]}"
    found = (each.name for each in PARTS[kind] if name in inputs_under(each.name))
    return part_name(kind, next(found, "owner"))


def told_part(
    kind: Kind, draft: ListingDraft, name: str, called: Callable[[str], str] = str
) -> str:
    """The value of a part of a draft in words; `called` names codes of fields and divisions."""
    if name.startswith(TIER):
        return draft.tiers.get(name.removeprefix(TIER), Tier.PUBLIC).text
    part = part_of(kind, name)
    value = value_of(part, draft)
    if part.shape is Shape.AMOUNT:
        return amount(*value)
    if part.shape in (Shape.FIELDS, Shape.DIVISION):
        codes = [value] if isinstance(value, str) else value or ()
        return "、".join(called(code) for code in codes)
    if isinstance(value, tuple):
        rows = bool(value) and isinstance(value[0], Indicator | Right | Holder)
        return ("\n" if rows else "、").join(map(_told, value))
    return _told(value)


def _told(value: Any) -> str:
    if isinstance(value, Labelled):
        return value.text
    if isinstance(value, Indicator):
        return value.text
    if isinstance(value, Right):
        status = f"{value.status.text}（{value.checked_on}）" if value.status else ""
        return " ".join(filter(None, (value.kind.text, value.number, value.name, status)))
    if isinstance(value, Holder):
        share = "" if value.share is None else f"{value.share}%"
        until = f"至 {value.until}" if value.until else ""
        return " ".join(filter(None, (value.name, value.holding.text, share, until)))
    return "" if value is None else value.isoformat() if isinstance(value, date) else str(value)

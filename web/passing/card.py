"""What is passed on of a listing: a few lines to paste into a chat, and its public facts."""

from __future__ import annotations

from market.models import Kind
from market.queries.listings import ListingRow
from web import facts, formats
from web.passing.linked_data import NOT_REAL
from web.sides import path_to

LONGEST = 120


def public_facts(row: ListingRow) -> list[tuple[str, str]]:
    """(name, what it says) of what a reader compares by, as everybody may read it."""
    key = facts.key_indicator(row)
    stage, wanted_by = row.parts.get("stage"), row.parts.get("wanted_by")
    found = [
        ("技术领域", "、".join(field.name for field in row.fields[:3])),
        ("主要指标", key.text if key else ""),
        ("所处阶段", stage.text if stage else ""),
        (_name(row, "readiness"), f"{row.readiness} 级" if row.readiness else ""),
        (_name(row, "amount"), money(row)),
        ("希望完成", formats.day(wanted_by)),
        ("合作方式", "、".join(mode.text for mode in row.modes)),
        ("地区", row.division_name or ""),
    ]
    return [(name, said) for name, said in found if said]


def money(row: ListingRow) -> str:
    """The amount in words; "" where it is kept back."""
    if "amount" in row.hidden:
        return ""
    return formats.amount(row.amount.low, row.amount.high) if row.amount else "面议"


def message(row: ListingRow, site: str) -> str:
    """A few lines that say what it is about, and where to read on."""
    gist = facts.gist_of(row)
    gist = gist if len(gist) <= LONGEST else gist[: LONGEST - 1] + "…"
    head = "技术需求" if row.kind is Kind.NEED else "科技成果"
    lines = [f"【{head}】{row.title}", *([gist] if gist != row.title else [])]
    lines += [f"{name}：{said}" for name, said in public_facts(row)]
    lines += [f"发布单位：{row.owner_name}", *([NOT_REAL] if row.is_demo else [])]
    return "\n".join([*lines, f"查看全文：{site}{path_to(row.kind, row.id)}"])


def _name(row: ListingRow, name: str) -> str:
    return facts.part_name(row.kind, name)

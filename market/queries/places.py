"""The two trees, whole: both are small."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, select

from market.models.places import Division, Field

PROVINCE = "province"
"""The group of the divisions that only hold the others together."""


@dataclass(frozen=True, slots=True)
class FieldNode:
    """A technology field with what lies under it; crosswalks are tuples of foreign codes."""

    code: str
    name: str
    definition: str
    gbt4754: tuple[str, ...]
    gbt13745: tuple[str, ...]
    high_tech: tuple[str, ...]
    strategic: tuple[str, ...]
    ipc: tuple[str, ...]
    children: tuple[FieldNode, ...]


@dataclass(frozen=True, slots=True)
class DivisionNode:
    """A division with what lies under it; `group` is qingyuan or gba."""

    code: str
    name: str
    group: str
    children: tuple[DivisionNode, ...]


def field_tree(session: Session) -> list[FieldNode]:
    """The fields of the plan, top level first, in the order of their codes."""
    rows = list(session.exec(select(Field).order_by(Field.code)))
    return [_field(row, rows) for row in rows if row.parent_code is None]


def division_tree(session: Session) -> list[DivisionNode]:
    """The cities and regions with their counties, in the order of their codes. The province
    that holds most of them is no choice worth offering and is left out."""
    rows = list(session.exec(select(Division).order_by(Division.code)))
    provinces = {None, *(row.code for row in rows if row.group == PROVINCE)}
    roots = [row for row in rows if row.group != PROVINCE and row.parent_code in provinces]
    return [_division(row, rows) for row in roots]


def division_name(session: Session, code: str | None) -> str:
    """What a division is called; nothing where there is no code or no such division."""
    row = session.get(Division, code) if code else None
    return row.name if row else ""


def _field(row: Field, rows: list[Field]) -> FieldNode:
    def codes(text: str | None) -> tuple[str, ...]:
        return tuple(code for code in (text or "").split("|") if code)

    children = tuple(_field(child, rows) for child in rows if child.parent_code == row.code)
    return FieldNode(
        row.code, row.name, row.definition or "", codes(row.gbt4754), codes(row.gbt13745),
        codes(row.high_tech), codes(row.strategic), codes(row.ipc), children,
    )  # fmt: skip


def _division(row: Division, rows: list[Division]) -> DivisionNode:
    children = tuple(_division(child, rows) for child in rows if child.parent_code == row.code)
    return DivisionNode(row.code, row.name, row.group, children)

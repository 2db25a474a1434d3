"""What stands in which column of a file, the same for exports and for the template."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from market import cells
from market.calendar import day_of
from market.models.enums import Kind
from market.parts import PARTS, Part, Shape
from market.queries.exports import ExportRow

Cell = str | int | float | date | None
WIDTHS = {
    Shape.LINE: 36, Shape.TEXT: 44, Shape.WORDS: 24, Shape.FIELDS: 16, Shape.DIVISION: 14,
    Shape.LEVEL: 12, Shape.MODES: 18, Shape.AMOUNT: 16, Shape.DAY: 14, Shape.CHOICE: 16,
    Shape.CHOICES: 20, Shape.INDICATORS: 40, Shape.RIGHTS: 44, Shape.HOLDERS: 32,
}  # fmt: skip
ENDS = ("下限", "上限")
DEMO = "示例"


@dataclass(frozen=True, slots=True)
class Column:
    """`name` is what the import calls it; "" for what is told and not read back."""

    name: str
    heading: str
    width: int
    value: Callable[[ExportRow], Cell]
    part: Part | None = None


def columns(kind: Kind, site: str = "") -> list[Column]:
    """Every column of a file; `site` stands before the addresses in it."""
    return [*_before(), *part_columns(kind), *_after(kind, site)]


def part_columns(kind: Kind) -> list[Column]:
    """What a listing is made of, and who may read it."""
    parts = [column for part in PARTS[kind] for column in _of_part(part)]
    return [*parts, Column("tiers", "谁可以看", 28, _tiers)]


def _of_part(part: Part) -> Iterator[Column]:
    width = WIDTHS[part.shape]
    if part.shape is not Shape.AMOUNT:
        yield Column(part.name, part.text, width, _value(part), part)
        return
    for place, (name, end) in enumerate(zip(part.columns, ENDS, strict=True)):
        yield Column(name, f"{part.text}{end}（元）", width, _end(part, place), part)


def _before() -> list[Column]:
    return [Column("source_id", "编号", 16, lambda each: each.source_id)]


def _after(kind: Kind, site: str) -> list[Column]:
    path = "/needs/" if kind is Kind.NEED else "/achievements/"
    return [
        Column("owner", cells.OWNER_TEXT, 28, _owner),
        Column("language", "语言", 12, lambda each: each.row.language.text),
        Column("published_at", "发布日期", 14, lambda each: _day(each.row.published_at)),
        Column("", "更新日期", 14, lambda each: _day(each.row.changed_at)),
        Column("", "到期日期", 14, lambda each: _day(each.expires_at)),
        Column("", "状态", 10, lambda each: each.row.state.text),
        Column("", "是否示例", 10, lambda each: DEMO if each.row.is_demo else None),
        Column("", "不向您公开的项", 24, lambda each: _hidden(kind, each)),
        Column("", "网址", 36, lambda each: f"{site}{path}{each.row.id}"),
    ]


def _value(part: Part) -> Callable[[ExportRow], Cell]:
    def value(each: ExportRow) -> Cell:
        held = each.row.parts[part.name]
        if part.shape is Shape.DIVISION and held:
            return f"{held} {each.row.division_name or ''}".strip()
        return held if part.shape is Shape.DAY else cells.written(part, held)

    return value


def _end(part: Part, place: int) -> Callable[[ExportRow], Cell]:
    return lambda each: cells.yuan(each.row.parts[part.name][place])


def _owner(each: ExportRow) -> Cell:
    """The name, unless it is kept back: a kind of organisation is nobody's name."""
    return None if "owner" in each.row.hidden else each.row.owner_name


def _tiers(each: ExportRow) -> Cell:
    row = each.row
    return cells.tiers_written(row.kind, row.tiers, has_contact=bool(row.parts["contact"])) or None


def _hidden(kind: Kind, each: ExportRow) -> Cell:
    texts = cells.tier_texts(kind)
    return "、".join(texts[name] for name in each.row.hidden) or None


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else day_of(moment)

"""An empty workbook to fill in and to import: headings, drop-downs, examples and notes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import IO, Any

from market.exports.columns import Column, part_columns
from market.exports.notes import EXAMPLES, INTRODUCTION, note_of
from market.exports.workbook import Formats, head, new_book, put
from market.models.enums import CooperationMode, Kind
from market.parts import Part, Shape

ROWS = 10_000
"""So many rows have drop-downs; an import takes no more."""
LOOKS: Mapping[Shape | None, Callable[[Formats], Any]] = {
    Shape.AMOUNT: lambda formats: formats.number,
    Shape.DAY: lambda formats: formats.day,
}
LEVELS = [str(level) for level in range(1, 10)]
LISTS, NOTES, EXAMPLE = "选项", "填写说明", "示例"
REQUIRED = "title"
Codes = Iterable[tuple[str, str]]


def write_template(kind: Kind, fields: Codes, divisions: Codes, to: IO[bytes]) -> None:
    """Write the workbook: `fields` and `divisions` are codes with their names, as offered."""
    offered = {
        Shape.FIELDS: [f"{code} {name}" for code, name in fields],
        Shape.DIVISION: [f"{code} {name}" for code, name in divisions],
    }
    book = new_book(to)
    formats, columns = Formats(book), list(_columns(kind))
    sheet = book.add_worksheet(kind.text)
    head(sheet, columns, formats)
    _example(book.add_worksheet(EXAMPLE), kind, columns, offered, formats)
    _notes(book, kind, columns, formats)
    lists = book.add_worksheet(LISTS)
    lists.hide()
    _offer(sheet, lists, kind, columns, offered)
    _spaces(sheet, columns, formats)
    book.close()


def _columns(kind: Kind) -> Iterable[Column]:
    first = Column("source_id", "编号", 16, lambda each: each.source_id)
    for column in (first, *part_columns(kind)):
        star = " *" if column.name == REQUIRED else ""
        yield Column(column.name, column.heading + star, column.width, column.value, column.part)


def _choices(part: Part | None, offered: Mapping[Shape, list[str]]) -> list[str]:
    """What can be chosen from a drop-down."""
    if part is None:
        return []
    if part.shape is Shape.MODES:
        return [mode.text for mode in CooperationMode]
    if part.shape is Shape.LEVEL:
        return LEVELS
    return [each.text for each in part.choices] if part.choices else offered.get(part.shape, [])


def _offer(
    sheet: Any, lists: Any, kind: Kind, columns: Sequence[Column],
    offered: Mapping[Shape, list[str]],
) -> None:  # fmt: skip
    """Drop-downs from a hidden sheet; what can hold several is offered, anything else demanded."""
    for place, column in enumerate(columns):
        choices = _choices(column.part, offered)
        rule = _rule(column, lists, place, choices)
        told = {"input_title": column.heading[:32], "input_message": note_of(kind, column.name)}
        sheet.data_validation(1, place, ROWS, place, {**rule, **told, "ignore_blank": True})


def _rule(column: Column, lists: Any, place: int, choices: Sequence[str]) -> dict[str, Any]:
    from xlsxwriter.utility import xl_col_to_name

    shape = column.part.shape if column.part else None
    if choices:
        for row, choice in enumerate(choices):
            lists.write_string(row, place, choice)
        letter = xl_col_to_name(place)
        source = f"='{LISTS}'!${letter}$1:${letter}${len(choices)}"
        many = shape in (Shape.FIELDS, Shape.MODES, Shape.CHOICES)
        wrong = {"error_title": "不在选项里", "error_message": "请从下拉中选择。"}
        return {"validate": "list", "source": source, "show_error": not many, **wrong}
    if shape is Shape.AMOUNT:
        wrong = {"error_title": "不是金额", "error_message": "请只写数字，单位是元。"}
        return {"validate": "decimal", "criteria": ">=", "value": 0, **wrong}
    return {"validate": "any"}


def _spaces(sheet: Any, columns: Sequence[Column], formats: Formats) -> None:
    """Empty columns take texts as they are typed: no number loses its zeros, no code its dots."""
    for place, column in enumerate(columns):
        shape = column.part.shape if column.part else None
        look = LOOKS[shape](formats) if shape in LOOKS else formats.text
        sheet.set_column(place, place, column.width, look)


def _example(
    sheet: Any, kind: Kind, columns: Sequence[Column], offered: Mapping[Shape, list[str]],
    formats: Formats,
) -> None:  # fmt: skip
    head(sheet, columns, formats)
    for row, example in enumerate(EXAMPLES[kind], 1):
        for place, column in enumerate(columns):
            value = example.get(column.name)
            shape = column.part.shape if column.part else None
            known = [
                each
                for each in (offered.get(shape, ()) if shape else ())
                if each.split(" ")[0] == value
            ]
            put(sheet, row, place, known[0] if known else value, formats)


def _notes(book: Any, kind: Kind, columns: Sequence[Column], formats: Formats) -> None:
    sheet = book.add_worksheet(NOTES)
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 1, 90, wrapped)
    for row, line in enumerate(INTRODUCTION):
        sheet.merge_range(row, 0, row, 1, line, wrapped)
    first = len(INTRODUCTION) + 1
    for place, heading in enumerate(("列", "怎么填")):
        sheet.write_string(first, place, heading, formats.heading)
    for row, column in enumerate(columns, first + 1):
        sheet.write_string(row, 0, column.heading, wrapped)
        sheet.write_string(row, 1, note_of(kind, column.name), wrapped)

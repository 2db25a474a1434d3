"""Rows of a workbook or of a csv file, keyed by what their columns are. No cell is judged here."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from market.cells import unharmed
from market.imports.files import refuse, text_of
from market.imports.headings import Heading, heading_of

HEADING_ROWS = 10
"""A title or a note may stand above the headings."""
LARGEST_CELL = 10 * 2**20


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as its file counts, values by column, how many yuan a number means."""

    number: int
    values: dict[str, Any]
    units: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """All rows of a file, and the columns that were not understood."""

    rows: list[Row]
    unused: list[str]


def read_csv(path: Path) -> Table:
    """A csv file with commas, semicolons or tabs."""
    text = text_of(path)
    csv.field_size_limit(LARGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text), strict=True)
    return _table(numbered_rows(reader), path)


def delimiter_of(text: str) -> str:
    """What stands between the columns, to judge by the first line."""
    first = text[: text.find("\n") if "\n" in text else len(text)]
    delimiter = max(",;\t，", key=first.count)
    if delimiter == "，":
        refuse("列之间用了中文逗号“，”，请改为英文逗号或另存为 .xlsx。", 1)
    return delimiter


def numbered_rows(reader: Any) -> Iterator[tuple[int, Sequence[Any]]]:
    """The rows of a csv reader, each with the line on which it begins."""
    start = 1
    try:
        for cells in reader:
            yield start, [unharmed(cell) for cell in cells]
            start = reader.line_num + 1
    except csv.Error as error:
        if "field limit" in str(error):
            refuse(f"有单元格超过 {LARGEST_CELL // 2**20} MB。", start)
        refuse("引号不成对或表格已损坏，从这一行起读不下去。", start)


def read_xlsx(path: Path) -> Table:
    """The first sheet of a workbook that has headings we know."""
    from python_calamine import CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(path))
        sheets = [book.get_sheet_by_name(name) for name in book.sheet_names]
        rows = [list(enumerate(sheet.to_python(skip_empty_area=False), 1)) for sheet in sheets]
    except Exception as error:  # whatever the reader of a broken workbook raises
        refuse(f"打不开“{path.name}”，工作簿可能已损坏或加了密码（{error}）。")
    known = [sheet for sheet in rows if _heading_row(sheet) is not None]
    return _table(known[0] if known else rows[0] if rows else [], path)


def _table(numbered: Iterable[tuple[int, Sequence[Any]]], path: Path) -> Table:
    rows = list(numbered)
    place = _heading_row(rows)
    if place is None:
        refuse(f"“{path.name}”里没有找到标题列，表头应有“标题”或“需求名称”“成果名称”“title”之一。")
    headings = [heading_of(cell) for cell in rows[place][1]]
    _refuse_twice(headings, rows[place])
    unused = [
        str(cell).strip()
        for cell, heading in zip(rows[place][1], headings, strict=True)
        if heading is None and str(cell or "").strip()
    ]
    read = (_row(number, cells, headings) for number, cells in rows[place + 1 :])
    return Table([row for row in read if row is not None], unused)


def _heading_row(rows: Sequence[tuple[int, Sequence[Any]]]) -> int | None:
    for place, (_, cells) in enumerate(rows[:HEADING_ROWS]):
        names = [heading.name for heading in map(heading_of, cells) if heading]
        if "title" in names:
            return place
    return None


def _refuse_twice(headings: Sequence[Heading | None], row: tuple[int, Sequence[Any]]) -> None:
    seen: dict[str, Any] = {}
    for heading, cell in zip(headings, row[1], strict=True):
        if heading is None:
            continue
        if heading.name in seen:
            refuse(f"“{seen[heading.name]}”和“{cell}”两列是同一项，请只留一列。", row[0])
        seen[heading.name] = cell


def _row(number: int, cells: Sequence[Any], headings: Sequence[Heading | None]) -> Row | None:
    if not any(str(cell if cell is not None else "").strip() for cell in cells):
        return None
    if any(str(cell or "").strip() for cell in cells[len(headings) :]):
        refuse(f"有 {len(cells)} 格，表头只有 {len(headings)} 列，请检查引号和分隔符。", number)
    held = [(h, cell) for h, cell in zip(headings, cells, strict=False) if h is not None]
    return Row(number, {h.name: cell for h, cell in held}, {h.name: h.unit for h, _ in held})

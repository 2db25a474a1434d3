"""Reads a workbook in a process of its own, started by its path: nothing of ours is imported here.

A workbook of a few kilobytes can claim a sheet of seventeen billion cells. Whoever opens it must
be somebody whose death nobody minds: this process has a limit on its memory and on its time, and
writes what it found as one JSON document.
"""

from __future__ import annotations

import json
import resource
import sys
from datetime import date, datetime, time
from typing import Any

MEMORY, SECONDS = 2**30, 30
MOST_ROWS, MOST_COLUMNS, LONGEST = 11_000, 120, 40_000
MOST_SHEETS = 20


def main(path: str) -> None:
    """Write every visible sheet of a workbook: its name, rows and merged ranges, counted from 0."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    from python_calamine import CalamineWorkbook, SheetVisibleEnum

    book = CalamineWorkbook.from_path(path)
    shown = [one for one in book.sheets_metadata if one.visible == SheetVisibleEnum.Visible]
    sheets = [_sheet(book.get_sheet_by_name(one.name)) for one in shown[:MOST_SHEETS]]
    json.dump(sheets, sys.stdout, ensure_ascii=False)


def _sheet(sheet: Any) -> dict[str, Any]:
    left = sheet.start[1] if sheet.start else 0
    merged = [[a[0], a[1] - left, b[0], b[1] - left] for a, b in sheet.merged_cell_ranges or ()]
    rows = []
    if sheet.total_height:
        for number, cells in enumerate(sheet.iter_rows()):
            if any(cell not in ("", None) for cell in cells):
                rows.append([number, [_cell(cell) for cell in cells[:MOST_COLUMNS]]])
            if len(rows) > MOST_ROWS:
                break
    return {
        "name": sheet.name,
        "rows": rows[:MOST_ROWS],
        "merged": merged,
        "cut": len(rows) > MOST_ROWS,
    }


def _cell(cell: Any) -> Any:
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    return cell if isinstance(cell, int | float) else str(cell)[:LONGEST]


if __name__ == "__main__":
    main(sys.argv[1])

"""A file that somebody uploads → headings and rows of cells as they stand in it, unjudged.

What people add to a table for the eye is taken away here: titles above the headings, headings in
two lines, cells that are merged over several rows, lines that only divide, empty rows.
"""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from market.archives import Limits
from market.errors import Invalid, Problem
from market.imports import workbook
from market.imports.files import format_of, json_object, refuse, text_of
from market.imports.headings import heading_of
from market.imports.tables import LARGEST_CELL, delimiter_of, numbered_rows

MOST_ROWS, MOST_COLUMNS = 10_000, 100
TOO_MANY = f"“{{}}”超过 {MOST_ROWS:,} 行，请拆成几份导入。"
LOOKED_AT = 15
"""Among so many rows the headings are looked for."""
LIMITS = Limits(entries=2_000, total=200 * 2**20, seconds=20.0)
SECONDS = 60
READER = Path(workbook.__file__)
SUM = re.compile("合计|总计|小计|共计")
NUMBER = re.compile(r"[\d,.，．%\-]+[项条个元万]*")
NOTE = re.compile("(填表|制表|填报|审核|联系|负责|经办|复核)[^:：]{0,4}[:：]|(备?注|说明)[:：]")
Numbered = tuple[int, list[Any]]
Merged = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The table: its headings, and the rows under them with their numbers in the file."""

    headings: list[str]
    rows: list[Numbered]


def read(name: str, data: bytes) -> Sheet:
    """The table of a file. May take seconds: ask before a transaction writes. Raises Invalid."""
    with tempfile.TemporaryDirectory(prefix="kejie-import-") as folder:
        path = Path(folder) / f"upload{Path(name).suffix.lower()[:10]}"
        path.write_bytes(data)
        try:
            sheet = READERS[format_of(path, LIMITS)](path)
        except Invalid as error:
            raise Invalid([_renamed(each, path.name, name) for each in error.problems]) from None
    if not sheet.rows:
        refuse(f"“{name}”里只有表头，没有一行数据。")
    if len(sheet.rows) > MOST_ROWS:
        refuse(TOO_MANY.format(name))
    return sheet


def _renamed(problem: Problem, ours: str, theirs: str) -> Problem:
    return Problem(problem.field, str(problem).replace(ours, theirs[:60]))


def _xlsx(path: Path) -> Sheet:
    command = [sys.executable, "-I", str(READER), str(path)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=True)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        refuse(f"打不开“{path.name}”：工作簿可能已损坏、加了密码，或者太大。")
    sheets = json.loads(done.stdout)
    if any(sheet["cut"] for sheet in sheets):
        refuse(TOO_MANY.format(path.name))
    tables = [_table(_plain(sheet["rows"], sheet["merged"])) for sheet in sheets if sheet["rows"]]
    if not tables:
        refuse(f"“{path.name}”里没有内容。")
    return max(tables, key=lambda table: (_known(table.headings), len(table.rows)))


def _csv(path: Path) -> Sheet:
    text = text_of(path)
    csv.field_size_limit(LARGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text), strict=True)
    return _table([(number, list(cells)) for number, cells in numbered_rows(reader)])


def _jsonl(path: Path) -> Sheet:
    """One object a line; their names together are the headings."""
    lines = [(n, line) for n, line in enumerate(text_of(path).split("\n"), 1) if line.strip()]
    held = [(number, json_object(line, number)) for number, line in lines]
    names = list(dict.fromkeys(name for _, row in held for name in row))[:MOST_COLUMNS]
    return Sheet(names, [(number, [row.get(name) for name in names]) for number, row in held])


READERS = {".xlsx": _xlsx, ".csv": _csv, ".jsonl": _jsonl}


def _plain(rows: Iterable[Sequence[Any]], merged: Iterable[Merged]) -> list[Numbered]:
    """The rows counted from 1. A cell that is merged over rows says the same in each of them; one
    that is merged over more than half of a row's columns divides the table and is left out."""
    held = {number: list(cells) for number, cells in rows}
    width = max((len(cells) for cells in held.values()), default=0)
    first = max(sorted(held)[:LOOKED_AT], key=lambda number: _known(held[number]))
    for top, left, bottom, right in merged:
        if not 0 <= left < width:
            continue
        value = held[top][left] if top in held else ""
        if top == bottom and (right - left + 1) * 2 > width and _alone(held.get(top, []), left):
            held.pop(top, None)
            continue
        for number in range(top + 1, min(bottom, top + MOST_ROWS) + 1):
            if number in held:
                held[number][left] = value
        if top == first and right > left:
            _spread(held[top], left, right - left, value, held.get(top + 1, []))
    return [(number + 1, cells) for number, cells in sorted(held.items())]


def _alone(cells: Sequence[Any], left: int) -> bool:
    return not any(_says(cell) for place, cell in enumerate(cells) if place != left)


def _spread(cells: list[Any], left: int, more: int, value: Any, below: Sequence[Any]) -> None:
    """A heading over several columns, each with its own below: it belongs to all of them."""
    under = below[left : left + more + 1]
    if len(under) == more + 1 and all(isinstance(one, str) and _says(one) for one in under):
        cells[left : left + more + 1] = [value] * (more + 1)


def _table(rows: Sequence[Numbered]) -> Sheet:
    rows = [(number, cells) for number, cells in rows if any(_says(cell) for cell in cells)]
    place, depth = _headings_at(rows)
    lines = [rows[place + line][1] for line in range(depth)] if rows else []
    width = min(max((len(cells) for _, cells in rows[place:]), default=0), MOST_COLUMNS)
    headings = [_heading([line[at] for line in lines if at < len(line)]) for at in range(width)]
    below = [
        (number, (cells + [""] * width)[:width])
        for number, cells in rows[place + depth :]
        if cells[: len(lines[-1])] != lines[-1] and not _is_beside(cells)
    ]
    return Sheet(headings, below)


def _is_beside(cells: Sequence[Any]) -> bool:
    """Whether the row is no listing: a sum, or a lone note of whoever filled the table in."""
    said = ["".join(str(cell).split()) for cell in cells if _says(cell)]
    words = [text for text in said if not SUM.fullmatch(text) and not NUMBER.fullmatch(text)]
    is_sum = not words and any(SUM.fullmatch(text) for text in said)
    return is_sum or (len(said) == 1 and len(cells) > 1 and bool(NOTE.match(said[0])))


def _headings_at(rows: Sequence[Numbered]) -> tuple[int, int]:
    """Where the headings begin, and in how many lines they stand."""
    known = [_known(cells) for _, cells in rows[:LOOKED_AT]]
    if not known or max(known) == 0:
        texts = (n for n, (_, cells) in enumerate(rows[:LOOKED_AT]) if sum(map(_says, cells)) > 1)
        return next(texts, 0), 1
    place = known.index(max(known))
    if place and _is_second(rows[place - 1][1], rows[place][1]):
        return place - 1, 2
    twice = place + 1 < len(rows) and _is_second(rows[place][1], rows[place + 1][1])
    return place, 2 if twice else 1


def _is_second(above: Sequence[Any], below: Sequence[Any]) -> bool:
    """Whether the next row goes on with the headings: where they repeat, and only there, it says
    something of its own."""
    names = [str(cell or "").strip() for cell in above]
    repeated = {at for at, name in enumerate(names) if name and names.count(name) > 1}
    own = {
        at
        for at, cell in enumerate(below)
        if _says(cell) and (at >= len(names) or str(cell).strip() != names[at])
    }
    return bool(repeated) and own == repeated


def _heading(parts: Sequence[Any]) -> str:
    texts = [" ".join(str(part).split()) for part in parts if _says(part)]
    return "".join(dict.fromkeys(texts))[:200]


def _known(cells: Sequence[Any]) -> int:
    return sum(heading_of(cell) is not None for cell in cells if isinstance(cell, str))


def _says(cell: Any) -> bool:
    return cell is not None and str(cell).strip() != ""

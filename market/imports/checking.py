"""The dry run: every row read as if it were imported, with what is wrong in which cell. Nothing but
the import's own rows is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlmodel import Session, col

from market.imports.mapped import Columns
from market.imports.rows import Reading, ReadRow, read_row
from market.models.imports import Import, ImportRow

AT_ONCE = 250
MAX_TITLE = 200


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in one row."""

    id: int
    title: str
    source_id: str
    problems: list[list[str]]


def checked(columns: Columns, reading: Reading, rows: Iterable[ImportRow]) -> list[Checked]:
    """The rows read. Slow work: ask before a transaction writes."""
    return [_checked(columns, row, read_one(columns, reading, row)) for row in rows]


def read_one(columns: Columns, reading: Reading, row: ImportRow) -> ReadRow:
    """One row, with the draft that it makes."""
    return read_row(columns.row(row.number, row.cells, row.mended), reading)


def _checked(columns: Columns, row: ImportRow, found: ReadRow) -> Checked:
    problems = [[columns.place_of(p.field), _reason(p.reason)] for p in found.problems]
    number = found.draft.source_id or ""
    if len(number) > MAX_TITLE:
        problems.append(["source_id", f"编号最多 {MAX_TITLE} 个字符。"])
    return Checked(row.id or 0, found.draft.title[:MAX_TITLE], number[:MAX_TITLE], problems)


def _reason(reason: str) -> str:
    """Beside its cell a problem need not name the part."""
    label, sign, rest = reason.partition("：")
    return rest if sign and len(label) <= 8 and "第" not in label else reason


def write(session: Session, found: Sequence[Checked]) -> None:
    """Keep what was found; what the rows repeat is `repeats.mark`'s to say."""
    rows = [
        {
            "row": each.id, "title": each.title, "source_id": each.source_id,
            "problems": each.problems, "is_wrong": bool(each.problems),
        }
        for each in found
    ]  # fmt: skip
    table: Any = ImportRow.__table__  # type: ignore[attr-defined]
    names = ("title", "source_id", "problems", "is_wrong")
    statement = update(table).where(table.c.id == bindparam("row"))
    if rows:
        values: dict[str, Any] = {name: bindparam(name) for name in names}
        session.connection().execute(statement.values(values), rows)


def some_rows(session: Session, found: Import, after: int, limit: int = AT_ONCE) -> list[ImportRow]:
    """The next rows by number."""
    query = (
        select(ImportRow)
        .where(col(ImportRow.import_id) == found.id, col(ImportRow.number) > after)
        .order_by(col(ImportRow.number))
        .limit(limit)
    )
    return list(session.execute(query).scalars())

"""The file of a list in each format, row after row: a long list is never whole in memory."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import IO

from market.cells import harmless
from market.exports.columns import columns
from market.exports.objects import object_of
from market.exports.workbook import write_workbook
from market.models.enums import Kind
from market.queries.exports import ExportRow

BOM = "\ufeff"
"""Without it Excel reads UTF-8 as something else."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Listings of one kind."""

    kind: Kind
    rows: Iterable[ExportRow]


@dataclass(frozen=True, slots=True)
class Format:
    """What a file can be. `holds_both`: needs and achievements fit into one."""

    media_type: str
    write: Callable[[Sequence[Sheet], IO[bytes], str], None]
    holds_both: bool = True


def write(format: str, sheets: Sequence[Sheet], to: IO[bytes], site: str = "") -> None:
    """Write the sheets into a file; `site` stands before addresses. Raises KeyError."""
    FORMATS[format].write(sheets, to, site)


def _xlsx(sheets: Sequence[Sheet], to: IO[bytes], site: str) -> None:
    write_workbook(
        [(sheet.kind.text, columns(sheet.kind, site), sheet.rows) for sheet in sheets], to
    )


def _csv(sheets: Sequence[Sheet], to: IO[bytes], site: str) -> None:
    text = _text(to)
    text.write(BOM)
    writer = csv.writer(text)
    for sheet in sheets:
        told = columns(sheet.kind, site)
        writer.writerow(column.heading for column in told)
        for row in sheet.rows:
            writer.writerow([harmless(column.value(row)) for column in told])
    text.detach()


def _json(sheets: Sequence[Sheet], to: IO[bytes], site: str) -> None:
    """One array, each listing on a line of its own."""
    between = "[\n"
    for line in _lines(sheets, site):
        to.write((between + line).encode())
        between = ",\n"
    to.write(b"[]\n" if between == "[\n" else b"\n]\n")


def _jsonl(sheets: Sequence[Sheet], to: IO[bytes], site: str) -> None:
    for line in _lines(sheets, site):
        to.write(f"{line}\n".encode())


def _lines(sheets: Sequence[Sheet], site: str) -> Iterable[str]:
    for sheet in sheets:
        for row in sheet.rows:
            yield json.dumps(object_of(row, site), ensure_ascii=False)


def _text(to: IO[bytes]) -> io.TextIOWrapper:
    """The file for texts; line ends are the writer's own."""
    return io.TextIOWrapper(to, encoding="utf-8", newline="", write_through=True)


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = {
    "xlsx": Format(XLSX, _xlsx),
    "csv": Format("text/csv", _csv, holds_both=False),
    "json": Format("application/json", _json),
    "jsonl": Format("application/x-ndjson", _jsonl),
}

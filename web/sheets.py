"""Tables for spreadsheet programs, as CSV that cannot make them do anything.

A cell that begins with = + - @, a tab or a line end is read as a formula; an apostrophe before it
makes it text again (OWASP, CSV injection). Full-width forms of these are formulas too.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

FORMULAS = tuple("=+-@\t\r\n＝＋－＠")
BOM = "\ufeff"
"""Without it Excel reads UTF-8 as something else."""


def csv_text(rows: Iterable[Mapping[str, Any]]) -> str:
    """The rows under the names of their first, each cell harmless."""
    found = list(rows)
    held = io.StringIO(newline="")
    writer = csv.writer(held)
    if found:
        writer.writerow(found[0])
    writer.writerows([harmless(cell) for cell in row.values()] for row in found)
    return BOM + held.getvalue()


def harmless(cell: Any) -> str:
    """What a cell shows, never what it computes.

    >>> harmless("=1+1"), harmless(-5), harmless("a-b"), harmless(None)
    ("'=1+1", '-5', 'a-b', '')
    """
    if cell is None:
        return ""
    text = str(cell)
    is_number = isinstance(cell, int | float) and not isinstance(cell, bool)
    starts_badly = text.lstrip(" \u3000\u00a0").startswith(FORMULAS) or text.startswith(FORMULAS)
    return f"'{text}" if starts_badly and not is_number else text

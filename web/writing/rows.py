"""Tables of rows in a form without scripts: buttons that add a row or take one away."""

from __future__ import annotations

import re
from collections.abc import Mapping

from web.forms.fields import ROWS, Entered

_BUTTON = re.compile(r"row-(indicators|rights|holders)-(?:(add)|remove-(\d{1,3}))")


def change_rows(fields: Entered, pressed: str) -> str:
    """Do what the button says, `row-part-add` or `row-part-remove-2`; the id of the element to
    come back to, nothing for another button."""
    found = _BUTTON.fullmatch(pressed)
    if found is None:
        return ""
    part, rows = found[1], fields.rows(found[1])
    if found[2]:
        rows.append({})
    elif int(found[3]) < len(rows):
        del rows[int(found[3])]
    fields.set_rows(part, rows)
    first = ROWS[part][0]
    return f"{part}-{len(rows)}-{first}" if found[2] else part


def tidy_rows(fields: Entered) -> None:
    """Leave out rows in which nothing stands, so that rows are counted as people see them."""
    for part in ROWS:
        if f"{part}-name" in fields:
            fields.set_rows(part, [row for row in fields.rows(part) if says_something(row)])


def says_something(row: Mapping[str, str]) -> bool:
    """Whether something was entered; the first choice of a list says nothing by itself."""
    return any(v.strip() for name, v in row.items() if name not in ("kind", "holding"))

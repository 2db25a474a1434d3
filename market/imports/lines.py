"""Rows of JSON Lines: those of a BEIR dataset, and those with the names of our own columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from market.actions.drafts import MAX_TITLE
from market.imports.files import json_object, refuse, text_of
from market.imports.headings import heading_of
from market.imports.tables import Row, Table
from market.texts import has_words, opening

IGNORED = frozenset({"metadata"})


def read_jsonl(path: Path) -> Table:
    """One object a line. A text without a title takes its beginning as one and keeps it."""
    rows: list[Row] = []
    unused: dict[str, None] = {}
    for number, line in enumerate(text_of(path).split("\n"), 1):
        if line.strip():
            held = json_object(line, number)
            rows.append(Row(number, _titled(_named(held, unused))))
    if not rows:
        refuse(f"“{path.name}”里没有一行数据。")
    return Table(rows, list(unused))


def _named(held: dict[str, object], unused: dict[str, None]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in held.items():
        heading = heading_of(key)
        if heading is not None:
            values[heading.name] = value
        elif key not in IGNORED:
            unused[key] = None
    return values


def _titled(values: dict[str, Any]) -> dict[str, Any]:
    title, body = values.get("title") or "", values.get("body") or ""
    if not isinstance(title, str) or not isinstance(body, str):
        return values
    if not has_words(title) and has_words(body):
        return values | {"title": opening(body)}
    if len(title) > MAX_TITLE:
        return values | {"title": opening(title), "body": "\n".join(t for t in (title, body) if t)}
    return values

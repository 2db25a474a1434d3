"""What is entered about imports: the file, what its columns fill, what is typed in its cells."""

from __future__ import annotations

import re
from dataclasses import dataclass

from market.imports.mistakes import MOST
from market.models import Kind
from web.forms.organisations import one_of, whole
from web.forms.reading import Given, Reading

_CELL = re.compile(r"cell-(\d{1,9})-([a-z_]{1,20})")


@dataclass(frozen=True, slots=True)
class Wanted:
    """For whom, and what kind of listing the rows are; None and 0 where nothing was chosen."""

    kind: Kind | None
    organisation_id: int


def wanted(given: Given) -> Wanted:
    """The choices beside the file."""
    read = Reading(given)
    return Wanted(one_of(Kind, read.raw("kind")), whole(read.raw("organisation")))


def mapping_of(given: Given, columns: int) -> list[str]:
    """For each column the target that was chosen."""
    read = Reading(given)
    return [read.raw(f"column-{at}")[:40] for at in range(columns)]


@dataclass(frozen=True, slots=True)
class Typed:
    """The rows that a page showed, those that were ticked, and what was typed by row and part."""

    shown: frozenset[int]
    chosen: frozenset[int]
    cells: dict[int, dict[str, str]]
    do: str


def typed(given: Given) -> Typed:
    """What was entered on a page of rows."""
    read, cells = Reading(given), {}  # type: ignore[var-annotated]
    for name in dict.fromkeys(given):  # type: ignore[call-overload]
        if found := _CELL.fullmatch(name):
            cells.setdefault(int(found[1]), {})[found[2]] = read.raw(name)
    ids = {name: frozenset(map(whole, read.many(name))) for name in ("row", "chosen")}
    return Typed(ids["row"], ids["chosen"], cells, read.raw("do")[:10])


def alike_of(given: Given) -> dict[tuple[str, str], str]:
    """What was entered for mistakes that many rows share: (target, text) → what it becomes."""
    read = Reading(given)
    return {
        (read.raw(f"target-{at}"), _lines_of(read.raw(f"was-{at}"))): _lines_of(
            read.raw(f"becomes-{at}")
        )
        for at in range(MOST)
        if read.raw(f"target-{at}")
    }


def _lines_of(text: str) -> str:
    return text.replace("\r\n", "\n").strip()

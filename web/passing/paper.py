"""A listing on one sheet of A4: what there is room for, and how much was cut.

Room is counted in lines of text. What can be compared comes first (indicators, rights, holders),
each up to a few rows; the texts share the rest fairly, short ones whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from market.models.particulars import Indicator
from market.queries.listings import ListingRow
from web import facts

LINES = 28
"""Lines of text that fit under the head and the facts of the sheet, both at their longest."""
IN_A_LINE = 47
"""Full-width characters of a line."""
HEAD = {"title": (29, 3), "summary": (44, 3), "contact": (42, 3)}
"""Characters of a line, and the most lines that are shown, of what stands above the texts."""
MOST = {"indicators": 8, "rights": 2, "holders": 3}
"""Lines that the rows of a table may take."""
COLUMNS = (19, 11, 11)
"""Full-width characters of a line in the columns of indicators."""
HEADING = 2
"""Lines that a heading takes with the space around it."""
LEAST = 2
MARKS = "#*>`_|"


@dataclass(frozen=True, slots=True)
class Section:
    """One heading with its rows or its lines; `left_out` counts the rows that found no room."""

    name: str
    heading: str
    rows: Sequence[Any] = ()
    lines: Sequence[str] = ()
    left_out: int = 0
    is_cut: bool = False


def sections_of(row: ListingRow, lines: int | None = None) -> list[Section]:
    """What stands on the sheet, in the order of the page; `lines` is the room for it, by itself
    what the head leaves."""
    lines = LINES + spare(row) if lines is None else lines
    held = facts.prose_of(row)
    tables = {name: _table(name, heading, said) for name, heading, said in held if name in MOST}
    texts = {name: said for name, _, said in held if name not in MOST}
    used = sum(HEADING + height_of(each) for each in tables.values())
    shares = _shares({name: _size(said) for name, said in texts.items()}, lines - used)
    return [
        tables[name] if name in tables else _text(name, heading, said, shares[name])
        for name, heading, said in held
        if name in tables or shares[name] >= LEAST
    ]


def spare(row: ListingRow) -> int:
    """The lines that a head which is shorter than it might be leaves to the texts. A line of the
    head is at least as high as one of a text."""
    above = {"title": row.title, "summary": row.summary, "contact": _contact(row)}
    return sum(most - min(most, _lines(above[name], width)) for name, (width, most) in HEAD.items())


def _contact(row: ListingRow) -> str:
    """Where it is kept back, one line says so."""
    return "不公开" if "contact" in row.hidden else str(row.parts.get("contact") or "")


def _lines(text: str, width: int) -> int:
    return height(text, width) if text else 0


def height_of(section: Section) -> int:
    """The lines that a section takes without its heading."""
    above = 1 if section.name == "indicators" else 0
    rows = sum(_row_height(row) for row in section.rows)
    more = 1 if section.left_out else 0
    return above + rows + more + sum(height(line) for line in section.lines)


def is_cut(sections: Sequence[Section], row: ListingRow) -> bool:
    """Whether the page says more than the sheet."""
    lost = len(sections) < len(facts.prose_of(row))
    return lost or any(each.is_cut or each.left_out for each in sections)


def _table(name: str, heading: str, rows: Sequence[Any]) -> Section:
    shown: list[Any] = []
    room = MOST[name]
    for row in rows:
        room -= _row_height(row)
        if room < 0:
            break
        shown.append(row)
    return Section(name, heading, rows=shown, left_out=len(rows) - len(shown))


def _row_height(row: Any) -> int:
    """An indicator is as high as its fullest cell; the other rows are cut to one line."""
    if not isinstance(row, Indicator):
        return 1
    cells = zip((f"{row.name} {row.unit}", row.before, row.value), COLUMNS, strict=True)
    return max(height(text, width) for text, width in cells)


def _text(name: str, heading: str, text: str, room: int) -> Section:
    """As many lines as there is room for, the last of them cut where more follows."""
    shown: list[str] = []
    for line in _plain(text):
        if room <= 0:
            return Section(name, heading, lines=shown, is_cut=True)
        if height(line) > room:
            return Section(name, heading, lines=[*shown, _cut(line, room)], is_cut=True)
        shown.append(line)
        room -= height(line)
    return Section(name, heading, lines=shown)


def _shares(sizes: dict[str, int], room: int) -> dict[str, int]:
    """How many lines each text gets: what the short ones do not need goes to the long ones. Where
    there is no room for a few lines of each, the later ones get none."""
    readable = list(sizes)
    while readable and room // len(readable) - HEADING < LEAST:
        readable.pop()
    shares = dict.fromkeys(sizes, 0)
    waiting = sorted(readable, key=lambda name: sizes[name])
    for count, name in zip(range(len(waiting), 0, -1), waiting, strict=True):
        shares[name] = min(sizes[name], room // count - HEADING)
        room -= shares[name] + HEADING
    return shares


def _size(text: str) -> int:
    return max(LEAST, sum(height(line) for line in _plain(text)))


def height(line: str, width: int = IN_A_LINE) -> int:
    """The lines that a paragraph takes."""
    return max(1, -(-_width(line) // width))


def _width(line: str) -> int:
    """In full-width characters: two letters of Latin take the room of one sign."""
    narrow = sum(character.isascii() for character in line)
    return len(line) - narrow // 2


def _cut(line: str, room: int) -> str:
    at = room * IN_A_LINE - 2
    while _width(line[:at]) < room * IN_A_LINE - 2 and at < len(line):
        at += 1
    return line[:at].rstrip() + "……"


def _plain(text: str) -> list[str]:
    """The lines without marks of headings and lists, which paper does not need."""
    found = (line.strip().lstrip(MARKS).strip() for line in text.split("\n"))
    return [line.replace("**", "") for line in found if line]

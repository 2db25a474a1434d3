"""What an imported row repeats: another row, a listing of its own organisation, somebody else's.

A row whose number (`source_id`) is that of an own listing changes that listing. Whatever else says
the same (the number of another row, a title, nearly all of the words) is marked and left to people.
Of others' listings only what everybody may read is compared.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlmodel import Session, col

from market.models.enums import ListingState
from market.models.imports import Import, ImportRow
from market.models.listings import Listing
from market.models.tables import TABLES
from market.states import MOVES, find_move

MOST = 3
"""So many of what a row repeats are named."""
OF_MARKS = ("part", "reason", "repeats")
"""A problem that is found here has a third word, so that the next look replaces it."""
CORRECTED = 0.4
"""Titles that share less of their signs are those of two listings."""
Row = Mapping[str, Any]
Alike = Mapping[int, list[tuple[str, int, str]]]
"""(what, id, title) of what says nearly the same."""


@dataclass(slots=True)
class Marks:
    """What is known of one row: what it resembles, which listing it changes, what forbids it.
    `doubles`: it repeats a title or a number, and is left out unless somebody chooses it."""

    resembles: list[dict[str, Any]] = field(default_factory=list)
    listing_id: int | None = None
    problem: str = ""
    repeats: bool = False
    doubles: bool = False

    def add(self, what: str, id: int, title: str, why: str) -> None:
        """Name something that the row resembles."""
        if len(self.resembles) < MOST and all(
            (each["what"], each["id"]) != (what, id) for each in self.resembles
        ):
            self.resembles.append({"what": what, "id": id, "title": title, "why": why})


def mark(
    session: Session, found: Import, alike: Alike | None = None,
    anew: Collection[int] | None = None,
) -> None:  # fmt: skip
    """Look at all rows of an import together. `alike` are likenesses of whole texts by the row's
    number, where they were sought. Rows of the ids `anew`, or all, are chosen if they are fit to be
    imported; of the others those stay chosen that are."""
    rows = _rows(session, found)
    marks = {row["id"]: Marks() for row in rows}
    own, by_number, by_title = _own(session, found)
    others = _others(session, found, {title_key(row["title"]) for row in rows})
    _mark_rows(rows, marks)
    for row in rows:
        mine = marks[row["id"]]
        listing = by_number.get(row["source_id"]) if row["source_id"] else None
        if listing:
            mine.listing_id = listing
            mine.add("own", listing, own[listing].title, "number")
            mine.doubles |= not _is_same(own[listing].title, row["title"])
            if find_move(MOVES["listing"], "change", own[listing].state) is None:
                mine.problem = f"编号相同的内容“{own[listing].state.text}”，不能修改。"
        for id in by_title.get(title_key(row["title"]), ()):
            if id != listing:
                mine.doubles = True
                mine.add("own", id, own[id].title, "title")
        for id, title in others.get(title_key(row["title"]), ()):
            mine.doubles = True
            mine.add("other", id, title, "title")
        for what, id, title in (alike or {}).get(row["number"], _kept(row, alike)):
            if not (what == "own" and id == listing):
                mine.repeats = True
                mine.add(what, id, title, "text")
    _write(session, rows, marks, anew)


def _is_same(before: str, now: str) -> bool:
    """Whether the one title may be the other's correction. Where it is not, a number was probably
    given twice, and nobody's listing is written over unless somebody says so."""
    before, now = title_key(before), title_key(now)
    return not now or SequenceMatcher(None, before, now, autojunk=False).ratio() >= CORRECTED


def title_key(title: str) -> str:
    """Titles that differ in width, case, spaces and signs alone are one."""
    plain = unicodedata.normalize("NFKC", title).casefold()
    return "".join(sign for sign in plain if sign.isalnum())


@dataclass(frozen=True, slots=True)
class Own:
    """A listing of the organisation, as far as it matters here."""

    title: str
    state: ListingState


def _rows(session: Session, found: Import) -> list[dict[str, Any]]:
    table: Any = ImportRow.__table__  # type: ignore[attr-defined]
    names = (
        "id", "number", "title", "source_id", "problems", "resembles", "is_wrong", "is_repeated",
        "chosen", "listing_id",
    )  # fmt: skip
    query = select(*(table.c[name] for name in names)).where(table.c.import_id == found.id)
    return [dict(row._mapping) for row in session.execute(query.order_by(table.c.number))]


def _own(
    session: Session, found: Import
) -> tuple[dict[int, Own], dict[str, int], dict[str, list[int]]]:
    table: type[Listing] = TABLES[found.kind].listing
    columns = (col(table.id), col(table.title), col(table.state), col(table.source_id))
    held, by_number, by_title = {}, {}, {}  # type: ignore[var-annotated]
    mine = select(*columns).where(col(table.owner_id) == found.organisation_id)
    for id, title, state, number in session.execute(mine.order_by(col(table.id))):
        held[id] = Own(title, state)
        if number:
            by_number[number] = id
        if state is not ListingState.WITHDRAWN:
            by_title.setdefault(title_key(title), []).append(id)
    return held, by_number, by_title


def _others(session: Session, found: Import, wanted: set[str]) -> dict[str, list[tuple[int, str]]]:
    """Titles are public whatever else is not."""
    table: type[Listing] = TABLES[found.kind].listing
    query = select(col(table.id), col(table.title)).where(
        col(table.state) == ListingState.PUBLISHED,
        col(table.owner_id) != found.organisation_id,
    )
    held: dict[str, list[tuple[int, str]]] = {}
    for id, title in session.execute(query):
        key = title_key(title)
        if key and key in wanted:
            held.setdefault(key, []).append((id, title))
    return held


def _mark_rows(rows: Sequence[Row], marks: Mapping[int, Marks]) -> None:
    """Rows that repeat an earlier one. Two of one number and different titles are a mistake."""
    numbers: dict[str, Row] = {}
    titles: dict[str, Row] = {}
    for row in rows:
        mine, key = marks[row["id"]], title_key(row["title"])
        first = numbers.setdefault(row["source_id"], row) if row["source_id"] else row
        if first is not row:
            mine.doubles = True
            mine.add("row", first["number"], first["title"], "number")
            if title_key(first["title"]) != key:
                mine.problem = f"编号“{row['source_id']}”与第 {first['number']} 行重复。"
        first = titles.setdefault(key, row) if key else row
        if first is not row:
            mine.doubles = True
            mine.add("row", first["number"], first["title"], "title")


def _kept(row: Row, alike: object) -> list[tuple[str, int, str]]:
    """Likenesses of an earlier look, where this one sought none."""
    if alike is not None:
        return []
    return [(e["what"], e["id"], e["title"]) for e in row["resembles"] if e["why"] == "text"]


def _write(
    session: Session, rows: Sequence[Row], marks: Mapping[int, Marks], anew: Collection[int] | None
) -> None:
    """Write what differs."""
    changed = []
    for row in rows:
        mine = marks[row["id"]]
        problems = [problem for problem in row["problems"] if len(problem) < len(OF_MARKS)]
        problems += [["source_id", mine.problem, OF_MARKS[-1]]] if mine.problem else []
        is_new = anew is None or row["id"] in anew
        wanted = not mine.doubles if is_new else row["chosen"]
        new = {
            "problems": problems, "resembles": mine.resembles, "is_wrong": bool(problems),
            "is_repeated": mine.repeats or mine.doubles,
            "listing_id": mine.listing_id,
            "chosen": wanted and not problems,
        }  # fmt: skip
        if any(row[name] != value for name, value in new.items()):
            changed.append({"row": row["id"], **{f"new_{n}": v for n, v in new.items()}})
    if changed:
        table: Any = ImportRow.__table__  # type: ignore[attr-defined]
        names = [name[4:] for name in changed[0] if name != "row"]
        statement = update(table).where(table.c.id == bindparam("row"))
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
        session.connection().execute(statement.values(values), changed)

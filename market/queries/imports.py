"""Imports as the members of an organisation see them: which there are, where one stands, and its
rows with what is wrong beside each cell. Every one is NotFound for whoever does not write there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, case, func, select, true
from sqlmodel import Session, col

from market.actions.imports import AT_WORK, OPEN, found
from market.errors import NotFound
from market.imports import progress
from market.imports.guessing import targets_of
from market.imports.mapped import Columns, label_of
from market.imports.mistakes import repeated_mistakes
from market.models.enums import CooperationMode, ImportState, Kind
from market.models.imports import Import, ImportRow
from market.models.organisations import Organisation
from market.models.people import Person
from market.models.places import Division, Field
from market.parts import PARTS, Shape
from market.queries.own import first_moves, posting_for
from market.queries.pages import turned_to
from market.roles import Permission, Viewer
from market.states import Move

PER_PAGE = 20
SAMPLES = 3
SHORT = 120
QUIET = timedelta(seconds=30)
"""After so long without a sign of life the page says that nobody seems to be working."""
SHELVES = ("all", "wrong", "repeated", "fine", "chosen", "changing")


@dataclass(frozen=True, slots=True)
class ImportLine:
    """An import in a list. `left` of `total` rows are through, while somebody is at it."""

    id: int
    kind: Kind
    name: str
    state: ImportState
    organisation_id: int
    organisation_name: str
    person_name: str
    total: int
    done: int
    created: int
    changed: int
    message: str
    started_at: datetime
    ended_at: datetime | None
    is_at_work: bool
    is_open: bool
    is_quiet: bool
    failed_in: str
    then: str

    @property
    def share(self) -> float:
        """How much of the present phase is through, 0–1."""
        return min(self.done / self.total, 1.0) if self.total else 0.0


@dataclass(frozen=True, slots=True)
class ColumnView:
    """A column of the file: its heading, some of what is in it, and what it fills."""

    place: int
    heading: str
    samples: tuple[str, ...]
    target: str


@dataclass(frozen=True, slots=True)
class CellView:
    """A cell beside which something is said, or that is only shown."""

    target: str
    label: str
    text: str
    reason: str
    is_mended: bool


@dataclass(frozen=True, slots=True)
class RowView:
    """A row: what is wrong in it first. `said` are problems that belong to no cell."""

    id: int
    number: int
    title: str
    wrong: tuple[CellView, ...]
    cells: tuple[CellView, ...]
    resembles: tuple[dict[str, Any], ...]
    is_wrong: bool
    is_repeated: bool
    chosen: bool
    listing_id: int | None
    was_new: bool
    stays: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows are what; one may be several of it. `left` stayed when it was undone."""

    all: int
    wrong: int
    repeated: int
    fine: int
    chosen: int
    changing: int
    kept: int
    left: int


@dataclass(frozen=True, slots=True)
class RowsPage:
    """Some of the rows."""

    rows: list[RowView]
    shelf: str
    page: int
    pages: int
    count: int


@dataclass(frozen=True, slots=True)
class MistakeView:
    """What is wrong in so many rows alike; `choices` may stand there instead, where it is known."""

    target: str
    label: str
    text: str
    reason: str
    rows: int
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImportPage:
    """One import, whatever its state."""

    line: ImportLine
    columns: list[ColumnView]
    targets: list[tuple[str, str]]
    counts: Counts
    moves: list[Move]
    mistakes: list[MistakeView]


def imports_of(
    session: Session, viewer: Viewer, now: datetime, data: Path, limit: int = 50
) -> list[ImportLine]:
    """The newest imports of the organisations that the viewer writes for."""
    mine = viewer.organisations_with(Permission.LISTING_WRITE)
    query = _lines().where(col(Import.organisation_id).in_(mine))
    rows = session.execute(query.order_by(col(Import.id).desc()).limit(limit))
    return [_line(row, owner, person, now, data) for row, owner, person in rows]


def running_imports(
    session: Session, viewer: Viewer, now: datetime, data: Path
) -> list[ImportLine]:
    """Those of them that are not finished: at work, waiting for people, or failed."""
    return [
        line for line in imports_of(session, viewer, now, data) if line.is_at_work or line.is_open
    ]


def import_owners(session: Session, viewer: Viewer) -> dict[Kind, list[Organisation]]:
    """The organisations that the viewer may import for, by kind of listing."""
    owners = {kind: posting_for(session, kind, viewer) for kind in Kind}
    return {kind: bodies for kind, bodies in owners.items() if bodies}


def import_page(session: Session, id: int, viewer: Viewer, now: datetime, data: Path) -> ImportPage:
    """One import with what its page needs beside its rows."""
    row = found(session, id, viewer)
    held, name, person = session.execute(_lines().where(col(Import.id) == id)).one()
    line = _line(held, name, person, now, data)
    owner = session.get_one(Organisation, row.organisation_id)
    is_to_run = row.state is ImportState.CHECKED
    targets = [(target, label_of(row.kind, target)) for target in targets_of(row.kind)]
    return ImportPage(
        line, _columns(session, row), targets, _counts(session, row),
        first_moves(row.kind, [owner], viewer, now) if is_to_run else [],
        _mistakes(session, row) if is_to_run else [],
    )  # fmt: skip


def import_rows(session: Session, id: int, viewer: Viewer, shelf: str, page: int) -> RowsPage:
    """A page of rows of one shelf, in the order of the file."""
    row = found(session, id, viewer)
    shelf = shelf if shelf in SHELVES else "all"
    which = (col(ImportRow.import_id) == id, _shelves()[shelf])
    count = session.execute(select(func.count(col(ImportRow.id))).where(*which)).scalar() or 0
    page, pages, before = turned_to(page, count, PER_PAGE)
    query = select(ImportRow).where(*which).order_by(col(ImportRow.number))
    rows = session.execute(query.offset(before).limit(PER_PAGE)).scalars()
    columns = Columns.of(row)
    return RowsPage([_row(columns, each) for each in rows], shelf, page, pages, count)


def import_row(session: Session, id: int, number: int, viewer: Viewer) -> RowView:
    """One row by its number in the file. Raises NotFound."""
    row = found(session, id, viewer)
    query = select(ImportRow).where(col(ImportRow.import_id) == id, col(ImportRow.number) == number)
    held = session.execute(query).scalar()
    if held is None:
        raise NotFound
    return _row(Columns.of(row), held)


def _mistakes(session: Session, row: Import) -> list[MistakeView]:
    return [
        MistakeView(
            mistake.target, label_of(row.kind, mistake.target), mistake.text, mistake.reason, rows,
            _choices(session, row.kind, mistake.target),
        )
        for mistake, rows in repeated_mistakes(session, row)
    ]  # fmt: skip


def _choices(session: Session, kind: Kind, target: str) -> tuple[str, ...]:
    """What a cell may say, where that is a closed set."""
    part = next((part for part in PARTS[kind] if part.name == target), None)
    if part is None:
        return ()
    if part.shape in (Shape.FIELDS, Shape.DIVISION):
        table = Field if part.shape is Shape.FIELDS else Division
        return tuple(session.execute(select(col(table.name)).order_by(col(table.code))).scalars())
    closed = CooperationMode if part.shape is Shape.MODES else part.choices
    return tuple(each.text for each in closed) if closed else ()


def _lines() -> Any:
    return (
        select(Import, col(Organisation.name), col(Person.name))
        .join(Organisation, col(Organisation.id) == col(Import.organisation_id))
        .join(Person, col(Person.id) == col(Import.person_id))
    )


def _line(row: Import, owner: str, person: str, now: datetime, data: Path) -> ImportLine:
    is_at_work, done, total = row.state in AT_WORK, row.done, row.total
    told = progress.read(data, row.id or 0) if is_at_work else None
    if told and row.state is not ImportState.CHECKING:
        done, total = told
    quiet_since = row.heartbeat_at or row.started_at
    return ImportLine(
        id=row.id or 0, kind=row.kind, name=row.name, state=row.state,
        organisation_id=row.organisation_id, organisation_name=owner, person_name=person,
        total=total, done=done, created=row.created, changed=row.changed, message=row.message,
        started_at=row.started_at, ended_at=row.ended_at, is_at_work=is_at_work,
        is_open=row.state in OPEN, is_quiet=is_at_work and not told and now - quiet_since > QUIET,
        failed_in=row.failed_in, then=row.then,
    )  # fmt: skip


def _columns(session: Session, row: Import) -> list[ColumnView]:
    """The columns with the first different things that stand in them."""
    query = select(col(ImportRow.cells)).where(col(ImportRow.import_id) == row.id)
    cells = session.execute(query.order_by(col(ImportRow.number)).limit(40)).scalars().all()
    return [
        ColumnView(at, heading, _samples([each[at] for each in cells if at < len(each)]), target)
        for at, (heading, target) in enumerate(zip(row.headings, row.mapping, strict=True))
    ]


def _samples(cells: Sequence[Any]) -> tuple[str, ...]:
    said = (" ".join(str(cell).split()) for cell in cells if cell is not None)
    return tuple(dict.fromkeys(text[:SHORT] for text in said if text))[:SAMPLES]


def _shelves() -> dict[str, ColumnElement[bool]]:
    wrong: Any = col(ImportRow.is_wrong)
    repeated: Any = col(ImportRow.is_repeated)
    return {
        "all": true(), "wrong": wrong, "repeated": repeated, "fine": ~wrong & ~repeated,
        "chosen": col(ImportRow.chosen) & ~wrong,
        "changing": col(ImportRow.listing_id).is_not(None) & ~col(ImportRow.was_new),
    }  # fmt: skip


def _counts(session: Session, row: Import) -> Counts:
    became = col(ImportRow.listing_version).is_not(None)
    said = func.json_array_length(col(ImportRow.problems)) > 0
    which = _shelves() | {"kept": became & said, "left": became}
    counted = [func.count(case((condition, 1))).label(name) for name, condition in which.items()]
    query = select(*counted).where(col(ImportRow.import_id) == row.id)
    return Counts(**session.execute(query).one()._mapping)


def _row(columns: Columns, row: ImportRow) -> RowView:
    shown = columns.shown(row)
    told: dict[str, list[str]] = {}
    for target, reason, *_ in row.problems:
        told.setdefault(target, []).append(reason)
    stays = "；".join(told.pop("then", []))
    names = dict.fromkeys([*told, *shown])
    cells = {
        name: CellView(
            name, label_of(columns.kind, name), shown.get(name, ""),
            "；".join(told.get(name, [])), name in row.mended,
        )
        for name in names
    }  # fmt: skip
    return RowView(
        row.id or 0, row.number, row.title, tuple(cells[name] for name in told),
        tuple(cells.values()), tuple(row.resembles), row.is_wrong, row.is_repeated, row.chosen,
        row.listing_id, row.was_new, stays,
    )  # fmt: skip

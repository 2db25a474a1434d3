"""Bringing in a file on the page: it is uploaded, its columns are named, a dry run tells what is
wrong, rows are mended and chosen, and the chosen ones are imported; later it may be undone.

What takes long (the dry run, the import, its undoing) is only asked for here. `market.importing`
does it in the worker; `market.imports` knows files and rows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, delete, func, insert, select, update
from sqlmodel import Session, col

from market import rules
from market.errors import Invalid, NotAllowed, NotFound, Problem
from market.imports.checking import checked, write
from market.imports.guessing import joins, targets_of
from market.imports.mapped import Columns, label_of
from market.imports.mistakes import mending
from market.imports.repeats import mark
from market.imports.rows import Reading
from market.imports.sheets import Sheet
from market.models.enums import ImportState, Kind
from market.models.imports import Import, ImportRow
from market.models.organisations import Organisation
from market.queries.own import first_moves
from market.roles import Viewer, posts
from market.states import listings as states

MAX_CELL = 20_000
AT_WORK = (ImportState.CHECKING, ImportState.RUNNING, ImportState.UNDOING)
OPEN = (ImportState.UPLOADED, ImportState.CHECKED, ImportState.FAILED)
KEEP_OPEN, KEEP_ENDED = timedelta(days=30), timedelta(days=90)
THENS = ("", "publish", "submit")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was read: for which organisation, what kind of listing its rows are, its table
    and what its columns probably fill."""

    organisation_id: int
    kind: Kind
    name: str
    sheet: Sheet
    mapping: Sequence[str]


def source_of(organisation_id: int) -> str:
    """What stands as the source of listings that came with a number of their own."""
    return f"org:{organisation_id}"


def owner_of(session: Session, kind: Kind, organisation_id: int, viewer: Viewer) -> Organisation:
    """The organisation to import for. Raises NotAllowed where the viewer may not."""
    rules.require(viewer, "import.run", organisation_id)
    owner = session.get(Organisation, organisation_id)
    if owner is None or not viewer.holds(posts(kind), organisation_id):
        raise NotAllowed(states.owner_may_post.reason)
    if owner.merged_into_id is not None:
        raise NotAllowed(states.owner_is_not_merged.reason)
    return owner


def begin(session: Session, upload: Upload, viewer: Viewer, now: datetime) -> Import:
    """Keep the rows of a file. Nothing but the import itself is changed by it."""
    owner_of(session, upload.kind, upload.organisation_id, viewer)
    made = Import(
        organisation_id=upload.organisation_id, person_id=viewer.person_id or 0, kind=upload.kind,
        name=upload.name[:200], headings=list(upload.sheet.headings),
        mapping=remembered(session, upload) or list(upload.mapping),
        total=len(upload.sheet.rows), started_at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    plain: dict[str, Any] = {"import_id": made.id, "mended": {}, "problems": [], "resembles": []}
    rows = [plain | {"number": number, "cells": cells} for number, cells in upload.sheet.rows]
    session.connection().execute(insert(ImportRow), rows)
    return made


def remembered(session: Session, upload: Upload) -> list[str] | None:
    """What the same columns filled when the organisation last brought such a file."""
    query = (
        select(Import)
        .where(
            col(Import.organisation_id) == upload.organisation_id,
            col(Import.kind) == upload.kind,
            col(Import.state) != ImportState.UPLOADED,
        )
        .order_by(col(Import.id).desc())
        .limit(20)
    )
    same = (each for each in session.execute(query).scalars())
    found = next((each for each in same if each.headings == list(upload.sheet.headings)), None)
    return list(found.mapping) if found else None


def found(session: Session, id: int, viewer: Viewer, *states: ImportState) -> Import:
    """An import of an organisation that the viewer writes for, locked until the transaction ends;
    NotFound for everybody else, NotAllowed where it has moved on from these states."""
    row = session.get(Import, id) if 0 < id < 2**31 else None
    if row is None or not rules.may(viewer, "import.run", row.organisation_id):
        raise NotFound
    if states:
        session.refresh(row, with_for_update=True)
        if row.state not in states:
            raise NotAllowed(f"这次导入“{row.state.text}”，不能做这一步。请刷新页面看最新的状态。")
    return row


def name_columns(
    session: Session, row: Import, mapping: Sequence[str], viewer: Viewer, now: datetime
) -> None:
    """Say what each column fills, and have every row checked. What was mended stays."""
    _refuse_half_undone(row)
    problems = list(_mapping_problems(row, mapping))
    if problems:
        raise Invalid(problems)
    row.mapping = list(mapping)
    _ask_for(row, ImportState.CHECKING, viewer, now)
    session.add(row)


def _mapping_problems(row: Import, mapping: Sequence[str]) -> list[Problem]:
    if len(mapping) != len(row.headings):
        return [Problem("page", "列数和文件对不上，请刷新页面。")]
    known, found, first = targets_of(row.kind), [], {}  # type: ignore[var-annotated]
    for at, target in enumerate(mapping):
        if target and target not in known:
            found.append(Problem(f"column-{at}", "没有这一项，请重新选择。"))
        elif target and target in first and not joins(row.kind, target):
            label = label_of(row.kind, target)
            told = f"“{row.headings[first[target]]}”已经对应“{label}”，一项只能对应一列。"
            found.append(Problem(f"column-{at}", told))
        first.setdefault(target, at)
    if "title" not in first:
        found.append(Problem("column-0", "请指明哪一列是标题。"))
    return found


def mend(
    session: Session, row: Import, reading: Reading, given: Mapping[int, Mapping[str, str]],
) -> int:  # fmt: skip
    """Take what was typed instead of cells, by row and target, and check those rows again; how
    many are still wrong."""
    columns = Columns.of(row)
    query = select(ImportRow).where(
        col(ImportRow.import_id) == row.id, col(ImportRow.id).in_(given)
    )
    rows = [
        each for each in session.execute(query).scalars()
        if _take(columns, each, given[each.id or 0])
    ]  # fmt: skip
    session.flush()
    outcome = checked(columns, reading, rows)
    write(session, outcome)
    if rows:
        mark(session, row, anew={each.id or 0 for each in rows})
    session.expire_all()
    return sum(bool(each.problems) for each in outcome)


def mend_alike(
    session: Session, row: Import, reading: Reading, becomes: Mapping[tuple[str, str], str],
) -> tuple[int, int]:  # fmt: skip
    """Mend the same mistake wherever it is: what (target, text) becomes. How many rows were
    mended, and how many of them are still wrong."""
    changing = {key: text.strip() for key, text in becomes.items() if text.strip() != key[1]}
    given = mending(session, row, changing) if changing else {}
    return len(given), mend(session, row, reading, given) if given else 0


def _take(columns: Columns, row: ImportRow, given: Mapping[str, str]) -> bool:
    shown, known = columns.shown(row), targets_of(columns.kind)
    typed = {
        target: text.replace("\r\n", "\n").strip()[:MAX_CELL]
        for target, text in given.items()
        if target in known
    }
    differing = {
        target: text for target, text in typed.items()
        if text != shown.get(target, "").replace("\r\n", "\n").strip()
    }  # fmt: skip
    if differing:
        row.mended = {**row.mended, **differing}
    return bool(differing)


def choose(session: Session, row: Import, shown: Collection[int], chosen: Collection[int]) -> None:
    """Of the rows that were shown, exactly the chosen ones are imported, as far as they can be."""
    of_these = (col(ImportRow.import_id) == row.id, col(ImportRow.id).in_(shown))
    wanted = case((col(ImportRow.id).in_(chosen), ~col(ImportRow.is_wrong)), else_=False)
    session.execute(update(ImportRow).where(*of_these).values(chosen=wanted))


def choose_all(session: Session, row: Import, which: str) -> None:
    """Choose every row without mistakes (`all`), those that repeat nothing (`fine`), or none."""
    wanted: Any = False
    if which in ("all", "fine"):
        wanted = ~col(ImportRow.is_wrong)
        wanted = wanted & ~col(ImportRow.is_repeated) if which == "fine" else wanted
    session.execute(
        update(ImportRow).where(col(ImportRow.import_id) == row.id).values(chosen=wanted)
    )


def start(session: Session, row: Import, then: str, viewer: Viewer, now: datetime) -> None:
    """Have the chosen rows imported."""
    owner = owner_of(session, row.kind, row.organisation_id, viewer)
    allowed = {move.name for move in first_moves(row.kind, [owner], viewer, now)}
    if then not in THENS or (then and then not in allowed):
        raise NotAllowed("新内容现在不能这样处理，请刷新页面后重新选择。")
    chosen = (col(ImportRow.import_id) == row.id, col(ImportRow.chosen), ~col(ImportRow.is_wrong))
    numbers = select(func.count(col(ImportRow.id))).where(*chosen)
    row.total = session.execute(numbers).scalar() or 0
    if not row.total:
        raise Invalid([Problem("page", "还没有选中可以导入的行。")])
    _refuse_twice(session, chosen)
    row.then = then
    _ask_for(row, ImportState.RUNNING, viewer, now)
    session.add(row)


def _refuse_twice(session: Session, chosen: Sequence[Any]) -> None:
    """Two rows of one number would be two listings of one number."""
    number = col(ImportRow.source_id)
    twice = (
        select(number).where(*chosen, number != "").group_by(number).having(func.count() > 1)
    ).limit(1)
    named = session.execute(twice).scalar()
    if named is not None:
        raise Invalid([Problem("page", f"选中的行里有几行编号都是“{named}”，请只选其中一行。")])


def undo(session: Session, row: Import, viewer: Viewer, now: datetime) -> None:
    """Have an import undone, as far as nobody has gone on from it."""
    any_row = select(col(ImportRow.id)).where(col(ImportRow.import_id) == row.id).limit(1)
    if session.execute(any_row).scalar() is None:
        raise NotAllowed(f"导入已超过 {KEEP_ENDED.days} 天，不能再整批撤销，请逐条处理。")
    _ask_for(row, ImportState.UNDOING, viewer, now)
    session.add(row)


def retry(session: Session, row: Import, viewer: Viewer, now: datetime) -> None:
    """Have that done once more which was not possible before."""
    _ask_for(row, ImportState(row.failed_in or ImportState.CHECKING), viewer, now)
    session.add(row)


def drop(session: Session, row: Import, now: datetime) -> None:
    """Give an import up that has changed nothing. What is kept of it is that there was one."""
    _refuse_half_undone(row)
    row.state, row.ended_at = ImportState.DROPPED, now
    session.add(row)
    forget_rows(session, [row.id or 0])


def forget_rows(session: Session, ids: Collection[int]) -> None:
    """Delete the rows of imports that are over."""
    session.execute(delete(ImportRow).where(col(ImportRow.import_id).in_(ids)))


def forget(session: Session, now: datetime) -> int:
    """Let go of what nobody will need: rows of imports that ended long ago, which can no longer be
    undone then, and files whose import was never begun. How many imports."""
    ended = col(Import.ended_at) < now - KEEP_ENDED
    left = col(Import.state).in_(OPEN) & (col(Import.started_at) < now - KEEP_OPEN)
    left &= col(Import.failed_in) != ImportState.UNDOING.value
    has_rows = select(col(ImportRow.id)).where(col(ImportRow.import_id) == col(Import.id)).exists()
    old = list(session.execute(select(Import).where(ended | left, has_rows)).scalars())
    for row in old:
        if row.state in OPEN and row.failed_in != ImportState.UNDOING.value:
            row.state, row.ended_at = ImportState.DROPPED, now
    forget_rows(session, [row.id or 0 for row in old])
    return len(old)


def _refuse_half_undone(row: Import) -> None:
    """What was imported is still there: begun anew, every row would be stored twice."""
    if row.state is ImportState.FAILED and row.failed_in == ImportState.UNDOING.value:
        raise NotAllowed("这次导入的内容已经写入，只是撤销没有完成。请先再试一次撤销。")


def _ask_for(row: Import, state: ImportState, viewer: Viewer, now: datetime) -> None:
    """Whoever asks is whom the worker acts for, and whom the record of changes names."""
    row.person_id = viewer.person_id or row.person_id
    row.state, row.done, row.tries = state, 0, 0
    row.heartbeat_at, row.message, row.failed_in = now, "", ""

"""Bringing in many needs or achievements from a file: upload, columns, dry run, rows to mend, the
import with its progress, and its undoing. Slow work is done by the worker; a page that is loaded
again shows how far it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from market.actions import imports
from market.actions.imports import Upload
from market.errors import Invalid, Problem
from market.files import clean_name
from market.importing import FULL, is_full, page_reading
from market.imports import sheets
from market.imports.guessing import guessed
from market.imports.run import reading_for
from market.models import ImportState, Kind
from market.queries.imports import (
    import_owners,
    import_page,
    import_row,
    import_rows,
    imports_of,
)
from market.roles import Viewer
from web.deps import Db, Now, Posted, Tx, limited, may
from web.forms.imports import Wanted, alike_of, mapping_of, typed, wanted
from web.forms.organisations import entered, files_of, whole
from web.refusals import told
from web.render import go, page

router = APIRouter()
Importer = Annotated[Viewer, Depends(may("import.run"))]
WRITES = [Depends(limited("write"))]
GUESSED_FROM = 60
S = ImportState


@router.get("/imports")
def index(request: Request, session: Db, viewer: Importer, now: Now) -> HTMLResponse:
    chosen = wanted(request.query_params)
    return _index(request, session, viewer, now, chosen)


@router.post("/imports", dependencies=[Depends(limited("upload"))])
def upload(request: Request, given: Posted, session: Tx, viewer: Importer, now: Now) -> Response:
    chosen = wanted(given)
    with told(session) as problems, _room():
        name, sheet, kind = _file(given, chosen)
        imports.owner_of(session, kind, chosen.organisation_id, viewer)
        reading = reading_for(session, kind, "", now)
        cells = [row for _, row in sheet.rows[:GUESSED_FROM]]
        mapping = guessed(kind, sheet.headings, cells, reading.fields, reading.divisions)
        draft = Upload(chosen.organisation_id, kind, name, sheet, mapping)
        made = imports.begin(session, draft, viewer, now)
    if problems:
        return _index(request, session, viewer, now, chosen, problems)
    return go(request, f"/imports/{made.id}")


@router.get("/imports/{id}")
def show(request: Request, id: int, session: Db, viewer: Importer, now: Now) -> HTMLResponse:
    return _show(request, session, id, viewer, now)


@router.get("/imports/{id}/columns")
def open_columns(
    request: Request, id: int, session: Db, viewer: Importer, now: Now
) -> HTMLResponse:
    imports.found(session, id, viewer, S.UPLOADED, S.CHECKED, S.FAILED)
    return _show(request, session, id, viewer, now, naming=True)


@router.post("/imports/{id}/columns", dependencies=WRITES)
def name_columns(
    request: Request, id: int, given: Posted, session: Tx, viewer: Importer, now: Now
) -> Response:
    with told(session) as problems:
        row = imports.found(session, id, viewer, S.UPLOADED, S.CHECKED, S.FAILED)
        mapping = mapping_of(given, len(row.headings))
        imports.name_columns(session, row, mapping, viewer, now)
    if problems:
        return _show(request, session, id, viewer, now, problems, naming=True, mapping=mapping)
    return go(request, f"/imports/{id}")


@router.post("/imports/{id}/rows", dependencies=WRITES)
def mend(
    request: Request, id: int, given: Posted, session: Tx, viewer: Importer, now: Now
) -> Response:
    form, seen = typed(given), entered(given, "shelf", "page")
    with told(session) as problems:
        row = imports.found(session, id, viewer, S.CHECKED)
        imports.choose(session, row, form.shown, form.chosen)
        left = imports.mend(session, row, page_reading(session, row, now), form.cells)
        if form.do in ("all", "fine", "none"):
            imports.choose_all(session, row, form.do)
    if problems:
        return _show(request, session, id, viewer, now, problems)
    back = urlencode({"shelf": seen["shelf"] or "all", "page": whole(seen["page"]) or 1})
    return go(request, f"/imports/{id}?{back}#rows", _said(form.do, left))


@router.post("/imports/{id}/alike", dependencies=WRITES)
def mend_alike(
    request: Request, id: int, given: Posted, session: Tx, viewer: Importer, now: Now
) -> Response:
    with told(session) as problems:
        row = imports.found(session, id, viewer, S.CHECKED)
        reading = page_reading(session, row, now)
        mended, left = imports.mend_alike(session, row, reading, alike_of(given))
    if problems:
        return _show(request, session, id, viewer, now, problems)
    return go(request, f"/imports/{id}?shelf=wrong#rows", _alike_said(mended, left))


@router.get("/imports/{id}/rows/{number}")
def open_row(
    request: Request, id: int, number: int, session: Db, viewer: Importer, now: Now
) -> HTMLResponse:
    return _row(request, session, id, number, viewer, now)


@router.post("/imports/{id}/rows/{number}", dependencies=WRITES)
def mend_row(
    request: Request, id: int, number: int, given: Posted, session: Tx, viewer: Importer, now: Now
) -> Response:
    with told(session) as problems:
        row = imports.found(session, id, viewer, S.CHECKED)
        left = imports.mend(session, row, page_reading(session, row, now), typed(given).cells)
    if problems:
        return _row(request, session, id, number, viewer, now, problems)
    if left:
        return go(request, f"/imports/{id}/rows/{number}", "已保存，这一行还有错误。")
    return go(request, f"/imports/{id}?shelf=wrong#rows", f"第 {number} 行已保存。")


@router.post("/imports/{id}/run", dependencies=WRITES)
def run(
    request: Request, id: int, given: Posted, session: Tx, viewer: Importer, now: Now
) -> Response:
    with told(session) as problems:
        row = imports.found(session, id, viewer, S.CHECKED)
        imports.start(session, row, entered(given, "then")["then"], viewer, now)
    if problems:
        return _show(request, session, id, viewer, now, problems)
    return go(request, f"/imports/{id}")


@router.post("/imports/{id}/undo", dependencies=WRITES)
def undo(request: Request, id: int, session: Tx, viewer: Importer, now: Now) -> Response:
    with told(session) as problems:
        imports.undo(session, imports.found(session, id, viewer, S.DONE), viewer, now)
    return _done(request, session, id, viewer, now, problems)


@router.post("/imports/{id}/retry", dependencies=WRITES)
def retry(request: Request, id: int, session: Tx, viewer: Importer, now: Now) -> Response:
    with told(session) as problems:
        imports.retry(session, imports.found(session, id, viewer, S.FAILED), viewer, now)
    return _done(request, session, id, viewer, now, problems)


@router.post("/imports/{id}/drop", dependencies=WRITES)
def drop(request: Request, id: int, session: Tx, viewer: Importer, now: Now) -> Response:
    with told(session) as problems:
        row = imports.found(session, id, viewer, S.UPLOADED, S.CHECKED, S.FAILED)
        imports.drop(session, row, now)
    if problems:
        return _show(request, session, id, viewer, now, problems)
    return go(request, "/imports", f"已放弃“{row.name}”，没有导入任何内容。")


@contextmanager
def _room() -> Iterator[None]:
    """A disk without room is told, not answered with a fault."""
    try:
        yield
    except (OSError, DBAPIError) as error:
        if not is_full(error):
            raise
        raise Invalid([Problem("page", FULL)]) from error


def _file(given: Posted, chosen: Wanted) -> tuple[str, sheets.Sheet, Kind]:
    """The file's table, and what it holds. Raises Invalid with everything that is missing."""
    files, problems = files_of(given, "file"), []
    if not files:
        problems.append(Problem("file", "请先选择文件。"))
    if chosen.kind is None:
        problems.append(Problem("kind", "请选择导入需求还是成果。"))
    if not chosen.organisation_id:
        problems.append(Problem("organisation", "请选择为哪个单位导入。"))
    if problems or chosen.kind is None:
        raise Invalid(problems)
    name = clean_name(files[0][0])
    return name, sheets.read(name, files[0][1]), chosen.kind


def _index(
    request: Request, session: Session, viewer: Viewer, now: Any, chosen: Wanted,
    problems: Sequence[Problem] = (),
) -> HTMLResponse:  # fmt: skip
    data = request.app.state.settings.data
    owners = import_owners(session, viewer)
    bodies = {body.id: body for held in owners.values() for body in held}
    return page(
        request, "imports/index.html", 422 if problems else 200, problems=problems,
        chosen=chosen, owners=owners, bodies=list(bodies.values()), now=now,
        found=imports_of(session, viewer, now, data),
    )  # fmt: skip


def _show(
    request: Request, session: Session, id: int, viewer: Viewer, now: Any,
    problems: Sequence[Problem] = (), *, naming: bool = False, mapping: Sequence[str] = (),
) -> HTMLResponse:  # fmt: skip
    session.expire_all()
    asked = entered(request.query_params, "shelf", "page")
    found = import_page(session, id, viewer, now, request.app.state.settings.data)
    rows = import_rows(session, id, viewer, asked["shelf"], whole(asked["page"]) or 1)
    return page(
        request, "imports/show.html", 422 if problems else 200, problems=problems, found=found,
        rows=rows, naming=naming or found.line.state is S.UPLOADED, mapping=list(mapping), now=now,
    )  # fmt: skip


def _row(
    request: Request, session: Session, id: int, number: int, viewer: Viewer, now: Any,
    problems: Sequence[Problem] = (),
) -> HTMLResponse:  # fmt: skip
    """The whole row, with what is wrong in it."""
    found = import_page(session, id, viewer, now, request.app.state.settings.data)
    row = import_row(session, id, number, viewer)
    wrong = [Problem(f"cell-{row.id}-{cell.target}", cell.reason) for cell in row.wrong]
    return page(
        request, "imports/row.html", 422 if problems else 200, problems=problems or wrong,
        found=found, row=row,
    )  # fmt: skip


def _done(
    request: Request, session: Session, id: int, viewer: Viewer, now: Any,
    problems: Sequence[Problem],
) -> Response:  # fmt: skip
    if problems:
        return _show(request, session, id, viewer, now, problems)
    return go(request, f"/imports/{id}")


def _alike_said(mended: int, left: int) -> str:
    if not mended:
        return "没有改动：填的和原来一样。"
    return f"已改 {mended} 行" + (f"，其中 {left} 行还有错误。" if left else "，都没有错误了。")


def _said(do: str, left: int) -> str:
    told = {"all": "已选中全部没有错误的行。", "fine": "已选中没有错误、也不重复的行。",
            "none": "已取消全部选择。"}  # fmt: skip
    if do in told:
        return told[do]
    return f"已保存，其中 {left} 行还有错误。" if left else "已保存。"

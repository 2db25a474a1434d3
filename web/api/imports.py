"""Bringing in a file as a program: upload, columns, rows to mend, the import, its undoing. Checks
and the import itself are the worker's; `state` says when one is through."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from market.actions import imports
from market.actions.imports import Upload
from market.errors import Invalid, Problem
from market.files import clean_name
from market.importing import page_reading
from market.imports import sheets
from market.imports.guessing import guessed
from market.imports.run import reading_for
from market.models import ImportState, Kind
from market.queries.imports import ImportLine, RowView, import_page, import_rows, imports_of
from market.roles import Viewer
from web.api.models import KindName, example
from web.api.once import Once
from web.deps import Db, Now, Posted, Tx, limited, may
from web.forms.imports import wanted
from web.forms.organisations import files_of

router = APIRouter(prefix="/imports", tags=["批量导入"], route_class=Once)
Importer = Annotated[Viewer, Depends(may("import.run"))]
Id = Annotated[int, Path(ge=1, lt=2**31)]
WRITES = [Depends(limited("write"))]
GUESSED_FROM = 60
S = ImportState
UPLOAD: dict[str, Any] = {"requestBody": {"required": True, "content": {"multipart/form-data": {
    "schema": {"type": "object", "required": ["file", "kind", "organisation"], "properties": {
        "file": {"type": "string", "format": "binary", "description": "xlsx、csv 或 jsonl"},
        "kind": {"type": "string", "enum": [kind.value for kind in Kind]},
        "organisation": {"type": "integer", "description": "为哪个单位导入"},
    }},
}}}}  # fmt: skip


class ImportOut(BaseModel):
    """一次导入。state：uploaded 待确认列、checking 正在检查、checked 待导入、running 正在导入、
    done 已导入、undoing 正在撤销、undone 已撤销、failed 未完成（见 message）、dropped 已放弃。"""

    model_config = example(
        id=7, kind="need", name="需求.xlsx", state="checked", organisation=3, total=500, done=500,
        created=0, changed=0, message="", started_at="2026-11-20T02:00:00Z", ended_at=None,
    )  # fmt: skip
    id: int
    kind: KindName
    name: str
    state: ImportState
    organisation: int
    total: int
    done: int
    created: int
    changed: int
    message: str
    started_at: datetime
    ended_at: datetime | None


class ImportColumnOut(BaseModel):
    """文件的一列；target 是它填的那一项，空的不导入。"""

    heading: str = Field(examples=["需求名称"])
    samples: list[str]
    target: str = Field(examples=["title"])


class ImportDetailOut(ImportOut):
    """一次导入，和它的列、行数。"""

    columns: list[ImportColumnOut]
    targets: dict[str, str] = Field(description="一列可以填的各项")
    counts: dict[str, int] = Field(description="全部、有错、重复、可导入、已选等行数")


class ImportRowOut(BaseModel):
    """一行。wrong 是各格的问题，resembles 是与它重复的内容。"""

    id: int
    number: int = Field(description="在文件里的行号")
    title: str
    wrong: list[dict[str, str]]
    resembles: list[dict[str, Any]]
    is_wrong: bool
    is_repeated: bool
    chosen: bool
    listing_id: int | None


class ImportRowsOut(BaseModel):
    """一页行。"""

    items: list[ImportRowOut]
    total: int
    page: int
    pages: int


class MappingIn(BaseModel):
    """每一列填哪一项，按列的次序，不导入的列写空字符串。"""

    model_config = ConfigDict(extra="forbid", **example(mapping=["source_id", "title", "", "body"]))
    mapping: list[Annotated[str, Field(max_length=40)]] = Field(max_length=400)


class RowsIn(BaseModel):
    """cells：按行的 id 和项改写单元格，改过的行重新检查。choose：选中哪些行。"""

    model_config = ConfigDict(extra="forbid", **example(
        cells={"81": {"readiness": "7"}}, choose="fine"
    ))  # fmt: skip
    cells: dict[int, dict[str, Annotated[str, Field(max_length=imports.MAX_CELL)]]] = {}
    choose: Literal["all", "fine", "none"] | None = Field(
        None, description="all 没有错的都选，fine 没有错也不重复的，none 都不选"
    )


class RunIn(BaseModel):
    """then：空的存为草稿，publish 发布，submit 送审。"""

    model_config = ConfigDict(extra="forbid", **example(then=""))
    then: Literal["", "publish", "submit"] = ""


@router.get("", summary="本单位的导入")
def index(request: Request, session: Db, viewer: Importer, now: Now) -> list[ImportOut]:
    data = request.app.state.settings.data
    return [ImportOut(**_line(line)) for line in imports_of(session, viewer, now, data)]


@router.post(
    "", status_code=201, summary="上传要导入的文件", dependencies=[Depends(limited("upload"))],
    openapi_extra=UPLOAD,
)  # fmt: skip
def upload(
    request: Request, given: Posted, session: Tx, viewer: Importer, now: Now
) -> ImportDetailOut:
    chosen, files = wanted(given), files_of(given, "file")
    if len(files) != 1 or chosen.kind is None or not chosen.organisation_id:
        raise Invalid([Problem("file", "请用 multipart/form-data 传 file、kind 和 organisation。")])
    name = clean_name(files[0][0])
    sheet = sheets.read(name, files[0][1])  # before the transaction holds anything
    imports.owner_of(session, chosen.kind, chosen.organisation_id, viewer)
    reading = reading_for(session, chosen.kind, "", now)
    cells = [row for _, row in sheet.rows[:GUESSED_FROM]]
    mapping = guessed(chosen.kind, sheet.headings, cells, reading.fields, reading.divisions)
    draft = Upload(chosen.organisation_id, chosen.kind, name, sheet, mapping)
    return _detail(request, session, imports.begin(session, draft, viewer, now).id, viewer, now)


@router.get("/{id}", summary="一次导入")
def show(request: Request, id: Id, session: Db, viewer: Importer, now: Now) -> ImportDetailOut:
    return _detail(request, session, id, viewer, now)


@router.patch("/{id}", summary="指明各列填哪一项，并开始检查", dependencies=WRITES)
def name_columns(
    request: Request, id: Id, given: MappingIn, session: Tx, viewer: Importer, now: Now
) -> ImportDetailOut:
    row = imports.found(session, id, viewer, S.UPLOADED, S.CHECKED, S.FAILED)
    imports.name_columns(session, row, given.mapping, viewer, now)
    return _detail(request, session, id, viewer, now)


@router.get("/{id}/rows", summary="导入的各行")
def rows(
    id: Id, session: Db, viewer: Importer,
    shelf: Literal["all", "wrong", "repeated", "fine", "chosen", "changing"] = "all",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> ImportRowsOut:  # fmt: skip
    found = import_rows(session, id, viewer, shelf, page)
    return ImportRowsOut(
        items=[_row(row) for row in found.rows], total=found.count, page=found.page,
        pages=found.pages,
    )  # fmt: skip


@router.patch("/{id}/rows", summary="改写单元格、选择行", dependencies=WRITES)
def mend(
    request: Request, id: Id, given: RowsIn, session: Tx, viewer: Importer, now: Now
) -> ImportDetailOut:
    row = imports.found(session, id, viewer, S.CHECKED)
    imports.mend(session, row, page_reading(session, row, now), given.cells)
    if given.choose:
        imports.choose_all(session, row, given.choose)
    return _detail(request, session, id, viewer, now)


@router.post("/{id}/run", status_code=202, summary="导入选中的行", dependencies=WRITES)
def run(
    request: Request, id: Id, given: RunIn, session: Tx, viewer: Importer, now: Now
) -> ImportDetailOut:
    imports.start(session, imports.found(session, id, viewer, S.CHECKED), given.then, viewer, now)
    return _detail(request, session, id, viewer, now)


@router.post("/{id}/undo", status_code=202, summary="撤销一次导入", dependencies=WRITES)
def undo(request: Request, id: Id, session: Tx, viewer: Importer, now: Now) -> ImportDetailOut:
    imports.undo(session, imports.found(session, id, viewer, S.DONE), viewer, now)
    return _detail(request, session, id, viewer, now)


@router.post("/{id}/retry", status_code=202, summary="再试一次", dependencies=WRITES)
def retry(request: Request, id: Id, session: Tx, viewer: Importer, now: Now) -> ImportDetailOut:
    imports.retry(session, imports.found(session, id, viewer, S.FAILED), viewer, now)
    return _detail(request, session, id, viewer, now)


@router.delete("/{id}", status_code=204, summary="放弃一次还没有导入的", dependencies=WRITES)
def drop(id: Id, session: Tx, viewer: Importer, now: Now) -> Response:
    row = imports.found(session, id, viewer, S.UPLOADED, S.CHECKED, S.FAILED)
    imports.drop(session, row, now)
    return Response(status_code=204)


def _detail(
    request: Request, session: Session, id: int | None, viewer: Viewer, now: datetime
) -> ImportDetailOut:
    session.flush()
    found = import_page(session, id or 0, viewer, now, request.app.state.settings.data)
    counts = {name: getattr(found.counts, name) for name in found.counts.__slots__}
    return ImportDetailOut(
        **_line(found.line), targets=dict(found.targets), counts=counts,
        columns=[
            ImportColumnOut(heading=c.heading, samples=list(c.samples), target=c.target)
            for c in found.columns
        ],
    )  # fmt: skip


def _line(line: ImportLine) -> dict[str, Any]:
    values = {n: getattr(line, n) for n in ImportOut.model_fields if n not in ("organisation",)}
    return {**values, "kind": line.kind.value, "organisation": line.organisation_id}


def _row(row: RowView) -> ImportRowOut:
    return ImportRowOut(
        id=row.id, number=row.number, title=row.title,
        wrong=[{"target": c.target, "text": c.text, "reason": c.reason} for c in row.wrong],
        resembles=[dict(each) for each in row.resembles], is_wrong=row.is_wrong,
        is_repeated=row.is_repeated, chosen=row.chosen, listing_id=row.listing_id,
    )  # fmt: skip

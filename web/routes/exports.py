"""Lists as files to take away, and the workbook that an import begins with. Filters are those of
the page that the list is on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from market.calendar import day_of
from market.errors import Invalid, NotFound
from market.exports import FORMATS, Sheet, write, write_template
from market.models import Kind
from market.queries.exports import listed_rows, own_rows, saved_rows
from market.queries.places import DivisionNode, FieldNode
from market.roles import Viewer
from web.deps import Db, Names, Now, limited, may
from web.forms import listing_form
from web.sheets import file_download
from web.sides import FOLDERS, Side, both

router = APIRouter()
Taker = Annotated[Viewer, Depends(may("export.listed"))]
Insider = Annotated[Viewer, Depends(may("export.own"))]
Keeper = Annotated[Viewer, Depends(may("saved.use"))]
Wanted = Annotated[Kind | None, Query()]
EXPORTS = [Depends(limited("export"))]
IN_MEMORY = 4 * 2**20
"""Bytes of a file that are kept in memory; what is larger waits on the disk."""


@both(router, "GET", "/export.{format}", dependencies=EXPORTS)
def export_list(
    request: Request, kind: Side, format: str, session: Db, viewer: Taker, places: Names, now: Now
) -> Response:
    form = listing_form(kind, FOLDERS[kind], request.query_params, places)
    if form.problems:
        raise Invalid(form.problems)
    rows = listed_rows(session, form.filter, viewer)
    return exported(request, format, [Sheet(kind, rows)], kind.text, now)


@router.get("/desk/listings/export.{format}", dependencies=EXPORTS)
def export_own(
    request: Request, format: str, session: Db, viewer: Insider, now: Now, kind: Wanted = None
) -> Response:
    sheets = [Sheet(each, own_rows(session, each, viewer)) for each in ((kind and [kind]) or Kind)]
    return exported(request, format, sheets, "本单位的内容", now)


@router.get("/lists/{id}/export.{format}", dependencies=EXPORTS)
def export_saved(
    request: Request, id: int, format: str, session: Db, viewer: Keeper, now: Now,
    kind: Wanted = None,
) -> Response:  # fmt: skip
    kinds = [kind] if kind else list(Kind)
    sheets = [Sheet(each, saved_rows(session, id, each, viewer)) for each in kinds]
    return exported(request, format, sheets, "收藏", now)


@router.get("/imports/template/{kind}.xlsx")
def template(kind: Kind, places: Names, viewer: Taker) -> Response:
    file = _empty()
    write_template(kind, _coded(places.fields), _coded(places.divisions), file)
    return file_download(file, f"{kind.text}-导入模板.xlsx", FORMATS["xlsx"].media_type)


def exported(
    request: Request, format: str, sheets: Sequence[Sheet], name: str, now: datetime
) -> Response:
    """The file of these sheets. It is written before the answer begins, so that what goes wrong is
    told and no half of a file is taken for the whole."""
    chosen = FORMATS.get(format)
    if chosen is None or (len(sheets) > 1 and not chosen.holds_both):
        raise NotFound
    file = _empty()
    write(format, sheets, file, request.app.state.settings.address)
    return file_download(file, f"{name}-{day_of(now):%Y%m%d}.{format}", chosen.media_type)


def _empty() -> IO[bytes]:
    return SpooledTemporaryFile(IN_MEMORY)


def _coded(nodes: Sequence[FieldNode] | Sequence[DivisionNode]) -> list[tuple[str, str]]:
    """Codes and names of a tree, each node before those under it."""
    return [each for node in nodes for each in [(node.code, node.name), *_coded(node.children)]]

"""The versions of a listing as JSON, and bringing one back; for its members and the bureau."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from fastapi.exceptions import HTTPException
from pydantic import BaseModel, Field

from market.actions.posting import Outdated
from market.actions.restoring import restore
from market.queries.history import history
from market.roles import Viewer
from web.api.models import example
from web.api.once import Once
from web.api.posting import own_out
from web.api.posting_models import OwnListingOut
from web.api.versions import IfMatch, version_of
from web.deps import Db, Now, Reader, Tx, limited, may
from web.sides import Side, both

router = APIRouter(tags=["版本"], route_class=Once)
Writer = Annotated[Viewer, Depends(may("listing.write"))]


class VersionOut(BaseModel):
    """一个版本。changed 是与前一版不同的各项，第一版为 null。"""

    model_config = example(
        version=2, at="2026-11-20T02:00:00Z", author="林晓", is_import=False, changed=["摘要"],
        is_current=True,
    )  # fmt: skip
    version: int
    at: datetime
    author: str
    is_import: bool
    changed: list[str] | None
    is_current: bool


class HistoryOut(BaseModel):
    """各个版本，新的在前。"""

    versions: list[VersionOut]
    total: int
    before: int | None = Field(description="更早的版本用 before 取")


@both(router, "GET", "/{id}/history", summary="{}的版本，只有本单位和主管部门能看")
def versions(
    id: int, kind: Side, session: Db, viewer: Reader,
    before: Annotated[int | None, Query(ge=1, lt=2**31)] = None,
) -> HistoryOut:  # fmt: skip
    found = history(session, kind, id, viewer, before)
    rows = [
        VersionOut(
            version=row.version, at=row.at, author=row.author, is_import=row.is_import,
            changed=row.changed, is_current=row.is_current,
        )
        for row in found.versions
    ]  # fmt: skip
    return HistoryOut(versions=rows, total=found.total, before=found.before)


@both(
    router, "POST", "/{id}/history/{version}/restore", summary="恢复{}以前的一版，成为新的一版",
    dependencies=[Depends(limited("write"))],
)  # fmt: skip
def bring_back(
    id: int, version: int, kind: Side, session: Tx, viewer: Writer, now: Now, answer: Response,
    if_match: IfMatch = "",
) -> OwnListingOut:  # fmt: skip
    try:
        row = restore(session, kind, id, version, version_of(if_match), viewer, now)
    except Outdated as error:
        raise HTTPException(412, error.problems[0].reason) from error
    return own_out(session, row, viewer, now, answer)

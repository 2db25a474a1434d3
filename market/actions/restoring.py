"""Bringing back what a listing said in an older version: a change like any other, so that nothing
is lost by it and it can be taken back in turn."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from market.actions import posting
from market.models.enums import Kind
from market.models.listings import Listing
from market.queries.history import draft_of, version_of
from market.roles import Viewer

OVERTAKEN = "刚刚有人保存了新的一版，下面是与它的差别。请看过再决定是否恢复。"


def restore(
    session: Session, kind: Kind, id: int, version: int, current: int, viewer: Viewer,
    now: datetime,
) -> Listing:  # fmt: skip
    """Have the listing say again what it said in `version`, who may read it included. `current` is
    the version that the viewer saw as the present one. Raises Outdated where it no longer is,
    Invalid where what it said then is not allowed today."""
    row = posting.open_to_change(session, kind, id, viewer)
    draft = draft_of(row, version_of(session, row, version))
    try:
        posting.edit(session, row, draft, current, viewer, now)
    except posting.Outdated as error:
        raise posting.Outdated(error.version, OVERTAKEN) from error
    return row

"""What somebody is still writing; nobody else sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from market.errors import NotFound
from market.models.enums import Kind
from market.models.sketches import Sketch
from market.roles import Viewer

DONE = "done"
"""The step of a sketch that became a listing: it stays for a while, so that whoever presses the
button twice, or comes back to its address, is led to the listing."""
MOST = 30


@dataclass(frozen=True, slots=True)
class UnfinishedRow:
    """Something that was begun. `title` is what was typed, or nothing; `listing_id` the listing
    that it changes or was stored as."""

    code: str
    kind: Kind
    title: str
    step: str
    listing_id: int | None
    saved_at: datetime


def own_sketch(session: Session, code: str, viewer: Viewer) -> Sketch:
    """One's own sketch. Raises NotFound."""
    row = session.exec(select(Sketch).where(Sketch.code == code)).first()
    if row is None or viewer.person_id is None or row.person_id != viewer.person_id:
        raise NotFound
    return row


def unfinished(
    session: Session, viewer: Viewer, kind: Kind | None = None
) -> Sequence[UnfinishedRow]:
    """What the viewer has begun and not finished, the latest first; what was only opened is not
    among it."""
    query = select(Sketch).where(
        Sketch.person_id == (viewer.person_id or 0), col(Sketch.step) != DONE,
        col(Sketch.revision) > 1,
    )  # fmt: skip
    if kind is not None:
        query = query.where(Sketch.kind == kind)
    rows = session.exec(query.order_by(col(Sketch.saved_at).desc()).limit(MOST))
    return [
        UnfinishedRow(row.code, row.kind, _title(row), row.step, row.listing_id, row.saved_at)
        for row in rows
    ]


def _title(row: Sketch) -> str:
    values = row.entered.get("title") or [""]
    return " ".join(str(values[-1]).split())

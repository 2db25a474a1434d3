"""Technology fields and divisions come from data files; recording them again updates them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from market import rules
from market.models.places import Division, Field
from market.roles import Viewer


def record(session: Session, places: Sequence[Field] | Sequence[Division], viewer: Viewer) -> None:
    """Store fields or divisions; one whose code is known is updated. A parent's code sorts
    before those of its children, so the parent is stored first."""
    rules.require(viewer, "place.record")
    for place in sorted(places, key=lambda place: place.code):
        session.merge(place)
    session.flush()

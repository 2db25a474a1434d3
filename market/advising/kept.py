"""What advice needs and what is the same for everybody for a while, kept in each process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from sqlmodel import Session, select

from market.matchmaking import Matcher, Matchmaker, field_names
from market.models.enums import Kind
from market.models.places import Field
from market.queries.figures import Figure, best_scores

AGE = timedelta(minutes=10)


@dataclass(frozen=True)
class Kept:
    """Made at a time: fields by code with their names, an index of them, and figures by kind."""

    at: datetime
    names: Mapping[str, str]
    fields: Matcher
    figures: Mapping[Kind, Mapping[str, Figure]]


_KEPT: WeakKeyDictionary[Matchmaker, Kept] = WeakKeyDictionary()


def kept(session: Session, matchmaker: Matchmaker, now: datetime) -> Kept:
    """What was made in the last minutes, or is made now."""
    found = _KEPT.get(matchmaker)
    if found is None or not found.at <= now < found.at + AGE:
        found = _KEPT[matchmaker] = _made(session, now)
    return found


def _made(session: Session, now: datetime) -> Kept:
    fields = list(session.exec(select(Field)))
    leaves = {f.code: (f.name, f.definition) for f in fields if f.parent_code is not None}
    return Kept(
        now, {f.code: f.name for f in fields}, field_names(leaves),
        {kind: best_scores(session, kind) for kind in Kind},
    )  # fmt: skip

"""What the demo accounts have done: answers to suggestions, saved lists, something half written.
All of it goes with the accounts when the demo is purged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from market.actions import answers, saved, sketches
from market.actions.answers import AnswerDraft
from market.errors import NotFound
from market.models import TABLES, Kind, Person
from market.models.answers import Answer
from market.models.enums import AnswerReason
from market.models.saved import SavedList
from market.models.sketches import Sketch
from market.queries.people import viewer_for
from market.roles import Viewer
from seeds.load import SOURCE

FILE = Path(__file__).parent / "activity.jsonl"
DOMAIN = "@example.invalid"


def load(session: Session, now: datetime) -> int:
    """Bring in what the file tells of accounts that have done nothing yet; how many things. What
    people who try the demo do with these accounts is never touched."""
    rows, viewers = list(_lines()), {}
    for name in dict.fromkeys(row["person"] for row in rows):
        viewer = _newcomer(session, name + DOMAIN)
        if viewer is not None:
            viewers[name] = viewer
    kept = [row for row in rows if row["person"] in viewers]
    for row in kept:
        with suppress(NotFound):
            _do(session, row, viewers[row["person"]], now)
    return len(kept)


def _lines() -> Iterator[dict[str, Any]]:
    for line in FILE.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def _newcomer(session: Session, email: str) -> Viewer | None:
    """The demo account, if it is there and has left no trace."""
    query = select(Person).where(col(Person.email) == email, col(Person.is_demo))
    person = session.exec(query).first()
    if person is None:
        return None
    for table in (Answer, SavedList, Sketch):
        if session.exec(select(table.id).where(table.person_id == person.key)).first() is not None:
            return None
    return viewer_for(session, person.key)


def _do(session: Session, row: dict[str, Any], viewer: Viewer, now: datetime) -> None:
    if "answer" in row:
        _answer(session, row["answer"], viewer, now)
    elif "saved" in row:
        _save(session, row["saved"], row["items"], viewer, now)
    else:
        _sketch(session, Kind(row["sketch"]), row["steps"], viewer, now)


def _answer(session: Session, told: dict[str, str], viewer: Viewer, now: datetime) -> None:
    side, reason = Kind(told["side"]), AnswerReason(told["reason"])
    pair = {kind: _listing(session, kind, told[kind.value]) for kind in Kind}
    draft = AnswerDraft(side, pair[side], pair[side.other], reason, told["comment"])
    answers.give(session, draft, viewer, now)


def _save(
    session: Session, name: str, items: list[dict[str, str]], viewer: Viewer, now: datetime
) -> None:
    into = saved.create(session, name, viewer, now)
    for told in items:
        kind = Kind(told["kind"])
        with suppress(NotFound):
            id = _listing(session, kind, told["id"])
            item = saved.save(session, kind, id, viewer, now, list_id=into.id)
            session.flush()
            saved.note(session, item.id or 0, told["note"], viewer, now)


def _sketch(
    session: Session, kind: Kind, steps: dict[str, dict[str, list[str]]], viewer: Viewer,
    now: datetime,
) -> None:  # fmt: skip
    sketch = sketches.start(session, kind, {}, viewer, now)
    for step, fields in steps.items():
        sketches.save(session, sketch, step, fields, viewer, now)


def _listing(session: Session, kind: Kind, source_id: str) -> int:
    """The id of a demo listing. Raises NotFound."""
    table = TABLES[kind].listing
    known = select(table.id).where(table.source == SOURCE, table.source_id == source_id)
    id = session.exec(known).first()
    if id is None:
        raise NotFound
    return id

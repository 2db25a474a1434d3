"""Brings the data files in: fields and divisions, organisations, demo listings."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from market import contents
from market.actions import listings, organisations, places
from market.actions.drafts import ListingDraft
from market.actions.listings import Recorded
from market.actions.organisations import OrganisationDraft
from market.models import (
    Division,
    Field,
    Kind,
    Language,
    Organisation,
    OrganisationKind,
    RegistrationType,
)
from market.roles import OPERATOR_VIEWER

FOLDER = Path(__file__).parent
SOURCE = "seeds"
NEWEST = datetime(2026, 10, 30, 1, 0, tzinfo=UTC)
SPREAD = timedelta(minutes=187)
"""Demo listings appeared one after another, so that "newest" means something."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """How much there is now, from these files."""

    fields: int
    divisions: int
    organisations: int
    needs: Recorded
    achievements: Recorded


def load(session: Session, now: datetime, *, demo: bool = True, folder: Path = FOLDER) -> Loaded:
    """Bring everything in, in the caller's transaction; without `demo` only what is real."""
    fields, divisions = load_places(session, folder)
    bodies = [_organisation(row) for row in _lines(folder / "organisations.jsonl")]
    kept = [body for body in bodies if demo or not body.is_demo]
    for body in kept:
        organisations.record(session, body, OPERATOR_VIEWER, now, origin=SOURCE)
    needs, achievements = (
        _load_listings(session, kind, now, folder) if demo else Recorded()
        for kind in (Kind.NEED, Kind.ACHIEVEMENT)
    )
    return Loaded(fields, divisions, len(kept), needs, achievements)


def load_places(session: Session, folder: Path = FOLDER) -> tuple[int, int]:
    """Bring the two trees in; how many fields and divisions there are."""
    fields = [Field(**_place(row)) for row in _table(folder / "fields.csv")]
    divisions = [Division(**_place(row)) for row in _table(folder / "divisions.csv")]
    places.record(session, fields, OPERATOR_VIEWER)
    places.record(session, divisions, OPERATOR_VIEWER)
    return len(fields), len(divisions)


def _load_listings(session: Session, kind: Kind, now: datetime, folder: Path) -> Recorded:
    files = sorted((folder / "listings").glob("*.jsonl"))
    rows = [row for file in files for row in _lines(file) if row["kind"] == kind.value]
    owners = _owners(session)
    drafts = [
        _listing(kind, row, owners, NEWEST - SPREAD * place) for place, row in enumerate(rows)
    ]
    return listings.record(session, kind, drafts, OPERATOR_VIEWER, now, origin=SOURCE)


def _owners(session: Session) -> dict[str, int]:
    known = select(Organisation).where(col(Organisation.key).is_not(None))
    return {row.key: row.id for row in session.exec(known) if row.key and row.id}


def _table(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)


def _place(row: dict[str, str]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "parent"} | {
        "parent_code": row["parent"] or None
    }


def _organisation(row: dict[str, Any]) -> OrganisationDraft:
    registration = row.get("registration") or {}
    return OrganisationDraft(
        key=row["key"],
        kind=OrganisationKind(row["kind"]),
        name=row["name"],
        name_en=row.get("name_en"),
        about=row.get("about") or "",
        division_code=row.get("division"),
        credit_code=row.get("credit_code"),
        registration_type=RegistrationType(registration["type"]) if registration else None,
        registration_number=registration.get("number"),
        website=row.get("website"),
        is_demo=row.get("is_demo", False),
    )


def _listing(
    kind: Kind, row: dict[str, Any], owners: dict[str, int], published: datetime
) -> ListingDraft:
    """The parts stand in the file as `contents` writes them, but for money, which is in yuan."""
    into = ListingDraft(
        title=row["title"],
        owner_id=owners[row["organisation"]],
        language=Language(row["language"]),
        is_demo=True,
        source=SOURCE,
        source_id=row["source_id"],
        published_at=published,
    )
    amount = [None if end is None else end * 100 for end in row["money_yuan"] or (None, None)]
    return contents.read(kind, row | {"amount": amount}, into)

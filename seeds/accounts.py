"""Demo accounts, one for each role. Their one password is made for each installation and kept in
its data folder; `python -m market purge-demo` removes them with everything else of the demo."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from market.actions import organisations, people
from market.actions.people import PersonDraft
from market.credentials import hash_password, new_token
from market.models import Organisation, Person, Role
from market.roles import OPERATOR_VIEWER

PASSWORD_FILE = "demo-password.txt"
FILE = Path(__file__).parent / "accounts.jsonl"


def load(session: Session, now: datetime, password: str, *, origin: str = "seeds") -> int:
    """Bring the demo accounts in that are not there; how many are new. The organisations that
    they work in are taken as verified, so that they can publish."""
    known = set(session.exec(select(Person.email).where(col(Person.is_demo))))
    new = [(draft, vouched) for draft, vouched in _lines() if draft.email not in known]
    for draft, vouched in new:
        hashed = hash_password(password)
        people.record(session, draft, hashed, OPERATOR_VIEWER, now, origin=origin)
        if not vouched:
            continue
        query = select(Organisation).where(col(Organisation.key).in_(draft.memberships))
        for body in session.exec(query):
            organisations.vouch(session, body, OPERATOR_VIEWER, now)
    return len(new)


def drafts() -> list[PersonDraft]:
    """The demo accounts of the file."""
    return [draft for draft, _ in _lines()]


def _lines() -> Iterator[tuple[PersonDraft, bool]]:
    """The accounts, and whether the organisations of each are taken as verified."""
    for line in FILE.read_text(encoding="utf-8").splitlines():
        row: dict[str, Any] = json.loads(line)
        held = {key: Role(role) for key, role in row["memberships"].items()}
        roles = [*map(Role, row["roles"])]
        draft = PersonDraft(row["email"], row["name"], roles, held, is_demo=True)
        yield draft, row.get("vouched", True)


def password_of(data: Path) -> str:
    """The password of the demo accounts of an installation, made when it is first asked for."""
    path = data / PASSWORD_FILE
    if not path.exists():
        data.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(new_token()[:16] + "\n")
    return path.read_text(encoding="utf-8").strip()

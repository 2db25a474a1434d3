"""What can happen to an organisation 单位: it is recorded, and recording it again updates it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from market import ledger, rules
from market.errors import Invalid, Problem
from market.identifiers import checked_credit_code, checked_registration
from market.models.enums import OrganisationKind, RegistrationType
from market.models.organisations import Organisation
from market.models.places import Division
from market.roles import Viewer
from market.texts import has_words


@dataclass(frozen=True, slots=True)
class OrganisationDraft:
    """An organisation before it is stored. `key` is its fixed name among the seeds, if any."""

    name: str
    kind: OrganisationKind
    key: str | None = None
    name_en: str | None = None
    about: str = ""
    division_code: str | None = None
    credit_code: str | None = None
    registration_type: RegistrationType | None = None
    registration_number: str | None = None
    website: str | None = None
    is_demo: bool = False


def record(
    session: Session, draft: OrganisationDraft, viewer: Viewer, now: datetime, *, origin: str = ""
) -> Organisation:
    """Store an organisation, or bring the one with its key to this draft."""
    rules.require(viewer, "organisation.record")
    values = _checked(session, draft)
    known = select(Organisation).where(Organisation.key == draft.key)
    stored = session.exec(known).first() if draft.key else None
    row = stored or Organisation(created_at=now, **values)
    before = {name: getattr(row, name) for name in values} if stored else {}
    differing = [name for name in values if before.get(name) != values[name]]
    if stored and not differing:
        return stored
    for name in differing:
        setattr(row, name, values[name])
    session.add(row)
    session.flush()
    ledger.note(
        session, viewer, now, "organisation.record", "organisation", row.id,
        before={n: before[n] for n in differing} if stored else None,
        after={n: values[n] for n in differing}, origin=origin,
    )  # fmt: skip
    return row


def _checked(session: Session, draft: OrganisationDraft) -> dict[str, Any]:
    values = asdict(draft)
    if not has_words(draft.name) or len(draft.name) > 200:
        raise Invalid([Problem("owner", "单位名称应有文字，最多 200 个字符。")])
    if draft.credit_code is not None:
        values["credit_code"] = checked_credit_code(draft.credit_code, demo=draft.is_demo)
    if draft.registration_type is not None:
        values["registration_number"] = checked_registration(
            draft.registration_type, draft.registration_number or ""
        )
    if draft.division_code and session.get(Division, draft.division_code) is None:
        raise Invalid([Problem("division", f"没有“{draft.division_code}”这个行政区划。")])
    return values
